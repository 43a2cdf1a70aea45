"""The local Vista on a SQL Server does what Vista does, row by row of the same fidelity table as on SQLite.

Runs when VISTA_TEST_URL names an empty database or one that a sandbox built; it is built anew.
"""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from sandbox.vista.build import NotASandbox, build_vista
from sandbox.vista.seeds import Site
from sandbox.vista.sql_server import is_microsofts
from tests.contract.fidelity_vista import FIDELITY
from tests.contract.fidelity_vista_sql_server import SQL_SERVER_ALONE
from tests.contract.vista_desk import VistaFidelity
from tests.contract.vista_desk_sql_server import expected, performed, refusal_pattern

pytestmark = pytest.mark.sqlserver

# A server that speaks T-SQL and is not Microsoft's -> what it is known to do otherwise.
_DONE_OTHERWISE = {
    "overflow": "an overflow ends the whole transaction, not the statement alone",
    "output-is-refused-on-a-table-with-triggers": "OUTPUT is accepted on a table with triggers",
    "detail-creates-its-header": "a trigger is not fired again inside itself, not even through another's",
    "a-merge-is-told-of-an-invalid-job": "there is no MERGE",
}


@pytest.fixture(scope="module")
def site(sandbox_on_sql_server: str) -> Site:
    """The plain seed, built once more over a job that was filled and closed: nothing of it may stay."""
    build_vista(sandbox_on_sql_server, variants=("estimates_already_there", "job_hard_closed", "site_trigger"))
    return build_vista(sandbox_on_sql_server)


@pytest.fixture(scope="module")
def connection(site: Site, sql_server_url: str) -> Iterator[Connection]:
    """One connection to the database just built."""
    assert site.job
    engine = create_engine(sql_server_url, poolclass=NullPool, supports_comments=False)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.mark.parametrize("row", [*FIDELITY, *SQL_SERVER_ALONE], ids=lambda row: row.id)
def test_the_sandbox_does_what_vista_does(connection: Connection, site: Site, row: VistaFidelity) -> None:
    if row.id in _DONE_OTHERWISE and not is_microsofts(connection):
        pytest.skip(f"not Microsoft's server: {_DONE_OTHERWISE[row.id]}")
    refusal, seen = performed(connection, site, row)
    if row.refused:
        assert re.search(refusal_pattern(row.refused), refusal), f"{row.source}: {row.said}: {refusal}"
    else:
        assert refusal == "", f"{row.source}: {row.said}"
    assert seen == expected(connection, row), f"{row.source}: {row.said}"


def test_a_database_built_again_holds_nothing_of_before(connection: Connection) -> None:
    found = connection.exec_driver_sql(
        "SELECT (SELECT COUNT(*) FROM JCCH), (SELECT JobStatus FROM JCJM),"
        " (SELECT COUNT(*) FROM sys.triggers WHERE name LIKE 'mtr%')"
    ).fetchone()
    connection.rollback()
    assert found is not None
    assert tuple(found) == (0, 1, 0)


def test_a_database_that_is_no_sandboxs_is_left_alone(connection: Connection, sql_server_url: str) -> None:
    connection.exec_driver_sql("CREATE TABLE dbo.exports (id int)")
    connection.commit()
    try:
        with pytest.raises(NotASandbox, match="exports, which no sandbox made"):
            build_vista(sql_server_url)
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM JCPM").scalar_one() == 73
    finally:
        connection.rollback()
        connection.exec_driver_sql("DROP TABLE dbo.exports")
        connection.commit()
