"""The story of a job's exports, and the value of one line over time, from plans and what was read back after them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from jobcost.lifecycle import ExportState
from jobcost.money import ZERO_DOLLARS
from jobcost.plan import Kind, Plan
from jobcost.reconciliation_values import Key
from jobcost.story import DecisionLine

_WRITTEN = frozenset({ExportState.APPLIED, ExportState.VERIFIED, ExportState.VERIFICATION_FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class PastExport:
    """One export of the job, as the journal holds it."""

    export_id: str
    kind: Kind
    state: ExportState
    sent_by: str
    sent_at: datetime
    # When it ended; None while it is open.
    ended_at: datetime | None
    # As accepted, or as it waits; None where the budget could not be planned.
    plan: Plan | None
    decisions: tuple[DecisionLine, ...]
    # What was read back from Vista after it: the Original Estimate's cost; None where the row was missing.
    read_back: Mapping[Key, Decimal | None]
    cleared_by: str = ""

    @property
    def was_written(self) -> bool:
        """Vista got it, as far as anybody can tell."""
        return self.state in _WRITTEN


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePoint:
    """What one export had to do with a line. US dollars; None where there was no such row, or nobody looked."""

    export_id: str
    kind: Kind
    state: ExportState
    at: datetime
    was_written: bool
    original_before: Decimal | None
    original_after: Decimal | None
    read_back: Decimal | None
    # Change orders on the line before and after.
    changes_before: Decimal
    changes_after: Decimal
    # Those that this export adds: number and amount.
    change_orders: tuple[tuple[str, Decimal], ...]
    # Procore's budget of the line when it was sent: original and changes; None where the budget had no such line.
    procore_original: Decimal | None
    procore_changes: Decimal | None

    @property
    def current_after(self) -> Decimal | None:
        """Original and change orders after the export."""
        return None if self.original_after is None else self.original_after + self.changes_after


def line_over_time(exports: Iterable[PastExport], key: Key) -> tuple[LinePoint, ...]:
    """Tell what each export that has a plan says of a line, the oldest first; exports that do not know it are left out.

    Args:
        exports: the job's exports, in any order.
        key: phase without trailing blanks, and cost type.
    """
    ordered = sorted(exports, key=lambda one: (one.sent_at, one.export_id))
    points = (_point(one, one.plan, key) for one in ordered if one.plan is not None)
    return tuple(point for point in points if point is not None)


def _point(of: PastExport, plan: Plan, key: Key) -> LinePoint | None:
    line = next((one for one in plan.lines if _same(one.key, key)), None)
    kept = next((one for one in plan.untouched if _same((one.phase, one.cost_type), key)), None)
    orders = tuple(
        (order.aco, sum((one.cost for one in order.lines if _same(one.key, key)), ZERO_DOLLARS))
        for order in plan.change_orders
        if any(_same(one.key, key) for one in order.lines)
    )
    if line is None and kept is None and not orders:
        return None
    before = line.before.cost if line is not None and line.before else None
    sources = line.sources if line is not None else ()
    return LinePoint(
        export_id=of.export_id,
        kind=of.kind,
        state=of.state,
        at=of.ended_at or of.sent_at,
        was_written=of.was_written,
        original_before=kept.values.cost if kept is not None else before,
        original_after=kept.values.cost if kept is not None else (line.after.cost if line is not None else None),
        read_back=of.read_back.get(key),
        changes_before=_on_line(plan.changes_before, key),
        changes_after=_on_line(((*one, amount) for one, amount in plan.changes_after.items()), key),
        change_orders=orders,
        procore_original=sum((one.original_budget for one in sources), ZERO_DOLLARS) if sources else None,
        procore_changes=sum((one.budget_changes for one in sources), ZERO_DOLLARS) if sources else None,
    )


def _on_line(amounts: Iterable[tuple[str, int, Decimal]], key: Key) -> Decimal:
    return sum((amount for phase, cost_type, amount in amounts if _same((phase, cost_type), key)), ZERO_DOLLARS)


def _same(one: tuple[str, int], key: Key) -> bool:
    return (one[0].rstrip(" "), one[1]) == key
