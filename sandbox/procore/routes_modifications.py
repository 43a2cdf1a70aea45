"""Budget modifications, which budget changes replaced: a company with those may only read them."""

from decimal import Decimal
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from sandbox.procore.ask import Ask, Asked, amount, part, whole
from sandbox.procore.wire import ApiError, answer, decimal_text
from sandbox.procore.world import BudgetModification, Project

router = APIRouter()
MODIFICATIONS = "/rest/v1.0/projects/{project_id}/budget_modifications"


@router.get(MODIFICATIONS)
async def list_budget_modifications(ask: Asked, project_id: int) -> Response:
    """List the budget modifications."""
    project = ask.project(project_id, "budget")
    return ask.paged([_body(modification) for modification in project.modifications.values()])


@router.get(f"{MODIFICATIONS}/{{modification_id}}")
async def show_budget_modification(ask: Asked, project_id: int, modification_id: int) -> Response:
    """Show one budget modification."""
    return answer(_body(_modification(ask.project(project_id, "budget"), modification_id)))


@router.post(MODIFICATIONS)
async def create_budget_modification(ask: Asked, project_id: int) -> Response:
    """Move an amount onto a line; refused (405) where budget changes have replaced modifications."""
    project = _writable(ask, project_id)
    made = BudgetModification(
        id=0, to_budget_line_item_id=0, transfer_amount=Decimal("0.00"), created_at=ask.sandbox.clock.text()
    )
    _fill(project, made, part(await ask.body(), "budget_modification"))
    made.id = ask.world.new_id()
    project.modifications[made.id] = made
    return answer(_body(made), HTTPStatus.CREATED)


@router.patch(f"{MODIFICATIONS}/{{modification_id}}")
async def update_budget_modification(ask: Asked, project_id: int, modification_id: int) -> Response:
    """Change a budget modification; refused as making one."""
    project = _writable(ask, project_id)
    known = _modification(project, modification_id)
    wanted = {**_body(known), **part(await ask.body(), "budget_modification")}
    _fill(project, known, wanted)
    return answer(_body(known))


@router.delete(f"{MODIFICATIONS}/{{modification_id}}")
async def delete_budget_modification(ask: Asked, project_id: int, modification_id: int) -> Response:
    """Delete a budget modification; refused as making one."""
    project = _writable(ask, project_id)
    del project.modifications[_modification(project, modification_id).id]
    return answer({})


def _writable(ask: Ask, project_id: int) -> Project:
    project = ask.project(project_id, "budget", writes=True)
    if ask.world.company.uses_budget_changes:
        text = "This company uses budget changes; budget modifications can only be read."
        raise ApiError(HTTPStatus.METHOD_NOT_ALLOWED, text, headers={"Allow": "GET"})
    return project


def _modification(project: Project, modification_id: int) -> BudgetModification:
    if modification_id not in project.modifications:
        raise ApiError(HTTPStatus.NOT_FOUND, f"Budget modification {modification_id} was not found.")
    return project.modifications[modification_id]


def _fill(project: Project, modification: BudgetModification, wanted: dict[str, Any]) -> None:
    """Set what a body wants, all of it or, with a refusal, nothing."""
    moved = amount(wanted, "transfer_amount")
    to_id = whole(wanted, "to_budget_line_item_id")
    from_id = whole(wanted, "from_budget_line_item_id") if wanted.get("from_budget_line_item_id") else None
    if moved is None or to_id not in project.lines or (from_id is not None and from_id not in project.lines):
        raise ApiError(HTTPStatus.BAD_REQUEST, "transfer_amount is missing or a line was not found")
    modification.to_budget_line_item_id, modification.from_budget_line_item_id = to_id, from_id
    modification.transfer_amount = moved
    modification.notes = str(wanted.get("notes") or "")
    modification.origin_id, modification.origin_data = wanted.get("origin_id"), wanted.get("origin_data")


def _body(modification: BudgetModification) -> dict[str, Any]:
    return {
        "id": modification.id,
        "created_at": modification.created_at,
        "from_budget_line_item_id": modification.from_budget_line_item_id,
        "notes": modification.notes,
        "origin_data": modification.origin_data,
        "origin_id": modification.origin_id,
        "to_budget_line_item_id": modification.to_budget_line_item_id,
        "transfer_amount": decimal_text(modification.transfer_amount),
        "updated_at": modification.created_at,
    }
