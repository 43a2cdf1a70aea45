"""Flow runs through Prefect's API: start one, answer its question, end it. Used by the command line.

What Prefect says proves nothing about an export; every caller looks into the journal afterwards.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import FlowRunInput
from prefect.client.schemas.responses import SetStateStatus
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.input.run_input import Keyset, keyset_from_base_key
from prefect.settings import get_current_settings
from prefect.states import Cancelled, Scheduled

from jobcost.acceptance import Answer

SETUP_DEPLOYMENT = "budget-setup/setup"

# How Prefect names what is stored for a suspension (prefect.input.run_input.keyset_from_paused_state).
_SUSPENDED = "suspended-"
_RESPONSE = "-response"

# The form's schema is stored up to half a second after "Suspended" shows, and SQLite answers 503 when two resumes
# meet (facts/prefect.md 2 and 5.7, 5.8): both pass by themselves.
_TRIES = 20
_PAUSE_SECONDS = 0.5


class RunNotAnswered(Exception):
    """Prefect did not take the answer; the message holds its reason and the way out."""


def start_run(deployment: str, parameters: dict[str, Any]) -> UUID:
    """Start a run of a deployment and return its id.

    Raises:
        RunNotAnswered: if Prefect has no such deployment.
    """
    with _prefect() as client:
        try:
            found = client.read_deployment_by_name(deployment)
        except ObjectNotFound:
            raise RunNotAnswered(
                f"Prefect has no deployment {deployment!r}. Deploy first: prefect --no-prompt deploy --all"
            ) from None
        return client.create_flow_run_from_deployment(found.id, parameters=parameters).id


def answer_run(flow_run_id: UUID, answer: Answer) -> None:
    """Resume a suspended run with an answer, exactly as the Resume dialog does.

    Raises:
        RunNotAnswered: if the run does not wait for one.
    """
    run_input = {**asdict(answer), "code": answer.code.get_secret_value()}
    reason = ""
    with _prefect() as client:
        for _ in range(_TRIES):
            reason = _resume(client, flow_run_id, run_input)
            if not reason:
                return
            time.sleep(_PAUSE_SECONDS)
    raise RunNotAnswered(
        f"Flow run {flow_run_id} took no answer: {reason} If it failed or was cancelled while waiting, continue the"
        " export with a new run: budget-export setup PROJECT --continue EXPORT."
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
    with _prefect() as client:
        stored = _stored_answers(client, flow_run_id, export_id)
        try:
            state = client.read_flow_run(UUID(flow_run_id)).state
        except ObjectNotFound:
            return True
        if state is not None and state.is_paused():
            # Prefect ends the waiting and stores the answer in one step. What lay beside a run that still waits was put
            # there past the dialog, and nobody could answer until it is gone.
            for one in stored:
                client.delete_flow_run_input(UUID(flow_run_id), one.key)
        if why and state is not None and not state.is_final():
            if not state.is_paused():
                return False
            client.set_flow_run_state(UUID(flow_run_id), Cancelled(message=why), force=True)
    forget_answers(flow_run_id, export_id, before=ask)
    return True


def revive_run(flow_run_id: str) -> bool:
    """Let a run whose process died while its export waits ask its question again; True if that was needed.

    Only a crashed one: what a person cancelled stays cancelled. Not forced, so that Prefect forgets the old question.

    Raises:
        RunNotAnswered: if Prefect does not answer.
    """
    with _prefect() as client:
        try:
            state = client.read_flow_run(UUID(flow_run_id)).state
        except ObjectNotFound:
            return False
        if state is None or not state.is_crashed():
            return False
        message = "Its process was gone while the export waits for an answer: it asks again."
        client.set_flow_run_state(UUID(flow_run_id), Scheduled(message=message))
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When an answer was given, and what the Prefect server's clock shows now."""

    # None when nothing is stored for the question: nobody answered, or it was deleted.
    given_at: datetime | None
    server_now: datetime | None


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
    with _prefect() as client:
        stored = _stored_answers(client, flow_run_id, export_id)
        said = client.request("GET", "/health").headers.get("date")
    wanted = _response_key(export_id, ask)
    given = next((one.created for one in stored if one.key == wanted), None)
    return Stamp(given_at=given, server_now=parsedate_to_datetime(said) if said else None)


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
    forgotten = 0
    with _prefect() as client:
        for one in _stored_answers(client, flow_run_id, export_id):
            if before is None or _ask_of(one.key) < before:
                client.delete_flow_run_input(UUID(str(flow_run_id)), one.key)
                forgotten += 1
    return forgotten


