"""A stand-in for pyodbc and SQL Server in one: it answers SQLAlchemy's SQL Server dialect from a sandbox Vista.

It shows which statements SQL Server would get, in which order, within which transaction. It proves nothing about SQL
Server itself: hints and settings are written down and dropped, the application lock is always answered as told.
"""

import sqlite3
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

_VERSION = "16.0.4003.1"


class OdbcOnSqlite:
    """The module `pyodbc`, as far as SQLAlchemy looks at it.

    Args:
        file: the sandbox's database file.
        lock_answer: return code of sp_getapplock and number of open transactions.
    """

    paramstyle = "qmark"
    version = "5.5.0"
    Error = sqlite3.Error
    DatabaseError = sqlite3.DatabaseError
    InterfaceError = sqlite3.InterfaceError
    OperationalError = sqlite3.OperationalError
    ProgrammingError = sqlite3.ProgrammingError
    IntegrityError = sqlite3.IntegrityError

    def __init__(self, file: str, lock_answer: tuple[int, int] = (0, 1)) -> None:
        self.file = file
        self.lock_answer = lock_answer
        # Everything the server was told, in order; each connection begins with "connect".
        self.told: list[str] = []
        self.Cursor = _Cursor

    def __getattr__(self, name: str) -> int:
        if name.startswith("SQL_") or name in {"BINARY", "DATETIME", "NUMBER", "ROWID", "STRING"}:
            return 0
        raise AttributeError(name)

    def connect(self, *_: Any, **options: Any) -> "_Connection":
        """Open a connection; SQLAlchemy passes the connection string and our login time-out."""
        self.told.append(f"connect timeout={options.get('timeout')}")
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
        self.timeout = 0
        self.autocommit = False
        self.sqlite = sqlite3.connect(server.file, isolation_level=None)
        self.sqlite.create_aggregate("sum", 1, _ExactSum)  # type: ignore[arg-type] # typeshed wants finalize() -> int

    def add_output_converter(self, _kind: int, _read: Any) -> None:
        """SQLAlchemy reads DATETIMEOFFSET its own way; Vista has none."""

    def cursor(self) -> "_Cursor":
        return _Cursor(self)

    def commit(self) -> None:
        self._end("COMMIT")

    def rollback(self) -> None:
        self._end("ROLLBACK")

    def close(self) -> None:
        self.sqlite.close()

    def _end(self, how: str) -> None:
        self.server.told.append(how)
        if self.sqlite.in_transaction:
            self.sqlite.execute(how)


class _Cursor:
    arraysize = 1

    def __init__(self, connection: _Connection) -> None:
        self.connection = connection
        self.rows: list[tuple[Any, ...]] = []
        self.description: list[tuple[Any, ...]] | None = None
        self.rowcount = -1

    def execute(self, text: str, *parameters: Any) -> "_Cursor":
        bound = parameters[0] if len(parameters) == 1 and isinstance(parameters[0], Sequence) else parameters
        self.rows, self.description, self.rowcount = [], None, -1
        if "ProductVersion" in text or "schema_name" in text or "fn_listextendedproperty" in text:
            self._answer((_VERSION if "ProductVersion" in text else "dbo",), ("name",))
        elif "transaction_isolation_level" in text or "system_views" in text:
            self._answer(("READ COMMITTED",), ("name",))
        else:
            self.connection.server.told.append(" ".join(text.split()))
            self._run(text, [f"{value:f}" if isinstance(value, Decimal) else value for value in bound])
        return self

    def _run(self, text: str, bound: list[Any]) -> None:
        if text.startswith("SET ") and "sp_getapplock" not in text:
            return
        if not self.connection.sqlite.in_transaction:
            self.connection.sqlite.execute("BEGIN IMMEDIATE")
        if "sp_getapplock" in text:
            self._answer(self.connection.server.lock_answer, ("return_code", "open_transactions"))
            return
        done = self.connection.sqlite.execute(text.replace(" WITH (UPDLOCK, HOLDLOCK)", ""), bound)
        self.rows, self.rowcount = done.fetchall(), done.rowcount
        self.description = [(name[0], None, None, None, None, None, None) for name in done.description or ()] or None

    def _answer(self, row: tuple[Any, ...], names: tuple[str, ...]) -> None:
        self.rows = [row]
        self.description = [(name, None, None, None, None, None, None) for name in names]

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
        return False

    def close(self) -> None:
        self.rows = []
