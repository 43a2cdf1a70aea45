"""The people of a company before the Prefect UI: who sends, who may accept, and what they see.

With SCREENSHOTS=docs/images in the environment (`make screenshots`) the pictures of the guides are taken on the way.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Locator, Page, ViewportSize, expect

from connectors.journal import Journal
from connectors.journal.codes import STEP_SECONDS
from connectors.journal.records import ExportRecord
from connectors.vista.sql import SqlVista
from demo.commands import Commands
from demo.stack import LocalStack
from tasks.stored_answers import question_key
from tests.browser.prefect_pages import (
    SHOWN_MS_MAX,
    Posted,
    Ui,
    fill_form,
    open_artifact,
    open_menu,
    open_resume_form,
    open_run,
    open_run_form,
    shown_dialog,
    submit_answer,
    submit_run,
    wait_for_state,
)
from tests.people import Authenticator, enrolled_approver

PROJECT = "1164"
JOB = "1164I-001"
TOTAL = "5,799,933.10"
PRIYA = "priya.pm@example.com"
ALEX = "alex.approver@example.com"
BLAKE = "blake.controller@example.com"

CODE_FIELD = "One-time code of your authenticator app"

# A usual laptop's screen.
LAPTOP = ViewportSize(width=1366, height=768)

_SETTLED_MS = 1_200
_LOOK_MS = 250
_LOOKS_MAX = 240


def take_picture(page: Page, name: str, part: Locator | None = None) -> None:
    """Take a picture of the page, or of a part of it, for the guides, if it is wanted and has a name."""
    if (folder := os.environ.get("SCREENSHOTS")) and name:
        page.wait_for_timeout(_SETTLED_MS)
        Path(folder).mkdir(parents=True, exist_ok=True)
        (part or page).screenshot(path=Path(folder) / f"{name}.png")


@dataclass
class Office:
    """One page of one generation of the UI, and the people before it."""

    page: Page
    stack: LocalStack
    api: httpx.Client
    journal: Journal
    ui: Ui = Ui.V2
    # Everybody's authenticator apps, by e-mail address.
    phones: dict[str, Authenticator] = field(default_factory=dict)

    @property
    def commands(self) -> Commands:
        """The command line, in the same company."""
        return Commands(self.stack.environment)

    def enrol(self, email: str, name: str) -> None:
        """Enrol an approver, who scans the code with an app of their own."""
        self.phones[email] = enrolled_approver(self.journal, email, name=name, at=datetime.now(UTC))

    def deployment(self, name: str) -> str:
        """Return the id of a deployment."""
        return str(self.api.get(f"/deployments/name/{name}").json()["id"])

    def send_by_form(self, picture: str = "") -> ExportRecord:
        """Send the budget by the deployment's run form, and wait until it waits."""
        form = {"project_id": PROJECT, "submitted_by": PRIYA}
        return self.asked(self.run_by_form("budget-setup/setup", form, picture))

    def run_by_form(self, deployment: str, form: Mapping[str, str | bool], picture: str = "") -> str:
        """Start a run by its deployment's form; return its id."""
        open_run_form(self.page, self.stack.ui_url, self.deployment(deployment), self.ui)
        fill_form(self.page, form, self.ui)
        self.take_picture(picture)
        return submit_run(self.page)

    def send_by_command(self) -> ExportRecord:
        """Lock the budget and send it at the command line; wait until it waits."""
        sent = self.commands.json("setup", PROJECT, "--by", PRIYA, "--lock")["export"]
        return self.asked(sent["flow_run_id"])

    def asked(self, run: str, ask: int = 1) -> ExportRecord:
        """Wait until a run waits for the answer to a question, by its number; return the export."""

        def is_asked() -> ExportRecord | None:
            export = self.journal.export_of_flow_run(run)
            state = self.api.get(f"/flow_runs/{run}").json()["state"] or {}
            key = question_key(export.id, ask) if export else ""
            is_waiting = state.get("type") == "PAUSED" and key in (
                state["state_details"]["run_input_keyset"] or {}
            ).get("schema", "")
            return export if export and is_waiting else None

        return self._seen(is_asked, f"question {ask} of run {run}")

    def ended(self, run: str) -> ExportRecord:
        """Wait until the export of a run has ended, and the run, too."""

        def is_ended() -> ExportRecord | None:
            export = self.journal.export_of_flow_run(run)
            state = self.api.get(f"/flow_runs/{run}").json()["state"] or {}
            is_over = state.get("type") in {"COMPLETED", "FAILED", "CANCELLED", "CRASHED"}
            return export if export and export.ended_at and is_over else None

        return self._seen(is_ended, f"the end of run {run}")

    def open_run(self, export: ExportRecord, state: str, picture: str = "") -> None:
        """Open the page of an export's run, and wait until it shows a state."""
        open_run(self.page, self.stack.ui_url, str(export.flow_run_id), self.ui)
        wait_for_state(self.page, state)
        self.take_picture(picture)

    def reason_of_state(self, picture: str) -> str:
        """Read why the open run is where it is: V2 tells it among the details."""
        self.page.get_by_role("tab", name="Details").click()
        self.page.get_by_text("State Message").scroll_into_view_if_needed()
        self.take_picture(picture)
        return self.page.locator("body").inner_text()

    def look_for_resume(self, picture: str) -> None:
        """Open the menu in which V2 has Resume, and close it again."""
        open_menu(self.page)
        self.page.get_by_role("menuitem", name="Resume").wait_for()
        self.take_picture(picture)
        self.page.keyboard.press("Escape")

    def open_question(self, export: ExportRecord, showing: str, picture: str = "") -> str:
        """Open the Resume dialog of an export that waits; return its text once it shows what is named."""
        dialog = open_resume_form(self.page, self.stack.ui_url, str(export.flow_run_id), self.ui)
        # V2 fetches the question apart from the fields; it may come a moment later.
        expect(dialog).to_contain_text(showing, timeout=SHOWN_MS_MAX)
        take_picture(self.page, picture, dialog)
        return dialog.inner_text()

    def answer(self, answers: Mapping[str, str], picture: str = "") -> Posted:
        """Fill in the open dialog and submit it."""
        fill_form(self.page, answers, self.ui)
        take_picture(self.page, picture, shown_dialog(self.page, self.ui))
        return submit_answer(self.page, self.ui)

    def signed(self, email: str, plan_code: str | None) -> dict[str, str]:
        """What a person types to say who they are and what they read."""
        return {
            "Plan code": plan_code or "",
            "Your e-mail address": email,
            # The one that the app shows now, not the one before: a slow browser would let that run out.
            CODE_FIELD: self.phones[email].code(datetime.now(UTC) + timedelta(seconds=STEP_SECONDS)),
        }

    def read(self, export: ExportRecord, kind: str, showing: str, picture: str = "") -> str:
        """Open one of the export's pages, and return what it says."""
        wanted = {"artifacts": {"flow_run_id": {"any_": [export.flow_run_id]}}}
        found = self.api.post("/artifacts/filter", json=wanted).json()
        artifact = next(one for one in found if (one["key"] or "").startswith(f"{kind}-ex-"))
        return self._page(artifact["id"], showing, picture)

    def read_inbox(self, showing: str, picture: str = "") -> str:
        """Open the always-current inbox, and return what it says."""
        wanted = {"artifacts": {"key": {"any_": ["inbox"]}}, "sort": "CREATED_DESC"}
        artifact = self.api.post("/artifacts/filter", json=wanted).json()[0]
        return self._page(artifact["id"], showing, picture)

    def correct_line(self, number: int, amount: str) -> None:
        """Correct a line's amount in Procore, where the rejected budget is open for editing."""
        lines = self.in_procore("get", "state")["projects"][PROJECT]["lines"]
        path = ["projects", int(PROJECT), "lines", int(list(lines)[number - 1]), "original_budget_amount"]
        self.in_procore("post", "edit", {"edits": [{"path": path, "value": amount}]})

    def in_procore(self, method: str, what: str, body: Any = None) -> Any:
        """Look at the sandbox Procore, or change it, beside its API."""
        url = f"{self.stack.procore.control_url}/sandbox/{what}"
        answer = httpx.request(method, url, json=body, trust_env=False)
        return answer.raise_for_status().json()

    def original_estimate(self) -> Decimal:
        """Read the job's total in Vista."""
        with SqlVista(self.stack.vista_url, 1) as vista:
            return vista.read_estimate(JOB).total_cost

    def take_picture(self, name: str) -> None:
        """Take a picture of this page."""
        take_picture(self.page, name)

    def _page(self, artifact_id: str, showing: str, picture: str) -> str:
        text = open_artifact(self.page, self.stack.ui_url, artifact_id, self.ui, showing=showing)
        self.take_picture(picture)
        return text

    def _seen(self, look: Callable[[], ExportRecord | None], what: str) -> ExportRecord:
        for _ in range(_LOOKS_MAX):
            if (found := look()) is not None:
                return found
            self.page.wait_for_timeout(_LOOK_MS)
        raise AssertionError(f"{what} did not come within a minute")
