"""Writes one change order: its header, its items, their lines, one row per statement, through the views.

Vista's triggers post the lines to cost detail (JCCD) and period totals (JCCP). What is UNVERIFIED about these tables is
told in `change_statements.py`. Source: facts/vista.md 1.3, 2.7.
"""

from typing import Any

from sqlalchemy import Connection, Executable

from connectors.vista import change_statements
from connectors.vista.change_checks import planned_orders
from connectors.vista.change_reader import Order, OrderItem, OrderLine, order_code, read_orders
from connectors.vista.errors import Difference, PostingDisagrees
from connectors.vista.job_scope import JobScope
from connectors.vista.job_snapshot import ABSENT, line_name
from connectors.vista.line_writer import sent
from jobcost.plan import Plan


def add_change_orders(connection: Connection, plan: Plan) -> None:
    """Add the planned change orders (Vista JCOH, JCOI, JCOD), in the order of the plan.

    Raises:
        VistaRefused: a trigger or constraint said no; names the change order and the line.
    """
    for order in planned_orders(plan):
        _add(connection, plan, order)


def _add(connection: Connection, plan: Plan, order: Order) -> None:
    where = f"Change order {order.aco}"
    head = {**_keys(plan, order), "contract": order.contract}
    head |= {"approval_date": order.approval_date, "int_ext": order.int_ext}
    _write(connection, plan, order, change_statements.ADD_ORDER, head, where)
    for item in order.items:
        values = {**_keys(plan, order), **_item_values(item)}
        _write(connection, plan, order, change_statements.ADD_ORDER_ITEM, values, f"{where}, item {item.aco_item}")
    for line in order.lines:
        values = {**_keys(plan, order), "phase_group": plan.phase_group, **_line_values(line)}
        of_line = f"{where}, {line_name(line.phase, line.cost_type)}"
        _write(connection, plan, order, change_statements.ADD_ORDER_DETAIL, values, of_line)


def _write(
    connection: Connection, plan: Plan, order: Order, statement: Executable, values: dict[str, Any], where: str
) -> None:
    """Send one row. A count that is not 1 is believed only if the change order is not there (a site's own trigger)."""
    if sent(connection, statement, values, where) == 1:
        return
    scope = JobScope(jcco=plan.jcco, job=plan.job, phase_group=plan.phase_group)
    if all(order_code(held.aco) != order_code(order.aco) for held in read_orders(connection, scope)):
        raise PostingDisagrees(plan.job, (Difference(where=where, expected="one row added", found=ABSENT),))


def _keys(plan: Plan, order: Order) -> dict[str, Any]:
    return {"jcco": plan.jcco, "job": plan.job, "aco": order.aco}


def _item_values(item: OrderItem) -> dict[str, Any]:
    return {
        "aco_item": item.aco_item,
        "contract": item.contract,
        "item": item.item,
        "month": item.month,
        "contract_units": item.contract_units,
        "contract_unit_price": item.contract_unit_price,
        "contract_amt": item.contract_amt,
    }


def _line_values(line: OrderLine) -> dict[str, Any]:
    return {
        "aco_item": line.aco_item,
        "phase": line.phase,
        "cost_type": line.cost_type,
        "month": line.month,
        "um": line.um,
        "unit_cost": line.unit_cost,
        "hours": line.hours,
        "units": line.units,
        "cost": line.cost,
    }
