"""Reads one project's budget: which calls, in which order, and the proof that they show one moment.

What hardly ever moves is read once. Lines, totals, changes and modifications are read between two looks at the lock,
and read again if the lock changed or if the lines do not add up to Procore's own totals. Cost codes and cost types are
read after the lines: whatever a line refers to was there before it.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import httpx

from connectors.procore.access import ProcoreAccess
from connectors.procore.answers import Record, record
from connectors.procore.budget_values import (
    ViewColumns,
    budget_change_from,
    column_id_from,
    cost_code_from,
    line_item_from,
    line_item_type_from,
    project_from,
    user_from,
    view_id_from,
)
from connectors.procore.calls import Calls
from connectors.procore.errors import AccessDenied, BudgetMovedWhileReading, NotVisible, ProjectNotVisible
from connectors.procore.paging import read_list
from jobcost.budget import Budget, BudgetChange, BudgetLineItem, CostCode, LineItemType, ProcoreUser, Project
from jobcost.money import money_text

logger = logging.getLogger(__name__)

READS_MAX = 4


@dataclass(frozen=True, slots=True)
class _View:
    """Where the budget view's rows are, and which of their columns are wanted."""

    path: str
    columns: ViewColumns


@dataclass(frozen=True, slots=True)
class _Moment:
    """What must be of one moment."""

    locked: bool
    line_items: tuple[BudgetLineItem, ...]
    changes: tuple[BudgetChange, ...]
    modification_ids: frozenset[int]


def read_budget(calls: Calls, project_id: int) -> Budget:
    """Read everything an export needs, complete or not at all.

    Raises:
        ProjectNotVisible: if the service account does not see the project.
        BudgetViewMissing, BudgetColumnMissing: if what is configured is not there.
        BudgetMovedWhileReading, ListMovedWhileReading: if people kept editing.
        ProcoreError: any other failure of a call.
    """
    access = calls.access
    project = _read_project(calls, project_id)
    locked = read_locked(calls, project_id)
    view = _read_view(calls, project_id)
    users = read_users(calls)
    moment = _read_moment(calls, project_id, view, locked=locked)
    return Budget(
        company_id=access.company_id,
        project=project,
        view_name=access.budget_view,
        locked=moment.locked,
        line_items=moment.line_items,
        changes=moment.changes,
        modification_count=len(moment.modification_ids),
        users=users,
    )


def read_locked(calls: Calls, project_id: int) -> bool:
    """Say whether the budget is locked (GET /rest/v1.0/projects/{p}/budget)."""
    reply = calls.get(f"/rest/v1.0/projects/{project_id}/budget")
    return record(reply.value, reply.where).boolean("locked")


def read_modification_ids(calls: Calls, project_id: int) -> frozenset[int]:
    """Read the ids of the budget modifications; companies on Budget Changes may still read them (facts R73)."""
    listed = read_list(calls, f"/rest/v1.0/projects/{project_id}/budget_modifications")
    return frozenset(entry.integer("id") for entry in listed)


def read_users(calls: Calls) -> tuple[ProcoreUser, ...]:
    """Read the company directory."""
    return tuple(map(user_from, read_list(calls, users_path(calls.access), {"view": "extended"})))


def users_path(access: ProcoreAccess) -> str:
    """Name the list of the company's people.

    UNVERIFIED: that v1.3 tells erp_integrated_accountant in its extended view (v1.0 documents the field; facts 2.5
    name v1.3). Where it is absent, nobody is taken to be an approver or not to be one.
    """
    return f"/rest/v1.3/companies/{access.company_id}/users"


def _read_project(calls: Calls, project_id: int) -> Project:
    try:
        reply = calls.get(f"/rest/v1.0/projects/{project_id}", {"company_id": calls.access.company_id})
    except (AccessDenied, NotVisible) as error:
        if error.status == httpx.codes.UNAUTHORIZED:
            raise
        raise ProjectNotVisible(error.method, error.path, error.status, error.words) from error
    return project_from(record(reply.value, reply.where))


def _read_view(calls: Calls, project_id: int) -> _View:
    views = read_list(calls, "/rest/v1.0/budget_views", {"project_id": project_id})
    path = f"/rest/v1.0/budget_views/{view_id_from(views, calls.access.budget_view, project_id)}"
    return _View(path, _read_columns(calls, project_id, path))


def _read_columns(calls: Calls, project_id: int, view_path: str) -> ViewColumns:
    access = calls.access
    if access.quantity_column is None and access.uom_column is None and access.hours_column is None:
        return ViewColumns()
    path = f"{view_path}/budget_detail_columns"
    columns = read_list(calls, path, {"project_id": project_id}, is_paged=False)
    quantity, uom, hours = (
        column_id_from(columns, name, access.budget_view, project_id)
        for name in (access.quantity_column, access.uom_column, access.hours_column)
    )
    return ViewColumns(quantity=quantity, uom=uom, hours=hours)


def _read_moment(calls: Calls, project_id: int, view: _View, *, locked: bool) -> _Moment:
    expected = found = ""
    for _ in range(READS_MAX):
        lines = _read_lines(calls, project_id, view)
        changes = _read_changes(calls, project_id)
        modification_ids = read_modification_ids(calls, project_id)
        expected, found = _totals(calls, project_id, view), _line_totals(lines)
        locked_after = read_locked(calls, project_id)
        if expected == found and locked_after == locked:
            return _Moment(locked, lines, changes, modification_ids)
        if expected == found:
            expected, found = (
                f"a budget that stays {_lock_word(locked=locked)}",
                f"one that is {_lock_word(locked=locked_after)}",
            )
        logger.warning("Budget of project %d moved: expected %s, found %s; reading again", project_id, expected, found)
        locked = locked_after
    raise BudgetMovedWhileReading(project_id, READS_MAX, expected, found)


def _read_lines(calls: Calls, project_id: int, view: _View) -> tuple[BudgetLineItem, ...]:
    in_project = {"project_id": project_id}
    rows = read_list(calls, f"{view.path}/detail_rows", {**in_project, "budget_row_type": "all"})
    codes = map(cost_code_from, read_list(calls, "/rest/v1.0/cost_codes", in_project))
    types = map(line_item_type_from, _read_types(calls, project_id))
    cost_codes: dict[int, CostCode] = {code.id: code for code in codes}
    line_item_types: dict[int, LineItemType] = {kind.id: kind for kind in types}
    return tuple(line_item_from(row, cost_codes, line_item_types, view.columns) for row in rows)


def _read_types(calls: Calls, project_id: int) -> tuple[Record, ...]:
    return read_list(
        calls, "/rest/v1.0/line_item_types", {"company_id": calls.access.company_id, "project_id": project_id}
    )


def _read_changes(calls: Calls, project_id: int) -> tuple[BudgetChange, ...]:
    listed = read_list(
        calls,
        f"/rest/v1.0/projects/{project_id}/budget_changes",
        # The texts of custom fields are nothing an export needs.
        {"exclude_custom_fields": "true"},
        is_paged=False,
    )
    return tuple(map(budget_change_from, listed))


def _totals(calls: Calls, project_id: int, view: _View) -> str:
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
