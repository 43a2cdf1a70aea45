"""The month-end question where sums agree and yet something is not as it was exported."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import delete

from connectors.journal.models import evidence
from jobcost import plan_lines
from jobcost.lifecycle import ExportState
from jobcost.reconciliation_results import ReconciledLine, Reconciliation
from jobcost.reconciliation_values import LineClass
from sandbox.procore import people as managers
from sandbox.vista import people as accountants
from tasks.steps.reconcile import exported_jobs, reconcile_job
from tests.flows.workbench import Workbench

CODE = "1000-103"


def compared(bench: Workbench, as_of: date | None = None) -> Reconciliation:
    (record,) = exported_jobs(bench.systems)
    return reconcile_job(bench.systems, record, as_of=as_of)


def differing(bench: Workbench) -> ReconciledLine:
    """The one line that differs."""
    (line,) = compared(bench).differences
    return line


@pytest.fixture
def updated(bench: Workbench) -> Workbench:
    """A job with change order BC-1 of 70.00, as an update wrote it."""
    bench.exported()
    managers.make_change(bench.procore.state, "Steel", {CODE: "70.00"})
    assert bench.carried(bench.update()).state is ExportState.VERIFIED
    return bench


def test_a_change_order_of_ours_that_is_gone_differs_also_where_changes_are_not_exported(updated: Workbench) -> None:
    updated.configure(changes={"policy": "off"})
    accountants.take_out_change_order(updated.vista_url, "BC-1")
    line = differing(updated)
    assert line.stands is LineClass.CHANGE_ORDER_MOVED
    assert line.causes[0].startswith("Change order BC-1 of export EX-")


def test_changes_that_cancel_each_other_on_a_row_are_named(bench: Workbench) -> None:
    bench.exported()
    managers.make_change(bench.procore.state, "Up", {CODE: "70.00"})
    managers.make_change(bench.procore.state, "Down", {CODE: "-70.00"})
    made = compared(bench)
    assert made.agrees
    (named,) = [line.causes for line in made.lines if line.causes]
    assert named[-1] == "Approved, without a change order in Vista: 1 Up with 70.00; 2 Down with -70.00"


def test_a_void_change_whose_replacement_waits_differs_although_the_sums_agree(updated: Workbench) -> None:
    managers.set_status(updated.procore.state, 1, "void")
    managers.make_change(updated.procore.state, "Steel, corrected title", {CODE: "70.00"})
    line = differing(updated)
    assert (line.stands, line.difference.current) == (LineClass.MOVED_IN_PROCORE, Decimal("0.00"))
    assert line.causes == (
        "Approved, without a change order in Vista: 2 Steel, corrected title with 70.00",
        "Change BC-1: 70.00 exported, in Procore not approved any more, or gone",
    )


def test_a_change_order_of_ours_that_was_made_external_differs(updated: Workbench) -> None:
    updated.vista("UPDATE JCOH SET IntExt = 'E'")
    line = differing(updated)
    assert line.stands is LineClass.CHANGE_ORDER_MOVED
    assert line.causes == ("Change order BC-1: internal and without revenue when exported, now external",)


def test_an_undo_that_was_taken_back_leaves_the_change_exported(updated: Workbench) -> None:
    (update,) = [one for one in updated.journal.history(1, "GEN  -0001") if one.kind == "update"]
    undo = updated.carried(updated.undo(update))
    assert updated.carried(updated.undo(undo)).state is ExportState.VERIFIED
    made = compared(updated)
    assert made.agrees
    assert not [line.causes for line in made.lines if line.causes]


def test_a_project_that_was_linked_to_another_job_is_told_though_its_rows_are_the_same(bench: Workbench) -> None:
    bench.exported()
    bench.project.origin_id = bench.project.origin_code = "GEN-0002"
    assert compared(bench).notes == (
        "The project is linked to job GEN-0002 now; its budget was exported to job GEN  -0001.",
    )


def test_as_of_a_day_the_plan_of_a_blocked_export_is_no_budget_that_was_sent(bench: Workbench) -> None:
    bench.exported()
    bench.vista("UPDATE bJCCD SET PostedDate = '2026-11-23 00:00:00.000000'")
    bench.project.line(CODE).original_budget_amount = Decimal("600.005")
    assert bench.update().state is ExportState.BLOCKED
    assert compared(bench, date(2026, 11, 30)).agrees


def test_units_and_hours_typed_over_in_vista_differ(bench: Workbench) -> None:
    bench.exported()
    accountants.change_estimate(bench.vista_url, CODE, 4, hours="5", units="7")
    line = differing(bench)
    assert line.stands is LineClass.MOVED_IN_VISTA
    assert line.causes == (
        "Units of the Original Estimate in Vista: 0.000 verified, now 7.000",
        "Hours of the Original Estimate in Vista: 0.00 verified, now 5.00",
    )


def test_a_quantity_edited_in_procore_differs(real_bench: Workbench) -> None:
    export = real_bench.exported()
    line = next(one for one in real_bench.journal.plan(export.id).lines if one.um != "LS" and one.after.units)
    edited = real_bench.project.lines[line.sources[0].budget_line_item_id]
    edited.quantity = (edited.quantity or Decimal(0)) + 10
    found = differing(real_bench)
    assert found.stands is LineClass.MOVED_IN_PROCORE
    was, now = line.after.units, line.after.units + 10
    assert found.causes == (f"Units in Procore: {was:,f} verified, now {now:,f}",)


def test_change_orders_that_an_export_of_an_early_version_kept_nothing_of_are_not_said_to_have_moved(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    accountants.add_estimate(bench.vista_url, CODE, 4, "0.00")
    accountants.approve_change_order(bench.vista_url, CODE, 4, "500.00", aco="7")
    with monkeypatch.context() as early:
        early.setattr(plan_lines, "changes_on", lambda _estimate: ())
        export = bench.apply(bench.answer(bench.send()))
        failed, _ = bench.verify(export)
    bench.journal.clear(failed.id, by="op@example.com", reason="verified by an early version", at=bench.at)
    with bench.journal._writing() as connection:
        connection.execute(delete(evidence).where(evidence.c.kind == "budget"))
    line = differing(bench)
    assert line.stands is LineClass.ONLY_IN_VISTA
    assert line.causes == ("Vista has change orders of 500.00 that no export of ours wrote",)
    assert not bench.rules(bench.undo(failed)) & {"undo-changes-moved"}
