"""Name what moved between a plan and now. A plan that no longer fits is refused, its approval with it (invariant 8)."""

from collections.abc import Iterator
from decimal import Decimal

from jobcost.estimate import Estimate
from jobcost.money import money_text
from jobcost.order_amounts import LineKey, amounts_of, orders_by_number
from jobcost.order_numbers import number_key
from jobcost.plan import EstimateValues, Plan, PlannedChangeOrder, PlannedLine, SourceLine
from jobcost.plan_lines import changes_on, headers_by_key, values_of

# In this order; contract items are told one by one.
_JOB_FACTS = ("contract", "job_status", "lock_phases", "auto_add_item")


def what_moved(planned: Plan, fresh: Plan) -> tuple[str, ...]:
    """Compare the accepted plan with one made from a fresh reading; empty when nothing moved.

    Both plans must be made by the same configuration: a changed mapping counts as a move, too. A consent to set deleted
    lines to zero holds for exactly the lines that were shown: the fresh plan is compared as if it had it, too.
    """
    if planned.sets_to_zero:
        fresh = fresh.with_zeroing()
    if planned.digest == fresh.digest:
        return ()
    moved = (
        *_job_moves(planned, fresh),
        *_line_moves(planned, fresh),
        *_untouched_moves(planned, fresh),
        *_order_moves(planned, fresh),
        *_deleted_moves(planned, fresh),
    )
    return moved or ("The plan would be made differently now (configuration or phase master changed).",)


def holds_before_image(planned: Plan, now: Estimate) -> bool:
    """The job's phases, estimates and change orders are as when the plan was made: nothing of it was written."""
    before = {(line.phase.rstrip(" "), line.cost_type): line.before for line in planned.lines if line.before}
    before |= {(row.phase.rstrip(" "), row.cost_type): row.values for row in planned.untouched}
    found = {key: values_of(header) for key, header in headers_by_key(now).items()}
    phases = {row.phase.rstrip(" ") for row in now.job_phases}
    if before != found or any(added.phase.rstrip(" ") in phases for added in planned.add_phases):
        return False
    numbers = orders_by_number(now).keys()
    is_new = not any(number_key(order.aco) in numbers for order in planned.change_orders)
    return is_new and _changes(planned.changes_before) == _changes(changes_on(now))


def _job_moves(planned: Plan, fresh: Plan) -> Iterator[str]:
    for name in ("jcco", "job", "phase_group", "project_id", "project_name", "job_description"):
        if getattr(planned, name) != getattr(fresh, name):
            yield f"{name}: planned {getattr(planned, name)!r}, now {getattr(fresh, name)!r}"
    for name in _JOB_FACTS:
        before, now = getattr(planned.job_image, name), getattr(fresh.job_image, name)
        if before != now:
            yield f"Vista job {planned.job}, {name}: planned {before}, now {now}"
    items_before, items_now = dict(planned.job_image.contract_items), dict(fresh.job_image.contract_items)
    for item in sorted(items_before.keys() | items_now.keys()):
        if items_before.get(item) != items_now.get(item):
            revenue = f"planned {_revenue(item, items_before)}, now {_revenue(item, items_now)}"
            yield f"Vista job {planned.job}, contract_items: {revenue}"
    with_orders, with_orders_now = dict(planned.contract_amounts), dict(fresh.contract_amounts)
    for item in sorted(with_orders.keys() | with_orders_now.keys()):
        # Where the amount without them moved as well, that was told already.
        same_original = items_before.get(item) == items_now.get(item)
        if same_original and with_orders.get(item) != with_orders_now.get(item):
            revenue = f"planned {_revenue(item, with_orders)}, now {_revenue(item, with_orders_now)}"
            yield f"Vista job {planned.job}, contract amounts with change orders: {revenue}"
    if planned.change_policy != fresh.change_policy:
        was, now = planned.change_policy or "none", fresh.change_policy or "none"
        yield f"what becomes of budget changes (configuration): planned {was}, now {now}"


def _line_moves(planned: Plan, fresh: Plan) -> Iterator[str]:
    before = {line.key: line for line in planned.lines}
    now = {line.key: line for line in fresh.lines}
    for key in sorted(before.keys() | now.keys()):
        yield from (f"{_name(*key)}: {move}" for move in _one_line(before.get(key), now.get(key)))


