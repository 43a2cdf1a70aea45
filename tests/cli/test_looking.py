"""Commands that only look: plan, inbox, show, history, verify."""

import csv
from datetime import timedelta
from decimal import Decimal

import pytest

from jobcost.acceptance import REJECT
from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from sandbox.procore import people as procore_people
from sandbox.vista import people
from tests.cli.desk import Desk
from tests.flows.workbench import ALEX, BLAKE, PRIYA


def test_a_dry_run_shows_the_plan_and_records_nothing(desk: Desk) -> None:
    before = desk.bench.vista_rows()

    said = desk.run("plan", "7000", "--by", PRIYA)

    assert said.code == 0
    assert "1000-103 / E" in said.out
    assert "2,877.21" in said.out
    assert desk.bench.journal.open_exports() == ()
    assert desk.bench.vista_rows() == before


def test_a_dry_run_has_the_code_that_the_export_will_have(desk: Desk) -> None:
    document = desk.run("plan", "7000", "--by", PRIYA, "--json").document
    export = desk.send()
    assert (document["blocked"], document["plan_code"], document["digest"]) == (
        False,
        export.plan_code,
        export.plan_digest,
    )
    # Amounts are text, exact to the last place.
    assert document["plan"]["lines"][3]["after"]["cost"] == "548.04"


@pytest.mark.parametrize("as_json", [False, True])
def test_a_dry_run_of_a_blocked_budget_names_every_reason(desk: Desk, *, as_json: bool) -> None:
    desk.bench.project.locked = False
    desk.bench.project.line("1000-101").original_budget_amount = Decimal("1e10")

    said = desk.run("plan", "7000", "--by", PRIYA, *(["--json"] if as_json else []))

    assert said.code == 3
    if as_json:
        assert {finding["rule"] for finding in said.document["findings"]} == {"budget-not-locked", "amount-too-large"}
    else:
        assert "budget-not-locked" in said.out
        assert "amount-too-large" in said.out


def test_the_inbox_names_what_waits_in_full(desk: Desk) -> None:
    assert desk.run("inbox").out.startswith("0 waiting for acceptance")
    export = desk.send()

    said = desk.run("inbox")

    assert said.code == 0
    for whole in (export.id, "GEN  -0001", "+2,877.21", "1 minute", "Mon 2026-11-30", ALEX, BLAKE):
        assert whole in said.out
    document = desk.run("inbox", "--json").document
    assert [one["id"] for one in document["inbox"]] == [export.id]
    assert document["differences"] == {export.id: "2,877.21"}
    assert document["may_decide"] == {export.id: [ALEX, BLAKE]}


def test_the_inbox_of_one_company_leaves_the_others_out(desk: Desk) -> None:
    export = desk.send()
    assert [one["id"] for one in desk.run("inbox", "--company", "1", "--json").document["inbox"]] == [export.id]
    assert desk.run("inbox", "--company", "2", "--json").document["inbox"] == []
    assert desk.run("inbox", "--company", "2").out.startswith("0 waiting for acceptance")


def test_the_inbox_names_only_those_whose_answer_would_count(desk: Desk) -> None:
    desk.bench.revoke(BLAKE)
    export = desk.send()
    assert desk.run("inbox", "--json").document["may_decide"] == {export.id: [ALEX]}


def test_looking_into_the_inbox_ends_what_is_overdue(desk: Desk) -> None:
    export = desk.bench.send(at=desk.at - timedelta(days=8))
    assert desk.run("inbox", "--json").document == {"inbox": [], "differences": {}, "may_decide": {}}
    assert desk.bench.now(export).state is ExportState.EXPIRED


def test_an_export_is_shown_with_its_answers_and_every_move(desk: Desk) -> None:
    export = desk.send()
    desk.answer(desk.answer(export, code="AAAA"), REJECT, reason="Wrong crew rate.")

    said = desk.run("show", export.id)

    assert said.code == 0
    for told in ("1000-103 / E", "refused", "Wrong crew rate.", "rejected", "alex.approver@example.com"):
        assert told in said.out
    document = desk.run("show", export.id, "--json").document
    assert [row["verdict"] for row in document["decisions"]] == ["refused", "reject"]
    assert [row["to_state"] for row in document["transitions"]] == ["proposed", "awaiting_acceptance", "rejected"]
    assert document["export"]["state"] == "rejected"


def test_every_line_can_be_written_to_a_file(desk: Desk) -> None:
    export = desk.send()
    file = desk.bench.folder / "lines.csv"

    said = desk.run("show", export.id, "--csv", str(file), "--json")

    assert (said.code, said.document["export"]["id"]) == (0, export.id)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 6


