"""Answers of approvers: what counts, once, and what never does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from connectors.journal import Journal
from connectors.journal.deciding import _end_waiting
from connectors.journal.errors import (
    AcceptedBefore,
    AnswerOutdated,
    CodeUsedBefore,
    DecisionRefused,
    ExportMoved,
    NotAccepted,
    OtherPlanDecided,
    ReasonMissing,
)
from connectors.journal.records import Answer, Deputy, ExportRecord, Verdict
from jobcost.lifecycle import ExportState, IllegalTransition
from jobcost.plan import Digest
from tests.connectors.exports import ANA, BEN, MONDAY, accepted, answer_to, awaiting, enrolled, sent
from tests.people import enrolled_approver

LATER = MONDAY + timedelta(hours=1)
CARL = "carl@example.com"


@pytest.fixture
def waiting(journal: Journal) -> ExportRecord:
    enrolled(journal)
    return awaiting(journal)


def test_an_acceptance_is_recorded_with_plan_person_and_time(journal: Journal, waiting: ExportRecord) -> None:
    record = journal.record_acceptance(waiting.id, answer_to(waiting, "Ana.Ruiz@Example.com"), complete=True, at=LATER)
    assert record.state is ExportState.ACCEPTED
    (decision,) = journal.decisions(waiting.id)
    assert (decision.verdict, decision.approver, decision.at) == (Verdict.ACCEPT, ANA, LATER)
    assert (decision.digest, decision.plan_code_given) == (waiting.plan_digest, waiting.plan_code)
    last = journal.transitions(waiting.id)[-1]
    assert (last.from_state, last.to_state, last.actor) == (
        ExportState.AWAITING_ACCEPTANCE,
        ExportState.ACCEPTED,
        ANA,
    )


def test_a_rejection_keeps_its_reason_and_ends_the_export(journal: Journal, waiting: ExportRecord) -> None:
    record = journal.record_rejection(waiting.id, answer_to(waiting, reason="Phase 03-310 belongs to 1205"), at=LATER)
    assert (record.state, record.ended_at) == (ExportState.REJECTED, LATER)
    assert journal.decisions(waiting.id)[0].reason == "Phase 03-310 belongs to 1205"
    assert journal.transitions(waiting.id)[-1].reason == "Phase 03-310 belongs to 1205"


def test_a_rejection_without_a_reason_is_refused(journal: Journal, waiting: ExportRecord) -> None:
    with pytest.raises(ReasonMissing):
        journal.record_rejection(waiting.id, answer_to(waiting, reason="  "), at=LATER)
    assert journal.export(waiting.id) == waiting


def test_a_refused_answer_asks_again_and_counts_once_however_often_it_is_replayed(
    journal: Journal, waiting: ExportRecord
) -> None:
    wrong = replace(answer_to(waiting), plan_code_given="AAAA-AAAA")
    first = journal.record_refused_answer(waiting.id, wrong, refusal="the plan code is another one", at=LATER)
    again = journal.record_refused_answer(waiting.id, wrong, refusal="the plan code is another one", at=LATER)
    assert (first.ask, first.state) == (2, ExportState.AWAITING_ACCEPTANCE)
    assert again == first
    (decision,) = journal.decisions(waiting.id)
    assert (decision.verdict, decision.ask, decision.refusal) == (Verdict.REFUSED, 1, "the plan code is another one")


def test_another_answer_to_a_question_already_answered_must_be_judged_again(
    journal: Journal, waiting: ExportRecord
) -> None:
    journal.record_refused_answer(waiting.id, answer_to(waiting), refusal="no", at=LATER)
    before = journal.export(waiting.id)
    with pytest.raises(AnswerOutdated):
        journal.record_refused_answer(waiting.id, answer_to(waiting, BEN), refusal="no", at=LATER)
    with pytest.raises(AnswerOutdated):
        journal.record_acceptance(waiting.id, answer_to(waiting, BEN), complete=True, at=LATER)
    with pytest.raises(AnswerOutdated):
        journal.record_rejection(waiting.id, answer_to(waiting, BEN, reason="late"), at=LATER)
    assert journal.export(waiting.id) == before


def test_a_decision_read_before_a_new_question_was_asked_does_not_end_the_export(
    journal: Journal, waiting: ExportRecord
) -> None:
    # What a worker does that read the export, and was overtaken before it wrote.
    journal.record_refused_answer(waiting.id, answer_to(waiting, BEN), refusal="no", at=LATER)
    asked = journal.export(waiting.id)
    with pytest.raises(AnswerOutdated), journal._writing() as connection:
        _end_waiting(connection, waiting, answer_to(waiting), Verdict.ACCEPT, at=LATER)
    assert journal.export(waiting.id) == asked


def test_two_approvers_must_be_two_people(journal: Journal, waiting: ExportRecord) -> None:
    first = journal.record_acceptance(waiting.id, answer_to(waiting), complete=False, at=LATER)
    assert (first.state, first.ask) == (ExportState.AWAITING_ACCEPTANCE, 2)
    with pytest.raises(NotAccepted):
        journal.permit(waiting.id)
    with pytest.raises(AcceptedBefore):
        journal.record_acceptance(waiting.id, answer_to(first, "ANA.RUIZ@example.com"), complete=True, at=LATER)
    assert journal.export(waiting.id) == first
    second = journal.record_acceptance(waiting.id, answer_to(first, BEN), complete=True, at=LATER)
    assert second.state is ExportState.ACCEPTED
    assert journal.permit(waiting.id).accepted_by == (ANA, BEN)


def test_the_first_of_two_acceptances_counts_once_however_often_it_is_replayed(
    journal: Journal, waiting: ExportRecord
) -> None:
    given = answer_to(waiting, code_step=58_000_000)
    first = journal.record_acceptance(waiting.id, given, complete=False, at=LATER)
    assert journal.record_acceptance(waiting.id, given, complete=False, at=LATER) == first
    assert len(journal.decisions(waiting.id)) == 1


def _deputy(email: str, first: int = 0, last: int = 0) -> Deputy:
    """A deputy from one day to another, counted from the Monday on which everything happens."""
    monday = MONDAY.date()
    return Deputy(email=email, first_day=monday + timedelta(days=first), last_day=monday + timedelta(days=last))


def _refusal(journal: Journal, waiting: ExportRecord, given: Answer) -> type[DecisionRefused]:
    before = (journal.export(waiting.id), journal.decisions(waiting.id), journal.transitions(waiting.id))
    with pytest.raises(DecisionRefused) as refused:
        journal.record_acceptance(waiting.id, given, complete=True, at=LATER)
    assert (journal.export(waiting.id), journal.decisions(waiting.id), journal.transitions(waiting.id)) == before
    return type(refused.value)


def test_a_one_time_code_counts_once_for_all_exports(journal: Journal, waiting: ExportRecord) -> None:
    journal.record_acceptance(waiting.id, answer_to(waiting, code_step=58_000_000), complete=True, at=LATER)
    other = awaiting(journal, project_id=77)
    assert _refusal(journal, other, answer_to(other, code_step=58_000_000)) is CodeUsedBefore
    with pytest.raises(CodeUsedBefore):
        journal.record_rejection(other.id, answer_to(other, reason="no", code_step=58_000_000), at=LATER)
    assert (
        journal.record_acceptance(other.id, answer_to(other, code_step=58_000_001), complete=True, at=LATER).state
        is ExportState.ACCEPTED
    )


def test_two_answers_count_in_whichever_order_they_are_read(journal: Journal, waiting: ExportRecord) -> None:
    other = awaiting(journal, project_id=77)
    later, earlier = answer_to(other, code_step=58_000_001), answer_to(waiting, code_step=58_000_000)
    assert journal.record_acceptance(other.id, later, complete=True, at=LATER).state is ExportState.ACCEPTED
    assert journal.record_acceptance(waiting.id, earlier, complete=True, at=LATER).state is ExportState.ACCEPTED


def test_an_acceptance_that_the_journal_refuses_does_not_use_up_the_code(
    journal: Journal, waiting: ExportRecord
) -> None:
    stale = replace(answer_to(waiting, code_step=58_000_000), digest=Digest("0" * 64))
    assert _refusal(journal, waiting, stale) is OtherPlanDecided
    again = journal.record_acceptance(waiting.id, answer_to(waiting, code_step=58_000_000), complete=True, at=LATER)
    assert again.state is ExportState.ACCEPTED


def test_the_code_of_a_refused_answer_is_used_up_all_the_same(journal: Journal, waiting: ExportRecord) -> None:
    wrong = answer_to(waiting, code_step=58_000_000)
    asked = journal.record_refused_answer(waiting.id, wrong, refusal="the plan code is another one", at=LATER)
    assert _refusal(journal, asked, answer_to(asked, code_step=58_000_000)) is CodeUsedBefore
    # Again: it is refused as before, used up or not.
    twice = answer_to(asked, code_step=58_000_000)
    assert journal.record_refused_answer(asked.id, twice, refusal="used before", at=LATER).ask == 3


def test_a_wrong_code_counts_with_the_answer_it_came_with(journal: Journal, waiting: ExportRecord) -> None:
    record = waiting
    for _ in range(5):
        wrong = replace(answer_to(record), code_step=None)
        for _replay in range(2):
            record = journal.record_refused_answer(record.id, wrong, refusal="wrong code", at=LATER, wrong_code=True)
    assert (record.ask, len(journal.decisions(record.id))) == (6, 5)
    assert [entry.change.value for entry in journal.enrolment_story(ANA)] == ["requested", "confirmed", "locked"]
    # What counted for Ana counts for nobody else.
    ben = journal.record_acceptance(record.id, answer_to(record, BEN), complete=True, at=LATER)
    assert ben.state is ExportState.ACCEPTED


def test_a_wrong_code_in_an_unknown_name_is_kept_and_locks_nobody(journal: Journal, waiting: ExportRecord) -> None:
    stranger = replace(answer_to(waiting, "x@example.com"), code_step=None)
    asked = journal.record_refused_answer(waiting.id, stranger, refusal="no", at=LATER, wrong_code=True)
    assert (asked.ask, journal.person("x@example.com")) == (2, None)


def test_a_wrong_code_to_a_question_of_before_is_judged_again_and_not_counted(
    journal: Journal, waiting: ExportRecord
) -> None:
    wrong = replace(answer_to(waiting), code_step=None)
    journal.record_refused_answer(waiting.id, answer_to(waiting, BEN), refusal="no", at=LATER)
    for _ in range(5):
        with pytest.raises(AnswerOutdated):
            journal.record_refused_answer(waiting.id, wrong, refusal="wrong code", at=LATER, wrong_code=True)
    assert len(journal.enrolment_story(ANA)) == 2


def test_a_decision_replayed_after_its_code_was_used_stands(journal: Journal, waiting: ExportRecord) -> None:
    # What a worker does that died after recording: the same answer, whose code is by now used before.
    given = answer_to(waiting)
    decided = journal.record_acceptance(waiting.id, given, complete=True, at=LATER)
    again = replace(given, code_step=None)
    assert journal.record_refused_answer(waiting.id, again, refusal="used before", at=LATER) == decided
    assert [decision.verdict for decision in journal.decisions(waiting.id)] == [Verdict.ACCEPT]


def test_a_decision_keeps_how_it_was_proved_and_in_whose_place_it_was_given(
    journal: Journal, waiting: ExportRecord
) -> None:
    enrolled_approver(journal, CARL, deputy=_deputy(ANA))
    given = replace(answer_to(waiting, code_step=58_000_000, deputy_for="Carl@Example.com"), given_at=MONDAY)
    journal.record_acceptance(waiting.id, given, complete=True, at=LATER)
    (decision,) = journal.decisions(waiting.id)
    assert (decision.approver, decision.deputy_for, decision.code_step) == (ANA, CARL, 58_000_000)
    assert (decision.given_at, decision.at) == (MONDAY, LATER)


@pytest.mark.parametrize("verdict", ["accept", "reject", "refuse"])
def test_a_decided_export_takes_no_further_answer(journal: Journal, waiting: ExportRecord, verdict: str) -> None:
    decided = journal.record_acceptance(waiting.id, answer_to(waiting), complete=True, at=LATER)
    late = answer_to(waiting, BEN, reason="late")
    give: Callable[[], ExportRecord] = {
        "accept": lambda: journal.record_acceptance(waiting.id, late, complete=True, at=LATER),
        "reject": lambda: journal.record_rejection(waiting.id, late, at=LATER),
        "refuse": lambda: journal.record_refused_answer(waiting.id, late, refusal="no", at=LATER),
    }[verdict]
    with pytest.raises(ExportMoved, match="Expected awaiting_acceptance; found accepted") as moved:
        give()
    assert moved.value.found_state is ExportState.ACCEPTED
    assert journal.export(waiting.id) == decided


def test_a_permit_names_the_accepted_plan_and_its_approvers(journal: Journal) -> None:
    record = accepted(journal)
    permit = journal.permit(record.id)
    assert (permit.export_id, permit.digest, permit.accepted_by) == ("EX-1204", record.plan_digest, (ANA,))


def test_a_permit_is_still_given_while_applying(journal: Journal) -> None:
    record = accepted(journal)
    journal.move(record.id, ExportState.APPLYING, actor="budget-export", reason="nothing moved", at=LATER)
    assert journal.permit(record.id).digest == record.plan_digest


@pytest.mark.parametrize("state", sorted(set(ExportState) - {ExportState.ACCEPTED, ExportState.APPLYING}))
def test_no_other_state_is_permitted_to_write(journal: Journal, state: ExportState) -> None:
    record = accepted(journal)
    with journal._writing() as connection:
        connection.execute(text("UPDATE export SET state = :state"), {"state": state.value})
    with pytest.raises(NotAccepted):
        journal.permit(record.id)


def test_a_state_forced_to_accepted_is_no_permit(journal: Journal, waiting: ExportRecord) -> None:
    with journal._writing() as connection:
        connection.execute(text("UPDATE export SET state = 'accepted'"))
    with pytest.raises(NotAccepted, match="found no such decision"):
        journal.permit(waiting.id)
    with pytest.raises(NotAccepted):
        journal.move(waiting.id, ExportState.APPLYING, actor="budget-export", reason="forced", at=LATER)
    assert journal.export(waiting.id).state is ExportState.ACCEPTED


@pytest.mark.parametrize("changed", [{"digest": "0" * 64}, {"verdict": "reject"}, {"verdict": "refused"}], ids=str)
def test_a_decision_about_anything_else_is_no_permit(journal: Journal, changed: dict[str, str]) -> None:
    record = accepted(journal)
    (name, value), *_ = changed.items()
    with journal._writing() as connection:
        connection.execute(text(f"UPDATE decision SET {name} = :value"), {"value": value})
    with pytest.raises(NotAccepted):
        journal.permit(record.id)


@pytest.mark.parametrize("state", [ExportState.ACCEPTED, ExportState.REJECTED, ExportState.VERIFIED])
def test_nobody_is_moved_into_a_decision(journal: Journal, waiting: ExportRecord, state: ExportState) -> None:
    with pytest.raises(ValueError, match=f"an export becomes {state} only by record_"):
        journal.move(waiting.id, state, actor="someone", reason="forced", at=LATER)
    assert journal.export(waiting.id) == waiting


def test_an_illegal_move_changes_nothing(journal: Journal) -> None:
    record = sent(journal)
    with pytest.raises(IllegalTransition):
        journal.move(record.id, ExportState.APPLYING, actor="someone", reason="too early", at=LATER)
    assert journal.export(record.id) == record
    assert len(journal.transitions(record.id)) == 1


def test_characters_no_database_takes_are_replaced_in_a_reason(journal: Journal, waiting: ExportRecord) -> None:
    journal.record_rejection(waiting.id, answer_to(waiting, reason="a\x00b\ud800c é 🏗"), at=LATER)
    assert journal.decisions(waiting.id)[0].reason == "a\ufffdb\ufffdc é 🏗"
