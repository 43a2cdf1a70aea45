"""Builds the local Vista on a Microsoft SQL Server, in one transaction, from `sql/tables.txt` and the files of `tsql/`.

What a connector meets here and not on SQLite: b-tables that hold the triggers, views above them, errors with Vista's
own words and values, one transaction that a trigger's ROLLBACK ends, numeric and smalldatetime, locks, logins.

Amounts, numbers and days have Vista's alias types. Text has the plain types that its alias types stand for: SQL Server
refuses COLLATE on an alias type (error 452), and text must compare case by case whatever the database's default is.
Latin1_General_BIN2 orders single-byte text exactly as the Latin1_General_BIN of Vista's own columns does.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import resources
from typing import Any

from sqlalchemy import URL, Connection, CursorResult, create_engine, make_url
from sqlalchemy.pool import NullPool

from sandbox.vista.database import NotASandbox
from sandbox.vista.schema import INTEGERS, NUMERICS, Column, Table, tables
from sandbox.vista.seeds import Site, seeded
from sandbox.vista.variants import apply_variants

SQL_SERVER = "mssql"
# pyodbc finds no server without the name of a driver; mssql-python brings its own.
_NEEDS_A_DRIVER, _NEWEST_DRIVER = "mssql+pyodbc", "ODBC Driver 18 for SQL Server"
_VIEWS = "views.sql"
_BEHAVIOUR = (
    "company.sql",
    "procedures.sql",
    "cost_headers.sql",
    "job_phases.sql",
    "cost_detail.sql",
    "contracts.sql",
    "change_orders.sql",
)
# Views that are more than "select * from the table" are written by hand in tsql/views.sql.
_VIEWS_BY_HAND = frozenset({"bHQCO", "bJCJM"})
# What people may do through a view, and what only procedures are for (facts 1.2).
_RIGHTS = "SELECT, INSERT, UPDATE, DELETE"
# A view, a procedure or a type that a file of `tsql/` makes.
_MADE = re.compile(r"^CREATE (VIEW|PROCEDURE|TYPE|TRIGGER) dbo\.(\w+)", re.MULTILINE)
# The longest text SQL Server keeps inside a row.
_IN_ROW = 2000
# Vista's alias types of columns that have no collation -> what they stand for (facts 1.1).
_ALIASES = {
    **{name: f"numeric({digits},{places})" for name, (digits, places) in NUMERICS.items()},
    **{name: base for name, (base, _) in INTEGERS.items() if name != base},
    "bDate": "smalldatetime",
    "bMonth": "smalldatetime",
}
# What can hold something: tables, views, procedures, functions, synonyms.
_FOUND = (
    "SELECT o.name, o.type FROM sys.objects AS o"
    " WHERE o.is_ms_shipped = 0 AND o.type IN ('U', 'V', 'P', 'FN', 'IF', 'TF', 'SN') ORDER BY o.name"
)


def build_on_sql_server(url: str, seed: str, wanted: dict[str, tuple[str, ...]], jcco: int) -> Site:
    """Build the database anew, whatever a sandbox Vista held there before, and say what it holds.

    Raises:
        NotASandbox: the database holds something that no sandbox made.
        ValueError: an unknown seed.
    """
    with connected(url) as connection:
        drop_everything(connection)
        vista = SqlServerVista(connection)
        for batch in (*type_batches(), *table_batches()):
            vista.execute(batch)
        vista.run(_VIEWS)
        site = seeded(vista, seed, jcco)
        for name in _BEHAVIOUR:
            vista.run(name)
        for batch in right_batches(is_microsofts=is_microsofts(connection)):
            vista.execute(batch)
        apply_variants(vista, site, wanted)
    return site


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """One connection in one transaction: committed at the end, rolled back by an error."""
    engine = create_engine(address(url), poolclass=NullPool, use_insertmanyvalues=False, supports_comments=False)
    try:
        with engine.begin() as connection:
            # Days are written year first, whatever language the login speaks.
            connection.exec_driver_sql("SET DATEFORMAT ymd")
            yield connection
    finally:
        engine.dispose()


def address(url: str) -> URL:
    """Read the address, complete with the driver that pyodbc wants named."""
    parsed = make_url(url)
    is_named = any(name.lower() in {"driver", "odbc_connect"} for name in parsed.query)
    if parsed.drivername != _NEEDS_A_DRIVER or is_named:
        return parsed
    return parsed.update_query_dict({"driver": _NEWEST_DRIVER})


def is_microsofts(connection: Connection) -> bool:
    """Whether the server is Microsoft's, and not another that speaks T-SQL and says so."""
    # Cast, because not every driver reads the sql_variant that SERVERPROPERTY answers.
    asked = "SELECT CAST(SERVERPROPERTY('Babelfish') AS varchar(128))"
    return connection.exec_driver_sql(asked).scalar_one() is None


