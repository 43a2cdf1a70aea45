"""The command deploy: the same server after it, however often it is called and whatever somebody changed by hand."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.events import AutomationCore, EventTrigger, Posture
from prefect.events.actions import DoNothing
from prefect.settings import PREFECT_API_URL, temporary_settings
from typer.main import get_command

from budget_export.app import app
from demo.commands import CommandFailed, Commands
from demo.local_prefect import CHECKOUT, WORK_POOL_TEMPLATE, free_port, pause_schedules
from demo.stack import LocalStack
from tasks.prefect_set_up import EARLIER_AUTOMATION, WORK_POOL
from tasks.runs import WATCH_DEPLOYMENT
from tasks.surroundings import _worker

SWITCHED_OFF = (
    "its schedule is switched off; no budget expires, nobody is reminded, and a run whose process is gone stays"
    " Running. Switch the schedule of watch-acceptances/every-five-minutes on, on its page in the Prefect UI."
)
START = "Start one: prefect worker start --type process --install-policy never --pool"
SHIPPED = json.loads(WORK_POOL_TEMPLATE.read_text())


@pytest.fixture(scope="module", autouse=True)
def schedules_rest_afterwards(stack: LocalStack) -> Iterator[None]:
    """The command switches the shipped schedules on, as it must; the other tests' stack runs without them."""
    yield
    pause_schedules(stack.prefect_api_url, None)


@pytest.fixture
def client(stack: LocalStack) -> Iterator[SyncPrefectClient]:
    with temporary_settings({PREFECT_API_URL: stack.prefect_api_url}), get_client(sync_client=True) as client:
        yield client


def deploy(stack: LocalStack) -> dict[str, Any]:
    return Commands(stack.environment).json("deploy", "--folder", str(CHECKOUT))


@pytest.fixture(scope="module")
def deployed(stack: LocalStack) -> dict[str, Any]:
    """What the command said; the stack's work pool and deployments were there before."""
    return deploy(stack)


def refusal(environment: dict[str, str], *arguments: str) -> str:
    """What the command says when it refuses, with its exit code."""
    with pytest.raises(CommandFailed) as refused:
        Commands(environment).json("deploy", *arguments)
    return str(refused.value)


def as_the_doctor_sees_it(stack: LocalStack, name: str) -> tuple[bool | None, str]:
    (check,) = (one for one in Commands(stack.environment).json("doctor")["checks"] if one["name"] == name)
    return check["ok"], ". ".join(part for part in (check["found"], check["way_out"]) if part)


def test_deploying_again_changes_nothing_and_says_what_is_there(deployed: dict[str, Any]) -> None:
    assert deployed["work_pool"] == {"name": "budget-export", "change": "unchanged"}
    assert {"name": "setup", "entrypoint": "flows.budget_setup.budget_setup", "schedules": []} in deployed[
        "deployments"
    ]


def test_what_somebody_changed_by_hand_is_brought_back(stack: LocalStack, client: SyncPrefectClient) -> None:
    changed = json.loads(
        WORK_POOL_TEMPLATE.read_text().replace("python -m prefect.engine", "python2 -m prefect.engine")
    )
    assert changed != SHIPPED
    client.update_work_pool(WORK_POOL, WorkPoolUpdate(base_job_template=changed))
    # An earlier version's, which crashed runs that wait.
    on_beats = EventTrigger(posture=Posture.Reactive, expect={"prefect.flow-run.heartbeat"}, threshold=1)
    client.create_automation(AutomationCore(name=EARLIER_AUTOMATION, trigger=on_beats, actions=[DoNothing()]))
    assert client.read_automations_by_name(EARLIER_AUTOMATION)

    assert deploy(stack)["work_pool"]["change"] == "updated"
    assert client.read_automations_by_name(EARLIER_AUTOMATION) == []
    assert client.read_work_pool(WORK_POOL).base_job_template == SHIPPED


@pytest.mark.usefixtures("deployed")
def test_a_watch_that_is_switched_off_is_found_by_the_doctor(stack: LocalStack, client: SyncPrefectClient) -> None:
    assert as_the_doctor_sees_it(stack, "Watch") == (
        True,
        "runs by its schedule: deadlines, mails, runs whose process is gone",
    )
    client.pause_deployment(client.read_deployment_by_name(WATCH_DEPLOYMENT).id)
    assert as_the_doctor_sees_it(stack, "Watch") == (None, SWITCHED_OFF)


def test_the_doctor_says_whether_a_worker_fetches_runs(stack: LocalStack, client: SyncPrefectClient) -> None:
    assert as_the_doctor_sees_it(stack, "Worker") == (True, "fetches the runs of work pool 'budget-export'")
    client.create_work_pool(WorkPoolCreate(name="nobody-there", type="process"))
    nobody, nowhere = _worker(client, "nobody-there"), _worker(client, "no-such-pool")
    assert (nobody.ok, nobody.way_out) == (None, f"{START} nobody-there")
    assert (nowhere.ok, nowhere.way_out) == (None, "Deploy: budget-export deploy")


def test_a_prefect_yaml_that_prefect_refuses_is_told_in_its_words(stack: LocalStack, tmp_path: Path) -> None:
    (tmp_path / "prefect.yaml").write_text("deployments:\n  - name: broken\n    entrypoint: flows.nowhere.nothing\n")
    said = refusal(stack.environment, "--folder", str(tmp_path), "--work-pool", str(WORK_POOL_TEMPLATE))
    assert "ended with exit code 5" in said
    assert "flows.nowhere" in said


def test_a_server_out_of_reach_is_named_with_the_way_out(stack: LocalStack) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/api"
    said = refusal({**stack.environment, "PREFECT_API_URL": nobody}, "--folder", str(CHECKOUT))
    assert "ended with exit code 5" in said
    assert f"The Prefect server at {nobody} cannot be reached" in said
    assert "prefect server start" in said


def test_no_server_is_started_for_the_one_call_where_none_is_named(stack: LocalStack) -> None:
    environment = {name: value for name, value in stack.environment.items() if name != "PREFECT_API_URL"}
    said = refusal(environment, "--folder", str(CHECKOUT))
    assert "No Prefect server is named. Expected its address in PREFECT_API_URL" in said


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{", "is no JSON"),
        pytest.param(None, "No such file", marks=pytest.mark.nightly),
        pytest.param("[]", "expected job_configuration and variables", marks=pytest.mark.nightly),
    ],
)
def test_a_template_that_is_none_is_a_wrong_call(
    template: str | None, said: str, tmp_path: Path, stack: LocalStack
) -> None:
    file = tmp_path / "pool.json"
    if template is not None:
        file.write_text(template)
    refused = refusal(stack.environment, "--folder", str(CHECKOUT), "--work-pool", str(file))
    assert "ended with exit code 2" in refused
    assert said in refused


def test_a_folder_without_flows_is_a_wrong_call(stack: LocalStack, tmp_path: Path) -> None:
    refused = refusal(stack.environment, "--folder", str(tmp_path))
    assert "ended with exit code 2" in refused
    assert "expected a folder with prefect.yaml, found none in" in refused


def test_every_command_that_an_installation_is_told_to_run_exists() -> None:
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]  # Typer's group has them
    files = sorted((CHECKOUT / "deployments").iterdir())
    told = {name for file in files for name in re.findall(r"budget-export ([a-z][a-z-]+)\b", file.read_text())}
    assert "deploy" in told
    assert told - commands == set()
