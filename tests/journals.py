"""Empty journals, migrated once in a process and copied for each test: migrating takes longer than most tests."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.engine import make_url

from connectors.journal import migrate
from tests.keys import JOURNAL_KEY
from tests.postgres_server import PostgresServer


def empty_journal(file: Path) -> str:
    """Lay an empty journal into a file and return its URL."""
    file.write_bytes(_on_sqlite())
    return f"sqlite:///{file}"


def empty_journal_on(server: PostgresServer) -> str:
    """Make a database with an empty journal and return its URL."""
    return server.new_database(template=_on_postgresql(server))


@cache
def _on_sqlite() -> bytes:
    with TemporaryDirectory(prefix="journal-") as folder:
        file = Path(folder, "journal.sqlite3")
        migrate(f"sqlite:///{file}", JOURNAL_KEY)
        return file.read_bytes()


@cache
def _on_postgresql(server: PostgresServer) -> str:
    """The name of a database that nobody is connected to, as PostgreSQL demands of a template."""
    url = server.new_database()
    migrate(url, JOURNAL_KEY)
    return make_url(url).database or ""
