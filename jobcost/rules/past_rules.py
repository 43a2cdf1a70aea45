"""Rules about lines that earlier exports wrote, and that this export would write again."""

from collections.abc import Iterator
from dataclasses import dataclass

from jobcost.deletions import NOTHING
from jobcost.findings import Severity
from jobcost.money import money_text
from jobcost.past_lines import LeftLine, moved_values
from jobcost.plan import Action, EstimateValues, PlannedLine
from jobcost.rules.registry import Problem, Rule, rule


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCase:
    """A planned line, and how the last settled export left it."""

    line: PlannedLine
    left: LeftLine


@rule(
    "moved-in-vista",
    Severity.WARNING,
    way_out="Find out who changed the line in Vista, and why. If Vista is right, reject this export and correct the"
    " budget in Procore first: accepted, it writes Procore's amount over it.",
)
def moved_in_vista(case: PastCase) -> Iterator[Problem]:
    """Somebody changed the line in Vista since it was verified, and this export would write over it."""
    if case.left.values is None:
        return
    line, now = case.line, case.line.before or NOTHING
    was = _written_over(case.left.values, now, line.after)
    moved = list(moved_values(was, now))
    if moved:
        left = ", ".join(before for before, _ in moved)
        found = ", ".join(after for _, after in moved)
        procore = "did not change" if line.after == was else f"changed too, to {money_text(line.after.cost)}"
        expected = f"{left}, as verified by {case.left.export_id}"
        yield Problem("The line was changed in Vista.", expected, f"{found} now; Procore {procore}")


@rule(
    "taken-back-before",
    Severity.WARNING,
    way_out="If the undo was meant to last, reject this export and correct the budget in Procore first.",
)
def taken_back_before(case: PastCase) -> Iterator[Problem]:
    """An undo took back what an earlier export wrote to the line, and this export would write to it again."""
    if case.left.takes_back and case.line.action is not Action.UNCHANGED:
        found = f"{case.left.takes_back}, taken back by {case.left.export_id}"
        amount = money_text(case.line.after.cost)
        expected = "a line that no undo is about"
        yield Problem("The line was taken back before.", expected, f"{found}; this export writes {amount}")


def _written_over(left: EstimateValues, now: EstimateValues, after: EstimateValues) -> EstimateValues:
    """Return what was left, as far as this export writes over it: what it does not write is nobody's concern here."""
    return EstimateValues(
        hours=left.hours if after.hours != now.hours else now.hours,
        units=left.units if after.units != now.units else now.units,
        cost=left.cost if after.cost != now.cost else now.cost,
    )


PAST_RULES: tuple[Rule[PastCase], ...] = (moved_in_vista, taken_back_before)
