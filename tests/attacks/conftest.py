"""One besieged stack for all attacks; under pytest-xdist they stay together in one process."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from connectors.journal.journal import open_journal
from demo.local_prefect import CHECKOUT, WORK_POOL_TEMPLATE, ServerSetUp
from tasks.runs import WATCH_DEPLOYMENT
from tests.attacks.besieged import SEED, Besieged, prepare_world
from tests.attacks.engine import ORDERS
from tests.attacks.siege import Siege
from tests.mail_server import LocalMailServer

MAIL_PASSWORD = "mail-password-THISMUSTNOTSHOW"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "siege" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.prefect)
            item.add_marker(pytest.mark.xdist_group("stack-attacks"))


def _template() -> dict[str, Any]:
    template: dict[str, Any] = json.loads(WORK_POOL_TEMPLATE.read_text())
    template["job_configuration"]["command"] = "python -m tests.attacks.engine"
    return template


@pytest.fixture(scope="session")
def mail_server() -> Iterator[LocalMailServer]:
    with LocalMailServer(login=("budget", MAIL_PASSWORD)) as server:
        yield server


@pytest.fixture(scope="session")
def siege(tmp_path_factory: pytest.TempPathFactory, mail_server: LocalMailServer) -> Iterator[Siege]:
    """The stack, its journal and a client of its Prefect server."""
    folder = tmp_path_factory.mktemp("attacks")
    config = Path(shutil.copyfile(CHECKOUT / "demo" / "export.toml", folder / "export.toml"))
    extra = {
        "PYTHONPATH": str(CHECKOUT),
        ORDERS: str(folder / "orders.json"),
        "MAIL_SERVER": mail_server.url_of(f"budget:{MAIL_PASSWORD}"),
        "MAIL_FROM": "budget-export@example.com",
    }
    stack = Besieged(
        folder, seed=SEED, config=config, extra_environment=extra, set_up=ServerSetUp(template=_template())
    )
    with stack, temporary_settings({PREFECT_API_URL: stack.prefect_api_url}):
        prepare_world(stack)
        key = stack.environment["JOURNAL_KEY"]
        with open_journal(stack.journal_url, key) as journal, get_client(sync_client=True) as client:
            # Watches run when a test wants them to.
            client.pause_deployment(client.read_deployment_by_name(WATCH_DEPLOYMENT).id)
            yield Siege(stack=stack, client=client, journal=journal, journal_file=stack.folder / "journal.sqlite3")
