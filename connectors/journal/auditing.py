"""Proves that what the journal holds is what was recorded: each row by its link, each link by its seal.

What it can tell: rows and links that were changed, added, removed or put into another order, and an export whose own
row contradicts what was recorded. What only an anchor can tell, a number and seal that a person noted earlier: rows and
links that were cut off the end together, where nothing that stayed speaks of them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select

from connectors.journal.audit_records import AuditReport, ChainProblem
from connectors.journal.chain import Link, end_of, is_sealed
from connectors.journal.chained import CHAINED, OF_AN_EXPORT, Chained, Place, Row, chained_rows, raw_exports, raw_plan
from connectors.journal.consistency import READ_AGAIN, ExportRows, accepts, contradictions
from connectors.journal.errors import JournalDamaged
from connectors.journal.ledger import Ledger, vault_of
from connectors.journal.models import chain, decision, enrolment, evidence
from connectors.journal.proof_of_people import of_authority, of_codes, of_codes_of, of_people, stories_of
from connectors.journal.vault import Vault

# What somebody noted of the chain earlier: a link's number and its seal.
Anchor = tuple[int, str]

_KEY_WRONG = (
    "No seal in the chain was made with this JOURNAL_KEY: it is another key than the journal was written with,"
    " or the whole chain was put there by somebody else."
)
_COLUMNS = tuple(chain.c[name] for name in Link._fields)


class Auditing(Ledger):
    """Verifies the journal."""

    def audit(self, anchor: Anchor | None = None) -> AuditReport:
        """Verify the whole journal as it is at one moment; it goes on recording meanwhile.

        Args:
            anchor: a link's number and seal as noted earlier, such as from a mail: that link must still be there.
        """
        with self._reading() as connection:
            return audited(connection, anchor)

    def head(self) -> Anchor:
        """Return the last link's number and seal, to be noted as an anchor; 0 and "" while nothing is recorded."""
        with self._reading() as connection:
            return end_of(connection)

    def links_of(self, export_id: str) -> tuple[int, ...]:
        """Number the links of everything recorded about one export, in order."""
        of_export = (chain.c.subject == export_id, chain.c.kind.in_([table.name for table in OF_AN_EXPORT]))
        numbers = select(chain.c.number).where(*of_export).order_by(chain.c.number)
        with self._reading() as connection:
            return tuple(connection.execute(numbers).scalars())


def audited(connection: Connection, anchor: Anchor | None = None) -> AuditReport:
    """Verify the whole journal as this transaction sees it."""
    links = _all_links(connection)
    problems = (
        *_of_anchor(links, anchor),
        *_of_seals(vault_of(connection), links),
        *_of_rows(connection, links),
    )
    return AuditReport(links=len(links), head=links[-1].seal if links else "", problems=problems)


def require_unbroken(connection: Connection, export_id: str) -> None:
    """Pass if the chain is whole, and everything recorded about one export and who accepted it is unchanged.

    The whole chain, because what was taken away together with its link is missed only by the links after it.

    Raises:
        JournalDamaged: naming the first thing that is not.
    """
    for problem in _of_export(connection, export_id):
        raise JournalDamaged(
            "The journal was changed by hand, or is read with another key; nothing may be written from it.",
            where=f"Export {export_id}",
            expected="what was recorded, unchanged",
            found=str(problem),
            way_out="Verify the journal with budget-export audit, find out who changed its database, then send again.",
        )


def _of_export(connection: Connection, export_id: str) -> Iterator[ChainProblem]:
    links = _all_links(connection)
    yield from _of_seals(vault_of(connection), links)
    exports = raw_exports(connection, export_id)
    rows = [row for table in OF_AN_EXPORT for row in chained_rows(connection, table, exports, export_id)]
    found = _gathered(connection, exports, rows)[export_id]
    acceptable = found.acceptable
    accepted = [row for row in rows if row.kind == decision.name and accepts(row.row, acceptable)]
    people = {
        str(one.row[name]) for one in accepted for name in ("approver", "deputy_for") if one.row[name] is not None
    }
    rows += [row for email in sorted(people) for row in chained_rows(connection, enrolment, {}, email)]
    by_place = _by_place(one for one in links if _is_about(one, export_id, people))
    yield from _unlinked(rows, by_place)
    yield from contradictions(found)
    yield from of_authority(rows, by_place)
    yield from of_people(connection, stories_of(rows), people)
    yield from of_codes_of(connection, accepted, by_place)


def _is_about(one: Link, export_id: str, people: Collection[str]) -> bool:
    return one.subject in people if one.kind == enrolment.name else one.subject == export_id


def _of_rows(connection: Connection, links: Collection[Link]) -> Iterator[ChainProblem]:
    exports = raw_exports(connection)
    by_place = _by_place(links)
    yield from _twice_linked(links, by_place)
    rows = [_slim(row) for table in CHAINED.values() for row in chained_rows(connection, table, exports)]
    yield from _unlinked(rows, by_place)
    yield from _out_of_order(links)
    for found in _gathered(connection, exports, rows).values():
        yield from contradictions(found)
    yield from of_authority(rows, by_place)
    yield from of_people(connection, stories_of(rows))
    yield from of_codes(rows, by_place)


