"""The sync as a Prefect task: look at every exported project, start updates, and leave one summary."""

from collections.abc import Callable, Iterable
from typing import Any

from prefect import get_run_logger, runtime, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from jobcost import sync as decided
from jobcost.rendering.sync import SYNC_ARTIFACT, sync_counts, sync_markdown, sync_state_name
from jobcost.sync import Start, SyncReport
from tasks import runs, telling_people
from tasks.export_tasks import REPEATED
from tasks.profiles import in_each_profile
from tasks.steps.noting import note_syncs
from tasks.steps.propose import project_number
from tasks.steps.sync import StartUpdate, SyncOrder, sync
from tasks.steps.sync_news import sync_name
from tasks.systems import Systems, now


@task(name="sync", cache_policy=NO_CACHE, persist_result=False, **REPEATED)
def sync_projects(project_id: str, profile: str = "") -> SyncReport:
    """Look at one project, or at every exported one; start what is to be started; leave the summary and tell of it.

    Raises:
        ProfilesFailed: if a profile could not be looked at; all others were, and were told of.
    """
    logger = get_run_logger()
    number = project_number(project_id) if project_id else None

    def synced(systems: Systems) -> SyncReport:
        order = SyncOrder(
            # The flow run keeps its id when it is run again: a sync that died tells and starts nothing twice.
            sync_id=sync_name(str(runtime.flow_run.id), systems.profile),
            project_id=number,
            start=starting_in(systems.profile),
            say=logger.info,
        )
        report = sync(systems, order, now())
        publish_report(systems, report)
        note_syncs(systems, now())
        telling_people.deliver_now(systems)
        return report

    report = all_reports(in_each_profile(profile, synced, if_it=concerned_by(number)).whole())
    logger.info("Sync: %s.", sync_counts(report))
    return report


def concerned_by(project_id: int | None) -> Callable[[Systems], bool] | None:
    """Say which profiles a sync of one project is for: those that exported it. None: all."""
    if project_id is None:
        return None
    return lambda systems: project_id in systems.journal.exported_projects(*systems.companies)


def all_reports(reports: Iterable[SyncReport]) -> SyncReport:
    """Put what became of the projects of several profiles together."""
    each = tuple(reports)
    return SyncReport(
        lines=tuple(line for one in each for line in one.lines),
        never_exported=sum(one.never_exported for one in each),
        is_dry_run=any(one.is_dry_run for one in each),
    )


def starting_in(profile: str) -> StartUpdate:
    """Start update flows in a profile, in the name of the last sender; None if the run of the key has ended."""

    def start_update(project_id: int, start: Start, key: str) -> str | None:
        parameters = {"project_id": str(project_id), "submitted_by": start.submitted_by, "profile": profile}
        run = runs.start_run_once(runs.UPDATE_DEPLOYMENT, parameters, key)
        return None if run is None else str(run)

    return start_update


def publish_report(systems: Systems, report: SyncReport) -> None:
    """Leave the summary as an artifact of the flow run."""
    links = {line.run: runs.run_address(line.run) for line in report.lines if line.run}
    page = sync_markdown(report, at=now(), zone_name=systems.config.acceptance.time_zone, links=links)
    create_markdown_artifact(page, key=systems.key(SYNC_ARTIFACT), description=f"Sync: {sync_counts(report)}")


def sync_state(report: SyncReport) -> State[Any]:
    """Name the run's final state after what the sync came to; a project that failed needs a person."""
    make = Failed if report.of(decided.Failed) else Completed
    return make(name=sync_state_name(report), message=f"{sync_counts(report)}. The artifact {SYNC_ARTIFACT} says more.")
