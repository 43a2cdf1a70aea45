"""What Vista posts for a change order is checked before the commit; and what the checks prevent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.vista import change_writer, line_writer, writer
from connectors.vista.errors import PostingDisagrees
from connectors.vista.sql import SqlVista
from jobcost.plan import Plan
from sandbox.vista import people
from tests.vista_plans import (
    CHANGE_AND_ADD,
    JOB,
    SW1,
    TWO_ORDERS,
    Changes,
    Lines,
    add_header,
    asked_of_sandbox,
    job_with_one_estimate,
    permit_for,
    plan_of,
    run_in_sandbox,
    sandbox_vista,
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


INTERFERENCE = {
    "the change order becomes external": (
        "CREATE TRIGGER hostile AFTER INSERT ON JCOH BEGIN UPDATE JCOH SET IntExt = 'E' WHERE KeyID = NEW.KeyID; END",
        "Change order BC-7: expected an internal change order",
    ),
    "the change order gets revenue": (
        "CREATE TRIGGER hostile AFTER INSERT ON JCOI BEGIN UPDATE JCOI SET ContractAmt = '1.00'; END",
        (
            "Change order BC-7: expected an internal change order of 474.50 dated 2026-11-23 on contract items 1 with "
            "revenue 0.00"
        ),
    ),
    "the contract amount moves": (
        "CREATE TRIGGER hostile AFTER INSERT ON JCOD BEGIN UPDATE bJCCI SET ContractAmt = '7.25'; END",
        "Contract item 1, contract amount with change orders: expected 0.00, found 7.25",
    ),
    "nothing is posted": (
        "DROP TRIGGER btJCODi",
        (
            "Change order BC-7, Phase SW   -  1- cost type 3, detail (JCCD): expected 1 row of 500.00 in 2026-11-01, "
            "found no such row"
        ),
    ),
    "a line is posted twice": (
        (
            "CREATE TRIGGER hostile AFTER INSERT ON JCOD WHEN NEW.EstCost = '500.00' BEGIN INSERT INTO bJCCD (JCCo, "
            "Mth, CostTrans, Job, PhaseGroup, Phase, CostType, PostedDate, ActualDate, JCTransType, Source, UM, "
            "EstCost, ACO, ACOItem) VALUES (1, '2026-11-01 00:00:00.000000', 901, NEW.Job, 1, NEW.Phase, 3, "
            "'2026-11-01 00:00:00.000000', '2026-11-01 00:00:00.000000', 'CO', 'JC ChngOrd', 'LS', '500.00', NEW.ACO, "
            "NEW.ACOItem); END"
        ),
        "detail (JCCD): expected 1 row of 500.00 in 2026-11-01, found 2 row of 1,000.00 in 2026-11-01",
    ),
    "a line is posted to another month": (
        (
            "CREATE TRIGGER hostile AFTER INSERT ON bJCCD WHEN NEW.JCTransType = 'CO' BEGIN "
            "UPDATE bJCCD SET Mth = '2026-12-01 00:00:00.000000' WHERE KeyID = NEW.KeyID; END"
        ),
        (
            "Change order BC-7, Phase SW   -  1- cost type 3, detail (JCCD): expected 1 row of 500.00 in 2026-11-01, "
            "found no such row"
        ),
    ),
    "period totals are not kept": (
        (
            "CREATE TRIGGER hostile AFTER UPDATE OF CurrEstCost ON bJCCP WHEN NEW.CurrEstCost = '500.00' BEGIN "
            "UPDATE bJCCP SET CurrEstCost = '0.00' WHERE rowid = NEW.rowid; END"
        ),
        "Phase SW   -  1- cost type 3, current estimate (JCCP): expected 41,699.99, found 41,199.99",
    ),
    "the current estimate of another line moves": (
        "CREATE TRIGGER other AFTER INSERT ON JCOH BEGIN UPDATE bJCCP SET CurrEstCost = '9.99' WHERE CostType = 4; END",
        "Phase SW   -  1- cost type 4, current estimate (JCCP): expected 10.00, found 9.99",
    ),
    "the original moves with the change order": (
        (
            "CREATE TRIGGER hostile AFTER INSERT ON JCOD WHEN NEW.EstCost = '500.00' BEGIN "
            "UPDATE JCCH SET OrigCost = '41700.00' WHERE CostType = 3 AND Phase = NEW.Phase; END"
        ),
        "Phase SW   -  1- cost type 3: expected cost 41,200.00, hours 0.00, units 0.000, found cost 41,700.00",
    ),
    "another change order appears": (
        (
            "CREATE TRIGGER hostile AFTER INSERT ON JCOH WHEN NEW.ACO = 'BC-7' BEGIN INSERT INTO JCOH (JCCo, Job, ACO, "
            "Contract, ApprovalDate, IntExt) VALUES (NEW.JCCo, NEW.Job, '99', NEW.Contract, NEW.ApprovalDate, 'I'); END"
        ),
        "Change order 99: expected no such row, found an internal change order of 0.00",
    ),
    "an older change order is taken out": (
        "CREATE TRIGGER hostile AFTER INSERT ON JCOH WHEN NEW.ACO = 'BC-7' BEGIN DELETE FROM JCOH WHERE ACO = '5'; END",
        "Change order 5: expected an internal change order",
    ),
    "a line is swallowed": (
        ("CREATE TRIGGER hostile BEFORE INSERT ON JCOD WHEN NEW.EstCost = '-25.50' BEGIN SELECT RAISE(IGNORE); END"),
        "Change order BC-7: expected an internal change order of 474.50",
    ),
}


@pytest.mark.parametrize("interference", sorted(INTERFERENCE))
def test_whatever_vista_does_to_a_change_order_beyond_the_plan_is_rolled_back(
    vista: SqlVista, url: str, interference: str
) -> None:
    add_header(url, SW1, 4, "10.00")
    people.approve_change_order(url, "SW-1", 4, "0", aco="5", month="2026-01-01")
    statement, message = INTERFERENCE[interference]
    run_in_sandbox(url, statement)
    plan = _plan(vista, CHANGE_AND_ADD, TWO_ORDERS)
    before = asked_of_sandbox(url, EVERYTHING)

    with pytest.raises(PostingDisagrees) as refused:
        vista.apply(plan, permit_for(plan))

    assert any(message in str(difference) for difference in refused.value.differences), str(refused.value)
    assert asked_of_sandbox(url, EVERYTHING) == before


@pytest.mark.parametrize("interference", sorted(INTERFERENCE))
def test_without_the_checks_of_change_orders_and_lines_it_would_stay(
    vista: SqlVista, url: str, interference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_header(url, SW1, 4, "10.00")
    people.approve_change_order(url, "SW-1", 4, "0", aco="5", month="2026-01-01")
    run_in_sandbox(url, INTERFERENCE[interference][0])
    plan = _plan(vista, CHANGE_AND_ADD, TWO_ORDERS)
    monkeypatch.setattr(writer, "_require_posted_as_planned", _no_guard)

    assert vista.apply(plan, permit_for(plan)).change_orders_added == 2


def test_a_swallowed_header_is_named_at_once(vista: SqlVista, url: str) -> None:
    run_in_sandbox(url, "CREATE TRIGGER swallow BEFORE INSERT ON JCOH BEGIN SELECT RAISE(IGNORE); END")
    plan = _plan(vista)

    with pytest.raises(PostingDisagrees, match="Change order BC-7: expected one row added, found no such row"):
        vista.apply(plan, permit_for(plan))


@pytest.mark.parametrize("row_count", [-1, 0, 2])
def test_a_row_count_that_a_site_trigger_spoilt_is_settled_by_reading(
    vista: SqlVista, row_count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Spoilt:
        rowcount = row_count

    sent = line_writer.sent

    def spoilt(*arguments: object) -> Spoilt:
        sent(*arguments)  # type: ignore[arg-type] # passed on as it came
        return Spoilt()

    monkeypatch.setattr(change_writer, "sent", spoilt)
    plan = _plan(vista)

    assert vista.apply(plan, permit_for(plan)).change_orders_added == 1


def test_costs_and_commitments_booked_meanwhile_do_not_stop_a_change_order(vista: SqlVista, url: str) -> None:
    plan = _plan(vista)
    people.post_actual_cost(url, "SW-1", 3, "99.95")
    people.post_commitment(url, "SW-1", 3, "50")

    assert vista.apply(plan, permit_for(plan)).change_orders_added == 1


def test_drift_that_vista_heals_while_an_estimate_changes_is_no_disagreement(vista: SqlVista, url: str) -> None:
    """A mere mention of an estimate makes Vista set its totals right, the current ones by the same amount."""
    run_in_sandbox(url, "UPDATE bJCCP SET OrigEstCost = '39900.00', CurrEstCost = '39900.00'")
    plan = _plan(vista, {(SW1, 3): values("41200.00")}, ONE_ORDER)

    vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(url, "SELECT sum(OrigEstCost), sum(CurrEstCost) FROM bJCCP") == [(41200.0, 41700.0)]


def test_both_contract_amounts_move_by_the_estimates_alone_where_the_job_adds_to_revenue(tmp_path: Path) -> None:
    url = sandbox_vista(tmp_path, "auto_add_item")
    add_header(url, SW1, 3, "40000.00")
    with SqlVista(url, 1) as vista:
        plan = _plan(vista, CHANGE_AND_ADD, TWO_ORDERS)

        vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(url, "SELECT OrigContractAmt, ContractAmt FROM JCCI ORDER BY Item LIMIT 1") == [
        ("41207.25", "41207.25")
    ]
