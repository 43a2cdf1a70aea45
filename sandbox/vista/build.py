"""Builds the local Vista in one transaction: tables, seed rows, views, triggers, then the variants asked for.

On SQLite here; on a Microsoft SQL Server in `sql_server.py`.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy.engine import make_url

from sandbox.vista.database import NotASandbox
from sandbox.vista.periods import carried_to_periods
from sandbox.vista.schema import spelling_statements, table_statements
from sandbox.vista.seeds import Site, seeded
from sandbox.vista.sql_server import SQL_SERVER, build_on_sql_server
from sandbox.vista.sqltext import statements
from sandbox.vista.variants import apply_variants, parsed_variants

__all__ = ["NotASandbox", "build_vista", "database_file"]

# Trigger that calls Vista's procedures -> how Vista ends their refusals there.
_CALLERS = {
    "JCCH": " - Could not add phase <phase> - cannot insert Cost Header!",
    "JCJP": " - cannot insert Job Phase!",
    "JCCD": " - cannot insert Cost Detail Trans # <trans> Phase <phase> Cost Type <cost type>",
    "JCOD": " - cannot insert Change Order Detail!",
}
_PHASE_KEY = "'JCCo: ' || {row}.JCCo || ' Job: ' || {row}.Job || ' Phase: ' || {row}.Phase"
_ORDER_KEY = "'JCCo: ' || NEW.JCCo || ' Job: ' || NEW.Job || ' ACO: ' || NEW.ACO"
_HEADER_KEY = _PHASE_KEY + " || ' CostType: ' || {row}.CostType"


def build_vista(url: str, seed: str = "public_works", variants: tuple[str, ...] = (), *, jcco: int = 1) -> Site:
    """Build the database anew, whatever a sandbox Vista held there before, and say what it holds.

    Args:
        url: `sqlite:///FILE`, or `mssql+mssqlpython://login:password@server/database` (`mssql+pyodbc` too) of an empty
            database, or one that a sandbox built before.
        seed: `public_works` or `generated:<number of phases>`.
        variants: names of `sandbox/vista/variants.py`, some with an argument, `phase_inactive:R-1`.
        jcco: number of the job cost company.

    Raises:
        NotASandbox: the URL is neither, or the file or database belongs to something else.
        ValueError: an unknown seed or variant.
    """
    wanted = parsed_variants(variants)
    if make_url(url).get_backend_name() == SQL_SERVER:
        return build_on_sql_server(url, seed, wanted, jcco)
    with closing(sqlite3.connect(database_file(url), isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        _drop_everything(connection)
        for statement in _schema():
            connection.execute(statement)
        vista = SqliteVista(connection)
        site = seeded(vista, seed, jcco)
        for statement in _behaviour():
            connection.execute(statement)
        apply_variants(vista, site, wanted)
        connection.execute("COMMIT")
    return site


class SqliteVista:
    """A local Vista in a SQLite file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> sqlite3.Cursor:
        """Do one statement."""
        return self._connection.execute(statement, _stored(parameters))

    def insert(self, table: str, columns: str, rows: Iterable[Sequence[object]]) -> None:
        """Add rows to a table that has no triggers yet."""
        marks = ", ".join("?" for _ in columns.split(","))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"
        self._connection.executemany(statement, [_stored(row) for row in rows])

    def run(self, name: str) -> None:
        """Do the statements of one file of `sql/`."""
        for statement in statements(name):
            self._connection.execute(statement)


def _stored(values: Sequence[object]) -> tuple[object, ...]:
    return tuple(f"{value:%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else value for value in values)


def database_file(url: str) -> str:
    """The file of a `sqlite:///FILE` URL.

    Raises:
        NotASandbox: for any other URL.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise NotASandbox(
            f"Vista sandbox: expected sqlite:///FILE or mssql+mssqlpython://..., found {parsed!r}. Name a file."
        )
    Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    return parsed.database


@cache
def _schema() -> tuple[str, ...]:
    return (*table_statements(), *statements("views.sql"))


@cache
def _behaviour() -> tuple[str, ...]:
    return tuple(_trigger_statements())


def _trigger_statements() -> Iterator[str]:
    yield from statements("company.sql")
    for caller, suffix in _CALLERS.items():
        yield from statements("procedures.sql", caller=caller, suffix=suffix)
    other_detail = (
        "EXISTS (SELECT 1 FROM bJCCD AS d WHERE d.JCCo = OLD.JCCo AND d.Job = OLD.Job AND d.Phase = OLD.Phase"
        " AND d.CostType = OLD.CostType AND d.PhaseGroup = OLD.PhaseGroup AND d.JCTransType <> 'OE')"
    )
    yield from statements("cost_headers.sql", has_other_detail=other_detail, **_keys(_HEADER_KEY))
    yield from statements("job_phases.sql", **_keys(_PHASE_KEY))
    carried = {"add_new": carried_to_periods("NEW", "+"), "take_old": carried_to_periods("OLD", "-")}
    yield from statements("cost_detail.sql", suffix=_CALLERS["JCCD"], **carried)
    yield from statements("contracts.sql")
    yield from statements("change_orders.sql", order_key=_ORDER_KEY)
    yield from spelling_statements()


def _keys(pattern: str) -> dict[str, str]:
    return {"new_key": pattern.replace("{row}", "NEW"), "old_key": pattern.replace("{row}", "OLD")}


def _drop_everything(connection: sqlite3.Connection) -> None:
    names = dict(connection.execute("SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')"))
    names.pop("sqlite_sequence", None)
    if names and "sandbox_login" not in names:
        raise NotASandbox(
            f"Vista sandbox: the file already holds {', '.join(sorted(names)[:5])}, which no sandbox made."
            " Name another file."
        )
    for name, kind in sorted(names.items(), key=lambda item: item[1], reverse=True):
        connection.execute(f"DROP {kind} {name}")
