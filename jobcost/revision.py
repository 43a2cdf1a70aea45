"""What a corrected budget changed since the version that was rejected, and the thread of reasons that led there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from jobcost.money import ZERO_DOLLARS
from jobcost.plan import EstimateValues, Plan, PlanCode

# A phase without the blanks at its end, which Vista ignores, and a cost type.
_LineKey = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierAttempt:
    """An earlier version of a budget: who sent it, who rejected it, and why. Times in UTC."""

    export_id: str
    sent_by: str
    sent_at: datetime
    rejected_by: str
    rejected_at: datetime
    reason: str
    plan_code: PlanCode | None = None


class ChangeKind(StrEnum):
    """How a line of the corrected budget differs from the rejected version."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    # A line that neither budget mentions: somebody moved it in Vista in between.
    MOVED_IN_VISTA = "moved in Vista"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisedLine:
    """One (phase, cost type): what Vista would have held after the rejected version, and what after this one."""

    phase: str
    name: str
    cost_type: int
    kind: ChangeKind
    # None: Vista would have no such row. A line that the budget dropped keeps what Vista holds.
    earlier: EstimateValues | None
    later: EstimateValues | None
    # Units of measure; "" where the budget does not mention the line.
    earlier_um: str = ""
    later_um: str = ""

    @property
    def difference(self) -> Decimal:
        """What this version has more than the rejected one, US dollars; negative when it has less."""
        return _cost(self.later) - _cost(self.earlier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """Everything that differs between two versions of a budget, ordered by phase and cost type."""

    earlier_code: PlanCode
    later_code: PlanCode
    lines: tuple[RevisedLine, ...]
    # The job's Original Estimate after each version, US dollars.
    earlier_total: Decimal
    later_total: Decimal
    # Change orders that only one version sends, or that come to another amount: number, earlier, later, US dollars.
    orders: tuple[tuple[str, Decimal, Decimal], ...] = ()

    @property
    def difference(self) -> Decimal:
        """What this version has more than the rejected one, US dollars."""
        return self.later_total - self.earlier_total

    @property
    def is_empty(self) -> bool:
        """Both versions come to the same, line by line and change order by change order."""
        return not (self.lines or self.orders)


@dataclass(frozen=True, slots=True)
class _Line:
    values: EstimateValues
    um: str
    name: str
    in_budget: bool


def changes_between(earlier: Plan, later: Plan) -> Revision:
    """Compare what two plans of one job would leave in Vista; the lines' differences add up to the total's."""
    before, now = _lines(earlier), _lines(later)
    keys = sorted(before.keys() | now.keys())
    return Revision(
        earlier_code=earlier.code,
        later_code=later.code,
        lines=tuple(line for key in keys for line in _revised(key, before.get(key), now.get(key))),
        earlier_total=earlier.total_after,
        later_total=later.total_after,
        orders=tuple(_revised_orders(earlier, later)),
    )


def _revised_orders(earlier: Plan, later: Plan) -> Iterator[tuple[str, Decimal, Decimal]]:
    before = {order.aco: order for order in earlier.change_orders}
    now = {order.aco: order for order in later.change_orders}
    for aco in sorted(before.keys() | now.keys(), key=lambda number: (len(number), number)):
        was, becomes = before.get(aco), now.get(aco)
        if (was and was.items) != (becomes and becomes.items):
            yield aco, was.total if was else ZERO_DOLLARS, becomes.total if becomes else ZERO_DOLLARS


def _lines(plan: Plan) -> dict[_LineKey, _Line]:
    untouched = {
        (row.phase.rstrip(" "), row.cost_type): _Line(row.values, um="", name="", in_budget=False)
        for row in plan.untouched
    }
    planned = {
        (line.phase.rstrip(" "), line.cost_type): _Line(line.after, line.um, line.phase_description, in_budget=True)
        for line in plan.lines
    }
    return untouched | planned


def _revised(key: _LineKey, earlier: _Line | None, later: _Line | None) -> Iterator[RevisedLine]:
    was_in, is_in = earlier is not None and earlier.in_budget, later is not None and later.in_budget
    earlier_values, later_values = earlier.values if earlier else None, later.values if later else None
    earlier_um, later_um = earlier.um if earlier else "", later.um if later else ""
    if was_in == is_in and earlier_values == later_values and earlier_um == later_um:
        return
    kinds = {(False, True): ChangeKind.ADDED, (True, False): ChangeKind.REMOVED, (True, True): ChangeKind.CHANGED}
    yield RevisedLine(
        phase=key[0],
        name=(later.name if later else "") or (earlier.name if earlier else ""),
        cost_type=key[1],
        kind=kinds.get((was_in, is_in), ChangeKind.MOVED_IN_VISTA),
        earlier=earlier_values,
        later=later_values,
        earlier_um=earlier_um,
        later_um=later_um,
    )


def _cost(values: EstimateValues | None) -> Decimal:
    return values.cost if values else ZERO_DOLLARS
