"""Law: whichever cell of whichever recorded row somebody alters, the audit has a problem."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Connection, Enum, Integer, Table, and_, select, update
from sqlalchemy.exc import IntegrityError

from connectors.journal import Journal, open_journal
from connectors.journal.auditing import audited
from connectors.journal.chained import CHAINED
from connectors.journal.column_types import ExactDecimal, UtcTime
from connectors.journal.models import chain, decision, export, plan
from connectors.journal.records import Verdict
from tests.connectors.exports import MONDAY
from tests.connectors.story import tell
from tests.keys import JOURNAL_KEY

# What the journal's own statements change without recording it, or what no decision depends on.
UNRECORDED = {("export", name) for name in ("project_name", "updated_at", "budget_returned_at", "flow_run_id")}
CELLS = [
    (table, column)
    for table in (*CHAINED.values(), chain, plan, export)
    for column in table.c
    if (table.name, column.key) not in UNRECORDED
]


@pytest.fixture(scope="module")
def altered_journal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    with open_journal(f"sqlite:///{tmp_path_factory.mktemp('altered') / 'journal.sqlite3'}", JOURNAL_KEY) as journal:
        tell(journal)
        yield journal


@settings(max_examples=250, deadline=None)
@given(cell=st.sampled_from(CELLS), data=st.data())
def test_no_cell_of_a_recorded_row_is_altered_unnoticed(
    altered_journal: Journal, cell: tuple[Table, Column[Any]], data: st.DataObject
) -> None:
    table, column = cell
    with altered_journal._engine.connect() as connection:
        transaction = connection.begin()
        try:
            _alter(connection, table, column, data)
            assert audited(connection).problems
        finally:
            transaction.rollback()


@pytest.mark.parametrize("value", ["x'ff00'", "'\u20ac'", "1.5", "'1.5'", "9223372036854775807"])
def test_whatever_lies_in_a_cell_is_a_problem_and_no_failure_of_the_audit(altered_journal: Journal, value: str) -> None:
    """SQLite stores anything anywhere."""
    with altered_journal._engine.connect() as connection:
        connection.connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.connection.execute("PRAGMA foreign_keys = OFF")
        for table, column in CELLS:
            transaction = connection.begin()
            try:
                last = f'(SELECT max(rowid) FROM "{table.name}")'
                change = f'UPDATE "{table.name}" SET "{column.name}" = {value} WHERE rowid = {last}'
                connection.exec_driver_sql(change)
                assert audited(connection).problems, (table.name, column.name)
            finally:
                transaction.rollback()
        connection.invalidate()


def test_an_acceptance_whose_digest_was_taken_away_is_a_problem(altered_journal: Journal) -> None:
    with altered_journal._engine.connect() as connection:
        transaction = connection.begin()
        connection.execute(update(decision).where(decision.c.verdict == Verdict.ACCEPT).values(digest=None))
        assert audited(connection).problems
        transaction.rollback()


def _alter(connection: Connection, table: Table, column: Column[Any], data: st.DataObject) -> None:
    rows = connection.execute(select(table).order_by(*table.primary_key)).all()
    row = dict(zip(table.c.keys(), data.draw(st.sampled_from(rows)), strict=True))
    existing = row[column.key]
    value = data.draw(_other_values(column, existing))
    assume(value != existing)
    this_row = and_(*(key == row[key.key] for key in table.primary_key))
    try:
        connection.execute(update(table).where(this_row).values({column.key: value}))
    except IntegrityError:
        # The database itself refuses it.
        assume(False)  # noqa: FBT003 - hypothesis takes it so


def _other_values(column: Column[Any], existing: Any) -> st.SearchStrategy[Any]:
    nothing = st.none() if column.nullable else st.nothing()
    match column.type:
        case Enum() as words:
            return nothing | st.sampled_from(sorted(words.enum_class or (), key=str))
        case Boolean():
            return st.booleans()
        case UtcTime():
            moment = existing or MONDAY
            return nothing | st.integers(-(10**12), 10**12).map(lambda n: moment + timedelta(microseconds=n))
        case ExactDecimal():
            return nothing | st.decimals(
                allow_nan=False, allow_infinity=False, places=2, min_value=0, max_value=Decimal(10**9)
            )
        case Integer():
            return nothing | st.integers(-(2**31), 2**31 - 1)
    return nothing | st.text(max_size=8) | st.just(f"{existing}x") | st.just("EX-66")
