"""What the journal itself demands of a decision, whoever judged the answer before."""

from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection

from connectors.journal.accepted import acceptable_digests
from connectors.journal.errors import (
    AcceptedBefore,
    AcceptedByOne,
    AnswerOutdated,
    ApproverLocked,
    ApproverNotEnrolled,
    CodeMissing,
    DeadlinePassed,
    DecisionRefused,
    NoDeputy,
    OtherConsent,
    OtherPlanDecided,
    SenderMayNotAccept,
)
from connectors.journal.records import (
    Answer,
    DecisionRecord,
    Deputy,
    EnrolmentFacts,
    ExportRecord,
    PersonRecord,
    Role,
    Verdict,
)
from connectors.journal.standing import person_of
from connectors.journal.statements import decisions_of, require_state
from jobcost.lifecycle import ExportState
from jobcost.people import email_key

_R = TypeVar("_R", bound=DecisionRefused)

# The journal does not know the company's time zone: a day begins so long before it does in UTC, and ends so long after.
_EARLIEST_ZONE = timedelta(hours=14)
_LATEST_ZONE = timedelta(hours=12)


def require_may_decide(connection: Connection, existing: ExportRecord, answer: Answer, at: datetime) -> None:
    """Pass if this person may decide now, on this plan, in the place of whom they say.

    Raises:
        DecisionRefused: one of its kinds, saying why not.
        ExportMoved: if the export no longer awaits acceptance.
    """
    require_question(existing, answer)
    _require_plan(connection, existing, answer)
    _require_in_time(existing, at)
    _require_approver(person_of(connection, email_key(answer.approver)), existing, answer, at)
    _require_not_sender(existing, answer)
    if answer.deputy_for is not None:
        principal = person_of(connection, email_key(answer.deputy_for))
        _require_deputy(principal, existing, answer, at)


def require_question(existing: ExportRecord, answer: Answer) -> None:
    """Pass if the answer is to the question that is open.

    Raises:
        AnswerOutdated: if it is to another one.
        ExportMoved: if none is open.
    """
    require_state(existing, ExportState.AWAITING_ACCEPTANCE)
    if answer.ask != existing.ask:
        raise outdated(existing, answer)


def require_first_acceptance(connection: Connection, existing: ExportRecord, answer: Answer) -> None:
    """Pass if neither the person nor the authority they use has accepted this plan before, nor anybody another form.

    Raises:
        AcceptedBefore: if one of them has.
        OtherConsent: if an earlier approver accepted it with another choice about the deleted lines.
    """
    accepted = [one for one in decisions_of(connection, existing.id) if one.verdict is Verdict.ACCEPT]
    used = {email for one in accepted for email in (one.approver, one.deputy_for) if email is not None}
    using = {email_key(answer.approver)} | ({email_key(answer.deputy_for)} if answer.deputy_for else set())
    if using & used:
        raise _refused(
            AcceptedBefore,
            "The same person, or the same authority, cannot accept twice.",
            existing,
            expected=f"an approver other than {', '.join(sorted(used))}",
            found=", ".join(sorted(using & used)),
            way_out="Ask a second approver to decide.",
        )
    others = [one for one in accepted if one.digest != answer.digest]
    if others and answer.digest in acceptable_digests(connection, existing):
        raise _refused(
            OtherConsent,
            "Two approvers must accept the same: deleted lines are kept, or set to zero.",
            existing,
            expected=f"what {_decider(others[0])} accepted (digest {others[0].digest})",
            found=f"digest {answer.digest}",
            way_out="Choose the same about the deleted lines, or reject with a reason.",
        )


def require_no_acceptance(connection: Connection, existing: ExportRecord) -> None:
    """Pass if nobody has accepted this export, not even as the first of two.

    Requires: the export is held, so that nobody accepts it at the same moment.

    Raises:
        AcceptedByOne: if somebody has.
    """
    accepted = [one for one in decisions_of(connection, existing.id) if one.verdict is Verdict.ACCEPT]
    if accepted:
        by = ", ".join(f"{_decider(one)} accepted it on {one.at:%Y-%m-%d %H:%M} UTC" for one in accepted)
        raise AcceptedByOne(
            "The budget cannot be taken back any more: an approver has accepted it.",
            where=f"Export {existing.id}",
            expected="an export that nobody has decided on",
            found=by,
            way_out="Ask the second approver to reject it with a reason, or let its deadline pass.",
        )


def outdated(existing: ExportRecord, answer: Answer) -> AnswerOutdated:
    """Say that another question is open by now."""
    return _refused(
        AnswerOutdated,
        "The question was answered meanwhile, and a new one was asked.",
        existing,
        expected="an answer to the question that is open now",
        found=f"an answer to question {answer.ask}",
        way_out="Read the export again and judge the answer against its present question.",
    )


