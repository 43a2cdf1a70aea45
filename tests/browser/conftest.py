"""A real browser for tests: Chromium of the system, driven by Playwright. Nothing but this machine is reachable."""

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Route, expect, sync_playwright

from connectors.journal.journal import open_journal
from demo.stack import LocalStack
from tests.browser.office import ALEX, BLAKE, LAPTOP, Office
from tests.patient import patient_client

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_OPTIONS = (
    "--no-sandbox",  # Chromium refuses to run as root otherwise
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",  # containers have a small /dev/shm
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NOT_THIS_MACHINE = re.compile(r"^(?:https?|wss?)://(?!127\.0\.0\.1[:/])")
SHOWN_MS_MAX = 20_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "page" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_program() -> str:
    """Return the browser's program, or skip and say how to get one."""
    for name in _PROGRAMS:
        if found := shutil.which(name):
            return found
    pytest.skip(f"NO BROWSER: none of {', '.join(_PROGRAMS)} is on the PATH; apt-get install chromium to run this")


@pytest.fixture
def page(browser_program: str) -> Iterator[Page]:
    """An empty page in a browser of this test's own.

    Not shared between tests: Playwright keeps an event loop running in this thread, and Prefect's own calls in other
    tests would take themselves for asynchronous ones.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program, headless=True, args=list(_OPTIONS))
        try:
            page = browser.new_page(viewport=LAPTOP)
            page.set_default_timeout(SHOWN_MS_MAX)
            expect.set_options(timeout=SHOWN_MS_MAX)
            # The Prefect UI calls home from the browser; a call that waits for an answer would hang the test.
            page.route(_NOT_THIS_MACHINE, _refuse)
            yield page
        finally:
            browser.close()


@pytest.fixture
def office(page: Page, stack: LocalStack) -> Iterator[Office]:
    """A company where nothing was exported yet, and where Alex and Blake may accept."""
    httpx.post(f"{stack.procore.control_url}/sandbox/reset", json={}, trust_env=False).raise_for_status()
    build = ("-m", "sandbox", "vista", "--url", stack.vista_url, "--seed", "public_works")
    stack.run_program("sandbox Vista", sys.executable, *build)
    for part in ("", "-wal", "-shm"):
        Path(stack.journal_url.removeprefix("sqlite:///") + part).unlink(missing_ok=True)
    with (
        open_journal(stack.journal_url, stack.environment["JOURNAL_KEY"]) as journal,
        patient_client(stack.prefect_api_url) as api,
    ):
        office = Office(page=page, stack=stack, api=api, journal=journal)
        office.enrol(ALEX, "Alex Accountant")
        office.enrol(BLAKE, "Blake Controller")
        yield office


def _refuse(route: Route) -> None:
    route.abort()
