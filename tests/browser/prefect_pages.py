"""The Prefect UI as people use it: start a run, answer a suspended one, look at an artifact. Both generations of it.

Measured on Prefect 3.8.8. V2 is what a browser gets at `/`; V1 lives beside it below the same addresses without `/v2`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from playwright.sync_api import Locator, Page, Response, expect

SHOWN_MS_MAX = 20_000
_POSTED_MS_MAX = 20_000
_CLICKS_MAX = 10


class Ui(StrEnum):
    """Which generation of the Prefect UI; the value is what stands between the server's address and the page's."""

    V1 = ""
    V2 = "/v2"


@dataclass(frozen=True)
class Posted:
    """What the server answered to an answer: 201 and ACCEPT, or 200 and REJECT or ABORT with a reason."""

    http_status: int
    status: str
    reason: str
    # What the browser sent.
    run_input: dict[str, str]


def start_run(page: Page, ui_url: str, deployment_id: str, parameters: Mapping[str, str | bool], ui: Ui = Ui.V2) -> str:
    """Fill in the deployment's run form, submit it, and return the id of the flow run."""
    open_run_form(page, ui_url, deployment_id, ui)
    fill_form(page, parameters, ui)
    return submit_run(page)


def open_run_form(page: Page, ui_url: str, deployment_id: str, ui: Ui = Ui.V2) -> None:
    """Open the form that starts a run of a deployment."""
    page.goto(f"{ui_url}{ui}/deployments/deployment/{deployment_id}/run")
    page.get_by_role("button", name="Submit").wait_for(timeout=SHOWN_MS_MAX)


def submit_run(page: Page) -> str:
    """Submit the open form; return the id of the flow run."""
    button = page.get_by_role("button", name="Submit")
    return str(_click_until_taken(page, button, "create_flow_run").json()["id"])


def open_run(page: Page, ui_url: str, flow_run_id: str, ui: Ui = Ui.V2) -> None:
    """Open a flow run's page."""
    page.goto(f"{ui_url}{ui}/runs/flow-run/{flow_run_id}")


def wait_for_state(page: Page, state: str, milliseconds_max: float = 60_000) -> None:
    """Wait until the open run's page shows a state. The page follows the run by itself."""
    expect(page.get_by_text(state, exact=True).first).to_be_visible(timeout=milliseconds_max)


def open_resume_form(page: Page, ui_url: str, flow_run_id: str, ui: Ui = Ui.V2) -> Locator:
    """Open a suspended run's page and its Resume dialog; return the dialog."""
    open_run(page, ui_url, flow_run_id, ui)
    wait_for_state(page, "Suspended")
    if ui is Ui.V2:
        open_menu(page)
        page.get_by_role("menuitem", name="Resume").click()
    else:
        page.get_by_role("button", name="Resume").click()
    dialog = shown_dialog(page, ui)
    # V2 shows the dialog first and its question and fields a moment later.
    dialog.locator("fieldset").first.wait_for(timeout=SHOWN_MS_MAX)
    return dialog


def open_menu(page: Page) -> None:
    """Open the menu behind the three dots at the top right of a run's page, where V2 hides Resume."""
    page.locator("button[aria-haspopup=menu]:visible").last.click()


def shown_dialog(page: Page, ui: Ui) -> Locator:
    """Find the open dialog."""
    return page.get_by_role("dialog") if ui is Ui.V2 else page.locator(".p-modal").last


def resume_run(page: Page, ui_url: str, flow_run_id: str, answers: Mapping[str, str], ui: Ui = Ui.V2) -> Posted:
    """Answer a suspended run through its Resume dialog and return what came of it. Answers are named by field title."""
    open_resume_form(page, ui_url, flow_run_id, ui)
    fill_form(page, answers, ui)
    return submit_answer(page, ui)


