"""The Microsoft SQL Server of the tests marked `sqlserver`: where VISTA_TEST_URL names a database.

It is built anew as a sandbox's Vista, so it must be empty or have been one before; whatever else it holds is left
alone. Only the contract suite runs on a copy of a Vista too: one marked as a copy, on the job of VISTA_TEST_JOB.
docs/sql-server.md, "Tests on a server of your own", says how to run them.
"""

import os

import pytest

from connectors.vista.engine import make_engine
from connectors.vista.errors import DriverNotSupported
from sandbox.vista.build import NotASandbox, build_vista

NOT_SET = "VISTA_TEST_URL is not set: this was not tried on a Microsoft SQL Server"


# First, so that pytest-xdist reads the groups.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the users of the server's one database together: each process would build it under the others otherwise."""
    for item in items:
        if item.get_closest_marker("sqlserver"):
            item.add_marker(pytest.mark.xdist_group("sqlserver"))


@pytest.fixture(scope="session")
def sql_server_url() -> str:
    """The address of the database; without one the test is skipped, and says why."""
    url = os.environ.get("VISTA_TEST_URL")
    if not url:
        pytest.skip(NOT_SET)
    require_driver(url)
    return url


def require_driver(url: str) -> None:
    """Fail with what to install or to correct, where the address cannot be used: somebody asked for these tests."""
    try:
        make_engine(url, login_timeout_seconds=15, lock_timeout_seconds=20, timeout_seconds=60).dispose()
    except DriverNotSupported as unusable:
        pytest.fail(
            f"VISTA_TEST_URL: {unusable} In a checkout: .venv/bin/pip install mssql-python (docs/sql-server.md).",
            pytrace=False,
        )


@pytest.fixture(scope="module")
def sandbox_on_sql_server(sql_server_url: str) -> str:
    """The same, with the plain seed built anew; a database of somebody else's is left alone."""
    try:
        build_vista(sql_server_url)
    except NotASandbox as other:
        pytest.skip(f"VISTA_TEST_URL: {other}")
    return sql_server_url
