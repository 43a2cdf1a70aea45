"""The connection to the journal's database: SQLite (a file) or PostgreSQL, in short transactions.

Rule 1: a writing transaction on SQLite starts with BEGIN IMMEDIATE, so that two writers wait for each other instead of
failing half way; PostgreSQL serialises writers on the export's row.
Rule 2: no parameter value and no password gets into an exception.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError

from connectors.database_url import read_database_url
from connectors.journal.errors import JournalBusy, JournalUnavailable, JournalUrlWrong
from connectors.journal.vault import Vault

# How long a writer waits for another one before it gives up.
BUSY_TIMEOUT_SECONDS = 30
CONNECT_TIMEOUT_SECONDS = 10
# SQLite's words for: another process writes.
LOCKED = "database is locked"
POSTGRESQL_DRIVERS = frozenset({"postgresql", "postgres", "postgresql+psycopg"})
SQLITE_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite"})
_ONLY_READS = "journal_only_reads"
_VAULT = "journal_vault"


class Ledger:
    """The journal's database and its transactions."""

    def __init__(self, url: str, key: str) -> None:
        """Prepare the connection; nothing is opened yet.

        Args:
            url: the journal's database.
            key: the journal's key (JOURNAL_KEY), or several separated by commas, the newest first.

        Raises:
            JournalUrlWrong: if the URL names no database the journal can live in.
            JournalKeyWrong: if the key is none.
        """
        self._vault = Vault(key)
        self._engine = with_vault(journal_engine(url), self._vault)
        self._reading_engine = _only_reading(self._engine)

    def __enter__(self) -> Self:
        """Use the journal in a `with` block, which closes its connections."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """One transaction that may write: all of it is recorded, or nothing."""
        with told_plainly(self._engine), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """One transaction that only reads: all it reads is of one moment."""
        with told_plainly(self._engine), self._reading_engine.begin() as connection:
            yield connection


def _only_reading(engine: Engine) -> Engine:
    options: dict[str, Any] = {_ONLY_READS: True}
    if engine.dialect.name == "postgresql":
        # Rows and links read one after the other must fit, whoever records meanwhile; SQLite reads so anyway.
        options["isolation_level"] = "REPEATABLE READ"
    return engine.execution_options(**options)


def with_vault(engine: Engine, vault: Vault) -> Engine:
    """Let every statement that runs on the engine reach the vault."""
    return engine.execution_options(**{_VAULT: vault})


def vault_of(connection: Connection) -> Vault:
    """Return the vault of the journal that this connection belongs to."""
    vault = connection.get_execution_options().get(_VAULT)
    if not isinstance(vault, Vault):
        raise TypeError("expected a connection of a journal that was opened with its key")
    return vault


def journal_engine(url: str) -> Engine:
    """Make the engine for a journal's URL.

    Raises:
        JournalUrlWrong: if the URL names no database the journal can live in.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_SECONDS})
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_on_sqlite)
        return engine
    return create_engine(
        parsed,
        hide_parameters=True,
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
        connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS},
    )


@contextmanager
def told_plainly(engine: Engine) -> Iterator[None]:
    """Turn the driver's errors into the journal's own; a broken constraint is left to the caller, who knows it.

    Raises:
        JournalBusy: if another process held the database too long.
        JournalUnavailable: for everything else the database did not do.
    """
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        words = str(error.orig).strip()
        where = place_of(engine.url)
        if LOCKED in words:
            raise JournalBusy(
                "Another process holds the journal's file.",
                where=where,
                expected=f"the file to be free within {BUSY_TIMEOUT_SECONDS} seconds",
                found=words,
                way_out="Run it again; if it stays so, end the process that holds the file, or use PostgreSQL.",
            ) from error
        raise JournalUnavailable(
            "The journal's database did not do what was asked; nothing was recorded.",
            where=where,
            expected="a database that answers",
            found=words,
            way_out="Check JOURNAL_URL, the file's folder or the server, then run it again.",
        ) from error


def place_of(url: URL) -> str:
    """Name the journal's database for people: no user, no password, and no query options, which may hold one."""
    return f"Journal {url.drivername}://{url.host or ''}/{url.database or ''}"


def _parsed(url: str) -> URL:
    try:
        parsed = read_database_url(url)
    except ValueError:
        parsed = None
    if parsed is not None and parsed.drivername in POSTGRESQL_DRIVERS and parsed.database:
        return parsed.set(drivername="postgresql+psycopg")
    # A database in memory would forget every decision when the process ends.
    if parsed is not None and parsed.drivername in SQLITE_DRIVERS and parsed.database not in {None, "", ":memory:"}:
        return parsed
    raise JournalUrlWrong(
        "The journal cannot live there.",
        where="JOURNAL_URL",
        expected="sqlite:///<file> or postgresql+psycopg://<user>:<password>@<host>/<database>",
        found="something else",
        way_out="Set JOURNAL_URL to a file or a PostgreSQL database of its own, with special characters of the "
        "password percent-encoded (%40 for @).",
    )


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own idea of when a transaction begins is switched off; _begin_on_sqlite says BEGIN.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    # A decision that was confirmed must survive a power cut.
    connection.execute("PRAGMA synchronous = FULL")


def _begin_on_sqlite(connection: Connection) -> None:
    only_reads = connection.get_execution_options().get(_ONLY_READS, False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
