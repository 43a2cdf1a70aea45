"""What moved between a plan and now is named: nothing is said exactly when nothing moved."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from jobcost.budget import BudgetLineItem
from jobcost.estimate import CostHeader, Job
from jobcost.planning import PlanRequest, make_proposal
from jobcost.staleness import what_moved
from tests.core.estimates import JOB
from tests.property.laws import LAW
from tests.property.strategies import Sendable, sendable, wild_requests

CENT = Decimal("0.01")

LINE_MOVES: dict[str, Callable[[BudgetLineItem], BudgetLineItem]] = {
    "amount": lambda line: replace(line, original_budget_amount=line.original_budget_amount + CENT),
    "budget change": lambda line: replace(line, budget_modifications=line.budget_modifications - CENT),
    "identity": lambda line: replace(line, id=77_000),
}
ROW_MOVES: dict[str, Callable[[CostHeader], CostHeader]] = {
    "cost": lambda row: replace(row, orig_cost=row.orig_cost + CENT),
    "units": lambda row: replace(row, orig_units=row.orig_units + 1),
    "hours": lambda row: replace(row, orig_hours=row.orig_hours + CENT),
}
JOB_MOVES: dict[str, Job] = {
    "job_status": replace(JOB, job_status=2),
    "lock_phases": replace(JOB, lock_phases=True),
    "auto_add_item": replace(JOB, auto_add_item=True),
}


@LAW
@given(one=wild_requests, other=wild_requests)
def test_nothing_is_named_exactly_when_the_plans_are_the_same(one: PlanRequest, other: PlanRequest) -> None:
    planned, fresh = make_proposal(one).plan, make_proposal(other).plan
    again = make_proposal(one).plan
    assume(planned and fresh and again)
    assert planned is not None
    assert fresh is not None
    assert again is not None
    assert what_moved(planned, again) == ()
    assert (what_moved(planned, fresh) == ()) == (planned.digest == fresh.digest)


@LAW
@given(sent=sendable(), data=st.data(), move=st.sampled_from(sorted(LINE_MOVES)))
def test_a_moved_budget_line_is_named_with_its_phase(sent: Sendable, data: st.DataObject, move: str) -> None:
    lines = list(sent.request.budget.line_items)
    index = data.draw(st.integers(0, len(lines) - 1))
    lines[index] = LINE_MOVES[move](lines[index])
    moved = _moved(sent, replace(sent.request, budget=replace(sent.request.budget, line_items=tuple(lines))))
    code = lines[index].cost_code
    assert code is not None
    assert len(moved) == 1
    assert moved[0].startswith(f"Phase {code.full_code}- cost type ")
    assert "moved in Procore" in moved[0]


@LAW
@given(sent=sendable(), data=st.data(), move=st.sampled_from(sorted(ROW_MOVES)))
def test_a_moved_row_of_vista_is_named_with_its_phase(sent: Sendable, data: st.DataObject, move: str) -> None:
    rows = list(sent.estimate.cost_headers)
    assume(rows)
    index = data.draw(st.integers(0, len(rows) - 1))
    rows[index] = ROW_MOVES[move](rows[index])
    moved = _moved(sent, replace(sent.request, estimate=replace(sent.estimate, cost_headers=tuple(rows))))
    name = f"Phase {rows[index].phase.rstrip()} cost type {rows[index].cost_type}: moved in Vista: "
    assert any(sentence.startswith(name) for sentence in moved)


@LAW
@given(sent=sendable(), move=st.sampled_from(sorted(JOB_MOVES)))
def test_a_moved_job_is_named(sent: Sendable, move: str) -> None:
    moved = _moved(sent, replace(sent.request, estimate=replace(sent.estimate, job=JOB_MOVES[move])))
    assert any(sentence.startswith(f"Vista job  1204-  , {move}: planned ") for sentence in moved)


@LAW
@given(sent=sendable(lines_min=2), data=st.data())
def test_a_line_that_left_the_budget_is_named(sent: Sendable, data: st.DataObject) -> None:
    lines = sent.request.budget.line_items
    gone = data.draw(st.sampled_from(lines))
    kept = tuple(line for line in lines if line != gone)
    assert _moved(sent, replace(sent.request, budget=replace(sent.request.budget, line_items=kept))) != ()


def _moved(sent: Sendable, now: PlanRequest) -> tuple[str, ...]:
    planned, fresh = make_proposal(sent.request).plan, make_proposal(now).plan
    assert planned is not None
    assert fresh is not None
    return what_moved(planned, fresh)
