"""Reads what changed a project's budget: budget changes with their lines, and the budget modifications of before.

The lines come from the list of all the project's adjustment lines (API v2): one call for each hundred lines, none for a
project without budget changes, and one list that stands still as a whole. Each change's own page would take a call
for every change, each of another moment. That lines and list are of one moment shows by the status each line repeats
and, for approved changes, by the budget's own columns; of a change that is not approved nothing is ever sent.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from connectors.procore.answers import Record
from connectors.procore.calls import Calls
from connectors.procore.change_values import AdjustmentLine, adjustment_line_from, budget_change_from, modification_from
from connectors.procore.paging import ADJUSTMENTS, UNPAGED, read_list
from jobcost.budget import Adjustment, BudgetChange, BudgetLineItem
from jobcost.money import DOLLAR_STEP


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two answers of Procore that cannot be of one moment: what the first lets expect, and what the second says."""

    expected: str
    found: str


def read_changes(calls: Calls, project_id: int) -> tuple[tuple[BudgetChange, ...], Disagreement | None]:
    """Read the budget changes with their lines; and, if list and lines are not of one moment, how that shows."""
    listed = read_list(
        calls,
        f"/rest/v1.0/projects/{project_id}/budget_changes",
        # The texts of custom fields are nothing an export needs.
        {"exclude_custom_fields": "true"},
        UNPAGED,
    )
    changes = tuple(map(budget_change_from, listed))
    if not changes:
        return (), None
    path = f"/rest/v2.0/companies/{calls.access.company_id}/projects/{project_id}/budget_changes/adjustment_line_items"
    lines = tuple(map(adjustment_line_from, read_list(calls, path, paging=ADJUSTMENTS)))
    return _with_lines(changes, lines), _disagreement(changes, lines)


def read_modifications(
    calls: Calls, project_id: int, codes: Iterable[tuple[int | None, int | None]]
) -> tuple[BudgetChange, ...]:
    """Read the budget modifications; companies on Budget Changes may still read them (facts R73).

    Args:
        calls: Procore.
        project_id: the project.
        codes: (id, budget code) of each budget line; not looked at where there is no modification.
    """
    entries = _modifications(calls, project_id)
    code_of_line = {line: code for line, code in codes if line is not None and code is not None} if entries else {}
    return tuple(modification_from(entry, code_of_line) for entry in entries)


def read_modification_ids(calls: Calls, project_id: int) -> frozenset[int]:
    """Read which budget modifications there are, whatever they move."""
    return frozenset(entry.integer("id") for entry in _modifications(calls, project_id))


def unexplained(lines: Iterable[BudgetLineItem], changes: Iterable[BudgetChange]) -> Disagreement | None:
    """Say which budget code's column of changes is not, to the cent, what the approved changes add up to."""
    labels = {line.wbs_code_id: line.label for line in lines}
    shown: dict[int | None, Decimal] = {}
    for line in lines:
        shown[line.wbs_code_id] = shown.get(line.wbs_code_id, Decimal(0)) + line.budget_modifications
    moved: dict[int | None, Decimal] = {}
    for part in (part for change in changes if change.is_approved for part in change.adjustments):
        moved[part.wbs_code_id] = moved.get(part.wbs_code_id, Decimal(0)) + part.amount
    for code in (*shown, *(code for code in moved if code not in shown)):
        expected, found = (side.get(code, Decimal(0)) for side in (shown, moved))
        if abs(expected - found) >= DOLLAR_STEP:
            name = labels.get(code, f"budget code {code}")
            return Disagreement(
                f"approved changes of {name} that add up to {expected:,.2f}", f"ones that add up to {found:,.2f}"
            )
    return None


def _modifications(calls: Calls, project_id: int) -> tuple[Record, ...]:
    return read_list(calls, f"/rest/v1.0/projects/{project_id}/budget_modifications")


def _with_lines(changes: tuple[BudgetChange, ...], lines: tuple[AdjustmentLine, ...]) -> tuple[BudgetChange, ...]:
    of_change: dict[int, list[Adjustment]] = {}
    for line in lines:
        of_change.setdefault(line.change_id, []).append(line.adjustment)
    return tuple(replace(change, adjustments=tuple(of_change.get(change.id, ()))) for change in changes)


def _disagreement(changes: tuple[BudgetChange, ...], lines: tuple[AdjustmentLine, ...]) -> Disagreement | None:
    known = {change.id: change for change in changes}
    for line in lines:
        change = known.get(line.change_id)
        if change is None:
            return Disagreement("lines of the listed budget changes only", f"one of a change with id {line.change_id}")
        if line.change_status != change.status:
            return Disagreement(
                f"budget change {change.number} {change.status} in its lines too", f"it {line.change_status} there"
            )
    return None
