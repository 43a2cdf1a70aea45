"""Puts the routes together behind the gate, and shapes every error as Procore does."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from sandbox.procore import (
    routes_budget,
    routes_changes,
    routes_company,
    routes_control,
    routes_login,
    routes_modifications,
    routes_projects,
    routes_views,
)
from sandbox.procore.gate import Gate
from sandbox.procore.sandbox import Sandbox
from sandbox.procore.wire import ApiError, error_answer

ROUTES = (
    routes_login,
    routes_company,
    routes_projects,
    routes_budget,
    routes_views,
    routes_changes,
    routes_modifications,
    routes_control,
)


def make_app(sandbox: Sandbox) -> ASGIApp:
    """Make the application that serves one sandbox."""
    api = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    api.state.sandbox = sandbox
    for module in ROUTES:
        api.include_router(module.router)

    @api.exception_handler(ApiError)
    async def refused(request: Request, error: ApiError) -> Response:
        return error_answer(request.url.path, error)

    @api.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> Response:
        refusal = ApiError(error.status_code, error.detail, headers=error.headers)
        return error_answer(request.url.path, refusal)

    @api.exception_handler(RequestValidationError)
    async def misspelled(request: Request, error: RequestValidationError) -> Response:
        # Only path parameters are validated by the framework: an id that is no number is nobody's id.
        named = str(error.errors()[0]["loc"][-1])
        return error_answer(request.url.path, ApiError(HTTPStatus.NOT_FOUND, f"{named} is no known id.", field=named))

    return Gate(api, sandbox)
