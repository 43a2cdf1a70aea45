"""Lines of an earlier export that the budget does not have any more: kept, or set to zero if the approver consents.

Nothing is ever deleted in Vista, and nothing but that consent lowers such a line. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from jobcost.config import Limits
from jobcost.estimate import CostHeader, Estimate, JobPhase
from jobcost.formats import StoredCode
from jobcost.money import ZERO_DOLLARS, ZERO_HOURS, ZERO_UNITS
from jobcost.order_amounts import LineKey
from jobcost.past_lines import LeftLine, moved_values
from jobcost.phase_book import PhaseBook
from jobcost.plan import Action, EstimateValues, PlannedLine

NOTHING = EstimateValues(hours=ZERO_HOURS, units=ZERO_UNITS, cost=ZERO_DOLLARS)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedLine:
    """A row of Vista that an earlier export wrote, and that the budget does not mention any more."""

    header: CostHeader
    # Why it cannot be set to zero with this export; "" when it can.
    keeps_because: str
    # What it becomes if the approver consents.
    zeroed: PlannedLine


def deleted_lines(
    estimate: Estimate, gone: frozenset[LineKey], left: Mapping[LineKey, LeftLine], limits: Limits, book: PhaseBook
) -> tuple[DeletedLine, ...]:
    """Find the deleted lines with an estimate other than zero, ordered by phase and cost type.

    Args:
        estimate: the job now.
        gone: the lines of earlier exports that the budget does not have any more, not even with problems.
        left: how earlier exports left the lines, as far as it is known.
        limits: what the company allows.
        book: the job's phases.
    """
    phases = {row.phase.rstrip(" "): row for row in estimate.job_phases}
    found: list[DeletedLine] = []
    for header in sorted(estimate.cost_headers, key=lambda row: (row.phase, row.cost_type)):
        key = (header.phase.rstrip(" "), header.cost_type)
        if header.has_estimate and key in gone:
            phase = phases.get(key[0])
            keeps_because = _refused_by_vista(header, phase, limits, book) or _is_not_as_left(header, left.get(key))
            zeroed = _zeroed(header, phase, book)
            found.append(DeletedLine(header=header, keeps_because=keeps_because, zeroed=zeroed))
    return tuple(found)


def _refused_by_vista(header: CostHeader, phase: JobPhase | None, limits: Limits, book: PhaseBook) -> str:
    """Say what Vista or the company would refuse about the change to zero."""
    item = book.item(phase.item) if phase else None
    reasons = (
        ("it belongs to Vista PM", header.is_owned_by_pm),
        ("its cost type is inactive", not header.active),
        ("its phase is not active on the job", phase is None or not phase.active),
        ("its contract item has no start month", item is None or item.start_month is None),
        ("Vista's own figures of it disagree", not (header.agrees_with_detail and header.agrees_with_periods)),
        ("costs are booked on it", header.has_actual_cost and limits.change_after_costs == "block"),
    )
    return next((reason for reason, holds in reasons if holds), "")


def _is_not_as_left(header: CostHeader, left: LeftLine | None) -> str:
    """Say what a person made of the line in Vista since: that is theirs, and not ours to take away."""
    if left is None or left.values is None:
        return ""
    moved = ", ".join(was for was, _ in moved_values(left.values, _values(header)))
    return f"{left.export_id} left it with {moved}, and it was changed in Vista since" if moved else ""


def _values(header: CostHeader) -> EstimateValues:
    return EstimateValues(hours=header.orig_hours, units=header.orig_units, cost=header.orig_cost)


def _zeroed(header: CostHeader, phase: JobPhase | None, book: PhaseBook) -> PlannedLine:
    defaults = book.defaults(StoredCode(header.phase), header.cost_type)
    item = book.item(phase.item) if phase else None
    return PlannedLine(
        action=Action.SET_TO_ZERO,
        phase=header.phase,
        phase_description=phase.description if phase else "",
        cost_type=header.cost_type,
        um=header.um,
        bill_flag=defaults.bill_flag if defaults else "C",
        item_unit_flag=defaults.item_unit_flag if defaults else "N",
        phase_unit_flag=defaults.phase_unit_flag if defaults else "N",
        before=_values(header),
        after=NOTHING,
        sources=(),
        item=phase.item if phase else "",
        posting_month=f"{item.start_month:%Y-%m}" if item and item.start_month else "",
    )
