"""What an update would do to estimates that are already in use."""

import pytest

from jobcost.plan import Kind
from tests.core.budgets import config, propose
from tests.core.estimates import estimate
from tests.core.sightings import Said, blocks, warns

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


def test_changing_an_estimate_after_costs_is_refused_where_the_company_wants_it() -> None:
    strict = config(limits={"change_after_costs": "block"})
    on = estimate(IN_USE.format(cost="9.00"), phases=ON_JOB)
    proposal = propose(ONE_LINE, on, kind=Kind.UPDATE, configured=strict)
    assert blocks(proposal, "estimate-after-costs-refused") == [Said(KEY, "no costs yet", "actual cost")]
    assert warns(proposal, "estimate-after-costs") == []


def test_changing_an_estimate_on_which_money_is_committed_is_pointed_out() -> None:
    on = estimate("phase | type | cost | commitments\n 03-310 | 2 | 9.00 | Y", phases=ON_JOB)
    assert warns(propose(ONE_LINE, on, kind=Kind.UPDATE), "estimate-with-commitments") == [
        Said(KEY, "no commitments", "committed cost")
    ]
    same = estimate("phase | type | cost | commitments\n 03-310 | 2 | 10.00 | Y", phases=ON_JOB)
    assert propose(ONE_LINE, same, kind=Kind.UPDATE).findings == ()


def test_a_current_estimate_out_of_step_with_its_months_is_refused() -> None:
    on = estimate("phase | type | cost | changes | current\n 03-310 | 2 | 10.00 | 5.00 | 14.99", phases=ON_JOB)
    assert blocks(propose(ONE_LINE, on, kind=Kind.UPDATE), "estimate-out-of-step") == [
        Said(KEY, "everywhere 15.00", "periods 14.99")
    ]
