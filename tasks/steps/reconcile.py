"""The month-end question: do Procore and Vista agree on every exported job? Reads only, in both systems.

One job that cannot be compared never hides the others: it becomes a `NotCompared` with the reason.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from types import TracebackType
from typing import Self

from connectors.journal.errors import JournalError
from connectors.journal.records import ExportRecord
from connectors.procore.errors import ProcoreError
from connectors.vista.errors import VistaError
from jobcost.reconciliation import Comparison, reconcile
from jobcost.reconciliation_audit import NO_TRACE
from jobcost.reconciliation_results import NotCompared, Outcome, Reconciliation
from jobcost.reconciliation_sides import verified_by
from jobcost.reconciliation_values import ProcoreSide, VerifiedSide, VistaSide
from tasks.steps.reconcile_reading import (
    Links,
    NothingToReconcile,
    end_of,
    exports_of,
    in_flight,
    journal_image,
    settled_at,
    settled_exports,
    sides_now,
    sides_then,
    traces_since,
    unmoved_budget,
)
from tasks.systems import Systems

__all__ = [
    "NotCompared",
    "NothingToReconcile",
    "Outcome",
    "exported_jobs",
    "jobs_meant",
    "reconcile_job",
    "reconcile_jobs",
]

logger = logging.getLogger(__name__)

# Both systems and the journal are read one after the other; an export that ends meanwhile makes us read again.
_READINGS_MAX = 3


# Told before each job: which, its place, and how many there are.
Progress = Callable[[ExportRecord, int, int], None]


def exported_jobs(systems: Systems, as_of: date | None = None) -> tuple[ExportRecord, ...]:
    """List the last settled export of each job of this installation's companies; by a day, if one is given."""
    # A journal may hold several pairs of companies; only the opened one's systems can be read.
    settled = systems.own(systems.journal.settled_jobs())
    if as_of is None:
        return settled
    end = end_of(systems, as_of)
    return tuple(one for one in settled if any(_was_settled(other, end) for other in exports_of(systems, one)))


def jobs_meant(systems: Systems, named: str) -> tuple[ExportRecord, ...]:
    """Find the exported job by its code, as people write it or as stored, or by its Procore project's number.

    Raises:
        NothingToReconcile: if no export of it was ever verified.
        JobCodeDoesNotFit: if it is no project's number, and cannot be a job's either.
    """
    wanted = named.strip()
    settled = exported_jobs(systems)
    found = tuple(one for one in settled if (one.job or "").strip() == wanted)
    found = found or tuple(one for one in settled if str(one.project_id) == wanted)
    if not found:
        job = systems.vista.read_estimate(wanted).job
        found = tuple(one for one in settled if job is not None and one.job == job.job)
    if found:
        return found
    raise NothingToReconcile(
        "There is nothing to compare.",
        where=f"Job or project {wanted}",
        expected="a verified export of it",
        found="none",
        way_out="Export its budget first, or look at all attempts with budget-export history JOB.",
    )


def reconcile_jobs(
    systems: Systems,
    records: Iterable[ExportRecord],
    *,
    as_of: date | None = None,
    progress: Progress | None = None,
) -> tuple[Outcome, ...]:
    """Compare each job; whatever goes wrong with one is its own outcome."""
    asked = tuple(records)
    outcomes: list[Outcome] = []
    links = Links(systems)
    for number, record in enumerate(asked, start=1):
        if progress is not None:
            progress(record, number, len(asked))
        apart = _Apart()
        with apart:
            outcomes.append(reconcile_job(systems, record, as_of=as_of, links=links))
        if apart.problem is not None:
            outcomes.append(_not_compared(record, apart.problem))
    return tuple(outcomes)


class _Apart:
    """Keeps whatever goes wrong with one job apart, so that it never hides the others; an interruption goes through."""

    def __init__(self) -> None:
        self.problem: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.problem = problem if isinstance(problem, Exception) else None
        return self.problem is not None


def reconcile_job(
    systems: Systems, record: ExportRecord, *, as_of: date | None = None, links: Links | None = None
) -> Reconciliation:
    """Compare one job with its project's budget, as both are now or as they were at the end of a day.

    Raises:
        NothingToReconcile: if no export of the job had been verified by then.
        WrongCompany: if the job is another company's.
        ProcoreError, VistaError, JournalError: what could not be read.
    """
    systems.require_own(record)
    for _ in range(_READINGS_MAX):
        known = journal_image(systems, record)
        found = _compared(systems, record, as_of, links or Links(systems))
        if journal_image(systems, record) == known:
            break
    return found


def _compared(systems: Systems, record: ExportRecord, as_of: date | None, links: Links) -> Reconciliation:
    end = None if as_of is None else end_of(systems, as_of)
    settled = settled_exports(systems, record, end)
    if not settled:
        raise NothingToReconcile(
            "Nothing had been exported by then.",
            where=f"Job {(record.job or '').strip()}",
            expected=f"an export that was verified by {as_of or 'now'}",
            found="none",
            way_out="Ask for a later day.",
        )
    verified = verified_by(settled)
    if as_of is not None and end is not None:
        return _explained(systems, record, verified, sides_then(systems, record, as_of, end, settled), as_of, end)
    known = unmoved_budget(systems, record, settled, links)
    if known is not None:
        found = reconcile(_comparison(systems, record, verified, sides_now(systems, record, verified, known)))
        if found.agrees:
            return found
    # What differs is explained from the whole budget and its changes.
    return _explained(systems, record, verified, sides_now(systems, record, verified))


def _explained(
    systems: Systems,
    record: ExportRecord,
    verified: VerifiedSide,
    sides: tuple[ProcoreSide, VistaSide],
    as_of: date | None = None,
    end: datetime | None = None,
) -> Reconciliation:
    comparison = _comparison(systems, record, verified, sides, as_of, end)
    found = reconcile(comparison)
    if not any(line.who == NO_TRACE for line in found.lines):
        return found
    # Only now: a job in which nothing moved in Vista costs no look into its audit.
    return reconcile(replace(comparison, traces=traces_since(systems, record, verified.at, end)))


def _comparison(
    systems: Systems,
    record: ExportRecord,
    verified: VerifiedSide,
    sides: tuple[ProcoreSide, VistaSide],
    as_of: date | None = None,
    end: datetime | None = None,
) -> Comparison:
    return Comparison(
        jcco=record.jcco,
        job=record.job or "",
        project_id=record.project_id,
        project_name=record.project_name,
        policy=systems.config.changes.policy,
        procore=sides[0],
        vista=sides[1],
        verified=verified,
        in_flight=in_flight(systems, record, end),
        as_of=as_of,
    )


def _was_settled(record: ExportRecord, end: datetime) -> bool:
    at = settled_at(record)
    return at is not None and at < end


def _not_compared(record: ExportRecord, problem: Exception) -> NotCompared:
    is_known = isinstance(problem, ProcoreError | VistaError | JournalError)
    if not is_known:
        logger.error("Job %s could not be compared", record.job, exc_info=problem)
    why = str(problem) if is_known else f"{type(problem).__name__}: {problem}"
    return NotCompared(
        job=record.job or "",
        project_id=record.project_id,
        project_name=record.project_name,
        export_id=record.id,
        why=why,
    )
