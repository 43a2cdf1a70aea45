"""Approved budget changes become internal change orders, each exactly once for ever."""

from dataclasses import replace
from decimal import Decimal

import pytest

from jobcost.estimate import ChangeOrder
from jobcost.plan import Plan
from tests.core.budgets import config, propose
from tests.core.changed_budgets import HEADERS, LINES, PHASES, changed, changes, in_vista, plan_of, remembered, update
from tests.core.estimates import estimate, stored_item
from tests.core.sightings import Said, blocks, notes, rules_in, warns
from tests.property.memory_vista import applied

PILES = "number | line | amount\n 7 | 2 | 1,250.00\n 7 | 1 | -250.00"
PILES_PLACE = "Change order BC-7 (budget change 7, Deeper piles)"
OFF = "the difference: -1,000.00 in all (01-100- / 1 250.00, 03-310- / 2 -1,250.00)"
AS_EXPORTED = "as exported with exp-1: 1,000.00 in all (01-100- / 1 -250.00, 03-310- / 2 1,250.00)"


def told(plan: Plan) -> list[tuple[str, str, list[tuple[str, str, int, str]]]]:
    """Reduce the plan's change orders to number, month and lines with their item of the change order."""
    return [
        (
            order.aco,
            order.month,
            [
                (item.aco_item, line.phase, line.cost_type, str(line.cost))
                for item in order.items
                for line in item.lines
            ],
        )
        for order in plan.change_orders
    ]


def exported() -> tuple[Plan, ChangeOrder]:
    """Return the plan that exported change 7, and the change order as Vista holds it since."""
    plan = plan_of(update(PILES))
    return plan, in_vista(plan.change_orders[0])


def test_an_approved_change_becomes_one_internal_change_order() -> None:
    plan = plan_of(update(PILES))
    assert told(plan) == [
        ("BC-7", "2026-11-01", [("1", "01-100-  ", 1, "-250.00"), ("1", "03-310-  ", 2, "1250.00")]),
    ]
    (order,) = plan.change_orders
    assert (order.source_kind, order.source_id, order.source_number) == ("budget_change", 31, "7")
    assert (order.title, order.approval_date, order.total) == ("Deeper piles", "2026-11-23", Decimal("1000.00"))
    assert [line.um for line in order.lines] == ["LS", "LS"]


def test_a_change_leaves_the_originals_alone() -> None:
    plan = plan_of(update(PILES))
    assert plan.changes == ()
    assert (plan.total_before, plan.total_after) == (Decimal("21000.00"), Decimal("21000.00"))
    assert (plan.total_current_before, plan.total_current_after) == (Decimal("21000.00"), Decimal("22000.00"))
    assert plan.largest_move == Decimal("1250.00")
    assert not plan.is_empty


def test_a_first_export_sends_no_change() -> None:
    proposal = propose(changed(PILES))
    assert plan_of(proposal).change_orders == ()
    assert notes(proposal, "changes-not-in-original") == [Said("", "none or some", "changes of 1,000.00")]


def test_a_modification_is_numbered_by_its_id_in_base_36() -> None:
    plan = plan_of(update("number | line | amount | kind\n 5634870421 | 2 | 10.00 | modification"))
    assert [order.aco for order in plan.change_orders] == ["BM-2L6UTUD"]


def test_prefixes_are_the_companys_own() -> None:
    own = config(changes={"prefix": "P", "modification_prefix": "M"})
    plan = plan_of(update(PILES, configured=own))
    assert [order.aco for order in plan.change_orders] == ["P7"]


def test_the_lines_of_a_change_stand_under_the_contract_items_of_their_phases() -> None:
    items = "item | month | revenue\n 1 | 2026-01 | 500,000.00\n 2 | 2026-02 | 9.00"
    job = estimate(HEADERS, phases="phase | item\n 01-100 | 2\n 03-310 | 1", items=items)
    (order,) = plan_of(update(PILES, job)).change_orders
    assert [(item.aco_item, item.item, [line.cost_type for line in item.lines]) for item in order.items] == [
        ("1", stored_item("1"), [2]),
        ("2", stored_item("2"), [1]),
    ]


def test_amounts_of_one_line_are_added_up() -> None:
    (order,) = plan_of(update("number | line | amount\n 7 | 2 | 100.00\n 7 | 2 | 25.50\n 7 | 2 | -0.50")).change_orders
    assert [str(line.cost) for line in order.lines] == ["125.00"]


