"""Lines of an earlier export that the budget does not have any more: kept, or set to zero if the approver consents.

Nothing is ever deleted in Vista, and nothing but that consent lowers such a line. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from jobcost.config import Limits
from jobcost.estimate import CostHeader, Estimate, JobPhase
from jobcost.formats import StoredCode
from jobcost.money import ZERO_DOLLARS, ZERO_HOURS, ZERO_UNITS
from jobcost.phase_book import PhaseBook
from jobcost.plan import Action, EstimateValues, PlannedLine

# A phase without the blanks at its end, which Vista ignores, and a cost type.
LineKey = tuple[str, int]

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
    estimate: Estimate, exported: frozenset[LineKey], mentioned: frozenset[LineKey], limits: Limits, book: PhaseBook
) -> tuple[DeletedLine, ...]:
    """Find the deleted lines with an estimate other than zero, ordered by phase and cost type.

    Args:
        estimate: the job now.
        exported: the lines that earlier exports wrote.
        mentioned: the lines that the budget has, those with problems included.
        limits: what the company allows.
        book: the job's phases.
    """
    phases = {row.phase.rstrip(" "): row for row in estimate.job_phases}
    return tuple(_deleted(phases, limits, book, header) for header in _gone(estimate, exported - mentioned))


def _gone(estimate: Estimate, keys: frozenset[LineKey]) -> Iterator[CostHeader]:
    for header in sorted(estimate.cost_headers, key=lambda row: (row.phase, row.cost_type)):
        if header.has_estimate and (header.phase.rstrip(" "), header.cost_type) in keys:
            yield header


def _deleted(phases: dict[str, JobPhase], limits: Limits, book: PhaseBook, header: CostHeader) -> DeletedLine:
    phase = phases.get(header.phase.rstrip(" "))
    return DeletedLine(
        header=header,
        keeps_because=_keeps_because(header, phase, limits, book),
        zeroed=_zeroed(header, phase, book),
    )


def _keeps_because(header: CostHeader, phase: JobPhase | None, limits: Limits, book: PhaseBook) -> str:
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
        before=EstimateValues(hours=header.orig_hours, units=header.orig_units, cost=header.orig_cost),
        after=NOTHING,
        sources=(),
        item=phase.item if phase else "",
        posting_month=f"{item.start_month:%Y-%m}" if item and item.start_month else "",
    )