def code_missing(existing: ExportRecord) -> CodeMissing:
    """Say that nothing proved the person."""
    return _refused(
        CodeMissing,
        "No one-time code proves who decided.",
        existing,
        expected="the code that the approver's authenticator app showed",
        found="none that counts",
        way_out="Decide again, with a code.",
    )


def _require_plan(connection: Connection, existing: ExportRecord, answer: Answer) -> None:
    if answer.digest is None or answer.digest not in acceptable_digests(connection, existing):
        raise _refused(
            OtherPlanDecided,
            "The answer speaks about another plan.",
            existing,
            expected=f"plan {existing.plan_code} (digest {existing.plan_digest})",
            found=f"digest {answer.digest}",
            way_out=f"Review plan {existing.plan_code} and decide again.",
        )


def _require_in_time(existing: ExportRecord, at: datetime) -> None:
    if existing.deadline_at is not None and at >= existing.deadline_at:
        raise _refused(
            DeadlinePassed,
            "The decision came too late.",
            existing,
            expected=f"a decision before {existing.deadline_at:%Y-%m-%d %H:%M} UTC",
            found=f"{at:%Y-%m-%d %H:%M %Z}",
            way_out="Send the budget again; a new plan is made against what Vista holds then.",
        )


def _require_approver(person: PersonRecord | None, existing: ExportRecord, answer: Answer, at: datetime) -> None:
    if not _is_approver(person):
        raise _refused(
            ApproverNotEnrolled,
            "This person may not decide.",
            existing,
            expected="an enrolled approver",
            found=f"{answer.approver}, {_standing_in_words(person)}",
            way_out="Ask the operator to enrol the approver, then decide again.",
        )
    if person is not None and person.locked_until is not None and _moment(answer, at) < person.locked_until:
        raise _refused(
            ApproverLocked,
            "This person is locked after too many wrong one-time codes.",
            existing,
            expected=f"an answer given after {person.locked_until:%Y-%m-%d %H:%M} UTC",
            found=f"one of {_moment(answer, at):%Y-%m-%d %H:%M %Z}",
            way_out="Wait, or ask an operator to unlock you, then decide again.",
        )


def _require_not_sender(existing: ExportRecord, answer: Answer) -> None:
    sender = email_key(existing.submitted_by)
    if sender in {email_key(answer.approver), email_key(answer.deputy_for or "")}:
        raise _refused(
            SenderMayNotAccept,
            "The sender of a budget never decides on it, and lends nobody the authority to.",
            existing,
            expected="another approver than the sender",
            found=existing.submitted_by,
            way_out="Ask another approver to decide.",
        )


def _require_deputy(principal: PersonRecord | None, existing: ExportRecord, answer: Answer, at: datetime) -> None:
    deputy = principal.facts.deputy if principal is not None and principal.facts is not None else None
    is_deputy = deputy is not None and deputy.email == email_key(answer.approver)
    # The answer may have been given on the last day, and be read on the next.
    is_the_day = deputy is not None and any(_is_on_duty(deputy, moment) for moment in (at, answer.given_at or at))
    if not (_is_approver(principal) and is_deputy and is_the_day):
        raise _refused(
            NoDeputy,
            "This person does not stand in for that approver today.",
            existing,
            expected=f"an approver in force whose deputy is {answer.approver} on this day",
            found=f"{answer.deputy_for}, {_standing_in_words(principal)}",
            way_out="Decide in your own right, or ask an operator to enrol the deputy.",
        )


def _is_on_duty(deputy: Deputy, moment: datetime) -> bool:
    earliest, latest = (moment - _LATEST_ZONE).date(), (moment + _EARLIEST_ZONE).date()
    return deputy.first_day <= latest and earliest <= deputy.last_day


def _is_approver(person: PersonRecord | None) -> bool:
    return person is not None and person.facts is not None and person.facts.role is Role.APPROVER


def _standing_in_words(person: PersonRecord | None) -> str:
    facts: EnrolmentFacts | None = person.facts if person else None
    if person is None:
        return "never enrolled"
    if facts is not None:
        return f"enrolled as {facts.role}"
    return "whose enrolment was revoked" if person.revoked_by is not None else "whose enrolment nobody has confirmed"


def _decider(decision: DecisionRecord) -> str:
    return f"{decision.approver} (for {decision.deputy_for})" if decision.deputy_for else decision.approver


def _moment(answer: Answer, at: datetime) -> datetime:
    return at if answer.given_at is None else min(answer.given_at, at)


def _refused(kind: type[_R], what: str, existing: ExportRecord, *, expected: str, found: str, way_out: str) -> _R:
    return kind(what, where=f"Export {existing.id}", expected=expected, found=found, way_out=way_out)