def test_a_change_may_come_with_the_line_that_it_moves() -> None:
    plan = plan_of(update(PILES, estimate("phase | type | cost\n 01-100 | 1 | 12,000.00", phases="phase\n 01-100")))
    assert [row.action.value for row in plan.lines] == ["unchanged", "add_cost_type"]
    assert told(plan)[0][2] == [("1", "01-100-  ", 1, "-250.00"), ("1", "03-310-  ", 2, "1250.00")]


def test_changes_stand_in_the_order_of_their_numbers() -> None:
    table = "number | line | amount\n 10 | 2 | 1.00\n 9 | 2 | 2.00\n 100 | 1 | 3.00"
    assert [order.aco for order in plan_of(update(table)).change_orders] == ["BC-9", "BC-10", "BC-100"]


@pytest.mark.parametrize("status", ["draft", "under_review", "void", "something new"])
def test_a_change_that_is_not_approved_is_shown_and_not_sent(status: str) -> None:
    proposal = update(f"number | line | amount | status\n 7 | 2 | 10.00 | {status}")
    assert plan_of(proposal).is_empty
    assert notes(proposal, "change-not-sent") == [Said(PILES_PLACE, "an approved change", status.replace("_", " "))]


def test_an_approved_change_without_amounts_is_told() -> None:
    proposal = update("number | title\n 7 | Deeper piles")
    assert plan_of(proposal).is_empty
    assert notes(proposal, "change-without-amounts") == [Said(PILES_PLACE, "some amount", "none")]


def test_an_exported_change_is_never_exported_again() -> None:
    plan, _ = exported()
    job = applied(plan, estimate(HEADERS, phases=PHASES))
    proposal = update(PILES, job, past=remembered(plan.change_orders))
    assert plan_of(proposal).is_empty
    assert rules_in(proposal.findings) == ["changes-not-in-original"]
    assert plan_of(proposal).total_current_before == Decimal("22000.00")


def test_a_change_is_not_exported_again_though_its_change_order_was_deleted_in_vista() -> None:
    plan, _ = exported()
    proposal = update(PILES, past=remembered(plan.change_orders))
    assert plan_of(proposal).is_empty
    assert warns(proposal, "change-order-gone") == [Said(PILES_PLACE, AS_EXPORTED, "none")]


def test_an_exported_change_is_not_exported_again_under_another_prefix() -> None:
    plan, _ = exported()
    job = applied(plan, estimate(HEADERS, phases=PHASES))
    renamed = config(changes={"prefix": "CH-"})
    again = plan_of(update(PILES, job, past=remembered(plan.change_orders), configured=renamed))
    assert again.is_empty


def test_an_exported_change_with_another_amount_is_told_and_never_rewritten() -> None:
    plan, _ = exported()
    job = applied(plan, estimate(HEADERS, phases=PHASES))
    proposal = update(PILES.replace("1,250.00", "1,300.00"), job, past=remembered(plan.change_orders))
    found = "1,050.00 in all (01-100- / 1 -250.00, 03-310- / 2 1,300.00); the difference: 50.00 in all"
    assert blocks(proposal, "changed-after-export") == [Said(PILES_PLACE, AS_EXPORTED, f"{found} (03-310- / 2 50.00)")]
    assert proposal.plan is not None
    assert proposal.plan.is_empty


def test_an_exported_change_that_was_made_void_is_told() -> None:
    plan, _ = exported()
    job = applied(plan, estimate(HEADERS, phases=PHASES))
    void = "number | line | amount | status\n 7 | 2 | 1,250.00 | void\n 7 | 1 | -250.00 | void"
    proposal = update(void, job, past=remembered(plan.change_orders))
    assert blocks(proposal, "changed-after-export") == [Said(PILES_PLACE, AS_EXPORTED, f"status void; {OFF}")]


def test_an_exported_change_that_is_gone_in_procore_is_told() -> None:
    plan, _ = exported()
    job = applied(plan, estimate(HEADERS, phases=PHASES))
    proposal = update(changed(()), job, past=remembered(plan.change_orders))
    assert blocks(proposal, "changed-after-export") == [
        Said("Change order BC-7", AS_EXPORTED, f"no such change; {OFF}")
    ]


def test_an_exported_change_order_that_was_altered_in_vista_is_told() -> None:
    plan, order = exported()
    altered = replace(order, details=(order.details[0], replace(order.details[1], cost=Decimal("1.00"))))
    job = replace(applied(plan, estimate(HEADERS, phases=PHASES)), change_orders=(altered,))
    proposal = update(PILES, job, past=remembered(plan.change_orders))
    assert warns(proposal, "change-order-moved") == [
        Said(PILES_PLACE, AS_EXPORTED, "-249.00 in all (01-100- / 1 -250.00, 03-310- / 2 1.00)")
    ]
    assert plan_of(proposal).is_empty


