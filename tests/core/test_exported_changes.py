"""Changes that were exported and differ since, in Procore or in Vista: money never counts twice, and is never lost."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from jobcost.budget import BudgetChange
from jobcost.estimate import ChangeOrder, Estimate
from jobcost.plan import PlannedChangeOrder
from jobcost.rendering.question import question_markdown
from tests.core.budgets import config
from tests.core.changed_budgets import HEADERS, PHASES, changed, changes, in_vista, plan_of, remembered, update
from tests.core.estimates import estimate
from tests.core.sightings import Said, blocks, notes, warns
from tests.property.memory_vista import applied

STEEL = "number | line | amount\n 7 | 2 | 70.00"
PLACE = "Change order BC-7 (budget change 7, Deeper piles)"
AS_EXPORTED = "as exported with exp-1: 70.00 in all (03-310- / 2 70.00)"
ON_LINE = "Phase 03-310- cost type 2"


def steel() -> tuple[BudgetChange, PlannedChangeOrder, Estimate]:
    """Return change 7 of 70.00, its change order, and the job since it was exported."""
    plan = plan_of(update(STEEL))
    (change,), (order,) = changes(STEEL), plan.change_orders
    return change, order, applied(plan, estimate(HEADERS, phases=PHASES))


def entered(job: Estimate, order: PlannedChangeOrder, aco: str, cost: str) -> Estimate:
    """Enter a change order by hand on the line of change 7."""
    (line,) = in_vista(order).details
    added = ChangeOrder(
        aco=aco, is_internal=True, revenue=Decimal("0.00"), details=(replace(line, cost=Decimal(cost)),)
    )
    headers = tuple(
        replace(
            row,
            change_cost=row.change_cost + added.details[0].cost,
            period_current_cost=row.current_cost + added.details[0].cost,
        )
        if (row.phase, row.cost_type) == (line.phase, line.cost_type)
        else row
        for row in job.cost_headers
    )
    return replace(job, cost_headers=headers, change_orders=(*job.change_orders, added))


def another(change: BudgetChange, **facts: Any) -> BudgetChange:
    return replace(change, **{"id": 99, "number": "8", "title": "Steel again", **facts})


def test_a_change_that_replaces_an_exported_one_is_not_exported_on_top_of_it() -> None:
    change, order, job = steel()
    budget = changed((replace(change, status="void"), another(change)))
    proposal = update(budget, job, past=remembered([order]))
    off = "the difference: -70.00 in all (03-310- / 2 -70.00)"
    assert blocks(proposal, "changed-after-export") == [Said(PLACE, AS_EXPORTED, f"status void; {off}")]
    assert warns(proposal, "current-not-as-revised") == [
        Said(ON_LINE, "revised 9,070.00", "Current Estimate 9,140.00, our change orders off by 70.00")
    ]


def test_an_exported_change_that_is_approved_again_lets_the_next_one_through() -> None:
    change, order, job = steel()
    plan = plan_of(update(changed((change, another(change))), job, past=remembered([order])))
    assert [order.aco for order in plan.change_orders] == ["BC-8"]


def test_a_change_order_of_exactly_the_difference_in_vista_puts_it_right() -> None:
    change, order, job = steel()
    budget = changed((replace(change, status="void"), another(change)))
    proposal = update(budget, entered(job, order, "12", "-70.00"), past=remembered([order]))
    assert [planned.aco for planned in plan_of(proposal).change_orders] == ["BC-8"]
    assert notes(proposal, "corrected-after-export") == [
        Said(PLACE, AS_EXPORTED, "status void, put right in Vista by change order 12")
    ]
    assert warns(proposal, "current-not-as-revised") == []


def test_a_change_order_of_another_amount_puts_nothing_right() -> None:
    change, order, job = steel()
    proposal = update(
        changed((replace(change, status="void"),)), entered(job, order, "12", "-69.00"), past=remembered([order])
    )
    assert len(blocks(proposal, "changed-after-export")) == 1


def test_one_change_order_in_vista_corrects_one_change_or_all_of_them_together() -> None:
    change, order, job = steel()
    second = replace(order, aco="BC-8", source_id=99, source_number="8")
    (details,) = in_vista(order).details
    job = entered(job, order, "BC-8", "70.00")
    void = changed((replace(change, status="void"), another(change, status="void")))
    past = remembered([order, second])
    assert details.cost == Decimal("70.00")
    assert len(blocks(update(void, entered(job, order, "12", "-70.00"), past=past), "changed-after-export")) == 1
    assert not update(void, entered(job, order, "12", "-140.00"), past=past).is_blocked


def test_a_change_order_that_was_altered_in_vista_as_the_change_in_procore_is_right() -> None:
    _, order, job = steel()
    (stands,) = job.change_orders
    altered = replace(stands, details=tuple(replace(row, cost=Decimal("90.00")) for row in stands.details))
    proposal = update(STEEL.replace("70.00", "90.00"), replace(job, change_orders=(altered,)), past=remembered([order]))
    assert [said.where for said in notes(proposal, "corrected-after-export")] == [PLACE]
    assert not proposal.is_blocked


@pytest.mark.parametrize(
    ("altered", "found"),
    [
        ({"is_internal": False}, "70.00 in all (03-310- / 2 70.00), external"),
        ({"revenue": Decimal("5.00")}, "70.00 in all (03-310- / 2 70.00), revenue of 5.00"),
    ],
)
def test_a_change_order_of_ours_that_was_made_external_or_given_revenue_is_told(
    altered: dict[str, Any], found: str
) -> None:
    _, order, job = steel()
    (stands,) = job.change_orders
    proposal = update(STEEL, replace(job, change_orders=(replace(stands, **altered),)), past=remembered([order]))
    assert warns(proposal, "change-order-moved") == [Said(PLACE, AS_EXPORTED, found)]


def test_a_new_change_that_takes_the_number_of_a_renumbered_one_is_never_taken_for_it() -> None:
    change, order, job = steel()
    renumbered = changed((replace(change, number="17"), another(change, number="7")))
    proposal = update(renumbered, job, past=remembered([order]))
    assert blocks(proposal, "change-order-number-taken") == [
        Said(
            "Change order BC-7 (budget change 7, Steel again)",
            "a free number",
            "exported with exp-1 for budget change 7 (id 31)",
        )
    ]


def test_a_new_change_that_takes_the_number_of_a_deleted_one_blocks_and_both_are_told() -> None:
    change, order, job = steel()
    proposal = update(changed((another(change, number="7"),)), job, past=remembered([order]))
    assert len(blocks(proposal, "change-order-number-taken")) == 1
    assert [said.where for said in blocks(proposal, "changed-after-export")] == ["Change order BC-7"]


def test_two_changes_whose_numbers_meet_under_different_prefixes_are_told_apart() -> None:
    first = plan_of(update(STEEL, configured=config(changes={"prefix": "BC-1"})))
    (order,) = first.change_orders
    assert order.aco == "BC-17"
    (change,) = changes(STEEL)
    later = changed((change, another(change, number="17")))
    proposal = update(later, applied(first, estimate(HEADERS, phases=PHASES)), past=remembered([order]))
    assert [said.expected for said in blocks(proposal, "change-order-number-taken")] == ["a free number"]


def test_small_letters_do_not_make_another_number() -> None:
    _, order, job = steel()
    typed_in = replace(in_vista(order), aco="bc-7")
    proposal = update(STEEL, estimate(HEADERS, phases=PHASES, change_orders=(typed_in,)))
    assert len(blocks(proposal, "change-order-number-taken")) == 1
    found = update(STEEL, replace(job, change_orders=(typed_in,)), past=remembered([order]))
    assert warns(found, "change-order-gone") == []
    assert plan_of(found).is_empty


def test_the_question_says_in_its_first_lines_that_vista_would_not_hold_procores_revised_budget() -> None:
    _, order, _ = steel()
    # The change order is gone in Vista.
    proposal = update(STEEL, past=remembered([order]))
    assert warns(proposal, "current-not-as-revised") == [
        Said(ON_LINE, "revised 9,070.00", "Current Estimate 9,000.00, our change orders off by -70.00")
    ]
    asked = question_markdown(plan_of(proposal), proposal.findings, export_id="exp-2").splitlines()[:8]
    told = "- **Not as in Procore:** Current Estimate 21,000.00 after the export, revised budget 21,070.00"
    assert told in asked
