"""What Procore allows with budget changes: new ones, changed ones, and what approval does to the budget."""

from decimal import Decimal
from http import HTTPStatus
from typing import Any

from sandbox.procore.ask import amount, entries_of, whole
from sandbox.procore.wire import ApiError
from sandbox.procore.world import AdjustmentLine, BudgetChange, BudgetLine, Project, World, rounded

STATUSES = ("draft", "approved", "under_review", "void")
TYPES = ("change_event", "budget_change")
# The change is with the ERP, or done there: neither editable nor deletable. "exportging" is Procore's own spelling.
HELD_BY_ERP = ("ready_to_export", "exportging", "synced")


def create_change(world: World, project: Project, wanted: dict[str, Any]) -> BudgetChange:
    """Make a budget change.

    Raises:
        ApiError: 400 for a wrong status, type, code or number.
    """
    adjustments = [_adjustment(world, project, entry) for entry in entries_of(wanted, "adjustment_line_items")]
    number = wanted.get("number") or max((known.number for known in project.changes.values()), default=0) + 1
    change = BudgetChange(
        id=world.new_id(),
        number=int(number),
        title=str(wanted.get("title") or ""),
        description=str(wanted.get("description") or ""),
        status=_status(wanted),
        adjustments=adjustments,
    )
    project.changes[change.id] = change
    _take_codes_in(world, project, change)
    return change


def update_change(world: World, project: Project, change: BudgetChange, wanted: dict[str, Any]) -> BudgetChange:
    """Change a budget change that is not with the ERP.

    Raises:
        ApiError: 422 when it is, 400 for a wrong status, type, code or number; nothing is changed then.
    """
    _check_free(change, "edited")
    status = _status(wanted) if "status" in wanted else change.status
    kept = {line.id: line for line in change.adjustments}
    for entry in entries_of(wanted, "adjustment_line_items"):
        if entry.get("_delete") is True:
            kept.pop(whole(entry, "id"), None)
        else:
            line = _adjustment(world, project, entry, kept.get(entry.get("id", 0)))
            kept[line.id] = line
    change.adjustments = list(kept.values())
    change.status = status
    change.title = str(wanted.get("title", change.title))
    change.description = str(wanted.get("description", change.description))
    _take_codes_in(world, project, change)
    return change


def delete_change(project: Project, change: BudgetChange) -> None:
    """Delete a budget change that is not with the ERP. Lines that its approval put into the budget stay, at 0.

    Raises:
        ApiError: 422 when it is.
    """
    _check_free(change, "deleted")
    del project.changes[change.id]


def _check_free(change: BudgetChange, done: str) -> None:
    if change.erp_status in HELD_BY_ERP:
        text = f"The budget change cannot be {done} while its ERP status is {change.erp_status}."
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, text)


def _status(wanted: dict[str, Any]) -> str:
    status = wanted.get("status")
    if status not in STATUSES:
        raise ApiError(HTTPStatus.BAD_REQUEST, f"expected one of {', '.join(STATUSES)}", field="status")
    return str(status)


def _adjustment(
    world: World, project: Project, entry: dict[str, Any], known: AdjustmentLine | None = None
) -> AdjustmentLine:
    """Make one adjustment line; what the entry leaves out stays as known."""
    if known is not None:
        entry = {**{name: getattr(known, name) for name in AdjustmentLine.__slots__}, **entry}
    kind, wbs_code_id = entry.get("type"), whole(entry, "wbs_code_id")
    if kind not in TYPES:
        raise ApiError(HTTPStatus.BAD_REQUEST, f"expected one of {', '.join(TYPES)}", field="type")
    if wbs_code_id not in project.wbs_codes:
        raise ApiError(HTTPStatus.BAD_REQUEST, f"Budget code {wbs_code_id} was not found", field="wbs_code_id")
    quantity, unit_cost, value = (amount(entry, name) for name in ("quantity", "unit_cost", "amount"))
    if entry.get("calculation_strategy") == "automatic" and quantity is not None and unit_cost is not None:
        value = rounded(quantity * unit_cost)
    return AdjustmentLine(
        id=known.id if known else world.new_id(),
        wbs_code_id=wbs_code_id,
        type=kind,
        amount=value if value is not None else Decimal("0.00"),
        adjustment_number=int(entry.get("adjustment_number") or 1),
        description=str(entry.get("description") or ""),
        comment=str(entry.get("comment") or ""),
        ref=str(entry.get("ref") or ""),
        uom=entry.get("uom"),
        quantity=quantity,
        unit_cost=unit_cost,
        calculation_strategy=str(entry.get("calculation_strategy") or "manual"),
    )


def _take_codes_in(world: World, project: Project, change: BudgetChange) -> None:
    """Put the codes of an approved change into the budget where they are not in it yet."""
    if change.status != "approved":
        return
    budgeted = {line.wbs_code_id for line in project.lines.values()}
    for adjustment in change.adjustments:
        if adjustment.wbs_code_id not in budgeted:
            line = BudgetLine(
                id=world.new_id(), wbs_code_id=adjustment.wbs_code_id, original_budget_amount=Decimal("0.00")
            )
            line.uom = adjustment.uom
            project.lines[line.id] = line
            budgeted.add(line.wbs_code_id)
