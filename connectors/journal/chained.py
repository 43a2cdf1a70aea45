"""The recorded rows as the chain sees them: every column as it lies in the database, whatever somebody put there.

Rule: nothing here fails on a value that the journal would never have written; such a value gets a digest of its own,
which fits no link.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Boolean, Column, Connection, Select, Table, select, type_coerce
from sqlalchemy.types import NullType

from connectors.journal.chain import digest_of
from connectors.journal.column_types import ExactDecimal, UtcTime
from connectors.journal.models import decision, enrolment, evidence, export, finding, line_result, plan, transition

# One link for each row.
SINGLE = (transition, decision, evidence, enrolment)
# One link for all rows of an export.
SETS = (finding, line_result)
CHAINED = {table.name: table for table in (*SINGLE, *SETS)}
OF_AN_EXPORT = tuple(table for table in CHAINED.values() if table is not enrolment)

# What the link of a move says of the export besides the move itself.
EXPORT_FACTS = (
    "kind",
    "procore_company_id",
    "project_id",
    "jcco",
    "job",
    "submitted_by",
    "plan_digest",
    "plan_code",
    "deadline_at",
)
# Known only when the budget was read and planned; the move that opens an export knows none of it.
_LATER_FACTS = ("job", "plan_digest", "plan_code", "deadline_at")

Row = dict[str, Any]
# A row's place: its table, its export or person, its position.
Place = tuple[str, str, int]


class Chained(NamedTuple):
    """What one link must be about: a row, or a set of rows, with the digest it has now."""

    kind: str
    subject: str
    position: int
    digest: str
    # The row itself, or the first of the set.
    row: Row

    @property
    def place(self) -> Place:
        """Where the row is, as its link names it."""
        return (self.kind, self.subject, self.position)


def subject_column(table: Table) -> Column[Any]:
    """Name the column that says which export, or which person, a row belongs to."""
    return table.c.email if table is enrolment else table.c.export_id


def move_facts(row: Mapping[str, Any], existing: Mapping[str, Any]) -> Row:
    """Return what the link of a move is about: the move, and the export's own facts at that moment."""
    facts = {name: existing.get(name) for name in EXPORT_FACTS}
    if row["from_state"] is None:
        facts |= dict.fromkeys(_LATER_FACTS)
    return {"move": dict(row), "export": facts}


def set_facts(table: Table, rows: Iterable[Mapping[str, Any]]) -> Row:
    """Return what the link of a set of rows is about, in the order of their key whoever sorted them before."""
    key = [column.key for column in table.primary_key if column is not subject_column(table)]
    listed = [{name: value for name, value in row.items() if name != subject_column(table).key} for row in rows]
    return {"rows": sorted(listed, key=lambda row: [str(row[name]).rjust(40) for name in key])}


def raw_exports(connection: Connection, export_id: str | None = None) -> dict[str, Row]:
    """Read the exports, or one of them, as they lie in the database."""
    statement = _raw(export)
    if export_id is not None:
        statement = statement.where(export.c.id == export_id)
    return {str(row["id"]): row for row in _rows(connection, export, statement)}


def raw_plan(connection: Connection, export_id: str) -> Row | None:
    """Read an export's plan as it lies in the database; None if there is none."""
    return next(_rows(connection, plan, _raw(plan).where(plan.c.export_id == export_id)), None)


def chained_rows(
    connection: Connection, table: Table, exports: Mapping[str, Row], subject: str | None = None
) -> Iterator[Chained]:
    """Read the rows of a table, or those of one subject, each with the digest that its link must have."""
    of = subject_column(table)
    statement = _raw(table).order_by(of, *table.primary_key)
    if subject is not None:
        statement = statement.where(of == subject)
    rows = _rows(connection, table, statement)
    for found, group in groupby(rows, lambda row: str(row[of.key])):
        if table in SETS:
            whole = list(group)
            yield Chained(table.name, found, 1, _digest(set_facts(table, whole)), whole[0])
            continue
        for row in group:
            facts = {name: value for name, value in row.items() if name not in {of.key, "position"}}
            linked = move_facts(facts, exports.get(found, {})) if table is transition else facts
            yield Chained(table.name, found, row["position"], _digest(linked), row)


def _digest(facts: Row) -> str:
    try:
        return digest_of(facts)
    except TypeError:
        # A number with a fraction, or bytes: SQLite stores anything anywhere.
        return digest_of({"unreadable": repr(facts)})


def _raw(table: Table) -> Select[Any]:
    columns: list[Any] = [type_coerce(column, NullType()).label(column.key) for column in table.c]
    return select(*columns)


def _rows(connection: Connection, table: Table, statement: Select[Any]) -> Iterator[Row]:
    names = [column.key for column in table.c]
    readers = [_reader(column) for column in table.c]
    for raw in connection.execute(statement):
        yield {name: reader(value) for name, reader, value in zip(names, readers, raw, strict=True)}


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    match column.type:
        case UtcTime():
            return _moment
        case ExactDecimal():
            return _decimal
        case Boolean():
            return _truth
    return lambda raw: raw


def _moment(raw: Any) -> Any:
    """SQLite's text for a moment, if it is spelled as the journal spells it."""
    try:
        moment = datetime.fromisoformat(raw)
    except (TypeError, ValueError):
        return raw
    is_ours = moment.tzinfo is not None and moment.isoformat(timespec="microseconds") == raw
    return moment if is_ours else f"unreadable {raw}"


def _decimal(raw: Any) -> Any:
    try:
        number = Decimal(raw) if isinstance(raw, str) else raw
    except InvalidOperation:
        return raw
    return number if not isinstance(raw, str) or f"{number:f}" == raw else f"unreadable {raw}"


def _truth(raw: Any) -> Any:
    return {0: False, 1: True}.get(raw, raw) if isinstance(raw, int) else raw
