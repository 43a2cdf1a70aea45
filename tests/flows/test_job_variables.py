"""Job variables on a real server: whoever may start a run does not choose what the worker executes."""

import asyncio
import json
import shlex
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.workers.process import ProcessJobConfiguration

from demo.local_prefect import CHECKOUT
from demo.stack import LocalStack
from tests.patient import patient_client
from tests.prefect_stack import REHEARSAL

# On a busy machine a worker takes its time.
SECONDS_MAX = 150.0
WITH_BLOCKS = CHECKOUT / "deployments" / "work_pool_with_secret_blocks.json"
FOREIGN: dict[str, dict[str, Any]] = {
    "command": {"command": "python -c pass"},
    "env": {"env": {"JOURNAL_URL": "sqlite:///elsewhere.sqlite3"}},
    "env by a dotted name": {"env.JOURNAL_URL": "sqlite:///elsewhere.sqlite3"},
    "working_dir": {"working_dir": "/"},
    "command beside a name": {"name": "harmless", "command": "python -c pass"},
}


@pytest.fixture(scope="module")
def api(stack: LocalStack) -> Iterator[httpx.Client]:
    stack.deploy(REHEARSAL)
    with patient_client(stack.ui_url) as client:
        yield client


@pytest.fixture(scope="module")
def deployment(api: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/api/deployments/name/ask/rehearsal").json()
    return found


def writing(file: Path) -> str:
    """Return a command that leaves a file behind."""
    return f"python -c {shlex.quote(f'open({str(file)!r}, {chr(34)}w{chr(34)})')}"


def started(api: httpx.Client, deployment: dict[str, Any], variables: dict[str, Any]) -> httpx.Response:
    body = {"parameters": {"job": "1204-"}, "job_variables": variables}
    return api.request("POST", f"/api/deployments/{deployment['id']}/create_flow_run", json=body)


def stored(api: httpx.Client, deployment: dict[str, Any], variables: dict[str, Any]) -> str:
    """Store a run past its deployment's address: there the server judges no job variables."""
    body = {
        "flow_id": deployment["flow_id"],
        "deployment_id": deployment["id"],
        "work_pool_name": deployment["work_pool_name"],
        "parameters": {"job": "1204-"},
        "job_variables": variables,
        "state": {"type": "SCHEDULED"},
    }
    made = api.request("POST", "/api/flow_runs/", json=body)
    assert made.status_code == httpx.codes.CREATED, made.text
    return str(made.json()["id"])


def state_when(api: httpx.Client, run: str, *names: str) -> str:
    give_up_at = time.monotonic() + SECONDS_MAX
    while (state := api.get(f"/api/flow_runs/{run}").json()["state"])["name"] not in names:
        assert time.monotonic() < give_up_at, state
        time.sleep(0.1)
    return str(state["name"])


def ended(api: httpx.Client, run: str) -> None:
    api.request("DELETE", f"/api/flow_runs/{run}").raise_for_status()


def assert_refused(answer: httpx.Response, variable: str) -> None:
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY, answer.text
    assert f"Additional properties are not allowed ('{variable}' was unexpected)" in answer.json()["detail"]


@pytest.mark.parametrize("what", FOREIGN)
def test_no_run_is_started_with_a_command_an_environment_or_a_folder_of_its_own(
    what: str, api: httpx.Client, deployment: dict[str, Any]
) -> None:
    variable = next(name for name in FOREIGN[what] if name != "name")
    assert_refused(started(api, deployment, FOREIGN[what]), variable)


def test_none_of_several_runs_started_at_once_has_a_command_of_its_own(
    api: httpx.Client, deployment: dict[str, Any]
) -> None:
    runs = [{"parameters": {"job": "1204-"}, "job_variables": FOREIGN["command"]}]
    answer = api.request("POST", f"/api/deployments/{deployment['id']}/create_flow_run/bulk", json=runs)
    assert "'command' was unexpected" in answer.text
    assert '"CREATED"' not in answer.text


@pytest.mark.parametrize("what", FOREIGN)
def test_no_deployment_is_given_a_command_an_environment_or_a_folder(
    what: str, api: httpx.Client, deployment: dict[str, Any]
) -> None:
    variable = next(name for name in FOREIGN[what] if name != "name")
    made = {"name": "planted", "flow_id": deployment["flow_id"], "work_pool_name": deployment["work_pool_name"]}
    assert_refused(api.request("POST", "/api/deployments/", json={**made, "job_variables": FOREIGN[what]}), variable)


def test_a_deployment_that_was_changed_starts_no_run_until_it_is_brought_back(
    api: httpx.Client, deployment: dict[str, Any]
) -> None:
    """The server lets a deployment be changed unlooked at; that is why the proxy does not (test_proxy.py)."""
    address = f"/api/deployments/{deployment['id']}"
    api.request("PATCH", address, json={"job_variables": FOREIGN["env"]}).raise_for_status()
    answer = started(api, deployment, {})
    api.request("PATCH", address, json={"job_variables": {}}).raise_for_status()
    assert_refused(answer, "env")


@pytest.mark.parametrize("what", FOREIGN)
def test_a_run_that_waits_for_its_time_is_given_no_other_command(
    what: str, api: httpx.Client, deployment: dict[str, Any]
) -> None:
    variable = next(name for name in FOREIGN[what] if name != "name")
    later = {"type": "SCHEDULED", "state_details": {"scheduled_time": "2999-01-01T00:00:00Z"}}
    body = {"parameters": {"job": "1204-"}, "state": later}
    run = api.request("POST", f"/api/deployments/{deployment['id']}/create_flow_run", json=body).json()["id"]
    answer = api.request("PATCH", f"/api/flow_runs/{run}", json={"job_variables": FOREIGN[what]})
    ended(api, run)
    assert_refused(answer, variable)


def test_no_automation_starts_a_run_with_a_command_of_its_own(api: httpx.Client, deployment: dict[str, Any]) -> None:
    trigger = {"type": "event", "posture": "Reactive", "expect": ["planted"], "threshold": 1, "within": 0}
    action = {"type": "run-deployment", "source": "selected", "deployment_id": deployment["id"]}
    for what in ("command", "env"):
        body = {"name": "planted", "trigger": trigger, "actions": [{**action, "job_variables": FOREIGN[what]}]}
        answer = api.request("POST", "/api/automations/", json=body)
        assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY, answer.text
        assert f"'{what}' was unexpected" in answer.text


def test_a_run_stored_with_a_command_of_its_own_executes_the_flow_and_not_the_command(
    api: httpx.Client, deployment: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "written"
    run = stored(api, deployment, {"command": writing(file), "working_dir": str(tmp_path)})
    # It asks its question: what ran is the flow.
    assert state_when(api, run, "Suspended", "Crashed", "Failed", "Completed") == "Suspended"
    ended(api, run)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_only_named_runs_as_ever(api: httpx.Client, deployment: dict[str, Any]) -> None:
    answer = started(api, deployment, {"name": "rehearsal", "stream_output": True})
    assert answer.status_code == httpx.codes.CREATED, answer.text
    run = answer.json()["id"]
    assert state_when(api, run, "Suspended", "Crashed", "Failed", "Completed") == "Suspended"
    ended(api, run)


@pytest.fixture
def with_blocks(api: httpx.Client, deployment: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Make a work pool that takes its secrets from blocks, and a deployment in it; no worker looks at it."""
    template = json.loads(WITH_BLOCKS.read_text())
    pool = {"name": "with-blocks", "type": "process", "base_job_template": template}
    made = api.request("POST", "/api/work_pools/", json=pool)
    assert made.status_code == httpx.codes.CREATED, made.text
    assert made.json()["base_job_template"] == template
    body = {"name": "with-blocks", "flow_id": deployment["flow_id"], "work_pool_name": "with-blocks"}
    deployed = api.request("POST", "/api/deployments/", json=body)
    assert deployed.status_code == httpx.codes.CREATED, deployed.text
    yield deployed.json()
    api.request("DELETE", f"/api/deployments/{deployed.json()['id']}").raise_for_status()
    api.request("DELETE", "/api/work_pools/with-blocks").raise_for_status()


def test_no_run_takes_a_secret_from_elsewhere_than_its_block(api: httpx.Client, with_blocks: dict[str, Any]) -> None:
    for variable in ("procore_client_secret", "vista_url", "journal_url", "journal_key"):
        answer = started(api, with_blocks, {variable: "{{ prefect.blocks.secret.elsewhere }}"})
        assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY, answer.text
        assert f"Validation failed for field '{variable}'" in answer.json()["detail"]
    assert_refused(started(api, with_blocks, FOREIGN["env"]), "env")

    answer = started(api, with_blocks, {})
    assert answer.status_code == httpx.codes.CREATED, answer.text
    ended(api, answer.json()["id"])


def test_the_blocks_arrive_in_the_environment_of_a_run(stack: LocalStack) -> None:
    """As a worker puts a job together."""
    blocks = {"procore-client-secret": "s", "vista-url": "v", "journal-url": "j", "journal-key": "k"}

    async def job() -> ProcessJobConfiguration:
        async with get_client() as client:
            for name, value in blocks.items():
                await Secret(value=value).save(name, client=client)
            template = json.loads(WITH_BLOCKS.read_text())
            found = await ProcessJobConfiguration.from_template_and_values(template, {}, client=client)
            for name in blocks:
                await Secret.adelete(name, client=client)
            return found

    with temporary_settings({PREFECT_API_URL: stack.prefect_api_url}):
        found = asyncio.run(job())

    assert (found.command, found.working_dir) == ("python -m prefect.engine", None)
    assert found.env == {
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "PROCORE_CLIENT_SECRET": "s",
        "VISTA_URL": "v",
        "JOURNAL_URL": "j",
        "JOURNAL_KEY": "k",
    }
