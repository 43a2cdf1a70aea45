"""A change order is written once, whatever is retried, lost, killed or done at the same time."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from connectors.vista.errors import OutcomeUnknown, VistaError, VistaUnavailable
from connectors.vista.gateway import Applied
from connectors.vista.sql import SqlVista
from jobcost.plan import Plan, canonical_text
from sandbox.vista import people
from tests.vista_plans import (
    CHANGE_AND_ADD,
    JOB,
    SW1,
    SW2,
    TWO_ORDERS,
    Changes,
    Lines,
    asked_of_sandbox,
    job_with_one_estimate,
    permit_for,
    plan_of,
    values,
    with_changes,
)

ESTIMATES = "SELECT Phase, CostType, OrigCost FROM JCCH ORDER BY Phase, CostType"
ORDERS = "SELECT ACO FROM JCOH ORDER BY ACO"
POSTED = "SELECT JCTransType, ACO, ACOItem, Phase, EstCost, substr(Mth, 1, 10) FROM bJCCD ORDER BY KeyID"
CURRENT = "SELECT Phase, substr(Mth, 1, 7), OrigEstCost, CurrEstCost FROM bJCCP ORDER BY Phase, Mth"
EVERYTHING = (
    "SELECT 'h', Phase, OrigCost FROM JCCH UNION ALL SELECT 'd', Phase, EstCost FROM bJCCD"
    " UNION ALL SELECT 'p', Phase, CurrEstCost FROM bJCCP UNION ALL SELECT 'o', ACO, '' FROM JCOH"
    " UNION ALL SELECT 'i', ACO, ACOItem FROM JCOI UNION ALL SELECT 'l', ACO, EstCost FROM JCOD"
    " UNION ALL SELECT 'j', Phase, Item FROM JCJP UNION ALL SELECT 't', TableName, LastTrans FROM bHQTC"
    " UNION ALL SELECT 'c', Item, ContractAmt FROM bJCCI ORDER BY 1, 2, 3"
)
BEFORE = [(SW1, 3, "40000.00")]
AFTER = [(SW1, 3, "41200.00"), (SW2, 3, "7.25")]
WRITTEN = Applied(
    phases_added=1, cost_types_added=1, estimates_changed=1, change_orders_added=2, was_already_applied=False
)
FOUND = Applied(
    phases_added=0, cost_types_added=0, estimates_changed=0, change_orders_added=0, was_already_applied=True
)
POINTS = ("after_phases", "after_half_of_lines", "after_change_orders", "before_commit", "after_commit")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return job_with_one_estimate(tmp_path)


@pytest.fixture
def vista(url: str) -> Iterator[SqlVista]:
    with SqlVista(url, 1, lock_timeout_seconds=1) as vista:
        yield vista


def _plan(vista: SqlVista, wanted: Lines = CHANGE_AND_ADD, orders: Changes = TWO_ORDERS) -> Plan:
    estimate = vista.read_estimate(JOB)
    return with_changes(plan_of(estimate, wanted), estimate, orders)


def _at(point: str, happening: Callable[[], None]) -> Callable[[str], None]:
    def checkpoint(name: str) -> None:
        if name == point:
            happening()

    return checkpoint


def _lose() -> None:
    raise OperationalError("COMMIT", {}, Exception("Communication link failure"), connection_invalidated=True)


def test_an_update_sent_again_is_found_to_be_there(vista: SqlVista, url: str) -> None:
    plan = _plan(vista)
    vista.apply(plan, permit_for(plan))
    before = asked_of_sandbox(url, EVERYTHING)

    assert vista.apply(plan, permit_for(plan)) == FOUND
    assert asked_of_sandbox(url, EVERYTHING) == before


def test_an_update_is_found_even_if_others_posted_change_orders_since(vista: SqlVista, url: str) -> None:
    """Its own numbers prove that it was written; to call it stale would say that nothing had been."""
    plan = _plan(vista)
    vista.apply(plan, permit_for(plan))
    people.approve_change_order(url, "SW-1", 3, "99", aco="12")

    assert vista.apply(plan, permit_for(plan)) == FOUND


def test_estimates_that_stand_as_planned_prove_nothing_without_the_change_orders(vista: SqlVista, url: str) -> None:
    plan = _plan(vista, {(SW1, 3): values("40000.00")}, {"BC-7": {(SW1, 3): "500.00"}})

    assert vista.apply(plan, permit_for(plan)).was_already_applied is False
    assert asked_of_sandbox(url, ORDERS) == [("BC-7",)]


def test_a_lost_reply_to_the_commit_is_answered_by_the_change_orders_that_stand(url: str) -> None:
    with SqlVista(url, 1, checkpoint=_at("after_commit", _lose)) as vista:
        plan = _plan(vista)

        assert vista.apply(plan, permit_for(plan)) == WRITTEN

    assert asked_of_sandbox(url, ORDERS) == [("BC-7",), ("BM-2AO0H1D",)]
    assert asked_of_sandbox(url, "SELECT count(*) FROM bJCCD") == [(6,)]


def test_a_commit_that_did_not_happen_left_no_change_order(url: str) -> None:
    with SqlVista(url, 1) as vista:
        plan = _plan(vista)
        event.listen(vista._engine, "commit", lambda _connection: _lose())

        with pytest.raises(VistaUnavailable, match=r"stands as before\. Nothing was written"):
            vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(url, ORDERS) == []


def test_a_change_order_that_is_gone_after_a_lost_reply_leaves_the_outcome_unknown(url: str) -> None:
    def taken_out_meanwhile() -> None:
        people.take_out_change_order(url, "BC-7")
        _lose()

    with SqlVista(url, 1, checkpoint=_at("after_commit", taken_out_meanwhile)) as vista:
        plan = _plan(vista)
        with pytest.raises(OutcomeUnknown, match="the reply to the commit was lost"):
            vista.apply(plan, permit_for(plan))


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_update_leaves_all_or_nothing_and_the_next_run_completes_it(url: str, point: str) -> None:
    with SqlVista(url, 1) as vista:
        plan = _plan(vista)
    killed = subprocess.run(
        [sys.executable, "-m", "tests.vista_death", url, point],
        input=canonical_text(plan),
        text=True,
        check=False,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )
    assert killed.returncode == 9
    is_there = point == "after_commit"
    assert asked_of_sandbox(url, ESTIMATES) == (AFTER if is_there else BEFORE)
    assert len(asked_of_sandbox(url, ORDERS)) == (2 if is_there else 0)

    with SqlVista(url, 1) as vista:
        assert vista.apply(plan, permit_for(plan)) == (FOUND if is_there else WRITTEN)

    assert asked_of_sandbox(url, ORDERS) == [("BC-7",), ("BM-2AO0H1D",)]
    assert asked_of_sandbox(url, "SELECT count(*) FROM bJCCD") == [(6,)]


def test_of_two_updates_at_once_one_is_written(url: str) -> None:
    """The same change under the same number, planned twice: the second finds the number taken, or its own plan done."""
    outcomes: list[Any] = []
    with SqlVista(url, 1, lock_timeout_seconds=30) as vista:
        plans = [_plan(vista, {(SW1, 3): values("40000.00")}, {"BC-7": {(SW1, 3): cost}}) for cost in ("1.00", "2.00")]

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
    assert asked_of_sandbox(url, "SELECT count(*) FROM JCOD") == [(1,)]
