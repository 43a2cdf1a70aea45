"""Sending a budget: what is read, planned and recorded before anybody is asked."""

from decimal import Decimal

import pytest

from connectors.journal.errors import OpenExportExists
from connectors.procore.errors import AccessDenied, ProcoreFailed
from connectors.vista.errors import VistaUnavailable
from jobcost.findings import Severity
from jobcost.lifecycle import ExportState
from sandbox.procore.world import Project
from sandbox.vista import people
from tasks.steps.propose import NotSendable
from tests.flows.workbench import PRIYA, SMALL_TOTAL, Workbench


def test_a_clean_budget_waits_for_acceptance_and_nothing_is_written(bench: Workbench) -> None:
    before = bench.vista_rows()

    export = bench.send()

    assert export.state is ExportState.AWAITING_ACCEPTANCE
    assert (export.submitted_by, export.job, export.ask) == (PRIYA, "GEN  -0001", 1)
    plan = bench.journal.plan(export.id)
    assert (len(plan.lines), plan.total_before, plan.total_after) == (6, Decimal(0), SMALL_TOTAL)
    assert bench.journal.findings(export.id) == ()
    assert bench.vista_rows() == before


def test_a_whole_export_leaves_every_line_in_vista_to_the_cent(bench: Workbench) -> None:
    export = bench.exported()

    assert export.state is ExportState.VERIFIED
    assert bench.reason(export) == "All 6 lines and the total are as planned."
    assert bench.estimates() == {
        "1000-100": Decimal("137.01"),
        "1000-101": Decimal("274.02"),
        "1000-102": Decimal("411.03"),
        "1000-103": Decimal("548.04"),
        "1000-104": Decimal("685.05"),
        "1000-105": Decimal("822.06"),
    }
    assert bench.detail_count() == 6
    assert [move.to_state for move in bench.journal.transitions(export.id)] == [
        "proposed",
        "awaiting_acceptance",
        "accepted",
        "applying",
        "applied",
        "verified",
    ]


def test_a_budget_that_vista_already_holds_ends_unchanged(bench: Workbench) -> None:
    people.add_estimate(bench.vista_url, "1000-101", 2, "0.00")
    # The budget has the same single line of zero.
    line = bench.project.line("1000-101")
    line.original_budget_amount, bench.project.lines = Decimal(0), {line.id: line}
    before = bench.vista_rows()

    export = bench.send()

    assert (export.state, bench.rules(export)) == (ExportState.UNCHANGED, set())
    assert bench.apply(bench.answer(export)) == export
    assert bench.vista_rows() == before


def test_the_option_to_lock_locks_the_budget_first(bench: Workbench) -> None:
    bench.project.locked = False

    export = bench.send(lock=True)

    assert (export.state, bench.project.locked) == (ExportState.AWAITING_ACCEPTANCE, True)


@pytest.mark.parametrize("project", ["budget.csv", "C:\\x.csv", "budgets/2026.xlsx", "1164/../budget"])
def test_a_file_offered_as_the_budget_opens_nothing_and_names_the_way_out(bench: Workbench, project: str) -> None:
    with pytest.raises(NotSendable) as refused:
        bench.send(project=project)

    assert [finding.rule for finding in refused.value.findings] == ["source-is-a-file"]
    assert "there is no file import here" in str(refused.value)
    assert (bench.journal.open_exports(), bench.procore.requests) == ((), [])


@pytest.mark.parametrize("project", ["", "Riverside Tower", "-7000", "0", "7000.5", "٧٠٠٠", "9" * 40])
def test_what_is_no_project_number_opens_nothing(bench: Workbench, project: str) -> None:
    with pytest.raises(NotSendable) as refused:
        bench.send(project=project or " ")

    assert [finding.rule for finding in refused.value.findings] == ["project-number-unreadable"]
    assert bench.journal.open_exports() == ()


def test_a_project_of_another_number_fails_and_writes_nothing(bench: Workbench) -> None:
    before = bench.vista_rows()

    with pytest.raises(Exception, match="Procore answered 404"):
        bench.send(project="7001", run="lost")

    failed = bench.journal.export_of_flow_run("lost")
    assert failed is not None
    assert (failed.state, bench.vista_rows()) == (ExportState.FAILED, before)


