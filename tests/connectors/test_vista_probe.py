"""Looking at a Vista before anything is exported: each thing that is wrong has a failing check with its way out."""

from pathlib import Path

import pytest

from connectors.checks import Check
from connectors.vista.sql import SqlVista
from tests.vista_plans import asked_of_sandbox, run_in_sandbox, sandbox_vista


def _checks(url: str, jcco: int = 1) -> dict[str, Check]:
    with SqlVista(url, jcco) as vista:
        return {check.name: check for check in vista.probe()}


def test_a_vista_in_order_tells_what_was_seen(tmp_path: Path) -> None:
    checks = _checks(sandbox_vista(tmp_path))

    assert {name: check.ok for name, check in checks.items()} == {
        "Vista is reachable": True,
        "Vista's server": True,
        "Vista login": True,
        "Companies that the login sees": True,
        "Job cost company": True,
        "Job cost settings": True,
        "Input masks": True,
        "Trigger btJCCHi": True,
        "Trigger btJCCHu": True,
        "Trigger btJCJPi": True,
        "Trigger btJCCDi": True,
        "Trigger btJCCPi": True,
        "Trigger btJCODi": True,
    }
    assert checks["Job cost company"].found == "1 Harbor Paving & Sewer, phase group 1"
    assert checks["Job cost settings"].found == (
        "valid part of a phase: all characters; Vista refuses posting to closed jobs"
    )
    assert checks["Input masks"].found == "job 5L-3RN, phase 5L-3R-3RN, contract 10LN, item 16RN"


@pytest.mark.parametrize(
    ("damage", "check", "words"),
    [
        ("DELETE FROM vDDDU", "Job cost company", "row security"),
        ("DELETE FROM bJCCO", "Job cost company", "Invalid Job Cost Company!"),
        ("UPDATE vDDDT SET InputMask = '?' WHERE Datatype = 'bPhase'", "Input masks", "Data type bPhase"),
        ("DROP TRIGGER btJCCHi", "Trigger btJCCHi", "not found"),
        ("DROP TRIGGER btJCCPi", "Trigger btJCCPi", "not found"),
    ],
)
def test_what_would_break_an_export_fails_its_own_check_only(
    tmp_path: Path, damage: str, check: str, words: str
) -> None:
    url = sandbox_vista(tmp_path)
    run_in_sandbox(url, damage)

    failed = {name: seen for name, seen in _checks(url).items() if seen.ok is False}

    assert list(failed) == [check]
    assert words in failed[check].found
    assert failed[check].way_out != ""


def test_a_vista_that_would_not_post_change_orders_is_told_and_may_still_take_originals(tmp_path: Path) -> None:
    url = sandbox_vista(tmp_path)
    run_in_sandbox(url, "DROP TRIGGER btJCODi")

    check = _checks(url)["Trigger btJCODi"]

    assert (check.ok, check.found) == (None, "not found")
    assert check.way_out == "Without it change orders are not posted, and an export with change orders is rolled back."


def test_a_vista_that_cannot_be_reached_is_one_failing_check(tmp_path: Path) -> None:
    checks = _checks(f"sqlite:///{tmp_path / 'nothing.db'}")

    assert [(name, check.ok) for name, check in checks.items()] == [("Vista is reachable", False)]
    # The way out is that of the cause, once, and doctor never writes.
    check = checks["Vista is reachable"]
    assert check.way_out == "Build the sandbox first."
    assert "Nothing was written" not in check.found


def test_a_database_that_is_no_vista_fails_without_an_exception(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()

    failed = [name for name, check in _checks(f"sqlite:///{tmp_path / 'empty.db'}").items() if check.ok is False]

    assert failed[:2] == ["Job cost company", "Input masks"]


def test_probing_changes_nothing(tmp_path: Path) -> None:
    url = sandbox_vista(tmp_path)
    before = asked_of_sandbox(url, "SELECT count(*) FROM sqlite_master")

    _checks(url)

    assert asked_of_sandbox(url, "SELECT count(*) FROM sqlite_master") == before
