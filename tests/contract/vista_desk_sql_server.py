"""How a row of Vista's fidelity table is performed on a SQL Server: the same row, the same transaction."""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from sandbox.vista.seeds import Site
from sandbox.vista.sql_server import SqlServerVista
from sandbox.vista.variants import apply_variants, parsed_variants
from tests.contract.vista_desk import NAMES, VistaFidelity, Words, in_words

_WORDS: Words = {
    "month": lambda day: f"CONVERT(char(7), {day}, 120)",
    # A server may forget the places of an amount whose type has a name.
    "sum": lambda amount: f"CAST(SUM({amount}) AS numeric(12,2))",
    "list": lambda value: f"STRING_AGG(CAST({value} AS varchar(max)), ',')",
    "text": lambda first, second: f"CONCAT({first}, {second})",
    "today": lambda: "CAST(CAST(GETDATE() AS date) AS smalldatetime)",
    "work_as": lambda login: f"EXEC sp_set_session_context N'VPUserName', N'{login}'",
    "foreign_keys": lambda view: (
        f"(SELECT COUNT(*) FROM sys.foreign_keys WHERE parent_object_id = OBJECT_ID('dbo.b{view}'))"
    ),
    # Beside KeyID's own. A server may keep more than the name it was given.
    "unique_index": lambda view: (
        f"(SELECT CASE COUNT(*) WHEN 1 THEN 'bi{view}' END FROM sys.indexes WHERE is_unique = 1"
        f" AND object_id = OBJECT_ID('dbo.b{view}') AND LOWER(name) NOT LIKE '%keyid%')"
    ),
    "columns": lambda view, name: (
        f"(SELECT COUNT(*) FROM sys.columns WHERE object_id = OBJECT_ID('dbo.b{view}') AND name = '{name}')"
    ),
}
# What SQLite's constraints are named after -> what SQL Server says. The second wording of each is that of a server that
# speaks T-SQL and is not Microsoft's.
_ENGINE_REFUSALS = (
    (r"UNIQUE constraint failed: (\w+)\.", r"duplicate key .*(?i:bi{0})"),
    (
        r"NOT NULL constraint failed: \w+\.(\w+)",
        r"(?i:Cannot insert the value NULL into column '{0}'|null value in column \W{0}\W)",
    ),
    (r"CHECK constraint failed: Arithmetic overflow", r"Arithmetic overflow error converting|numeric field overflow"),
    (r"CHECK constraint failed: String or binary", r"String or binary data would be truncated|value too long for type"),
    (
        r"CHECK constraint failed: .*547 \w+\.(\w+)",
        r"(?i:conflicted with the CHECK constraint|violates check constraint).*(?i:{0})",
    ),
)


def performed(connection: Connection, site: Site, row: VistaFidelity) -> tuple[str, tuple[tuple[object, ...], ...]]:
    """Do what the row says; return the server's refusal, if any, and what is seen afterwards. Nothing stays.

    The row's variants are put in place in the same transaction, so that one plain database serves all rows.
    """
    refusal = ""
    try:
        connection.exec_driver_sql("SET DATEFORMAT ymd")
        connection.exec_driver_sql("EXEC sp_set_session_context N'VPUserName', NULL")
        apply_variants(SqlServerVista(connection), site, parsed_variants(row.variants))
        try:
            for statement in row.done:
                connection.exec_driver_sql(_spelled(statement))
        except DBAPIError as refused:
            refusal = str(refused.orig)
        seen = told(connection.exec_driver_sql(_spelled(row.asked)).fetchall())
    finally:
        connection.rollback()
    return refusal, seen


def expected(connection: Connection, row: VistaFidelity) -> tuple[tuple[object, ...], ...]:
    """What the row says is seen: the login is the one that is connected."""
    login = connection.exec_driver_sql("SELECT VPUserName FROM dbo.sandbox_login").scalar_one()
    return told(tuple(login if value == "procore_export" else value for value in values) for values in row.seen)


def told(rows: Iterable[Iterable[object]]) -> tuple[tuple[object, ...], ...]:
    """Values as SQLite stores them: amounts and days as text."""
    return tuple(tuple(_told(value) for value in values) for values in rows)


def refusal_pattern(refused: str) -> str:
    """What the server's message must hold: Vista's words, with values where SQLite has names in angle brackets.

    A line each where more than one refusal is right.

    >>> refusal_pattern("Phase <phase> not on file!")
    'Phase .+? not on file!'
    """
    return "|".join(_pattern(line) for line in refused.splitlines())


def _pattern(refused: str) -> str:
    for sqlite, server in _ENGINE_REFUSALS:
        if found := re.search(sqlite, refused):
            return server.replace("{0}", "".join(found.groups()))
    return ".+?".join(re.escape(words).replace(r"\ ", " ") for words in re.split(r"<[a-z ]+>", refused))


def _told(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return f"{value:%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else value


def _spelled(statement: str) -> str:
    # smalldatetime takes no microseconds.
    values = {name: value.replace(" 00:00:00.000000", "") for name, value in NAMES.items()}
    named = re.sub(r":([A-Z]+\d?)\b", lambda found: f"'{values[found[1]]}'", in_words(statement, _WORDS))
    return named.replace(" 00:00:00.000000", "")
