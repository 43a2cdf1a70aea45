"""Cost codes: how they are written, and the sync action that changes them."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from sandbox.procore.routes_company import type_body
from sandbox.procore.wire import ApiError
from sandbox.procore.world import WHEN_SEEDED, CostCode, Project, World

UPDATES_MAX = 1000
CHANGEABLE = ("code", "name", "origin_id", "origin_data", "position", "standard_cost_code_id", "parent_id")


def cost_code_body(world: World, project: Project, *, compact: bool) -> Callable[[CostCode], dict[str, Any]]:
    """Make the writer of one project's cost codes; what is counted over the project is counted once."""
    types: dict[int, list[dict[str, Any]]] = {}
    for wbs_code in project.wbs_codes.values():
        kind = world.line_item_types[wbs_code.line_item_type_id]
        types.setdefault(wbs_code.cost_code_id, []).append(type_body(kind))
    budgeted = {project.wbs_codes[line.wbs_code_id].cost_code_id for line in project.lines.values()}

    def short(code: CostCode) -> dict[str, Any]:
        return {
            "id": code.id,
            "code": code.code,
            "full_code": code.full_code,
            "name": code.name,
            "origin_id": code.origin_id,
            "origin_data": code.origin_data,
        }

    def whole(code: CostCode) -> dict[str, Any]:
        biller_id, biller, biller_type, biller_origin_id = biller_of(project, code)
        return {
            **short(code),
            "biller": biller,
            "biller_id": biller_id,
            "biller_type": biller_type,
            "biller_origin_id": biller_origin_id,
            "budgeted": code.id in budgeted,
            "parent": {"id": code.parent_id},
            "position": code.position,
            "sortable_code": code.full_code,
            "standard_cost_code_id": code.standard_cost_code_id,
            "standard_cost_code_list_id": project.standard_cost_code_list_id,
            "line_item_types": types.get(code.id, []),
            "created_at": WHEN_SEEDED,
            "updated_at": WHEN_SEEDED,
            "deleted_at": None,
        }

    return short if compact else whole


def biller_of(project: Project, code: CostCode) -> tuple[int, str, str, str | None]:
    """Tell id, name, type and origin id of what a cost code belongs to: its sub job, else the project."""
    if code.sub_job_id is not None:
        sub_job = project.sub_jobs[code.sub_job_id]
        return sub_job.id, sub_job.name, "SubJob", sub_job.origin_id
    return project.id, project.name, "Project", project.origin_id


def sync_cost_codes(
    world: World, project: Project, updates: list[dict[str, Any]]
) -> tuple[list[CostCode], list[dict[str, Any]]]:
    """Apply each update on its own: matched by id, else by origin_id, else a new cost code.

    Raises:
        ApiError: 400 for more than 1,000 updates; nothing is changed then.
    """
    if len(updates) > UPDATES_MAX:
        text = f"updates holds {len(updates)} entries, more than {UPDATES_MAX}"
        raise ApiError(HTTPStatus.BAD_REQUEST, text, field="updates")
    owners = {code.origin_id: code for known in world.projects.values() for code in known.cost_codes.values()}
    entities, errors = [], []
    for update in updates:
        found = _match(project, update)
        problems = _problems(project, found, owners.get(update.get("origin_id")), update)
        if problems:
            errors.append({**update, "errors": problems})
            continue
        code = _applied(world, project, found, update)
        owners[code.origin_id] = code
        entities.append(code)
    return entities, errors


def _match(project: Project, update: dict[str, Any]) -> CostCode | None:
    if update.get("id") is not None:
        return project.cost_codes.get(update["id"])
    origin_id = update.get("origin_id")
    return next((code for code in project.cost_codes.values() if origin_id and code.origin_id == origin_id), None)


def _problems(
    project: Project, found: CostCode | None, owner: CostCode | None, update: dict[str, Any]
) -> dict[str, list[str]]:
    """Name what is wrong with an update; `owner` has the origin id asked for, which is unique in the company."""
    problems: dict[str, list[str]] = {}
    if update.get("id") is not None and found is None:
        problems["id"] = ["was not found"]
    if found is None:
        problems |= {name: ["can't be blank"] for name in ("code", "name") if not update.get(name)}
    if update.get("origin_id") and owner is not None and owner is not found:
        problems["origin_id"] = ["has already been taken"]
    parent_id = update.get("parent_id")
    if parent_id is not None and parent_id not in project.cost_codes:
        problems["parent_id"] = ["was not found"]
    return problems


def _applied(world: World, project: Project, found: CostCode | None, update: dict[str, Any]) -> CostCode:
    if found is None:
        found = CostCode(id=world.new_id(), code="", full_code="", name="", position=len(project.cost_codes) + 1)
        project.cost_codes[found.id] = found
    for name in CHANGEABLE:
        if name in update:
            setattr(found, name, update[name])
    if "code" in update or "parent_id" in update:
        parent = project.cost_codes.get(found.parent_id or 0)
        found.full_code = f"{parent.full_code}-{found.code}" if parent else found.code
        for wbs_code in project.wbs_codes.values():
            if wbs_code.cost_code_id == found.id:
                wbs_code.flat_code = f"{found.full_code}.{world.line_item_types[wbs_code.line_item_type_id].code}"
    return found
