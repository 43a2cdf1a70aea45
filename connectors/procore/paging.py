"""Whole lists, page by page, and never a mixture of two moments.

API v1 pages by page and per_page and answers Link, Total and Per-Page headers; not every endpoint does (facts 2.3).
A list that somebody changes while its pages are read shifts its rows: one is then seen twice, or never. That is
noticed by the Total header, by ids seen twice and by the count, and the whole list is read again.
"""

import logging
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import httpx

from connectors.procore.answers import Record, records, shown
from connectors.procore.calls import Calls, Params, Reply
from connectors.procore.errors import AnswerUnexpected, ListMovedWhileReading

logger = logging.getLogger(__name__)

READS_MAX = 4


class _Moved(Exception):
    """The list changed between two of its pages."""


def read_list(calls: Calls, path: str, params: Params | None = None, *, is_paged: bool = True) -> tuple[Record, ...]:
    """Read all entries of a list as they stood at one time.

    Args:
        calls: how to call Procore.
        path: of the list.
        params: besides page and per_page.
        is_paged: the endpoint is documented to take page and per_page; a Link header is followed anyway.

    Raises:
        ListMovedWhileReading: if it was different each of four times.
        ProcoreError: any other failure of a call.
    """
    reason = ""
    for _ in range(READS_MAX):
        try:
            return _read_once(calls, path, params or {}, is_paged=is_paged)
        except _Moved as moved:
            reason = str(moved)
            logger.warning("GET %s moved while its pages were read: %s", path, reason)
    raise ListMovedWhileReading(path, READS_MAX, reason)


def total_told(reply: Reply) -> int | None:
    """Read the Total header: how many entries the whole list has; None where Procore does not tell."""
    told = reply.headers.get("total", "").strip()
    return int(told) if told.isascii() and told.isdigit() else None


def _read_once(calls: Calls, path: str, params: Params, *, is_paged: bool) -> tuple[Record, ...]:
    entries: list[Record] = []
    total: int | None = None
    page: int | None = 1
    while page is not None:
        paging = {"page": page, "per_page": calls.access.per_page} if is_paged or page > 1 else {}
        reply = calls.get(path, {**params, **paging})
        added = records(reply.value, reply.where)
        entries.extend(added)
        if page > 1 and total_told(reply) != total:
            raise _Moved(f"it had {_counted(total)} on page 1 and {_counted(total_told(reply))} on page {page}")
        total = total_told(reply)
        page = _page_after(
            page,
            reply,
            added_count=len(added),
            read_count=len(entries),
            per_page=calls.access.per_page,
            is_paged=is_paged,
        )
    _check_complete(entries, total)
    return tuple(entries)


def _page_after(
    page: int, reply: Reply, *, added_count: int, read_count: int, per_page: int, is_paged: bool
) -> int | None:
    total = total_told(reply)
    linked = _linked_page(reply)
    if linked is not None:
        if linked != page + 1:
            raise AnswerUnexpected(f"{reply.where}, Link", f"page {page + 1} to follow", f"page {linked}")
        return linked
    if total is not None:
        # An answer without Link that holds too few is no end: the Total says there is more.
        return page + 1 if added_count and read_count < total else None
    told = reply.headers.get("per-page", "").strip()
    full = int(told) if told.isascii() and told.isdigit() else per_page
    # Told neither Link nor Total: only a page that is not full ends the list.
    return page + 1 if is_paged and added_count >= full > 0 else None


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


def _check_complete(entries: list[Record], total: int | None) -> None:
    # Unbudgeted budget rows have no id; they are covered by the count.
    ids = Counter(str(entry.fields["id"]) for entry in entries if entry.fields.get("id") is not None)
    repeated = [key for key, count in ids.items() if count > 1]
    if repeated:
        raise _Moved(f"{len(repeated)} entries came twice, such as id {repeated[0]}")
    if total is not None and len(entries) != total:
        raise _Moved(f"{len(entries)} entries came of {total}")


def _counted(total: int | None) -> str:
    return "no total" if total is None else f"{total} entries"
