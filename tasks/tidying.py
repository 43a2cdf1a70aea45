"""Flow runs that need a hand: those that ask what nobody must answer any more, and those that died on their way."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import SetStateStatus
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.settings import get_current_settings
from prefect.states import Cancelled, Crashed, Scheduled

from tasks.runs import prefect_api
from tasks.stored_answers import forget_answers

# The tag of our deployments in prefect.yaml; their runs inherit it, and only those are watched.
TAG = "budget-export"
# What Prefect's flow runs say every so often: that they live.
HEARTBEAT = "prefect.flow-run.heartbeat"
# A beat may be late, or lost with a restart of the server: only the fourth in a row that is missing means something.
_BEATS_MISSED = 4
# Far longer than a worker needs to start a process, and a process to say for the first time that it lives.
SILENCE_MIN = timedelta(minutes=10)
# After an outage of the server some runs are heard again sooner than others, and tell of beats from before.
_ALL_ARE_HEARD_AGAIN = timedelta(minutes=3)
# As many beats as are looked at to tell whether the server heard anybody; where none tells, the next watch looks.
_BEATS_LOOKED_AT = 50
# Prefect tells of two hundred at once.
_OLDEST_FIRST = FlowRunSort.EXPECTED_START_TIME_ASC
_ON_THE_WAY = FlowRunFilter(
    state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING])),
    tags=FlowRunFilterTags(all_=[TAG]),
)


def tidy_run(flow_run_id: str, export_id: str, ask: int | None, why: str) -> bool:
    """End a run that waits for an answer nobody needs any more, and delete what was typed into it.

    Args:
        flow_run_id: the run. One that has gone, or ended, is no error.
        export_id: the export it carried.
        ask: number of the first question that may still be answered; None if none may.
        why: the reason shown with the run; "" leaves the run as it is.

    Returns:
        False if the run goes on at this moment, so that it must be looked at again.

    Raises:
        RunNotAnswered: if Prefect does not answer.
    """
    run = UUID(flow_run_id)
    with prefect_api() as client:
        try:
            state = client.read_flow_run(run).state
        except ObjectNotFound:
            return True
        if why and state is not None and not state.is_final():
            if not state.is_paused():
                return False
            client.set_flow_run_state(run, Cancelled(message=why), force=True)
    # Prefect ends the waiting and stores the answer in one step. What lies beside a run that still waits was put there
    # past the dialog, and nobody could answer until it is gone.
    forget_answers(run, export_id, before=None if state is not None and state.is_paused() else ask)
    return True


def is_dead(flow_run_id: str) -> bool:
    """The run crashed or failed, so that it takes its export no further. What a person cancelled stays cancelled.

    Raises:
        RunNotAnswered: if Prefect does not answer.
    """
    with prefect_api() as client:
        try:
            state = client.read_flow_run(UUID(flow_run_id)).state
        except ObjectNotFound:
            return False
    return state is not None and (state.is_crashed() or state.is_failed())


def crash_silent(at: datetime) -> int:
    """Mark runs as Crashed whose process is gone, or never began, and return how many.

    Prefect itself notices only where a worker is left to report it. The run's state decides who is looked at, so a run
    that waits for a person, with no process, is never taken for dead (docs/adr/0013).

    Raises:
        RunNotAnswered: if Prefect does not answer.
    """
    since = at - silence()
    crashed = 0
    with prefect_api() as client:
        for run in client.read_flow_runs(flow_run_filter=_ON_THE_WAY, sort=_OLDEST_FIRST):
            if _is_silent(client, run, since, at):
                crashed += _crashed(client, run)
    return crashed


def silence() -> timedelta:
    """Return how long no process is silent: a worker needs a while to start one, and a slow heart beats seldom."""
    beat = timedelta(seconds=get_current_settings().flows.heartbeat_frequency or 0)
    return max(SILENCE_MIN, _BEATS_MISSED * beat)


def _is_silent(client: SyncPrefectClient, run: FlowRun, since: datetime, until: datetime) -> bool:
    if run.state is None or run.state.timestamp >= since:
        return False
    if _beats(client, since, until, f"prefect.flow-run.{run.id}"):
        return False
    # A server that keeps no events, or was out of reach, tells of nobody's life, and of nobody's death.
    heard = (datetime.fromisoformat(beat["received"]) for beat in _beats(client, since, until))
    return any(at <= until - _ALL_ARE_HEARD_AGAIN for at in heard)


def _beats(client: SyncPrefectClient, since: datetime, until: datetime, run: str = "") -> list[dict[str, Any]]:
    """Return the first signs of life that a run, or anybody where none is named, gave in that time."""
    beats: dict[str, Any] = {
        "event": {"name": [HEARTBEAT]},
        "occurred": {"since": since.isoformat(), "until": until.isoformat()},
        "order": "ASC",
    }
    if run:
        beats["resource"] = {"id": [run]}
    found = client.request("POST", "/events/filter", json={"filter": beats, "limit": _BEATS_LOOKED_AT})
    events: list[dict[str, Any]] = found.json()["events"]
    return events


def _crashed(client: SyncPrefectClient, run: FlowRun) -> bool:
    """Mark one run; not if it moved on, or was deleted, while we looked."""
    message = (
        f"No sign of life for {int(silence().total_seconds() / 60)} minutes: its process is gone, or never began."
        " The journal knows how far the export came. Retry goes on from there."
    )
    try:
        now = client.read_flow_run(run.id).state
        if now is None or run.state is None or now.id != run.state.id:
            return False
        return client.set_flow_run_state(run.id, Crashed(message=message)).status is SetStateStatus.ACCEPT
    except ObjectNotFound:
        return False


def revive_run(flow_run_id: str) -> None:
    """Let a dead run start again from the top. Not forced, so that Prefect asks an unanswered question anew.

    Raises:
        RunNotAnswered: if Prefect does not answer.
    """
    message = "It had died on its way. The journal says where its export stands, and it goes on from there."
    with prefect_api() as client:
        client.set_flow_run_state(UUID(flow_run_id), Scheduled(message=message))
