"""No cent appears or vanishes between Procore's budget and the plan."""

from decimal import Decimal

from hypothesis import given

from jobcost.money import ZERO_DOLLARS
from jobcost.plan import ChangePolicy, Plan
from jobcost.planning import PlanRequest, make_proposal
from tests.property.laws import LAW
from tests.property.strategies import Sendable, sendable, wild_requests


def planned_amounts(plan: Plan | None) -> dict[int, Decimal]:
    lines = plan.lines if plan else ()
    return {source.budget_line_item_id: source.original_budget for line in lines for source in line.sources}


@LAW
@given(request=wild_requests)
def test_planned_and_blocked_lines_add_up_to_the_budget(request: PlanRequest) -> None:
    planned = planned_amounts(make_proposal(request).plan)
    blocked = [line.original_budget_amount for line in request.budget.line_items if line.id not in planned]
    budget_total = sum(line.original_budget_amount for line in request.budget.line_items)
    assert sum(planned.values()) + sum(blocked) == budget_total


@LAW
@given(request=wild_requests)
def test_a_planned_amount_is_the_lines_own_to_the_last_digit(request: PlanRequest) -> None:
    planned = planned_amounts(make_proposal(request).plan)
    for line in request.budget.line_items:
        if line.id in planned:
            assert planned[line.id] == line.original_budget_amount


@LAW
@given(request=wild_requests)
def test_each_planned_estimate_is_the_sum_of_its_budget_lines(request: PlanRequest) -> None:
    plan = make_proposal(request).plan
    folds = request.config.changes.policy is ChangePolicy.FOLD_INTO_ORIGINAL
    for line in plan.lines if plan else ():
        amounts = (source.revised_estimate if folds else source.original_budget for source in line.sources)
        assert line.after.cost == sum(amounts)


@LAW
@given(sent=sendable())
def test_a_sent_budget_arrives_as_a_whole(sent: Sendable) -> None:
    plan = make_proposal(sent.request).plan
    assert plan is not None
    lines = sent.request.budget.line_items
    folds = sent.request.config.changes.policy is ChangePolicy.FOLD_INTO_ORIGINAL
    amounts = (line.revised_budget_amount if folds else line.original_budget_amount for line in lines)
    assert plan.total_after - plan.total_untouched == sum(amounts, ZERO_DOLLARS)
    assert plan.total_before == sent.estimate.total_cost
    assert plan.total_difference == sum((line.difference for line in plan.lines), ZERO_DOLLARS)