def _of_anchor(links: Collection[Link], anchor: Anchor | None) -> Iterator[ChainProblem]:
    if anchor is None or anchor[0] == 0:
        return
    number, seal = anchor
    found = next((one for one in links if one.number == number), None)
    if found is None:
        yield _of_chain(number, f"The chain has no link {number}, though its seal was noted: its end was cut off.")
    elif found.seal != seal:
        yield _of_chain(number, "It has another seal than the one that was noted: the chain was replaced.")


def _of_seals(vault: Vault, links: Collection[Link]) -> Iterator[ChainProblem]:
    problems = []
    sealed = 0
    number, seal_before = 0, ""
    for one in links:
        if one.number > number + 1:
            problems.append(_missing(number + 1, one.number - 1))
        elif is_sealed(vault, one, seal_before):
            sealed += 1
        else:
            problems.append(_broken(one))
        number, seal_before = one.number, one.seal
    return iter(problems if sealed or not links else [_of_chain(None, _KEY_WRONG)])


def _unlinked(rows: Iterable[Chained], by_place: Mapping[Place, Link]) -> Iterator[ChainProblem]:
    """Hold each row against its link, and each link against its row."""
    gone = dict(by_place)
    for row in rows:
        one = gone.pop(row.place, None)
        if one is None:
            what = "It has no link: it was not recorded by the program, or its link was taken away."
            yield ChainProblem(number=None, kind=row.kind, subject=row.subject, position=row.position, what=what)
        elif one.digest != row.digest:
            yield _of_link(one, _CHANGED.get(one.kind, "It is not as it was recorded."))
    for one in gone.values():
        yield _of_link(one, "It was recorded and is gone.")


_CHANGED = {
    "transition": "This move, or what the export's own row says of its job, sender, plan or deadline, is not as it was"
    " recorded.",
    "finding": "The export's findings are not as they were recorded: one was changed, added or taken away.",
    "line_result": "The lines read back are not as they were recorded: one was changed, added or taken away.",
}


def _out_of_order(links: Iterable[Link]) -> Iterator[ChainProblem]:
    last: dict[tuple[str, str], int] = {}
    for one in links:
        expected = last.get((one.kind, one.subject), 0) + 1
        if one.position != expected:
            yield _of_link(one, f"It was recorded where number {expected} was to be: the order was changed.")
        last[one.kind, one.subject] = one.position


def _twice_linked(links: Collection[Link], by_place: Mapping[Place, Link]) -> Iterator[ChainProblem]:
    for one in links:
        if by_place[one.kind, one.subject, one.position] is not one:
            yield _of_link(one, "It has two links.")


def _gathered(connection: Connection, exports: Mapping[str, Row], rows: Iterable[Chained]) -> dict[str, ExportRows]:
    found = {export_id: ExportRows(export=row) for export_id, row in exports.items()}
    for row in rows:
        if row.kind != enrolment.name and row.subject in found:
            found[row.subject].recorded.setdefault(row.kind, []).append(row.row)
    for export_id, one in found.items():
        one.plan = raw_plan(connection, export_id)
    return found


def _slim(chained: Chained) -> Chained:
    """Drop long texts that nothing reads again: an audit keeps every row until its end."""
    if chained.kind == evidence.name and chained.row["kind"] not in READ_AGAIN:
        return chained._replace(row={**chained.row, "json_text": ""})
    return chained


def _all_links(connection: Connection) -> list[Link]:
    return [_link(row) for row in connection.execute(select(*_COLUMNS).order_by(chain.c.number))]


def _link(row: Iterable[Any]) -> Link:
    """Read a link as it lies in the database; what is no number fits no seal, wherever it is counted."""
    one = Link(*row)
    return one if isinstance(one.number, int) else one._replace(number=-1)


def _by_place(links: Iterable[Link]) -> dict[Place, Link]:
    return {(one.kind, one.subject, one.position): one for one in links}


def _of_link(one: Link, what: str) -> ChainProblem:
    return ChainProblem(number=one.number, kind=one.kind, subject=one.subject, position=one.position, what=what)


def _of_chain(number: int | None, what: str) -> ChainProblem:
    return ChainProblem(number=number, kind="chain", subject="", position=None, what=what)


def _missing(first: int, last: int) -> ChainProblem:
    # One problem however wide the gap is: somebody may have put any number behind it.
    what = "The link was taken away." if first == last else f"The links {first} to {last} were taken away."
    return _of_chain(first, what)


def _broken(one: Link) -> ChainProblem:
    what = "Its seal does not fit: the link, or the one before it, is not as the program made it."
    return _of_link(one, what)
