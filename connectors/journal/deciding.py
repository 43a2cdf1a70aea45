"""What approvers answer. A decision counts once, for one plan, in one state, in time, by someone who may.

Whether the answer is good (code, amount limit, plan code) is judged before; here stand the guards that only the
database can keep against others who decide at the same moment.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection

from connectors.journal import models
from connectors.journal.errors import (
    AcceptedBefore,
    AnswerOutdated,
    ApproverNotEnrolled,
    CodeUsedBefore,
    DeadlinePassed,
    ExportMoved,
    OtherPlanDecided,
    ReasonMissing,
    SenderMayNotAccept,
)
from connectors.journal.ledger import Ledger
from connectors.journal.models import export
from connectors.journal.records import Answer, ApproverRecord, DecisionRecord, ExportRecord, Verdict
from connectors.journal.statements import (
    append,
    approver_of,
    change_export,
    claim_code_step,
    decisions_of,
    export_of,
    move_export,
    require_state,
)
from jobcost.lifecycle import ExportState
from jobcost.people import email_key

_AWAITING = ExportState.AWAITING_ACCEPTANCE


class Deciding(Ledger):
    """Records answers of approvers."""

    def record_refused_answer(self, export_id: str, answer: Answer, *, refusal: str, at: datetime) -> ExportRecord:
        """Keep an answer that does not count, and ask again; the same answer replayed counts once.

        Raises:
            AnswerOutdated: if another answer to the same question was recorded first.
            ExportMoved: if the export no longer awaits acceptance.
        """
        with self._writing() as connection:
            existing = export_of(connection, export_id)
            if _is_recorded(connection, existing, answer, Verdict.REFUSED):
                return existing
            _require_question(existing, answer)
            return _ask_again(connection, existing, answer, Verdict.REFUSED, refusal=refusal, at=at)

    def record_acceptance(self, export_id: str, answer: Answer, *, complete: bool, at: datetime) -> ExportRecord:
        """Record an acceptance of exactly the export's plan.

        Complete: the export is accepted. Not complete: it is the first of two, and a second approver is asked.

        Raises:
            DecisionRefused: one of its kinds, saying why the acceptance cannot count; nothing is changed.
            ExportMoved: if the export no longer awaits acceptance.
        """
        with self._writing() as connection:
            existing = export_of(connection, export_id)
            if not complete and _is_recorded(connection, existing, answer, Verdict.ACCEPT):
                return existing
            _require_question(existing, answer)
            _require_plan(existing, answer)
            _require_in_time(existing, at)
            approver = _require_enrolled(connection, existing, answer)
            _require_not_sender(existing, answer)
            _require_first_acceptance(connection, existing, answer)
            _use_code(connection, existing, answer)
            if not complete:
                return _ask_again(connection, existing, answer, Verdict.ACCEPT, refusal="", at=at)
            return _end_waiting(connection, existing, answer, Verdict.ACCEPT, actor=approver.email, at=at)

    def record_rejection(self, export_id: str, answer: Answer, *, at: datetime) -> ExportRecord:
        """Record a rejection with its reason; the export ends, Vista stays untouched.

        Raises:
            ReasonMissing: if the approver gave none.
            DecisionRefused: one of its kinds, saying why the rejection cannot count; nothing is changed.
            ExportMoved: if the export no longer awaits acceptance.
        """
        if not answer.reason.strip():
            raise ReasonMissing(
                "A rejection needs a reason.",
                where=f"Export {export_id}",
                expected="what the project manager has to correct",
                found="nothing",
                way_out="Reject again and say why.",
            )
        with self._writing() as connection:
            existing = export_of(connection, export_id)
            _require_question(existing, answer)
            _require_plan(existing, answer)
            approver = _require_enrolled(connection, existing, answer)
            _use_code(connection, existing, answer)
            return _end_waiting(connection, existing, answer, Verdict.REJECT, actor=approver.email, at=at)


_VERDICT_STATES = {Verdict.ACCEPT: ExportState.ACCEPTED, Verdict.REJECT: ExportState.REJECTED}


def _end_waiting(
    connection: Connection, existing: ExportRecord, answer: Answer, verdict: Verdict, *, actor: str, at: datetime
) -> ExportRecord:
    with _outdated_if_asked_again(existing, answer):
        moved = move_export(
            connection,
            existing,
            _VERDICT_STATES[verdict],
            actor=actor,
            reason=answer.reason,
            at=at,
            only_if=export.c.ask == answer.ask,
        )
    _keep(connection, existing, answer, verdict, refusal="", at=at)
    return moved


def _ask_again(
    connection: Connection, existing: ExportRecord, answer: Answer, verdict: Verdict, *, refusal: str, at: datetime
) -> ExportRecord:
    with _outdated_if_asked_again(existing, answer):
        asked = change_export(
            connection, existing, {"ask": existing.ask + 1}, at=at, only_if=export.c.ask == answer.ask
        )
    _keep(connection, existing, answer, verdict, refusal=refusal, at=at)
    return asked


def _keep(
    connection: Connection, existing: ExportRecord, answer: Answer, verdict: Verdict, *, refusal: str, at: datetime
) -> None:
    facts = {
        "verdict": verdict,
        "ask": answer.ask,
        "approver": email_key(answer.approver),
        "reason": answer.reason,
        "plan_code_given": answer.plan_code_given,
        "digest": answer.digest,
        "refusal": refusal,
        "at": at,
    }
    append(connection, models.decision, existing.id, facts)


def _is_recorded(connection: Connection, existing: ExportRecord, answer: Answer, verdict: Verdict) -> bool:
    """The same answer to the same question stands in the journal: this is a replay."""
    wanted = (verdict, answer.ask, email_key(answer.approver), answer.reason, answer.plan_code_given, answer.digest)
    return any(_identity(decision) == wanted for decision in decisions_of(connection, existing.id))


def _identity(decision: DecisionRecord) -> tuple[object, ...]:
    names = ("verdict", "ask", "approver", "reason", "plan_code_given", "digest")
    return tuple(getattr(decision, name) for name in names)


@contextmanager
def _outdated_if_asked_again(existing: ExportRecord, answer: Answer) -> Iterator[None]:
    try:
        yield
    except ExportMoved as moved:
        # The state held, so it was the question that moved.
        if moved.found_state is existing.state:
            raise _outdated(existing, answer) from None
        raise


def _require_question(existing: ExportRecord, answer: Answer) -> None:
    require_state(existing, _AWAITING)
    if answer.ask != existing.ask:
        raise _outdated(existing, answer)


def _outdated(existing: ExportRecord, answer: Answer) -> AnswerOutdated:
    return AnswerOutdated(
        "The question was answered meanwhile, and a new one was asked.",
        where=f"Export {existing.id}",
        expected="an answer to the question that is open now",
        found=f"an answer to question {answer.ask}",
        way_out="Read the export again and judge the answer against its present question.",
    )


def _require_plan(existing: ExportRecord, answer: Answer) -> None:
    if answer.digest != existing.plan_digest:
        raise OtherPlanDecided(
            "The answer speaks about another plan.",
            where=f"Export {existing.id}",
            expected=f"plan {existing.plan_code} (digest {existing.plan_digest})",
            found=f"digest {answer.digest}",
            way_out=f"Review plan {existing.plan_code} and decide again.",
        )


def _require_in_time(existing: ExportRecord, at: datetime) -> None:
    if existing.deadline_at is not None and at >= existing.deadline_at:
        raise DeadlinePassed(
            "The acceptance came too late.",
            where=f"Export {existing.id}",
            expected=f"a decision before {existing.deadline_at:%Y-%m-%d %H:%M} UTC",
            found=f"{at:%Y-%m-%d %H:%M %Z}",
            way_out="Send the budget again; a new plan is made against what Vista holds then.",
        )


def _require_enrolled(connection: Connection, existing: ExportRecord, answer: Answer) -> ApproverRecord:
    approver = approver_of(connection, email_key(answer.approver))
    if approver is None or not approver.active:
        raise ApproverNotEnrolled(
            "This person may not decide.",
            where=f"Export {existing.id}",
            expected="an enrolled approver",
            found=f"{answer.approver}, " + ("never enrolled" if approver is None else "whose enrolment was revoked"),
            way_out="Ask the operator to enrol the approver, then decide again.",
        )
    return approver


def _require_not_sender(existing: ExportRecord, answer: Answer) -> None:
    if email_key(answer.approver) == email_key(existing.submitted_by):
        raise SenderMayNotAccept(
            "The sender of a budget never accepts it.",
            where=f"Export {existing.id}",
            expected="another approver than the sender",
            found=answer.approver,
            way_out="Ask another approver to decide.",
        )


def _require_first_acceptance(connection: Connection, existing: ExportRecord, answer: Answer) -> None:
    accepted_by = {
        decision.approver
        for decision in decisions_of(connection, existing.id)
        if decision.verdict is Verdict.ACCEPT and decision.digest == existing.plan_digest
    }
    if email_key(answer.approver) in accepted_by:
        raise AcceptedBefore(
            "The same person cannot be both approvers.",
            where=f"Export {existing.id}",
            expected=f"an approver other than {', '.join(sorted(accepted_by))}",
            found=answer.approver,
            way_out="Ask a second approver to decide.",
        )


def _use_code(connection: Connection, existing: ExportRecord, answer: Answer) -> None:
    if answer.code_step is None or claim_code_step(connection, email_key(answer.approver), answer.code_step):
        return
    raise CodeUsedBefore(
        "This one-time code has counted before.",
        where=f"Export {existing.id}",
        expected="a code that was not used yet",
        found=f"an older code of {answer.approver}",
        way_out="Wait for the next code of the authenticator app and decide again.",
    )
