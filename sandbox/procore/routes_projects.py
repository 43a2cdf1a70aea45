"""Projects, their cost codes, sub jobs and budget codes."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from sandbox.procore.ask import Ask, Asked, entries_of, whole
from sandbox.procore.cost_codes import cost_code_body, sync_cost_codes
from sandbox.procore.wire import ApiError, answer
from sandbox.procore.world import WHEN_SEEDED, Project, WbsCode

router = APIRouter()
WBS_PATH = "/rest/v1.0/projects/{project_id}/work_breakdown_structure"
COST_CODE_SEGMENT, COST_TYPE_SEGMENT = 11, 12
WBS_PATTERN = 10


@router.get("/rest/v1.0/projects")
async def list_projects(ask: Asked) -> Response:
    """List the projects the account sees; the list does not tell is_erp_integrated."""
    ask.company()
    permitted = ask.world.access.permitted_projects
    visible = [
        project
        for project in ask.world.projects.values()
        if (permitted is None or project.id in permitted) and _passes(ask, project)
    ]
    return ask.paged([_project_body(ask, project) for project in visible])


@router.get("/rest/v1.0/projects/{project_id}")
async def show_project(ask: Asked, project_id: int) -> Response:
    """Show one project."""
    ask.company()
    project = ask.project(project_id, None)
    return answer(
        {
            **_project_body(ask, project),
            "is_erp_integrated": project.is_erp_integrated,
            "standard_cost_code_list_id": project.standard_cost_code_list_id,
            "code": None,
            "departments": [],
        }
    )


@router.get("/rest/v1.0/cost_codes")
async def list_cost_codes(ask: Asked) -> Response:
    """List a project's cost codes."""
    project = ask.project(None, "admin")
    codes = [
        code
        for code in project.cost_codes.values()
        if ask.keeps("filters[id]", code.id)
        and ask.keeps("filters[origin_id]", code.origin_id)
        and ask.keeps("sub_job_id", code.sub_job_id)
    ]
    shown, headers = ask.page(codes)
    compact = ask.request.query_params.get("view") == "erp_compact"
    body = cost_code_body(ask.world, project, compact=compact)
    return answer([body(code) for code in shown], headers=headers)


@router.patch("/rest/v1.0/cost_codes/sync")
async def sync_project_cost_codes(ask: Asked) -> Response:
    """Change or create cost codes; always 200, with what failed beside what did not."""
    project = ask.project(None, "admin", writes=True)
    entities, errors = sync_cost_codes(ask.world, project, entries_of(await ask.body(), "updates"))
    body = cost_code_body(ask.world, project, compact=False)
    return answer({"entities": [body(code) for code in entities], "errors": errors})


@router.get("/rest/v1.0/sub_jobs")
async def list_sub_jobs(ask: Asked) -> Response:
    """List a project's sub jobs."""
    project = ask.project(None, "admin")
    return ask.paged(
        [
            {
                "id": sub_job.id,
                "name": sub_job.name,
                "code": sub_job.code,
                "origin_id": sub_job.origin_id,
                "origin_data": None,
                "created_at": WHEN_SEEDED,
                "updated_at": WHEN_SEEDED,
            }
            for sub_job in project.sub_jobs.values()
        ]
    )


@router.get(f"{WBS_PATH}/wbs_codes")
async def list_wbs_codes(ask: Asked, project_id: int) -> Response:
    """List a project's budget codes."""
    project = ask.project(project_id, "admin")
    codes = [code for code in project.wbs_codes.values() if ask.keeps("filters[status]", code.status)]
    shown, headers = ask.page(codes)
    return answer([_wbs_body(ask, project, code) for code in shown], headers=headers)


@router.post(f"{WBS_PATH}/wbs_codes")
async def create_wbs_code(ask: Asked, project_id: int) -> Response:
    """Make a budget code of a cost code and a cost type."""
    project = ask.project(project_id, "admin", writes=True)
    body = await ask.body()
    items = {whole(item, "segment_id"): whole(item, "segment_item_id") for item in entries_of(body, "segment_items")}
    cost_code = project.cost_codes.get(items.get(COST_CODE_SEGMENT, 0))
    kind = ask.world.line_item_types.get(items.get(COST_TYPE_SEGMENT, 0))
    if cost_code is None or kind is None:
        raise ApiError(HTTPStatus.BAD_REQUEST, "segment_items name no cost code and cost type", field="segment_items")
    flat_code = f"{cost_code.full_code}.{kind.code}"
    if any(known.flat_code == flat_code for known in project.wbs_codes.values()):
        raise ApiError(HTTPStatus.BAD_REQUEST, "This Budget Code already exists", field="segment_items")
    made = WbsCode(
        id=ask.world.new_id(),
        cost_code_id=cost_code.id,
        line_item_type_id=kind.id,
        flat_code=flat_code,
        description=str(body.get("description") or cost_code.name),
    )
    project.wbs_codes[made.id] = made
    return answer(_wbs_body(ask, project, made), HTTPStatus.CREATED)


def _passes(ask: Ask, project: Project) -> bool:
    query = ask.request.query_params
    status = {"Active": True, "Inactive": False}.get(query.get("filters[by_status]", "All"))
    synced = {"true": True, "false": False}.get(query.get("filters[synced]", ""))
    return (
        ask.keeps("filters[id]", project.id)
        and ask.keeps("filters[origin_id]", project.origin_id)
        and query.get("filters[name]", "").casefold() in project.name.casefold()
        and status in (None, project.active)
        and synced in (None, project.origin_id is not None)
    )


def _project_body(ask: Ask, project: Project) -> dict[str, Any]:
    company = ask.world.company
    return {
        "id": project.id,
        "name": project.name,
        "display_name": f"{project.project_number} - {project.name}",
        "project_number": project.project_number,
        "active": project.active,
        "origin_id": project.origin_id,
        "origin_code": project.origin_code,
        "origin_data": project.origin_data,
        "created_at": WHEN_SEEDED,
        "updated_at": WHEN_SEEDED,
        "time_zone": "US/Pacific",
        "company": {"id": company.id, "name": company.name},
    }


def _wbs_body(ask: Ask, project: Project, code: WbsCode) -> dict[str, Any]:
    cost_code = project.cost_codes[code.cost_code_id]
    kind = ask.world.line_item_types[code.line_item_type_id]
    return {
        "id": code.id,
        "flat_code": code.flat_code,
        "flat_name": f"{cost_code.name}.{kind.name}",
        "description": code.description,
        "status": code.status,
        "created_at": WHEN_SEEDED,
        "updated_at": WHEN_SEEDED,
        "segment_items": [
            _segment_item(COST_CODE_SEGMENT, "cost_code", cost_code.id, cost_code.full_code, cost_code.name),
            _segment_item(COST_TYPE_SEGMENT, "line_item_type", kind.id, kind.code, kind.name),
        ],
        "wbs_pattern_id": WBS_PATTERN,
    }


def _segment_item(segment_id: int, segment_type: str, item_id: int, code: str, name: str) -> dict[str, Any]:
    return {
        "id": item_id,
        "code": code,
        "name": name,
        "parent_id": None,
        "path_ids": [item_id],
        "path_code": code,
        "status": "active",
        "segment": {"id": segment_id, "type": segment_type, "name": segment_type.replace("_", " ").title()},
    }
