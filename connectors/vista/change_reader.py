"""Reads the change orders of one Vista job, and the detail they posted. Four statements, whatever the size of the job.

Used before a plan, and by the writer inside its transaction, with locks. Source: facts/vista.md 1.3, 2.7.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row

from connectors.vista import change_statements
from connectors.vista.job_scope import JobScope, Key, key_of, rows
from jobcost.estimate import ChangeOrder, ChangeOrderDetail
from jobcost.money import ZERO_DOLLARS, ZERO_HOURS, ZERO_UNITS

# JCOH.IntExt of a change order inside the company.
INTERNAL = "I"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """What a change order adds to one cost header (Vista JCOD): US dollars, hours, units."""

    aco_item: str
    phase: str
    cost_type: int
    month: date | None
    um: str
    unit_cost: Decimal
    hours: Decimal
    units: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderItem:
    """The contract item that a part of a change order belongs to, and its revenue part (Vista JCOI)."""

    aco_item: str
    contract: str
    item: str
    month: date | None
    contract_units: Decimal
    contract_unit_price: Decimal
    contract_amt: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A change order as Vista holds it (Vista JCOH): every column this product writes. Parts are in key order."""

    aco: str
    contract: str
    approval_date: date | None
    int_ext: str
    items: tuple[OrderItem, ...]
    lines: tuple[OrderLine, ...]

    @property
    def cost(self) -> Decimal:
        """What it adds to the job's Current Estimate, US dollars."""
        return sum((line.cost for line in self.lines), ZERO_DOLLARS)


@dataclass(frozen=True, slots=True)
class ChangeKey:
    """What change order detail was posted for: codes without the blanks Vista does not compare."""

    aco: str
    aco_item: str
    phase: str
    cost_type: int
    month: date | None

    @property
    def line(self) -> Key:
        """The cost header it was posted to."""
        return (self.phase, self.cost_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedChange:
    """What was posted for one key (Vista JCCD, JCTransType CO), and in how many rows."""

    hours: Decimal
    units: Decimal
    cost: Decimal
    count: int


Posted = dict[ChangeKey, PostedChange]


@dataclass(frozen=True)
class JobChanges:
    """The change orders of a job, and what they posted."""

    orders: tuple[Order, ...] = ()
    posted: Posted = field(default_factory=dict)

    @property
    def by_code(self) -> dict[str, Order]:
        """The change orders by their number without blanks around it."""
        return {order_code(order.aco): order for order in self.orders}

    @cached_property
    def costs(self) -> dict[Key, Decimal]:
        """What change orders posted to each cost header, US dollars (Vista JCCD, JCTransType CO)."""
        costs: dict[Key, Decimal] = {}
        for key, change in self.posted.items():
            costs[key.line] = costs.get(key.line, ZERO_DOLLARS) + change.cost
        return costs

    @cached_property
    def keys(self) -> frozenset[Key]:
        """The cost headers that have change order detail (Vista JCOD)."""
        return frozenset(key_of(line.phase, line.cost_type) for order in self.orders for line in order.lines)


def read_changes(connection: Connection, scope: JobScope, *, locked: bool = False) -> JobChanges:
    """Read the job's change orders, and what they posted."""
    return JobChanges(read_orders(connection, scope, locked=locked), read_posted(connection, scope))


def order_code(aco: str | None) -> str:
    """Make the number as this product tells change orders apart: blanks around it never make it another one."""
    return (aco or "").strip(" ")


def read_orders(connection: Connection, scope: JobScope, *, locked: bool = False) -> tuple[Order, ...]:
    """Read the job's change orders (Vista JCOH, JCOI, JCOD), in the order of their numbers."""
    where = f"Change orders of job {scope.job}"
    of = change_statements
    heads = rows(connection, of.ORDERS_LOCKED if locked else of.ORDERS, scope.job_parameters, where)
    items = rows(connection, of.ORDER_ITEMS_LOCKED if locked else of.ORDER_ITEMS, scope.job_parameters, where)
    lines = rows(connection, of.ORDER_DETAIL_LOCKED if locked else of.ORDER_DETAIL, scope.parameters, where)
    items_of, lines_of = _by_order(items), _by_order(lines)
    # Detail without its header is kept apart from nothing: it has posted, so it is a change order all the same.
    dates = {order_code(row.ACO): row for row in heads}
    codes = sorted(dates.keys() | items_of.keys() | lines_of.keys())
    return tuple(_order(code, dates.get(code), items_of.get(code, []), lines_of.get(code, [])) for code in codes)


def read_posted(connection: Connection, scope: JobScope) -> Posted:
    """Read what change orders posted to the job (Vista JCCD, JCTransType CO), summed by the database."""
    found = rows(connection, change_statements.CHANGE_DETAIL, scope.parameters, f"Change orders of job {scope.job}")
    posted: Posted = {}
    for row in found:
        key = ChangeKey(order_code(row.ACO), order_code(row.ACOItem), row.Phase.rstrip(" "), row.CostType, row.Mth)
        earlier = posted.get(key)
        posted[key] = PostedChange(
            hours=row.hours + (earlier.hours if earlier else 0),
            units=row.units + (earlier.units if earlier else 0),
            cost=row.cost + (earlier.cost if earlier else 0),
            count=row.detail_count + (earlier.count if earlier else 0),
        )
    return posted


def change_order_of(order: Order) -> ChangeOrder:
    """Tell a change order in the words of the job's estimate."""
    return ChangeOrder(
        aco=order.aco,
        is_internal=order.int_ext == INTERNAL,
        revenue=sum((item.contract_amt for item in order.items), ZERO_DOLLARS),
        details=tuple(
            ChangeOrderDetail(
                aco_item=line.aco_item,
                phase=line.phase,
                cost_type=line.cost_type,
                um=line.um,
                cost=line.cost,
                month=line.month,
            )
            for line in order.lines
        ),
    )


def _by_order(found: Iterable[Row[Any]]) -> dict[str, list[Row[Any]]]:
    parts: dict[str, list[Row[Any]]] = {}
    for row in found:
        parts.setdefault(order_code(row.ACO), []).append(row)
    return parts


def _order(code: str, head: Row[Any] | None, items: list[Row[Any]], lines: list[Row[Any]]) -> Order:
    return Order(
        aco=head.ACO if head else code,
        contract=head.Contract if head else "",
        approval_date=head.ApprovalDate if head else None,
        int_ext=head.IntExt if head else "",
        items=tuple(sorted(map(_item, items), key=lambda item: item.aco_item)),
        lines=tuple(sorted(map(_line, lines), key=lambda line: (line.aco_item, line.phase, line.cost_type))),
    )


def _item(row: Row[Any]) -> OrderItem:
    return OrderItem(
        aco_item=row.ACOItem,
        contract=row.Contract or "",
        item=row.Item or "",
        month=row.ApprovedMonth,
        contract_units=row.ContractUnits or ZERO_UNITS,
        contract_unit_price=row.ContUnitPrice or ZERO_UNITS,
        contract_amt=row.ContractAmt or ZERO_DOLLARS,
    )


def _line(row: Row[Any]) -> OrderLine:
    return OrderLine(
        aco_item=row.ACOItem,
        phase=row.Phase,
        cost_type=row.CostType,
        month=row.MonthAdded,
        um=row.UM,
        unit_cost=row.UnitCost or ZERO_DOLLARS,
        hours=row.EstHours or ZERO_HOURS,
        units=row.EstUnits or ZERO_UNITS,
        cost=row.EstCost or ZERO_DOLLARS,
    )
