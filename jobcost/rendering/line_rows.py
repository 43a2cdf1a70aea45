"""The lines of a plan as rows: what Procore says beside what Vista holds now, and what happens to each."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from jobcost.deletions import NOTHING
from jobcost.money import ZERO_DOLLARS
from jobcost.plan import Action, EstimateValues, Kind, Plan, PlannedLine, UntouchedHeader
from jobcost.rendering.wording import short_list


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """One (phase, cost type) of the job for people: planned, or only in Vista. Amounts in US dollars."""

    # Cost codes, their names and cost types of the Procore lines behind it; empty when it is only in Vista.
    cost_codes: tuple[str, ...]
    names: tuple[str, ...]
    line_item_types: tuple[str, ...]
    phase: str
    phase_description: str
    cost_type: int
    # "" for a line that is only in Vista: the plan does not hold its unit.
    um: str
    # Sums over the Procore lines; None when it is only in Vista.
    original_budget: Decimal | None
    budget_changes: Decimal | None
    # None when Vista has no such row yet.
    before: EstimateValues | None
    after: EstimateValues
    # The Original Estimate is written.
    is_written: bool
    what_happens: str
    # Change orders on the line, before and after the export.
    changes_before: Decimal = ZERO_DOLLARS
    changes_after: Decimal = ZERO_DOLLARS

    @property
    def revised_estimate(self) -> Decimal | None:
        """Original budget plus budget changes."""
        if self.original_budget is None or self.budget_changes is None:
            return None
        return self.original_budget + self.budget_changes

    @property
    def difference(self) -> Decimal:
        """What the export adds to the line's Original Estimate; negative lowers it."""
        return self.after.cost - (self.before or NOTHING).cost

    @property
    def current_before(self) -> Decimal:
        """The line's Current Estimate now: original and change orders."""
        return (self.before or NOTHING).cost + self.changes_before

    @property
    def current_after(self) -> Decimal:
        """The line's Current Estimate after the export."""
        return self.after.cost + self.changes_after

    @property
    def name(self) -> str:
        """The line's name in Procore, or the phase's in Vista where Procore has none."""
        return short_list(self.names) or self.phase_description

    @property
    def code(self) -> str:
        """The Procore cost codes, with the number of lines where several were added up."""
        number = len(self.cost_codes)
        return short_list(self.cost_codes) + (f" ({number} lines)" if number > 1 else "")


def line_rows(plan: Plan) -> tuple[LineRow, ...]:
    """Make one row per line of the job, also of those that only Vista has, ordered by phase and cost type."""
    new_phases = {phase.phase for phase in plan.add_phases}
    changes = _Changes.of(plan)
    deleted = {line.key for line in plan.deleted}
    rows = [_planned_row(line, new_phases, changes) for line in plan.lines]
    rows += [
        _untouched_row(header, changes, _stays(plan, is_deleted=(header.phase, header.cost_type) in deleted))
        for header in plan.untouched
    ]
    return tuple(sorted(rows, key=lambda row: (row.phase, row.cost_type)))


def top_movers(rows: tuple[LineRow, ...], top: int) -> tuple[LineRow, ...]:
    """Pick the written lines that move the most dollars, up or down."""
    written = (row for row in rows if row.is_written)
    return tuple(sorted(written, key=lambda row: -abs(row.difference))[:top])


@dataclass(frozen=True, slots=True)
class _Changes:
    """The change orders of a plan, by line."""

    before: dict[tuple[str, int], Decimal]
    after: dict[tuple[str, int], Decimal]
    numbers: dict[tuple[str, int], tuple[str, ...]]

    @classmethod
    def of(cls, plan: Plan) -> "_Changes":
        numbers: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        for order in plan.change_orders:
            for line in order.lines:
                numbers[line.key].append(order.aco)
        return cls(
            before={(phase, cost_type): amount for phase, cost_type, amount in plan.changes_before},
            after=plan.changes_after,
            numbers={key: tuple(found) for key, found in numbers.items()},
        )


def _planned_row(line: PlannedLine, new_phases: set[str], changes: _Changes) -> LineRow:
    orders = changes.numbers.get(line.key, ())
    happens = _what_happens(line, is_new_phase=line.phase in new_phases)
    return LineRow(
        cost_codes=tuple(source.cost_code for source in line.sources),
        names=tuple(source.cost_code_name for source in line.sources),
        line_item_types=tuple(source.line_item_type for source in line.sources),
        phase=line.phase,
        phase_description=line.phase_description,
        cost_type=line.cost_type,
        um=line.um,
        original_budget=_sum_of(source.original_budget for source in line.sources),
        budget_changes=_sum_of(source.budget_changes for source in line.sources),
        before=line.before,
        after=line.after,
        is_written=line.action is not Action.UNCHANGED,
        what_happens=f"{happens}; change order {short_list(orders)}" if orders else happens,
        changes_before=changes.before.get(line.key, ZERO_DOLLARS),
        changes_after=changes.after.get(line.key, ZERO_DOLLARS),
    )


def _sum_of(amounts: Iterable[Decimal]) -> Decimal | None:
    """Add up what Procore says; None where no budget line stands behind it."""
    known = tuple(amounts)
    return sum(known, ZERO_DOLLARS) if known else None


def _stays(plan: Plan, *, is_deleted: bool) -> str:
    """Say why a line is left alone; an undo has no budget to miss it in."""
    if is_deleted:
        return "kept, deleted in Procore"
    return "stays" if plan.kind is Kind.UNDO else "stays, only in Vista"


def _untouched_row(header: UntouchedHeader, changes: _Changes, stays: str) -> LineRow:
    key = (header.phase, header.cost_type)
    orders = changes.numbers.get(key, ())
    return LineRow(
        cost_codes=(),
        names=(),
        line_item_types=(),
        phase=header.phase,
        phase_description="",
        cost_type=header.cost_type,
        um="",
        original_budget=None,
        budget_changes=None,
        before=header.values,
        after=header.values,
        is_written=False,
        what_happens=f"{stays}; change order {short_list(orders)}" if orders else stays,
        changes_before=changes.before.get(key, ZERO_DOLLARS),
        changes_after=changes.after.get(key, ZERO_DOLLARS),
    )


def _what_happens(line: PlannedLine, *, is_new_phase: bool) -> str:
    match line.action:
        case Action.SET_TO_ZERO:
            return "set to zero, deleted in Procore"
        case Action.ADD_COST_TYPE:
            return "add phase" if is_new_phase else "add"
        case Action.CHANGE_ESTIMATE:
            return ", ".join(["change", *_quantity_moves(line.before or NOTHING, line.after)])
        case Action.UNCHANGED:
            return "unchanged"


def _quantity_moves(before: EstimateValues, after: EstimateValues) -> list[str]:
    """Name what moves besides the cost; the cost has its own columns."""
    pairs = (("units", before.units, after.units), ("hours", before.hours, after.hours))
    return [f"{name} {old:,f} to {new:,f}" for name, old, new in pairs if old != new]
