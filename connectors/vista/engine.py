"""Makes the SQLAlchemy engine for Vista: how connections behave, and what is never shown.

Source: facts/sqlserver.md (drivers and rules 2, 6). Every connection is new and thrown away after use: a connection
that saw an error is never used again.
"""

import os
import re
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from connectors.vista import statements
from connectors.vista.address import SQLITE_DRIVERS, read_address, shown
from connectors.vista.connect_words import is_login_refused, way_in
from connectors.vista.errors import DriverNotSupported, LoginRefused, VistaUnavailable
from connectors.vista.patience import lose_patience
from connectors.vista.refusals import driver_text, vista_words
from connectors.vista.results import read_to_the_end

# PWD=secret or PWD={se;cret}, as connection strings write it.
_PASSWORD_OPTION = re.compile(r"\b(PWD|Password)\s*=\s*(?:\{(?:[^}]|\}\})*\}?|[^;'\"]*)", re.IGNORECASE)

# Which of its native drivers mssql-python loads; read once, when it connects first.
_PROVIDER = "MSSQL_PYTHON_NATIVE_PROVIDER"
_MICROSOFTS_ODBC_DRIVER = "msodbcsql18"

# Set on a connection whose transaction will write: SQLite then takes its write lock at once.
WILL_WRITE = "vista_will_write"


def make_engine(url: str, *, login_timeout_seconds: int, lock_timeout_seconds: int, timeout_seconds: int) -> Engine:
    """Make an engine for the sandbox's SQLite file or a SQL Server. Nothing is connected yet.

    Raises:
        DriverNotSupported: for any other database or driver, or one that is not installed.
    """
    parsed = read_address(url)
    if parsed.drivername in SQLITE_DRIVERS:
        return _sqlite_engine(parsed, lock_timeout_seconds)
    _require_dialect(parsed)
    if parsed.drivername == "mssql+mssqlpython":
        _pin_provider(parsed)
    return _sql_server_engine(parsed, login_timeout_seconds, lock_timeout_seconds * 1000, timeout_seconds)


def connected(engine: Engine) -> Connection:
    """Open a new connection.

    Raises:
        VistaUnavailable: if the server or file cannot be reached.
        LoginRefused: if the server does not let the login in.
    """
    if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).is_file():
        # SQLite would make an empty file, and the mistake would show as a missing view.
        raise VistaUnavailable(
            f"Vista at {shown(engine.url)}: expected the sandbox's database file, found none.",
            "Build the sandbox first.",
        )
    try:
        return engine.connect()
    except SQLAlchemyError as failure:
        said, words = driver_text(failure), vista_words(failure)
    except (RuntimeError, OSError) as failure:
        # What a driver says whose own library cannot be loaded; no error of a database.
        said = words = str(failure)
    except Exception as failure:  # noqa: BLE001 - mssql-python has errors that are none of DB-API
        # Its text is not repeated: it may quote any part of the connection string.
        said = words = type(failure).__name__
    # Raised outside the handler: the driver's own error may repeat the connection string, so it is not chained.
    found = _without_password(words, engine.url).rstrip(".")
    refused = LoginRefused if is_login_refused(said) else VistaUnavailable
    raise refused(f"Vista at {shown(engine.url)}: expected a connection, found: {found}.", way_in(said))


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


def _without_password(words: str, url: URL) -> str:
    """Blot out the password, should the driver repeat it: the address's own, or one in a connection string."""
    plain = re.sub(_in_any_spelling(url.password), "***", words, flags=re.IGNORECASE) if url.password else words
    return _PASSWORD_OPTION.sub(r"\1=***", plain)


def _in_any_spelling(password: str) -> str:
    """Make a pattern for a password of which any sign may be percent-encoded."""
    encoded = ((sign, "".join(f"%{byte:02X}" for byte in sign.encode())) for sign in password)
    return "".join(rf"(?:{re.escape(sign)}|{code}{'|[+]' if sign == ' ' else ''})" for sign, code in encoded)


def _require_dialect(url: URL) -> None:
    """Tell a SQLAlchemy that does not know the driver yet from a driver that is not installed."""
    try:
        url.get_dialect()
    except NoSuchModuleError:
        raise DriverNotSupported(
            f"Vista address {shown(url)}: expected SQLAlchemy 2.1 or later, which speaks {url.drivername}, found "
            f"SQLAlchemy {sqlalchemy.__version__}. Run pip install --upgrade 'sqlalchemy>=2.1,<2.2'."
        ) from None


def _pin_provider(url: URL) -> None:
    """Let mssql-python take Microsoft's ODBC driver, whatever it takes by itself in a later release.

    All that this connector knows of locks, errors and time-outs was learnt with that one.
    """
    chosen = os.environ.get(_PROVIDER, "").strip().lower()
    if chosen not in {"", _MICROSOFTS_ODBC_DRIVER}:
        raise DriverNotSupported(
            f"Vista address {shown(url)}: expected {_PROVIDER} to be {_MICROSOFTS_ODBC_DRIVER} or unset, found another "
            "driver. Take it out of the environment."
        )
    os.environ[_PROVIDER] = _MICROSOFTS_ODBC_DRIVER


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
    except ImportError as missing:
        package = "pip install '.[sqlserver]' in the checkout"
        if url.drivername == "mssql+pyodbc":
            package = "pip install pyodbc, and Microsoft's package msodbcsql18; or take mssql+mssqlpython: " + package
        raise DriverNotSupported(
            f"Vista address {shown(url)}: the driver for {url.drivername} is not installed, or what it needs is not "
            f"({missing}). Install the extra: {package}."
        ) from None

    if url.drivername == "mssql+pyodbc":
        # Otherwise the ODBC manager would keep the connections that we throw away, and hand them out again.
        pyodbc: Any = engine.dialect.dbapi
        pyodbc.pooling = False

    def prepare(connection: Any, _record: Any) -> None:
        # Both drivers call the limit of one statement `timeout`, in seconds.
        connection.timeout = timeout_seconds
        cursor = connection.cursor()
        for setting in (statements.XACT_ABORT, statements.lock_timeout(wait_ms)):
            cursor.execute(setting)
        cursor.close()

    event.listen(engine, "connect", prepare)
    read_to_the_end(engine)
    lose_patience(engine, login_seconds=login_timeout_seconds, answer_seconds=max(timeout_seconds, wait_ms // 1000))
    return engine
