"""The commands reconcile and history, as a terminal runs them."""

import csv
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest

from connectors.journal.records import ExportRecord
from jobcost.acceptance import REJECT
from sandbox.procore import people as managers
from sandbox.vista import people as accountants
from tests.cli.desk import Desk

CODE, TYPE = "1000-101", 2


@pytest.fixture
def exported(desk: Desk) -> ExportRecord:
    return desk.exported()


@pytest.mark.parametrize("named", ["GEN-0001", "7000", "--all"])
def test_systems_that_agree_exit_with_0(desk: Desk, exported: ExportRecord, named: str) -> None:
    said = desk.run("reconcile", named)
    assert (said.code, "1 of 1 job agrees" in said.out) == (0, True)
    assert "1 of 1: job GEN  -0001" in said.err
    assert exported.id in desk.run("reconcile", named, "--json").out


def test_systems_that_differ_exit_with_1_and_every_difference_is_explained(desk: Desk, exported: ExportRecord) -> None:
    accountants.change_estimate(desk.bench.vista_url, CODE, TYPE, cost="300.00")
    managers.make_change(desk.bench.procore.state, "Deeper [piles]", {"1000-102": "25.00"})

    said = desk.run("reconcile", "GEN-0001")

    assert said.code == 1
    for whole in (
        "moved in Vista",
        "change not exported",
        "274.02 verified, now 300.00",
        "1 Deeper [piles] with 25.00",
        "0 of 1 job agree, 1 differs in 2 lines",
        exported.id,
    ):
        assert whole in said.out
    document = desk.run("reconcile", "--all", "--json").document
    assert [one["agrees"] for one in document["jobs"]] == [False]
    assert document["jobs"][0]["reconciliation"]["lines"][1]["vista"] == {"original": "300.00", "changes": "0.00"}


def test_a_job_that_cannot_be_compared_exits_with_2_and_hides_no_other(
    desk: Desk, exported: ExportRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "budget_export.reconciling.exported_jobs", lambda *_: (replace(exported, project_id=999), exported)
    )
    said = desk.run("reconcile", "--all")
    assert said.code == 2
    assert "could not be compared" in said.out
    assert "1 of 2 jobs agrees, 1 could not be compared" in said.out


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_what_was_never_exported_exits_with_2(desk: Desk, more: tuple[str, ...]) -> None:
    said = desk.run("reconcile", "GEN-0002", *more)
    assert said.code == 2
    assert "There is nothing to compare" in said.out


def test_a_call_that_names_nothing_or_both_is_wrong(desk: Desk) -> None:
    assert desk.run("reconcile", "--json").document["error"] == "BadParameter"
    assert desk.run("reconcile", "GEN-0001", "--all", "--json").document["error"] == "BadParameter"
    assert desk.run("reconcile", "--all", "--as-of", "yesterday", "--json").document["error"] == "BadParameter"
    assert desk.run("reconcile", "--all", "--as-of", "2099-01-01", "--json").document["error"] == "BadParameter"


@pytest.mark.usefixtures("exported")
def test_as_of_says_what_it_means(desk: Desk) -> None:
    desk.bench.vista("UPDATE bJCCD SET PostedDate = '2026-11-23 00:00:00.000000'")
    said = desk.run("reconcile", "--all", "--as-of", "2026-11-23")
    assert said.code == 0
    assert "As of 2026-11-23: the budget as it was last sent by the end of that day" in said.out
    assert desk.run("reconcile", "--all", "--as-of", "2026-11-20").out.startswith("Exported jobs")


@pytest.mark.usefixtures("exported")
def test_the_csv_has_every_line_with_plain_amounts(desk: Desk) -> None:
    accountants.change_estimate(desk.bench.vista_url, CODE, TYPE, cost="1300.00")
    file = desk.bench.folder / "month end.csv"
    said = desk.run("reconcile", "--all", "--csv", str(file))
    rows = list(csv.DictReader(StringIO(file.read_text("utf-8-sig"))))
    assert said.code == 1
    assert len(rows) == 6
    assert (rows[1]["Vista original"], rows[1]["How it stands"]) == ("1300.00", "moved in Vista")
    assert sum(Decimal(row["Procore original"]) for row in rows) == Decimal("2877.21")
    assert desk.run("reconcile", "--all", "--csv", "/nowhere/at/all.csv", "--json").document["error"] == "BadParameter"


def test_the_history_tells_each_exports_totals_decisions_and_digest(desk: Desk) -> None:
    rejected = desk.answer(desk.send(), REJECT, reason="Wrong.")
    desk.at += timedelta(hours=1)
    desk.bench.give_back(rejected)
    desk.bench.project.locked = True
    verified = desk.exported()

    said = desk.run("history", "GEN-0001")

    for whole in (rejected.id, verified.id, str(verified.plan_code), str(verified.plan_digest), "2,877.21"):
        assert whole in said.out
    assert "; rejected by " in said.out
    assert "; accepted by " in said.out
    told = desk.run("history", "GEN-0001", "--json").document["history"]
    assert [(one["export"], one["state"], one["current_after"]) for one in told] == [
        (verified.id, "verified", "2877.21"),
        (rejected.id, "rejected", "2877.21"),
    ]
    assert [one["verdict"] for one in told[1]["decisions"]] == ["reject"]


@pytest.mark.parametrize("line", ["1000-101/2", "1000-101 / M"])
def test_the_value_of_a_line_over_time(desk: Desk, exported: ExportRecord, line: str) -> None:
    told = desk.run("history", "GEN-0001", "--line", line, "--json").document
    (point,) = told["points"]
    assert (told["phase"], point["export_id"]) == ("1000-101", exported.id)
    assert (point["original_before"], point["original_after"], point["read_back"]) == (None, "274.02", "274.02")
    assert "274.02" in desk.run("history", "GEN-0001", "--line", line).out


@pytest.mark.parametrize("line", ["1000-101", "1000-101/99", "1000-101-999999999/2"])
def test_what_is_no_line_is_a_wrong_call(desk: Desk, line: str) -> None:
    assert desk.run("history", "GEN-0001", "--line", line, "--json").document["error"] == "BadParameter"
