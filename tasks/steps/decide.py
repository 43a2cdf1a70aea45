"""Step 2: take an approver's answer, judge it, and record what it was worth. Only the journal makes it a decision."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.journal import records
from connectors.journal.accepted import forms_of
from connectors.journal.errors import DecisionRefused, JournalError
from connectors.journal.records import CodeCheck, DecisionRecord, ExportRecord, PersonRecord, Role, Verdict
from connectors.procore.errors import ProcoreError
from jobcost.acceptance import (
    REASON_LENGTH_MAX,
    Accepted,
    Answer,
    Approver,
    Authority,
    Judgement,
    Question,
    Refused,
    Rejected,
    consents_to_zeroing,
    judge,
)
from jobcost.budget import user_of
from jobcost.deadline import in_zone
from jobcost.lifecycle import ExportState
from tasks.systems import Systems

# How far the clocks of the worker and of the Prefect server may differ before a one-time code proves nothing.
CLOCKS_APART_MAX = timedelta(minutes=2)
# What is typed is journalled for ever, also when it is refused: nobody fills the journal through a forged form.
_KEPT_MAX = REASON_LENGTH_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An answer as it was found, perhaps long after it was given."""

    answer: Answer
    # When it was given, by the Prefect server's clock; None where nothing tells.
    at: datetime | None = None
    # What that clock shows while the answer is judged; None where nobody asked it.
    server_now: datetime | None = None
    # Why it is not what an approver sent with Resume; "" when it is.
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """Everything that one judgement is about."""

    record: ExportRecord
    question: Question
    given: Given
    check: CodeCheck
    at: datetime


def take_answer(systems: Systems, export_id: str, ask: int, given: Given, at: datetime) -> ExportRecord:
    """Judge the answer to question number `ask` and record the outcome; a second reading of it changes nothing."""
    systems.export(export_id)
    systems.journal.expire_overdue(at, export_id=export_id)
    record = systems.export(export_id)
    if record.state is not ExportState.AWAITING_ACCEPTANCE or record.ask != ask:
        return record
    check = _checked_code(systems, record, given, at)
    question = question_of(systems, record, zero_deleted=consents_to_zeroing(given.answer))
    case = _Case(record=record, question=question, given=given, check=check, at=at)
    try:
        return _record(systems, case, _judged(systems, case))
    except JournalError as problem:
        # Someone else was first, by the command line for example: what the journal holds now is what counts.
        moved = systems.export(export_id)
        if moved.state is not record.state or moved.ask != record.ask:
            return moved
        if not isinstance(problem, DecisionRefused):
            raise
        # The journal's own guard refused, because the approver was revoked a moment ago for example: ask again.
        return _record(systems, case, Refused(reasons=(str(problem),)))


def _judged(systems: Systems, case: _Case) -> Judgement:
    if case.given.trouble:
        return Refused(reasons=(f"{case.given.trouble} Answer again with a new code, and tell the operator.",))
    # A deputy's day is the one on which the answer was given.
    moment = case.given.at or case.at
    authority = authority_of(systems, case.given.answer.approver, moment, identity_problem=case.check.problem)
    return judge(case.given.answer, case.question, authority, systems.config)


def _checked_code(systems: Systems, record: ExportRecord, given: Given, at: datetime) -> CodeCheck:
    """Find out what the one-time code proves, at the moment when it was given.

    Only an approver's code is looked at: guesses in other people's names, operators' above all, lock nobody.
    """
    if problem := _clock_problem(record, given, at):
        return CodeCheck(step=None, problem=problem, is_wrong=False)
    if enrolled_approver(systems, given.answer.approver, at) is None:
        return CodeCheck(step=None, problem="", is_wrong=False)
    check = systems.journal.check_code(given.answer.approver, given.answer.code, given_at=given.at or at)
    # What did not come through Resume is no guess of anybody's; a right code in it has been shown, and is used up.
    return replace(check, is_wrong=False) if given.trouble else check


def _clock_problem(record: ExportRecord, given: Given, at: datetime) -> str:
    """Say why the clocks cannot be trusted with a one-time code; "" when they can."""
    if given.server_now is not None and abs(given.server_now - at) > CLOCKS_APART_MAX:
        found = f"they show {given.server_now:%H:%M:%S} and {at:%H:%M:%S} UTC"
    elif given.at is not None and given.at - at > CLOCKS_APART_MAX:
        found = f"the answer was given at {given.at:%H:%M:%S} UTC, and it is {at:%H:%M:%S} UTC"
    elif record.updated_at - at > CLOCKS_APART_MAX:
        found = f"the journal's last entry is of {record.updated_at:%Y-%m-%d %H:%M:%S} UTC, and it is {at:%H:%M:%S} UTC"
    else:
        return ""
    return f"One-time code: the clocks of the Prefect server and the worker disagree ({found}); ask the operator."


