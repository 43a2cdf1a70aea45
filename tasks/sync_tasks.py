"""The sync as a Prefect task: look at every exported project, start updates, and leave one summary."""

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
from tasks.steps.noting import note_syncs
from tasks.steps.propose import project_number
from tasks.steps.sync import SyncOrder, sync
from tasks.systems import Systems, now, open_systems


@task(name="sync", cache_policy=NO_CACHE, persist_result=False, **REPEATED)
def sync_projects(project_id: str) -> SyncReport:
    """Look at one project, or at every exported one; start what is to be started; leave the summary and tell of it."""
    logger = get_run_logger()
    order = SyncOrder(
        # The flow run keeps its id when it is run again: a sync that died tells and starts nothing twice.
        sync_id=str(runtime.flow_run.id),
        project_id=project_number(project_id) if project_id else None,
        start=start_update,
        say=logger.info,
    )
    with open_systems() as systems:
        report = sync(systems, order, now())
        publish_report(systems, report)
        note_syncs(systems, now())
        telling_people.deliver_now(systems)
    logger.info("Sync: %s.", sync_counts(report))
    return report


def start_update(project_id: int, start: Start, key: str) -> str | None:
    """Start the update flow in the name of the last sender; None if the run of this key has ended."""
    parameters = {"project_id": str(project_id), "submitted_by": start.submitted_by}
    run = runs.start_run_once(runs.UPDATE_DEPLOYMENT, parameters, key)
    return None if run is None else str(run)


def publish_report(systems: Systems, report: SyncReport) -> None:
    """Leave the summary as an artifact of the flow run."""
    links = {line.run: runs.run_address(line.run) for line in report.lines if line.run}
    page = sync_markdown(report, at=now(), zone_name=systems.config.acceptance.time_zone, links=links)
    create_markdown_artifact(page, key=SYNC_ARTIFACT, description=f"Sync: {sync_counts(report)}")


def sync_state(report: SyncReport) -> State[Any]:
    """Name the run's final state after what the sync came to; a project that failed needs a person."""
    make = Failed if report.of(decided.Failed) else Completed
    return make(name=sync_state_name(report), message=f"{sync_counts(report)}. The artifact {SYNC_ARTIFACT} says more.")
