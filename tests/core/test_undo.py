"""An export is taken back: every line to what it was, every change order reversed, nothing if anything moved since."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from jobcost.estimate import Estimate
from jobcost.plan import Action, Kind, Plan
from jobcost.planning import Proposal
from jobcost.rules.registry import ExportedChangeOrder, PastExports
from jobcost.undo import make_undo
from jobcost.verification import verify
from tests.core.budgets import request
from tests.core.changed_budgets import HEADERS, LINES, changed, plan_of, remembered, update
from tests.core.estimates import estimate, stored_item
from tests.core.sightings import Said, blocks, warns
from tests.property.memory_vista import applied

BEFORE = "phase | type | cost | um\n 03-310 | 2 | 8,500.00 | LS\n 05-120 | 3 | 700.00 | LS"
PHASES = "phase\n 03-310\n 05-120"
PILES = "number | line | amount\n 7 | 2 | 1,250.00\n 7 | 1 | -250.00"


def exported() -> tuple[Plan, Estimate]:
    """Return an update with a new line, a changed one and a change order, and the job that it left."""
    job = estimate(BEFORE, phases=PHASES)
    plan = plan_of(update(PILES, job))
    return plan, applied(plan, job)


def undo(plan: Plan, job: Estimate, past: PastExports | None = None) -> Proposal:
    known = past if past is not None else remembered(plan.change_orders)
    asked = request(changed(PILES, LINES, locked=False), job, kind=Kind.UNDO, past=known)
    return make_undo(plan, "exp-1", asked)


def altered(job: Estimate, phase: str, **facts: Any) -> Estimate:
    rows = tuple(replace(row, **facts) if row.phase.startswith(phase) else row for row in job.cost_headers)
    return replace(job, cost_headers=rows)


def test_every_line_goes_back_to_what_it_was() -> None:
    plan, job = exported()
    back = plan_of(undo(plan, job))
    assert [(line.key, line.action, str(line.cost_before), str(line.after.cost)) for line in back.lines] == [
        (("01-100-  ", 1), Action.CHANGE_ESTIMATE, "12000.00", "0.00"),
        (("03-310-  ", 2), Action.CHANGE_ESTIMATE, "9000.00", "8500.00"),
    ]
    assert (back.kind, back.undoes, back.add_phases) == (Kind.UNDO, "exp-1", ())
    assert [row.phase for row in back.untouched] == ["05-120-  "]


def test_every_change_order_gets_a_reversing_one() -> None:
    plan, job = exported()
    (order,) = plan_of(undo(plan, job)).change_orders
    assert (order.aco, order.source_kind, order.source_number) == ("BC-7R", "reversal", "BC-7")
    assert order.title == "Takes back BC-7: Deeper piles"
    assert [(line.phase, str(line.cost)) for line in order.lines] == [
        ("01-100-  ", "250.00"),
        ("03-310-  ", "-1250.00"),
    ]


def test_after_the_undo_the_job_is_worth_what_it_was() -> None:
    plan, job = exported()
    back = plan_of(undo(plan, job))
    after = applied(back, job)
    assert verify(back, after).is_right
    assert after.total_cost == Decimal("9200.00")
    assert [row.change_cost for row in after.cost_headers] == [Decimal("0.00")] * 3


def test_only_the_last_export_is_taken_back() -> None:
    plan, job = exported()
    later = remembered(plan.change_orders, last_verified="exp-2")
    assert blocks(undo(plan, job, later), "undo-not-the-last") == [
        Said("", "export exp-1 as the last one", "export exp-2")
    ]


def test_a_job_that_the_project_is_no_longer_linked_to_is_refused() -> None:
    plan, job = exported()
    assert [said.expected for said in blocks(undo(replace(plan, jcco=2), job), "undo-of-another-job")] == [
        "job 1204- of company 2"
    ]


def test_a_line_that_moved_since_is_refused() -> None:
    plan, job = exported()
    moved = altered(job, "03-310", orig_cost=Decimal("9000.01"))
    assert blocks(undo(plan, moved), "undo-line-moved") == [
        Said("Phase 03-310- cost type 2", "9,000.00 (0.000 units, 0.00 hours)", "9,000.01 (0.000 units, 0.00 hours)")
    ]


def test_a_line_that_is_gone_since_is_refused() -> None:
    plan, job = exported()
    gone = replace(job, cost_headers=job.cost_headers[:-1])
    assert [said.found for said in blocks(undo(plan, gone), "undo-line-moved")] == ["no such row"]


def test_a_change_order_that_somebody_else_entered_on_a_line_since_is_refused() -> None:
    plan, job = exported()
    moved = altered(job, "03-310", change_cost=Decimal("1300.00"))
    assert blocks(undo(plan, moved), "undo-changes-moved") == [
        Said("Phase 03-310- cost type 2", "1,250.00 in all", "1,300.00")
    ]


@pytest.mark.parametrize(
    ("alteration", "found"),
    [
        ({"is_internal": False}, "it is external in Vista, expected an internal one"),
        ({"revenue": Decimal("5.00")}, "revenue: expected 0.00, found 5.00"),
        ({"details": ()}, "item 1, phase 01-100- cost type 1: expected -250.00, found no line"),
    ],
)
def test_a_change_order_that_moved_since_is_refused(alteration: dict[str, Any], found: str) -> None:
    plan, job = exported()
    order = replace(job.change_orders[0], **alteration)
    said = blocks(undo(plan, replace(job, change_orders=(order,))), "undo-order-moved")
    assert said[0] == Said("Change order BC-7", "as it was exported", found)


def test_a_change_order_that_is_gone_since_is_refused() -> None:
    plan, job = exported()
    said = blocks(undo(plan, replace(job, change_orders=())), "undo-order-moved")
    assert [one.found for one in said] == ["the change order is missing in Vista"]


def test_a_change_order_of_a_long_number_is_taken_back_under_one_that_fits() -> None:
    plan, job = exported()
    (stands,) = job.change_orders
    for aco, reversing in (("BC-1234567", "BC-TJLS17R"), ("BC-123456R", "BC-KL1BW6R")):
        long = replace(plan, change_orders=(replace(plan.change_orders[0], aco=aco),))
        (order,) = plan_of(undo(long, replace(job, change_orders=(replace(stands, aco=aco),)))).change_orders
        assert (order.aco, order.source_number) == (reversing, aco)


def test_a_reversing_number_that_was_used_is_refused() -> None:
    plan, job = exported()
    used = replace(plan.change_orders[0], aco="BC-7R")
    past = PastExports(
        last_verified="exp-1", change_orders={"BC-7R": ExportedChangeOrder(export_id="exp-0", order=used)}
    )
    assert blocks(undo(plan, job, past), "undo-number") == [Said("Change order BC-7", "a free number", "'BC-7R'")]


def test_a_reversal_before_the_contract_item_starts_is_refused() -> None:
    plan, job = exported()
    (item,) = job.contract_items
    assert item.start_month is not None
    later = replace(job, contract_items=(replace(item, start_month=item.start_month.replace(year=2027)),))
    assert [said.expected for said in blocks(undo(plan, later), "undo-order-month")] == ["2027-01 or later for item 1"]


def test_an_inactive_phase_is_refused() -> None:
    plan, job = exported()
    closed = replace(job, job_phases=tuple(replace(row, active=False) for row in job.job_phases))
    assert [said.found for said in blocks(undo(plan, closed), "undo-phase-inactive")] == ["inactive", "inactive"]


def changed_only() -> tuple[Plan, Estimate]:
    """Return an update that writes a change order and no original, and the job that it left."""
    job = estimate(HEADERS, phases=PHASES)
    plan = plan_of(update("number | line | amount\n 7 | 2 | 70.00", job))
    return plan, applied(plan, job)


@pytest.mark.parametrize(
    ("of_phase", "expected", "found"),
    [
        ({"active": False}, "an active phase of the job", "inactive"),
        ({"item": stored_item("2")}, "item 1", "item 2"),
    ],
)
def test_a_reversal_on_a_phase_that_changed_since_is_refused(
    of_phase: dict[str, Any], expected: str, found: str
) -> None:
    plan, job = changed_only()
    phases = tuple(replace(row, **of_phase) if row.phase.startswith("03-310") else row for row in job.job_phases)
    assert blocks(undo(plan, replace(job, job_phases=phases)), "undo-order-line") == [
        Said("Change order BC-7, phase 03-310- cost type 2", expected, found)
    ]


@pytest.mark.parametrize(
    ("of_row", "expected", "found"),
    [
        ({"source_status": "Y"}, "source J or I", "source Y"),
        ({"active": False}, "an active cost type", "2"),
        ({"um": "CY"}, "LS", "CY"),
    ],
)
def test_a_reversal_on_a_row_that_vista_would_refuse_is_refused(
    of_row: dict[str, Any], expected: str, found: str
) -> None:
    plan, job = changed_only()
    assert blocks(undo(plan, altered(job, "03-310", **of_row)), "undo-order-line") == [
        Said("Change order BC-7, phase 03-310- cost type 2", expected, found)
    ]


def test_a_reversal_on_a_row_that_is_gone_is_refused() -> None:
    plan, job = changed_only()
    gone = replace(job, cost_headers=job.cost_headers[:-1])
    assert [said.found for said in blocks(undo(plan, gone), "undo-order-line")] == ["no such row"]


def test_costs_booked_since_are_pointed_out() -> None:
    plan, job = exported()
    assert len(warns(undo(plan, altered(job, "03-310", has_actual_cost=True)), "estimate-after-costs")) == 1


def test_a_closed_job_is_refused() -> None:
    plan, job = exported()
    assert job.job is not None
    closed = replace(job, job=replace(job.job, job_status=2))
    assert len(blocks(undo(plan, closed), "job-not-open")) == 1
