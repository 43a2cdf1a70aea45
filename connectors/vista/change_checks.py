"""What of a job's change orders is not as the plan says.

Pure comparisons, as in `snapshot.py`: has anything moved since the plan was made, do the planned change orders stand
exactly as planned, and did Vista post exactly their lines, to exactly the Current Estimates?
Source: facts/vista.md 2.7.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from connectors.vista.change_reader import (
    INTERNAL,
    ChangeKey,
    Order,
    OrderItem,
    OrderLine,
    Posted,
    PostedChange,
    order_code,
)
from connectors.vista.errors import Difference
from connectors.vista.job_scope import Key, key_of
from connectors.vista.job_snapshot import ABSENT, JobSnapshot, compared, line_name
from jobcost.money import ZERO_DOLLARS, ZERO_HOURS, ZERO_UNITS
from jobcost.plan import ChangeOrderItem, ChangeOrderLine, Plan, PlannedChangeOrder


def planned_orders(plan: Plan) -> tuple[Order, ...]:
    """The change orders as Vista holds them once the plan is written."""
    return tuple(_as_held(plan, order) for order in plan.change_orders)


def moved_changes(plan: Plan, now: JobSnapshot) -> Iterator[Difference]:
    """Name change orders that others posted since the plan was made, and lines that cannot take the planned ones."""
    standing = now.changes.by_code
    for order in plan.change_orders:
        taken = standing.get(order_code(order.aco))
        if taken is not None:
            yield Difference(where=f"Change order {order.aco}", expected=ABSENT, found=_order_text(taken))
    # Plans of before, and those that leave changes out, say nothing of the change orders that stand.
    if plan.tells_changes:
        yield from _moved_amounts(plan, now)
    yield from _unwritable_lines(plan, now)


def holds_orders(plan: Plan, now: JobSnapshot) -> bool:
    """Vista holds every planned change order exactly as planned, and posted each of its lines once."""
    standing = now.changes.by_code
    return all(
        (held := standing.get(order_code(order.aco))) is not None
        and _comparable(held) == _comparable(order)
        and all(now.changes.posted.get(key) == change for key, change in _postings((order,)).items())
        for order in planned_orders(plan)
    )


def wrong_changes(plan: Plan, before: JobSnapshot, after: JobSnapshot) -> Iterator[Difference]:
    """Name everything about change orders that Vista holds or posted differently from the plan."""
    yield from _wrong_orders(plan, before, after)
    yield from _wrong_detail(plan, before, after)
    yield from _wrong_current_estimates(plan, before, after)


def _moved_amounts(plan: Plan, now: JobSnapshot) -> Iterator[Difference]:
    expected = {key_of(phase, cost_type): amount for phase, cost_type, amount in plan.changes_before}
    found = now.changes.costs
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key, ZERO_DOLLARS) != found.get(key, ZERO_DOLLARS):
            yield Difference(
                where=f"{line_name(*key)}, change orders",
                expected=f"{expected.get(key, ZERO_DOLLARS):,f}",
                found=f"{found.get(key, ZERO_DOLLARS):,f}{_by_whom(key, now.changes.posted)}",
            )


def _by_whom(line: Key, posted: Posted) -> str:
    """Name the change orders on a line, so that a person can look them up."""
    amounts: dict[str, Decimal] = {}
    for key, change in posted.items():
        if key.line == line:
            amounts[key.aco] = amounts.get(key.aco, ZERO_DOLLARS) + change.cost
    named = ", ".join(f"{aco or 'without a number'} with {amount:,f}" for aco, amount in sorted(amounts.items()))
    return f" (change order {named})" if named else ""


def _unwritable_lines(plan: Plan, now: JobSnapshot) -> Iterator[Difference]:
    """Vista would add a missing cost header by itself, whatever the lock; and would post to one that PM owns."""
    written = {key_of(*line.key): line.um for line in plan.changes}
    items = {code: phase.item for code, phase in now.phases.items()}
    items |= {phase.phase.rstrip(" "): phase.item for phase in plan.add_phases}
    for order in plan.change_orders:
        for part, line in _parts(order):
            key = key_of(*line.key)
            header = now.headers.get(key)
            where = f"Change order {order.aco}, {line_name(*key)}"
            if header is None and key not in written:
                yield Difference(where=where, expected="a cost header of the job", found=ABSENT)
            if header is not None and header.is_owned_by_pm:
                yield Difference(where=f"{where}, owner", expected="Job Cost", found="Project Management")
            unit_code = header.um if header else written.get(key, line.um)
            yield from compared(f"{where}, unit of measure", line.um.rstrip(" "), unit_code.rstrip(" "))
            on_item = items.get(line.phase.rstrip(" "), ABSENT)
            yield from compared(f"{where}, contract item", part.item.rstrip(" "), on_item.rstrip(" "))


def _parts(order: PlannedChangeOrder) -> Iterator[tuple[ChangeOrderItem, ChangeOrderLine]]:
    return ((item, line) for item in order.items for line in item.lines)


def _wrong_orders(plan: Plan, before: JobSnapshot, after: JobSnapshot) -> Iterator[Difference]:
    expected = {**before.changes.by_code, **{order_code(order.aco): order for order in planned_orders(plan)}}
    found = after.changes.by_code
    for code in sorted(expected.keys() | found.keys()):
        wanted, held = expected.get(code), found.get(code)
        if wanted is None or held is None or _comparable(wanted) != _comparable(held):
            yield Difference(where=f"Change order {code}", expected=_order_text(wanted), found=_order_text(held))


def _wrong_detail(plan: Plan, before: JobSnapshot, after: JobSnapshot) -> Iterator[Difference]:
    expected = {**before.changes.posted, **_postings(planned_orders(plan))}
    found = after.changes.posted
    for key in sorted(expected.keys() | found.keys(), key=str):
        if expected.get(key) != found.get(key):
            where = f"Change order {key.aco or 'without a number'}, {line_name(*key.line)}, detail (JCCD)"
            yield Difference(
                where=where, expected=_posted_text(key, expected.get(key)), found=_posted_text(key, found.get(key))
            )


def _wrong_current_estimates(plan: Plan, before: JobSnapshot, after: JobSnapshot) -> Iterator[Difference]:
    """The Current Estimate moves by what the original moves (which is compared elsewhere) and by the change orders."""
    added: dict[Key, Decimal] = {}
    for posting, change in _postings(planned_orders(plan)).items():
        added[posting.line] = added.get(posting.line, ZERO_DOLLARS) + change.cost
    for key in sorted(after.headers):
        earlier, now = before.headers.get(key), after.headers[key]
        original_moved = now.period_cost - (earlier.period_cost if earlier else ZERO_DOLLARS)
        current_before = earlier.period_current_cost if earlier else ZERO_DOLLARS
        expected = current_before + original_moved + added.get(key, ZERO_DOLLARS)
        yield from compared(f"{line_name(*key)}, current estimate (JCCP)", expected, now.period_current_cost)


def _as_held(plan: Plan, order: PlannedChangeOrder) -> Order:
    month = date.fromisoformat(order.month)
    return Order(
        aco=order.aco,
        contract=plan.job_image.contract,
        approval_date=date.fromisoformat(order.approval_date),
        int_ext=INTERNAL,
        items=tuple(
            OrderItem(
                aco_item=item.aco_item,
                contract=plan.job_image.contract,
                item=item.item,
                month=month,
                contract_units=ZERO_UNITS,
                contract_unit_price=ZERO_UNITS,
                contract_amt=ZERO_DOLLARS,
            )
            for item in order.items
        ),
        lines=tuple(
            OrderLine(
                aco_item=item.aco_item,
                phase=line.phase,
                cost_type=line.cost_type,
                month=month,
                um=line.um,
                unit_cost=ZERO_DOLLARS,
                hours=ZERO_HOURS,
                units=ZERO_UNITS,
                cost=line.cost,
            )
            for item in order.items
            for line in item.lines
        ),
    )


def _comparable(order: Order) -> tuple[object, ...]:
    """Everything of a change order, without the blanks Vista does not compare and whatever the order of its parts."""
    items = {
        replace(
            item,
            aco_item=order_code(item.aco_item),
            contract=item.contract.rstrip(" "),
            item=item.item.rstrip(" "),
        )
        for item in order.items
    }
    lines = {
        replace(
            line,
            aco_item=order_code(line.aco_item),
            phase=line.phase.rstrip(" "),
            um=line.um.rstrip(" "),
        )
        for line in order.lines
    }
    head = (order_code(order.aco), order.contract.rstrip(" "), order.approval_date, order.int_ext)
    return (*head, len(order.items), len(order.lines), frozenset(items), frozenset(lines))


def _postings(orders: tuple[Order, ...]) -> Posted:
    """What the lines of change orders post: one row each, to its month."""
    return {
        ChangeKey(
            order_code(order.aco), order_code(line.aco_item), *key_of(line.phase, line.cost_type), line.month
        ): PostedChange(hours=line.hours, units=line.units, cost=line.cost, count=1)
        for order in orders
        for line in order.lines
    }


def _order_text(order: Order | None) -> str:
    if order is None:
        return ABSENT
    kind = "an internal" if order.int_ext == INTERNAL else "an external"
    revenue = sum((item.contract_amt for item in order.items), ZERO_DOLLARS)
    lines = "; ".join(f"{line_name(line.phase, line.cost_type)} {line.cost:,f} in {line.month}" for line in order.lines)
    items = ", ".join(item.item.strip() for item in order.items)
    return (
        f"{kind} change order of {order.cost:,f} dated {order.approval_date} on contract items {items or 'none'} "
        f"with revenue {revenue:,f} ({lines or 'no lines'})"
    )


def _posted_text(key: ChangeKey, change: PostedChange | None) -> str:
    if change is None:
        return ABSENT
    return f"{change.count} row of {change.cost:,f} in {key.month}"
