"""An update moves exactly what it says, each change once for ever, and an undo leaves the job as it was."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from jobcost.estimate import Estimate
from jobcost.money import ZERO_DOLLARS
from jobcost.plan import Action, ChangePolicy, EstimateValues, Kind, Plan
from jobcost.plan_lines import headers_by_key, values_of
from jobcost.planning import PlanRequest, make_proposal
from jobcost.rules.registry import PastExports
from jobcost.staleness import holds_before_image, what_moved
from jobcost.undo import make_undo
from jobcost.verification import verify
from tests.core.budgets import SENT_ON, config
from tests.core.changed_budgets import remembered
from tests.property.laws import LAW
from tests.property.memory_vista import applied
from tests.property.strategies import Sendable, sendable

NOTHING = EstimateValues(hours=Decimal("0.00"), units=Decimal("0.000"), cost=ZERO_DOLLARS)

Amounts = dict[tuple[str, int], EstimateValues]


def updates() -> st.SearchStrategy[PlanRequest]:
    """Draw requests of an update in which changes become change orders and every row of Vista was ours."""
    return sendable().map(_as_update)


def _as_update(sent: Sendable) -> PlanRequest:
    past = PastExports(last_verified="exp-1", lines=frozenset(headers_by_key(sent.estimate)))
    return replace(sent.request, kind=Kind.UPDATE, config=config(), past=past)


def plan_of(request: PlanRequest) -> Plan:
    proposal = make_proposal(request)
    assert not proposal.is_blocked, proposal.findings
    assert proposal.plan is not None
    return proposal.plan


def job_of(request: PlanRequest) -> Estimate:
    assert request.estimate is not None
    return request.estimate


def estimates(job: Estimate) -> Amounts:
    """What each line of the job holds, lines of nothing left out."""
    held = {key: values_of(header) for key, header in headers_by_key(job).items()}
    return {key: values for key, values in held.items() if values != NOTHING}


def currents(job: Estimate) -> dict[tuple[str, int], Decimal]:
    found = {key: header.current_cost for key, header in headers_by_key(job).items()}
    return {key: amount for key, amount in found.items() if amount}


def exported(request: PlanRequest, plan: Plan) -> PlanRequest:
    """The same budget sent again after its export."""
    past = remembered(plan.change_orders, lines=request.past.lines)
    return replace(request, estimate=applied(plan, job_of(request)), past=past)


@LAW
@given(request=updates())
def test_an_applied_update_is_followed_by_nothing_but_the_lines_it_kept(request: PlanRequest) -> None:
    plan = plan_of(request)
    again = plan_of(exported(request, plan))
    assert again.changes == ()
    assert again.change_orders == ()
    assert [line.key for line in again.deleted] == [line.key for line in plan.deleted]
    assert plan_of(exported(request, plan.with_zeroing())).is_empty


@LAW
@given(request=updates())
def test_no_change_is_exported_twice_whatever_vista_and_procore_say_later(request: PlanRequest) -> None:
    plan = plan_of(request)
    numbers = {order.aco for order in plan.change_orders}
    later = exported(request, plan)
    without = replace(later, estimate=job_of(request))
    for asked in (later, without):
        again = make_proposal(asked).plan
        assert again is not None
        assert not numbers & {order.aco for order in again.change_orders}


@LAW
@given(request=updates())
def test_each_approved_change_is_exported_as_a_whole_and_nothing_else_is(request: PlanRequest) -> None:
    plan = plan_of(request)
    approved = [change for change in request.budget.changes if change.is_approved]
    assert {order.source_id for order in plan.change_orders} == {change.id for change in approved}
    amounts = (adjustment.amount for change in approved for adjustment in change.adjustments)
    assert plan.total_change_orders == sum(amounts, ZERO_DOLLARS)


@LAW
@given(request=updates())
def test_the_current_estimate_afterwards_is_the_one_before_the_difference_and_the_orders(request: PlanRequest) -> None:
    plan = plan_of(request)
    after = applied(plan, job_of(request))
    assert plan.total_current_after == plan.total_current_before + plan.total_difference + plan.total_change_orders
    assert sum(currents(after).values(), ZERO_DOLLARS) == plan.total_current_after
    assert verify(plan, after).is_right


@LAW
@given(request=updates())
def test_an_unchanged_line_is_never_written_and_a_written_one_never_unchanged(request: PlanRequest) -> None:
    plan = plan_of(request)
    assert all(line.before != line.after for line in plan.changes)
    assert all(line.before == line.after for line in plan.lines if line.action is Action.UNCHANGED)


@LAW
@given(request=updates())
def test_consent_touches_deleted_lines_and_no_other(request: PlanRequest) -> None:
    plan = plan_of(request)
    zeroing = plan.with_zeroing()
    assert {line.key for line in zeroing.changes} - {line.key for line in plan.changes} == {
        line.key for line in plan.deleted
    }
    budgeted = {line.key for line in plan.lines}
    assert not any(line.key in budgeted for line in plan.deleted)
    assert not any(line.action is Action.SET_TO_ZERO for line in plan.lines)
    assert (zeroing.digest == plan.digest) == (not plan.deleted)
    assert verify(zeroing, applied(zeroing, job_of(request))).is_right
    # What the approver consented to still holds when the same is planned afresh.
    assert what_moved(zeroing, plan_of(request)) == ()


@LAW
@given(request=updates(), consents=st.sampled_from(("Keep", "Set to zero")))
def test_an_undo_leaves_the_job_worth_what_it_was_line_by_line(request: PlanRequest, consents: str) -> None:
    before = job_of(request)
    plan = plan_of(request).with_zeroing() if consents == "Set to zero" else plan_of(request)
    after = applied(plan, before)
    asked = replace(
        request, kind=Kind.UNDO, estimate=after, past=remembered(plan.change_orders), sent_on=SENT_ON.replace(day=30)
    )
    proposal = make_undo(plan, "exp-1", asked)
    assert not proposal.is_blocked, proposal.findings
    assert proposal.plan is not None
    back = applied(proposal.plan, after)
    assert (estimates(back), currents(back)) == (estimates(before), currents(before))
    assert verify(proposal.plan, back).is_right


@LAW
@given(request=updates())
def test_a_job_holds_the_before_image_until_the_update_is_written(request: PlanRequest) -> None:
    plan = plan_of(request)
    assume(plan.changes or plan.add_phases or plan.change_orders)
    assert holds_before_image(plan, job_of(request))
    assert not holds_before_image(plan, applied(plan, job_of(request)))


@LAW
@given(request=updates(), policy=st.sampled_from((ChangePolicy.FOLD_INTO_ORIGINAL, ChangePolicy.OFF)))
def test_where_changes_are_folded_or_off_no_change_order_is_written(request: PlanRequest, policy: ChangePolicy) -> None:
    plan = plan_of(replace(request, config=config(changes={"policy": policy})))
    assert plan.change_orders == ()
    assert plan.change_policy == policy
