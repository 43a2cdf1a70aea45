"""The journal on both of its databases: every journal test runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.journal import Journal, open_journal
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
