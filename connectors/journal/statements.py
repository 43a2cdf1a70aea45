"""The journal's SQL, and the way from rows to records. Each function works inside the caller's transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, func, insert, select, update

from connectors.journal.chain import link
from connectors.journal.chained import move_facts, set_facts
from connectors.journal.errors import ExportMoved, UnknownExport
from connectors.journal.models import decision, evidence, export, transition
from connectors.journal.records import DecisionRecord, Evidence, ExportRecord
from jobcost.lifecycle import OPEN_STATES, ExportState, checked_move


def export_of(connection: Connection, export_id: str) -> ExportRecord:
    """Read one export.

    Raises:
        UnknownExport: if there is none with this id.
    """
    row = connection.execute(select(export).where(export.c.id == export_id)).mappings().one_or_none()
    if row is None:
        raise UnknownExport(export_id)
    return ExportRecord(**row)


def hold_export(connection: Connection, export_id: str) -> None:
    """Let nobody else change the export, or record anything about it, until the transaction ends."""
    connection.execute(select(export.c.id).where(export.c.id == export_id).with_for_update()).all()


def exports_where(
    connection: Connection, condition: ColumnElement[bool], *, newest_first: bool = True
) -> tuple[ExportRecord, ...]:
    """Read the exports that fulfil a condition, in the order in which they were opened."""
    order = (export.c.created_at, export.c.id)
    statement = select(export).where(condition)
    statement = statement.order_by(*(column.desc() for column in order) if newest_first else order)
    return tuple(ExportRecord(**row) for row in connection.execute(statement).mappings())


def is_of_job(jcco: int, job: str) -> ColumnElement[bool]:
    """The export concerns this Vista job."""
    return and_(export.c.jcco == jcco, export.c.job == job)


def is_of_companies(procore_company_id: int, jcco: int) -> ColumnElement[bool]:
    """The export belongs to this Procore company and this Vista company."""
    return and_(export.c.procore_company_id == procore_company_id, export.c.jcco == jcco)


def is_open() -> ColumnElement[bool]:
    """The export has not ended."""
    return export.c.state.in_(sorted(OPEN_STATES))


def change_export(
    connection: Connection,
    existing: ExportRecord,
    changes: Mapping[str, Any],
    *,
    at: datetime,
    only_if: ColumnElement[bool] | None = None,
) -> ExportRecord:
    """Compare and set: change the export only if it still is in the state that was read, and fulfils the condition.

    Raises:
        ExportMoved: if someone else was first; nothing is changed.
    """
    statement = update(export).where(export.c.id == existing.id, export.c.state == existing.state)
    if only_if is not None:
        statement = statement.where(only_if)
    statement = statement.values(updated_at=at, **changes)
    if connection.execute(statement).rowcount != 1:
        found = export_of(connection, existing.id).state
        raise ExportMoved(existing.id, expected=frozenset({existing.state}), found=found)
    return export_of(connection, existing.id)


def move_export(  # noqa: PLR0913 - one move, and all that is written down of it
    connection: Connection,
    existing: ExportRecord,
    to: ExportState,
    *,
    actor: str,
    reason: str,
    at: datetime,
    changes: Mapping[str, Any] | None = None,
    only_if: ColumnElement[bool] | None = None,
    believed: ExportState | None = None,
) -> ExportRecord:
    """Move an export along the table of `jobcost.lifecycle`, and write down who did it and why.

    Raises:
        IllegalTransition: if the table does not allow the move, or it was believed elsewhere; nothing is changed.
        ExportMoved: if someone else was first; nothing is changed.
    """
    checked_move(existing.state, to, believed)
    ended_at = None if to in OPEN_STATES else at
    values = {**(changes or {}), "state": to, "ended_at": ended_at}
    moved = change_export(connection, existing, values, at=at, only_if=only_if)
    add_transition(connection, existing.id, existing.state, to, actor=actor, reason=reason, at=at)
    return moved


def add_transition(
    connection: Connection,
    export_id: str,
    from_state: ExportState | None,
    to_state: ExportState,
    *,
    actor: str,
    reason: str,
    at: datetime,
) -> None:
    """Write down a move that was made in this transaction."""
    facts = {"from_state": from_state, "to_state": to_state, "actor": actor, "reason": reason, "at": at}
    append(connection, transition, export_id, facts)


def append(connection: Connection, table: Table, export_id: str, facts: Mapping[str, Any]) -> None:
    """Add the next row of an export to a table that is numbered by position, and link it.

    Requires: the export's row was changed in this transaction, so that no other writer numbers at the same time.
    """
    if table is not transition:
        append_row(connection, table, "export_id", export_id, facts)
        return
    existing = connection.execute(select(export).where(export.c.id == export_id)).mappings().one()
    append_row(connection, table, "export_id", export_id, facts, linked_as=partial(move_facts, existing=dict(existing)))


def keep(connection: Connection, export_id: str, proofs: Sequence[Evidence], at: datetime) -> None:
    """Keep proofs with an export.

    Requires: as `append`.
    """
    for proof in proofs:
        append(connection, evidence, export_id, {"kind": proof.kind, "json_text": proof.json_text, "at": at})


def append_row(
    connection: Connection,
    table: Table,
    subject_column: str,
    subject: str,
    facts: Mapping[str, Any],
    *,
    linked_as: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
) -> None:
    """Add the next row of a subject to a table that is numbered by position, and link it into the chain.

    Requires: a row that only this transaction can change stands for the subject, so that no other writer numbers at the
    same time; and what else the transaction changes was changed before (chain.py, rule 2).

    Raises:
        JournalDamaged: if the chain has a link of this position already.
    """
    last = select(func.coalesce(func.max(table.c.position), 0)).where(table.c[subject_column] == subject)
    position = connection.execute(last).scalar_one() + 1
    connection.execute(insert(table).values({subject_column: subject, "position": position, **facts}))
    row = {column.key: facts.get(column.key) for column in table.c if column.key not in {subject_column, "position"}}
    link(connection, table.name, subject, position, linked_as(row))


def add_set(connection: Connection, table: Table, export_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add an export's rows of a table, all of them at once, and link them as one; nothing if there are none."""
    if rows:
        connection.execute(insert(table), [{"export_id": export_id, **row} for row in rows])
        link(connection, table.name, export_id, 1, set_facts(table, rows))


def rows_of(connection: Connection, table: Table, export_id: str, *order: str) -> tuple[dict[str, Any], ...]:
    """Read an export's rows of a table, without the export's id."""
    columns = [column for column in table.c if column.key != "export_id"]
    statement = select(*columns).where(table.c.export_id == export_id).order_by(*(table.c[name] for name in order))
    return tuple(dict(zip((c.key for c in columns), row, strict=True)) for row in connection.execute(statement))


def decisions_of(connection: Connection, export_id: str) -> tuple[DecisionRecord, ...]:
    """Read an export's answers in the order in which they came."""
    return tuple(DecisionRecord(**row) for row in rows_of(connection, decision, export_id, "position"))


def require_state(existing: ExportRecord, *expected: ExportState) -> None:
    """Pass if the export is in one of the states.

    Raises:
        ExportMoved: if it is in another one.
    """
    if existing.state not in expected:
        raise ExportMoved(existing.id, expected=frozenset(expected), found=existing.state)
