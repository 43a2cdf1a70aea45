"""Flow runs that need a hand: those that ask what nobody must answer any more, and those that died on their way."""

from datetime import datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Crashed, Scheduled

from tasks.runs import prefect_api
from tasks.stored_answers import forget_answers
from tasks.watched import HEARTBEAT, TAG

# Far longer than a worker needs to start a process, and a process to say for the first time that it lives.
BEGINS_WITHIN = timedelta(minutes=10)
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


def crash_unbegun(at: datetime) -> int:
    """Mark runs as Crashed whose process never said that it lives, and return how many.

    A worker that is killed before its process has begun leaves such a run, and nobody else would end it: the server's
    automation misses only the next sign of life, never the first (tasks.watched).

    Raises:
        RunNotAnswered: if Prefect does not answer.
    """
    minutes = int(BEGINS_WITHIN.total_seconds() / 60)
    message = f"Its process gave no sign of life for {minutes} minutes: it never began. Retry starts it again."
    with prefect_api() as client:
        runs = client.read_flow_runs(flow_run_filter=_ON_THE_WAY)
        unbegun = [run for run in runs if _is_unbegun(client, run, at)]
        for run in unbegun:
            client.set_flow_run_state(run.id, Crashed(message=message))
    return len(unbegun)


def _is_unbegun(client: SyncPrefectClient, run: FlowRun, at: datetime) -> bool:
    if run.state is None or at - run.state.timestamp < BEGINS_WITHIN:
        return False
    beats = {
        "event": {"name": [HEARTBEAT]},
        "resource": {"id": [f"prefect.flow-run.{run.id}"]},
        "occurred": {"since": run.state.timestamp.isoformat(), "until": at.isoformat()},
    }
    found = client.request("POST", "/events/filter", json={"filter": beats, "limit": 1})
    return not found.json()["events"]


def revive_run(flow_run_id: str) -> None:
    """Let a dead run start again from the top. Not forced, so that Prefect asks an unanswered question anew.

    Raises:
        RunNotAnswered: if Prefect does not answer.
    """
    message = "It had died on its way. The journal says where its export stands, and it goes on from there."
    with prefect_api() as client:
        client.set_flow_run_state(UUID(flow_run_id), Scheduled(message=message))
