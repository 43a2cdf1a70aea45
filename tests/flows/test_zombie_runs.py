"""Runs whose process is gone, on a real server, as the scheduled watch treats them.

Hearts beat each second here. The silence itself is not waited for: the watch is asked what it would find, had the last
seconds been all of it.
"""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.client.schemas.responses import SetStateStatus
from prefect.events import Event
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Pending, Scheduled

from demo.local_prefect import CHECKOUT, WORK_POOL_TEMPLATE, ServerSetUp
from demo.processes import Program
from demo.stack import LocalStack, Part
from jobcost.acceptance import ACCEPT
from tasks.prefect_set_up import WORK_POOL
from tasks.runs import SETUP_DEPLOYMENT, answer_run, start_run
from tasks.tidying import HEARTBEAT, TAG, crash_silent, silence
from tests.flows.crash_site import PROJECT, SENDER, answer_to, assert_exported_once, crash_site

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("stack-zombies")]

SOON_SECONDS = 150.0
# Enough for a living run to be heard of a few times.
LISTENED_SECONDS = 4.0
# A person reads before answering. An answer in the very moment of suspending can make Prefect forget that the question
# was asked: the run then asks it again under the same key, and cannot store the form (409; seen under load).
READING_SECONDS = 3.0


def quick_template() -> dict[str, Any]:
    template: dict[str, Any] = json.loads(WORK_POOL_TEMPLATE.read_text())
    template["job_configuration"]["command"] = "python -m tests.flows.quick_engine"
    return template


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A server; workers are started, and killed, by the tests."""
    stack = LocalStack(
        tmp_path_factory.mktemp("zombies"),
        parts={Part.SERVER, Part.DEPLOYMENTS},
        extra_environment={"PYTHONPATH": str(CHECKOUT)},
        set_up=ServerSetUp(template=quick_template()),
    )
    with stack:
        yield stack


@pytest.fixture(scope="module")
def client(stack: LocalStack) -> Iterator[SyncPrefectClient]:
    with temporary_settings({PREFECT_API_URL: stack.prefect_api_url}), get_client(sync_client=True) as client:
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


def tell_of_life(client: SyncPrefectClient, run: UUID) -> None:
    """Prefect's own worker of events keeps to the first server that its process knew; this is the one of the test."""
    event = Event(event=HEARTBEAT, resource={"prefect.resource.id": f"prefect.flow-run.{run}"})
    client.request("POST", "/events", json=[event.model_dump(mode="json")])
    wait_for(lambda: has_said_that_it_lives(client, run), "a sign of life")


def crashed_after_silence(client: SyncPrefectClient) -> int:
    """How many runs the watch crashes, had all the silence that it waits for begun now; the server hears others."""
    begun = datetime.now(UTC)
    time.sleep(LISTENED_SECONDS)
    tell_of_life(client, uuid4())
    return crash_silent(begun + silence())


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
    assert crash_silent(datetime.now(UTC)) == 0
    assert state_of(client, run).name == "Running"

    assert crashed_after_silence(client) == 1
    message = state_of(client, run).message
    assert state_of(client, run).name == "Crashed"
    assert message is not None
    assert message.startswith("No sign of life for 12 minutes: its process is gone, or never began.")

    (tmp_path / "enough").touch()
    client.set_flow_run_state(run, Scheduled(message="Retried via CLI"), force=True)
    another = stack.start_worker()
    wait_for_state(client, run, "Completed")
    another.stop()


def test_what_never_began_and_what_fell_silent_is_crashed_and_what_lives_or_waits_for_a_person_is_not(
    client: SyncPrefectClient, deployment: UUID, worker: Program, tmp_path: Path
) -> None:
    """A worker that took a run and was killed before its process began leaves it Pending, and nobody fetches it."""
    waiting = started(client, deployment, tmp_path, question=True)
    wait_for_state(client, waiting, "Suspended")
    working = started(client, deployment, tmp_path)
    process_in(tmp_path)
    unbegun, fallen_silent = (client.create_flow_run_from_deployment(deployment, state=Pending()).id for _ in range(2))
    tell_of_life(client, fallen_silent)

    assert crashed_after_silence(client) == 2
    states = {run: state_of(client, run) for run in (unbegun, fallen_silent, working, waiting)}
    assert [state.name for state in states.values()] == ["Crashed", "Crashed", "Running", "Suspended"], states

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

        assert crashed_after_silence(client) == 1
        assert state_of(client, run).name == "Crashed"
        assert site.posted_lines() == 0
        client.set_flow_run_state(run, Scheduled(message="Retried via CLI"), force=True)
        another = stack.start_worker(site.environment)
        wait_for_state(client, run, "Verified")
        another.stop()
        assert_exported_once(site)
