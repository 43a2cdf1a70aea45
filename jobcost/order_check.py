"""Read each planned change order back: its header, its revenue, and every line of it (Vista JCOH, JCOI, JCOD)."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from jobcost.estimate import ChangeOrder, ChangeOrderDetail, Estimate
from jobcost.money import ZERO_DOLLARS, money_text
from jobcost.order_amounts import orders_by_number
from jobcost.order_numbers import number_key
from jobcost.plan import ChangeOrderLine, Plan, PlannedChangeOrder

# Item of the change order, phase without trailing blanks, cost type.
_DetailKey = tuple[str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedOrder:
    """One planned change order: what must be there and what is."""

    aco: str
    # US dollars; found is zero where Vista has no such change order.
    expected: Decimal
    found: Decimal
    # What is wrong, in words; empty when it is as planned.
    problems: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """The change order is as planned."""
        return not self.problems


def verified_orders(plan: Plan, estimate: Estimate) -> tuple[VerifiedOrder, ...]:
    """Compare every change order of the plan with the job."""
    in_vista = orders_by_number(estimate)
    return tuple(_verified(order, in_vista.get(number_key(order.aco))) for order in plan.change_orders)


def order_problems(planned: PlannedChangeOrder, found: ChangeOrder | None) -> Iterator[str]:
    """Name what of a change order is not as planned; nothing when all of it is."""
    if found is None:
        yield "the change order is missing in Vista"
        return
    if not found.is_internal:
        yield "it is external in Vista, expected an internal one"
    if found.revenue:
        yield f"revenue: expected 0.00, found {money_text(found.revenue)}"
    lines = {
        (item.aco_item.strip(), line.phase.rstrip(" "), line.cost_type): line
        for item in planned.items
        for line in item.lines
    }
    details = {(row.aco_item.strip(), row.phase.rstrip(" "), row.cost_type): row for row in found.details}
    for key in sorted(lines.keys() | details.keys()):
        yield from (
            f"{_name(key)}: {problem}" for problem in _line_problems(lines.get(key), details.get(key), planned.month)
        )


def _verified(planned: PlannedChangeOrder, found: ChangeOrder | None) -> VerifiedOrder:
    return VerifiedOrder(
        aco=planned.aco,
        expected=planned.total,
        found=sum((row.cost for row in found.details), ZERO_DOLLARS) if found else ZERO_DOLLARS,
        problems=tuple(order_problems(planned, found)),
    )


def _line_problems(planned: ChangeOrderLine | None, found: ChangeOrderDetail | None, month: str) -> Iterator[str]:
    if planned is None:
        yield f"a line nobody planned, {money_text(found.cost) if found else ''}"
    elif found is None:
        yield f"expected {money_text(planned.cost)}, found no line"
    else:
        if planned.cost != found.cost:
            yield f"expected {money_text(planned.cost)}, found {money_text(found.cost)}"
        if planned.um.strip() != found.um.strip():
            yield f"unit of measure: expected {planned.um}, found {found.um}"
        counted_in = found.month.isoformat() if found.month else "none"
        if counted_in != month:
            yield f"month: expected {month[:7]}, found {counted_in[:7]}"


def _name(key: _DetailKey) -> str:
    return f"item {key[0]}, phase {key[1]} cost type {key[2]}"
