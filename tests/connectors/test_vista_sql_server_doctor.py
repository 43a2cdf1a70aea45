"""What `budget-export doctor` says of a SQL Server, in plain words, with a catalogue written by the test."""

from pathlib import Path

import pytest

from tests.odbc_on_sqlite import ADDRESS, OdbcOnSqlite, plugged_in
from tests.odbc_script import server_error
from tests.vista_catalogue import CLOCK, COLLATION, RIGHTS, ROLES, SERVER, SNAPSHOTS, checks, clock, in_order, rights
from tests.vista_plans import run_in_sandbox, sandbox_vista


@pytest.fixture
def url(tmp_path: Path) -> str:
    return sandbox_vista(tmp_path)


@pytest.fixture(autouse=True)
def server(url: str, monkeypatch: pytest.MonkeyPatch) -> OdbcOnSqlite:
    server = plugged_in(url, monkeypatch)
    server.script.answers = in_order()
    return server


def test_a_server_in_order_is_described_in_plain_words() -> None:
    seen = checks()

    assert {name: check.found for name, check in seen.items() if check.ok is True} == {
        "Vista is reachable": "mssql+pyodbc server/Viewpoint",
        "Vista's server": "SQL Server 16.0.4003.1, Standard Edition (64-bit), driver mssql+pyodbc",
        "Vista login": "exporter, user exporter of database Viewpoint",
        "Way to Vista": "encrypted, the server's certificate is checked, SQL login",
        "Vista's collation": "database Latin1_General_BIN, phases Latin1_General_BIN: "
        "binary, so capital and small letters differ in codes and in the names of views, as here",
        "Vista's snapshots": "whoever reads while an export writes sees what stood before it "
        "(READ_COMMITTED_SNAPSHOT on); snapshot isolation not allowed. The export needs neither: it holds what it "
        "reads.",
        "Vista's clock": "+2 seconds from this machine's; Vista dates its postings 2026-11-23 07:00 now",
        "Vista rights to read": "all 17",
        "Vista rights to write": "all 3",
        "Vista rights for change orders": "all 3",
        "Vista right to the audit": "granted",
        "How phases are added": "by Vista's procedure bspJCADDPHASE, where it writes what the plan says; else by the "
        "export's own insert",
        "Vista rights beyond need": "neither sysadmin nor db_owner",
        "Companies that the login sees": "1 (phase group 1)",
        "Job cost company": "1 Harbor Paving & Sewer, phase group 1",
        "Job cost settings": "valid part of a phase: all characters; Vista refuses posting to closed jobs",
        "Input masks": "job 5L-3RN, phase 5L-3R-3RN, contract 10LN, item 16RN",
        "Trigger btJCCHi": "enabled",
        "Trigger btJCCHu": "enabled",
        "Trigger btJCJPi": "enabled",
        "Trigger btJCCDi": "enabled",
        "Trigger btJCCPi": "enabled",
        "Trigger btJCODi": "enabled",
        "Triggers with a known text": "6 of 6",
    }
    assert [name for name, check in seen.items() if check.ok is not True] == []


def test_a_collation_that_ignores_capitals_is_told_with_what_follows(server: OdbcOnSqlite) -> None:
    collation = "SQL_Latin1_General_CP1_CI_AS"
    server.script.answers[COLLATION] = ([(collation, collation)], ("of_database", "of_phase"))

    check = checks()["Vista's collation"]

    assert check.ok is None
    assert check.found.endswith("not binary, so Vista takes codes that differ in capital letters alone for one")
    assert check.way_out.startswith("Keep codes in Procore spelt as in Vista")


def test_the_collation_of_the_phases_counts_not_that_of_the_database(server: OdbcOnSqlite) -> None:
    server.script.answers[COLLATION] = (
        [("SQL_Latin1_General_CP1_CI_AS", "Latin1_General_BIN")],
        ("of_database", "of_phase"),
    )

    assert checks()["Vista's collation"].ok is True


