"""What an update would do to estimates that are already in use."""

import pytest

from jobcost.plan import Kind
from tests.core.budgets import propose
from tests.core.estimates import estimate
from tests.core.sightings import Said, warns

KEY = "Phase 03-310- cost type 2"
ON_JOB = "phase\n 03-310\n 01-100"
ONE_LINE = "code | type | amount\n 03-310 | M | 10.00"
IN_USE = "phase | type | cost | actual_cost | change_orders\n 03-310 | 2 | {cost} | Y | Y"


def test_changing_an_estimate_after_costs_is_pointed_out() -> None:
    proposal = propose(ONE_LINE, estimate(IN_USE.format(cost="9.00"), phases=ON_JOB), kind=Kind.UPDATE)
    assert warns(proposal, "estimate-after-costs") == [Said(KEY, "no costs yet", "actual cost")]
    assert not proposal.is_blocked


def test_changing_an_estimate_under_change_orders_is_pointed_out() -> None:
    proposal = propose(ONE_LINE, estimate(IN_USE.format(cost="9.00"), phases=ON_JOB), kind=Kind.UPDATE)
    assert warns(proposal, "estimate-after-change-orders") == [Said(KEY, "no change orders yet", "change orders")]
    assert not proposal.is_blocked


@pytest.mark.parametrize("rule", ["estimate-after-costs", "estimate-after-change-orders"])
def test_an_estimate_that_stays_is_not_pointed_out(rule: str) -> None:
    proposal = propose(ONE_LINE, estimate(IN_USE.format(cost="10.00"), phases=ON_JOB), kind=Kind.UPDATE)
    assert warns(proposal, rule) == []


def test_an_estimate_that_the_budget_dropped_stays_and_is_pointed_out() -> None:
    both = "phase | type | cost\n 03-310 | 2 | 10.00\n 01-100 | 1 | 7,000.50"
    proposal = propose(ONE_LINE, estimate(both, phases=ON_JOB), kind=Kind.UPDATE)
    assert warns(proposal, "only-in-vista") == [
        Said("Phase 01-100- cost type 1", "a line in the budget", "still 7,000.50")
    ]
    assert proposal.plan is not None
    assert proposal.plan.changes == ()
    assert [(row.phase, row.cost_type, str(row.values.cost)) for row in proposal.plan.untouched] == [
        ("01-100-  ", 1, "7000.50")
    ]


def test_an_empty_row_that_the_budget_does_not_mention_is_nothing_to_tell() -> None:
    both = "phase | type | cost\n 03-310 | 2 | 10.00\n 01-100 | 1 | 0.00"
    proposal = propose(ONE_LINE, estimate(both, phases=ON_JOB), kind=Kind.UPDATE)
    assert proposal.findings == ()