def _stored_answers(client: SyncPrefectClient, flow_run_id: UUID | str, export_id: str) -> list[FlowRunInput]:
    prefix = f"{_SUSPENDED}{export_id.lower()}-question-"
    stored = client.filter_flow_run_input(UUID(str(flow_run_id)), prefix, limit=1000, exclude_keys=set())
    return [one for one in stored if one.key.endswith(_RESPONSE)]


def _ask_of(key: str) -> int:
    """Read the number of the question; 0 for a name that Prefect never made: somebody put it there."""
    number = key.removesuffix(_RESPONSE).rpartition("-")[2]
    return int(number) if number.isdecimal() else 0


def _response_key(export_id: str, ask: int) -> str:
    return keys_of(export_id, ask)["response"]


def run_address(flow_run_id: str | UUID | None) -> str | None:
    """Return the run's page in the Prefect UI, if there is a server with one."""
    return _page(f"runs/flow-run/{flow_run_id}") if flow_run_id else None


def artifact_address(artifact_id: str) -> str | None:
    """Return an artifact's page in the Prefect UI, if there is a server with one."""
    return _page(f"artifacts/artifact/{artifact_id}")


def _page(path: str) -> str | None:
    settings = get_current_settings()
    base = settings.ui_url or settings.api.url
    return f"{base.removesuffix('/api').rstrip('/')}/v2/{path}" if base else None


@contextmanager
def _prefect() -> Iterator[SyncPrefectClient]:
    """Open Prefect's API.

    Raises:
        RunNotAnswered: if it does not answer, or not as it should.
    """
    try:
        with get_client(sync_client=True) as client:
            yield client
    except httpx.HTTPError as problem:
        raise RunNotAnswered(
            f"Prefect cannot be reached: {problem}. Start the server (prefect server start), or set PREFECT_API_URL to"
            " the one that runs."
        ) from problem


def _resume(client: SyncPrefectClient, flow_run_id: UUID, run_input: dict[str, Any]) -> str:
    """Try once; return why it was not taken, "" when it was. A refusal comes as HTTP 200 with another status."""
    try:
        result = client.resume_flow_run(flow_run_id, run_input=run_input)
    except PrefectHTTPStatusError as problem:
        if problem.response.status_code == httpx.codes.CONFLICT:
            _forget_planted(client, flow_run_id)
        return f"HTTP {problem.response.status_code}."
    except httpx.TransportError as problem:
        return f"Prefect cannot be reached: {problem}."
    if result.status is SetStateStatus.ACCEPT:
        return ""
    return str(getattr(result.details, "reason", result.status))


def _forget_planted(client: SyncPrefectClient, flow_run_id: UUID) -> None:
    """Delete an answer that lies beside a run which still waits: nobody resumed with it, and no other is taken."""
    state = client.read_flow_run(flow_run_id).state
    keys = state.state_details.run_input_keyset if state is not None and state.is_paused() else None
    if keys:
        client.delete_flow_run_input(flow_run_id, keys["response"])


def ended_without_success(flow_run_id: str) -> str:
    """Return why a run ended badly, or "" while it lives or after it ended well."""
    with _prefect() as client:
        state = client.read_flow_run(UUID(flow_run_id)).state
    if state is None or not state.is_final() or state.is_completed():
        return ""
    return f"The flow run is {state.name}: {state.message}"
