"""The connector in front of the sandbox, sharing its clock: a wait moves the clock on and takes no time."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.procore.access import ProcoreAccess
from connectors.procore.http import HttpProcore
from sandbox.procore import people
from sandbox.procore.running import RunningProcore
from sandbox.procore.seed import add_code
from sandbox.procore.world import BudgetModification, Project, UnbudgetedRow
from tests.contract.procore_caller import UNUSED_TLS

PROJECT = 1164


@dataclass
class SandboxStage:
    """A gateway to the sandbox, and the ways to change what the sandbox holds."""

    server: RunningProcore
    gateway: HttpProcore
    slept: list[float] = field(default_factory=list)

    def add_modification(self, from_code: str, to_code: str, amount: str, notes: str = "") -> None:
        world = self.server.state
        project = world.projects[PROJECT]
        change = BudgetModification(
            id=world.new_id(),
            from_budget_line_item_id=project.line(from_code).id,
            to_budget_line_item_id=project.line(to_code).id,
            transfer_amount=Decimal(amount),
            notes=notes,
        )
        project.modifications[change.id] = change

    def add_change(self, title: str, amounts: dict[str, str], status: str = "approved") -> None:
        people.make_change(self.server.state, title, amounts, status=status, project_id=PROJECT)

    def add_project(self, project_id: int, name: str, *, origin_id: str | None, active: bool) -> None:
        self.server.state.projects[project_id] = Project(
            id=project_id, name=name, project_number=f"P-{project_id}", origin_id=origin_id, active=active
        )

    def add_unbudgeted(self, code: str, name: str, cost_type: str) -> None:
        project = self.server.state.projects[PROJECT]
        wbs_code = add_code(self.server.state, project, code, name, cost_type)
        project.unbudgeted.append(UnbudgetedRow(wbs_code_id=wbs_code.id, reason="direct cost"))

    def refuse_unlocking(self, words: str) -> None:
        self.server.state.projects[PROJECT].unlock_refusal = words

    def hide_project(self) -> None:
        self.server.state.access.permitted_projects = []

    def drop_view(self) -> None:
        views = self.server.state.views
        for view_id in [view.id for view in views.values() if view.name == "Vista Export"]:
            del views[view_id]

    def forbid_tool(self, tool: str) -> None:
        self.server.state.access.denied_tools.append(tool)

    def modification_count(self) -> int:
        return len(self.server.state.projects[PROJECT].modifications)

    def is_locked(self) -> bool:
        return self.server.state.projects[PROJECT].locked

    def calls(self) -> list[str]:
        return [f"{seen.method} {seen.path}" for seen in self.server.requests]


class Interference(httpx.HTTPTransport):
    """Lets something happen in Procore after each answer, as when somebody works there meanwhile."""

    def __init__(self, meanwhile: Callable[[httpx.Request], None]) -> None:
        super().__init__(verify=UNUSED_TLS)
        self._meanwhile = meanwhile

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        response.read()
        self._meanwhile(request)
        return response


class Misbehaving(httpx.HTTPTransport):
    """Rewrites the answers of one path on their way to us; a list under "data" is given without it."""

    def __init__(self, path: str, rewrite: Callable[[list[dict[str, Any]]], Any]) -> None:
        super().__init__(verify=UNUSED_TLS)
        self._path, self._rewrite = path, rewrite

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        body = response.read()
        if request.url.path != self._path:
            return response
        value = json.loads(body, parse_float=Decimal)
        entries = value["data"] if isinstance(value, dict) else value
        headers = [(name, told) for name, told in response.headers.items() if name != "content-length"]
        written = json.dumps({"data": self._rewrite(entries)}, default=str)
        return httpx.Response(response.status_code, headers=headers, content=written)


@contextmanager
def staged(
    server: RunningProcore,
    *,
    meanwhile: Callable[[httpx.Request], None] | None = None,
    transport: httpx.BaseTransport | None = None,
    **changes: Any,
) -> Iterator[SandboxStage]:
    """Give a gateway to a running sandbox; time-outs are short because the sandbox is near."""
    values: dict[str, Any] = {
        "login_url": server.login_url,
        "api_url": server.api_url,
        "client_id": "sandbox-client",
        "client_secret": SecretStr("sandbox-secret"),
        "company_id": 8089,
        "budget_view": "Vista Export",
        "quantity_column": "Budgeted Quantity",
        "uom_column": "Unit of Measure",
        "hours_column": "Budgeted Hours",
        **changes,
    }
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        server.clock.advance(seconds)

    if meanwhile is not None:
        transport = Interference(meanwhile)
    access = ProcoreAccess(**values)
    with HttpProcore(access, transport=transport, sleep=sleep, now=server.clock.now) as gateway:
        yield SandboxStage(server, gateway, slept)