class SqlServerVista:
    """A local Vista in a database of a SQL Server."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> CursorResult[Any]:
        """Do one statement or batch."""
        return self._connection.exec_driver_sql(statement, tuple(parameters) if parameters else None)

    def insert(self, table: str, columns: str, rows: Iterable[Sequence[object]]) -> None:
        """Add rows to a table that has no triggers yet.

        Raises:
            RuntimeError: the driver told no error and yet not all rows are there.
        """
        given = [tuple(row) for row in rows]
        marks = ", ".join("?" for _ in columns.split(","))
        count = f"SELECT COUNT(*) FROM dbo.{table}"
        before = self.execute(count).scalar_one()
        if given:
            self._connection.exec_driver_sql(f"INSERT INTO dbo.{table} ({columns}) VALUES ({marks})", given)
        added = self.execute(count).scalar_one() - before
        if added != len(given):
            raise RuntimeError(f"Vista sandbox: {len(given)} rows were given to {table}, {added} arrived. Build again.")

    def run(self, name: str) -> None:
        """Do the batches of one file of `tsql/`."""
        for batch in batches(name):
            self.execute(batch)


@cache
def batches(name: str) -> tuple[str, ...]:
    """The batches of one file of `tsql/`, which lines saying GO end."""
    text = resources.files("sandbox.vista").joinpath("tsql", name).read_text(encoding="utf-8")
    return tuple(batch.strip() for batch in re.split(r"^GO$", text, flags=re.MULTILINE) if batch.strip())


def made(kind: str) -> tuple[str, ...]:
    """Names of what the files of `tsql/` make, in their order: of a VIEW, PROCEDURE, TYPE or TRIGGER."""
    found = (_MADE.findall(batch) for name in (_VIEWS, *_BEHAVIOUR) for batch in batches(name))
    return tuple(name for matches in found for of_kind, name in matches if of_kind == kind)


def type_batches() -> Iterator[str]:
    """Vista's alias types of amounts, numbers and days (facts 1.1)."""
    # Vista's say NOT NULL. Every column here says which it is itself, and not every server lets it overrule its type.
    for name, base in _ALIASES.items():
        yield f"CREATE TYPE dbo.{name} FROM {base} NULL"


def table_batches() -> Iterator[str]:
    """DDL of every table, its unique indexes, and its plain view."""
    for table in tables():
        name = base_name(table)
        yield _create_table(table)
        for number, key in enumerate(table.unique_keys):
            clustered = "NONCLUSTERED" if number else "CLUSTERED"
            suffix = f"_{number + 1}" if number else ""
            yield f"CREATE UNIQUE {clustered} INDEX bi{name.removeprefix('b')}{suffix} ON dbo.{name} ({key})"
        if table.has_key_id:
            yield f"CREATE UNIQUE NONCLUSTERED INDEX bi{name.removeprefix('b')}KeyID ON dbo.{name} (KeyID)"
        if name.startswith("b") and name not in _VIEWS_BY_HAND:
            yield f"CREATE VIEW dbo.{name[1:]} AS SELECT a.* FROM dbo.{name} AS a"


