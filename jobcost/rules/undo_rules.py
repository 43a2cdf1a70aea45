"""Rules about taking an export back: it is refused where anything moved since, so that nobody's later work is lost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from jobcost.estimate import ChangeOrder, CostHeader, Estimate, JobPhase
from jobcost.findings import Severity
from jobcost.formats import same_code
from jobcost.money import money_text
from jobcost.order_check import order_problems
from jobcost.plan import Action, ChangeOrderLine, EstimateValues, Plan, PlannedChangeOrder, PlannedLine
from jobcost.rules.change_order_rules import month_problems
from jobcost.rules.registry import PastExports, Problem, Rule, rule

_BY_HAND = "Correct the budget in Procore and send an update instead, or have the line put right in Vista first."


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoCase:
    """The export that is to be taken back, and the job now."""

    plan: Plan
    export_id: str
    # None while the job cannot be read; other rules say so.
    estimate: Estimate | None
    past: PastExports


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoLineCase:
    """A line that the export wrote, as it stands in Vista now and as it would become."""

    exported: PlannedLine
    header: CostHeader | None
    phase: JobPhase | None
    planned: PlannedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoChangesCase:
    """The change orders on a line that the export wrote to, by its original or by a change order. US dollars."""

    exported: Decimal
    found: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoOrderCase:
    """A change order that the export wrote, and the one that would take it back."""

    exported: PlannedChangeOrder
    reversing: PlannedChangeOrder
    in_vista: ChangeOrder | None
    # The reversing number stands in Vista, or an export of ours wrote it before.
    is_taken: bool
    # First day of the month in which the reversing change order would count.
    month: date
    # The start month of each contract item that carries it.
    start_months: Mapping[str, date | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoOrderLineCase:
    """A line of a reversing change order, and the rows of the job that it needs."""

    # The contract item of the change order, as stored.
    item: str
    line: ChangeOrderLine
    header: CostHeader | None
    phase: JobPhase | None


@rule(
    "undo-not-the-last",
    Severity.BLOCK,
    way_out="Undo the later exports first, the last one first; or correct the budget in Procore and send an update.",
)
def undo_not_the_last(case: UndoCase) -> Iterator[Problem]:
    """Only the last export of a job can be taken back: a later one was planned on top of it."""
    if case.past.last_verified != case.export_id:
        found = f"export {case.past.last_verified}" if case.past.last_verified else "no settled export of the job"
        yield Problem("It is not the last export of the job.", f"export {case.export_id} as the last one", found)


@rule(
    "undo-of-another-job",
    Severity.BLOCK,
    way_out="Correct the project's link or [mapping.jobs] in the configuration to the job that the export wrote to.",
)
def undo_of_another_job(case: UndoCase) -> Iterator[Problem]:
    """The project leads to another job now than the one that the export wrote to."""
    if case.estimate is None or case.estimate.job is None:
        return
    jcco, job = case.estimate.company.jcco, case.estimate.job.job
    if jcco != case.plan.jcco or not same_code(job, case.plan.job):
        expected, found = f"job {case.plan.job.strip()} of company {case.plan.jcco}", f"job {job.strip()} of {jcco}"
        yield Problem("The export wrote to another job.", expected, found)


@rule("undo-line-moved", Severity.BLOCK, way_out=_BY_HAND)
def undo_line_moved(case: UndoLineCase) -> Iterator[Problem]:
    """The line is not as the export left it: somebody changed it in Vista since, and would lose that."""
    found = case.header
    if found is None:
        yield Problem("The line is gone in Vista.", _spelled(case.exported.after), "no such row")
        return
    now = EstimateValues(hours=found.orig_hours, units=found.orig_units, cost=found.orig_cost)
    if now != case.exported.after:
        yield Problem("The line moved since the export.", _spelled(case.exported.after), _spelled(now))
    if found.um.strip() != case.exported.um.strip():
        yield Problem("The line's unit of measure changed since the export.", case.exported.um, found.um)


@rule("undo-changes-moved", Severity.BLOCK, way_out=_BY_HAND)
def undo_changes_moved(case: UndoChangesCase) -> Iterator[Problem]:
    """The change orders on the line are not what the export left: its Current Estimate moved since."""
    if case.exported != case.found:
        what = "The line's change orders moved since the export."
        yield Problem(what, f"{money_text(case.exported)} in all", money_text(case.found))


@rule("undo-phase-inactive", Severity.BLOCK, way_out="Activate the phase on the job in Vista (JC Job Phases).")
def undo_phase_inactive(case: UndoLineCase) -> Iterator[Problem]:
    """The phase is not active on the job any more: Vista refuses estimates on it."""
    if case.planned.action is not Action.UNCHANGED and (case.phase is None or not case.phase.active):
        found = "inactive" if case.phase else "not on the job"
        yield Problem("The phase takes no estimate.", "an active phase of the job", found)


@rule(
    "undo-order-moved",
    Severity.BLOCK,
    way_out="Have the change order put right in Vista (JC Change Orders), or enter the reversal there by hand.",
)
def undo_order_moved(case: UndoOrderCase) -> Iterator[Problem]:
    """The change order is not as the export left it."""
    for problem in order_problems(case.exported, case.in_vista):
        yield Problem("The change order moved since the export.", "as it was exported", problem)


@rule(
    "undo-number",
    Severity.BLOCK,
    way_out="Enter the reversing change order in Vista by hand (JC Change Orders).",
)
def undo_number(case: UndoOrderCase) -> Iterator[Problem]:
    """The reversing change order has the number of the other and an R, or a hash of it: that number must be free."""
    if case.is_taken:
        yield Problem("The reversing number is taken.", "a free number", f"{case.reversing.aco!r}")


@rule(
    "undo-order-line",
    Severity.BLOCK,
    way_out="Put the row right in Vista as it was when the change order was written (JC Job Phases, PM Interface), or"
    " enter the reversal there by hand.",
)
def undo_order_line(case: UndoOrderLineCase) -> Iterator[Problem]:
    """A row that the reversing change order adds to is not as it was: Vista would refuse it, or count it elsewhere."""
    header, phase = case.header, case.phase
    if phase is None or not phase.active:
        found = "inactive" if phase else "not on the job"
        yield Problem("The phase takes no change order.", "an active phase of the job", found)
    elif not same_code(phase.item, case.item):
        what = "The phase hangs on another contract item now."
        yield Problem(what, f"item {case.item.strip()}", f"item {phase.item.strip()}")
    if header is None:
        yield Problem("The line is gone in Vista.", "a row of the job", "no such row")
        return
    if not header.active:
        yield Problem("The cost type is inactive on the phase.", "an active cost type", str(header.cost_type))
    if header.is_owned_by_pm:
        yield Problem("The row belongs to Vista PM.", "source J or I", f"source {header.source_status}")
    if header.um.strip() != case.line.um.strip():
        yield Problem("The line's unit of measure changed since the export.", case.line.um, header.um)


@rule(
    "undo-order-month",
    Severity.BLOCK,
    way_out="Correct the start month of the contract item in Vista (JC Contract Items), or undo later.",
)
def undo_order_month(case: UndoOrderCase) -> Iterator[Problem]:
    """The reversing change order would count in a month before its contract item starts."""
    yield from month_problems(case.month, case.start_months)


def _spelled(values: EstimateValues) -> str:
    return f"{money_text(values.cost)} ({values.units} units, {values.hours} hours)"


UNDO_RULES: tuple[Rule[UndoCase], ...] = (undo_not_the_last, undo_of_another_job)
UNDO_LINE_RULES: tuple[Rule[UndoLineCase], ...] = (undo_line_moved, undo_phase_inactive)
UNDO_CHANGES_RULES: tuple[Rule[UndoChangesCase], ...] = (undo_changes_moved,)
UNDO_ORDER_RULES: tuple[Rule[UndoOrderCase], ...] = (undo_order_moved, undo_number, undo_order_month)
UNDO_ORDER_LINE_RULES: tuple[Rule[UndoOrderLineCase], ...] = (undo_order_line,)
