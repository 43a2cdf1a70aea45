"""One call of the API, as the routes see it: its parameters, its body, and the project it may or may not see."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from starlette.responses import Response

from sandbox.procore.sandbox import Sandbox
from sandbox.procore.wire import ApiError, answer, page_headers, slice_of
from sandbox.procore.world import Project, World

T = TypeVar("T")
V2_PER_PAGE_DEFAULT = 10
V2_PER_PAGE_MAX = 100


@dataclass(frozen=True, slots=True)
class Ask:
    """The request, and the sandbox it is put to."""

    request: Request
    sandbox: Sandbox

    @property
    def world(self) -> World:
        """The state to answer from."""
        return self.sandbox.world

    def company(self, company_id: int | None = None) -> None:
        """Check that the company named in path or query is the caller's.

        Raises:
            ApiError: 400 when none is named, 404 when it is another one.
        """
        named = self.number("company_id") if company_id is None else company_id
        if named != self.world.company.id:
            raise ApiError(HTTPStatus.NOT_FOUND, f"Company {named} was not found.")

    def tool(self, tool: str, *, writes: bool = False) -> None:
        """Check that the account may use a tool of the company.

        Raises:
            ApiError: 403.
        """
        access = self.world.access
        if tool in access.denied_tools or (writes and tool in access.read_only_tools):
            raise ApiError(HTTPStatus.FORBIDDEN, f"You do not have permission to use the {tool} tool like this.")

    def project(self, project_id: int | None, tool: str | None, *, writes: bool = False) -> Project:
        """Find the project in the path, or (None) in the query.

        Raises:
            ApiError: 400 when none is named, 404 when it cannot be seen, 403 when the tool is off or not allowed.
        """
        named = self.number("project_id") if project_id is None else project_id
        permitted = self.world.access.permitted_projects
        if named not in self.world.projects or (permitted is not None and named not in permitted):
            raise ApiError(HTTPStatus.NOT_FOUND, f"Project {named} was not found.")
        project = self.world.projects[named]
        if tool in project.disabled_tools:
            raise ApiError(HTTPStatus.FORBIDDEN, f"The {tool} tool is disabled in this project.")
        if tool is not None:
            self.tool(tool, writes=writes)
        return project

    def number(self, name: str, default: int | None = None) -> int:
        """Read a whole number above 0 from the query.

        Raises:
            ApiError: 400 when it is missing without a default, or no such number.
        """
        text = self.request.query_params.get(name)
        if text is None and default is not None:
            return default
        if text is None or not text.isdecimal() or int(text) == 0:
            raise ApiError(HTTPStatus.BAD_REQUEST, f"{name} is missing or invalid: {text!r}", field=name)
        return int(text)

    def texts(self, name: str) -> frozenset[str]:
        """Read a list from the query: repeated, with or without [], separated by commas, or in brackets."""
        values = [*self.request.query_params.getlist(name), *self.request.query_params.getlist(f"{name}[]")]
        return frozenset(part.strip() for value in values for part in value.strip("[]").split(",") if part.strip())

    def keeps(self, name: str, value: str | int | None) -> bool:
        """Tell whether an entry passes the query's filter; everything passes where there is none."""
        wanted = self.texts(name)
        return not wanted or (value is not None and str(value) in wanted)

    async def body(self) -> dict[str, Any]:
        """Read the JSON body; numbers with a fraction come as Decimal.

        Raises:
            ApiError: 400 when it is not a JSON object.
        """
        try:
            body = json.loads(await self.request.body(), parse_float=Decimal)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise ApiError(HTTPStatus.BAD_REQUEST, "The body is not a JSON object.")
        return body

    def page(self, entries: Sequence[T]) -> tuple[Sequence[T], dict[str, str]]:
        """Cut the page the query asks for, and write its headers."""
        is_v2 = self.request.url.path.startswith("/rest/v2")
        default = V2_PER_PAGE_DEFAULT if is_v2 else self.world.per_page_default
        most = V2_PER_PAGE_MAX if is_v2 else self.world.per_page_max
        page, per_page = self.number("page", 1), min(self.number("per_page", default), most)
        headers = page_headers(self.request.url, page, per_page, len(entries))
        return slice_of(entries, page, per_page), headers

    def paged(self, entries: Sequence[T]) -> Response:
        """Answer with a page of finished entries."""
        shown, headers = self.page(entries)
        return answer(list(shown), headers=headers)


async def ask_of(request: Request) -> Ask:
    """Make the call a route gets."""
    return Ask(request, request.app.state.sandbox)


Asked = Annotated[Ask, Depends(ask_of)]


def part(body: dict[str, Any], name: str) -> dict[str, Any]:
    """Take a required object out of a body.

    Raises:
        ApiError: 400 when it is missing.
    """
    value = body.get(name)
    if not isinstance(value, dict):
        raise ApiError(HTTPStatus.BAD_REQUEST, f"param is missing or the value is empty: {name}", field=name)
    return value


def entries_of(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Take a list of objects out of a body; a missing one is empty.

    Raises:
        ApiError: 400 when it is something else.
    """
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise ApiError(HTTPStatus.BAD_REQUEST, f"{name} is not a list of objects", field=name)
    return value


def whole(body: dict[str, Any], name: str) -> int:
    """Take a required id out of a body.

    Raises:
        ApiError: 400 when it is missing or no whole number.
    """
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).isdecimal():
        raise ApiError(HTTPStatus.BAD_REQUEST, f"{name} is missing or invalid: {value!r}", field=name)
    return int(value)


def amount(body: dict[str, Any], name: str) -> Decimal | None:
    """Take an amount or quantity out of a body, sent as number or as text; nothing stays nothing.

    Raises:
        ApiError: 400 when it is no finite number.
    """
    value = body.get(name)
    if value is None:
        return None
    try:
        number = None if isinstance(value, bool) else Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        number = None
    if number is None or not number.is_finite():
        raise ApiError(HTTPStatus.BAD_REQUEST, f"{name} is not a number: {value!r}", field=name)
    return number
