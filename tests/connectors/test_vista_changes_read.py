"""Reading a job's change orders, current estimates, commitments and contract amounts."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import event

from connectors.vista.sql import SqlVista
from jobcost.estimate import ChangeOrder, ChangeOrderDetail, CostHeader, Estimate
from sandbox.vista import people
from tests.vista_plans import JOB, SW1, SW2, add_header, run_in_sandbox, sandbox_vista


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = sandbox_vista(tmp_path)
    add_header(url, SW1, 3, "2400.00")
    add_header(url, SW2, 3, "15000.00")
    return url


def _read(url: str) -> Estimate:
    with SqlVista(url, 1) as vista:
        return vista.read_estimate(JOB)


def _line(url: str, phase: str = SW1) -> CostHeader:
    return next(header for header in _read(url).cost_headers if header.phase == phase)


def test_a_change_order_is_read_with_its_lines(url: str) -> None:
    people.approve_change_order(url, "SW-1", 3, "-81933", aco="BC-7", month="2026-11-01")

    assert _read(url).change_orders == (
        ChangeOrder(
            aco="BC-7",
            is_internal=True,
            revenue=Decimal("0.00"),
            details=(
                ChangeOrderDetail(
                    aco_item="1",
                    phase=SW1,
                    cost_type=3,
                    um="LS",
                    cost=Decimal("-81933.00"),
                    month=date(2026, 11, 1),
                ),
            ),
        ),
    )


def test_an_external_change_order_is_told_from_ours_and_with_its_revenue(url: str) -> None:
    people.approve_change_order(url, "SW-1", 3, "10", aco="12")
    run_in_sandbox(
        url,
        "UPDATE JCOH SET IntExt = 'E'",
        "INSERT INTO JCOI (JCCo, Job, ACO, ACOItem, Contract, Item, ApprovedMonth, ContractAmt)"
        " SELECT JCCo, Job, ACO, '2', Contract, Item, ApprovedMonth, '99.95' FROM JCOI",
    )

    (order,) = _read(url).change_orders

    assert (order.is_internal, order.revenue) == (False, Decimal("99.95"))
    amounts = [(item.orig_contract_amt, item.contract_amt) for item in _read(url).contract_items]
    assert amounts == [(Decimal("0.00"), Decimal("99.95")), (Decimal("0.00"), Decimal("0.00"))]


def test_change_orders_count_towards_the_current_estimate_and_not_the_original(url: str) -> None:
    for number, cents in enumerate(("0.10", "0.20", "0.70"), start=1):
        people.approve_change_order(url, "SW-1", 3, cents, aco=str(number), month=f"2026-0{number + 1}-01")

    line, other = _line(url), _line(url, SW2)

    assert (str(line.change_cost), str(line.current_cost), str(line.period_current_cost)) == (
        "1.00",
        "2401.00",
        "2401.00",
    )
    assert (line.orig_cost, line.detail_cost, line.period_cost, line.detail_count) == (Decimal("2400.00"),) * 3 + (1,)
    assert (line.has_change_orders, other.has_change_orders) == (True, False)
    assert (other.change_cost, other.period_current_cost) == (Decimal("0.00"), Decimal("15000.00"))


def test_committed_money_is_seen_on_its_line(url: str) -> None:
    people.post_commitment(url, "SW-1", 3, "0.01")

    assert (_line(url).has_commitments, _line(url, SW2).has_commitments) == (True, False)
    assert (_line(url).has_actual_cost, _line(url).period_current_cost) == (False, Decimal("2400.00"))


def test_commitments_that_are_all_spent_still_count(url: str) -> None:
    people.post_commitment(url, "SW-1", 3, "50")
    run_in_sandbox(url, "UPDATE bJCCP SET RemainCmtdCost = '0.00'")

    assert _line(url).has_commitments


def test_a_change_order_that_was_taken_out_is_gone_with_what_it_posted(url: str) -> None:
    people.approve_change_order(url, "SW-1", 3, "500", aco="BC-7")

    people.take_out_change_order(url, "BC-7")

    line = _line(url)
    assert _read(url).change_orders == ()
    assert (line.change_cost, line.period_current_cost, line.has_change_orders) == (
        Decimal("0.00"),
        Decimal("2400.00"),
        False,
    )


def test_a_change_order_without_its_header_is_read_all_the_same(url: str) -> None:
    """Its lines have posted; a script may have deleted the header."""
    people.approve_change_order(url, "SW-1", 3, "500", aco="BC-7")
    run_in_sandbox(url, "DELETE FROM JCOH")

    assert [(order.aco, order.is_internal, len(order.details)) for order in _read(url).change_orders] == [
        ("BC-7", False, 1)
    ]


def test_any_number_of_change_orders_takes_the_same_few_statements(url: str) -> None:
    for number in range(5):
        people.approve_change_order(url, "SW-1", 3, "1", aco=str(number))
    sent: list[str] = []
    with SqlVista(url, 1) as vista:
        event.listen(vista._engine, "before_cursor_execute", lambda *call: sent.append(call[2]))
        assert len(vista.read_estimate(JOB).change_orders) == 5

    assert len([text for text in sent if text.startswith("SELECT")]) == 19
