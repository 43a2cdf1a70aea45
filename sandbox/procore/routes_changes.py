"""Budget changes, and the budget modifications they replaced."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from sandbox.procore.ask import Ask, Asked, amount, part, whole
from sandbox.procore.change_rules import create_change, update_change
from sandbox.procore.wire import ApiError, answer, decimal_text
from sandbox.procore.world import AdjustmentLine, BudgetChange, BudgetModification, Project

router = APIRouter()
CHANGES = "/rest/v1.0/projects/{project_id}/budget_changes"
MODIFICATIONS = "/rest/v1.0/projects/{project_id}/budget_modifications"


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


@router.get("/rest/v2.0/companies/{company_id}/projects/{project_id}/budget_changes/adjustment_line_items")
async def list_adjustment_line_items(ask: Asked, company_id: int, project_id: int) -> Response:
    """List the lines of all budget changes; ids are text in v2."""
    ask.company(company_id)
    project = ask.project(project_id, "budget")
    pairs = [(change, line) for change in project.changes.values() for line in change.adjustments]
    shown, headers = ask.page(pairs)
    return answer({"data": _adjustments_v2(shown)}, headers=headers)


@router.get(MODIFICATIONS)
async def list_budget_modifications(ask: Asked, project_id: int) -> Response:
    """List the budget modifications."""
    project = ask.project(project_id, "budget")
    return ask.paged([_modification_body(modification) for modification in project.modifications.values()])


@router.post(MODIFICATIONS)
async def create_budget_modification(ask: Asked, project_id: int) -> Response:
    """Move an amount onto a line; refused (405) where budget changes have replaced modifications."""
    project = ask.project(project_id, "budget", writes=True)
    if ask.world.company.uses_budget_changes:
        text = "This company uses budget changes; budget modifications can only be read."
        raise ApiError(HTTPStatus.METHOD_NOT_ALLOWED, text, headers={"Allow": "GET"})
    wanted = part(await ask.body(), "budget_modification")
    moved = amount(wanted, "transfer_amount")
    to_id = whole(wanted, "to_budget_line_item_id")
    from_id = whole(wanted, "from_budget_line_item_id") if wanted.get("from_budget_line_item_id") else None
    if moved is None or to_id not in project.lines or (from_id is not None and from_id not in project.lines):
        raise ApiError(HTTPStatus.BAD_REQUEST, "transfer_amount is missing or a line was not found")
    made = BudgetModification(
        id=ask.world.new_id(),
        to_budget_line_item_id=to_id,
        from_budget_line_item_id=from_id,
        transfer_amount=moved,
        notes=str(wanted.get("notes") or ""),
        origin_id=wanted.get("origin_id"),
        origin_data=wanted.get("origin_data"),
        created_at=ask.sandbox.clock.text(),
    )
    project.modifications[made.id] = made
    return answer(_modification_body(made), HTTPStatus.CREATED)


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
        "prime_contract_id": None,
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
        "prime_contract": None,
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


def _modification_body(modification: BudgetModification) -> dict[str, Any]:
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