def test_a_file_that_cannot_be_written_is_told_plainly(desk: Desk) -> None:
    export = desk.send()
    said = desk.run("show", export.id, "--csv", str(desk.bench.folder / "nowhere" / "lines.csv"))
    assert (said.code, "cannot be written: No such file or directory" in said.err) == (2, True)


def test_a_blocked_export_without_a_plan_is_shown_and_has_no_lines_to_write(desk: Desk) -> None:
    desk.bench.project.is_erp_integrated = False
    export = desk.send()
    file = desk.bench.folder / "lines.csv"

    assert "project-not-linked" in desk.run("show", export.id).out
    assert desk.run("show", export.id, "--json").document["plan"] is None
    said = desk.run("show", export.id, "--csv", str(file), "--json")
    assert (said.code, said.document["error"], file.exists()) == (2, "BadParameter", False)


def test_the_history_of_a_job_is_told_latest_first(desk: Desk) -> None:
    first = desk.send()
    desk.answer(first, REJECT, reason="Wrong.")
    desk.at += timedelta(hours=1)
    second = desk.send()

    said = desk.run("history", "GEN-0001")

    assert said.code == 0
    assert said.out.index(second.id) < said.out.index(first.id)
    document = desk.run("history", "GEN-0001", "--json").document
    assert [one["id"] for one in document["exports"]] == [second.id, first.id]


def test_a_job_without_exports_has_an_empty_history(desk: Desk) -> None:
    assert desk.run("history", "GEN-0002", "--json").document == {
        "exports": [],
        "differences": {},
        "history": [],
    }


@pytest.mark.parametrize("command", ["history", "verify"])
def test_what_is_no_job_number_is_a_wrong_call(desk: Desk, command: str) -> None:
    said = desk.run(command, "????????", "--json")
    assert (said.code, said.document["error"]) == (2, "JobCodeDoesNotFit")


def test_a_verified_job_is_verified_again_at_any_time(desk: Desk) -> None:
    desk.exported()

    said = desk.run("verify", "GEN-0001")

    assert said.code == 0
    assert "6 of 6 lines are as planned; total planned 2,877.21, in Vista 2,877.21." in said.out
    assert desk.run("verify", "GEN-0001", "--json").document["as_planned"] is True


def test_a_job_that_moved_since_is_not_as_planned(desk: Desk) -> None:
    desk.exported()
    people.change_estimate(desk.bench.vista_url, "1000-103", 4, cost="548.05")

    said = desk.run("verify", "GEN-0001")

    assert said.code == 4
    assert "5 of 6 lines are as planned; total planned 2,877.21, in Vista 2,877.22." in said.out
    document = desk.run("verify", "GEN-0001", "--json")
    assert (document.code, document.document["as_planned"]) == (4, False)


def test_an_update_shows_its_change_orders_and_both_estimates(desk: Desk) -> None:
    desk.exported()
    world = desk.bench.procore.state
    procore_people.make_change(world, "Lining", {"1000-103": "50.00"})
    procore_people.delete_a_line(world, "1000-105")
    update = desk.send(kind=Kind.UPDATE)

    shown = desk.run("show", update.id).out

    assert "Current Estimate of the job" in shown
    assert "BC-1" in shown
    assert "+50.00" in shown
    assert "Deleted in Procore: 1 line was deleted in Procore, 822.06 in all. It is kept unless you choose" in shown
    desk.bench.verify(desk.bench.apply(desk.answer(update)))
    verified = desk.run("verify", "GEN-0001").out
    assert "Current Estimate, with change orders: planned 2,927.21, in Vista 2,927.21." in verified


def test_a_job_that_was_never_exported_cannot_be_verified(desk: Desk) -> None:
    said = desk.run("verify", "GEN-0001", "--json")
    assert said.code == 3
    assert "Export its budget first" in said.document["message"]


@pytest.mark.parametrize("command", ["show", "accept", "clear", "retrieve", "reject"])
def test_an_unknown_export_is_named_with_the_way_out(desk: Desk, command: str) -> None:
    options = {
        "accept": ["--plan", "AAAA-AAAA", "--approver", "a@example.com"],
        "reject": ["--reason", "Wrong.", "--approver", "a@example.com"],
        "clear": ["--by", "op@example.com", "--reason", "Seen."],
        "retrieve": ["--by", PRIYA],
    }.get(command, [])

    said = desk.run(command, "EX-20261123-AAAAAA", *options, "--json")

    assert (said.code, said.document["error"]) == (3, "UnknownExport")
    assert "Look the id up in the inbox" in said.document["message"]
