"""Bring a journal's database to the tables this program needs. Safe at every start, by many processes at once."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import OperationalError
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

from connectors.journal.errors import JournalNewer, JournalNotMigrated
from connectors.journal.ledger import BUSY_TIMEOUT_SECONDS, LOCKED, journal_engine, place_of, told_plainly, with_vault
from connectors.journal.rows_of_before import link_rows_of_before
from connectors.journal.vault import Vault

# The newest migration; a test holds it against migrations/versions.
HEAD = "0003"

# The revisions whose rows have no links yet.
_WITHOUT_CHAIN = frozenset({"0001"})

# Any number, the same for every process: PostgreSQL's advisory lock while tables change.
_ADVISORY_LOCK = 7_420_118_532
# Alembic keeps the running migration in module globals: one thread at a time.
_ONE_THREAD = threading.Lock()


def migrate(url: str, key: str) -> None:
    """Create or upgrade the journal's tables; do nothing when they are as they must be.

    Raises:
        JournalUrlWrong: if the URL names no database the journal can live in.
        JournalKeyWrong: if the key is none.
        JournalUnavailable: if the database does not answer.
        JournalNewer: if a later version of this program has migrated it already.
    """
    engine = with_vault(journal_engine(url), Vault(key))
    try:
        with told_plainly(engine):
            _migrate(engine)
    finally:
        engine.dispose()


def check_revision(connection: Connection) -> None:
    """Pass if the tables are the ones this program knows.

    Raises:
        JournalNotMigrated: if they are missing or older.
        JournalNewer: if they are younger.
    """
    found = _revision(connection)
    if found == HEAD:
        return
    if found is not None and found not in _known_revisions():
        raise _newer(connection, found)
    raise JournalNotMigrated(
        "The journal's tables are missing or old.",
        where=place_of(connection.engine.url),
        expected=f"revision {HEAD}",
        found=f"revision {found}" if found else "no tables of the journal",
        way_out="Migrate the journal first: connectors.journal.migrate.migrate(url) does it, and so does a start.",
    )


def _migrate(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        _use_write_ahead_log(engine)
    with engine.connect() as connection:
        if _revision(connection) == HEAD:
            return
    with _ONE_THREAD, _tables_may_change(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        # Look again: another process may have finished while we waited for the lock (on SQLite, BEGIN IMMEDIATE).
        found = _revision(connection)
        if found is not None and found not in _known_revisions():
            raise _newer(connection, found)
        if found != HEAD:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            if found in _WITHOUT_CHAIN:
                link_rows_of_before(connection)


@contextmanager
def _tables_may_change(engine: Engine) -> Iterator[Connection]:
    """One transaction in which SQLite lets a table be built anew: its references are checked at the end instead."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Straight to the driver: inside a transaction this changes nothing. Nothing else uses the connection.
            connection.connection.cursor().execute("PRAGMA foreign_keys = OFF").close()
        with connection.begin():
            yield connection


def _use_write_ahead_log(engine: Engine) -> None:
    """Let readers and the writer work side by side; the file remembers it. The change itself waits for nobody."""
    tries = Retrying(
        retry=retry_if_exception(_is_locked),
        stop=stop_after_delay(BUSY_TIMEOUT_SECONDS),
        wait=wait_fixed(0.05),
        reraise=True,
    )
    for attempt in tries:
        with attempt, engine.connect() as connection:
            # Straight to the driver: a journal mode cannot be changed inside a transaction.
            driver = connection.connection.cursor()
            try:
                driver.execute("PRAGMA journal_mode = WAL")
            except sqlite3.Error as error:
                raise OperationalError("PRAGMA journal_mode", None, error) from error
            finally:
                driver.close()


def _is_locked(error: BaseException) -> bool:
    return isinstance(error, OperationalError) and LOCKED in str(error)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return cast("str | None", connection.scalar(text("SELECT version_num FROM alembic_version")))


def _known_revisions() -> frozenset[str]:
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def _config() -> Config:
    config = Config()
    # A percent sign in the path would be read as an interpolation.
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def _newer(connection: Connection, found: str) -> JournalNewer:
    return JournalNewer(
        "The journal belongs to a later version of this program.",
        where=place_of(connection.engine.url),
        expected=f"revision {HEAD} or earlier",
        found=f"revision {found}",
        way_out="Update this program; the journal is left as it is.",
    )
