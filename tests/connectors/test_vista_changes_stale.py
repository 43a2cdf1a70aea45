"""Change orders of others are never overlooked: what moved since the plan is named; and what the guard prevents."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.vista import snapshot
from connectors.vista.errors import StaleEstimate
from connectors.vista.sql import SqlVista
from jobcost.plan import Plan
from sandbox.vista import people
from tests.vista_plans import (
    JOB,
    SW1,
    SW2,
    Changes,
    Lines,
    add_header,
    asked_of_sandbox,
    job_with_one_estimate,
    permit_for,
    plan_of,
    run_in_sandbox,
    values,
    with_changes,
)

EVERYTHING = (
    "SELECT 'h', Phase, OrigCost FROM JCCH UNION ALL SELECT 'd', Phase, EstCost FROM bJCCD"
    " UNION ALL SELECT 'p', Phase, CurrEstCost FROM bJCCP UNION ALL SELECT 'o', ACO, '' FROM JCOH"
    " UNION ALL SELECT 'l', ACO, EstCost FROM JCOD UNION ALL SELECT 'c', Item, ContractAmt FROM bJCCI ORDER BY 1, 2, 3"
)
SAME: Lines = {(SW1, 3): values("40000.00")}
ONE_ORDER: Changes = {"BC-7": {(SW1, 3): "500.00"}}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return job_with_one_estimate(tmp_path)


@pytest.fixture
def vista(url: str) -> Iterator[SqlVista]:
    with SqlVista(url, 1, lock_timeout_seconds=1) as vista:
        yield vista


def _plan(vista: SqlVista, wanted: Lines = SAME, orders: Changes = ONE_ORDER) -> Plan:
    estimate = vista.read_estimate(JOB)
    return with_changes(plan_of(estimate, wanted), estimate, orders)


def _no_guard(*_arguments: object) -> tuple[()]:
    """Stand where a guard was."""
    return ()


def _stale(vista: SqlVista, url: str, plan: Plan) -> list[str]:
    before = asked_of_sandbox(url, EVERYTHING)
    with pytest.raises(StaleEstimate) as stale:
        vista.apply(plan, permit_for(plan))
    assert asked_of_sandbox(url, EVERYTHING) == before
    return [str(difference) for difference in stale.value.differences]


def test_a_change_order_that_a_vista_user_posts_meanwhile_is_named(vista: SqlVista, url: str) -> None:
    plan = _plan(vista)
    people.approve_change_order(url, "SW-1", 3, "99.95", aco="12")

    assert _stale(vista, url, plan) == [
        "Phase SW   -  1- cost type 3, change orders: expected 0.00, found 99.95 (change order 12 with 99.95)."
    ]


def test_a_change_order_on_a_line_the_plan_does_not_touch_is_named_too(vista: SqlVista, url: str) -> None:
    add_header(url, SW2, 3, "10.00")
    plan = _plan(vista)
    people.approve_change_order(url, "SW-2", 3, "-5", aco="12")

    assert _stale(vista, url, plan) == [
        "Phase SW   -  2- cost type 3, change orders: expected 0.00, found -5.00 (change order 12 with -5.00)."
    ]


def test_a_change_order_that_is_gone_since_the_plan_is_named(vista: SqlVista, url: str) -> None:
    people.approve_change_order(url, "SW-1", 3, "99.95", aco="12")
    plan = _plan(vista)
    people.take_out_change_order(url, "12")

    assert _stale(vista, url, plan) == ["Phase SW   -  1- cost type 3, change orders: expected 99.95, found 0.00."]


def test_without_change_orders_in_the_plan_those_of_others_still_count_if_it_knows_of_them(
    vista: SqlVista, url: str
) -> None:
    plan = _plan(vista, {(SW1, 3): values("41200.00")}, {})
    people.approve_change_order(url, "SW-1", 3, "99.95", aco="12")

    assert len(_stale(vista, url, plan)) == 1


def test_a_plan_of_before_says_nothing_of_change_orders_and_is_written(vista: SqlVista, url: str) -> None:
    plan = plan_of(vista.read_estimate(JOB), {(SW1, 3): values("41200.00")})
    people.approve_change_order(url, "SW-1", 3, "99.95", aco="12")

    assert vista.apply(plan, permit_for(plan)).estimates_changed == 1


@pytest.mark.parametrize("number", ["BC-7", "BC-7  ", "  BC-7"])
def test_a_number_that_is_taken_is_never_written_beside_it(vista: SqlVista, url: str, number: str) -> None:
    plan = _plan(vista)
    people.approve_change_order(url, "SW-2", 3, "0", aco=number)
    run_in_sandbox(url, "DELETE FROM JCOI", "UPDATE JCOH SET IntExt = 'E'")

    told = _stale(vista, url, plan)

    assert (
        "Change order BC-7: expected no such row, found an external change order of 0.00 dated 2026-02-01 on contract"
        " items none with revenue 0.00 (Phase SW   -  2- cost type 3 0.00 in 2026-02-01)."
    ) in told


def test_without_the_before_image_guard_a_vista_users_change_order_would_be_doubled_unseen(
    vista: SqlVista, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = _plan(vista)
    people.approve_change_order(url, "SW-1", 3, "500", aco="12")
    monkeypatch.setattr(snapshot, "moved_changes", _no_guard)

    vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(url, "SELECT sum(CurrEstCost) FROM bJCCP") == [(41000.0,)]


MOVES = {
    "a contract amount moved by an external change order": (
        "UPDATE bJCCI SET ContractAmt = '99.95' WHERE Item = '               1'",
        "Job 1164I-001, contract item 1 with change orders: expected 0.00, found 99.95.",
    ),
    "the phase moved to another contract item": (
        "UPDATE JCJP SET Item = '               2'",
        (
            "Change order BC-7, Phase SW   -  1- cost type 3, contract item: "
            "expected                1, found                2."
        ),
    ),
    "the line went back to project management": (
        "UPDATE JCCH SET SourceStatus = 'N'",
        "Change order BC-7, Phase SW   -  1- cost type 3, owner: expected Job Cost, found Project Management.",
    ),
    "the unit of measure changed": (
        "UPDATE JCCH SET UM = 'LF'",
        "Change order BC-7, Phase SW   -  1- cost type 3, unit of measure: expected LS, found LF.",
    ),
    "the line is gone": (
        "DELETE FROM JCCH",
        "Change order BC-7, Phase SW   -  1- cost type 3: expected a cost header of the job, found no such row.",
    ),
}


@pytest.mark.parametrize("move", sorted(MOVES))
def test_what_moved_under_a_change_order_is_named_and_nothing_is_written(vista: SqlVista, url: str, move: str) -> None:
    plan = _plan(vista)
    statement, message = MOVES[move]
    run_in_sandbox(url, statement)

    assert message in _stale(vista, url, plan)
