"""What the flows around an acceptance do, as Prefect tasks: the watch, the daily digest, the inbox, a retrieve."""

from typing import Any

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from connectors.journal.records import ExportRecord
from tasks import runs, telling_people, tidying
from tasks.profiles import in_each_profile, profile_of_id, profile_text
from tasks.steps.decide import CLOCKS_APART_MAX
from tasks.steps.delivering import Told
from tasks.steps.noting import note_digest, note_everything
from tasks.steps.retrieve import retrieve_budget
from tasks.steps.watch import watch
from tasks.systems import Systems, now, open_systems

_STEP: Any = {"cache_policy": NO_CACHE, "persist_result": False}


@task(name="watch acceptances", **_STEP)
def watch_over_acceptances(profile: str = "") -> str:
    """Expire what is overdue, tidy up, tell everybody what is due, and bring the inbox up to date."""
    _require_the_same_time()
    watched = in_each_profile(profile, _watched)
    # Last, so that no export waits for it. What it finds goes on with the next watch.
    silent = tidying.crash_silent(now())
    said = "\n".join(watched.whole())
    return f"{said}\nRuns whose process is gone: {silent}." if silent else said


def _watched(systems: Systems) -> str:
    watched = watch(systems, now(), tidying)
    new = note_everything(systems, now())
    told = telling_people.deliver_now(systems)
    telling_people.publish_inbox(systems)
    expired = ", ".join(record.id for record in watched.expired) or "none"
    revived = ", ".join(record.id for record in watched.revived) or "none"
    return _said(
        systems,
        f"Expired: {expired}. Go on after a crash: {revived}. Runs tidied up after: {watched.tidied}."
        f" New notices: {new}. {_told_text(told)}",
    )


@task(name="send digest", **_STEP)
def send_digest(profile: str = "") -> str:
    """Send everybody who may decide one mail about all that waits for them; one for each profile."""
    return "\n".join(in_each_profile(profile, _digested).whole())


def _digested(systems: Systems) -> str:
    new = note_digest(systems, now())
    told = telling_people.deliver_now(systems)
    return _said(systems, f"Digests: {new}. {_told_text(told)}")


@task(name="publish inbox", **_STEP)
def show_inbox(profile: str = "") -> str:
    """Write the inbox into its artifact and return the page; one for each profile."""
    return "\n".join(in_each_profile(profile, telling_people.publish_inbox).whole())


@task(name="retrieve", **_STEP)
def retrieve_export(export_id: str, retrieved_by: str, reason: str, profile: str = "") -> ExportRecord:
    """Take a budget back, end the run that waits for an answer, and tell who was asked."""
    with open_systems(profile_of_id(profile, export_id)) as systems:
        export = retrieve_budget(systems, export_id, by=retrieved_by, reason=reason, at=now())
        if export.flow_run_id:
            tidying.tidy_run(export.flow_run_id, export.id, None, f"The budget was retrieved by {retrieved_by}.")
        telling_people.tell_of(systems, export)
        _said(systems, f"Export {export.id} is {export.state}.")
    return export


class ClocksDisagree(Exception):
    """This machine's clock, or the Prefect server's, is wrong: nothing may expire by it."""


def _require_the_same_time() -> None:
    server, here = runs.server_clock(), now()
    if server is not None and abs(server - here) > CLOCKS_APART_MAX:
        raise ClocksDisagree(
            f"The Prefect server's clock shows {server:%Y-%m-%d %H:%M:%S} UTC, this machine's {here:%Y-%m-%d %H:%M:%S}"
            " UTC. Nothing was done. Set the clock that is wrong, and let both be kept by a time server."
        )


def _told_text(told: Told) -> str:
    return f"Delivered: {told.delivered}; tried again later: {told.failed}; given up: {told.given_up}."


def _said(systems: Systems, text: str) -> str:
    said = f"{profile_text(systems.profile)}: {text}" if systems.profile else text
    get_run_logger().info(said)
    return said