def question_of(systems: Systems, record: ExportRecord, *, zero_deleted: bool = False) -> Question:
    """Say what an answer would be about: the plan as it was accepted, or as it would be by this answer.

    Its code is the proposed plan's, which is what people read in the review.
    """
    proposed, plan = systems.journal.proposed_plan(record.id), systems.journal.plan(record.id)
    if zero_deleted and plan.deleted:
        plan = plan.with_zeroing()
    accepted = acceptances(systems, record)
    return Question(
        digest=plan.digest,
        plan_code=proposed.code,
        difference=plan.largest_move,
        jcco=record.jcco,
        submitted_by=record.submitted_by,
        accepted_by=tuple(row.approver for row in accepted),
        authorities_used=tuple(row.deputy_for or row.approver for row in accepted),
        accepted_form=accepted[0].digest if accepted else None,
    )


def accepted_by(systems: Systems, record: ExportRecord) -> tuple[str, ...]:
    """List who accepted exactly this plan so far, in order."""
    return tuple(row.approver for row in acceptances(systems, record))


def acceptances(systems: Systems, record: ExportRecord) -> tuple[DecisionRecord, ...]:
    """List the acceptances of exactly this plan so far, with or without setting deleted lines to zero, in order."""
    accepted = [row for row in systems.journal.decisions(record.id) if row.verdict is Verdict.ACCEPT]
    forms = forms_of(systems.journal.proposed_plan(record.id)) if accepted else frozenset()
    return tuple(row for row in accepted if row.digest in forms)


def refusals(systems: Systems, record: ExportRecord) -> tuple[str, ...]:
    """Why the last answer did not count; empty when there was none, or it did."""
    decisions = systems.journal.decisions(record.id)
    last = decisions[-1] if decisions else None
    return tuple(last.refusal.splitlines()) if last is not None and last.verdict is Verdict.REFUSED else ()


def authority_of(systems: Systems, email: str, at: datetime, *, identity_problem: str = "") -> Authority:
    """Look a person up: enrolled in the journal, and what Procore says of them where it can be asked."""
    approver = enrolled_approver(systems, email, at)
    if approver is None:
        return Authority(approver=None, procore_user=None)
    try:
        user = user_of(systems.procore.read_users(), email)
        return Authority(approver=approver, procore_user=user, identity_problem=identity_problem)
    except ProcoreError as problem:
        silence = f"Procore could not be asked about your authority; answer again in a while. ({problem})"
        problems = "\n".join(text for text in (identity_problem, silence) if text)
        return Authority(approver=approver, procore_user=None, identity_problem=problems)


def enrolled_approver(systems: Systems, email: str, at: datetime) -> Approver | None:
    """Look a person up in the journal, with whom they stand in for today; None for somebody who is no approver."""
    person = systems.journal.person(email) if email.strip() else None
    if person is None or (facts := person.facts) is None or facts.role is not Role.APPROVER:
        return None
    today = in_zone(at, systems.config.acceptance).date()
    principals = systems.journal.deputised_by(person.email, today)
    return replace(_approver(person), stands_in_for=tuple(_approver(principal) for principal in principals))


def _approver(person: PersonRecord) -> Approver:
    if person.facts is None:
        raise ValueError(f"expected an enrolled person, found {person.email}")
    return Approver(
        email=person.email,
        name=person.facts.name,
        amount_limit=person.facts.amount_limit,
        active=person.is_active,
        companies=frozenset(person.facts.companies),
        enrolled_by=person.enrolled_by,
    )


def _record(systems: Systems, case: _Case, judgement: Judgement) -> ExportRecord:
    answer, record, at = case.given.answer, case.record, case.at
    given = records.Answer(
        ask=record.ask,
        approver=answer.approver.strip()[:_KEPT_MAX],
        reason=answer.reason.strip()[:_KEPT_MAX],
        plan_code_given=_kept_code(answer.plan_code),
        digest=case.question.digest,
        code_step=case.check.step,
        given_at=case.given.at,
    )
    match judgement:
        case Refused(reasons=reasons):
            refusal = "\n".join(reasons)
            is_wrong = case.check.is_wrong
            return systems.journal.record_refused_answer(record.id, given, refusal=refusal, at=at, wrong_code=is_wrong)
        case Accepted(complete=complete, deputy_for=principal):
            given = replace(given, deputy_for=principal)
            return systems.journal.record_acceptance(record.id, given, complete=complete, at=at)
        case Rejected(deputy_for=principal):
            return systems.journal.record_rejection(record.id, replace(given, deputy_for=principal), at=at)


def _kept_code(typed: str) -> str:
    """Keep what was typed as the plan code, unless it is a one-time code in the wrong field."""
    digits = "".join(typed.split())
    return "(digits only)" if digits.isdecimal() else typed.strip()[:_KEPT_MAX]
