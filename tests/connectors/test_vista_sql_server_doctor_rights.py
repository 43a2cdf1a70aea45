"""What `budget-export doctor` says of a login's rights on a SQL Server: what is missing, and what is too much."""

import re
from pathlib import Path

import pytest

from connectors.vista import probe_statements, statements
from tests.odbc_on_sqlite import OdbcOnSqlite, plugged_in
from tests.vista_catalogue import BEYOND, RIGHTS, beyond, checks, in_order, rights
from tests.vista_plans import sandbox_vista


@pytest.fixture
def url(tmp_path: Path) -> str:
    return sandbox_vista(tmp_path)


@pytest.fixture(autouse=True)
def server(url: str, monkeypatch: pytest.MonkeyPatch) -> OdbcOnSqlite:
    server = plugged_in(url, monkeypatch)
    server.script.answers = in_order()
    return server


@pytest.mark.parametrize(
    ("missing", "name", "ok", "found"),
    [
        ("JCCD_SELECT", "Vista rights to read", False, "missing: SELECT on JCCD"),
        ("JCCH_INSERT", "Vista rights to write", False, "missing: INSERT on JCCH"),
        ("JCCH.OrigUnits_UPDATE", "Vista rights to write", False, "missing: UPDATE on JCCH.OrigUnits"),
        ("JCOD_INSERT", "Vista rights for change orders", None, "missing: INSERT on JCOD"),
        ("HQMA_SELECT", "Vista right to the audit", None, "missing: SELECT on HQMA"),
    ],
)
def test_a_missing_right_is_named_and_weighed(
    server: OdbcOnSqlite, missing: str, name: str, ok: bool | None, found: str
) -> None:
    server.script.answers[RIGHTS] = rights(**{missing: 0})

    seen = checks()

    assert (seen[name].ok, seen[name].found) == (ok, found)
    assert seen[name].way_out != ""
    assert [other for other, check in seen.items() if check.ok is not True] == [name]


def test_a_view_that_is_hidden_is_told_apart_from_one_without_a_grant(server: OdbcOnSqlite) -> None:
    server.script.answers[RIGHTS] = rights(JCJP_INSERT=None)

    assert checks()["Vista rights to write"].found == "missing: INSERT on JCJP (not found, or hidden)"


@pytest.mark.parametrize(
    ("answer", "words"),
    [(0, "the login may not run Vista's procedure"), (None, "there is no bspJCADDPHASE here")],
)
def test_doctor_says_how_phases_will_be_added(server: OdbcOnSqlite, answer: int | None, words: str) -> None:
    server.script.answers[RIGHTS] = rights(bspJCADDPHASE_EXECUTE=answer)

    check = checks()["How phases are added"]

    assert check.ok is True
    assert check.found.startswith("by the export's own insert")
    assert words in check.found


def test_the_right_to_update_is_asked_for_the_three_columns_that_an_export_changes() -> None:
    """A grant on the columns alone is enough; asked for the whole view it would look missing."""
    changed = str(statements.CHANGE_ESTIMATE.compile()).split(" WHERE ")[0]
    columns = re.findall(r"(\w+)\W?=", changed)

    asked = re.findall(
        r"HAS_PERMS_BY_NAME\('dbo\.JCCH', 'OBJECT', 'UPDATE', '(\w+)', 'COLUMN'\)", str(probe_statements.PERMISSIONS)
    )

    assert asked == columns == ["OrigHours", "OrigUnits", "OrigCost"]
    assert "'OBJECT', 'UPDATE')" not in str(probe_statements.PERMISSIONS)


@pytest.mark.parametrize(
    ("held", "found"),
    [
        ((("sysadmin", "member"),), "the login is sysadmin"),
        ((("db_owner", "member"),), "the login is db_owner"),
        ((("db_datawriter", "member"),), "the login is db_datawriter"),
        ((("database", "CONTROL"),), "the login has CONTROL of the database"),
        ((("JCCH", "DELETE"), ("JCJP", "DELETE")), "the login may DELETE on JCCH, JCJP"),
        (
            (("bJCCH", "UPDATE"), ("bJCCH", "SELECT")),
            "the login may SELECT on bJCCH; may UPDATE on bJCCH",
        ),
        ((("JCJP", "UPDATE"), ("JCOI", "UPDATE")), "the login may UPDATE on JCJP, JCOI"),
        ((("JCCH (other columns)", "UPDATE"),), "the login may UPDATE on JCCH (other columns)"),
        (
            (("db_ddladmin", "member"), ("JCOD", "DELETE")),
            "the login is db_ddladmin; may DELETE on JCOD",
        ),
    ],
)
def test_every_right_that_the_guide_does_not_ask_for_is_told(
    server: OdbcOnSqlite, held: tuple[tuple[str, str], ...], found: str
) -> None:
    server.script.answers[BEYOND] = beyond(*held)

    seen = checks()

    assert (seen["Vista rights beyond need"].ok, seen["Vista rights beyond need"].found) == (None, found)
    assert "docs/sql-server.md" in seen["Vista rights beyond need"].way_out
    assert [other for other, check in seen.items() if check.ok is not True] == ["Vista rights beyond need"]


@pytest.mark.parametrize("role", ["sysadmin", "db_owner"])
def test_a_login_that_may_do_everything_is_told_without_a_list_of_what_follows_from_it(
    server: OdbcOnSqlite, role: str
) -> None:
    server.script.answers[BEYOND] = beyond((role, "member"), ("database", "CONTROL"), ("bJCCH", "DELETE"))

    assert checks()["Vista rights beyond need"].found == f"the login is {role}"


def test_a_right_that_everybody_has_through_public_can_be_denied_to_this_login(server: OdbcOnSqlite) -> None:
    server.script.answers[BEYOND] = beyond(("JCCH", "DELETE"))

    assert "DENY" in checks()["Vista rights beyond need"].way_out


def test_the_right_to_update_what_is_only_added_or_read_is_asked_for_column_by_column() -> None:
    """Vista grants UPDATE on whole views to everybody; a DENY may name some columns and forget others."""
    asked = re.findall(
        r"MAX\(HAS_PERMS_BY_NAME\('dbo\.(\w+)', 'OBJECT', 'UPDATE', c\.name, 'COLUMN'\)\) AS granted FROM sys\.columns "
        r"AS c WHERE c\.object_id = OBJECT_ID\('dbo\.(\w+)'\) AND c\.name NOT IN \(([^)]+)\)",
        str(probe_statements.BEYOND_NEED),
    )

    views = ["JCCH", "JCJP", "JCCD", "JCCP", "JCOH", "JCOI", "JCOD"]
    assert asked == [(view, view, "'OrigHours', 'OrigUnits', 'OrigCost'") for view in views]


def test_control_is_asked_for_a_database_whatever_signs_its_name_has() -> None:
    """The function takes Viewpoint.Test, unquoted, for two names, and answers NULL: no CONTROL would be told."""
    assert "HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), 'DATABASE', 'CONTROL')" in str(probe_statements.BEYOND_NEED)
    assert "(DB_NAME()," not in str(probe_statements.BEYOND_NEED).replace("QUOTENAME(DB_NAME()),", "")