def _one_line(planned: PlannedLine | None, fresh: PlannedLine | None) -> Iterator[str]:
    if planned is None and fresh is not None:
        yield f"new in Procore with {money_text(fresh.after.cost)}"
    elif fresh is None and planned is not None:
        yield f"no longer in Procore's budget, planned with {money_text(planned.after.cost)}"
    elif planned is not None and fresh is not None:
        if planned.before != fresh.before:
            yield f"moved in Vista: planned against {_values(planned.before)}, now {_values(fresh.before)}"
        if planned.after != fresh.after:
            yield f"moved in Procore: planned {_values(planned.after)}, now {_values(fresh.after)}"
        elif _amounts(planned.sources) != _amounts(fresh.sources):
            yield "moved in Procore: its budget lines or their budget changes are different now"
        elif planned.sources != fresh.sources:
            yield "renamed in Procore: its cost code or cost type is written otherwise now"
        if (planned.item, planned.posting_month) != (fresh.item, fresh.posting_month):
            yield f"contract item and month: planned {_posting(planned)}, now {_posting(fresh)}"
        if planned.um != fresh.um:
            yield f"unit of measure: planned {planned.um}, now {fresh.um}"


def _untouched_moves(planned: Plan, fresh: Plan) -> Iterator[str]:
    before = {(row.phase, row.cost_type): row.values for row in planned.untouched}
    now = {(row.phase, row.cost_type): row.values for row in fresh.untouched}
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key):
            yield f"{_name(*key)}: moved in Vista: was {_values(before.get(key))}, now {_values(now.get(key))}"


def _order_moves(planned: Plan, fresh: Plan) -> Iterator[str]:
    was, now = _changes(planned.changes_before), _changes(fresh.changes_before)
    for key in sorted(was.keys() | now.keys()):
        if was.get(key) != now.get(key):
            amounts = f"were {_amount(was.get(key))}, now {_amount(now.get(key))}"
            yield f"{_name(*key)}: change orders moved in Vista: {amounts}"
    orders, orders_now = ({order.aco: order for order in plan.change_orders} for plan in (planned, fresh))
    for aco in sorted(orders.keys() | orders_now.keys()):
        yield from (f"Change order {aco}: {move}" for move in _one_order(orders.get(aco), orders_now.get(aco)))


def _one_order(planned: PlannedChangeOrder | None, fresh: PlannedChangeOrder | None) -> Iterator[str]:
    if planned is None and fresh is not None:
        yield f"approved since, with {money_text(fresh.total)}"
    elif fresh is None and planned is not None:
        yield f"not to be sent any more, planned with {money_text(planned.total)}"
    elif planned is not None and fresh is not None and planned != fresh:
        if amounts_of(planned) != amounts_of(fresh):
            yield f"its amounts moved: planned {money_text(planned.total)} in all, now {money_text(fresh.total)}"
        if planned.month != fresh.month:
            yield f"month: planned {planned.month[:7]}, now {fresh.month[:7]}"
        if planned.title != fresh.title:
            yield "renamed in Procore: its title is another one now"
        if amounts_of(planned) == amounts_of(fresh) and planned.month == fresh.month and planned.title == fresh.title:
            yield "its contract items, date or units of measure are others now"


def _deleted_moves(planned: Plan, fresh: Plan) -> Iterator[str]:
    was, now = {line.key: line for line in planned.deleted}, {line.key: line for line in fresh.deleted}
    for key in sorted(was.keys() | now.keys()):
        if (key in was) != (key in now):
            yield f"{_name(*key)}: {'no longer' if key in was else 'now'} among the lines deleted in Procore"


def _changes(rows: tuple[tuple[str, int, Decimal], ...]) -> dict[LineKey, Decimal]:
    return {(phase.rstrip(" "), cost_type): amount for phase, cost_type, amount in rows}


def _amount(amount: Decimal | None) -> str:
    return "none" if amount is None else money_text(amount)


def _posting(line: PlannedLine) -> str:
    return f"{line.item.strip() or 'none'} in {line.posting_month or 'no month'}"


def _name(phase: str, cost_type: int) -> str:
    return f"Phase {phase.rstrip()} cost type {cost_type}"


def _amounts(sources: tuple[SourceLine, ...]) -> list[tuple[object, ...]]:
    return sorted((row.budget_line_item_id, row.original_budget, row.budget_changes) for row in sources)


def _revenue(item: str, amounts: dict[str, Decimal]) -> str:
    return f"item {item.strip()} with {money_text(amounts[item])}" if item in amounts else f"no item {item.strip()}"


def _values(values: EstimateValues | None) -> str:
    if values is None:
        return "no row"
    return f"{money_text(values.cost)} ({values.units} units, {values.hours} hours)"
