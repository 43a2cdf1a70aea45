"""Reads what must be of one moment: a budget's lines, its changes, its totals and its lock.

They are read between two looks at the lock, and read again if the lock changed, if the lines do not add up to
Procore's own totals, or if the list of changes and their lines differ. Changes that do not explain a line's column of
changes are read again once: if everything is the same then, that is how Procore shows the budget, and the plan
tells of it. Cost codes and cost types are read after the lines: whatever a line refers to was there before it.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from connectors.procore.answers import Record, record
from connectors.procore.budget_values import (
    ViewColumns,
    cost_code_from,
    line_item_from,
    line_item_type_from,
)
from connectors.procore.calls import Calls
from connectors.procore.changes_reader import Disagreement, read_changes, read_modifications, unexplained
from connectors.procore.errors import BudgetMovedWhileReading
from connectors.procore.paging import read_list
from jobcost.budget import BudgetChange, BudgetLineItem, ChangeKind, CostCode, LineItemType
from jobcost.money import money_text

logger = logging.getLogger(__name__)

READS_MAX = 4


@dataclass(frozen=True, slots=True)
class View:
    """A budget view, and which of its columns are wanted."""

    id: int
    columns: ViewColumns

    @property
    def path(self) -> str:
        """Where the view's rows are."""
        return view_path(self.id)


@dataclass(frozen=True, slots=True)
class Moment:
    """What is of one moment."""

    locked: bool
    line_items: tuple[BudgetLineItem, ...]
    # Budget changes first, then budget modifications.
    changes: tuple[BudgetChange, ...]

    @property
    def modification_count(self) -> int:
        """How many of the changes are legacy budget modifications."""
        return sum(change.kind is ChangeKind.BUDGET_MODIFICATION for change in self.changes)


def view_path(view_id: int) -> str:
    """Name a budget view of Procore."""
    return f"/rest/v1.0/budget_views/{view_id}"


def read_moment(calls: Calls, project_id: int, view: View, *, locked: bool) -> Moment:
    """Read until everything agrees; `locked` is what the lock was before.

    Raises:
        BudgetMovedWhileReading: if it did not agree four times.
        ProcoreError: any other failure of a call.
    """
    moved, unexplained_before = Disagreement("", ""), None
    for _ in range(READS_MAX):
        moment, disagreement = _read_once(calls, project_id, view, locked=locked)
        if disagreement is None:
            disagreement = unexplained(moment.line_items, moment.changes)
            if disagreement is None or moment == unexplained_before:
                return moment
            unexplained_before = moment
        moved, locked = disagreement, moment.locked
        logger.warning(
            "Budget of project %d moved: expected %s, found %s; reading again", project_id, moved.expected, moved.found
        )
    raise BudgetMovedWhileReading(project_id, READS_MAX, moved.expected, moved.found)


def read_locked(calls: Calls, project_id: int) -> bool:
    """Say whether the budget is locked (GET /rest/v1.0/projects/{p}/budget)."""
    reply = calls.get(f"/rest/v1.0/projects/{project_id}/budget")
    return record(reply.value, reply.where).boolean("locked")


def read_rows(calls: Calls, project_id: int, view_id: int) -> tuple[Record, ...]:
    """Read the rows of a budget view, with the unbudgeted ones (GET /rest/v1.0/budget_views/{id}/detail_rows)."""
    path = f"{view_path(view_id)}/detail_rows"
    return read_list(calls, path, {"project_id": project_id, "budget_row_type": "all"})


def _read_once(calls: Calls, project_id: int, view: View, *, locked: bool) -> tuple[Moment, Disagreement | None]:
    lines = _read_lines(calls, project_id, view)
    changes, disagreement = read_changes(calls, project_id)
    modifications = read_modifications(calls, project_id, ((line.id, line.wbs_code_id) for line in lines))
    expected, found = _totals(calls, project_id, view), _line_totals(lines)
    locked_after = read_locked(calls, project_id)
    if disagreement is None and expected != found:
        disagreement = Disagreement(expected, found)
    if disagreement is None and locked_after != locked:
        disagreement = Disagreement(
            f"a budget that stays {_lock_word(locked=locked)}", f"one that is {_lock_word(locked=locked_after)}"
        )
    return Moment(locked_after, lines, (*changes, *modifications)), disagreement


def _read_lines(calls: Calls, project_id: int, view: View) -> tuple[BudgetLineItem, ...]:
    rows = read_rows(calls, project_id, view.id)
    codes = map(cost_code_from, read_list(calls, "/rest/v1.0/cost_codes", {"project_id": project_id}))
    types = map(line_item_type_from, _read_types(calls, project_id))
    cost_codes: dict[int, CostCode] = {code.id: code for code in codes}
    line_item_types: dict[int, LineItemType] = {kind.id: kind for kind in types}
    return tuple(line_item_from(row, cost_codes, line_item_types, view.columns) for row in rows)


def _read_types(calls: Calls, project_id: int) -> tuple[Record, ...]:
    return read_list(
        calls, "/rest/v1.0/line_item_types", {"company_id": calls.access.company_id, "project_id": project_id}
    )


def _totals(calls: Calls, project_id: int, view: View) -> str:
    rows = read_list(
        calls,
        f"{view.path}/summary_rows",
        {"project_id": project_id, "group_by": "project", "budget_row_type": "budgeted"},
    )
    return _totals_text(
        _summed(row.amount("original_budget_amount") for row in rows),
        _summed(row.amount("budget_modifications") for row in rows),
    )


def _line_totals(lines: Iterable[BudgetLineItem]) -> str:
    budgeted = [line for line in lines if line.id is not None]
    return _totals_text(
        _summed(line.original_budget_amount for line in budgeted),
        _summed(line.budget_modifications for line in budgeted),
    )


def _summed(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, start=Decimal(0))


def _totals_text(original: Decimal, modified: Decimal) -> str:
    # Compared to the cent: fractions of a cent in a line are reported by the plan, not here.
    return f"budgeted lines that add up to {money_text(original)} original and {money_text(modified)} modifications"


def _lock_word(*, locked: bool) -> str:
    return "locked" if locked else "unlocked"
