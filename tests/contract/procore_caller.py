"""A plain HTTP caller of the sandbox Procore, for its own tests."""

import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from sandbox.procore.running import RunningProcore
from sandbox.procore.world import Project

# Made once: each client would read the system's certificates anew, which plain HTTP does not need at all.
UNUSED_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
CREDENTIALS = {"grant_type": "client_credentials", "client_id": "sandbox-client", "client_secret": "sandbox-secret"}
PROJECT = 1164
ROWS = "/rest/v1.0/budget_views/502/detail_rows"
LINES = "/rest/v1.1/budget_line_items"
BUDGET = "/rest/v1.0/projects/1164/budget"
CHANGES = "/rest/v1.0/projects/1164/budget_changes"
MODIFICATIONS = "/rest/v1.0/projects/1164/budget_modifications"
WBS_CODES = "/rest/v1.0/projects/1164/work_breakdown_structure/wbs_codes"
PROJECTS = "/rest/v1.0/projects"
COST_CODES = "/rest/v1.0/cost_codes"


@dataclass(slots=True)
class Caller:
    """Logged in, with the company header on every call. Ends with its `with` block."""

    procore: RunningProcore
    http: httpx.Client

    @classmethod
    def logged_in(cls, procore: RunningProcore) -> Self:
        http = httpx.Client(base_url=procore.api_url, timeout=10, verify=UNUSED_TLS)
        caller = cls(procore, http)
        http.headers["Procore-Company-Id"] = "8089"
        http.headers["Authorization"] = f"Bearer {caller.new_token()}"
        return caller

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    @property
    def project(self) -> Project:
        return self.procore.state.projects[PROJECT]

    def new_token(self) -> str:
        return str(self.http.post("/oauth/token", json=CREDENTIALS).json()["access_token"])

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.http.get(path, params=params)

    def rows(self, **params: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(ROWS, **{"project_id": PROJECT, **params}).json()
        return found

    def row(self, code: str) -> dict[str, Any]:
        """Find the detail row of a cost code."""
        return next(row for row in self.rows() if row["cost_code"].startswith(f"{code} - "))

    def post(self, path: str, body: Any, **params: Any) -> httpx.Response:
        return self.http.post(path, json=body, params=params)

    def patch(self, path: str, body: Any, **params: Any) -> httpx.Response:
        return self.http.patch(path, json=body, params=params)

    def delete(self, path: str, **params: Any) -> httpx.Response:
        return self.http.delete(path, params=params)

    def create_line(self, code: str, **values: Any) -> httpx.Response:
        """Put the budget code ("R-23.S") into the budget."""
        wbs_code_id = next(known.id for known in self.project.wbs_codes.values() if known.flat_code == code)
        return self.post(LINES, {"project_id": PROJECT, "budget_line_item": {"wbs_code_id": wbs_code_id, **values}})

    def change_line(self, code: str, **values: Any) -> httpx.Response:
        """Change the line of a cost code ("R-1")."""
        line = self.project.line(code)
        return self.patch(f"{LINES}/{line.id}", {"project_id": PROJECT, "budget_line_item": values})

    def delete_line(self, code: str) -> httpx.Response:
        line_id = self.project.line(code).id
        return self.delete(f"/rest/v2.0/companies/8089/projects/{PROJECT}/budget_line_items/{line_id}")

    def modify(self, code: str, amount: str) -> httpx.Response:
        """Make a budget modification onto the line of a cost code."""
        body = {"to_budget_line_item_id": self.project.line(code).id, "transfer_amount": amount}
        return self.post(MODIFICATIONS, {"budget_modification": body})

    def control(self, path: str, body: Any) -> httpx.Response:
        return httpx.post(f"{self.procore.control_url}/sandbox/{path}", json=body, verify=UNUSED_TLS)
