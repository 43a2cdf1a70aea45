"""Changes a budget between two pages of a reader: the list moves by one row, as when somebody works in Procore."""

from decimal import Decimal

from starlette.requests import Request

from sandbox.procore.seed import add_code
from sandbox.procore.world import BudgetLine, Project, World

INSERTED_CODE = "0-INSERTED"


def project_of(world: World, request: Request) -> Project:
    """Find the project a request is about, from its query or its path; the first one when it is about none.

    Raises:
        LookupError: when it names an unknown one, or there is none at all.
    """
    _, _, after = request.url.path.partition("/projects/")
    named = request.query_params.get("project_id") or after.partition("/")[0]
    if not named and world.projects:
        return next(iter(world.projects.values()))
    if not named.isdecimal() or int(named) not in world.projects:
        raise LookupError(f"fault: expected a request about a known project, found {request.url.path}")
    return world.projects[int(named)]


def insert_first_line(world: World, project: Project) -> None:
    """Put a new line of 1.00 in front: the last row of the page just read comes again on the next."""
    number = sum(line.full_code.startswith(INSERTED_CODE) for line in project.cost_codes.values()) + 1
    kind = next(iter(world.line_item_types.values())).code
    wbs_code = add_code(world, project, f"{INSERTED_CODE}-{number}", "Inserted while the list was read", kind)
    line = BudgetLine(id=world.new_id(), wbs_code_id=wbs_code.id, original_budget_amount=Decimal("1.00"))
    project.lines = {line.id: line, **project.lines}


def remove_first_line(world: World, project: Project) -> None:  # noqa: ARG001 - same shape as insert_first_line
    """Take the first line away: the first row of the next page is skipped."""
    if project.lines:
        del project.lines[next(iter(project.lines))]
