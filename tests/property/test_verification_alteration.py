"""Whatever is wrong in Vista after an export, by a single cell, is caught."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from jobcost.estimate import CostHeader, Estimate, JobPhase
from jobcost.plan import Plan
from jobcost.planning import make_proposal
from jobcost.verification import verify
from tests.core.estimates import header, stored_item, stored_phase
from tests.property.laws import LAW
from tests.property.memory_vista import applied
from tests.property.strategies import Sendable, sendable

CENT = Decimal("0.01")
UNIT = Decimal("0.001")

Alteration = Callable[[CostHeader], CostHeader]

ESTIMATE_CELLS: dict[str, Alteration] = {
    "cost": lambda row: replace(row, orig_cost=row.orig_cost + CENT),
    "units": lambda row: replace(row, orig_units=row.orig_units - UNIT),
    "hours": lambda row: replace(row, orig_hours=row.orig_hours + CENT),
    "change orders": lambda row: replace(row, change_cost=row.change_cost - CENT),
}
POSTED_CELLS: dict[str, Alteration] = {
    "unit of measure": lambda row: replace(row, um="SF"),
    "active": lambda row: replace(row, active=False),
    "owner": lambda row: replace(row, source_status="Y"),
    "detail cost": lambda row: replace(row, detail_cost=row.detail_cost + CENT),
    "detail units": lambda row: replace(row, detail_units=row.detail_units + UNIT),
    "detail hours": lambda row: replace(row, detail_hours=row.detail_hours - CENT),
    "period cost": lambda row: replace(row, period_cost=row.period_cost - CENT),
    "period units": lambda row: replace(row, period_units=row.period_units + UNIT),
    "current estimate of the months": lambda row: replace(row, period_current_cost=row.period_current_cost + CENT),
    "period hours": lambda row: replace(row, period_hours=row.period_hours + CENT),
}


@st.composite
def exports(draw: st.DrawFn) -> tuple[Plan, Estimate]:
    """Draw a plan and the job it was correctly applied to."""
    sent: Sendable = draw(sendable())
    plan = make_proposal(sent.request).plan
    assert plan is not None
    return plan, applied(plan, sent.estimate)


def with_row(job: Estimate, index: int, alter: Alteration) -> Estimate:
    rows = list(job.cost_headers)
    rows[index] = alter(rows[index])
    return replace(job, cost_headers=tuple(rows))


@LAW
@given(export=exports(), data=st.data(), cell=st.sampled_from(sorted(ESTIMATE_CELLS)))
def test_an_altered_estimate_is_caught_on_planned_and_untouched_lines(
    export: tuple[Plan, Estimate], data: st.DataObject, cell: str
) -> None:
    plan, job = export
    index = data.draw(st.integers(0, len(job.cost_headers) - 1))
    verification = verify(plan, with_row(job, index, ESTIMATE_CELLS[cell]))
    assert not verification.is_right
    wrong = [(line.phase, line.cost_type) for line in verification.wrong_lines]
    assert wrong == [(job.cost_headers[index].phase, job.cost_headers[index].cost_type)]


@LAW
@given(export=exports(), data=st.data(), cell=st.sampled_from(sorted(POSTED_CELLS)))
def test_whatever_else_a_planned_row_holds_is_caught(
    export: tuple[Plan, Estimate], data: st.DataObject, cell: str
) -> None:
    plan, job = export
    planned = {line.key for line in plan.lines}
    indexes = [number for number, row in enumerate(job.cost_headers) if (row.phase, row.cost_type) in planned]
    verification = verify(plan, with_row(job, data.draw(st.sampled_from(indexes)), POSTED_CELLS[cell]))
    assert not verification.is_right
    assert len(verification.wrong_lines) == 1


@LAW
@given(export=exports(), data=st.data())
def test_a_missing_row_is_caught(export: tuple[Plan, Estimate], data: st.DataObject) -> None:
    plan, job = export
    index = data.draw(st.integers(0, len(job.cost_headers) - 1))
    rows = job.cost_headers[:index] + job.cost_headers[index + 1 :]
    verification = verify(plan, replace(job, cost_headers=rows))
    assert not verification.is_right
    assert [line.problems for line in verification.wrong_lines] == [("the row is missing in Vista",)]


@LAW
@given(export=exports(), cost=st.sampled_from((Decimal("0.00"), CENT)))
def test_a_row_that_nobody_planned_is_caught_even_without_an_amount(
    export: tuple[Plan, Estimate], cost: Decimal
) -> None:
    plan, job = export
    extra = header(phase=stored_phase("05-120"), cost_type=9, orig_cost=cost, detail_cost=cost, period_cost=cost)
    verification = verify(plan, replace(job, cost_headers=(*job.cost_headers, extra)))
    assert not verification.is_right
    assert verification.job_problems == (f"phase 05-120- cost type 9: a row nobody planned, {cost}",)


@LAW
@given(export=exports(), data=st.data())
def test_a_moved_contract_amount_is_caught(export: tuple[Plan, Estimate], data: st.DataObject) -> None:
    plan, job = export
    items = list(job.contract_items)
    index = data.draw(st.integers(0, len(items) - 1))
    items[index] = replace(items[index], orig_contract_amt=items[index].orig_contract_amt + CENT)
    verification = verify(plan, replace(job, contract_items=tuple(items)))
    assert not verification.is_right
    assert len(verification.job_problems) == 1


PHASE_ALTERATIONS: dict[str, Callable[[JobPhase], tuple[JobPhase, ...]]] = {
    "missing": lambda _: (),
    "inactive": lambda phase: (replace(phase, active=False),),
    "on another item": lambda phase: (replace(phase, item=stored_item("2")),),
}


@LAW
@given(export=exports(), data=st.data(), alteration=st.sampled_from(sorted(PHASE_ALTERATIONS)))
def test_an_added_phase_that_is_not_as_planned_is_caught(
    export: tuple[Plan, Estimate], data: st.DataObject, alteration: str
) -> None:
    plan, job = export
    assume(plan.add_phases)
    wanted = data.draw(st.sampled_from(plan.add_phases)).phase
    altered = PHASE_ALTERATIONS[alteration]
    phases = [found for phase in job.job_phases for found in (altered(phase) if phase.phase == wanted else (phase,))]
    verification = verify(plan, replace(job, job_phases=tuple(phases)))
    assert not verification.is_right
    assert len(verification.job_problems) == 1


@LAW
@given(export=exports(), data=st.data())
def test_a_missing_contract_item_is_caught(export: tuple[Plan, Estimate], data: st.DataObject) -> None:
    plan, job = export
    gone = data.draw(st.sampled_from(job.contract_items))
    verification = verify(plan, replace(job, contract_items=tuple(item for item in job.contract_items if item != gone)))
    assert not verification.is_right


@LAW
@given(export=exports())
def test_a_job_that_is_as_planned_is_never_complained_of(export: tuple[Plan, Estimate]) -> None:
    plan, job = export
    shuffled = replace(job, cost_headers=tuple(reversed(job.cost_headers)))
    verification = verify(plan, shuffled)
    assert verification.is_right
    assert (verification.wrong_lines, verification.job_problems) == ((), ())
