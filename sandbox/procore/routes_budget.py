"""The budget itself: its lock, and its lines one by one. There is no list of lines; views list them."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from sandbox.procore import budget_rules
from sandbox.procore.ask import Ask, Asked, part, whole
from sandbox.procore.wire import ApiError, answer
from sandbox.procore.world import BudgetLine, Project

router = APIRouter()
LOCK = "/rest/v1.0/projects/{project_id}/budget/lock"
LINES = "/rest/v1.1/budget_line_items"
SPOKEN_NO = ("false", "0")


@router.get("/rest/v1.0/projects/{project_id}/budget")
async def show_budget(ask: Asked, project_id: int) -> Response:
    """Tell whether the budget is locked; nothing more is told."""
    return answer({"locked": ask.project(project_id, "budget").locked})


@router.post(LOCK)
async def lock_budget(ask: Asked, project_id: int) -> Response:
    """Lock the budget."""
    project = ask.project(project_id, "budget", writes=True)
    project.locked = True
    return answer({"locked": True}, HTTPStatus.CREATED)


@router.delete(LOCK)
async def unlock_budget(ask: Asked, project_id: int) -> Response:
    """Unlock the budget. Unless told not to, this destroys every budget modification."""
    project = ask.project(project_id, "budget", writes=True)
    said = ask.request.query_params.get("destroy_all_budget_line_item_transfers", "true").lower()
    budget_rules.unlock(project, destroy_all_budget_line_item_transfers=said not in SPOKEN_NO)
    return answer({"locked": False})


@router.post(LINES)
async def create_budget_line_item(ask: Asked) -> Response:
    """Put a new line into the budget."""
    body = await ask.body()
    project = ask.project(whole(body, "project_id"), "budget", writes=True)
    line = budget_rules.create_line(ask.world, project, part(body, "budget_line_item"))
    return answer(_line_body(ask, project, line), HTTPStatus.CREATED)


@router.get(f"{LINES}/{{line_id}}")
async def show_budget_line_item(ask: Asked, line_id: int) -> Response:
    """Show one line; its amounts are numbers."""
    project = ask.project(None, "budget")
    return answer(_line_body(ask, project, _line(project, line_id)))


@router.patch(f"{LINES}/{{line_id}}")
async def update_budget_line_item(ask: Asked, line_id: int) -> Response:
    """Change one line."""
    body = await ask.body()
    project = ask.project(whole(body, "project_id"), "budget", writes=True)
    line = budget_rules.update_line(ask.world, project, _line(project, line_id), part(body, "budget_line_item"))
    return answer(_line_body(ask, project, line))


@router.delete("/rest/v2.0/companies/{company_id}/projects/{project_id}/budget_line_items/{line_id}")
async def delete_budget_line_item(ask: Asked, company_id: int, project_id: int, line_id: int) -> Response:
    """Take a line out of the budget."""
    ask.company(company_id)
    project = ask.project(project_id, "budget", writes=True)
    budget_rules.delete_line(project, _line(project, line_id))
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _line(project: Project, line_id: int) -> BudgetLine:
    if line_id not in project.lines:
        raise ApiError(HTTPStatus.NOT_FOUND, f"Budget line item {line_id} was not found.")
    return project.lines[line_id]


def _line_body(ask: Ask, project: Project, line: BudgetLine) -> dict[str, Any]:
    wbs_code = project.wbs_codes[line.wbs_code_id]
    return {
        "id": line.id,
        "original_budget_amount": line.original_budget_amount,
        "uom": line.uom,
        "quantity": line.quantity,
        "unit_cost": line.unit_cost,
        "calculation_strategy": line.calculation_strategy,
        "wbs_code": {"id": wbs_code.id, "flat_code": wbs_code.flat_code, "description": wbs_code.description},
        "currency_configuration": {"currency_iso_code": ask.world.company.currency_iso_code},
    }
