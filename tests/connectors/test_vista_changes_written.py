"""Change orders are written exactly as planned with the estimates, once, or nothing is; and undone the same way."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from connectors.vista.errors import StaleEstimate, VistaRefused
from connectors.vista.gateway import Applied
from connectors.vista.sql import SqlVista
from jobcost.plan import Action, Kind, Plan
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
    run_in_sandbox,
    sandbox_vista,
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


def test_an_update_writes_estimates_and_change_orders_as_planned(vista: SqlVista, url: str) -> None:
    plan = _plan(vista)

    applied = vista.apply(plan, permit_for(plan))

    assert applied == WRITTEN
    assert asked_of_sandbox(url, ESTIMATES) == AFTER
    assert asked_of_sandbox(url, POSTED) == [
        ("OE", None, None, SW1, "40000.00", "2026-01-01"),
        ("OE", None, None, SW1, "1200.00", "2026-01-01"),
        ("OE", None, None, SW2, "7.25", "2026-01-01"),
        ("CO", "BC-7", "1", SW1, "500.00", "2026-11-01"),
        ("CO", "BC-7", "1", SW2, "-25.50", "2026-11-01"),
        ("CO", "BM-2AO0H1D", "1", SW1, "-0.01", "2026-11-01"),
    ]
    assert asked_of_sandbox(url, CURRENT) == [
        (SW1, "2026-01", "41200.00", "41200.00"),
        (SW1, "2026-11", "0.00", "499.99"),
        (SW2, "2026-01", "7.25", "7.25"),
        (SW2, "2026-11", "0.00", "-25.50"),
    ]


def test_a_change_order_is_internal_dated_and_without_revenue(vista: SqlVista, url: str) -> None:
    plan = _plan(vista, {(SW1, 3): values("40000.00")}, {"BC-7": {(SW1, 3): "500.00"}})

    vista.apply(plan, permit_for(plan))

    day, month, item = "2026-11-23 00:00:00.000000", "2026-11-01 00:00:00.000000", "               1"
    assert asked_of_sandbox(url, "SELECT JCCo, Job, ACO, Contract, ApprovalDate, IntExt FROM JCOH") == [
        (1, JOB, "BC-7", "1164I     ", day, "I")
    ]
    assert asked_of_sandbox(
        url,
        "SELECT ACO, ACOItem, Contract, Item, ApprovedMonth, ContractUnits, ContUnitPrice, ContractAmt FROM JCOI",
    ) == [("BC-7", "1", "1164I     ", item, month, "0.000", "0.00000", "0.00")]
    assert asked_of_sandbox(
        url,
        "SELECT ACO, ACOItem, PhaseGroup, Phase, CostType, MonthAdded, UM, UnitCost, EstHours, EstUnits, EstCost"
        " FROM JCOD",
    ) == [("BC-7", "1", 1, SW1, 3, month, "LS", "0.00000", "0.00", "0.000", "500.00")]
    assert asked_of_sandbox(url, "SELECT OrigContractAmt, ContractAmt FROM JCCI") == [("0.00", "0.00")] * 2


def test_lines_on_two_contract_items_are_two_items_of_the_change_order(vista: SqlVista, url: str) -> None:
    run_in_sandbox(
        url,
        "INSERT INTO JCJP (JCCo, Job, PhaseGroup, Phase, Contract, Item)"
        " VALUES (1, '1164I-001', 1, 'SW   -  2-   ', '1164I     ', '               2')",
    )
    plan = _plan(vista, CHANGE_AND_ADD, {"BC-7": {(SW1, 3): "1.00", (SW2, 3): "2.00"}})

    vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(url, "SELECT ACOItem, ltrim(Item) FROM JCOI ORDER BY ACOItem") == [("1", "1"), ("2", "2")]
    assert asked_of_sandbox(url, "SELECT ACOItem, Phase FROM JCOD ORDER BY ACOItem") == [("1", SW1), ("2", SW2)]


def test_what_was_written_is_read_back_with_its_current_estimates(vista: SqlVista) -> None:
    plan = _plan(vista)

    vista.apply(plan, permit_for(plan))

    estimate = vista.read_estimate(JOB)
    assert {(line.phase, line.cost_type): line.current_cost for line in estimate.cost_headers} == {
        (SW1, 3): Decimal("41699.99"),
        (SW2, 3): Decimal("-18.25"),
    }
    assert [line.period_current_cost for line in estimate.cost_headers] == [Decimal("41699.99"), Decimal("-18.25")]
    assert [(order.aco, order.is_internal, order.revenue) for order in estimate.change_orders] == [
        ("BC-7", True, Decimal("0.00")),
        ("BM-2AO0H1D", True, Decimal("0.00")),
    ]


def test_a_change_order_alone_writes_no_estimate(vista: SqlVista, url: str) -> None:
    plan = _plan(vista, {(SW1, 3): values("40000.00")}, {"BC-7": {(SW1, 3): "500.00"}})
    sent: list[str] = []
    event.listen(vista._engine, "before_cursor_execute", lambda *call: sent.append(" ".join(call[2].split()[:3])))

    applied = vista.apply(plan, permit_for(plan))

    assert (applied.estimates_changed, applied.change_orders_added) == (0, 1)
    assert [text for text in sent if not text.startswith(("SELECT", "BEGIN"))] == [
        'INSERT INTO "JCOH"',
        'INSERT INTO "JCOI"',
        'INSERT INTO "JCOD"',
    ]
    assert asked_of_sandbox(url, "SELECT count(*) FROM bJCCD WHERE JCTransType = 'OE'") == [(1,)]


def test_an_update_of_one_line_leaves_every_other_line_unmentioned(tmp_path: Path) -> None:
    url = sandbox_vista(tmp_path)
    lines = {(f"X    -{number // 100:>3}-{number % 100:>3}", 3): values("10.00") for number in range(50)}
    moved = min(lines)
    with SqlVista(url, 1) as vista:
        setup = plan_of(vista.read_estimate(JOB), lines)
        vista.apply(setup, permit_for(setup))
        update = _plan(vista, {**lines, moved: values("11.00")}, {})
        sent: list[str] = []
        event.listen(vista._engine, "before_cursor_execute", lambda *call: sent.append(call[2].split()[0]))

        applied = vista.apply(update, permit_for(update))

    assert (applied.cost_types_added, applied.estimates_changed) == (0, 1)
    assert [verb for verb in sent if verb not in {"SELECT", "BEGIN"}] == ["UPDATE"]
    assert asked_of_sandbox(url, "SELECT count(*) FROM bJCCD") == [(51,)]
    assert asked_of_sandbox(url, f"SELECT EstCost FROM bJCCD WHERE Phase = '{moved[0]}' ORDER BY KeyID") == [
        ("10.00",),
        ("1.00",),
    ]


@pytest.mark.parametrize("status", ["J", "I"])
def test_a_deleted_line_is_set_to_zero_and_stays(vista: SqlVista, url: str, status: str) -> None:
    run_in_sandbox(url, f"UPDATE JCCH SET SourceStatus = '{status}'")
    plan = _plan(vista, {(SW1, 3): values("0.00")}, {})
    plan = replace(plan, lines=tuple(replace(line, action=Action.SET_TO_ZERO) for line in plan.lines))

    applied = vista.apply(plan, permit_for(plan))

    assert (applied.estimates_changed, applied.cost_types_added) == (1, 0)
    assert asked_of_sandbox(url, "SELECT OrigCost, OrigHours, OrigUnits FROM JCCH") == [("0.00", "0.00", "0.000")]
    assert asked_of_sandbox(url, "SELECT sum(EstCost) FROM bJCCD") == [(0.0,)]


def test_a_line_that_pm_took_back_is_not_set_to_zero(vista: SqlVista, url: str) -> None:
    plan = _plan(vista, {(SW1, 3): values("0.00")}, {})
    plan = replace(plan, lines=tuple(replace(line, action=Action.SET_TO_ZERO) for line in plan.lines))
    run_in_sandbox(url, "UPDATE JCCH SET SourceStatus = 'N'")

    with pytest.raises(StaleEstimate, match="owner: expected Job Cost, found Project Management"):
        vista.apply(plan, permit_for(plan))


def test_taking_an_export_back_restores_the_estimates_and_cancels_its_change_orders(vista: SqlVista, url: str) -> None:
    done = _plan(vista)
    vista.apply(done, permit_for(done))
    back = _plan(
        vista,
        {(SW1, 3): values("40000.00"), (SW2, 3): values("0.00")},
        {"BC-7R": {(SW1, 3): "-500.00", (SW2, 3): "25.50"}, "BM-2AO0H1R": {(SW1, 3): "0.01"}},
    )
    back = replace(back, kind=Kind.UNDO, undoes="export-1")

    applied = vista.apply(back, permit_for(back))

    assert (applied.estimates_changed, applied.change_orders_added) == (2, 2)
    estimate = vista.read_estimate(JOB)
    assert [(line.orig_cost, line.change_cost, line.period_current_cost) for line in estimate.cost_headers] == [
        (Decimal("40000.00"), Decimal("0.00"), Decimal("40000.00")),
        (Decimal("0.00"), Decimal("0.00"), Decimal("0.00")),
    ]
    assert asked_of_sandbox(url, ORDERS) == [("BC-7",), ("BC-7R",), ("BM-2AO0H1D",), ("BM-2AO0H1R",)]


REFUSE = "CREATE TRIGGER refuse BEFORE {event} BEGIN SELECT RAISE(ROLLBACK, 'Not today!'); END"
CHAIN = {
    "INSERT ON JCJP": "Phase SW   -  2-",
    "INSERT ON JCCH": "Phase SW   -  2- cost type 3",
    "UPDATE OF OrigCost ON JCCH": "Phase SW   -  1- cost type 3",
    "INSERT ON JCOH": "Change order BC-7",
    "INSERT ON JCOI": "Change order BC-7, item 1",
    "INSERT ON JCOD": "Change order BC-7, Phase SW   -  1- cost type 3",
    "INSERT ON JCOD WHEN NEW.EstCost = '-25.50'": "Change order BC-7, Phase SW   -  2- cost type 3",
    "INSERT ON JCOH WHEN NEW.ACO = 'BM-2AO0H1D'": "Change order BM-2AO0H1D",
    "INSERT ON bJCCD WHEN NEW.JCTransType = 'CO'": "Change order BC-7, Phase SW   -  1- cost type 3",
    "INSERT ON bJCCP WHEN NEW.Mth LIKE '2026-11%'": "Change order BC-7, Phase SW   -  1- cost type 3",
}


@pytest.mark.parametrize("event_", CHAIN)
def test_whichever_row_vista_refuses_nothing_is_written_and_the_row_is_named(
    vista: SqlVista, url: str, event_: str
) -> None:
    run_in_sandbox(url, REFUSE.format(event=event_))
    plan = _plan(vista)
    before = asked_of_sandbox(url, EVERYTHING)

    with pytest.raises(VistaRefused, match="Not today!") as refused:
        vista.apply(plan, permit_for(plan))

    assert refused.value.where == CHAIN[event_]
    assert asked_of_sandbox(url, EVERYTHING) == before


def test_vistas_own_words_about_a_change_order_come_with_a_way_out(vista: SqlVista, url: str) -> None:
    people.deactivate_phase(url, "SW-1")
    plan = _plan(vista, {(SW1, 3): values("40000.00")}, {"BC-7": {(SW1, 3): "1.00"}})

    with pytest.raises(VistaRefused) as refused:
        vista.apply(plan, permit_for(plan))

    assert "is inactive" in refused.value.vista_words
    assert refused.value.way_out == "Make the phase active in JC Job Phases, or map the line to another phase."


def test_a_number_that_vista_has_no_room_for_is_refused(vista: SqlVista) -> None:
    plan = _plan(vista, orders={"BC-12345678": {(SW1, 3): "1.00"}})

    with pytest.raises(VistaRefused, match="would be truncated") as refused:
        vista.apply(plan, permit_for(plan))

    assert refused.value.where == "Change order BC-12345678"
