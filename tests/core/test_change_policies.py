"""What becomes of budget changes under each policy of a company."""

from dataclasses import replace

from jobcost.plan import Kind
from tests.core.budgets import config, propose
from tests.core.changed_budgets import HEADERS, PHASES, changed, in_vista, plan_of, remembered, update
from tests.core.estimates import estimate
from tests.core.sightings import Said, blocks, notes, rules_in

PILES = "number | line | amount\n 7 | 2 | 1,250.00\n 7 | 1 | -250.00"


def test_folded_changes_are_part_of_the_original_in_setup_and_update() -> None:
    folded = config(changes={"policy": "fold_into_original"})
    for kind in (Kind.SETUP, Kind.UPDATE):
        proposal = propose(changed(PILES), kind=kind, configured=folded)
        plan = plan_of(proposal)
        assert [str(line.after.cost) for line in plan.lines] == ["11750.00", "10250.00"]
        assert (plan.change_orders, plan.change_policy) == ((), "fold_into_original")
        assert notes(proposal, "changes-folded") == [Said("", "none or some", "changes of 1,000.00")]


def test_folding_is_refused_while_change_orders_of_ours_stand() -> None:
    plan = plan_of(update(PILES))
    order = in_vista(plan.change_orders[0])
    folded = config(changes={"policy": "fold_into_original"})
    job = estimate(HEADERS, phases=PHASES, change_orders=(order,))
    past = remembered(plan.change_orders)
    assert blocks(update(PILES, job, configured=folded, past=past), "change-orders-and-folding") == [
        Said(
            "",
            "change orders of ours in Vista that come to nothing",
            "BC-7: 1,000.00 in all (01-100- / 1 -250.00, 03-310- / 2 1,250.00)",
        )
    ]


def test_folding_counts_what_change_orders_of_ours_and_their_reversals_come_to_in_vista() -> None:
    plan = plan_of(update(PILES))
    order = in_vista(plan.change_orders[0])
    (planned,) = plan.change_orders
    folded = config(changes={"policy": "fold_into_original"})
    past = remembered((planned, replace(planned, aco="BC-7R", source_kind="reversal")), undone_by="exp-2")
    back = tuple(replace(row, cost=-row.cost) for row in order.details)
    reversed_ = estimate(HEADERS, phases=PHASES, change_orders=(order, replace(order, aco="BC-7R", details=back)))
    assert not update(PILES, reversed_, configured=folded, past=past).is_blocked
    # The reversal was deleted in Vista: the change order counts again.
    gone = estimate(HEADERS, phases=PHASES, change_orders=(order,))
    assert update(PILES, gone, configured=folded, past=past).is_blocked


def test_changes_that_are_off_are_told_and_nothing_else() -> None:
    off = config(changes={"policy": "off"})
    proposal = update(PILES, configured=off)
    assert plan_of(proposal).change_orders == ()
    assert plan_of(proposal).change_policy == "off"
    assert rules_in(proposal.findings) == ["changes-off"]
    assert notes(proposal, "changes-off") == [Said("", "none or some", "changes of 1,000.00")]
