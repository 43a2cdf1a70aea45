"""Budget views: their columns, and their rows, which are the only list of budget lines."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from sandbox.procore.ask import Ask, Asked
from sandbox.procore.company import BudgetView
from sandbox.procore.view_rows import GROUPS, RowWriter
from sandbox.procore.wire import ApiError, answer
from sandbox.procore.world import WHEN_SEEDED, BudgetLine, Project, UnbudgetedRow

router = APIRouter()
ROW_TYPES = ("budgeted", "unbudgeted", "all")
SORTS = ("biller_type", "project", "biller", "category_id", "cost_code", "root_cost_code")
Entry = BudgetLine | UnbudgetedRow


@router.get("/rest/v1.0/budget_views")
async def list_budget_views(ask: Asked) -> Response:
    """List the budget views of a project."""
    ask.project(None, "budget")
    return ask.paged([_view_body(ask, view) for view in ask.world.views.values()])


@router.get("/rest/v1.0/budget_views/{view_id}/detail_rows")
async def list_detail_rows(ask: Asked, view_id: int) -> Response:
    """List a project's budget lines as the view shows them; unbudgeted rows only when asked for."""
    view, project = _view(ask, view_id)
    writer = RowWriter(ask.world, project, view)
    entries = _entries(ask, project)
    sort = ask.request.query_params.get("sort")
    if sort is not None and sort not in SORTS:
        raise ApiError(HTTPStatus.BAD_REQUEST, f"expected one of {', '.join(SORTS)}", field="sort")
    if sort is not None:
        entries.sort(key=lambda entry: str(writer.detail(entry)[sort]))
    # Rows are written for the page alone: that is what keeps 10,000 lines quick.
    shown, headers = ask.page(entries)
    return answer([writer.detail(entry) for entry in shown], headers=headers)


@router.get("/rest/v1.0/budget_views/{view_id}/summary_rows")
async def list_summary_rows(ask: Asked, view_id: int) -> Response:
    """List sums of a project's budget lines."""
    view, project = _view(ask, view_id)
    group_by = ask.request.query_params.get("group_by", "project")
    if group_by not in GROUPS:
        raise ApiError(HTTPStatus.BAD_REQUEST, f"expected one of {', '.join(GROUPS)}", field="group_by")
    return ask.paged(RowWriter(ask.world, project, view).summaries(_entries(ask, project), group_by))


@router.get("/rest/v1.0/budget_views/{view_id}/budget_detail_columns")
async def list_budget_detail_columns(ask: Asked, view_id: int) -> Response:
    """List the columns of a view; this list has no pages."""
    view, _ = _view(ask, view_id)
    return answer(
        [
            {
                "aggregatable": column.shows != "uom",
                "filterable": False,
                "groupable": False,
                "id": column.id,
                "name": column.name,
                "position": position,
                "type": column.type,
            }
            for position, column in enumerate(view.columns, start=1)
        ]
    )


def _view(ask: Ask, view_id: int) -> tuple[BudgetView, Project]:
    project = ask.project(None, "budget")
    if view_id not in ask.world.views:
        raise ApiError(HTTPStatus.NOT_FOUND, f"Budget view {view_id} was not found.")
    return ask.world.views[view_id], project


def _entries(ask: Ask, project: Project) -> list[Entry]:
    row_type = ask.request.query_params.get("budget_row_type", "budgeted")
    if row_type not in ROW_TYPES:
        raise ApiError(HTTPStatus.BAD_REQUEST, f"expected one of {', '.join(ROW_TYPES)}", field="budget_row_type")
    entries: list[Entry] = [] if row_type == "unbudgeted" else list(project.lines.values())
    if row_type != "budgeted":
        entries += project.unbudgeted
    for name, value_of in _FILTERS.items():
        wanted = ask.texts(name)
        if wanted:
            entries = [entry for entry in entries if value_of(project, entry) in wanted]
    return entries


_FILTERS: dict[str, Callable[[Project, Entry], str]] = {
    "cost_code_id": lambda project, entry: str(project.wbs_codes[entry.wbs_code_id].cost_code_id),
    "category_id": lambda project, entry: str(project.wbs_codes[entry.wbs_code_id].line_item_type_id),
    "budget_line_item_id": lambda _, entry: str(entry.id) if isinstance(entry, BudgetLine) else "",
}


def _view_body(ask: Ask, view: BudgetView) -> dict[str, Any]:
    base = f"{ask.request.base_url}rest/v1.0/budget_views/{view.id}"
    return {
        "id": view.id,
        "name": view.name,
        "description": view.description,
        "created_at": WHEN_SEEDED,
        "created_by": {"id": 903, "name": "Blake Controller", "login": "blake.controller@example.com"},
        "updated_at": WHEN_SEEDED,
        "role": "owner",
        "links": {"detail_rows": f"{base}/detail_rows", "summary_rows": f"{base}/summary_rows"},
    }
