"""A Prefect server with a password, as the shipped set-ups have it: the page asks for it, and then leads on."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from demo.local_prefect import login
from demo.stack import LocalStack, Part
from tests.browser.office import take_picture
from tests.browser.prefect_pages import Ui, open_run
from tests.patient import patient_client

# Not the shared stack: that one asks nobody.
pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("stack-password")]

LOGIN = "budget:a shared: word"
RUN = "setup-of-1164"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with LocalStack(tmp_path_factory.mktemp("password"), parts={Part.SERVER}, auth=LOGIN) as stack:
        yield stack


@pytest.fixture(scope="module")
def run(guarded: LocalStack) -> str:
    """A flow run to look at; nothing is run."""
    url = guarded.prefect_api_url
    with patient_client(url, auth=login(LOGIN)) as client:
        flow = posted(client, "/flows/", {"name": "budget-setup"})
        return posted(client, "/flow_runs/", {"flow_id": flow, "name": RUN, "state": {"type": "SCHEDULED"}})


def posted(client: httpx.Client, path: str, body: dict[str, Any]) -> str:
    """Make something on the server; return its id."""
    return str(client.post(path, json=body).raise_for_status().json()["id"])


def test_a_link_of_a_mail_asks_for_the_password_and_then_leads_to_the_run(
    page: Page, guarded: LocalStack, run: str
) -> None:
    open_run(page, guarded.ui_url, run)
    log_in_at_the_second_try(page, "Invalid credentials", "login")
    expect(page.get_by_text(RUN).first).to_be_visible()
    page.reload()
    expect(page.get_by_text(RUN).first).to_be_visible()


def test_the_older_user_interface_shows_runs_after_the_password_only(page: Page, guarded: LocalStack, run: str) -> None:
    """It asks on its lists; a run's own address shows "Page not found" to whoever has not logged in there."""
    page.goto(f"{guarded.ui_url}/runs")
    log_in_at_the_second_try(page, "Authentication failed.")
    page.wait_for_url(re.compile(r"/runs"))
    open_run(page, guarded.ui_url, run, Ui.V1)
    expect(page.get_by_text(RUN).first).to_be_visible()


def log_in_at_the_second_try(page: Page, refusal: str, picture: str = "") -> None:
    field = page.locator("input[type=password]")
    expect(field).to_be_visible()
    expect(page.get_by_text(RUN)).to_have_count(0)
    take_picture(page, picture)
    field.fill("budget:another word")
    field.press("Enter")
    expect(page.get_by_text(refusal).first).to_be_visible()
    field.fill(LOGIN)
    field.press("Enter")
    expect(field).to_have_count(0)
