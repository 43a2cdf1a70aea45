"""Runs whose process is gone, on a real server with its login switched on, as the shipped automation treats them.

The figures are quicker than the shipped ones: a beat each second, and fifteen seconds of silence.
"""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.client.schemas.responses import SetStateStatus
from prefect.events import Event
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings
from prefect.states import Pending, Scheduled

from demo.local_prefect import CHECKOUT, WORK_POOL_TEMPLATE, ServerSetUp
from demo.processes import Program
from demo.stack import LocalStack, Part
from jobcost.acceptance import ACCEPT
from tasks.prefect_set_up import WORK_POOL
from tasks.runs import SETUP_DEPLOYMENT, answer_run, start_run
from tasks.tidying import crash_silent, silence
from tasks.watched import HEARTBEAT, TAG, TAG_RESOURCE
from tests.flows.crash_site import PROJECT, SENDER, answer_to, assert_exported_once, crash_site

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("stack-zombies")]

LOGIN = "operator:a shared word"
SILENCE = timedelta(seconds=15)
# Long enough for the automation to have acted, had it wanted to.
WAIT_SECONDS = 22.0
SOON_SECONDS = 150.0
LOOKED_BACK_SECONDS = 4.0
# A person reads before answering. An answer in the very moment of suspending can make Prefect forget that the question
# was asked: the run then asks it again under the same key, and cannot store the form (409; seen under load).
READING_SECONDS = 3.0


def quick_template() -> dict[str, Any]:
    template: dict[str, Any] = json.loads(WORK_POOL_TEMPLATE.read_text())
    template["job_configuration"]["command"] = "python -m tests.flows.quick_engine"
    return template


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A server that asks for a login; workers are started, and killed, by the tests."""
    quick = {"PYTHONPATH": str(CHECKOUT), "PREFECT_SERVER_EVENTS_PROACTIVE_GRANULARITY": "PT1S"}
    stack = LocalStack(
        tmp_path_factory.mktemp("zombies"),
        parts={Part.SERVER, Part.DEPLOYMENTS},
        extra_environment=quick,
        auth=LOGIN,
        set_up=ServerSetUp(template=quick_template(), gone_after=SILENCE),
    )
    with (
        stack,
        temporary_settings({PREFECT_API_URL: stack.prefect_api_url, PREFECT_API_AUTH_STRING: LOGIN}),
    ):
        yield stack


@pytest.fixture(scope="module")
def client(stack: LocalStack) -> Iterator[SyncPrefectClient]:
    assert stack.environment["PREFECT_API_AUTH_STRING"] == LOGIN
    with get_client(sync_client=True) as client:
        yield client


@pytest.fixture(scope="module")
def deployment(client: SyncPrefectClient) -> UUID:
    flow_id = client.create_flow_from_name("watched")
    entrypoint = "tests.flows.watched_flow.watched"
    return client.create_deployment(flow_id, "watched", work_pool_name=WORK_POOL, entrypoint=entrypoint, tags=[TAG])


@pytest.fixture
def worker(stack: LocalStack) -> Iterator[Program]:
    worker = stack.start_worker()
    yield worker
    worker.stop()


def state_of(client: SyncPrefectClient, run: UUID) -> State[Any]:
    state = client.read_flow_run(run).state
    assert state is not None
    return state


def wait_for(happened: Callable[[], bool], what: str) -> None:
    give_up_at = time.monotonic() + SOON_SECONDS
    while not happened():
        assert time.monotonic() < give_up_at, f"not within {SOON_SECONDS:.0f} seconds: {what}"
        time.sleep(0.1)


def wait_for_state(client: SyncPrefectClient, run: UUID, name: str) -> None:
    wait_for(lambda: state_of(client, run).name == name, f"{name}; it is {state_of(client, run)}")


def started(client: SyncPrefectClient, deployment: UUID, folder: Path, *, question: bool = False) -> UUID:
    parameters = {"folder": str(folder), "question": question}
    return client.create_flow_run_from_deployment(deployment, parameters=parameters).id


def is_resumed(client: SyncPrefectClient, run: UUID) -> bool:
    try:
        return client.resume_flow_run(run, run_input={"word": "yes"}).status is SetStateStatus.ACCEPT
    except PrefectHTTPStatusError:
        # SQLite was locked; it may have been taken all the same.
        return not state_of(client, run).is_paused()


def has_said_that_it_lives(client: SyncPrefectClient, run: UUID) -> bool:
    beats = {"event": {"name": [HEARTBEAT]}, "resource": {"id": [f"prefect.flow-run.{run}"]}}
    return bool(client.request("POST", "/events/filter", json={"filter": beats}).json()["events"])


def tell(client: SyncPrefectClient, run: UUID, what: str, at: datetime, *, is_watched: bool = True) -> None:
    """Prefect's own worker of events keeps to the first server that its process knew."""
    event = Event(
        event=f"prefect.flow-run.{what}",
        resource={"prefect.resource.id": f"prefect.flow-run.{run}"},
        related=[TAG_RESOURCE] if is_watched else [],
        occurred=at,
    )
    client.request("POST", "/events", json=[event.model_dump(mode="json")])


