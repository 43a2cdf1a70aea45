"""Bring a Prefect server to what the export needs: the work pool, as its template has it.

Repeating it changes nothing; what somebody changed by hand is brought back. Deployments come from prefect.yaml
(budget_export/deploying.py).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.settings import get_current_settings

WORK_POOL = "budget-export"
# Made by earlier versions; it took runs that wait for dead (docs/adr/0013).
EARLIER_AUTOMATION = "budget-export: runs whose process is gone"


class PrefectNotReady(Exception):
    """The Prefect server cannot be set up; the message says where, why, and the way out."""


class Change(StrEnum):
    """What setting up did."""

    MADE = "made"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


def bring_work_pool(template: Mapping[str, Any]) -> Change:
    """Make the work pool, or bring it up to date; return what was done. An earlier version's automation is deleted.

    Args:
        template: the work pool's base job template (deployments/work_pool.json).

    Raises:
        PrefectNotReady: if the server cannot be reached, or does not let us in.
    """
    with prefect_server() as client:
        for automation in client.read_automations_by_name(EARLIER_AUTOMATION):
            client.delete_automation(automation.id)
        return _bring_work_pool(client, dict(template))


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


def _bring_work_pool(client: SyncPrefectClient, template: dict[str, Any]) -> Change:
    try:
        existing = client.read_work_pool(WORK_POOL)
    except ObjectNotFound:
        wanted = WorkPoolCreate(name=WORK_POOL, type="process", base_job_template=template)
        client.create_work_pool(wanted)
        return Change.MADE
    if existing.type != "process":
        raise PrefectNotReady(
            f"The work pool {WORK_POOL!r} has the wrong type. Expected process, found {existing.type}. Delete it"
            f" (prefect work-pool delete {WORK_POOL}), then deploy again."
        )
    if existing.base_job_template == template:
        return Change.UNCHANGED
    client.update_work_pool(WORK_POOL, WorkPoolUpdate(base_job_template=template))
    return Change.UPDATED
