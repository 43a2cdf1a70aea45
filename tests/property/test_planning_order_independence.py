"""The order in which two systems list their rows decides nothing."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from jobcost.budget import Budget
from jobcost.estimate import Estimate
from jobcost.planning import PlanRequest, make_proposal
from tests.property.laws import LAW
from tests.property.strategies import wild_requests


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[PlanRequest, PlanRequest]:
    """Draw a request and the same one with every list of rows in another order."""
    asked = draw(wild_requests)
    assert asked.estimate is not None
    changes = tuple(
        replace(change, adjustments=tuple(draw(st.permutations(change.adjustments))))
        for change in draw(st.permutations(asked.budget.changes))
    )
    lines = tuple(draw(st.permutations(asked.budget.line_items)))
    budget: Budget = replace(asked.budget, line_items=lines, changes=changes)
    estimate: Estimate = replace(
        asked.estimate,
        contract_items=tuple(draw(st.permutations(asked.estimate.contract_items))),
        master_phases=tuple(draw(st.permutations(asked.estimate.master_phases))),
        job_phases=tuple(draw(st.permutations(asked.estimate.job_phases))),
        cost_headers=tuple(draw(st.permutations(asked.estimate.cost_headers))),
    )
    return asked, replace(asked, budget=budget, estimate=estimate)


@LAW
@given(pair=shuffled())
def test_the_order_of_rows_changes_neither_plan_nor_findings(pair: tuple[PlanRequest, PlanRequest]) -> None:
    one, other = (make_proposal(request) for request in pair)
    assert other.findings == one.findings
    assert (other.plan and other.plan.digest) == (one.plan and one.plan.digest)
