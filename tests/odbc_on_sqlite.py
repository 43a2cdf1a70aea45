"""A stand-in for pyodbc and SQL Server in one: it answers SQLAlchemy's SQL Server dialect from a sandbox Vista.

It shows which statements SQL Server would get, in which order and transaction, and what we make of its errors. It
proves nothing about SQL Server itself: hints and settings are written down and dropped, the application lock and
Vista's procedure are played, and what goes wrong goes wrong where a test says so (`tests/odbc_script.py`).
"""

import sqlite3
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine

from tests.odbc_script import Script

# A Vista whose driver is the stand-in, once it is plugged in.
ADDRESS = "mssql+pyodbc://me:s3cret@server/Viewpoint"
_VERSION = "16.0.4003.1"


def plugged_in(url: str, monkeypatch: pytest.MonkeyPatch) -> "OdbcOnSqlite":
    """Let every SQL Server of this test be the stand-in in front of the sandbox at this address."""
    server = OdbcOnSqlite(url.removeprefix("sqlite:///"))

    def with_stand_in(address: Any, **options: Any) -> Engine:
        return create_engine(address, module=server, **options)

    monkeypatch.setattr("connectors.vista.engine.create_engine", with_stand_in)
    return server


class OdbcOnSqlite:
    """The module `pyodbc`, as far as SQLAlchemy looks at it.

    Args:
        file: the sandbox's database file.
    """

    paramstyle = "qmark"
    version = "5.5.0"
    # pyodbc's own default: the ODBC manager keeps connections and hands them out again.
    pooling = True
    Error = sqlite3.Error
    DatabaseError = sqlite3.DatabaseError
    InterfaceError = sqlite3.InterfaceError
    OperationalError = sqlite3.OperationalError
    ProgrammingError = sqlite3.ProgrammingError
    IntegrityError = sqlite3.IntegrityError

    def __init__(self, file: str) -> None:
        self.file = file
        self.script = Script()
        # Everything the server was told, in order; each connection begins with "connect".
        self.told: list[str] = []
        # What went there and back: connections, statements, ends of transactions, SQLAlchemy's own questions.
        self.round_trips = 0
        # The connection strings themselves, and the limit of a statement that each connection was given.
        self.addresses: list[str] = []
        self.statement_limits: list[int] = []
        self.Cursor = _Cursor

    def __getattr__(self, name: str) -> int:
        if name.startswith("SQL_") or name in {"BINARY", "DATETIME", "NUMBER", "ROWID", "STRING"}:
            return 0
        raise AttributeError(name)

    def connect(self, *address: Any, **options: Any) -> "_Connection":
        """Open a connection; SQLAlchemy passes the connection string and our login time-out."""
        self.round_trips += 1
        self.told.append(f"connect timeout={options.get('timeout')}" + (" from a pool" if self.pooling else ""))
        self.addresses.extend(address)
        self.script.before("connect")
        return _Connection(self)


class _ExactSum:
    """SUM as SQL Server does it: numeric, never floating point."""

    def __init__(self) -> None:
        self.total: int | Decimal | None = None

    def step(self, value: Any) -> None:
        number = value if isinstance(value, int) else Decimal(value)
        self.total = number if self.total is None else self.total + number

    def finalize(self) -> int | str | None:
        return f"{self.total:f}" if isinstance(self.total, Decimal) else self.total


class _Connection:
    def __init__(self, server: OdbcOnSqlite) -> None:
        self.server = server
        self.autocommit = False
        self.sqlite = sqlite3.connect(server.file, isolation_level=None)
        self.sqlite.create_aggregate("sum", 1, _ExactSum)  # type: ignore[arg-type] # typeshed wants finalize() -> int

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "timeout":
            self.server.statement_limits.append(value)
        super().__setattr__(name, value)

    def add_output_converter(self, _kind: int, _read: Any) -> None:
        """SQLAlchemy reads DATETIMEOFFSET its own way; Vista has none."""

    def cursor(self) -> "_Cursor":
        return _Cursor(self)

    def commit(self) -> None:
        self._end("COMMIT")

    def rollback(self) -> None:
        self._end("ROLLBACK")

    def close(self) -> None:
        # A connection that goes takes its transaction with it.
        self.server.script.release(self)
        self.sqlite.close()

    def _end(self, how: str) -> None:
        self.server.round_trips += 1
        self.server.told.append(how)
        try:
            self.server.script.before(how)
        except sqlite3.Error:
            self.sqlite.rollback()
            self.server.script.release(self)
            raise
        if self.sqlite.in_transaction:
            self.sqlite.execute(how)
        self.server.script.release(self)
        self.server.script.after(how)


