"""The server's one shared name and password: what it shuts out, and that everything of ours works with it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from connectors.journal.journal import open_journal
from demo.commands import CommandFailed, Commands
from demo.local_prefect import CHECKOUT, login
from demo.stack import LocalStack
from tests.people import Authenticator, enrolled_approver

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("stack-login")]

# A password may hold a colon: only the first one separates.
LOGIN = "budget:a shared: word"
SENDER = "priya.pm@example.com"
APPROVER = "alex.approver@example.com"
RUN = UUID(int=1)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with LocalStack(tmp_path_factory.mktemp("login"), auth=LOGIN) as stack:
        yield stack


@pytest.fixture(scope="module")
def phone(guarded: LocalStack) -> Authenticator:
    with open_journal(guarded.journal_url, guarded.environment["JOURNAL_KEY"]) as journal:
        return enrolled_approver(journal, APPROVER, at=datetime.now(UTC))


@pytest.mark.parametrize("given", [None, "budget:another word", "somebody:a shared: word", "budget", ":"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "flow_runs/filter"),
        ("GET", f"flow_runs/{RUN}"),
        ("POST", f"flow_runs/{RUN}/resume"),
        ("POST", f"flow_runs/{RUN}/set_state"),
        ("POST", f"flow_runs/{RUN}/input"),
        ("GET", f"flow_runs/{RUN}/input/answer"),
        ("DELETE", f"flow_runs/{RUN}/input/answer"),
        ("POST", "deployments/filter"),
        ("POST", "artifacts/filter"),
        ("POST", "logs/filter"),
        ("POST", "events"),
        ("POST", "automations/filter"),
        ("POST", "block_documents/filter"),
        ("GET", "admin/settings"),
    ],
)
def test_without_the_password_nothing_is_told_and_nothing_is_done(
    guarded: LocalStack, method: str, path: str, given: str | None
) -> None:
    url = f"{guarded.prefect_api_url}/{path}"
    answer = httpx.request(method, url, json={}, auth=login(given), trust_env=False)
    assert (answer.status_code, answer.json()) == (401, {"exception_message": "Unauthorized"})


def test_only_whether_the_server_lives_is_told_to_everybody(guarded: LocalStack) -> None:
    assert httpx.get(f"{guarded.prefect_api_url}/health", trust_env=False).json() is True


@pytest.mark.parametrize("way", ["in", "out"])
def test_without_the_password_nobody_sends_or_follows_events(guarded: LocalStack, way: str) -> None:
    """A forged heartbeat would keep a dead run alive."""
    address = f"{guarded.prefect_api_url.replace('http', 'ws', 1)}/events/{way}"
    with connect(address, subprotocols=[Subprotocol("prefect")], proxy=None) as socket:
        socket.send(json.dumps({"type": "auth", "token": "budget:another word"}))
        with pytest.raises(ConnectionClosed, match="Invalid token"):
            socket.recv(timeout=30)


def test_the_page_is_there_for_everybody_and_asks_for_the_password(guarded: LocalStack) -> None:
    """The page is the same for all; what it shows comes from the API, which it asks with what the person types."""
    with httpx.Client(base_url=guarded.ui_url, trust_env=False, follow_redirects=True) as browser:
        assert browser.get("/").status_code == 200
        assert browser.get("/ui-settings").json()["auth"] == "BASIC"


def test_a_command_without_the_password_says_what_is_missing_and_never_the_password(guarded: LocalStack) -> None:
    for given, found in ((None, "none"), ("budget:another word", "another one than the server's")):
        environment = {**guarded.environment, "PREFECT_API_AUTH_STRING": given or ""}
        with pytest.raises(CommandFailed) as refused:
            Commands(environment).json("deploy", "--folder", str(CHECKOUT))
        said = str(refused.value)
        assert "ended with exit code 5" in said
        assert "asks for a login. Expected PREFECT_API_AUTH_STRING=name:password" in said
        assert f"found {found}." in said
        assert "word" not in said.replace("password", "")


def test_with_the_password_flow_worker_and_command_line_do_the_whole_job(
    guarded: LocalStack, phone: Authenticator
) -> None:
    commands = Commands(guarded.environment)
    sent = commands.json("setup", "1164", "--by", SENDER)["export"]
    assert sent["state"] == "awaiting_acceptance"
    # The first code that counts is an earlier one, and about to count no more.
    phone.code()
    answer = ("--plan", sent["plan_code"], "--approver", APPROVER, "--code", phone.code())
    assert commands.json("accept", sent["id"], *answer)["export"]["state"] == "verified"


def test_the_password_is_in_no_log_of_the_stack(guarded: LocalStack) -> None:
    logs = sorted((guarded.folder / "logs").iterdir())
    assert logs
    assert [log.name for log in logs if "a shared: word" in log.read_text(errors="replace")] == []
