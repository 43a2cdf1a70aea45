"""Step 3: check once more that nothing moved, then write the accepted plan to Vista, once."""

import json
from dataclasses import asdict
from datetime import datetime

from connectors.journal.ending import PRODUCT
from connectors.journal.records import Evidence, ExportRecord
from connectors.vista.errors import (
    NOTHING_WRITTEN,
    StaleEstimate,
    ToldWithItsOutcome,
    VistaRefused,
    VistaUnavailable,
    listed,
)
from connectors.vista.gateway import Applied
from jobcost.acceptance import Acceptor, Authority, lost_acceptances
from jobcost.budget import Budget
from jobcost.findings import Severity
from jobcost.lifecycle import ExportState
from jobcost.plan import Plan
from jobcost.staleness import holds_before_image, what_moved
from tasks.steps.decide import acceptances, enrolled_approver, question_of
from tasks.steps.propose import read_and_plan
from tasks.systems import Systems

# The journal knows that a plan was about to be written, not how far an interrupted attempt came.
_EARLIER_ATTEMPT = "This attempt wrote nothing; what an earlier one wrote, if anything, is seen when Vista answers."


def apply_plan(systems: Systems, export_id: str, at: datetime) -> ExportRecord:
    """Bring an accepted export to applied, stale or failed. Safe to run again after any interruption.

    Raises:
        VistaUnavailable: Vista could not be reached; the export stays open, run it again.
        OutcomeUnknown: the commit's reply was lost; running it again finds out, without writing twice.
        NotAccepted, JournalDamaged: the journal does not prove that exactly this plan was accepted.
        IllegalTransition: another worker is applying the same export, or has done so.
    """
    record = systems.export(export_id)
    if record.state is ExportState.ACCEPTED:
        # Asked first: a journal that somebody edited is no staleness that sending again would mend.
        systems.journal.permit(record.id)
        try:
            moved = _moved_since(systems, record)
        except ToldWithItsOutcome as problem:
            problem.told_as(NOTHING_WRITTEN)
            raise
        if moved:
            return _stale(systems, record, moved, at)
        record = systems.journal.move(record.id, ExportState.APPLYING, actor=PRODUCT, reason="Nothing moved.", at=at)
        return _write(systems, record, at, is_first_attempt=True)
    if record.state is ExportState.APPLYING:
        return _write(systems, record, at, is_first_attempt=False)
    return record


def _write(systems: Systems, record: ExportRecord, at: datetime, *, is_first_attempt: bool) -> ExportRecord:
    plan = systems.journal.plan(record.id)
    try:
        applied = systems.vista.apply(plan, systems.journal.permit(record.id))
    except StaleEstimate as problem:
        if is_first_attempt:
            return _stale(systems, record, tuple(str(difference) for difference in problem.differences), at)
        # An interrupted attempt may have been committed before the job moved on: nobody can tell any more.
        reason = (
            "An earlier attempt was interrupted, and the job holds neither the plan nor what was before."
            f" {listed(problem.differences)} Look at the job, then clear the export."
        )
        return systems.journal.move(record.id, ExportState.VERIFICATION_FAILED, actor=PRODUCT, reason=reason, at=at)
    except VistaRefused as problem:
        if is_first_attempt or holds_before_image(plan, systems.vista.read_estimate(plan.job)):
            return systems.journal.move(record.id, ExportState.FAILED, actor=PRODUCT, reason=str(problem), at=at)
        # The refusal speaks of this attempt alone, and the job is no longer as it was before the first one.
        problem.told_as("")
        reason = f"An earlier attempt was interrupted, and the job is not as it was before it. {problem}"
        return systems.journal.move(record.id, ExportState.VERIFICATION_FAILED, actor=PRODUCT, reason=reason, at=at)
    except VistaUnavailable as problem:
        if not is_first_attempt:
            problem.told_as(_EARLIER_ATTEMPT)
        raise
    return _applied(systems, record, plan, applied, at)


def _applied(systems: Systems, record: ExportRecord, plan: Plan, applied: Applied, at: datetime) -> ExportRecord:
    evidence = Evidence(kind="applied", json_text=json.dumps({"digest": plan.digest, **asdict(applied)}))
    reason = "Vista held the plan already." if applied.was_already_applied else "Written in one transaction."
    return systems.journal.move(
        record.id, ExportState.APPLIED, actor=PRODUCT, reason=reason, at=at, evidence=(evidence,)
    )


def _moved_since(systems: Systems, record: ExportRecord) -> tuple[str, ...]:
    """Read both systems again and name everything that is no longer as the approver saw it."""
    # As it was proposed: what the approver consented to is no move.
    planned = systems.journal.proposed_plan(record.id)
    budget, fresh = read_and_plan(
        systems,
        record.project_id,
        record.kind,
        record.submitted_by,
        sent_at=record.created_at,
        undoes=planned.undoes,
    )
    blocks = tuple(str(finding) for finding in fresh.findings if finding.severity is Severity.BLOCK)
    if fresh.plan is None:
        return blocks or ("The job can no longer be planned.",)
    return (*what_moved(planned, fresh.plan), *blocks, *_authority_lost(systems, record, budget))


def _authority_lost(systems: Systems, record: ExportRecord, budget: Budget) -> tuple[str, ...]:
    """Judge once more, by what the journal, Procore and the configuration say now, whether the acceptances stand."""
    acceptors = [
        Acceptor(
            email=decision.approver,
            authority=Authority(
                approver=enrolled_approver(systems, decision.approver, decision.given_at or decision.at),
                procore_user=budget.user(decision.approver),
            ),
            deputy_for=decision.deputy_for,
        )
        for decision in acceptances(systems, record)
    ]
    return lost_acceptances(question_of(systems, record), acceptors, systems.config)


def _stale(systems: Systems, record: ExportRecord, moved: tuple[str, ...], at: datetime) -> ExportRecord:
    evidence = Evidence(kind="moved", json_text=json.dumps(moved))
    reason = f"Nothing was written. {moved[0]}" + (f" And {len(moved) - 1} more." if len(moved) > 1 else "")
    # What moved may be the writing of another worker that was faster: then its export is not stale.
    return systems.journal.move(
        record.id, ExportState.STALE, actor=PRODUCT, reason=reason, at=at, evidence=(evidence,), believed=record.state
    )
