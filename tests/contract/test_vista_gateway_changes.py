"""The contract of `VistaGateway` about change orders: the same suite on the sandbox and on a Microsoft SQL Server.

Where it runs, and what it needs there, is told in `test_vista_gateway.py`.
"""

import threading
from datetime import datetime
from decimal import Decimal

import pytest

from connectors.vista.errors import StaleEstimate, VistaError, VistaRefused
from connectors.vista.gateway import Applied, VistaGateway
from jobcost.estimate import CostHeader, Estimate
from jobcost.plan import Plan
from tests.contract.vista_place import Place
from tests.vista_plans import Lines, free_lines, permit_for, plan_of, values, with_changes


def _headers(estimate: Estimate) -> dict[tuple[str, int], CostHeader]:
    return {(header.phase, header.cost_type): header for header in estimate.cost_headers}


def _free_number(estimate: Estimate, start: str = "T-") -> str:
    taken = {order.aco.strip() for order in estimate.change_orders}
    return next(f"{start}{number}" for number in range(1, 10_000) if f"{start}{number}" not in taken)


def _update(estimate: Estimate, lines: Lines, amounts: dict[tuple[str, int], str], aco: str = "") -> Plan:
    """Plan lines, and one change order on them."""
    month = max(item.start_month for item in estimate.contract_items if item.start_month).isoformat()
    orders = {aco or _free_number(estimate): amounts}
    return with_changes(plan_of(estimate, lines), estimate, orders, month=month)


def test_a_change_order_raises_the_current_estimate_and_is_read_back_line_by_line(
    vista: VistaGateway, estimate: Estimate, place: Place
) -> None:
    one, other = free_lines(estimate, 2)
    plan = _update(estimate, {one: values("100.00"), other: values("7.25")}, {one: "500.00", other: "-25.51"})

    applied = vista.apply(plan, permit_for(plan))

    now = vista.read_estimate(place.job)
    headers = _headers(now)
    order = next(order for order in now.change_orders if order.aco.strip() == plan.change_orders[0].aco)
    assert (applied.cost_types_added, applied.change_orders_added) == (2, 1)
    assert [(headers[key].orig_cost, headers[key].change_cost) for key in (one, other)] == [
        (Decimal("100.00"), Decimal("500.00")),
        (Decimal("7.25"), Decimal("-25.51")),
    ]
    assert [headers[key].period_current_cost for key in (one, other)] == [Decimal("600.00"), Decimal("-18.26")]
    assert (order.is_internal, order.revenue) == (True, Decimal("0.00"))
    assert {(line.phase, line.cost_type): (line.cost, str(line.month)) for line in order.details} == {
        one: (Decimal("500.00"), plan.change_orders[0].month),
        other: (Decimal("-25.51"), plan.change_orders[0].month),
    }
    assert now.contract_items == estimate.contract_items


def test_a_change_order_is_written_once_however_often_its_plan_is_sent(
    vista: VistaGateway, estimate: Estimate, place: Place
) -> None:
    line = free_lines(estimate, 1)[0]
    plan = _update(estimate, {line: values("1.00")}, {line: "2.00"})
    vista.apply(plan, permit_for(plan))
    before = vista.read_estimate(place.job)

    again = vista.apply(plan, permit_for(plan))

    assert (again.was_already_applied, again.change_orders_added) == (True, 0)
    assert vista.read_estimate(place.job) == before


def test_the_same_number_is_never_written_twice(vista: VistaGateway, estimate: Estimate, place: Place) -> None:
    line = free_lines(estimate, 1)[0]
    first = _update(estimate, {line: values("1.00")}, {line: "2.00"})
    vista.apply(first, permit_for(first))
    before = vista.read_estimate(place.job)
    second = _update(before, {line: values("1.00")}, {line: "3.00"}, first.change_orders[0].aco)

    with pytest.raises(StaleEstimate, match=r"expected no such row, found an internal change order of 2\.00"):
        vista.apply(second, permit_for(second))

    assert vista.read_estimate(place.job) == before


def test_a_change_order_posted_since_the_plan_is_named_and_left_alone(
    vista: VistaGateway, estimate: Estimate, place: Place
) -> None:
    line = free_lines(estimate, 1)[0]
    setup = plan_of(estimate, {line: values("1.00")})
    vista.apply(setup, permit_for(setup))
    planned_at = vista.read_estimate(place.job)
    plan = _update(planned_at, {line: values("2.00")}, {line: "5.00"}, _free_number(planned_at, "U-"))
    meanwhile = _update(planned_at, {line: values("1.00")}, {line: "777.00"})
    vista.apply(meanwhile, permit_for(meanwhile))
    before = vista.read_estimate(place.job)

    with pytest.raises(StaleEstimate, match=rf"{meanwhile.change_orders[0].aco} with 777\.00"):
        vista.apply(plan, permit_for(plan))

    assert vista.read_estimate(place.job) == before


def test_one_refused_change_order_takes_the_estimates_back_too(
    vista: VistaGateway, estimate: Estimate, place: Place
) -> None:
    line = free_lines(estimate, 1)[0]
    plan = _update(estimate, {line: values("1.00")}, {line: "10000000000.00"})

    with pytest.raises(VistaRefused) as refused:
        vista.apply(plan, permit_for(plan))

    where = f"Change order {plan.change_orders[0].aco}, Phase {line[0].rstrip()} cost type {line[1]}"
    assert refused.value.where == where
    assert vista.read_estimate(place.job) == estimate


def test_an_update_taken_back_leaves_zero_and_two_change_orders_that_cancel(
    vista: VistaGateway, estimate: Estimate, place: Place
) -> None:
    line = free_lines(estimate, 1)[0]
    plan = _update(estimate, {line: values("1.00")}, {line: "2.00"})
    vista.apply(plan, permit_for(plan))
    after = vista.read_estimate(place.job)
    back = _update(after, {line: values("0.00")}, {line: "-2.00"}, f"{plan.change_orders[0].aco}R")

    vista.apply(back, permit_for(back))

    now = vista.read_estimate(place.job)
    header = _headers(now)[line]
    assert (header.orig_cost, header.change_cost, header.period_current_cost) == (Decimal("0.00"),) * 3
    assert len(now.change_orders) == len(estimate.change_orders) + 2
    assert now.total_cost == estimate.total_cost


def test_of_two_updates_with_the_same_number_at_once_one_is_written(
    vista: VistaGateway, estimate: Estimate, place: Place
) -> None:
    line = free_lines(estimate, 1)[0]
    plans = [_update(estimate, {line: values("1.00")}, {line: cost}) for cost in ("2.00", "3.00")]
    outcomes: list[Applied | VistaError] = []

    def apply(plan: Plan) -> None:
        try:
            outcomes.append(vista.apply(plan, permit_for(plan)))
        except VistaError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=apply, args=(plan,)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Applied", "StaleEstimate"]
    assert len(vista.read_estimate(place.job).change_orders) == len(estimate.change_orders) + 1


def test_the_audit_can_be_read_whether_or_not_the_company_keeps_one(vista: VistaGateway, estimate: Estimate) -> None:
    assert estimate.job is not None
    entries = vista.read_audit(estimate.job.job, datetime.fromisoformat("2000-01-01"))

    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    assert {entry.table for entry in entries} <= {"bJCCH", "bJCOH", "bJCOI", "bJCOD"}
