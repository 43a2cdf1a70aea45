"""Reads one project's budget, and what a scheduled look at many projects needs: which calls, in which order.

What hardly ever moves is read once; what must be of one moment is read by `budget_moment`.
"""

from collections.abc import Iterator

import httpx

from connectors.procore.access import ProcoreAccess
from connectors.procore.answers import record
from connectors.procore.budget_moment import View, read_locked, read_moment, read_rows, view_path
from connectors.procore.budget_values import (
    ViewColumns,
    column_id_from,
    listed_project_from,
    project_from,
    row_key_from,
    user_from,
    view_id_from,
)
from connectors.procore.calls import Calls
from connectors.procore.changes_reader import read_changes, read_modifications
from connectors.procore.errors import AccessDenied, NotVisible, ProjectNotVisible
from connectors.procore.paging import UNPAGED, read_list
from jobcost.budget import Budget, ProcoreUser, Project, changes_fingerprint, rows_fingerprint


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
    moment = read_moment(calls, project_id, view, locked=locked)
    return Budget(
        company_id=access.company_id,
        project=project,
        view_name=access.budget_view,
        locked=moment.locked,
        line_items=moment.line_items,
        changes=moment.changes,
        modification_count=moment.modification_count,
        users=users,
        view_id=view.id,
    )


def list_projects(calls: Calls) -> tuple[Project, ...]:
    """List the company's projects that are linked to the ERP, active or not.

    All states are asked for by name: what the list shows unasked is not documented.
    """
    wanted: dict[str, str | int] = {
        "company_id": calls.access.company_id,
        "filters[synced]": "true",
        "filters[by_status]": "All",
    }
    projects = map(listed_project_from, read_list(calls, "/rest/v1.0/projects", wanted))
    return tuple(project for project in projects if project.origin_id is not None)


def read_fingerprint(calls: Calls, project_id: int, view_id: int, columns: ViewColumns) -> str:
    """Digest the budget's rows alone, as `Budget.fingerprint` does: one call for each page of rows.

    Rows of several pages may be of two moments, without a total to tell. Such a digest is one that no budget had, so
    the budget counts as moved, and is then read whole.

    Raises:
        NotVisible: if the view, or the project, is not there any more.
        ProcoreError: any other failure of a call.
    """
    return rows_fingerprint(row_key_from(row, columns) for row in read_rows(calls, project_id, view_id))


def read_changes_fingerprint(calls: Calls, project_id: int, view_id: int) -> str:
    """Digest the approved changes alone, as `Budget.changes_fingerprint` does: two calls, one more for their lines.

    The rows are read only where there are budget modifications, which name lines. Lists of several moments give a
    digest that no budget had.

    Raises:
        NotVisible: if the view, or the project, is not there any more.
        ProcoreError: any other failure of a call.
    """
    changes, _ = read_changes(calls, project_id)
    modifications = read_modifications(calls, project_id, _codes_of_lines(calls, project_id, view_id))
    return changes_fingerprint((*changes, *modifications))


def _codes_of_lines(calls: Calls, project_id: int, view_id: int) -> Iterator[tuple[int | None, int | None]]:
    for row in read_rows(calls, project_id, view_id):
        yield row.integer_or_none("id"), row.integer_or_none("wbs_code_id")


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


def _read_view(calls: Calls, project_id: int) -> View:
    views = read_list(calls, "/rest/v1.0/budget_views", {"project_id": project_id})
    view_id = view_id_from(views, calls.access.budget_view, project_id)
    return View(view_id, read_columns(calls, project_id, view_id))


def read_columns(calls: Calls, project_id: int, view_id: int) -> ViewColumns:
    """Find the wanted columns of a view; no call where none is configured.

    Raises:
        BudgetColumnMissing: if the view does not have one of them.
        NotVisible: if the view, or the project, is not there any more.
        ProcoreError: any other failure of a call.
    """
    access = calls.access
    if access.quantity_column is None and access.uom_column is None and access.hours_column is None:
        return ViewColumns()
    path = f"{view_path(view_id)}/budget_detail_columns"
    columns = read_list(calls, path, {"project_id": project_id}, UNPAGED)
    quantity, uom, hours = (
        column_id_from(columns, name, access.budget_view, project_id)
        for name in (access.quantity_column, access.uom_column, access.hours_column)
    )
    return ViewColumns(quantity=quantity, uom=uom, hours=hours)
