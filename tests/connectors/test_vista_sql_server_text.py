"""The SQL that SQL Server would get. No engine is needed: what must never be sent is visible in the text."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Dialect, Executable, Integer, MetaData, Table, insert, make_url
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.dml import Insert, Update

from connectors.vista import change_statements, probe_statements, statements, tables

GOLDEN = Path(__file__).parent / "golden"


def _dialect(driver: str, **options: str) -> Dialect:
    kind: Any = make_url(f"mssql+{driver}://").get_dialect()
    dialect: Dialect = kind(**options)
    return dialect


DIALECTS = {driver: _dialect(driver) for driver in ("pyodbc", "mssqlpython")}
VIEWS = {
    "JCJP", "JCCH", "JCJM", "HQCO", "JCCO", "JCCM", "JCCI", "JCCT", "JCPM", "JCPC", "JCCD", "JCCP", "HQUM",
    "DDDTShared", "JCOH", "JCOI", "JCOD", "HQMA",
}  # fmt: skip
INSERTS = {"ADD_PHASE", "ADD_COST_HEADER", "ADD_ORDER", "ADD_ORDER_ITEM", "ADD_ORDER_DETAIL"}


def _named() -> Iterator[tuple[str, Executable | str]]:
    for name, value in (vars(statements) | vars(change_statements) | vars(probe_statements)).items():
        is_statement = isinstance(value, Executable) or name == "XACT_ABORT"
        if is_statement and not name.startswith("_") and not name.endswith("_SQLITE"):
            yield name, value
    yield "LOCK_TIMEOUT", statements.lock_timeout(15_000)


def _text(statement: Executable | str, dialect: Dialect) -> str:
    if isinstance(statement, str):
        return statement
    compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined] # every statement here is a ClauseElement
    return re.sub(r"\s+", " ", str(compiled)).strip()


STATEMENTS = dict(_named())


@pytest.fixture(params=sorted(DIALECTS))
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return DIALECTS[request.param]


@pytest.mark.parametrize("name", sorted(STATEMENTS))
def test_no_statement_asks_for_output_or_merges(name: str, dialect: Dialect) -> None:
    # What stands between quotes is asked about, and not done.
    code = re.sub(r"'[^']*'", "''", _text(STATEMENTS[name], dialect))
    words = set(re.findall(r"[A-Za-z_]+", code.upper()))

    assert words & {"OUTPUT", "MERGE", "IDENTITY", "SCOPE_IDENTITY", "TRUNCATE", "DELETE", "BULK"} == set()


def test_a_vista_table_without_its_guard_would_ask_for_output() -> None:
    """Shows what `implicit_returning=False` prevents once a table has an identity column as its key."""
    unguarded = Table("JCCH", MetaData(), Column("KeyID", Integer, primary_key=True), Column("Job", Integer))

    assert "OUTPUT inserted" in _text(insert(unguarded).values(Job=1), DIALECTS["pyodbc"])
    assert {name for name, view in tables.metadata.tables.items() if view.implicit_returning} == set()


@pytest.mark.parametrize("name", sorted(STATEMENTS))
def test_every_statement_goes_through_vistas_views(name: str, dialect: Dialect) -> None:
    text = _text(STATEMENTS[name], dialect)

    targets = set(re.findall(r"(?:FROM|JOIN|INTO|UPDATE) \[?([A-Za-z.]+)\]?", text))

    assert {target for target in targets if not target.startswith("sys.")} <= VIEWS


def test_only_phases_cost_headers_and_change_orders_are_written() -> None:
    written = {
        (type(statement).__name__, str(statement.table))
        for statement in STATEMENTS.values()
        if isinstance(statement, Insert | Update)
    }

    orders = {("Insert", "JCOH"), ("Insert", "JCOI"), ("Insert", "JCOD")}
    assert written == {("Insert", "JCJP"), ("Insert", "JCCH"), ("Update", "JCCH"), *orders}


def test_no_statement_selects_all_columns(dialect: Dialect) -> None:
    assert [name for name in STATEMENTS if "*" in _text(STATEMENTS[name], dialect).replace("count(*)", "")] == []


@pytest.mark.parametrize("name", sorted(INSERTS))
def test_an_insert_names_its_columns_and_writes_one_row(name: str, dialect: Dialect) -> None:
    text = _text(STATEMENTS[name], dialect)

    columns, values = re.fullmatch(r"INSERT INTO \[\w+\] \((.*)\) VALUES \((.*)\)", text).groups()  # type: ignore[union-attr] # no match fails the test

    assert len(columns.split(", ")) == len(values.split(", "))
    assert all(re.fullmatch(r"\[?\w+\]?", column) for column in columns.split(", "))


def test_a_new_cost_header_gives_every_column_of_the_sequence() -> None:
    text = _text(statements.ADD_COST_HEADER, DIALECTS["pyodbc"])

    assert re.findall(r"\w+", text.split("VALUES")[0])[3:] == [
        "JCCo", "Job", "PhaseGroup", "Phase", "CostType", "UM", "BillFlag", "ItemUnitFlag", "PhaseUnitFlag", "BuyOutYN",
        "Plugged", "ActiveYN", "OrigHours", "OrigUnits", "OrigCost", "SourceStatus",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("ADD_ORDER", ["JCCo", "Job", "ACO", "Contract", "ApprovalDate", "IntExt"]),
        (
            "ADD_ORDER_ITEM",
            ["JCCo", "Job", "ACO", "ACOItem", "Contract", "Item", "ApprovedMonth", "ContractUnits", "ContUnitPrice",
             "ContractAmt"],
        ),
        (
            "ADD_ORDER_DETAIL",
            ["JCCo", "Job", "ACO", "ACOItem", "PhaseGroup", "Phase", "CostType", "MonthAdded", "UM", "UnitCost",
             "EstHours", "EstUnits", "EstCost"],
        ),
    ],
)  # fmt: skip
def test_a_change_order_gives_every_column_the_facts_name(name: str, columns: list[str]) -> None:
    text = _text(STATEMENTS[name], DIALECTS["pyodbc"])

    assert re.findall(r"\w+", text.split("VALUES")[0])[3:] == columns


def test_nothing_changes_or_takes_out_a_change_order_and_nothing_writes_what_vista_posts() -> None:
    written = [str(statement.table) for statement in STATEMENTS.values() if isinstance(statement, Insert | Update)]

    assert set(written) & {"JCCD", "JCCP", "HQMA", "HQTC", "JCCI", "JCJM"} == set()
    assert [str(statement.table) for statement in STATEMENTS.values() if isinstance(statement, Update)] == ["JCCH"]


def test_the_change_order_columns_have_vistas_types_on_sql_server() -> None:
    dialect = DIALECTS["pyodbc"]
    detail = {column.name: column.type.compile(dialect) for column in tables.JCOD.c}
    head = {column.name: column.type.compile(dialect) for column in tables.JCOH.c}

    assert (detail["EstCost"], detail["EstUnits"], detail["EstHours"], detail["UnitCost"]) == (
        "NUMERIC(12, 2)",
        "NUMERIC(12, 3)",
        "NUMERIC(10, 2)",
        "NUMERIC(16, 5)",
    )
    assert (detail["MonthAdded"], head["ApprovalDate"], head["ACO"]) == (
        "SMALLDATETIME",
        "SMALLDATETIME",
        "VARCHAR(10)",
    )


def test_a_change_sets_the_estimate_alone_and_compares_the_old_values() -> None:
    text = _text(statements.CHANGE_ESTIMATE, DIALECTS["pyodbc"])
    assignments, conditions = text.split(" WHERE ")

    assert re.findall(r"\[(\w+)\]=", assignments) == ["OrigHours", "OrigUnits", "OrigCost"]
    assert re.findall(r"\[JCCH\]\.\[(\w+)\] =", conditions) == [
        "JCCo", "Job", "PhaseGroup", "Phase", "CostType", "OrigHours", "OrigUnits", "OrigCost",
    ]  # fmt: skip


HELD = {
    "JOB": "JCJM",
    "JOB_PHASES": "JCJP",
    "COST_HEADERS": "JCCH",
    "ORDERS": "JCOH",
    "ORDER_ITEMS": "JCOI",
    "ORDER_DETAIL": "JCOD",
}


@pytest.mark.parametrize(("name", "view"), HELD.items())
def test_the_re_read_holds_what_it_read(name: str, view: str, dialect: Dialect) -> None:
    assert f"FROM [{view}] WITH (UPDLOCK, HOLDLOCK)" in _text(STATEMENTS[f"{name}_LOCKED"], dialect)
    assert "UPDLOCK" not in _text(STATEMENTS[name], dialect)


def test_sqlite_gets_no_lock_hint() -> None:
    assert "UPDLOCK" not in _text(statements.COST_HEADERS_LOCKED, SQLiteDialect_pysqlite())


def test_the_lock_is_exclusive_for_the_transaction_and_tells_its_return_code(dialect: Dialect) -> None:
    text = _text(statements.APPLICATION_LOCK, dialect)

    assert "EXEC @rc = sp_getapplock" in text
    assert "@LockMode = 'Exclusive'" in text
    assert "@LockOwner = 'Transaction'" in text
    assert text.endswith("SELECT @rc AS return_code, @@TRANCOUNT AS open_transactions")


def test_amounts_are_numeric_with_vistas_places_on_sql_server() -> None:
    columns = tables.JCCH.c
    found = {name: columns[name].type.compile(DIALECTS["pyodbc"]) for name in ("OrigCost", "OrigHours", "OrigUnits")}

    assert found == {"OrigCost": "NUMERIC(12, 2)", "OrigHours": "NUMERIC(10, 2)", "OrigUnits": "NUMERIC(12, 3)"}


@pytest.mark.parametrize("driver", sorted(DIALECTS))
def test_the_statements_for_sql_server_are_the_reviewed_ones(driver: str) -> None:
    """A changed statement must be looked at in the golden file's difference before it reaches a real Vista."""
    written = _written(_dialect(driver, paramstyle="named"))

    assert written == _golden("vista_mssql.sql", written)


@pytest.mark.parametrize(("driver", "paramstyle"), [("pyodbc", "qmark"), ("mssqlpython", "pyformat")])
def test_each_driver_gets_the_statements_with_its_own_kind_of_parameters(driver: str, paramstyle: str) -> None:
    """What the driver itself is handed: the same statements, values as ? or %(name)s."""
    written = _written(_dialect(driver, paramstyle=paramstyle))

    assert written == _golden(f"vista_mssql_{driver}.sql", written)


def _written(dialect: Dialect) -> str:
    return "\n\n".join(f"-- {name}\n{_text(statement, dialect)};" for name, statement in STATEMENTS.items()) + "\n"


def _golden(name: str, made: str) -> str:
    """Read the reviewed text; UPDATE_GOLDEN=1 writes it anew, to be reviewed again."""
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / name).write_text(made, encoding="utf-8")
    return (GOLDEN / name).read_text(encoding="utf-8")