def right_batches(*, is_microsofts: bool = True) -> Iterator[str]:
    """Vista's rights: everybody may use the views and the procedures, nobody the tables beneath."""
    if is_microsofts:
        # A trigger's variable of a table type is asked of whoever fires it; another server cannot be told so.
        yield from (f"GRANT EXECUTE ON TYPE::dbo.{name} TO public" for name in made("TYPE"))
    for view in view_names():
        yield f"GRANT {_RIGHTS if view != 'sandbox_login' else 'SELECT'} ON dbo.{view} TO public"
    for procedure in made("PROCEDURE"):
        if procedure.startswith("bsp"):
            yield f"GRANT EXECUTE ON dbo.{procedure} TO public"


def view_names() -> tuple[str, ...]:
    """All views: the plain ones and those written by hand."""
    plain = (base_name(table)[1:] for table in tables() if base_name(table).startswith("b"))
    return tuple(dict.fromkeys((*plain, *made("VIEW"))))


def base_name(table: Table) -> str:
    """The table's name: `sql/tables.txt` calls five of them by their view's, as SQLite must."""
    return table.name if table.name[0] in "bv" else f"b{table.name}"


def _create_table(table: Table) -> str:
    name = base_name(table)
    lines = [_column_ddl(name, column) for column in table.columns]
    if table.has_key_id:
        lines.append("KeyID bigint IDENTITY(1,1) NOT NULL")
    return f"CREATE TABLE dbo.{name} (\n  " + ",\n  ".join(lines) + "\n)"


def _column_ddl(table: str, column: Column) -> str:
    words = [f"[{column.name}]", sql_type(column)]
    if column.width:
        words.append("COLLATE Latin1_General_BIN2")
    words.append("NULL" if column.may_be_null else "NOT NULL")
    if column.default:
        default = column.default.strip("'") if column.vista_type in NUMERICS else column.default
        words.append(f"CONSTRAINT DF_{table}_{column.name} DEFAULT {default}")
    if column.is_checked_flag:
        words.append(f"CONSTRAINT CK_{table}_{column.name} CHECK ([{column.name}] IN ('Y', 'N'))")
    return " ".join(words)


def sql_type(column: Column) -> str:
    """The type a column has: Vista's own, or for text the plain one it stands for (facts 1.1)."""
    kind = column.vista_type
    if kind in _ALIASES:
        return f"dbo.{kind}"
    if column.width:
        is_fixed = kind in {"bYN", "bSource"} or kind.startswith("char(")
        length = "max" if column.width > _IN_ROW else column.width
        return f"{'char' if is_fixed else 'varchar'}({length})"
    return "bigint IDENTITY(1,1)" if kind == "identity" else kind


def drop_everything(connection: Connection) -> None:
    """Empty a database that a sandbox built, or find an empty one.

    Raises:
        NotASandbox: it holds something that no sandbox made; nothing is dropped.
    """
    # Whatever the case: a server may give names back in small letters.
    found = {name.lower(): kind.strip() for name, kind in connection.exec_driver_sql(_FOUND)}
    named = (*made("PROCEDURE"), *view_names(), *(base_name(table) for table in tables()))
    ours = {name.lower(): name for name in named}
    others = sorted(found.keys() - ours.keys()) if "sandbox_login" in found else sorted(found)
    if others:
        raise NotASandbox(
            f"Vista sandbox: the database already holds {', '.join(others[:5])}, which no sandbox made."
            " Name an empty database."
        )
    for kind, word in (("P", "PROCEDURE"), ("V", "VIEW"), ("U", "TABLE")):
        for name in (name for name, found_kind in found.items() if found_kind == kind):
            connection.exec_driver_sql(f"DROP {word} dbo.{ours[name]}")
    for name in (*made("TYPE"), *_ALIASES):
        connection.exec_driver_sql(f"IF TYPE_ID(N'dbo.{name}') IS NOT NULL DROP TYPE dbo.{name}")
