"""The contract of `VistaGateway`: the same suite on the sandbox's SQLite and on a Microsoft SQL Server.

On SQL Server set VISTA_TEST_URL to an empty database: a sandbox's Vista is built there. Or to a copy of a Vista that is
marked as one (`vista_place.py`), with VISTA_TEST_JCCO and VISTA_TEST_JOB naming an open job: tests add lines to it.
"""

import threading
from dataclasses import replace
from decimal import Decimal

import pytest

from connectors.vista.errors import JobCodeDoesNotFit, PermitMismatch, StaleEstimate, VistaError, VistaRefused
from connectors.vista.gateway import Applied, VistaGateway
from jobcost.estimate import CostHeader, Estimate
from tests.contract.vista_place import Place
from tests.vista_plans import free_lines, permit_for, plan_of, values


def _headers(estimate: Estimate) -> dict[tuple[str, int], CostHeader]:
    return {(header.phase, header.cost_type): header for header in estimate.cost_headers}


def test_a_job_is_read_by_the_code_people_write(estimate: Estimate) -> None:
    assert estimate.job is not None
    assert estimate.job.job_status == 1
    assert estimate.contract is not None
    assert estimate.contract_items != ()
    assert "LS" in estimate.unit_codes


def test_a_job_that_vista_does_not_have_is_no_error(vista: VistaGateway) -> None:
    assert vista.read_estimate("ZZZZ-9").job is None


def test_a_job_code_outside_vistas_format_is_refused(vista: VistaGateway) -> None:
    with pytest.raises(JobCodeDoesNotFit, match="1234567890123"):
        vista.read_estimate("1234567890123")


def test_added_lines_are_read_back_to_the_cent(vista: VistaGateway, estimate: Estimate, place: Place) -> None:
    one, other = free_lines(estimate, 2)
    plan = plan_of(estimate, {one: values("41200.01", hours_="310.50", units_="143167.125"), other: values("0")})

    applied = vista.apply(plan, permit_for(plan))

    headers = _headers(vista.read_estimate(place.job))
    assert (applied.cost_types_added, applied.estimates_changed, applied.was_already_applied) == (2, 0, False)
    assert headers[one].orig_cost == Decimal("41200.01")
    assert headers[one].orig_hours == Decimal("310.50")
    assert headers[one].orig_units == Decimal("143167.125")
    assert headers[other].orig_cost == Decimal("0.00")


def test_each_written_line_is_posted_once_to_detail_and_period_totals(
    vista: VistaGateway, estimate: Estimate, place: Place
) -> None:
    line = free_lines(estimate, 1)[0]
    first = plan_of(estimate, {line: values("40000.00")})
    vista.apply(first, permit_for(first))
    second = plan_of(vista.read_estimate(place.job), {line: values("38500.25", hours_="-2.25")})

    applied = vista.apply(second, permit_for(second))

    header = _headers(vista.read_estimate(place.job))[line]
    assert (applied.cost_types_added, applied.estimates_changed) == (0, 1)
    assert header.detail_count == 2
    assert header.detail_cost == Decimal("38500.25")
    assert header.period_cost == Decimal("38500.25")
    assert header.detail_hours == Decimal("-2.25")
    assert header.agrees_with_detail


def test_a_plan_is_applied_once_however_often_it_is_sent(vista: VistaGateway, estimate: Estimate, place: Place) -> None:
    line = free_lines(estimate, 1)[0]
    plan = plan_of(estimate, {line: values("41200.00")})
    vista.apply(plan, permit_for(plan))

    again = vista.apply(plan, permit_for(plan))

    assert again == Applied(
        phases_added=0, cost_types_added=0, estimates_changed=0, change_orders_added=0, was_already_applied=True
    )
    assert _headers(vista.read_estimate(place.job))[line].detail_count == 1


def test_a_permit_for_another_plan_writes_nothing(vista: VistaGateway, estimate: Estimate, place: Place) -> None:
    line = free_lines(estimate, 1)[0]
    accepted = plan_of(estimate, {line: values("41200.00")})
    other = plan_of(estimate, {line: values("99999.00")})

    with pytest.raises(PermitMismatch):
        vista.apply(other, permit_for(accepted))

    assert vista.read_estimate(place.job) == estimate


def test_an_estimate_that_moved_since_the_plan_is_named_and_left_alone(
    vista: VistaGateway, estimate: Estimate, place: Place
) -> None:
    moved, planned = free_lines(estimate, 2)
    plan = plan_of(estimate, {planned: values("41200.00")})
    meanwhile = plan_of(estimate, {moved: values("777.00")})
    vista.apply(meanwhile, permit_for(meanwhile))
    before = vista.read_estimate(place.job)

    with pytest.raises(StaleEstimate) as stale:
        vista.apply(plan, permit_for(plan))

    where = f"Phase {moved[0].rstrip()} cost type {moved[1]}"
    assert [str(difference) for difference in stale.value.differences if difference.where == where] == [
        f"{where}: expected no such row, found cost 777.00, hours 0.00, units 0.000."
    ]
    assert vista.read_estimate(place.job) == before


def test_one_refused_line_takes_the_whole_export_back(vista: VistaGateway, estimate: Estimate, place: Place) -> None:
    good, bad = free_lines(estimate, 2)
    plan = plan_of(estimate, {good: values("1.00"), bad: values("2.00")})
    lines = tuple(replace(line, um="ZZZ") if line.key == bad else line for line in plan.lines)
    plan = replace(plan, lines=lines)

    with pytest.raises(VistaRefused) as refused:
        vista.apply(plan, permit_for(plan))

    assert refused.value.where == f"Phase {bad[0].rstrip()} cost type {bad[1]}"
    assert "Invalid UM" in refused.value.vista_words
    assert vista.read_estimate(place.job) == estimate


def test_of_two_exports_at_once_one_is_written(vista: VistaGateway, estimate: Estimate, place: Place) -> None:
    """Two different plans made from the same estimate: the lock lets one in, the other then finds Vista moved."""
    line = free_lines(estimate, 1)[0]
    plans = [plan_of(estimate, {line: values(cost)}) for cost in ("1000.00", "2000.00")]
    outcomes: list[Applied | VistaError] = []

    def apply(index: int) -> None:
        try:
            outcomes.append(vista.apply(plans[index], permit_for(plans[index])))
        except VistaError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=apply, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Applied", "StaleEstimate"]
    assert _headers(vista.read_estimate(place.job))[line].detail_count == 1


def test_a_vista_that_is_in_order_passes_every_check(vista: VistaGateway) -> None:
    assert [check.name for check in vista.probe() if check.ok is False] == []
