"""What is said when the job, read back, is not as planned: what, where, expected and found."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from jobcost.estimate import CostHeader, Estimate
from jobcost.plan import Kind, Plan
from jobcost.verification import Verification, verify
from tests.core.budgets import propose
from tests.core.estimates import estimate

BUDGET = "code | type | amount\n 01-100 | L | 12,000.00\n 03-310 | M | 9,000.00"
AFTER = """
    phase  | type | cost
    01-100 | 1    | 12,000.00
    03-310 | 2    |  9,000.00
    05-120 | 3    |    700.00
"""
PHASES = "phase\n 01-100\n 03-310\n 05-120"


def exported() -> tuple[Plan, Estimate]:
    """Return a plan that adds two lines beside an untouched one, and the job as it should be."""
    before = estimate("phase | type | cost\n 05-120 | 3 | 700.00", phases="phase\n 05-120")
    plan = propose(BUDGET, before, kind=Kind.UPDATE).plan
    assert plan is not None
    return plan, estimate(AFTER, phases=PHASES)


def said(change: dict[str, Any], of: int = 0) -> list[str]:
    """Change one row of the exported job; return everything that the verification says."""
    plan, job = exported()
    rows: list[CostHeader] = list(job.cost_headers)
    rows[of] = replace(rows[of], **change)
    verification = verify(plan, replace(job, cost_headers=tuple(rows)))
    assert not verification.is_right
    return [*verification.job_problems, *(problem for line in verification.lines for problem in line.problems)]


def test_a_job_as_planned_is_right_to_the_cent() -> None:
    plan, job = exported()
    verification = verify(plan, job)
    assert verification.is_right
    assert (verification.expected_total, verification.found_total) == (Decimal("21700.00"), Decimal("21700.00"))
    assert [(line.phase, line.cost_type, line.planned) for line in verification.lines] == [
        ("01-100-  ", 1, True),
        ("03-310-  ", 2, True),
        ("05-120-  ", 3, False),
    ]


def test_a_cent_too_much_is_told_with_both_amounts() -> None:
    moved = {"orig_cost": Decimal("12000.01"), "detail_cost": Decimal("12000.01"), "period_cost": Decimal("12000.01")}
    moved["period_current_cost"] = Decimal("12000.01")
    assert said(moved) == ["cost: expected 12,000.00, found 12,000.01"]


def test_units_and_hours_are_told_with_both_figures() -> None:
    units = {name: Decimal("0.001") for name in ("orig_units", "detail_units", "period_units")}
    hours = {name: Decimal("0.25") for name in ("orig_hours", "detail_hours", "period_hours")}
    assert said({**units, **hours}) == ["units: expected 0.000, found 0.001", "hours: expected 0.00, found 0.25"]


def test_another_unit_of_measure_is_told() -> None:
    assert said({"um": "CY"}) == ["unit of measure: expected LS, found CY"]


def test_an_inactive_row_is_told() -> None:
    assert said({"active": False}) == ["the cost type is inactive"]


def test_a_row_that_went_to_project_management_is_told() -> None:
    assert said({"source_status": "Y"}) == ["the row belongs to Vista PM now: expected source J or I, found Y"]


def test_vistas_own_disagreement_is_told_with_all_three_figures() -> None:
    assert said({"detail_cost": Decimal("1.00")}) == [
        "Vista's own figures disagree: header 12,000.00, detail 1.00, periods 12,000.00"
    ]


def test_a_moved_untouched_line_is_told() -> None:
    assert said({"orig_cost": Decimal("699.99")}, of=2) == ["cost: expected 700.00, found 699.99"]


def test_two_slips_that_cancel_out_in_the_total_are_both_told() -> None:
    plan, job = exported()
    first, second, third = job.cost_headers
    swapped = (
        replace(first, orig_cost=Decimal("11999.99"), detail_cost=Decimal("11999.99"), period_cost=Decimal("11999.99")),
        replace(second, orig_cost=Decimal("9000.01"), detail_cost=Decimal("9000.01"), period_cost=Decimal("9000.01")),
        third,
    )
    verification = verify(plan, replace(job, cost_headers=swapped))
    assert verification.found_total == verification.expected_total
    assert not verification.is_right
    assert len(verification.wrong_lines) == 2


def test_totals_that_differ_are_wrong_whatever_the_lines_say() -> None:
    assert not Verification(
        lines=(), expected_total=Decimal("1.00"), found_total=Decimal("1.01"), job_problems=()
    ).is_right


def test_a_phase_that_was_not_added_is_told() -> None:
    plan, job = exported()
    verification = verify(plan, replace(job, job_phases=job.job_phases[1:]))
    assert verification.job_problems == ("phase 01-100-: it was not added to the job",)


def test_a_phase_added_inactive_or_on_another_item_is_told() -> None:
    plan, job = exported()
    first, *others = job.job_phases
    altered = replace(first, active=False, item="               2")
    verification = verify(plan, replace(job, job_phases=(altered, *others)))
    assert verification.job_problems == (
        "phase 01-100-: it was added, but is inactive",
        "phase 01-100-: contract item expected 1, found 2",
    )


def test_moved_revenue_is_told() -> None:
    plan, job = exported()
    (item,) = job.contract_items
    moved = replace(item, orig_contract_amt=Decimal("521000.00"))
    verification = verify(plan, replace(job, contract_items=(moved,)))
    assert verification.job_problems == ("contract item 1: revenue expected 500,000.00, found 521,000.00",)


def test_a_contract_item_that_is_gone_is_told() -> None:
    plan, job = exported()
    verification = verify(plan, replace(job, contract_items=()))
    assert verification.job_problems == ("contract item 1: revenue expected 500,000.00, found no such item",)


def test_revenue_may_move_where_the_company_agreed() -> None:
    plan, job = exported()
    agreed = replace(plan, job_image=replace(plan.job_image, auto_add_item=True))
    (item,) = job.contract_items
    assert verify(agreed, replace(job, contract_items=(replace(item, orig_contract_amt=Decimal("9.00")),))).is_right
