"""The contract suite writes estimates, so it runs on a Vista only where somebody has marked it as a copy."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from sandbox.vista.build import NotASandbox
from tests.contract.vista_place import Place, place_on_sql_server
from tests.odbc_on_sqlite import ADDRESS, OdbcOnSqlite, plugged_in
from tests.vista_plans import JCCO, JOB, sandbox_vista

NAMED = {"VISTA_TEST_JCCO": "7", "VISTA_TEST_JOB": "J-7"}


@pytest.fixture
def foreign_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OdbcOnSqlite:
    """A database that no sandbox made: a Vista, whether the real one or a copy."""

    def refused(_url: str) -> None:
        raise NotASandbox("Vista sandbox: the database already holds bAPTH, which no sandbox made.")

    monkeypatch.setattr("tests.contract.vista_place.build_vista", refused)
    return plugged_in(sandbox_vista(tmp_path), monkeypatch)


def test_a_real_vista_is_not_written_to_although_a_job_is_named(foreign_server: OdbcOnSqlite) -> None:
    foreign_server.script.answers["OBJECT_ID('dbo.budget_export_test_copy', 'U')"] = ([(None,)], ("marker",))

    with pytest.raises(pytest.skip.Exception) as skipped:
        place_on_sql_server(ADDRESS, NAMED)

    assert "bAPTH, which no sandbox made" in str(skipped.value)
    assert "never in production: CREATE TABLE dbo.budget_export_test_copy (copy int)" in str(skipped.value)
    assert [told for told in foreign_server.told if not told.startswith(("SET ", "connect", "ROLLBACK"))] == [
        "SELECT OBJECT_ID('dbo.budget_export_test_copy', 'U') AS marker"
    ]


def test_a_marked_copy_is_written_to_in_the_job_that_is_named(foreign_server: OdbcOnSqlite) -> None:
    foreign_server.script.answers["OBJECT_ID('dbo.budget_export_test_copy', 'U')"] = ([(4711,)], ("marker",))

    assert place_on_sql_server(ADDRESS, NAMED) == Place(ADDRESS, 7, "J-7")


def test_a_marked_copy_without_a_named_job_is_left_alone(foreign_server: OdbcOnSqlite) -> None:
    with pytest.raises(pytest.skip.Exception, match="name an open job in VISTA_TEST_JOB"):
        place_on_sql_server(ADDRESS, {})

    assert foreign_server.told == []


def test_a_sandbox_brings_its_own_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.contract.vista_place.build_vista", lambda _url: None)

    assert place_on_sql_server(ADDRESS, NAMED) == Place(ADDRESS, JCCO, JOB)


@pytest.mark.sqlserver
def test_on_a_real_engine_the_marker_alone_makes_the_difference(sandbox_on_sql_server: str) -> None:
    engine = create_engine(sandbox_on_sql_server, poolclass=NullPool, supports_comments=False)
    named = {"VISTA_TEST_JOB": JOB}
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE dbo.bAPTH (APCo int)")
        with pytest.raises(pytest.skip.Exception, match="which no sandbox made"):
            place_on_sql_server(sandbox_on_sql_server, named)
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE dbo.budget_export_test_copy (copy int)")
        assert place_on_sql_server(sandbox_on_sql_server, named) == Place(sandbox_on_sql_server, JCCO, JOB)
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS dbo.bAPTH")
            connection.exec_driver_sql("DROP TABLE IF EXISTS dbo.budget_export_test_copy")
        engine.dispose()
