"""Makes the SQLAlchemy engine for Vista: which drivers are offered, how connections behave, what is never shown.

Source: facts/sqlserver.md (drivers and rules 2, 6). Every connection is new and thrown away after use: a connection
that saw an error is never used again.
"""

import re
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from connectors.vista import statements
from connectors.vista.errors import DriverNotSupported, VistaUnavailable
from connectors.vista.refusals import vista_words

SQL_SERVER_DRIVERS = ("mssql+mssqlpython", "mssql+pyodbc")
_SQLITE_DRIVERS = ("sqlite", "sqlite+pysqlite")

# PWD=secret or PWD={se;cret}, as connection strings write it.
_PASSWORD_OPTION = re.compile(r"\b(PWD|Password)\s*=\s*(?:\{(?:[^}]|\}\})*\}?|[^;'\"]*)", re.IGNORECASE)

# Set on a connection whose transaction will write: SQLite then takes its write lock at once.
WILL_WRITE = "vista_will_write"


def make_engine(url: str, *, login_timeout_seconds: int, lock_timeout_seconds: int, timeout_seconds: int) -> Engine:
    """Make an engine for the sandbox's SQLite file or a SQL Server. Nothing is connected yet.

    Raises:
        DriverNotSupported: for any other database or driver, or one that is not installed.
    """
    parsed = _parsed(url)
    if parsed.drivername in _SQLITE_DRIVERS:
        return _sqlite_engine(parsed, lock_timeout_seconds)
    if parsed.drivername not in SQL_SERVER_DRIVERS or "freetds" in str(parsed.query.get("driver", "")).lower():
        raise DriverNotSupported(
            f"Vista address {shown(parsed)}: expected one of {', '.join(SQL_SERVER_DRIVERS)} (Microsoft's ODBC driver) "
            f"or sqlite for the sandbox, found {parsed.drivername!r}. Other drivers hide why a Vista trigger refused. "
            "Write the address as mssql+mssqlpython://login@server/database."
        )
    return _sql_server_engine(parsed, login_timeout_seconds, lock_timeout_seconds * 1000, timeout_seconds)


def shown(url: URL) -> str:
    """Name a database for people: neither password nor query options, which may hold one."""
    place = f"{url.host or ''}/{url.database or ''}" if url.host else str(url.database or "")
    return f"{url.drivername} {place}".strip()


def connected(engine: Engine) -> Connection:
    """Open a new connection.

    Raises:
        VistaUnavailable: if the server or file cannot be reached or the login is refused.
    """
    if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).is_file():
        # SQLite would make an empty file, and the mistake would show as a missing view.
        raise VistaUnavailable(
            f"Vista at {shown(engine.url)}: expected the sandbox's database file, found none. Build the sandbox first."
        )
    try:
        return engine.connect()
    except SQLAlchemyError as failure:
        words = _without_password(vista_words(failure), engine.url)
        # The driver's own error may repeat the connection string, so the chain is cut.
        raise VistaUnavailable(
            f"Vista at {shown(engine.url)}: expected a connection, found: {words}. Nothing was written. "
            "Check the server, the login and the network, then run it again."
        ) from None


def discard(connection: Connection) -> None:
    """Roll back and throw the connection away, whatever state it is in."""
    try:
        connection.rollback()
    except SQLAlchemyError:
        # A trigger may have ended the transaction, or the server is gone; both mean there is nothing to roll back.
        pass
    finally:
        connection.invalidate()
        connection.close()


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError:
        # The text is not repeated: it may hold a password.
        raise DriverNotSupported(
            "The Vista address cannot be read. Expected mssql+mssqlpython://login@server/database."
        ) from None


def _without_password(words: str, url: URL) -> str:
    """Blot out the password, should the driver repeat it: the address's own, or one in its options or odbc_connect."""
    plain = words.replace(url.password, "***") if url.password else words
    return _PASSWORD_OPTION.sub(r"\1=***", plain)


def _sqlite_engine(url: URL, lock_timeout_seconds: int) -> Engine:
    if not url.database or url.database == ":memory:":
        raise DriverNotSupported(
            "Vista on SQLite: expected a file, found a database in memory, which a second connection cannot read back."
        )
    engine = create_engine(
        url, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": float(lock_timeout_seconds)}
    )

    def leave_transactions_to_us(connection: Any, _record: Any) -> None:
        connection.isolation_level = None

    def begin(connection: Connection) -> None:
        will_write = connection.get_execution_options().get(WILL_WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if will_write else "BEGIN")

    event.listen(engine, "connect", leave_transactions_to_us)
    event.listen(engine, "begin", begin)
    return engine


def _sql_server_engine(url: URL, login_timeout_seconds: int, wait_ms: int, timeout_seconds: int) -> Engine:
    try:
        engine = create_engine(
            url,
            poolclass=NullPool,
            hide_parameters=True,
            use_insertmanyvalues=False,
            isolation_level="READ COMMITTED",
            connect_args={"timeout": login_timeout_seconds},
        )
    except (ImportError, NoSuchModuleError):
        raise DriverNotSupported(
            f"Vista address {shown(url)}: the driver for {url.drivername} is not installed or too old for this "
            "SQLAlchemy. Install the extra: pip install 'procore-vista-budget-export[sqlserver]'."
        ) from None

    def prepare(connection: Any, _record: Any) -> None:
        # Both drivers call the limit of one statement `timeout`, in seconds.
        connection.timeout = timeout_seconds
        cursor = connection.cursor()
        for setting in (statements.XACT_ABORT, statements.lock_timeout(wait_ms)):
            cursor.execute(setting)
        cursor.close()

    event.listen(engine, "connect", prepare)
    return engine
