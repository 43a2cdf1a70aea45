"""Budget changes, and the list of all their lines."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from sandbox.procore.ask import Ask, Asked
from sandbox.procore.change_rules import create_change, delete_change, update_change
from sandbox.procore.wire import ApiError, answer
from sandbox.procore.world import AdjustmentLine, BudgetChange, Project

router = APIRouter()
CHANGES = "/rest/v1.0/projects/{project_id}/budget_changes"


@router.get(CHANGES)
async def list_budget_changes(ask: Asked, project_id: int) -> Response:
    """List the budget changes without their lines; this list has no pages."""
    project = ask.project(project_id, "budget")
    return answer({"data": [_summary(ask, change) for change in project.changes.values()]})


@router.get(f"{CHANGES}/{{change_id}}")
async def show_budget_change(ask: Asked, project_id: int, change_id: int) -> Response:
    """Show a budget change with its lines."""
    project = ask.project(project_id, "budget")
    return answer({"data": _whole(ask, project, _change(project, change_id))})


@router.post(CHANGES)
async def create_budget_change(ask: Asked, project_id: int) -> Response:
    """Make a budget change."""
    project = ask.project(project_id, "budget", writes=True)
    change = create_change(ask.world, project, await ask.body())
    return answer({"data": _whole(ask, project, change)}, HTTPStatus.CREATED)


@router.patch(f"{CHANGES}/{{change_id}}")
async def update_budget_change(ask: Asked, project_id: int, change_id: int) -> Response:
    """Change a budget change."""
    project = ask.project(project_id, "budget", writes=True)
    change = update_change(ask.world, project, _change(project, change_id), await ask.body())
    return answer({"data": _whole(ask, project, change)})


@router.delete(f"{CHANGES}/{{change_id}}")
async def delete_budget_change(ask: Asked, project_id: int, change_id: int) -> Response:
    """Delete a budget change."""
    project = ask.project(project_id, "budget", writes=True)
    delete_change(project, _change(project, change_id))
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/rest/v2.0/companies/{company_id}/projects/{project_id}/budget_changes/adjustment_line_items")
async def list_adjustment_line_items(ask: Asked, company_id: int, project_id: int) -> Response:
    """List the lines of all budget changes; ids are text in v2."""
    ask.company(company_id)
    project = ask.project(project_id, "budget")
    pairs = [(change, line) for change in project.changes.values() for line in change.adjustments]
    shown, headers = ask.page(pairs)
    return answer({"data": _adjustments_v2(shown)}, headers=headers)


def _change(project: Project, change_id: int) -> BudgetChange:
    if change_id not in project.changes:
        raise ApiError(HTTPStatus.NOT_FOUND, f"Budget change {change_id} was not found.")
    return project.changes[change_id]


def _summary(ask: Ask, change: BudgetChange) -> dict[str, Any]:
    return {
        "id": change.id,
        "number": change.number,
        "status": change.status,
        "title": change.title,
        "description": change.description,
        "erp_status": change.erp_status,
        "prime_contract_id": change.prime_contract_id,
        "amount": change.amount,
        "change_event_line_item_ids": [],
        "currency_configuration": {"currency_iso_code": ask.world.company.currency_iso_code},
    }


def _whole(ask: Ask, project: Project, change: BudgetChange) -> dict[str, Any]:
    body = _summary(ask, change)
    del body["prime_contract_id"], body["change_event_line_item_ids"]
    lines = [_adjustment_body(project, line) for line in change.adjustments]
    return {
        **body,
        "prime_contract": None if change.prime_contract_id is None else {"id": change.prime_contract_id},
        "attachments": [],
        "adjustment_line_items": lines,
        "production_quantities": [],
    }


def _adjustment_body(project: Project, line: AdjustmentLine) -> dict[str, Any]:
    wbs_code = project.wbs_codes[line.wbs_code_id]
    return {
        "id": line.id,
        "ref": line.ref,
        "adjustment_number": line.adjustment_number,
        "wbs_code": {"id": wbs_code.id, "flat_code": wbs_code.flat_code, "description": wbs_code.description},
        "description": line.description,
        "comment": line.comment,
        "calculation_strategy": line.calculation_strategy,
        "quantity": line.quantity,
        "type": line.type,
        "uom": line.uom,
        "unit_cost": line.unit_cost,
        "amount": line.amount,
        "change_event_line_item_id": None,
    }


def _adjustments_v2(pairs: Sequence[tuple[BudgetChange, AdjustmentLine]]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(line.id),
            "adjustment_number": line.adjustment_number,
            "wbs_code_id": str(line.wbs_code_id),
            "amount": line.amount,
            "uom": line.uom,
            "quantity": line.quantity,
            "description": line.description,
            "type": line.type,
            "budget_change_number": str(change.number),
            "budget_change_status": change.status,
            "budget_change_name": change.title,
            "budget_change_id": str(change.id),
        }
        for change, line in pairs
    ]
