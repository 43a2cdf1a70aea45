"""Flow runs through Prefect's API: start one, answer its question, find its page.

What Prefect says proves nothing about an export; every caller looks into the journal afterwards.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.responses import DeploymentResponse, SetStateStatus
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.settings import get_current_settings

from jobcost.acceptance import Answer
from jobcost.plan import Kind
from tasks.forms import AcceptanceForm, typed_into

SETUP_DEPLOYMENT = "budget-setup/setup"
UPDATE_DEPLOYMENT = "budget-update/update"
SYNC_DEPLOYMENT = "update-sync/weekdays-at-six"
UNDO_DEPLOYMENT = "budget-undo/undo"
WATCH_DEPLOYMENT = "watch-acceptances/every-five-minutes"
# The deployment whose runs carry exports of a kind.
DEPLOYMENTS = {Kind.SETUP: SETUP_DEPLOYMENT, Kind.UPDATE: UPDATE_DEPLOYMENT, Kind.UNDO: UNDO_DEPLOYMENT}

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
    with prefect_api() as client:
        found = _deployment(client, deployment)
        return client.create_flow_run_from_deployment(found.id, parameters=parameters).id


def start_run_once(deployment: str, parameters: dict[str, Any], key: str) -> UUID | None:
    """Start a run unless one was started with this key before; return its id, or None if that one has ended.

    Raises:
        RunNotAnswered: if Prefect has no such deployment, does not answer, or refuses.
    """
    with prefect_api() as client:
        found = _deployment(client, deployment)
        run = client.create_flow_run_from_deployment(found.id, parameters=parameters, idempotency_key=key)
    return None if run.state is not None and run.state.is_final() else run.id


def _deployment(client: SyncPrefectClient, name: str) -> DeploymentResponse:
    try:
        return client.read_deployment_by_name(name)
    except ObjectNotFound:
        raise RunNotAnswered(
            f"Prefect has no deployment {name!r}. Deploy first: prefect --no-prompt deploy --all"
        ) from None


def answer_run(flow_run_id: UUID, answer: Answer, form: type[AcceptanceForm] = AcceptanceForm) -> None:
    """Resume a suspended run with an answer, exactly as the Resume dialog does.

    Args:
        flow_run_id: the run.
        answer: what the approver answers.
        form: in which they were asked (tasks.forms.form_for).

    Raises:
        RunNotAnswered: if the run does not wait for one.
    """
    run_input = typed_into(form, answer)
    reason = ""
    with prefect_api() as client:
        for _ in range(_TRIES):
            reason = _resume(client, flow_run_id, run_input)
            if not reason:
                return
            time.sleep(_PAUSE_SECONDS)
    raise RunNotAnswered(
        f"Flow run {flow_run_id} took no answer: {reason} If it failed or was cancelled while waiting, continue the"
        " export with a new run: budget-export setup, update or undo, with --continue EXPORT."
    )


def server_clock() -> datetime | None:
    """Return what the Prefect server's clock shows; None if it does not say.

    Raises:
        RunNotAnswered: if Prefect does not answer.
    """
    with prefect_api() as client:
        said = client.request("GET", "/health").headers.get("date")
    return parsedate_to_datetime(said) if said else None


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
def prefect_api() -> Iterator[SyncPrefectClient]:
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
    with prefect_api() as client:
        state = client.read_flow_run(UUID(flow_run_id)).state
    if state is None or not state.is_final() or state.is_completed():
        return ""
    return f"The flow run is {state.name}: {state.message}"
