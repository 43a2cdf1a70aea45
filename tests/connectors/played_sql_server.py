"""Fixtures for tests of the connector against the played SQL Server: a job with one estimate, and an export to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.vista.sql import SqlVista
from jobcost.plan import Plan
from tests.odbc_on_sqlite import ADDRESS, OdbcOnSqlite, plugged_in
from tests.vista_plans import CHANGE_AND_ADD, JOB, job_with_one_estimate, plan_of


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The sandbox that answers, for looking into it."""
    return job_with_one_estimate(tmp_path)


@pytest.fixture
def server(url: str, monkeypatch: pytest.MonkeyPatch) -> OdbcOnSqlite:
    return plugged_in(url, monkeypatch)


@pytest.fixture
def vista(server: OdbcOnSqlite) -> Iterator[SqlVista]:
    assert server.told == []
    with SqlVista(ADDRESS, 1) as vista:
        yield vista


@pytest.fixture
def plan(vista: SqlVista, server: OdbcOnSqlite) -> Plan:
    """Changes the line that stands there and adds another; what was sent for it is forgotten."""
    plan = plan_of(vista.read_estimate(JOB), CHANGE_AND_ADD)
    server.told.clear()
    return plan
