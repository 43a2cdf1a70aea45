"""The journal on both of its databases: every journal test runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from connectors.journal import Journal, open_journal
from tests.connectors.story import tell
from tests.keys import JOURNAL_KEY

ON_POSTGRESQL = pytest.param(
    # One group: a parallel run starts one server, not one for each worker.
    "postgresql",
    marks=[pytest.mark.postgresql, pytest.mark.xdist_group("postgresql")],
)


@pytest.fixture(params=["sqlite", ON_POSTGRESQL])
def journal_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database for a journal, still without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'journal.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def journal(journal_url: str) -> Iterator[Journal]:
    """An empty journal."""
    with open_journal(journal_url, JOURNAL_KEY) as journal:
        yield journal


@pytest.fixture(scope="module", params=["sqlite", ON_POSTGRESQL])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    """A journal with a story, which nobody changes."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('told') / 'journal.sqlite3'}"
    else:
        url = request.getfixturevalue("postgres_server").new_database()
    with open_journal(url, JOURNAL_KEY) as journal:
        tell(journal)
        yield journal


@pytest.fixture
def hand(told: Journal) -> Iterator[Connection]:
    """A connection of somebody who changes the journal by hand; what they change is gone after the test."""
    with told._engine.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()
