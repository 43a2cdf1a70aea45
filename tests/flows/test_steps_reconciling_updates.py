"""The month-end question after updates: exported changes, change orders that are gone, and what was taken back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from connectors.journal.records import ExportRecord
from jobcost.acceptance import REJECT
from jobcost.history import line_over_time
from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from jobcost.reconciliation_results import Reconciliation
from jobcost.reconciliation_values import Amounts, LineClass
from sandbox.procore import people as managers
from sandbox.vista import people as accountants
from tasks.steps import propose
from tasks.steps.history import past_exports
from tasks.steps.reconcile import exported_jobs, reconcile_job
from tasks.steps.undoing import undo_of
from tests.flows.workbench import MONDAY, PRIYA, Workbench

CODE, TYPE = "1000-101", 2


def compared(bench: Workbench) -> Reconciliation:
    (record,) = exported_jobs(bench.systems)
    return reconcile_job(bench.systems, record)


def sent(bench: Workbench, *, minutes: int = 30) -> ExportRecord:
    """Send an update, so many minutes after the first export."""
    sending = propose.Sending(
        kind=Kind.UPDATE,
        project=str(bench.project.id),
        submitted_by=PRIYA,
        lock_budget=False,
        flow_run_id=f"update-{minutes}",
    )
    return propose.propose(bench.systems, sending, MONDAY + timedelta(minutes=minutes))


def written(bench: Workbench, export: ExportRecord, minutes: int) -> ExportRecord:
    answered = bench.answer(export, at=MONDAY + timedelta(minutes=minutes))
    assert answered.state is ExportState.ACCEPTED, bench.refusal(answered)
    done = bench.verify(bench.apply(answered))[0]
    assert done.state is ExportState.VERIFIED, bench.reason(done)
    return done


@pytest.fixture
def updated(bench: Workbench) -> ExportRecord:
    """The export of an approved change of 25.00."""
    bench.exported()
    managers.make_change(bench.procore.state, "Deeper piles", {CODE: "25.00"})
    return written(bench, sent(bench), 31)


@pytest.mark.usefixtures("updated")
def test_an_exported_change_agrees(bench: Workbench) -> None:
    made = compared(bench)
    assert made.agrees, made.differences
    assert made.verified_total == Amounts(original=Decimal("2877.21"), changes=Decimal("25.00"))


@pytest.mark.usefixtures("updated")
def test_an_update_that_waits_is_in_flight_for_its_lines_alone(bench: Workbench) -> None:
    managers.correct_original(bench.procore.state, "1000-102", "500.00")
    waiting = sent(bench, minutes=60)
    accountants.change_estimate(bench.vista_url, CODE, TYPE, cost="300.00")
    found = {line.phase: line.stands for line in compared(bench).differences}
    assert found == {"1000-101": LineClass.MOVED_IN_VISTA, "1000-102": LineClass.IN_FLIGHT}
    bench.answer(waiting, REJECT, reason="Not this month.", at=MONDAY + timedelta(minutes=61))
    found = {line.phase: line.stands for line in compared(bench).differences}
    assert found == {"1000-101": LineClass.MOVED_IN_VISTA, "1000-102": LineClass.MOVED_IN_PROCORE}


def test_a_change_order_of_ours_that_an_administrator_took_out_is_gone(bench: Workbench, updated: ExportRecord) -> None:
    accountants.take_out_change_order(bench.vista_url, "BC-1")
    (line,) = compared(bench).differences
    assert line.stands is LineClass.CHANGE_ORDER_MOVED
    assert line.causes == (f"Change order BC-1 of export {updated.id} is gone: 25.00",)


def test_a_change_that_was_taken_back_is_told_as_such(bench: Workbench, updated: ExportRecord) -> None:
    sending = undo_of(bench.systems, updated.id, PRIYA, flow_run_id="undo")
    taken_back = propose.propose(bench.systems, sending, MONDAY + timedelta(minutes=60))
    written(bench, taken_back, 61)
    made = compared(bench)
    (line,) = made.differences
    assert line.stands is LineClass.CHANGE_NOT_EXPORTED
    assert line.causes == (
        "Approved, without a change order in Vista: 1 Deeper piles with 25.00, taken back and not exported again",
    )
    assert made.vista_total == made.verified_total == Amounts(original=Decimal("2877.21"))


@pytest.mark.usefixtures("updated")
def test_an_exported_change_that_is_void_now_moved_in_procore(bench: Workbench) -> None:
    managers.set_status(bench.procore.state, 1, "void")
    (line,) = compared(bench).differences
    assert line.stands is LineClass.MOVED_IN_PROCORE
    assert line.causes == ("Change BC-1: 25.00 exported, in Procore not approved any more, or gone",)


@pytest.mark.usefixtures("updated")
def test_a_deleted_line_that_the_approver_kept_stays_told_after_the_next_export(bench: Workbench) -> None:
    managers.correct_original(bench.procore.state, "1000-103", "0.00")
    del bench.project.lines[bench.project.line("1000-103").id]
    managers.correct_original(bench.procore.state, "1000-102", "500.00")
    written(bench, sent(bench, minutes=60), 61)
    (line,) = compared(bench).differences
    assert (line.phase, line.stands) == ("1000-103", LineClass.DELETED_IN_PROCORE)


def test_the_value_of_a_line_over_its_exports(bench: Workbench, updated: ExportRecord) -> None:
    exports = past_exports(bench.systems, str(updated.job))
    first, second = line_over_time(exports, (CODE, TYPE))
    assert (first.current_after, second.current_after) == (Decimal("274.02"), Decimal("299.02"))
    assert second.change_orders == (("BC-1", Decimal("25.00")),)
    assert first.read_back == second.read_back == Decimal("274.02")