def test_a_change_that_was_taken_back_is_not_exported_again() -> None:
    plan, order = exported()
    job = estimate(HEADERS, phases=PHASES, change_orders=(order,))
    proposal = update(PILES, job, past=remembered(plan.change_orders, undone_by="exp-2"))
    assert plan_of(proposal).is_empty
    assert notes(proposal, "change-taken-back") == [Said(PILES_PLACE, "a change that stands", "undone by exp-2")]


def test_a_number_that_somebody_used_in_vista_blocks() -> None:
    _, order = exported()
    typed_in = replace(order, aco="      BC-7")
    proposal = update(PILES, estimate(HEADERS, phases=PHASES, change_orders=(typed_in,)))
    assert blocks(proposal, "change-order-number-taken") == [
        Said(PILES_PLACE, "a free number", "1,000.00 in all (01-100- / 1 -250.00, 03-310- / 2 1,250.00)")
    ]
    assert proposal.plan is not None
    assert proposal.plan.change_orders == ()


def test_a_number_of_eleven_characters_blocks() -> None:
    proposal = update(PILES.replace("7 |", "12345678 |"))
    assert blocks(proposal, "change-order-number") == [
        Said(
            "Change order BC-12345678 (budget change 12345678, Deeper piles)",
            "at most 10 characters",
            "'BC-12345678'",
        )
    ]


def test_two_changes_of_one_number_block_and_neither_is_planned() -> None:
    (first,) = changes(PILES)
    proposal = update(changed((first, replace(first, id=99, title="Other piles"))))
    assert [said.found for said in blocks(proposal, "change-order-number")] == ["2", "2"]
    assert proposal.plan is not None
    assert proposal.plan.change_orders == ()


def test_a_change_of_a_code_that_no_line_has_blocks_with_both_names() -> None:
    proposal = update("number | code | amount\n 7 | 9002 | 5.00\n 7 | 4711 | 10.00")
    assert blocks(proposal, "change-without-line") == [Said(PILES_PLACE, "a line of the budget", "budget code 4711")]


def test_a_change_of_a_line_that_is_not_exported_blocks_with_the_lines_name() -> None:
    budget = changed(PILES, LINES.replace("03-310 | M", "99-999 | M"))
    assert blocks(update(budget), "change-without-line") == [Said(PILES_PLACE, "a line of the budget", "99-999 / M")]


def test_a_fraction_of_a_cent_in_a_change_blocks() -> None:
    proposal = update("number | line | amount\n 7 | 2 | 0.125")
    assert blocks(proposal, "change-amount") == [
        Said(f"{PILES_PLACE}, phase 03-310- cost type 2", "whole cents", "0.125")
    ]


def test_an_amount_beyond_vistas_fields_blocks() -> None:
    proposal = update("number | line | amount\n 7 | 2 | 10000000000.00")
    assert [said.expected for said in blocks(proposal, "change-amount")] == ["at most 9,999,999,999.99"]


def test_a_current_estimate_beyond_vistas_fields_blocks() -> None:
    proposal = update("number | line | amount\n 7 | 2 | 9999999999.99")
    assert blocks(proposal, "current-too-large") == [
        Said("Phase 03-310- cost type 2", "at most 9,999,999,999.99", "10,000,008,999.99")
    ]


def test_a_month_before_the_contract_item_starts_blocks() -> None:
    job = estimate(HEADERS, phases=PHASES, items="item | month | revenue\n 1 | 2026-12 | 500,000.00")
    assert blocks(update(PILES, job), "change-order-month") == [
        Said(PILES_PLACE, "2026-12 or later for item 1", "2026-11")
    ]


def test_changes_that_do_not_add_up_to_the_budgets_column_block_to_the_cent() -> None:
    budget = changed(PILES)
    first, second = budget.line_items
    off = replace(budget, line_items=(first, replace(second, budget_modifications=Decimal("1250.01"))))
    assert blocks(update(off), "changes-do-not-add-up") == [
        Said("Changes of 03-310 / M", "1,250.01 as in the budget", "1,250.00 in all")
    ]


def test_change_orders_that_stand_on_the_job_are_part_of_the_before_image() -> None:
    headers = "phase | type | cost | changes\n 01-100 | 1 | 12,000.00 | -3.00\n 03-310 | 2 | 9,000.00 | 0.00"
    plan = plan_of(update(changed(()), estimate(headers, phases=PHASES)))
    assert plan.changes_before == (("01-100-  ", 1, Decimal("-3.00")),)
    assert plan.contract_amounts == ((stored_item("1"), Decimal("500000.00")),)
    assert plan.is_empty
