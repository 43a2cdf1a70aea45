"""The journal on both of its databases: every journal test runs on SQLite and on PostgreSQL.

And a Vista on a real engine, where VISTA_TEST_URL names one.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from connectors.journal import Journal, open_journal
from connectors.vista.sql import SqlVista
from jobcost.plan import Plan
from tests.connectors.story import tell
from tests.journals import empty_journal, empty_journal_on
from tests.keys import JOURNAL_KEY
from tests.live_vista import Lines
from tests.postgres_server import PostgresServer
from tests.vista_plans import JCCO, JOB, free_lines, permit_for, plan_of, values

ON_POSTGRESQL = pytest.param(
    # One group: a parallel run starts one server, not one for each worker.
    "postgresql",
    marks=[pytest.mark.postgresql, pytest.mark.xdist_group("postgresql")],
)


@pytest.fixture(params=["sqlite", ON_POSTGRESQL])
def journal_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database for a journal, still without tables unless the test wants a `journal` in it."""
    is_wanted, file = "journal" in request.fixturenames, tmp_path / "journal.sqlite3"
    if request.param == "sqlite":
        return empty_journal(file) if is_wanted else f"sqlite:///{file}"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return empty_journal_on(server) if is_wanted else server.new_database()


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


@pytest.fixture
def live_vista(sandbox_on_sql_server: str) -> Iterator[SqlVista]:
    with SqlVista(sandbox_on_sql_server, JCCO, lock_timeout_seconds=60) as vista:
        yield vista


@pytest.fixture
def hasty_vista(sandbox_on_sql_server: str) -> Iterator[SqlVista]:
    """The same, but it soon gives up waiting for what others hold."""
    with SqlVista(sandbox_on_sql_server, JCCO, lock_timeout_seconds=2) as vista:
        yield vista


@pytest.fixture
def lines(live_vista: SqlVista) -> Lines:
    """A line that stands at 100.00, in a phase of the job; and two that do not exist yet."""
    first, second, third = free_lines(live_vista.read_estimate(JOB), 3)
    plan = plan_of(live_vista.read_estimate(JOB), {first: values("100.00")})
    live_vista.apply(plan, permit_for(plan))
    return first, second, third


@pytest.fixture
def live_plan(live_vista: SqlVista, lines: Lines) -> Plan:
    """Changes the first line and adds the second."""
    return plan_of(live_vista.read_estimate(JOB), {lines[0]: values("150.00"), lines[1]: values("7.25")})
