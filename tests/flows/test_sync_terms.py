"""The sync where no row of the budget moved, and yet something is to be exported or told."""

from decimal import Decimal

from sqlalchemy import delete

from connectors.journal.models import evidence
from jobcost.lifecycle import ExportState
from jobcost.sync import Skip, Why
from sandbox.procore import people as managers
from sandbox.vista import people as accountants
from tasks.steps.reconcile import exported_jobs, reconcile_job
from tests.flows.syncs import KeyedRuns, synced, words
from tests.flows.workbench import Workbench

CODE = "1000-103"


def test_a_change_approved_before_the_first_export_is_started(bench: Workbench) -> None:
    managers.make_change(bench.procore.state, "Early", {CODE: "70.00"})
    bench.exported()
    assert words(synced(bench, KeyedRuns())) == {7000: "Start"}
    bench.carried(bench.update())
    assert words(synced(bench, KeyedRuns(), name="tuesday")) == {7000: "Unchanged"}


def test_a_change_of_before_the_first_export_that_was_refused_is_not_started_again(bench: Workbench) -> None:
    managers.make_change(bench.procore.state, "Early", {CODE: "70.00"})
    bench.exported()
    refused = bench.reject(bench.update(), "next month")
    (line,) = synced(bench, KeyedRuns()).lines
    assert line.step == Skip(Why.REFUSED, refused.id)


def test_changes_that_the_policy_left_out_are_started_once_it_exports_them(bench: Workbench) -> None:
    bench.configure(changes={"policy": "off"})
    bench.exported()
    managers.make_change(bench.procore.state, "Early", {CODE: "70.00"})
    assert bench.update().state is ExportState.UNCHANGED
    assert words(synced(bench, KeyedRuns())) == {7000: "Unchanged"}
    bench.configure(changes={"policy": "change_orders"})
    assert words(synced(bench, KeyedRuns(), name="tuesday")) == {7000: "Start"}


def test_changes_that_were_folded_in_are_started_once_they_become_change_orders(bench: Workbench) -> None:
    bench.configure(changes={"policy": "fold_into_original"})
    managers.make_change(bench.procore.state, "Early", {CODE: "70.00"})
    bench.exported()
    assert words(synced(bench, KeyedRuns())) == {7000: "Unchanged"}
    bench.configure(changes={"policy": "change_orders"})
    assert words(synced(bench, KeyedRuns(), name="tuesday")) == {7000: "Start"}


def test_another_policy_without_any_change_costs_one_whole_reading_and_then_one_call_again(bench: Workbench) -> None:
    bench.exported()
    bench.configure(changes={"policy": "off"})
    assert words(synced(bench, KeyedRuns())) == {7000: "Unchanged"}
    bench.procore.requests.clear()
    assert words(synced(bench, KeyedRuns(), name="tuesday")) == {7000: "Unchanged"}
    assert [seen.path.rpartition("/")[2] for seen in bench.procore.requests] == ["projects", "detail_rows"]


def test_a_project_that_was_linked_to_another_job_is_skipped_with_that_job(bench: Workbench) -> None:
    bench.exported()
    bench.project.origin_id = bench.project.origin_code = "GEN-0002"
    (line,) = synced(bench, KeyedRuns()).lines
    assert line.step == Skip(Why.RELINKED, "GEN-0002")


def test_what_a_sync_saw_later_never_stands_for_what_an_old_export_wrote(bench: Workbench) -> None:
    export = bench.exported()
    with bench.journal._writing() as connection:
        connection.execute(delete(evidence).where(evidence.c.export_id == export.id, evidence.c.kind == "budget"))
    # Both sides are corrected to the same by hand, so a sync finds nothing to export; then Vista is set back.
    managers.correct_original(bench.procore.state, CODE, "600.00")
    accountants.change_estimate(bench.vista_url, CODE, 4, cost="600.00")
    assert words(synced(bench, KeyedRuns())) == {7000: "Unchanged"}
    accountants.change_estimate(bench.vista_url, CODE, 4, cost="548.04")
    (record,) = exported_jobs(bench.systems)
    assert [line.key for line in reconcile_job(bench.systems, record).differences] == [(CODE, 4)]


def test_a_quantity_alone_that_moved_is_started(real_bench: Workbench) -> None:
    export = real_bench.exported()
    line = next(one for one in real_bench.journal.plan(export.id).lines if one.um != "LS" and one.after.units)
    edited = real_bench.project.lines[line.sources[0].budget_line_item_id]
    assert words(synced(real_bench, KeyedRuns())) == {1164: "Unchanged"}
    edited.quantity = (edited.quantity or Decimal(0)) + 10
    assert words(synced(real_bench, KeyedRuns(), name="tuesday")) == {1164: "Start"}
