"""A budget that was exported and is sent again changes nothing; what the plan says is what the job then holds."""

from dataclasses import replace

from hypothesis import given

from jobcost.plan import Action, ChangePolicy, Kind, Plan
from jobcost.planning import make_proposal
from jobcost.verification import verify
from tests.core.changed_budgets import remembered
from tests.property.laws import LAW
from tests.property.memory_vista import applied
from tests.property.strategies import Sendable, sendable


def accepted_plan(sent: Sendable) -> Plan:
    proposal = make_proposal(sent.request)
    assert not proposal.is_blocked, proposal.findings
    assert proposal.plan is not None
    return proposal.plan


@LAW
@given(sent=sendable())
def test_a_budget_sent_again_after_its_export_changes_nothing(sent: Sendable) -> None:
    after = applied(accepted_plan(sent), sent.estimate)
    past = remembered(accepted_plan(sent).change_orders)
    again = make_proposal(replace(sent.request, kind=Kind.UPDATE, estimate=after, past=past))
    assert not again.is_blocked
    assert again.plan is not None
    assert {line.action for line in again.plan.lines} == {Action.UNCHANGED}
    # After a first export the changes follow; after an update nothing does.
    sends = sent.request.config.changes.policy is ChangePolicy.CHANGE_ORDERS
    follows = sends and sent.request.kind is Kind.SETUP and len(sent.request.budget.changes) > 1
    assert bool(again.plan.change_orders) == follows
    assert again.plan.is_empty != follows


@LAW
@given(sent=sendable())
def test_an_applied_plan_verifies(sent: Sendable) -> None:
    plan = accepted_plan(sent)
    verification = verify(plan, applied(plan, sent.estimate))
    assert verification.is_right
    assert verification.found_total == plan.total_after


@LAW
@given(sent=sendable())
def test_a_job_that_was_not_written_to_verifies_only_for_an_empty_plan(sent: Sendable) -> None:
    plan = accepted_plan(sent)
    assert verify(plan, sent.estimate).is_right == plan.is_empty
