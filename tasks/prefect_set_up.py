"""Bring a Prefect server to what the export needs: the work pool, and the automation that reports dead runs.

Repeating it changes nothing; what somebody changed by hand is brought back. Deployments come from prefect.yaml
(budget_export/deploying.py). Source of the events' names and meaning: facts/prefect.md 2, 5.6 and 5.17.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.objects import StateType
from prefect.events import AutomationCore, EventTrigger, Posture, ResourceSpecification
from prefect.events.actions import ChangeFlowRunState
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.settings import get_current_settings

from tasks.watched import BEATS_MISSED, HEARTBEAT, TAG_RESOURCE

WORK_POOL = "budget-export"
DEAD_RUNS = "budget-export: runs whose process is gone"

_HEARTBEAT_SETTING = "PREFECT_FLOWS_HEARTBEAT_FREQUENCY"
# Prefect's own, where the template names none; and the quickest that it takes.
_HEARTBEAT_SECONDS_DEFAULT = 180
_HEARTBEAT_SECONDS_MIN = 30

# Everything that is told about a run is such a sign: beats, and every state, ours ("Verified") like Prefect's
# ("Suspended", "Late", "Cancelled"). Only after a beat another one must come.
_SIGNS_OF_LIFE = frozenset({"prefect.flow-run.*"})


class PrefectNotReady(Exception):
    """The Prefect server cannot be set up; the message says where, why, and the way out."""


class Change(StrEnum):
    """What setting up did about one thing."""

    MADE = "made"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing on the server, and what was done about it."""

    what: str
    name: str
    change: Change
    # What it is set to, for people.
    detail: str = ""


def set_up_server(template: Mapping[str, Any], *, gone_after: timedelta | None = None) -> tuple[Step, ...]:
    """Make the work pool and the automation, or bring them up to date; return what was done.

    Args:
        template: the work pool's base job template (deployments/work_pool.json).
        gone_after: silence after which a run's process counts as gone; at least 10 seconds. If not given, four of the
            template's heartbeats: 120 seconds for 30.

    Raises:
        PrefectNotReady: if the server cannot be reached, or does not let us in.
    """
    silence = gone_after or silence_of(template)
    with prefect_server() as client:
        return (_bring_work_pool(client, dict(template)), _bring_automation(client, silence))


def silence_of(template: Mapping[str, Any]) -> timedelta:
    """Return how long a run of this work pool may give no sign of life: longer than a living one ever does."""
    environment = template.get("job_configuration", {}).get("env")
    # A placeholder instead of an environment says nothing: whoever starts a run fills it in.
    named = environment if isinstance(environment, dict) else {}
    given = named.get(_HEARTBEAT_SETTING, _HEARTBEAT_SECONDS_DEFAULT)
    return timedelta(seconds=BEATS_MISSED * max(int(given), _HEARTBEAT_SECONDS_MIN))


def runs_whose_process_is_gone(gone_after: timedelta) -> AutomationCore:
    """Return the automation that marks a run as Crashed when it gave no sign of life for so long.

    Prefect refuses "Crashed" for a run that has ended, so a run's end cannot be undone by it. It is never forced.
    """
    seconds = int(gone_after.total_seconds())
    return AutomationCore(
        name=DEAD_RUNS,
        description=(
            "A worker's machine died, or the worker was stopped: nobody else would say so. Suspended runs wait for a"
            " person, have no process, and are left alone. Kept by: budget-export deploy."
        ),
        enabled=True,
        trigger=EventTrigger(
            posture=Posture.Proactive,
            match=ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
            match_related=ResourceSpecification(dict(TAG_RESOURCE)),
            after={HEARTBEAT},
            expect=set(_SIGNS_OF_LIFE),
            for_each={"prefect.resource.id"},
            threshold=1,
            within=gone_after,
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.CRASHED,
                name="Crashed",
                message=(
                    f"No sign of life for {seconds} seconds: the process is gone. The journal knows how far the export"
                    " came. Retry goes on from there, and nothing is done twice."
                ),
            )
        ],
    )


@contextmanager
def prefect_server() -> Iterator[SyncPrefectClient]:
    """Open the Prefect server's API.

    Raises:
        PrefectNotReady: if no server is named, it does not answer, or does not let us in.
    """
    api = get_current_settings().api.url
    if not api:
        # Prefect would start a server of its own for this one call, and everything would be gone with it.
        raise PrefectNotReady(
            "No Prefect server is named. Expected its address in PREFECT_API_URL, such as http://127.0.0.1:4200/api;"
            " found nothing. Set it, or start one: prefect server start"
        )
    try:
        with get_client(sync_client=True) as client:
            yield client
    except PrefectHTTPStatusError as problem:
        raise PrefectNotReady(_refusal(api, problem)) from problem
    except httpx.HTTPError as problem:
        raise PrefectNotReady(
            f"The Prefect server at {api} cannot be reached: {problem}. Start it (prefect server start), or set"
            " PREFECT_API_URL to the one that runs."
        ) from problem


def _refusal(api: str, problem: PrefectHTTPStatusError) -> str:
    status = problem.response.status_code
    if status != httpx.codes.UNAUTHORIZED:
        return f"The Prefect server at {api} answered HTTP {status}. Its log says why."
    given = get_current_settings().api.auth_string
    found = "another one than the server's" if given and given.get_secret_value() else "none"
    return (
        f"The Prefect server at {api} asks for a login. Expected PREFECT_API_AUTH_STRING=name:password, the same as the"
        f" server's PREFECT_SERVER_API_AUTH_STRING; found {found}. Set it and try again."
    )


def _bring_work_pool(client: SyncPrefectClient, template: dict[str, Any]) -> Step:
    try:
        existing = client.read_work_pool(WORK_POOL)
    except ObjectNotFound:
        wanted = WorkPoolCreate(name=WORK_POOL, type="process", base_job_template=template)
        client.create_work_pool(wanted)
        return Step(what="work pool", name=WORK_POOL, change=Change.MADE)
    if existing.type != "process":
        raise PrefectNotReady(
            f"The work pool {WORK_POOL!r} has the wrong type. Expected process, found {existing.type}. Delete it"
            f" (prefect work-pool delete {WORK_POOL}), then deploy again."
        )
    if existing.base_job_template == template:
        return Step(what="work pool", name=WORK_POOL, change=Change.UNCHANGED)
    client.update_work_pool(WORK_POOL, WorkPoolUpdate(base_job_template=template))
    return Step(what="work pool", name=WORK_POOL, change=Change.UPDATED)


def _bring_automation(client: SyncPrefectClient, silence: timedelta) -> Step:
    wanted = runs_whose_process_is_gone(silence)
    change = Change.MADE
    existing = client.read_automations_by_name(wanted.name)
    if existing:
        change = Change.UNCHANGED
        # Two would do no harm but confuse; they come from two people who deployed at the same moment.
        for surplus in existing[1:]:
            client.delete_automation(surplus.id)
            change = Change.UPDATED
        if _content(existing[0]) != _content(wanted):
            client.update_automation(existing[0].id, wanted)
            change = Change.UPDATED
    else:
        client.create_automation(wanted)
    detail = f"after {silence.total_seconds():.0f} seconds of silence"
    return Step(what="automation", name=wanted.name, change=change, detail=detail)


def _content(automation: AutomationCore) -> dict[str, Any]:
    return automation.model_dump(include=set(AutomationCore.model_fields))
