"""The browser equipment itself, tried on a flow without business in both generations of the Prefect UI."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

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
from tests.patient import patient_client
from tests.prefect_stack import REHEARSAL

BOTH = pytest.mark.parametrize("ui", [Ui.V1, Ui.V2], ids=["v1", "v2"])


@pytest.fixture(scope="session")
def rehearsal(stack: LocalStack) -> str:
    """Deploy the rehearsal flow; return the deployment's id."""
    stack.deploy(REHEARSAL)
    answer = httpx.get(f"{stack.prefect_api_url}/deployments/name/ask/rehearsal", trust_env=False)
    return str(answer.json()["id"])


@pytest.fixture(scope="session")
def waiting_run(stack: LocalStack, rehearsal: str) -> str:
    """A suspended run that no test answers validly, so that several may look at it."""
    with patient_client(stack.prefect_api_url) as client:
        for _ in range(50):
            answer = client.post(f"/deployments/{rehearsal}/create_flow_run", json={"parameters": {"job": "1204-"}})
            # SQLite: "database is locked" passes by itself.
            if answer.status_code == httpx.codes.CREATED:
                return str(answer.json()["id"])
    pytest.fail(f"the rehearsal did not start: {answer.text}")


@pytest.fixture
def api(stack: LocalStack) -> Iterator[httpx.Client]:
    with patient_client(stack.prefect_api_url) as client:
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
    assert "1204- True: Reject 7Q4K-M2XD ''" in open_artifact(page, stack.ui_url, artifact["id"], ui, showing="1204-")


@BOTH
def test_the_form_shows_the_question_and_preselects_nothing(
    page: Page, stack: LocalStack, waiting_run: str, ui: Ui
) -> None:
    dialog = open_resume_form(page, stack.ui_url, waiting_run, ui)
    # V2 fetches the question apart from the fields; it may come a moment later.
    expect(dialog).to_contain_text("43,700.00")
    text = dialog.inner_text()

    assert text.index("Decision") < text.index("Plan code\n") < text.index("Reason (Optional)")
    assert "Accept" not in text


def test_the_server_refuses_an_answer_without_a_decision(page: Page, stack: LocalStack, waiting_run: str) -> None:
    open_resume_form(page, stack.ui_url, waiting_run)
    fill_form(page, {"Plan code": "7Q4K-M2XD"})
    posted = submit_answer(page)

    assert (posted.http_status, posted.status) == (200, "REJECT")
    assert "'decision' is a required property" in posted.reason
    wait_for_state(page, "Suspended")
