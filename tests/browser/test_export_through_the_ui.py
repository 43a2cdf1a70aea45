"""The whole job as people do it in the Prefect UI: sent by form, reviewed, rejected or accepted in the Resume dialog.

With SCREENSHOTS=docs/images in the environment (`make screenshots`) the pictures of the guides are taken on the way.
"""

import os
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from connectors.vista.sql import SqlVista
from demo.commands import Commands
from demo.stack import LocalStack
from tests.browser.prefect_pages import (
    Ui,
    fill_form,
    open_artifact,
    open_resume_form,
    open_run,
    start_run,
    submit_answer,
)
from tests.browser.prefect_pages import wait_for_state as wait_for_shown_state

PROJECT = "1164"
JOB = "1164I-001"
SENDER = "priya.pm@example.com"
APPROVER = "alex.approver@example.com"
SETTLED_MS = 1_500


@pytest.fixture
def commands(stack: LocalStack) -> Commands:
    """The command line in a company where nothing was exported yet and Alex may accept."""
    httpx.post(f"{stack.procore.control_url}/sandbox/reset", json={}, trust_env=False).raise_for_status()
    build = ("-m", "sandbox", "vista", "--url", stack.vista_url, "--seed", "public_works")
    stack.run_program("sandbox Vista", sys.executable, *build)
    for part in ("", "-wal", "-shm"):
        Path(stack.journal_url.removeprefix("sqlite:///") + part).unlink(missing_ok=True)
    commands = Commands(stack.environment)
    commands.json("approvers", "enrol", APPROVER, "--name", "Alex Accountant", "--by", "operator@example.com")
    return commands


@pytest.fixture
def api(stack: LocalStack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.prefect_api_url, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def deployment(api: httpx.Client) -> str:
    return str(api.get("/deployments/name/budget-setup/setup").json()["id"])


def take_picture(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.wait_for_timeout(SETTLED_MS)
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")


def send(page: Page, stack: LocalStack, deployment: str, ui: Ui = Ui.V2) -> str:
    form = {"project_id": PROJECT, "submitted_by": SENDER}
    run = start_run(page, stack.ui_url, deployment, form, ui)
    # Prefect goes on to the deployment's page, which shows other runs' states, too.
    open_run(page, stack.ui_url, run, ui)
    return run


def waiting_export(page: Page, commands: Commands) -> dict[str, Any]:
    for _ in range(60):
        if waiting := commands.json("inbox")["inbox"]:
            found: dict[str, Any] = waiting[0]
            return found
        page.wait_for_timeout(500)
    raise AssertionError("the budget did not wait for acceptance within half a minute")


def artifact_of(api: httpx.Client, flow_run_id: str, kind: str) -> dict[str, Any]:
    wanted = {"artifacts": {"flow_run_id": {"any_": [flow_run_id]}}}
    found: list[dict[str, Any]] = api.post("/artifacts/filter", json=wanted).json()
    return next(one for one in found if (one["key"] or "").startswith(f"{kind}-ex-"))


def answer_in(page: Page, stack: LocalStack, run: str, answers: dict[str, str], picture: str, ui: Ui) -> None:
    open_resume_form(page, stack.ui_url, run, ui)
    fill_form(page, answers, ui)
    take_picture(page, picture)
    assert submit_answer(page, ui).status == "ACCEPT"


def original_estimate(stack: LocalStack) -> Decimal:
    with SqlVista(stack.vista_url, 1) as vista:
        return vista.read_estimate(JOB).total_cost


def test_a_budget_sent_by_form_is_reviewed_accepted_in_the_dialog_and_verified(
    page: Page, stack: LocalStack, commands: Commands, api: httpx.Client, deployment: str
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{stack.ui_url}/v2/deployments/deployment/{deployment}/run")
    page.get_by_role("button", name="Submit").wait_for()
    take_picture(page, "send-form")
    run = send(page, stack, deployment)
    wait_for_shown_state(page, "Suspended")
    take_picture(page, "run-suspended")
    export = waiting_export(page, commands)

    review = open_artifact(page, stack.ui_url, artifact_of(api, run, "review")["id"], showing="5,799,933.10")
    assert "5,799,933.10" in review
    assert export["plan_code"] in review
    take_picture(page, "review")

    answers = {"Decision": "Accept", "Plan code": export["plan_code"], "Your e-mail address": APPROVER}
    answer_in(page, stack, run, answers, "accept-dialog", Ui.V2)
    wait_for_shown_state(page, "Verified")
    take_picture(page, "run-verified")

    report = open_artifact(page, stack.ui_url, artifact_of(api, run, "verification")["id"], showing="69 of 69")
    assert "69 of 69" in report
    take_picture(page, "verification")
    assert original_estimate(stack) == Decimal("5799933.10")
    assert commands.json("verify", JOB)["as_planned"] is True


def test_a_wrong_answer_is_asked_again_and_a_reject_gives_the_budget_back_editable(
    page: Page, stack: LocalStack, commands: Commands, api: httpx.Client, deployment: str
) -> None:
    run = send(page, stack, deployment)
    wait_for_shown_state(page, "Suspended")
    export = waiting_export(page, commands)

    wrong = {"Decision": "Reject", "Plan code": "WRNG-CDE2", "Your e-mail address": SENDER}
    answer_in(page, stack, run, wrong, "wrong-answer", Ui.V2)
    asked_again = shown_refusal(page, stack, run)
    take_picture(page, "asked-again")
    assert "Plan code: it is not the code of this plan" in asked_again
    assert "a reject needs one" in asked_again

    right = {"Decision": "Reject", "Plan code": export["plan_code"], "Your e-mail address": APPROVER}
    answer_in(page, stack, run, {**right, "Reason": "R-1 belongs to overhead."}, "reject-dialog", Ui.V2)
    wait_for_shown_state(page, "Rejected")
    take_picture(page, "run-rejected")

    shown = commands.json("show", export["id"])
    assert [answer["verdict"] for answer in shown["decisions"]] == ["refused", "reject"]
    assert shown["export"]["budget_returned_at"] is not None
    why = open_artifact(page, stack.ui_url, artifact_of(api, run, "reject")["id"], showing="Reason")
    assert "R-1 belongs to overhead." in why
    assert original_estimate(stack) == Decimal("0.00")
    again = commands.json("setup", PROJECT, "--by", SENDER, "--lock")
    assert again["export"]["state"] == "awaiting_acceptance"
    text = open_artifact(
        page, stack.ui_url, artifact_of(api, again["export"]["flow_run_id"], "review")["id"], showing="Totals"
    )
    assert "R-1 belongs to overhead." in text
    commands.json("retrieve", again["export"]["id"], "--by", SENDER)


def test_the_older_user_interface_accepts_as_well(
    page: Page, stack: LocalStack, commands: Commands, deployment: str
) -> None:
    run = send(page, stack, deployment, Ui.V1)
    export = waiting_export(page, commands)
    answers = {"Decision": "Accept", "Plan code": export["plan_code"], "Your e-mail address": APPROVER}
    answer_in(page, stack, run, answers, "accept-dialog-v1", Ui.V1)
    wait_for_shown_state(page, "Verified")
    assert original_estimate(stack) == Decimal("5799933.10")


def shown_refusal(page: Page, stack: LocalStack, run: str) -> str:
    """Open the dialog until it shows the second question: the first one stands there until the run has come back."""
    for _ in range(30):
        text = open_resume_form(page, stack.ui_url, run).inner_text()
        if "not the code" in text:
            return text
        page.wait_for_timeout(1_000)
    raise AssertionError("the second question was not shown within half a minute")