def submit_answer(page: Page, ui: Ui = Ui.V2) -> Posted:
    """Submit the open Resume dialog."""
    answer = _click_until_taken(page, _submit_button(page, ui), "resume")
    body = answer.json()
    sent = answer.request.post_data_json or {}
    return Posted(
        http_status=answer.status,
        status=body["status"],
        reason=(body.get("details") or {}).get("reason") or "",
        run_input=sent["run_input"],
    )


def fill_form(page: Page, values: Mapping[str, str | bool], ui: Ui = Ui.V2) -> None:
    """Fill in fields by title; what stands in a select is chosen, what is true or false is switched."""
    for title, value in values.items():
        field = _v2_field(page, title) if ui is Ui.V2 else _v1_field(page, title)
        if isinstance(value, bool):
            _switch(field, value)
        elif ui is Ui.V2:
            _fill_v2(page, field, title, value)
        else:
            _fill_v1(page, field, value)


def open_artifact(page: Page, ui_url: str, artifact_id: str, ui: Ui = Ui.V2, *, showing: str = "") -> str:
    """Open an artifact's page, wait until it shows a text, and return all the text on it.

    The frame of the page stands first; what the artifact says comes a moment later, and what was written anew stands
    there unseen before it replaces the old.
    """
    page.goto(f"{ui_url}{ui}/artifacts/artifact/{artifact_id}")
    page.get_by_text("Flow Run", exact=True).first.wait_for(timeout=SHOWN_MS_MAX)
    body = page.locator("body")
    expect(body).to_contain_text(showing, timeout=SHOWN_MS_MAX, use_inner_text=True)
    return body.inner_text()


def _submit_button(page: Page, ui: Ui) -> Locator:
    if ui is Ui.V2:
        return page.get_by_role("dialog").get_by_role("button", name="Resume", exact=True)
    return page.locator(".p-modal").get_by_role("button", name="Submit", exact=True)


def _label(title: str) -> re.Pattern[str]:
    # The UI appends "(Optional)" to every field that the schema does not require.
    return re.compile(rf"^\s*{re.escape(title)}( \(Optional\))?\s*$")


def _v2_field(page: Page, title: str) -> Locator:
    return page.locator("label").filter(has_text=_label(title)).locator("xpath=ancestor::*[.//fieldset][1]")


def _v1_field(page: Page, title: str) -> Locator:
    label = page.locator(".schema-form-property__label").filter(has_text=_label(title))
    return page.locator(".schema-form-property").filter(has=label).last


def _fill_v2(page: Page, field: Locator, title: str, value: str) -> None:
    select = field.get_by_role("button", name=f"Select {title}")
    if select.count():
        select.click()
        page.get_by_role("option", name=value, exact=True).click()
    else:
        field.locator("fieldset").locator("textarea, input").first.fill(value)


def _fill_v1(page: Page, field: Locator, value: str) -> None:
    select = field.locator(".p-select-button__control")
    if select.count():
        # A click on a select's text opens and closes it at once in V1 of 3.8.8; the keyboard and its arrow work.
        select.focus()
        select.press("Space")
        page.locator(".p-select-option").filter(has_text=re.compile(rf"^\s*{re.escape(value)}\s*$")).click()
    else:
        field.locator("textarea, input").first.fill(value)


def _switch(field: Locator, value: bool) -> None:
    switch = field.locator("[role=switch], input[type=checkbox]").first
    is_on = switch.get_attribute("aria-checked") == "true" or switch.is_checked()
    if is_on is not value:
        switch.click()


def _click_until_taken(page: Page, button: Locator, what: str) -> Response:
    """Click, and click again as a person would when the server says "database is locked" (HTTP 503, SQLite only)."""
    for _ in range(_CLICKS_MAX):
        with page.expect_response(_is_post_to(what), timeout=_POSTED_MS_MAX) as posted:
            button.click()
        if posted.value.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return posted.value
    raise AssertionError(f"{what} was answered with HTTP {posted.value.status}, {_CLICKS_MAX} times")


def _is_post_to(what: str) -> Callable[[Response], bool]:
    def matches(answer: Response) -> bool:
        return answer.request.method == "POST" and answer.url.endswith(f"/{what}")

    return matches
