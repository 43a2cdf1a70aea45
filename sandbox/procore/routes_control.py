"""The sandbox's own controls, outside Procore's API and without its log-in: state, edits, faults, clock."""

from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from sandbox.procore import people
from sandbox.procore.ask import Ask, Asked, entries_of
from sandbox.procore.faults import Fault
from sandbox.procore.storage import edit, load, save, saved_text
from sandbox.procore.wire import JSON_TYPE, ApiError, answer

router = APIRouter(prefix="/sandbox")
FAULT = TypeAdapter(Fault)


@router.get("/state")
async def show_state(ask: Asked) -> Response:
    """Show the whole world, as it would be saved."""
    return Response(saved_text(ask.world), media_type=JSON_TYPE)


@router.post("/save")
async def save_state(ask: Asked) -> Response:
    """Save the world: {"file": path}, or the file named at the start."""
    file = _file(ask, await _optional_body(ask))
    save(ask.world, file)
    return answer({"saved": str(file)})


@router.post("/load")
async def load_state(ask: Asked) -> Response:
    """Load the world: {"file": path}, or the file named at the start."""
    file = _file(ask, await _optional_body(ask))
    try:
        ask.sandbox.world = load(file)
    except (OSError, ValueError) as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, f"cannot load {file}: {error}") from None
    return answer({"loaded": str(file)})


@router.post("/reset")
async def reset_state(ask: Asked) -> Response:
    """Start again: {"seed": name}, or the seed of the start."""
    body = await _optional_body(ask)
    try:
        ask.sandbox.reset(body.get("seed"))
    except ValueError as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, str(error)) from None
    return answer({"seed": ask.sandbox.seed})


@router.post("/edit")
async def edit_state(ask: Asked) -> Response:
    """Set values: {"edits": [{"path": ["projects", 1164, "locked"], "value": false}, ...]}."""
    edits = entries_of(await ask.body(), "edits")
    for entry in edits:
        try:
            edit(ask.world, entry["path"], entry["value"])
        except (LookupError, AttributeError, TypeError, ValueError) as error:
            raise ApiError(HTTPStatus.BAD_REQUEST, f"cannot edit {entry.get('path')}: {error}") from None
    return answer({"edited": len(edits)})


@router.get("/later_changes")
async def list_later_changes(ask: Asked) -> Response:
    """List bodies for POST .../budget_changes that the seed keeps for a later step."""
    return answer([people.body_of(change) for change in ask.world.later_changes])


@router.post("/later_changes")
async def make_later_changes(ask: Asked) -> Response:
    """Make them, as a project manager would: all, or {"orders": ["CO-01"]}; in the only project, or {"project": id}."""
    body = await _optional_body(ask)
    orders, project_id = body.get("orders", []), body.get("project")
    try:
        made = people.make_later_changes(ask.world, *map(str, orders), project_id=project_id)
    except LookupError as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, str(error)) from None
    return answer([{"id": change.id, "number": change.number, "title": change.title} for change in made])


@router.post("/clock")
async def advance_clock(ask: Asked) -> Response:
    """Let time pass at once: {"seconds": 3600}."""
    body = await ask.body()
    ask.sandbox.clock.advance(float(body.get("seconds", 0)))
    return answer({"now": ask.sandbox.clock.text()})


@router.get("/faults")
async def list_faults(ask: Asked) -> Response:
    """List the faults that are still waiting to strike."""
    return answer([FAULT.dump_python(fault) for fault in ask.sandbox.faults.waiting()])


@router.post("/faults")
async def switch_fault_on(ask: Asked) -> Response:
    """Switch a fault on: {"kind": "503", "method": "GET", "path": "detail_rows", "count": 2, "retry_after": 1}."""
    try:
        ask.sandbox.faults.switch_on(FAULT.validate_python(await ask.body()))
    except (ValidationError, ValueError) as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, str(error)) from None
    return answer({"waiting": len(ask.sandbox.faults.waiting())}, HTTPStatus.CREATED)


@router.delete("/faults")
async def clear_faults(ask: Asked) -> Response:
    """Switch all faults off."""
    ask.sandbox.faults.clear()
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _optional_body(ask: Ask) -> dict[str, Any]:
    return await ask.body() if await ask.request.body() else {}


def _file(ask: Ask, body: dict[str, Any]) -> Path:
    if body.get("file"):
        return Path(str(body["file"]))
    if ask.sandbox.state_file is None:
        raise ApiError(HTTPStatus.BAD_REQUEST, "no file is named, here or with --state", field="file")
    return ask.sandbox.state_file
