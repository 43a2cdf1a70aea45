"""What Prefect keeps of an answer: where it lies, when and how it came there, and forgetting it.

Whoever reaches the server's API can read, delete and put inputs beside a run (facts/prefect.md 3). So an answer counts
only as Resume leaves it: Prefect ends the waiting and stores the answer in one step, and that happens once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRunInput, State
from prefect.input.run_input import Keyset, keyset_from_base_key

from jobcost.acceptance import EXCHANGED
from tasks.runs import prefect_api, server_clock

# How Prefect names what is stored for a suspension (prefect.input.run_input.keyset_from_paused_state).
_SUSPENDED = "suspended-"
_RESPONSE = "-response"
_RESUMING = "Resuming"
# Both moments are of one transaction of the server; it may wait for its database in between.
_STORED_WITHIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When and how an answer came to be stored, and what the Prefect server's clock shows now."""

    # None when nothing is stored for the question: nobody answered, or it was deleted.
    given_at: datetime | None
    server_now: datetime | None
    # The run has suspended with this question at some time.
    was_asked: bool
    # Why what is stored is not what an approver sent with Resume; "" when it is, or nobody has answered.
    trouble: str


def question_key(export_id: str, ask: int) -> str:
    """Name the suspension of one question. Prefect takes lower case letters, digits and dashes."""
    return f"{export_id.lower()}-question-{ask}"


def keys_of(export_id: str, ask: int) -> Keyset:
    """Name what Prefect stores for one question: its text, its schema, its answer."""
    return keyset_from_base_key(f"{_SUSPENDED}{question_key(export_id, ask)}")


def stamp_of_answer(flow_run_id: UUID | str, export_id: str, ask: int) -> Stamp:
    """Ask the server when it stored the answer. Its own clock stamps it; whoever answers cannot choose the time.

    Raises:
        RunNotAnswered: if Prefect does not answer.
    """
    run = UUID(str(flow_run_id))
    with prefect_api() as client:
        stored = _stored_answers(client, run, export_id)
        states = client.read_flow_run_states(run)
    given_at = next((one.created for one in stored if one.key == keys_of(export_id, ask)["response"]), None)
    resumed = _resumed(states, question_key(export_id, ask))
    return Stamp(
        given_at=given_at,
        server_now=server_clock(),
        was_asked=resumed is not None,
        trouble=_trouble(given_at, resumed),
    )


def forget_answers(flow_run_id: UUID | str, export_id: str, *, before: int | None = None) -> int:
    """Delete what approvers typed, once the journal has judged it: Prefect would keep their one-time codes for ever.

    Args:
        flow_run_id: the run that asked.
        export_id: which export.
        before: only answers to questions with a smaller number; None deletes all of them.

    Returns:
        How many were deleted.

    Raises:
        RunNotAnswered: if Prefect does not answer.
    """
    run, forgotten = UUID(str(flow_run_id)), 0
    with prefect_api() as client:
        for one in _stored_answers(client, run, export_id):
            if before is None or _ask_of(one.key) < before:
                client.delete_flow_run_input(run, one.key)
                forgotten += 1
    return forgotten


def _resumed(states: Sequence[State], key: str) -> tuple[datetime, ...] | None:
    """When the run was resumed after it had asked this question; None when it never asked it."""
    ordered = sorted(states, key=lambda state: state.timestamp)
    asked = [number for number, state in enumerate(ordered) if state.state_details.pause_key == key]
    if not asked:
        return None
    return tuple(state.timestamp for state in ordered[asked[0] :] if state.name == _RESUMING)


def _trouble(given_at: datetime | None, resumed: tuple[datetime, ...] | None) -> str:
    if given_at is None:
        return f"{EXCHANGED} it was taken away after Resume." if resumed else ""
    if not resumed:
        return f"{EXCHANGED} it was put there past the Resume dialog."
    if len(resumed) > 1 or abs(given_at - resumed[0]) > _STORED_WITHIN:
        return f"{EXCHANGED} it is not what was sent with Resume."
    return ""


def _stored_answers(client: SyncPrefectClient, run: UUID, export_id: str) -> list[FlowRunInput]:
    prefix = f"{_SUSPENDED}{export_id.lower()}-question-"
    stored = client.filter_flow_run_input(run, prefix, limit=1000, exclude_keys=set())
    return [one for one in stored if one.key.endswith(_RESPONSE)]


def _ask_of(key: str) -> int:
    """Read the number of the question; 0 for a name that Prefect never made: somebody put it there."""
    number = key.removesuffix(_RESPONSE).rpartition("-")[2]
    return int(number) if number.isdecimal() else 0
