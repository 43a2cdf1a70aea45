"""What people do in Procore's screens while an export lives: each function is one person's finished piece of work.

A code is a budget line's, as "R-19" or "R-19.S"; amounts are in the company's currency, and minus lowers the budget.
The project is the only one there is, or the one named. What Procore refuses is refused here as well (`ApiError`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from sandbox.procore.budget_rules import create_line, delete_line, unlock, update_line
from sandbox.procore.change_rules import create_change, delete_change, update_change
from sandbox.procore.seed import add_code
from sandbox.procore.world import BudgetChange, BudgetLine, Project, World

Amount = Decimal | int | str


def make_change(
    world: World,
    title: str,
    amounts: dict[str, str],
    *,
    status: str = "approved",
    number: int | None = None,
    project_id: int | None = None,
) -> BudgetChange:
    """Make a budget change of the given amounts by code; unnumbered it gets the next number."""
    project = project_named(world, project_id)
    lines = [
        {
            "wbs_code_id": wbs_code_id(project, code),
            "type": "budget_change" if Decimal(amount) < 0 else "change_event",
            "adjustment_number": 1,
            "amount": Decimal(amount),
        }
        for code, amount in amounts.items()
    ]
    body = {"title": title, "status": status, "number": number, "adjustment_line_items": lines}
    return create_change(world, project, body)


def make_later_changes(world: World, *orders: str, project_id: int | None = None) -> tuple[BudgetChange, ...]:
    """Make the changes that the seed keeps for later, in its order: all that are left, or those named ("CO-01").

    Raises:
        LookupError: when none of that name is left.
    """
    project = project_named(world, project_id)
    left = {change.title.rpartition(" ")[2]: change for change in world.later_changes}
    missing = [order for order in orders if order not in left]
    if missing:
        raise LookupError(f"the seed keeps no change {', '.join(missing)} for later; left are {', '.join(left)}")
    made = []
    for order, kept in left.items():
        if not orders or order in orders:
            made.append(create_change(world, project, body_of(kept)))
            world.later_changes.remove(kept)
    return tuple(made)


def set_status(world: World, number: int, status: str, *, project_id: int | None = None) -> BudgetChange:
    """Move a budget change to draft, under_review, approved or void."""
    project = project_named(world, project_id)
    return update_change(world, project, change_numbered(project, number), {"status": status})


def edit_amount(world: World, number: int, code: str, amount: Amount, *, project_id: int | None = None) -> BudgetChange:
    """Write another amount into a budget change's line.

    Raises:
        LookupError: when the change has no line on that code.
    """
    project = project_named(world, project_id)
    change, wanted = change_numbered(project, number), wbs_code_id(project, code)
    line = next((line for line in change.adjustments if line.wbs_code_id == wanted), None)
    if line is None:
        raise LookupError(f"budget change {number} of project {project.id} has no line on {code}")
    return update_change(
        world, project, change, {"adjustment_line_items": [{"id": line.id, "amount": Decimal(amount)}]}
    )


def delete_a_change(world: World, number: int, *, project_id: int | None = None) -> None:
    """Delete a budget change."""
    project = project_named(world, project_id)
    delete_change(project, change_numbered(project, number))


def give_to_erp(
    world: World, number: int, erp_status: str = "synced", *, project_id: int | None = None
) -> BudgetChange:
    """Let Procore's own ERP tool take an approved budget change: nobody edits or deletes it from then on.

    Raises:
        ValueError: for a change that is not approved; only such ones can be sent (facts/procore.md R72).
    """
    change = change_numbered(project_named(world, project_id), number)
    if change.status != "approved":
        raise ValueError(f"budget change {number} is {change.status}; only an approved one can be sent to the ERP")
    change.erp_status = erp_status
    return change


def correct_original(world: World, code: str, amount: Amount, *, project_id: int | None = None) -> None:
    """Correct a line's original amount: unlock, keeping all modifications, write it, and lock again if it was."""
    project = project_named(world, project_id)
    with _unlocked(project):
        update_line(
            world,
            project,
            project.line(code),
            {"original_budget_amount": Decimal(amount), "calculation_strategy": "manual"},
        )


def add_line(
    world: World, code: str, cost_type: str, name: str, amount: Amount, *, project_id: int | None = None
) -> BudgetLine:
    """Put a new cost code with one cost type (its letter) into the budget, unlocking it for that if need be."""
    project = project_named(world, project_id)
    known = {wbs_code.flat_code: wbs_code for wbs_code in project.wbs_codes.values()}
    wbs_code = known.get(f"{code}.{cost_type}") or add_code(world, project, code, name, cost_type)
    with _unlocked(project):
        return create_line(
            world, project, {"wbs_code_id": wbs_code.id, "original_budget_amount": Decimal(amount), "uom": "LS"}
        )


def delete_a_line(world: World, code: str, *, project_id: int | None = None) -> None:
    """Take a line out of the budget, unlocking it for that if need be."""
    project = project_named(world, project_id)
    with _unlocked(project):
        delete_line(project, project.line(code))


@contextmanager
def _unlocked(project: Project) -> Iterator[None]:
    was_locked = project.locked
    unlock(project, destroy_all_budget_line_item_transfers=False)
    try:
        yield
    finally:
        project.locked = was_locked


def project_named(world: World, project_id: int | None) -> Project:
    """Find a project; the only one when none is named.

    Raises:
        LookupError: when there is no such project, or none is named and there are several.
    """
    if project_id is not None and project_id in world.projects:
        return world.projects[project_id]
    if project_id is not None or len(world.projects) != 1:
        wanted = "one project, or one named" if project_id is None else f"project {project_id}"
        raise LookupError(f"expected {wanted}, found projects {', '.join(map(str, world.projects))}")
    return next(iter(world.projects.values()))


def change_numbered(project: Project, number: int) -> BudgetChange:
    """Find a budget change by its number.

    Raises:
        LookupError: when there is none.
    """
    found = next((change for change in project.changes.values() if change.number == number), None)
    if found is None:
        raise LookupError(f"project {project.id} has no budget change {number}")
    return found


def wbs_code_id(project: Project, code: str) -> int:
    """Find a budget code by its flat code ("R-19.S"), or by its cost code alone; it need not be in the budget.

    Raises:
        LookupError: when there is none, or more than one of the cost code.
    """
    found = [
        known.id
        for known in project.wbs_codes.values()
        if code in (known.flat_code, project.cost_codes[known.cost_code_id].full_code)
    ]
    if len(found) != 1:
        raise LookupError(f"project {project.id}: expected one budget code {code!r}, found {len(found)}")
    return found[0]


def body_of(change: BudgetChange) -> dict[str, object]:
    """Write a change that is kept for later as a body for POST .../budget_changes."""
    return {
        "number": change.number,
        "status": change.status,
        "title": change.title,
        "adjustment_line_items": [
            {
                "ref": line.ref,
                "adjustment_number": line.adjustment_number,
                "wbs_code_id": line.wbs_code_id,
                "description": line.description,
                "calculation_strategy": line.calculation_strategy,
                "quantity": line.quantity,
                "type": line.type,
                "uom": line.uom,
                "unit_cost": line.unit_cost,
                "amount": line.amount,
            }
            for line in change.adjustments
        ],
    }