class _Cursor:
    arraysize = 1

    def __init__(self, connection: _Connection) -> None:
        self.connection = connection
        self.rows: list[tuple[Any, ...]] = []
        self.description: list[tuple[Any, ...]] | None = None
        self.rowcount = -1
        # What is behind the first answer: an error, the statement's own count, or rows after a message.
        self.kept_back: sqlite3.Error | int | tuple[list[tuple[Any, ...]], list[tuple[Any, ...]] | None] | None = None

    def execute(self, text: str, *parameters: Any) -> "_Cursor":
        bound = parameters[0] if len(parameters) == 1 and isinstance(parameters[0], Sequence) else parameters
        self.rows, self.description, self.rowcount = [], None, -1
        self.connection.server.round_trips += 1
        if text.startswith("SELECT CAST(SERVERPROPERTY('ProductVersion') AS VARCHAR)"):
            self._answer([(_VERSION,)], ("name",))
        elif any(part in text for part in ("schema_name", "fn_listextendedproperty", "test max support")):
            self._answer([("dbo",)], ("name",))
        elif "transaction_isolation_level" in text or "system_views" in text:
            self._answer([("READ COMMITTED",)], ("name",))
        else:
            self.connection.server.told.append(" ".join(text.split()))
            self._run(text, [f"{value:f}" if isinstance(value, Decimal) else value for value in bound])
        return self

    def _run(self, text: str, bound: list[Any]) -> None:
        if text.startswith("SET ") and "EXEC" not in text:
            return
        script, sqlite = self.connection.server.script, self.connection.sqlite
        if "sp_getapplock" in text:
            answer = script.lock(self.connection, bound)
            self._answer([answer], ("return_code", "open_transactions"))
            if answer[0] < 0:
                return
        if not sqlite.in_transaction:
            sqlite.execute("BEGIN IMMEDIATE")
        try:
            for happening in script.before(text):
                sqlite.execute(happening)
            self._do(text, bound)
            self._keep_back(text)
        except sqlite3.Error:
            # Every error ends the transaction: a trigger's ROLLBACK does, and so does XACT_ABORT.
            if sqlite.in_transaction:
                sqlite.rollback()
            script.release(self.connection)
            raise

    def _keep_back(self, text: str) -> None:
        script = self.connection.server.script
        if any(part in text for part in script.talkative):
            self.kept_back = (self.rows, self.description)
            self.rows, self.description = [], None
        elif noise := [count for part, count in script.noisy.items() if part in text]:
            self.kept_back, self.rowcount = self.rowcount, noise[0]
        elif late := script.late(text):
            # The trigger has rolled back already; the first answer is a count all the same.
            self.connection.sqlite.rollback()
            self.kept_back = late

    def _do(self, text: str, bound: list[Any]) -> None:
        script, sqlite = self.connection.server.script, self.connection.sqlite
        if "sp_getapplock" in text:
            return
        if script.is_lost(text):
            self.rowcount = 0
        elif "bspJCADDPHASE @jcco" in text:
            self._answer([script.add_phase(sqlite, bound)], ("return_code", "message"))
        elif catalogue := script.catalogue(text):
            self._answer(*catalogue)
        else:
            done = sqlite.execute(text.replace(" WITH (UPDLOCK, HOLDLOCK)", ""), bound)
            self.rows, self.rowcount = done.fetchall(), done.rowcount
            self._describe([name[0] for name in done.description or ()])

    def _answer(self, rows: list[tuple[Any, ...]], names: Sequence[str]) -> None:
        self.rows = list(rows)
        self._describe(names)

    def _describe(self, names: Sequence[str]) -> None:
        self.description = [(name, None, None, None, None, None, None) for name in names] or None

    def setinputsizes(self, _sizes: Any) -> None:
        """Types are told for each statement; SQLite needs none."""

    def fetchone(self) -> tuple[Any, ...] | None:
        return self.rows.pop(0) if self.rows else None

    def fetchall(self) -> list[tuple[Any, ...]]:
        rows, self.rows = self.rows, []
        return rows

    def fetchmany(self, size: int = 1) -> list[tuple[Any, ...]]:
        rows, self.rows = self.rows[:size], self.rows[size:]
        return rows

    def nextset(self) -> bool:
        kept_back, self.kept_back = self.kept_back, None
        if isinstance(kept_back, sqlite3.Error):
            raise kept_back
        # Like the real ones: the count is gone once it was read over.
        self.rowcount = kept_back if isinstance(kept_back, int) else -1
        if kept_back is None:
            return False
        if not isinstance(kept_back, int):
            self.rows, self.description = kept_back
        return True

    def close(self) -> None:
        self.rows = []
