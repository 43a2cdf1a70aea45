"""What change orders add to each line of a job, planned or in Vista. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from jobcost.estimate import ChangeOrder, Estimate
from jobcost.money import ZERO_DOLLARS, money_text
from jobcost.order_numbers import number_key
from jobcost.plan import PlannedChangeOrder

# A phase without the blanks at its end, which Vista ignores, and a cost type.
LineKey = tuple[str, int]


def amounts_of(order: PlannedChangeOrder) -> dict[LineKey, Decimal]:
    """Add up what a planned change order adds to each line, US dollars; lines of zero are left out."""
    return _added_up((line.phase, line.cost_type, line.cost) for line in order.lines)


def amounts_in_vista(*orders: ChangeOrder) -> dict[LineKey, Decimal]:
    """Add up what change orders of Vista add to each line, US dollars; lines of zero are left out."""
    return _added_up((row.phase, row.cost_type, row.cost) for order in orders for row in order.details)


def orders_by_number(estimate: Estimate) -> dict[str, ChangeOrder]:
    """Index the job's change orders by number, as Vista compares it (`number_key`)."""
    return {number_key(order.aco): order for order in estimate.change_orders}


def moving(amounts: Mapping[LineKey, Decimal]) -> dict[LineKey, Decimal]:
    """Leave out the lines to which nothing is added."""
    return {key: amount for key, amount in amounts.items() if amount}


def added(*amounts: Mapping[LineKey, Decimal]) -> dict[LineKey, Decimal]:
    """Add amounts up line by line; lines of zero are left out."""
    return _added_up((*key, amount) for one in amounts for key, amount in one.items())


def less(amounts: Mapping[LineKey, Decimal], others: Mapping[LineKey, Decimal]) -> dict[LineKey, Decimal]:
    """Subtract the others line by line; lines of zero are left out."""
    return added(amounts, {key: -amount for key, amount in others.items()})


def spelled_amounts(amounts: Mapping[LineKey, Decimal]) -> str:
    """Spell what is added: the total first, then its lines."""
    total = money_text(sum(amounts.values(), ZERO_DOLLARS))
    lines = [f"{phase} / {cost_type} {money_text(amount)}" for (phase, cost_type), amount in sorted(amounts.items())]
    return f"{total} in all ({', '.join(lines)})" if lines else "nothing"


def _added_up(rows: Iterable[tuple[str, int, Decimal]]) -> dict[LineKey, Decimal]:
    amounts: defaultdict[LineKey, Decimal] = defaultdict(lambda: ZERO_DOLLARS)
    for phase, cost_type, cost in rows:
        amounts[phase.rstrip(" "), cost_type] += cost
    return moving(amounts)
