"""What `budget-export doctor` says of a SQL Server, in plain words, with a catalogue written by the test."""

from pathlib import Path

import pytest

from tests.odbc_on_sqlite import ADDRESS, OdbcOnSqlite, plugged_in
from tests.odbc_script import server_error
from tests.vista_catalogue import (
    BEYOND,
    CLOCK,
    COLLATION,
    RIGHTS,
    SERVER,
    SERVER_ANSWER,
    SNAPSHOTS,
    checks,
    clock,
    in_order,
)
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
        "Vista's server": "SQL Server 2022 (16.0.4003.1), Standard Edition (64-bit), driver mssql+pyodbc",
        "Vista login": "exporter, user exporter of database Viewpoint",
        "Way to Vista": "encrypted, the server's certificate is checked, SQL login",
        "Vista's collation": "database Latin1_General_BIN, phases Latin1_General_BIN: "
        "capital and small letters differ in codes and in the names of views, as here",
        "Vista's snapshots": "whoever reads while an export writes sees what stood before it "
        "(READ_COMMITTED_SNAPSHOT on); snapshot isolation not allowed. The export needs neither: it holds what it "
        "reads.",
        "Vista's clock": "+2 seconds from this machine's; Vista dates its postings 2026-11-23 07:00 now",
        "Vista rights to read": "all 17",
        "Vista rights to write": "all 5",
        "Vista rights for change orders": "all 3",
        "Vista right to the audit": "granted",
        "How phases are added": "by Vista's procedure bspJCADDPHASE, where it writes what the plan says; else by the "
        "export's own insert",
        "Vista rights beyond need": "none: no role that may do everything, no CONTROL of the database, no DELETE, "
        "no UPDATE but of an estimate's hours, units and cost, nothing on the tables beneath the views",
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
    assert check.found.endswith(
        "Vista takes codes that differ in capital letters alone for one; names of views are found in any capitals"
    )
    assert check.way_out.startswith("Keep codes in Procore spelt as in Vista")


def test_codes_follow_the_collation_of_the_phases_and_names_that_of_the_database(server: OdbcOnSqlite) -> None:
    any_capitals, as_written = "SQL_Latin1_General_CP1_CI_AS", "Latin1_General_CS_AS"
    columns = ("of_database", "of_phase")

    server.script.answers[COLLATION] = ([(any_capitals, "Latin1_General_BIN")], columns)
    names_in_any = checks()["Vista's collation"]
    server.script.answers[COLLATION] = ([(as_written, any_capitals)], columns)
    codes_in_any = checks()["Vista's collation"]

    assert names_in_any.ok is True
    assert names_in_any.found == (
        "database SQL_Latin1_General_CP1_CI_AS, phases Latin1_General_BIN: capital and small letters differ in codes, "
        "as here; names of views are found in any capitals"
    )
    assert codes_in_any.ok is None
    assert codes_in_any.found == (
        "database Latin1_General_CS_AS, phases SQL_Latin1_General_CP1_CI_AS: Vista takes codes that differ in capital "
        "letters alone for one; capital and small letters differ in the names of views"
    )


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("13.0.6300.2", "SQL Server 2016 (13.0.6300.2)"),
        ("14.0.3456.2", "SQL Server 2017 (14.0.3456.2)"),
        ("15.0.2000.8", "SQL Server 2019 (15.0.2000.8)"),
        ("16.0.4003.1", "SQL Server 2022 (16.0.4003.1)"),
        ("17.0.1000.7", "SQL Server 2025 (17.0.1000.7)"),
        ("12.0.6024.0", "SQL Server 12.0.6024.0"),
    ],
)
def test_the_version_is_told_with_the_year_that_people_call_it_by(
    server: OdbcOnSqlite, version: str, words: str
) -> None:
    (row,), names = SERVER_ANSWER
    server.script.answers[SERVER] = ([(version, *row[1:])], names)

    assert checks()["Vista's server"].found.startswith(f"{words}, Standard Edition")


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


@pytest.mark.parametrize("part", [SERVER, COLLATION, SNAPSHOTS, CLOCK, BEYOND, RIGHTS])
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
