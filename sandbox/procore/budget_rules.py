"""What Procore allows on a budget: new lines, changed lines, deleted lines, locking and unlocking."""

from decimal import Decimal
from http import HTTPStatus
from typing import Any

from sandbox.procore.ask import amount, whole
from sandbox.procore.wire import ApiError
from sandbox.procore.world import BudgetLine, Project, World, rounded

LOCKED_AMOUNT = "The original_budget_amount cannot be updated for a locked budget."
CODE_EXISTS = "This Budget Code already exists"
STRATEGIES = ("automatic", "manual")
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY


def moved_amounts(project: Project) -> dict[int, Decimal]:
    """Sum, for each budget code, what modifications and approved budget changes moved onto it."""
    moved: dict[int, Decimal] = {}

    def move(wbs_code_id: int, value: Decimal) -> None:
        moved[wbs_code_id] = moved.get(wbs_code_id, Decimal("0.00")) + value

    for change in project.changes.values():
        if change.status == "approved":
            for line in change.adjustments:
                move(line.wbs_code_id, line.amount)
    for modification in project.modifications.values():
        to_line = project.lines.get(modification.to_budget_line_item_id)
        from_line = project.lines.get(modification.from_budget_line_item_id or 0)
        if to_line is not None:
            move(to_line.wbs_code_id, modification.transfer_amount)
        if from_line is not None:
            move(from_line.wbs_code_id, -modification.transfer_amount)
    return moved


def create_line(world: World, project: Project, wanted: dict[str, Any]) -> BudgetLine:
    """Put a new line into the budget; into a locked one only at 0.

    Raises:
        ApiError: 400 for an unknown budget code, 422 for one in use, a foreign unit, an amount in a locked budget.
    """
    wbs_code_id = whole(wanted, "wbs_code_id")
    _check_code(project, wbs_code_id, None)
    line = BudgetLine(id=0, wbs_code_id=wbs_code_id, original_budget_amount=Decimal("0.00"))
    changed = _changed(world, line, wanted)
    if project.locked and changed.original_budget_amount != 0:
        raise ApiError(UNPROCESSABLE, LOCKED_AMOUNT, field="original_budget_amount")
    changed.id = world.new_id()
    project.lines[changed.id] = changed
    project.unbudgeted = [row for row in project.unbudgeted if row.wbs_code_id != wbs_code_id]
    return changed


def update_line(world: World, project: Project, line: BudgetLine, wanted: dict[str, Any]) -> BudgetLine:
    """Change a line; in a locked budget its original amount stays.

    Raises:
        ApiError: as `create_line`.
    """
    changed = _changed(world, line, wanted)
    if "wbs_code_id" in wanted:
        changed.wbs_code_id = whole(wanted, "wbs_code_id")
        _check_code(project, changed.wbs_code_id, line)
    if project.locked and changed.original_budget_amount != line.original_budget_amount:
        raise ApiError(UNPROCESSABLE, LOCKED_AMOUNT, field="original_budget_amount")
    project.lines[line.id] = changed
    return changed


def delete_line(project: Project, line: BudgetLine) -> None:
    """Take a line out of the budget.

    Raises:
        ApiError: 422 when the budget is locked and the line has an amount or a modification.
    """
    if not is_deletable(project, line, moved_amounts(project)):
        text = "The line cannot be deleted: the budget is locked and the line has an amount or a modification."
        raise ApiError(UNPROCESSABLE, text)
    del project.lines[line.id]


def is_deletable(project: Project, line: BudgetLine, moved: dict[int, Decimal]) -> bool:
    """Tell whether a line may be deleted now."""
    return not project.locked or (line.original_budget_amount == 0 and line.wbs_code_id not in moved)


def unlock(project: Project, *, destroy_all_budget_line_item_transfers: bool) -> None:
    """Unlock the budget and, if so asked, destroy all its modifications.

    Raises:
        ApiError: 422 when this project refuses it; nothing is changed then.
    """
    if project.unlock_refusal is not None and project.locked:
        raise ApiError(UNPROCESSABLE, project.unlock_refusal)
    project.locked = False
    if destroy_all_budget_line_item_transfers:
        project.modifications.clear()


def _check_code(project: Project, wbs_code_id: int, own: BudgetLine | None) -> None:
    if wbs_code_id not in project.wbs_codes:
        raise ApiError(HTTPStatus.BAD_REQUEST, f"Budget code {wbs_code_id} was not found", field="wbs_code_id")
    if any(line.wbs_code_id == wbs_code_id and line is not own for line in project.lines.values()):
        raise ApiError(UNPROCESSABLE, CODE_EXISTS, field="wbs_code_id")


def _changed(world: World, line: BudgetLine, wanted: dict[str, Any]) -> BudgetLine:
    """Make the line as wanted, without putting it anywhere."""
    strategy = wanted.get("calculation_strategy", line.calculation_strategy)
    uom = wanted.get("uom", line.uom)
    if strategy not in STRATEGIES:
        raise ApiError(HTTPStatus.BAD_REQUEST, "expected automatic or manual", field="calculation_strategy")
    if uom is not None and uom not in {known.name for known in world.uoms}:
        raise ApiError(UNPROCESSABLE, f"Unit of measure {uom!r} is not in the company's list", field="uom")
    quantity = amount(wanted, "quantity") if "quantity" in wanted else line.quantity
    unit_cost = amount(wanted, "unit_cost") if "unit_cost" in wanted else line.unit_cost
    original = amount(wanted, "original_budget_amount")
    if original is None:
        original = line.original_budget_amount
    if strategy == "automatic" and quantity is not None and unit_cost is not None:
        original = rounded(quantity * unit_cost)
    return BudgetLine(
        id=line.id,
        wbs_code_id=line.wbs_code_id,
        original_budget_amount=original,
        uom=uom,
        quantity=quantity,
        unit_cost=unit_cost,
        hours=line.hours,
        calculation_strategy=strategy,
    )
