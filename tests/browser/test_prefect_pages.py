"""The browser equipment itself, tried on a flow without business in both generations of the Prefect UI."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from demo.stack import LocalStack
from tests.browser.prefect_pages import (
    Ui,
    fill_form,
    open_artifact,
    open_resume_form,
    resume_run,
    start_run,
    submit_answer,
    wait_for_state,
)
from tests.prefect_stack import REHEARSAL

BOTH = pytest.mark.parametrize("ui", [Ui.V1, Ui.V2], ids=["v1", "v2"])


@pytest.fixture(scope="session")
def rehearsal(stack: LocalStack) -> str:
    """Deploy the rehearsal flow; return the deployment's id."""
    stack.deploy(REHEARSAL)
    answer = httpx.get(f"{stack.prefect_api_url}/deployments/name/ask/rehearsal", trust_env=False)
    return str(answer.json()["id"])


@pytest.fixture
def api(stack: LocalStack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.prefect_api_url, trust_env=False, timeout=30) as client:
        yield client


def artifacts_of(api: httpx.Client, flow_run_id: str) -> list[dict[str, Any]]:
    wanted = {"artifacts": {"flow_run_id": {"any_": [flow_run_id]}}}
    found: list[dict[str, Any]] = api.post("/artifacts/filter", json=wanted).json()
    return found


@BOTH
def test_a_run_is_started_answered_and_shown_by_mouse_and_keyboard(
    page: Page, stack: LocalStack, rehearsal: str, api: httpx.Client, ui: Ui
) -> None:
    run = start_run(page, stack.ui_url, rehearsal, {"Vista job": "1204-", "urgent": True}, ui)
    answers = {"Decision": "Reject", "Plan code": "7Q4K-M2XD"}
    posted = resume_run(page, stack.ui_url, run, answers, ui)
    wait_for_state(page, "Completed")

    # The field that nobody touched is sent with its default.
    assert posted.run_input == {"decision": "Reject", "plan_code": "7Q4K-M2XD", "reason": ""}
    assert (posted.http_status, posted.status) == (201, "ACCEPT")
    (artifact,) = artifacts_of(api, run)
    assert "1204- True: Reject 7Q4K-M2XD ''" in open_artifact(page, stack.ui_url, artifact["id"], ui)


@BOTH
def test_the_form_shows_the_question_and_preselects_nothing(
    page: Page, stack: LocalStack, rehearsal: str, ui: Ui
) -> None:
    run = start_run(page, stack.ui_url, rehearsal, {"Vista job": "1204-"}, ui)
    dialog = open_resume_form(page, stack.ui_url, run, ui)
    text = dialog.inner_text()

    assert "43,700.00" in text
    assert text.index("Decision") < text.index("Plan code\n") < text.index("Reason (Optional)")
    assert "Accept" not in text


def test_the_server_refuses_an_answer_without_a_decision(page: Page, stack: LocalStack, rehearsal: str) -> None:
    run = start_run(page, stack.ui_url, rehearsal, {"Vista job": "1204-"})
    open_resume_form(page, stack.ui_url, run)
    fill_form(page, {"Plan code": "7Q4K-M2XD"})
    posted = submit_answer(page)

    assert (posted.http_status, posted.status) == (200, "REJECT")
    assert "'decision' is a required property" in posted.reason
    wait_for_state(page, "Suspended")