def process_in(folder: Path) -> int:
    wait_for((folder / "process").exists, f"a process in {folder}")
    process = int((folder / "process").read_text())
    (folder / "process").unlink()
    return process


def test_a_run_is_crashed_when_its_worker_and_its_process_are_killed_and_a_retry_carries_it_on(
    stack: LocalStack, client: SyncPrefectClient, deployment: UUID, worker: Program, tmp_path: Path
) -> None:
    run = started(client, deployment, tmp_path)
    process = process_in(tmp_path)
    wait_for(lambda: has_said_that_it_lives(client, run), "a sign of life")
    # The worker first: it would report its process' death.
    os.kill(worker.process.pid, signal.SIGKILL)
    os.kill(process, signal.SIGKILL)
    assert state_of(client, run).name == "Running"

    wait_for_state(client, run, "Crashed")
    message = state_of(client, run).message
    assert message is not None
    assert message.startswith("No sign of life for 15 seconds: the process is gone.")

    (tmp_path / "enough").touch()
    client.set_flow_run_state(run, Scheduled(message="Retried via CLI"), force=True)
    another = stack.start_worker()
    wait_for_state(client, run, "Completed")
    another.stop()


def test_what_never_began_and_what_fell_silent_is_crashed_by_the_watch_and_a_living_run_is_not(
    client: SyncPrefectClient, deployment: UUID, worker: Program, tmp_path: Path
) -> None:
    """A worker that took a run and was killed before its process began leaves it Pending, and nobody fetches it."""
    working = started(client, deployment, tmp_path)
    unbegun, fallen_silent = (client.create_flow_run_from_deployment(deployment, state=Pending()).id for _ in range(2))
    # The automation never hears of it, as if the server had been down when it was due.
    tell(client, fallen_silent, "heartbeat", datetime.now(UTC), is_watched=False)
    for run in (working, fallen_silent):
        wait_for(lambda run=run: has_said_that_it_lives(client, run), "a sign of life")  # type: ignore[misc] # binds now
    assert crash_silent(datetime.now(UTC)) == 0

    time.sleep(LOOKED_BACK_SECONDS + 2)
    # As if all of that silence had passed, but for the last seconds; in these only the living one was heard.
    assert crash_silent(datetime.now(UTC) + silence() - timedelta(seconds=LOOKED_BACK_SECONDS)) == 2

    assert [state_of(client, run).name for run in (unbegun, fallen_silent, working)] == [
        "Crashed",
        "Crashed",
        "Running",
    ]
    (tmp_path / "enough").touch()
    wait_for_state(client, working, "Completed")
    assert not worker.has_ended


def test_a_suspended_run_is_never_crashed_however_long_it_waits_and_a_long_one_that_lives_neither(
    client: SyncPrefectClient, deployment: UUID, worker: Program, tmp_path: Path
) -> None:
    waiting = started(client, deployment, tmp_path, question=True)
    wait_for_state(client, waiting, "Suspended")
    working = started(client, deployment, tmp_path)
    process_in(tmp_path)
    # A state of earlier that the server held back, because it lost the one before.
    for run in (waiting, working):
        tell(client, run, "Running", datetime.now(UTC) - 2 * SILENCE)
    time.sleep(WAIT_SECONDS)

    assert (state_of(client, waiting).name, state_of(client, working).name) == ("Suspended", "Running")

    wait_for(lambda: is_resumed(client, waiting), "a resume that the server takes")
    (tmp_path / "enough").touch()
    for run in (waiting, working):
        wait_for_state(client, run, "Completed")
    assert not worker.has_ended


def test_an_export_whose_machine_dies_while_it_writes_is_crashed_and_a_retry_exports_it_once(
    stack: LocalStack, client: SyncPrefectClient, tmp_path: Path
) -> None:
    with crash_site(tmp_path) as site:
        order = tmp_path / "dies-at"
        worker = stack.start_worker({**site.environment, "DIES_AT": str(order)})
        parameters = {"project_id": PROJECT, "submitted_by": SENDER, "lock_budget": True}
        run = start_run(SETUP_DEPLOYMENT, parameters)
        wait_for_state(client, run, "Suspended")
        time.sleep(READING_SECONDS)
        order.write_text("at vista.before_commit")
        answer_run(run, answer_to(site.export(), ACCEPT, site.phone))
        wait_for(lambda: worker.has_ended, "the machine going down")

        wait_for_state(client, run, "Crashed")
        assert site.posted_lines() == 0
        client.set_flow_run_state(run, Scheduled(message="Retried via CLI"), force=True)
        another = stack.start_worker(site.environment)
        wait_for_state(client, run, "Verified")
        another.stop()
        assert_exported_once(site)
