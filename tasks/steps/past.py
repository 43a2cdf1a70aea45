"""What the journal knows of earlier exports: of the same job, and of the same budget to other jobs."""

from dataclasses import replace

from connectors.journal.records import ExportRecord
from jobcost.estimate import Estimate
from jobcost.plan import Kind
from jobcost.rules.registry import PastExports
from tasks.systems import Systems


def past_exports(systems: Systems, project_id: int, estimate: Estimate | None) -> PastExports:
    """Gather what a plan must know of exports before it; nothing while the project is linked to no job.

    An export whose failed verification a person cleared counts as settled: the job's budget lives on from what Vista
    holds now.
    """
    if estimate is None or estimate.job is None:
        return PastExports()
    journal, company_id, jcco, job = systems.journal, systems.procore_company_id, systems.jcco, estimate.job.job
    settled, failed = journal.last_settled(jcco, job), journal.uncleared_failure(jcco, job)
    elsewhere = journal.last_written_elsewhere(company_id, project_id, jcco, job)
    standing, own = journal.last_standing(jcco, job), (company_id, project_id)
    lines = journal.past_lines(jcco, job)
    # Once all of another project's exports were taken back, the job is free: for this one it was never exported.
    is_free = standing is None and _project(settled) != own
    return PastExports(
        last_verified=None if is_free else _id(settled),
        uncleared_failure=_id(failed),
        from_other_project=_id(standing) if standing is not None and _project(standing) != own else None,
        to_other_job=f"{elsewhere.id} to job {(elsewhere.job or '').strip()}" if elsewhere else None,
        lines=lines.ours,
        kept=lines.kept,
        left=lines.left,
        change_orders=journal.exported_change_orders(jcco, job),
    )


def past_of_undo(systems: Systems, undoes: str, past: PastExports) -> PastExports:
    """Look past exports that were taken back already: after those, the one before them is the last again."""
    taken_back = systems.export(undoes)
    if taken_back.kind is Kind.UNDO or taken_back.job is None:
        return past
    return replace(past, last_verified=_id(systems.journal.last_standing(taken_back.jcco, taken_back.job)))


def _project(record: ExportRecord | None) -> tuple[int, int] | None:
    return (record.procore_company_id, record.project_id) if record else None


def _id(record: ExportRecord | None) -> str | None:
    return record.id if record else None
