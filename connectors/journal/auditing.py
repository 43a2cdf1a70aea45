"""Proves that what the journal holds is what was recorded: each row by its link, each link by its seal.

What it can tell: rows and links that were changed, added, removed or put into another order, and an export whose own
row contradicts what was recorded. What only an anchor can tell, a number and seal that a person noted earlier: rows and
links that were cut off the end together, where nothing that stayed speaks of them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select

from connectors.journal.audit_records import AuditReport, ChainProblem
from connectors.journal.chain import Link, end_of, is_sealed
from connectors.journal.chained import CHAINED, OF_AN_EXPORT, Chained, Row, chained_rows, raw_exports, raw_plan
from connectors.journal.consistency import READ_AGAIN, ExportRows, accepts, contradictions, is_asked_for, is_in_force
from connectors.journal.errors import JournalDamaged
from connectors.journal.ledger import Ledger, vault_of
from connectors.journal.models import chain, decision, enrolment, evidence, person
from connectors.journal.vault import Vault

# A row's place: its table, its export or person, its position.
Place = tuple[str, str, int]
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
    links = [_link(row) for row in connection.execute(select(*_COLUMNS).order_by(chain.c.number))]
    problems = (
        *_of_anchor(links, anchor),
        *_of_seals(vault_of(connection), links),
        *_of_rows(connection, links),
    )
    return AuditReport(links=len(links), head=links[-1].seal if links else "", problems=problems)


def require_unbroken(connection: Connection, export_id: str) -> None:
    """Pass if everything recorded about one export, and about who accepted it, is unchanged.

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
    links = list(_links_of(connection, [table.name for table in OF_AN_EXPORT], [export_id]))
    exports = raw_exports(connection, export_id)
    rows = [row for table in OF_AN_EXPORT for row in chained_rows(connection, table, exports, export_id)]
    found = _gathered(connection, exports, rows)[export_id]
    accepted = [one for one in found.of("decision") if accepts(one, found.export["plan_digest"])]
    people = {str(one[name]) for one in accepted for name in ("approver", "deputy_for") if one[name] is not None}
    links += _links_of(connection, [enrolment.name], people)
    rows += [row for email in sorted(people) for row in chained_rows(connection, enrolment, {}, email)]
    yield from _of_seals_alone(connection, links)
    yield from _unlinked(rows, _by_place(links))
    yield from contradictions(found)
    yield from _of_authority(rows, _by_place(links))


def _of_rows(connection: Connection, links: Collection[Link]) -> Iterator[ChainProblem]:
    exports = raw_exports(connection)
    by_place = _by_place(links)
    yield from _twice_linked(links, by_place)
    rows = [_slim(row) for table in CHAINED.values() for row in chained_rows(connection, table, exports)]
    yield from _unlinked(rows, by_place)
    yield from _out_of_order(links)
    for found in _gathered(connection, exports, rows).values():
        yield from contradictions(found)
    yield from _of_authority(rows, by_place)
    yield from _of_people(connection, _stories(rows))


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


def _of_seals_alone(connection: Connection, links: Collection[Link]) -> Iterator[ChainProblem]:
    """Verify the seals of some links, each with the seal before it as it is stored."""
    numbers = {one.number - 1 for one in links}
    rows = connection.execute(select(chain.c.number, chain.c.seal).where(chain.c.number.in_(numbers)))
    seals = {row.number: row.seal for row in rows}
    vault = vault_of(connection)
    for one in links:
        if not is_sealed(vault, one, seals.get(one.number - 1, "")):
            yield _broken(one)


def _unlinked(rows: Iterable[Chained], by_place: Mapping[Place, Link]) -> Iterator[ChainProblem]:
    """Hold each row against its link, and each link against its row."""
    gone = dict(by_place)
    for row in rows:
        one = gone.pop((row.kind, row.subject, row.position), None)
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


def _of_authority(rows: Collection[Chained], by_place: Mapping[Place, Link]) -> Iterator[ChainProblem]:
    """Find acceptances by people who were no approvers in force when their answer was recorded."""
    stories = _stories(rows)
    for row in rows:
        one = by_place.get((row.kind, row.subject, row.position))
        if row.kind != decision.name or one is None or not accepts(row.row, row.row["digest"]):
            continue
        for email in (row.row["approver"], row.row["deputy_for"]):
            story = stories.get(email, [])
            before = [entry.row for entry in story if _number(entry, by_place) < one.number]
            # Answers of the time before one-time codes: of the enrolments of then, only the last is kept.
            is_known = bool(story) if row.row["code_step"] is None else is_in_force(before)
            if email is not None and not is_known:
                yield _of_link(one, f"{email} was no approver in force when this acceptance was recorded.")


def _of_people(connection: Connection, stories: Mapping[str, list[Chained]]) -> Iterator[ChainProblem]:
    """Find people whose authenticator contradicts their story: its end was cut off."""
    for email, secret in connection.execute(select(person.c.email, person.c.encrypted_secret)):
        story = [entry.row for entry in stories.get(email, [])]
        if secret is not None and not is_in_force(story, role=None):
            what = "There is an authenticator, but no enrolment in force is recorded."
        elif secret is None and is_in_force(story, role=None) and is_asked_for(story):
            what = "There is no authenticator for the recorded enrolment: a revocation may have been taken away."
        else:
            continue
        yield ChainProblem(number=None, kind=person.name, subject=email, position=None, what=what)


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


def _stories(rows: Iterable[Chained]) -> dict[str, list[Chained]]:
    stories: dict[str, list[Chained]] = defaultdict(list)
    for row in rows:
        if row.kind == enrolment.name:
            stories[row.subject].append(row)
    return stories


def _number(row: Chained, by_place: Mapping[Place, Link]) -> int:
    one = by_place.get((row.kind, row.subject, row.position))
    return one.number if one else 0


def _links_of(connection: Connection, kinds: Collection[str], subjects: Collection[str]) -> Iterator[Link]:
    statement = select(*_COLUMNS).where(chain.c.kind.in_(kinds), chain.c.subject.in_(subjects))
    return (_link(row) for row in connection.execute(statement.order_by(chain.c.number)))


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