def test_another_alphabet_is_told(server: OdbcOnSqlite) -> None:
    server.script.answers[COLLATION] = ([("Greek_BIN", "Greek_BIN")], ("of_database", "of_phase"))

    check = checks()["Vista's collation"]

    assert check.ok is None
    assert "accented letters" in check.way_out


def test_the_row_security_trap_is_named_as_what_it_is(url: str) -> None:
    run_in_sandbox(url, "DELETE FROM vDDDU")

    check = checks()["Job cost company"]

    assert check.ok is False
    assert "found no company at all: Vista's row security hides them" in check.found
    assert "bHQCo" in check.found


@pytest.mark.parametrize(
    ("missing", "name", "ok", "found"),
    [
        ("JCCD_SELECT", "Vista rights to read", False, "missing: SELECT on JCCD"),
        ("JCCH_UPDATE", "Vista rights to write", False, "missing: UPDATE on JCCH"),
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


def test_a_login_that_may_do_everything_is_told(server: OdbcOnSqlite) -> None:
    server.script.answers[ROLES] = ([(1, 1)], ("is_sysadmin", "is_owner"))

    check = checks()["Vista rights beyond need"]

    assert (check.ok, check.found) == (None, "the login is sysadmin and db_owner")


def test_readers_that_wait_are_told_where_read_committed_snapshot_is_off(server: OdbcOnSqlite) -> None:
    server.script.answers[SNAPSHOTS] = ([(False, 1)], ("is_read_committed_snapshot_on", "snapshot_isolation_state"))

    check = checks()["Vista's snapshots"]

    assert check.ok is True
    assert check.found.startswith("whoever reads the job while an export writes it waits for its end")
    assert "snapshot isolation allowed" in check.found


def test_a_clock_that_is_two_minutes_off_is_a_warning(server: OdbcOnSqlite) -> None:
    server.script.answers[CLOCK] = clock(-120)

    check = checks()["Vista's clock"]

    assert check.ok is None
    assert check.found.startswith("-120 seconds from this machine's")


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("Encrypt=no", "not encrypted, SQL login: whoever listens in reads the budget"),
        (
            "TrustServerCertificate=yes",
            "encrypted, SQL login, but any certificate is taken: somebody in between would not be noticed",
        ),
    ],
)
def test_a_wire_that_others_could_read_is_a_warning(options: str, found: str) -> None:
    check = checks(f"{ADDRESS}?{options}")["Way to Vista"]

    assert (check.ok, check.found) == (None, found)


def test_kerberos_is_told() -> None:
    check = checks("mssql+pyodbc://server/Viewpoint?Trusted_Connection=yes")["Way to Vista"]

    assert check.found == "encrypted, the server's certificate is checked, Kerberos"


@pytest.mark.parametrize("part", [SERVER, COLLATION, SNAPSHOTS, CLOCK, ROLES, RIGHTS])
def test_what_the_login_may_not_ask_is_a_warning_and_the_rest_is_looked_at(server: OdbcOnSqlite, part: str) -> None:
    server.script.answers[part] = server_error(229, "The SELECT permission was denied on the object 'databases'")

    seen = checks()

    assert len([check for check in seen.values() if check.ok is None]) == 1
    assert [name for name, check in seen.items() if check.ok is False] == []
    assert seen["Trigger btJCCHi"].found == "enabled"


def test_the_doctor_writes_nothing(server: OdbcOnSqlite) -> None:
    server.told.clear()

    checks()

    assert [told for told in server.told if told.startswith(("INSERT", "UPDATE", "COMMIT", "EXEC"))] == []


def test_after_an_error_the_next_look_begins_anew(server: OdbcOnSqlite) -> None:
    """The server ended the transaction; a statement sent into it would be asked in a new one that nobody began."""
    server.script.answers[COLLATION] = server_error(229, "The SELECT permission was denied on the object 'columns'")

    checks()

    asked = next(place for place, told in enumerate(server.told) if COLLATION in told)
    assert server.told[asked + 1] == "ROLLBACK"
