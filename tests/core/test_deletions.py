"""Lines deleted in Procore: told, kept, and set to zero by consent alone."""

from decimal import Decimal

import pytest

from jobcost.plan import Action, Kind
from jobcost.rules.registry import PastExports
from tests.core.budgets import config, propose
from tests.core.changed_budgets import plan_of
from tests.core.estimates import estimate
from tests.core.sightings import Said, warns
from tests.property.memory_vista import applied

KEPT = "code | type | amount\n 01-100 | L | 12,000.00"
KEY = "Phase 03-310- cost type 2"
PHASES = "phase\n 01-100\n 03-310"
HELD = """
    phase  | type | cost      | units | hours | um
    01-100 | 1    | 12,000.00 |       |       |
    03-310 | 2    | 81,933.00 | 4.500 | 2.25  | CY
"""
OURS = PastExports(last_verified="exp-1", lines=frozenset({("01-100-", 1), ("03-310-", 2)}))


def test_a_deleted_line_is_told_and_stays() -> None:
    proposal = propose(KEPT, estimate(HELD, phases=PHASES), kind=Kind.UPDATE, past=OURS)
    assert warns(proposal, "deleted-in-procore") == [Said(KEY, "a line in the budget", "still in Vista with 81,933.00")]
    assert warns(proposal, "only-in-vista") == []
    plan = plan_of(proposal)
    assert plan.changes == ()
    assert [(row.phase, str(row.values.cost)) for row in plan.untouched] == [("03-310-  ", "81933.00")]
    assert plan.total_after == Decimal("93933.00")
    assert not plan.is_empty


def test_with_consent_the_line_is_set_to_zero_and_nothing_else_changes() -> None:
    plan = plan_of(propose(KEPT, estimate(HELD, phases=PHASES), kind=Kind.UPDATE, past=OURS))
    zeroing = plan.with_zeroing()
    (line,) = zeroing.changes
    assert (line.key, line.action, line.um) == (("03-310-  ", 2), Action.SET_TO_ZERO, "CY")
    assert (line.before.cost if line.before else None, line.after.cost) == (Decimal("81933.00"), Decimal("0.00"))
    assert (line.after.units, line.after.hours, line.posting_month) == (Decimal("0.000"), Decimal("0.00"), "2026-01")
    assert (zeroing.untouched, zeroing.deleted) == ((), ())
    assert zeroing.largest_move == Decimal("-81933.00")
    assert zeroing.digest != plan.digest


def test_a_line_set_to_zero_is_not_told_again() -> None:
    job = estimate(HELD, phases=PHASES)
    plan = plan_of(propose(KEPT, job, kind=Kind.UPDATE, past=OURS)).with_zeroing()
    again = propose(KEPT, applied(plan, job), kind=Kind.UPDATE, past=OURS)
    assert plan_of(again).is_empty
    assert again.findings == ()


def test_a_line_that_was_never_ours_is_only_in_vista() -> None:
    past = PastExports(last_verified="exp-1", lines=frozenset({("01-100-", 1)}))
    proposal = propose(KEPT, estimate(HELD, phases=PHASES), kind=Kind.UPDATE, past=past)
    assert warns(proposal, "deleted-in-procore") == []
    assert [said.found for said in warns(proposal, "only-in-vista")] == ["still 81,933.00"]
    assert plan_of(proposal).deleted == ()


def test_a_line_with_a_problem_of_its_own_is_neither_deleted_nor_only_in_vista() -> None:
    both = f"{KEPT}\n 03-310 | M | 0.125"
    proposal = propose(both, estimate(HELD, phases=PHASES), kind=Kind.UPDATE, past=OURS)
    assert warns(proposal, "deleted-in-procore") == []
    assert warns(proposal, "only-in-vista") == []
    assert proposal.is_blocked


def test_change_orders_and_costs_of_a_deleted_line_are_told() -> None:
    held = "phase | type | cost | changes | actual_cost\n 03-310 | 2 | 81,933.00 | 100.00 | Y"
    proposal = propose(KEPT, estimate(held, phases=PHASES), kind=Kind.UPDATE, past=OURS)
    found = "still in Vista with 81,933.00, and change orders of 100.00, which stay, with costs booked on it"
    assert [said.found for said in warns(proposal, "deleted-in-procore")] == [found]
    assert len(plan_of(proposal).deleted) == 1


@pytest.mark.parametrize(
    ("row", "phases", "reason"),
    [
        ("Y | Y | 7.00 |  ", "phase\n 03-310", "it belongs to Vista PM"),
        ("N | J | 7.00 |  ", "phase\n 03-310", "its cost type is inactive"),
        ("Y | J | 7.00 |  ", "phase | active\n 03-310 | N", "its phase is not active on the job"),
        ("Y | J | 8.00 |  ", "phase\n 03-310", "Vista's own figures of it disagree"),
        ("Y | J | 7.00 | Y", "phase\n 03-310", "costs are booked on it"),
    ],
)
def test_a_line_that_cannot_be_written_is_told_and_not_offered(row: str, phases: str, reason: str) -> None:
    held = f"phase | type | cost | active | source | detail_cost | actual_cost\n 03-310 | 2 | 7.00 | {row}"
    strict = config(limits={"change_after_costs": "block"})
    proposal = propose(KEPT, estimate(held, phases=phases), kind=Kind.UPDATE, past=OURS, configured=strict)
    (said,) = warns(proposal, "deleted-in-procore")
    assert said.found.endswith(f"; it cannot be set to zero: {reason}")
    assert proposal.plan is not None
    assert proposal.plan.deleted == ()
