"""Gather the story of a Vista job's exports from the journal. Reads only."""

from connectors.journal.errors import NoPlan
from connectors.journal.records import ExportRecord
from jobcost.formats import CodeDoesNotFit, formatted
from jobcost.history import PastExport
from jobcost.plan import Plan
from jobcost.reconciliation_values import Key
from jobcost.story import DecisionLine
from tasks.systems import Systems


class LineUnknown(Exception):
    """What was given names no line of the job: phase, a slash, and the cost type."""


def past_exports(systems: Systems, stored_job: str) -> tuple[PastExport, ...]:
    """Read every export of a job, the latest first.

    Args:
        systems: the journal.
        stored_job: the job as Vista stores it.

    Raises:
        JournalDamaged: if a plan is not the one that was recorded.
    """
    return tuple(_past_export(systems, one) for one in systems.journal.history(systems.jcco, stored_job))


def line_key(systems: Systems, job_code: str, line: str) -> tuple[str, Key]:
    """Read "1000-101/2": return the job as stored, and the line's key. The cost type may be its abbreviation.

    Raises:
        LineUnknown: if it cannot be a line's name.
        JobCodeDoesNotFit: if the job's code cannot be one.
    """
    estimate = systems.vista.read_estimate(job_code)
    phase, slash, cost_type = line.rpartition("/")
    kinds = {row.abbreviation.strip().casefold(): row.cost_type for row in estimate.cost_types}
    kinds |= {str(row.cost_type): row.cost_type for row in estimate.cost_types}
    number = kinds.get(cost_type.strip().casefold())
    if not slash or number is None:
        raise LineUnknown(f"expected a phase, a slash and a cost type of Vista's, such as 1000-101/2, found {line!r}")
    try:
        stored = formatted(estimate.masks.phase, phase)
    except CodeDoesNotFit as problem:
        raise LineUnknown(f"expected a phase in Vista's format before the slash, found {phase!r}: {problem}") from None
    return (estimate.job.job if estimate.job else job_code), (stored.rstrip(" "), number)


def _past_export(systems: Systems, record: ExportRecord) -> PastExport:
    results = systems.journal.line_results(record.id)
    return PastExport(
        export_id=record.id,
        kind=record.kind,
        state=record.state,
        sent_by=record.submitted_by,
        sent_at=record.created_at,
        ended_at=record.ended_at,
        plan=_plan_of(systems, record),
        decisions=tuple(
            DecisionLine(
                verdict=row.verdict.value,
                approver=row.approver,
                deputy_for=row.deputy_for,
                reason=row.reason or row.refusal,
                at=row.at,
                ask=row.ask,
            )
            for row in systems.journal.decisions(record.id)
        ),
        read_back={(row.phase.rstrip(" "), row.cost_type): row.found.cost if row.found else None for row in results},
        cleared_by=record.cleared_by or "",
    )


def _plan_of(systems: Systems, record: ExportRecord) -> Plan | None:
    try:
        return systems.journal.plan(record.id)
    except NoPlan:
        return None
