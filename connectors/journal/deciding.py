"""What approvers answer. A decision counts once, for one plan, in one state, in time, by someone who may.

Whether the answer is good (code, amount limit, plan code) is judged before; here stand the guards that only the
database can keep against others who decide at the same moment.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from connectors.journal import models
from connectors.journal.codes import claim_step, count_wrong, require_unused
from connectors.journal.decision_guards import (
    code_missing,
    outdated,
    require_first_acceptance,
    require_may_decide,
    require_question,
)
from connectors.journal.errors import ExportMoved, ReasonMissing
from connectors.journal.ledger import Ledger
from connectors.journal.models import export
from connectors.journal.records import Answer, DecisionRecord, ExportRecord, Verdict
from connectors.journal.standing import hold
from connectors.journal.statements import append, change_export, decisions_of, export_of, move_export
from jobcost.lifecycle import ExportState
from jobcost.people import email_key


class Deciding(Ledger):
    """Records answers of approvers."""

    def record_refused_answer(
        self, export_id: str, answer: Answer, *, refusal: str, at: datetime, wrong_code: bool = False
    ) -> ExportRecord:
        """Keep an answer that does not count, and ask again; the same answer replayed counts once.

        Args:
            export_id: which export.
            answer: the answer; its code step, if it has one, is used up all the same.
            refusal: why it does not count, for people.
            at: when.
            wrong_code: it came with a wrong one-time code, which counts towards the lock of the person.

        Raises:
            AnswerOutdated: if another answer to the same question was recorded first.
            ExportMoved: if the export no longer awaits acceptance.
        """
        with self._writing() as connection:
            email = email_key(answer.approver)
            hold(connection, email)
            existing = export_of(connection, export_id)
            if _is_recorded(connection, existing, answer):
                return existing
            require_question(existing, answer)
            if answer.code_step is not None and not claim_step(connection, email, answer.code_step):
                # Another answer used it a moment ago; this one does not count anyway.
                answer = replace(answer, code_step=None)
            asked = _ask_again(connection, existing, answer, Verdict.REFUSED, refusal=refusal, at=at)
            if wrong_code:
                count_wrong(connection, email, at=at)
            return asked

    def record_acceptance(self, export_id: str, answer: Answer, *, complete: bool, at: datetime) -> ExportRecord:
        """Record an acceptance of exactly the export's plan.

        Complete: the export is accepted. Not complete: it is the first of two, and a second approver is asked.

        Raises:
            DecisionRefused: one of its kinds, saying why the acceptance cannot count; nothing is changed.
            ExportMoved: if the export no longer awaits acceptance.
        """
        with self._writing() as connection:
            existing = _held(connection, export_id, answer)
            if not complete and _is_recorded(connection, existing, answer, Verdict.ACCEPT):
                return existing
            require_may_decide(connection, existing, answer, at)
            require_first_acceptance(connection, existing, answer)
            _use_code(connection, existing, answer)
            if not complete:
                return _ask_again(connection, existing, answer, Verdict.ACCEPT, refusal="", at=at)
            return _end_waiting(connection, existing, answer, Verdict.ACCEPT, at=at)

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
            existing = _held(connection, export_id, answer)
            require_may_decide(connection, existing, answer, at)
            _use_code(connection, existing, answer)
            return _end_waiting(connection, existing, answer, Verdict.REJECT, at=at)


def _held(connection: Connection, export_id: str, answer: Answer) -> ExportRecord:
    """Keep others from changing whoever's authority is at stake until we are through, then read the export."""
    hold(connection, email_key(answer.approver), email_key(answer.deputy_for or ""))
    return export_of(connection, export_id)


_VERDICT_STATES = {Verdict.ACCEPT: ExportState.ACCEPTED, Verdict.REJECT: ExportState.REJECTED}


def _end_waiting(
    connection: Connection, existing: ExportRecord, answer: Answer, verdict: Verdict, *, at: datetime
) -> ExportRecord:
    with _outdated_if_asked_again(existing, answer):
        moved = move_export(
            connection,
            existing,
            _VERDICT_STATES[verdict],
            actor=email_key(answer.approver),
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
        "code_step": answer.code_step,
        "deputy_for": email_key(answer.deputy_for) if answer.deputy_for else None,
        "given_at": answer.given_at,
        "at": at,
    }
    append(connection, models.decision, existing.id, facts)


def _is_recorded(
    connection: Connection, existing: ExportRecord, answer: Answer, verdict: Verdict | None = None
) -> bool:
    """The same answer to the same question stands in the journal: this is a replay.

    Without a verdict, whatever it came to: replayed, it may be judged otherwise, since it used up its own code.
    """
    wanted = (answer.ask, email_key(answer.approver), answer.reason, answer.plan_code_given, answer.digest)
    return any(
        _identity(decision) == wanted and verdict in {None, decision.verdict}
        for decision in decisions_of(connection, existing.id)
    )


def _identity(decision: DecisionRecord) -> tuple[object, ...]:
    return (decision.ask, decision.approver, decision.reason, decision.plan_code_given, decision.digest)


@contextmanager
def _outdated_if_asked_again(existing: ExportRecord, answer: Answer) -> Iterator[None]:
    try:
        yield
    except ExportMoved as moved:
        # The state held, so it was the question that moved.
        if moved.found_state is existing.state:
            raise outdated(existing, answer) from None
        raise


def _use_code(connection: Connection, existing: ExportRecord, answer: Answer) -> None:
    """Use up the code that proved the person: no decision without one."""
    if answer.code_step is None:
        raise code_missing(existing)
    require_unused(connection, email_key(answer.approver), answer.code_step, where=f"Export {existing.id}")