def test_a_procore_that_keeps_failing_fails_the_export_which_can_be_sent_again(bench: Workbench) -> None:
    bench.procore.faults.add("503", path="detail_rows", count=4)

    with pytest.raises(ProcoreFailed):
        bench.send(run="monday")

    failed = bench.journal.export_of_flow_run("monday")
    assert failed is not None
    assert failed.state is ExportState.FAILED
    assert bench.reason(failed).startswith("Nothing was written. GET /rest/v1.0/budget_views/502/detail_rows")
    # The same flow run, repeated, is a new attempt, and so is any other.
    assert bench.send(run="monday").state is ExportState.AWAITING_ACCEPTANCE


def test_who_reads_why_a_sending_failed_reads_that_the_budget_may_be_locked(bench: Workbench) -> None:
    bench.project.locked = False
    bench.procore.faults.add("forbidden", path="detail_rows")

    with pytest.raises(AccessDenied):
        bench.send(lock=True, run="monday")

    failed = bench.journal.export_of_flow_run("monday")
    assert failed is not None
    assert (failed.state, bench.project.locked) == (ExportState.FAILED, True)
    assert bench.reason(failed).endswith("may be locked in Procore now: send it again, or unlock it there to edit it.")


def test_a_vista_out_of_reach_fails_the_export_which_can_be_sent_again(bench: Workbench) -> None:
    vista, hidden = bench.folder / "vista.db", bench.folder / "hidden.db"
    vista.rename(hidden)

    with pytest.raises(VistaUnavailable):
        bench.send(run="monday")
    hidden.rename(vista)

    failed = bench.journal.export_of_flow_run("monday")
    assert failed is not None
    assert failed.state is ExportState.FAILED
    assert bench.send().state is ExportState.AWAITING_ACCEPTANCE


def test_a_second_budget_of_the_project_is_refused_and_the_first_is_named(bench: Workbench) -> None:
    first = bench.send()

    with pytest.raises(OpenExportExists) as refused:
        bench.send()

    assert first.id in str(refused.value)
    assert "Decide" in refused.value.way_out
    assert bench.journal.open_exports() == (first,)


def test_another_project_of_the_same_job_is_refused_and_is_not_left_open(bench: Workbench) -> None:
    first = bench.send()
    twin = _twin_of(bench.project)
    bench.procore.state.projects[twin.id] = twin

    with pytest.raises(OpenExportExists) as refused:
        bench.send(project=str(twin.id), run="twin")

    assert refused.value.first.id == first.id
    second = bench.journal.export_of_flow_run("twin")
    assert second is not None
    assert second.state is ExportState.FAILED
    assert first.id in bench.reason(second)
    assert bench.journal.open_exports() == (first,)


def test_a_run_that_is_repeated_goes_on_with_the_export_it_has(bench: Workbench) -> None:
    first = bench.send(run="monday")
    assert bench.send(run="monday") == first


def test_another_run_takes_an_interrupted_export_over(bench: Workbench) -> None:
    first = bench.send(run="monday")

    continued = bench.send(run="tuesday", continue_export=first.id)

    assert (continued.id, continued.state, continued.flow_run_id) == (first.id, first.state, "tuesday")


def test_a_sender_in_capitals_is_the_same_person(bench: Workbench) -> None:
    assert bench.send(sender=" Priya.PM@Example.com ").state is ExportState.AWAITING_ACCEPTANCE


def test_a_budget_retrieved_while_it_is_read_stays_retrieved(bench: Workbench) -> None:
    def retrieve(export_id: str) -> None:
        bench.journal.retrieve(export_id, actor=PRIYA, reason="Sent too early.", at=bench.at)

    bench.while_vista_is_read(lambda: retrieve(bench.journal.open_exports()[0].id))

    export = bench.send()

    assert (export.state, bench.reason(export)) == (ExportState.RETRIEVED, "Sent too early.")


def test_warnings_are_kept_and_do_not_stop_a_budget(bench: Workbench) -> None:
    bench.project.line("1000-101").original_budget_amount = Decimal("-500.00")
    bench.project.line("1000-102").original_budget_amount = Decimal(0)
    bench.project.active = False

    export = bench.send()

    assert export.state is ExportState.AWAITING_ACCEPTANCE
    assert bench.rules(export, Severity.WARNING) == {"amount-negative", "project-inactive"}
    assert bench.rules(export, Severity.NOTE) == {"amount-zero"}
    assert bench.journal.plan(export.id).total_after == Decimal("1692.16")


def _twin_of(project: Project) -> Project:
    return Project(
        id=7002,
        name="The same job again",
        project_number=project.project_number,
        origin_id=project.origin_id,
        origin_code=project.origin_code,
        cost_codes=project.cost_codes,
        wbs_codes=project.wbs_codes,
        lines=project.lines,
    )
