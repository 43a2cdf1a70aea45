"""Whole lists, page by page, and never a mixture of two moments.

API v1 pages by page and per_page and answers Link, Total and Per-Page headers; not every endpoint does (facts 2.3).
A list that somebody changes while its pages are read shifts its rows: one is then seen twice, or never. That is
noticed by the Total header, by ids seen twice and by the count, and the whole list is read again.
"""

import logging
from collections import Counter
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx

from connectors.procore.access import PER_PAGE_MAX
from connectors.procore.answers import Record, records, shown
from connectors.procore.calls import Calls, Params, Reply
from connectors.procore.errors import AnswerUnexpected, ListMovedWhileReading

logger = logging.getLogger(__name__)

READS_MAX = 4


class _Moved(Exception):
    """The list changed between two of its pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """How one list is paged."""

    # The endpoint is documented to take page and per_page; a Link header is followed anyway.
    is_paged: bool = True
    # The most entries that one page may be asked for; API v2 gives at most 100 (facts 2.3).
    per_page_max: int = PER_PAGE_MAX
    # The size of a page when the endpoint does not heed per_page and tells neither Link, Total nor Per-Page: such a
    # list ends only with a page that is shorter than this. 0: a page is as long as it was asked to be.
    per_page_unheeded: int = 0
    # Together these values of an entry are unique in the list.
    identity: tuple[str, ...] = ("id",)


PAGED = Paging()
UNPAGED = Paging(is_paged=False)
# Ids of API v2 come as text, and ids of adjustment lines are unique in each of their two types only
# (facts procore_api/budget_changes_detail.json).
ADJUSTMENTS = Paging(per_page_max=100, per_page_unheeded=10, identity=("type", "id"))


def read_list(calls: Calls, path: str, params: Params | None = None, paging: Paging = PAGED) -> tuple[Record, ...]:
    """Read all entries of a list as they stood at one time.

    Args:
        calls: how to call Procore.
        path: of the list.
        params: besides page and per_page.
        paging: how the list is paged.

    Raises:
        ListMovedWhileReading: if it was different each of four times.
        ProcoreError: any other failure of a call.
    """
    reason = ""
    for _ in range(READS_MAX):
        try:
            return _read_once(calls, path, params or {}, paging)
        except _Moved as moved:
            reason = str(moved)
            logger.warning("GET %s moved while its pages were read: %s", path, reason)
    raise ListMovedWhileReading(path, READS_MAX, reason)


def total_told(reply: Reply) -> int | None:
    """Read the Total header: how many entries the whole list has; None where Procore does not tell."""
    told = reply.headers.get("total", "").strip()
    return int(told) if told.isascii() and told.isdigit() else None


def _read_once(calls: Calls, path: str, params: Params, paging: Paging) -> tuple[Record, ...]:
    entries: list[Record] = []
    per_page = min(calls.access.per_page, paging.per_page_max)
    total: int | None = None
    page: int | None = 1
    while page is not None:
        wanted = {"page": page, "per_page": per_page} if paging.is_paged or page > 1 else {}
        reply = calls.get(path, {**params, **wanted})
        added = records(reply.value, reply.where)
        entries.extend(added)
        if page > 1 and total_told(reply) != total:
            raise _Moved(f"it had {_counted(total)} on page 1 and {_counted(total_told(reply))} on page {page}")
        total = total_told(reply)
        full = _size_of_a_full_page(reply, per_page, paging)
        page = _page_after(page, reply, added_count=len(added), read_count=len(entries), full=full)
    _check_complete(entries, total, paging.identity)
    return tuple(entries)


def _page_after(page: int, reply: Reply, *, added_count: int, read_count: int, full: int) -> int | None:
    total = total_told(reply)
    linked = _linked_page(reply)
    if linked is not None:
        if linked != page + 1:
            raise AnswerUnexpected(f"{reply.where}, Link", f"page {page + 1} to follow", f"page {linked}")
        return linked
    if total is not None:
        # An answer without Link that holds too few is no end: the Total says there is more.
        return page + 1 if added_count and read_count < total else None
    # Told neither Link nor Total: only a page that is not full ends the list.
    return page + 1 if added_count >= full > 0 else None


def _size_of_a_full_page(reply: Reply, per_page: int, paging: Paging) -> int:
    """Tell how many entries a page has that others may follow; 0 for a list without pages."""
    if not paging.is_paged:
        return 0
    told = reply.headers.get("per-page", "").strip()
    if told.isascii() and told.isdigit():
        return int(told)
    return min(per_page, paging.per_page_unheeded or per_page)


def _linked_page(reply: Reply) -> int | None:
    # Only the page number is taken from the link: the token goes nowhere but to the configured host.
    for link in httpx.Response(200, headers={"link": reply.headers.get("link", "")}).links.values():
        if link.get("rel") != "next":
            continue
        numbers = parse_qs(urlsplit(link.get("url", "")).query).get("page", [])
        if len(numbers) == 1 and numbers[0].isascii() and numbers[0].isdigit():
            return int(numbers[0])
        raise AnswerUnexpected(f"{reply.where}, Link", "a page number", shown(link.get("url", "")))
    return None


def _check_complete(entries: list[Record], total: int | None, identity: tuple[str, ...]) -> None:
    # Unbudgeted budget rows have no id; they are covered by the count.
    with_id = [entry for entry in entries if entry.fields.get("id") is not None]
    ids = Counter(" ".join(str(entry.fields.get(name)) for name in identity) for entry in with_id)
    repeated = [key for key, count in ids.items() if count > 1]
    if repeated:
        raise _Moved(f"{len(repeated)} entries came twice, such as id {repeated[0]}")
    if total is not None and len(entries) != total:
        raise _Moved(f"{len(entries)} entries came of {total}")


def _counted(total: int | None) -> str:
    return "no total" if total is None else f"{total} entries"
