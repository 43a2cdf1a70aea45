"""What is said when change orders, read back, are not as planned; and what moved about them since the plan."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from jobcost.estimate import ChangeOrder, Estimate
from jobcost.plan import Plan
from jobcost.rules.registry import PastExports
from jobcost.staleness import holds_before_image, what_moved
from jobcost.verification import verify
from tests.core.budgets import config
from tests.core.changed_budgets import HEADERS, LINES, PHASES, changed, plan_of, update
from tests.core.estimates import estimate
from tests.property.memory_vista import applied

PILES = "number | line | amount\n 7 | 2 | 1,250.00\n 7 | 1 | -250.00"
JOB = estimate(HEADERS, phases=PHASES)
OURS = PastExports(last_verified="exp-1", lines=frozenset({("01-100-", 1), ("03-310-", 2)}))


def exported() -> tuple[Plan, Estimate]:
    plan = plan_of(update(PILES, JOB))
    return plan, applied(plan, JOB)


def said(**alteration: Any) -> list[str]:
    """Alter the change order in Vista; return what the verification says of it."""
    plan, job = exported()
    order: ChangeOrder = replace(job.change_orders[0], **alteration)
    verification = verify(plan, replace(job, change_orders=(order,)))
    assert not verification.is_right
    return [problem for found in verification.change_orders for problem in found.problems]


def test_change_orders_as_planned_are_right_to_the_cent() -> None:
    plan, job = exported()
    verification = verify(plan, job)
    assert verification.is_right
    assert [(order.aco, str(order.found)) for order in verification.change_orders] == [("BC-7", "1000.00")]
    assert (verification.found_total, verification.found_current_total) == (Decimal("21000.00"), Decimal("22000.00"))


def test_a_missing_change_order_is_told() -> None:
    plan, job = exported()
    verification = verify(plan, replace(job, change_orders=()))
    assert [order.problems for order in verification.wrong_orders] == [("the change order is missing in Vista",)]
    assert not verification.is_right


def test_an_external_change_order_and_its_revenue_are_told() -> None:
    assert said(is_internal=False, revenue=Decimal("9.00")) == [
        "it is external in Vista, expected an internal one",
        "revenue: expected 0.00, found 9.00",
    ]


@pytest.mark.parametrize(
    ("alteration", "problem"),
    [
        ({"cost": Decimal("-250.01")}, "expected -250.00, found -250.01"),
        ({"um": "CY"}, "unit of measure: expected LS, found CY"),
        ({"month": date(2026, 12, 1)}, "month: expected 2026-11, found 2026-12"),
        ({"month": None}, "month: expected 2026-11, found none"),
    ],
)
def test_an_altered_line_of_a_change_order_is_told(alteration: dict[str, Any], problem: str) -> None:
    _, job = exported()
    first, second = job.change_orders[0].details
    assert said(details=(replace(first, **alteration), second)) == [f"item 1, phase 01-100- cost type 1: {problem}"]


def test_a_line_too_many_and_a_line_too_few_are_told() -> None:
    _, job = exported()
    first, second = job.change_orders[0].details
    assert said(details=(second, replace(first, aco_item="2"))) == [
        "item 1, phase 01-100- cost type 1: expected -250.00, found no line",
        "item 2, phase 01-100- cost type 1: a line nobody planned, -250.00",
    ]


def test_change_orders_on_a_line_that_are_not_the_planned_ones_are_told() -> None:
    plan, job = exported()
    first, second = job.cost_headers
    posted = replace(second, change_cost=Decimal("1250.01"), period_current_cost=Decimal("10250.01"))
    verification = verify(plan, replace(job, cost_headers=(first, posted)))
    assert [line.problems for line in verification.wrong_lines] == [
        ("change orders: expected 1,250.00, found 1,250.01",)
    ]


def test_months_that_disagree_about_the_current_estimate_are_told() -> None:
    plan, job = exported()
    first, second = job.cost_headers
    drifted = replace(second, period_current_cost=Decimal("9000.00"))
    verification = verify(plan, replace(job, cost_headers=(first, drifted)))
    assert [line.problems for line in verification.wrong_lines] == [
        ("Vista's monthly totals disagree: Current Estimate expected 10,250.00, found 9,000.00",)
    ]


def test_moved_revenue_with_change_orders_is_told() -> None:
    plan, job = exported()
    (item,) = job.contract_items
    verification = verify(plan, replace(job, contract_items=(replace(item, contract_amt=Decimal("501000.00")),)))
    assert verification.job_problems == (
        "contract item 1: revenue with change orders expected 500,000.00, found 501,000.00",
    )


def test_a_change_that_was_approved_meanwhile_is_named() -> None:
    planned, fresh = plan_of(update(changed(()), JOB)), plan_of(update(PILES, JOB))
    moved = what_moved(planned, fresh)
    assert "Change order BC-7: approved since, with 1,000.00" in moved
    assert "Change order BC-7: not to be sent any more, planned with 1,000.00" in what_moved(fresh, planned)


def test_another_amount_month_or_title_of_a_change_is_named() -> None:
    plan = plan_of(update(PILES, JOB))
    (order,) = plan.change_orders
    for alteration, sentence in (
        ({"month": "2026-12-01"}, "Change order BC-7: month: planned 2026-11, now 2026-12"),
        ({"title": "Piers"}, "Change order BC-7: renamed in Procore: its title is another one now"),
        ({"items": ()}, "Change order BC-7: its amounts moved: planned 1,000.00 in all, now 0.00"),
        (
            {"approval_date": "2026-11-24"},
            "Change order BC-7: its contract items, date or units of measure are others now",
        ),
    ):
        facts: dict[str, Any] = alteration
        assert what_moved(plan, replace(plan, change_orders=(replace(order, **facts),))) == (sentence,)


def test_a_change_order_that_a_vista_user_posts_meanwhile_is_named() -> None:
    posted = estimate(
        "phase | type | cost | changes\n 01-100 | 1 | 12,000.00 | 5.00\n 03-310 | 2 | 9,000.00 |", phases=PHASES
    )
    planned, fresh = plan_of(update(PILES, JOB)), plan_of(update(PILES, posted))
    assert what_moved(planned, fresh) == (
        "Phase 01-100- cost type 1: change orders moved in Vista: were none, now 5.00",
    )
    assert not holds_before_image(planned, posted)


def test_contract_amounts_that_moved_are_named() -> None:
    (item,) = JOB.contract_items
    moved = replace(JOB, contract_items=(replace(item, contract_amt=Decimal("7.00")),))
    assert what_moved(plan_of(update(PILES, JOB)), plan_of(update(PILES, moved))) == (
        (
            "Vista job  1204-  , contract amounts with change orders: planned item 1 with 500,000.00,"
            " now item 1 with 7.00"
        ),
    )


def test_another_policy_is_named() -> None:
    off = plan_of(update(PILES, JOB, configured=config(changes={"policy": "off"})))
    moved = what_moved(plan_of(update(PILES, JOB)), off)
    assert "what becomes of budget changes (configuration): planned change_orders, now off" in moved


def test_the_job_holds_its_before_image_until_the_change_order_is_there() -> None:
    plan, job = exported()
    assert holds_before_image(plan, JOB)
    assert not holds_before_image(plan, job)
    assert not holds_before_image(plan, replace(JOB, change_orders=job.change_orders))


def test_a_consent_holds_for_the_lines_that_were_shown_and_for_no_other() -> None:
    shown = plan_of(
        update(changed((), LINES.replace("03-310 | M    |  9,000.00", "05-120 | S | 1.00")), JOB, past=OURS)
    )
    assert [line.phase for line in shown.deleted] == ["03-310-  "]
    assert what_moved(shown.with_zeroing(), shown) == ()
    back = plan_of(update(changed(()), JOB, past=OURS))
    assert what_moved(shown.with_zeroing(), back) != ()


def test_a_change_order_on_a_cost_type_that_is_inactive_now_is_told() -> None:
    plan, job = exported()
    closed = replace(job, cost_headers=tuple(replace(header, active=False) for header in job.cost_headers))
    told = {(line.phase.rstrip(" "), line.cost_type): line.problems for line in verify(plan, closed).lines}

    assert plan.changes == ()
    assert {told[key] for key in plan.written_keys} == {("the cost type is inactive",)}
