"""Step 2: take an approver's answer, judge it, and record what it was worth. Only the journal makes it a decision."""

from datetime import datetime

from connectors.journal import records
from connectors.journal.errors import DecisionRefused, JournalError
from connectors.journal.records import ExportRecord, Verdict
from connectors.procore.errors import ProcoreError
from jobcost.acceptance import Accepted, Answer, Approver, Authority, Judgement, Question, Refused, Rejected, judge
from jobcost.budget import ProcoreUser, user_of
from jobcost.lifecycle import ExportState
from tasks.systems import Systems


def take_answer(systems: Systems, export_id: str, ask: int, answer: Answer, at: datetime) -> ExportRecord:
    """Judge the answer to question number `ask` and record the outcome; a second reading of it changes nothing."""
    systems.journal.expire_overdue(at)
    record = systems.journal.export(export_id)
    if record.state is not ExportState.AWAITING_ACCEPTANCE or record.ask != ask:
        return record
    question = question_of(systems, record)
    judgement = judge(answer, question, authority_of(systems, answer.approver), systems.config)
    try:
        return _record(systems, record, question, answer, judgement, at)
    except JournalError as problem:
        # Someone else was first, by the command line for example: what the journal holds now is what counts.
        moved = systems.journal.export(export_id)
        if moved.state is not record.state or moved.ask != record.ask:
            return moved
        if not isinstance(problem, DecisionRefused):
            raise
        # The journal's own guard refused, because the approver was revoked a moment ago for example: ask again.
        return _record(systems, record, question, answer, Refused(reasons=(str(problem),)), at)


def question_of(systems: Systems, record: ExportRecord) -> Question:
    """Say what an answer would be about."""
    plan = systems.journal.plan(record.id)
    return Question(
        digest=plan.digest,
        plan_code=plan.code,
        difference=plan.largest_move,
        submitted_by=record.submitted_by,
        accepted_by=accepted_by(systems, record),
    )


def accepted_by(systems: Systems, record: ExportRecord) -> tuple[str, ...]:
    """List who accepted exactly this plan so far, in order."""
    decisions = systems.journal.decisions(record.id)
    return tuple(
        row.approver for row in decisions if row.verdict is Verdict.ACCEPT and row.digest == record.plan_digest
    )


def refusals(systems: Systems, record: ExportRecord) -> tuple[str, ...]:
    """Why the last answer did not count; empty when there was none, or it did."""
    decisions = systems.journal.decisions(record.id)
    last = decisions[-1] if decisions else None
    return tuple(last.refusal.splitlines()) if last is not None and last.verdict is Verdict.REFUSED else ()


def authority_of(systems: Systems, email: str) -> Authority:
    """Look a person up: enrolled in the journal, and what Procore says of them where it can be asked."""
    approver = enrolled_approver(systems, email)
    if approver is None:
        return Authority(approver=None, procore_user=None)
    try:
        return Authority(approver=approver, procore_user=_procore_user(systems, email))
    except ProcoreError as problem:
        silence = f"Procore could not be asked about your authority; answer again in a while. ({problem})"
        return Authority(approver=approver, procore_user=None, identity_problem=silence)


def enrolled_approver(systems: Systems, email: str) -> Approver | None:
    """Look a person up in the journal; None for somebody who was never enrolled."""
    enrolled = systems.journal.approver(email) if email.strip() else None
    if enrolled is None:
        return None
    return Approver(
        email=enrolled.email, name=enrolled.name, amount_limit=enrolled.amount_limit, active=enrolled.active
    )


def _procore_user(systems: Systems, email: str) -> ProcoreUser | None:
    return user_of(systems.procore.read_users(), email)


def _record(
    systems: Systems, record: ExportRecord, question: Question, answer: Answer, judgement: Judgement, at: datetime
) -> ExportRecord:
    given = records.Answer(
        ask=record.ask,
        approver=answer.approver.strip(),
        reason=answer.reason.strip(),
        plan_code_given=answer.plan_code.strip(),
        digest=question.digest,
    )
    match judgement:
        case Refused(reasons=reasons):
            return systems.journal.record_refused_answer(record.id, given, refusal="\n".join(reasons), at=at)
        case Accepted(complete=complete):
            return systems.journal.record_acceptance(record.id, given, complete=complete, at=at)
        case Rejected():
            return systems.journal.record_rejection(record.id, given, at=at)
