"""The month-end question as a Prefect task: compare the exported jobs, publish the answer, and tell of what is new."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import chain
from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from connectors.journal.errors import JournalError
from connectors.journal.records import ExportRecord
from connectors.vista.errors import JobCodeDoesNotFit
from jobcost.deadline import in_zone
from jobcost.reconciliation_results import NotCompared, Outcome, Reconciliation
from jobcost.rendering.reconciliation import (
    difference_dicts,
    outcomes_sentence,
    reconciliation_markdown,
    reconciliations_csv,
)
from tasks import telling_people
from tasks.export_tasks import REPEATED
from tasks.profiles import in_each_profile
from tasks.publishing import TABLE_ROWS_MAX
from tasks.steps.noting import note_differences
from tasks.steps.reconcile import NothingToReconcile, exported_jobs, jobs_meant, reconcile_jobs
from tasks.steps.reconcile_news import keep_differences
from tasks.steps.telling import directory_of
from tasks.systems import Systems, now

ARTIFACT = "reconciliation"


@task(name="reconcile", cache_policy=NO_CACHE, persist_result=False, **REPEATED)
def reconcile_exported(job: str, as_of: date | None, profile: str = "") -> tuple[Outcome, ...]:
    """Compare one exported job or project, or all; publish every line; mail what differs for the first time.

    Raises:
        ProfilesFailed: if a profile could not be opened; all others were compared, published and told.
        NothingToReconcile: if no profile knows the job that is named.
    """
    logger = get_run_logger()

    def tell(record: ExportRecord, number: int, total: int) -> None:
        logger.info("%s of %s: job %s, %s", number, total, (record.job or "").strip(), record.project_name)

    def compared(systems: Systems) -> tuple[Outcome, ...]:
        records = jobs_meant(systems, job) if job.strip() else exported_jobs(systems, as_of)
        outcomes = reconcile_jobs(systems, records, as_of=as_of, progress=tell)
        publish_reconciliation(systems, outcomes, as_of, now())
        if as_of is None:
            # An earlier day tells nothing new about today.
            _tell_what_is_new(systems, outcomes)
        return outcomes

    each = in_each_profile(profile, compared, if_it=knowing(job))
    outcomes = tuple(chain.from_iterable(each.whole()))
    for outcome in outcomes:
        if isinstance(outcome, NotCompared):
            logger.warning("Job %s could not be compared: %s", outcome.job.strip(), outcome.why)
    logger.info("Reconciliation: %s.", outcomes_sentence(outcomes))
    return outcomes


def knowing(job: str) -> Callable[[Systems], bool] | None:
    """Say which profiles a comparison of one job is for: those that exported it. None: all."""

    def knows(systems: Systems) -> bool:
        try:
            return bool(jobs_meant(systems, job))
        except (NothingToReconcile, JobCodeDoesNotFit):
            return False

    return knows if job.strip() else None


def publish_reconciliation(systems: Systems, outcomes: Sequence[Outcome], as_of: date | None, at: datetime) -> None:
    """Leave the answer as artifacts of the flow run, and every line as CSV where reports are kept."""
    url = None
    if systems.reports is not None:
        day = as_of or in_zone(at, systems.config.acceptance).date()
        url = systems.reports.publish(ARTIFACT, f"{systems.key(str(day))}.csv", reconciliations_csv(outcomes))
    zone = systems.config.acceptance.time_zone
    page = reconciliation_markdown(outcomes, as_of=as_of, at=at, zone_name=zone, csv_url=url)
    said = f"Reconciliation: {outcomes_sentence(outcomes)}"
    create_markdown_artifact(page, key=systems.key(ARTIFACT), description=said)
    rows = difference_dicts(outcomes, TABLE_ROWS_MAX)
    if rows:
        create_table_artifact(rows, key=systems.key(f"{ARTIFACT}-lines"), description="Every line that differs")


def reconciliation_state(outcomes: Sequence[Outcome]) -> State[Any]:
    """Name the run's final state after the answer; a job that could not be compared needs a person."""
    said = f"{outcomes_sentence(outcomes)}. The artifact {ARTIFACT} says more."
    if any(isinstance(one, NotCompared) for one in outcomes):
        return Failed(name="NotCompared", message=said)
    agrees = all(isinstance(one, Reconciliation) and one.agrees for one in outcomes)
    return Completed(name="Agree" if agrees else "Differences", message=said)


def _tell_what_is_new(systems: Systems, outcomes: Sequence[Outcome]) -> None:
    logger, at = get_run_logger(), now()
    operators = directory_of(systems, with_procore=False).operators()
    for made in (one for one in outcomes if isinstance(one, Reconciliation)):
        try:
            sender = systems.export(made.export_id).submitted_by
            keep_differences(systems, made, (*operators, sender), at)
        except JournalError as problem:
            # The next reconciliation finds the same differences, and they are still new then.
            logger.warning("Job %s: what differs could not be kept. %s", made.job.strip(), problem)
    note_differences(systems, at)
    telling_people.deliver_now(systems)
