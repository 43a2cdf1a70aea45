"""The month-end question against both systems: what agrees, what moved and by whom, and that nothing is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from connectors.procore.errors import NotVisible
from jobcost.reconciliation_audit import NO_TRACE
from jobcost.reconciliation_results import NotCompared, ReconciledLine, Reconciliation
from jobcost.reconciliation_values import Amounts, LineClass
from sandbox.procore import people as managers
from sandbox.vista import people as accountants
from tasks.steps.reconcile import NothingToReconcile, exported_jobs, jobs_meant, reconcile_job, reconcile_jobs
from tests.flows.workbench import MONDAY, Workbench

# The second line of the small budget: 274.02 of material.
CODE, TYPE = "1000-101", 2


def compared(bench: Workbench, as_of: date | None = None) -> Reconciliation:
    (record,) = exported_jobs(bench.systems)
    return reconcile_job(bench.systems, record, as_of=as_of)


def differing(bench: Workbench) -> ReconciledLine:
    """The one line that differs."""
    (line,) = compared(bench).differences
    return line


def test_nothing_differs_right_after_a_verified_export(bench: Workbench) -> None:
    bench.exported()
    made = compared(bench)
    assert made.agrees
    assert {line.stands for line in made.lines} == {LineClass.AGREES}
    assert made.procore_total == made.vista_total == made.verified_total == Amounts(original=Decimal("2877.21"))


def test_nothing_differs_after_the_export_of_a_real_contract(real_bench: Workbench) -> None:
    real_bench.exported()
    made = compared(real_bench)
    assert made.agrees, made.differences
    assert len(made.lines) == len(real_bench.project.lines)


def test_an_estimate_typed_over_in_vista_is_told_with_who_and_when(bench: Workbench) -> None:
    accountants.set_audit(bench.vista_url, is_on=True)
    bench.exported()
    accountants.change_estimate(bench.vista_url, CODE, TYPE, cost="300.00")
    # Tests go on at their own time; Vista's audit runs by the machine's.
    bench.vista("UPDATE bHQMA SET DateTime = '2026-11-23 16:05:00.000000' WHERE RecType = 'C'")
    line = differing(bench)
    assert line.stands is LineClass.MOVED_IN_VISTA
    assert line.causes == ("Original Estimate in Vista: 274.02 verified, now 300.00",)
    assert line.who == r"BUILDER\accountant on 2026-11-23 16:05 (Vista's clock), OrigCost 274.02 to 300.00"


def test_without_an_audit_nobody_is_named(bench: Workbench) -> None:
    accountants.set_audit(bench.vista_url, is_on=False)
    bench.exported()
    accountants.change_estimate(bench.vista_url, CODE, TYPE, cost="300.00")
    assert differing(bench).who == NO_TRACE


def test_an_original_corrected_in_procore_is_told(bench: Workbench) -> None:
    bench.exported()
    managers.correct_original(bench.procore.state, CODE, "280.00")
    line = differing(bench)
    assert (line.stands, line.difference.original) == (LineClass.MOVED_IN_PROCORE, Decimal("-5.98"))


def test_a_line_corrected_on_both_sides_moved_in_both(bench: Workbench) -> None:
    bench.exported()
    managers.correct_original(bench.procore.state, CODE, "280.00")
    accountants.change_estimate(bench.vista_url, CODE, TYPE, cost="300.00")
    assert differing(bench).stands is LineClass.MOVED_IN_BOTH


def test_a_line_added_in_procore_was_never_exported(bench: Workbench) -> None:
    bench.exported()
    bench.add_line("1000-103", "M", "50.00")
    line = differing(bench)
    assert (line.key, line.stands, line.vista) == (("1000-103", 2), LineClass.NEVER_EXPORTED, None)


def test_a_line_deleted_in_procore_is_still_in_vista(bench: Workbench) -> None:
    bench.exported()
    del bench.project.lines[bench.project.line(CODE).id]
    line = differing(bench)
    assert line.stands is LineClass.DELETED_IN_PROCORE
    assert line.causes == ("No budget line falls on it any more, still in Vista with 274.02",)


def test_a_line_that_an_accountant_adds_in_vista_is_nothing_of_ours(bench: Workbench) -> None:
    bench.exported()
    accountants.add_estimate(bench.vista_url, "1000-103", 3, "75.00")
    assert differing(bench).stands is LineClass.ONLY_IN_VISTA


def test_an_approved_change_waits_for_its_change_order_and_a_pending_one_does_not(bench: Workbench) -> None:
    bench.exported()
    managers.make_change(bench.procore.state, "Deeper piles", {CODE: "25.00"})
    managers.make_change(bench.procore.state, "Perhaps", {"1000-102": "99.00"}, status="draft")
    line = differing(bench)
    assert line.stands is LineClass.CHANGE_NOT_EXPORTED
    assert line.procore == Amounts(original=Decimal("274.02"), changes=Decimal("25.00"))


def test_a_change_order_that_an_accountant_posts_moved_in_vista(bench: Workbench) -> None:
    bench.exported()
    accountants.approve_change_order(bench.vista_url, CODE, TYPE, "40.00")
    line = differing(bench)
    assert (line.stands, line.vista) == (
        LineClass.MOVED_IN_VISTA,
        Amounts(original=Decimal("274.02"), changes=Decimal("40.00")),
    )


def test_a_budget_line_that_vista_cannot_take_is_told_and_counted(bench: Workbench) -> None:
    bench.exported()
    bench.add_line("9999-999", "M", "50.00")
    made = compared(bench)
    assert not made.agrees
    assert [(one.amounts.original, one.why) for one in made.unmapped] == [
        (Decimal("50.00"), "Vista does not know the phase 9999-999")
    ]
    assert made.procore_total.original == Decimal("2927.21")


def test_lines_of_an_open_export_are_in_flight_until_it_ends(bench: Workbench) -> None:
    first = bench.exported()
    managers.correct_original(bench.procore.state, CODE, "280.00")
    # An export that has no plan yet may be about any line.
    bench.journal.open_export(
        export_id="EX-OPEN",
        kind=first.kind,
        procore_company_id=first.procore_company_id,
        project_id=first.project_id,
        jcco=first.jcco,
        submitted_by=first.submitted_by,
        flow_run_id=None,
        at=MONDAY,
    )
    line = differing(bench)
    assert line.stands is LineClass.IN_FLIGHT
    assert line.causes[0] == "Export EX-OPEN is under way: proposed"
    assert not compared(bench).agrees


def test_what_an_uncleared_failure_wrote_is_in_flight_and_is_compared_with_once_cleared(bench: Workbench) -> None:
    applied = bench.apply(bench.accepted())
    accountants.change_estimate(bench.vista_url, CODE, TYPE, cost="300.00")
    failed, _ = bench.verify(applied)
    assert exported_jobs(bench.systems) == ()
    bench.journal.clear(failed.id, by="op@example.com", reason="typed over, Vista is right", at=MONDAY)
    assert differing(bench).stands is LineClass.MOVED_IN_VISTA


def test_a_job_that_agrees_costs_three_calls_to_procore_and_all_jobs_one_listing(bench: Workbench) -> None:
    bench.exported()
    bench.procore.requests.clear()
    (record,) = exported_jobs(bench.systems)
    reconcile_jobs(bench.systems, (record, record))
    once, each = ["projects", "budget_detail_columns"], ["detail_rows", "budget_changes", "budget_modifications"]
    assert [seen.path.rpartition("/")[2] for seen in bench.procore.requests] == [*once, *each, *each]


def test_a_budget_whose_view_is_gone_is_read_as_a_whole(bench: Workbench) -> None:
    bench.exported()
    procore = bench.systems.procore

    def gone(project_id: int, view_id: int) -> str:
        raise NotVisible("GET", f"/rest/v1.0/budget_views/{view_id}/detail_rows", 404, f"no view of {project_id}")

    bench.procore.requests.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(procore, "read_fingerprint", gone)
        assert compared(bench).agrees
    assert len(bench.procore.requests) > 1


def test_one_broken_job_never_hides_the_others(bench: Workbench) -> None:
    bench.exported()
    (record,) = exported_jobs(bench.systems)
    gone = replace(record, project_id=999)
    first, second = reconcile_jobs(bench.systems, (gone, record))
    assert isinstance(first, NotCompared)
    assert "999" in first.why
    assert isinstance(second, Reconciliation)
    assert second.agrees


def test_a_defect_in_one_job_never_hides_the_others(bench: Workbench, caplog: pytest.LogCaptureFixture) -> None:
    bench.exported()
    (record,) = exported_jobs(bench.systems)

    def break_down() -> None:
        raise LookupError("something nobody thought of")

    bench.while_vista_is_read(break_down)
    outcomes = reconcile_jobs(bench.systems, (record, record))
    assert [type(one) for one in outcomes] == [NotCompared, Reconciliation]
    assert "could not be compared" in caplog.text


def test_a_job_is_found_by_its_code_and_by_its_projects_number(bench: Workbench) -> None:
    exported = bench.exported()
    for named in ("GEN-0001", str(exported.job), f" {exported.project_id} "):
        assert [one.id for one in jobs_meant(bench.systems, named)] == [exported.id]
    with pytest.raises(NothingToReconcile):
        jobs_meant(bench.systems, "GEN-0002")


def test_jobs_of_another_pair_of_companies_are_left_alone(bench: Workbench) -> None:
    bench.exported()
    assert exported_jobs(replace(bench.systems, procore_company_id=1)) == ()
    assert exported_jobs(replace(bench.systems, jcco=2)) == ()


@contextmanager
def statements_of(bench: Workbench) -> Iterator[list[str]]:
    """Every statement that is sent to Vista."""
    sent: list[str] = []
    engine: Any = vars(bench.systems.vista)["_engine"]

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("as_of", [None, date(2026, 11, 23)])
def test_a_reconciliation_writes_nothing_anywhere(bench: Workbench, as_of: date | None) -> None:
    bench.exported()
    managers.correct_original(bench.procore.state, CODE, "280.00")
    accountants.change_estimate(bench.vista_url, CODE, TYPE, cost="300.00")
    vista, chain = bench.vista_rows(), bench.journal.audit()
    bench.procore.requests.clear()
    with statements_of(bench) as sent:
        compared(bench, as_of)
    assert {statement.split()[0] for statement in sent} <= {"SELECT", "BEGIN"}
    assert sent
    assert {seen.method for seen in bench.procore.requests} <= {"GET"}
    assert bench.vista_rows() == vista
    assert bench.journal.audit() == chain


def test_as_of_a_day_what_came_later_does_not_count(bench: Workbench) -> None:
    bench.exported()
    bench.vista("UPDATE bJCCD SET PostedDate = '2026-11-23 00:00:00.000000'")
    accountants.change_estimate(bench.vista_url, CODE, TYPE, cost="300.00")
    accountants.approve_change_order(bench.vista_url, CODE, TYPE, "40.00")
    bench.vista("UPDATE bJCCD SET PostedDate = '2026-12-01 00:00:00.000000' WHERE EstCost IN ('25.98', '40.00')")
    managers.correct_original(bench.procore.state, CODE, "280.00")
    assert compared(bench, date(2026, 11, 30)).agrees
    made = compared(bench, date(2026, 12, 1))
    (line,) = made.differences
    # The correction was never sent, so the budget as last sent does not hold it.
    assert (line.stands, line.procore) == (LineClass.MOVED_IN_VISTA, Amounts(original=Decimal("274.02")))
    assert line.vista == Amounts(original=Decimal("300.00"), changes=Decimal("40.00"))


def test_as_of_a_day_before_the_first_export_there_is_nothing_to_compare(bench: Workbench) -> None:
    bench.exported()
    day_before = (MONDAY - timedelta(days=2)).date()
    assert exported_jobs(bench.systems, day_before) == ()
    with pytest.raises(NothingToReconcile, match="verified by 2026-11-21"):
        compared(bench, day_before)


def test_an_export_that_is_settled_while_we_read_makes_us_read_again(bench: Workbench) -> None:
    bench.exported()
    readings = []

    def clear_nothing() -> None:
        readings.append(1)
        bench.journal.open_export(
            export_id="EX-LATE",
            kind=bench.journal.history(1, "GEN  -0001")[0].kind,
            procore_company_id=8089,
            project_id=7000,
            jcco=1,
            submitted_by="priya.pm@example.com",
            flow_run_id=None,
            at=MONDAY,
        )
        managers.correct_original(bench.procore.state, CODE, "280.00")

    bench.while_vista_is_read(clear_nothing)
    assert differing(bench).stands is LineClass.IN_FLIGHT
    assert readings == [1]
