"""What the journal itself never takes for a decision, whoever judged the answer before."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.journal import Journal
from connectors.journal.errors import (
    AcceptedBefore,
    ApproverLocked,
    ApproverNotEnrolled,
    CodeMissing,
    DeadlinePassed,
    DecisionRefused,
    NoDeputy,
    OtherPlanDecided,
    SenderMayNotAccept,
)
from connectors.journal.records import Answer, Deputy, EnrolmentFacts, ExportRecord, Role
from jobcost.lifecycle import ExportState
from jobcost.plan import Digest
from tests.connectors.exports import ANA, BEN, DEADLINE, MONDAY, SENDER, answer_to, awaiting, enrolled
from tests.people import OLGA, enrolled_approver, enrolled_operator

LATER = MONDAY + timedelta(hours=1)
CARL = "carl@example.com"


@pytest.fixture
def waiting(journal: Journal) -> ExportRecord:
    enrolled(journal)
    return awaiting(journal)


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


def test_the_sender_never_accepts_even_when_enrolled(journal: Journal, waiting: ExportRecord) -> None:
    enrolled(journal, SENDER)
    assert _refusal(journal, waiting, answer_to(waiting, "PM@example.com ")) is SenderMayNotAccept


def test_somebody_who_is_not_enrolled_never_accepts(journal: Journal, waiting: ExportRecord) -> None:
    assert _refusal(journal, waiting, answer_to(waiting, "ceo@example.com")) is ApproverNotEnrolled


def test_somebody_whose_enrolment_was_revoked_never_accepts(journal: Journal, waiting: ExportRecord) -> None:
    journal.revoke(ANA, by=OLGA, reason="left", at=LATER)
    assert _refusal(journal, waiting, answer_to(waiting)) is ApproverNotEnrolled


def test_an_acceptance_of_another_plan_never_counts(journal: Journal, waiting: ExportRecord) -> None:
    assert _refusal(journal, waiting, replace(answer_to(waiting), digest=Digest("0" * 64))) is OtherPlanDecided
    assert _refusal(journal, waiting, replace(answer_to(waiting), digest=None)) is OtherPlanDecided


def test_an_acceptance_at_or_after_the_deadline_never_counts(journal: Journal, waiting: ExportRecord) -> None:
    for late in (DEADLINE, DEADLINE + timedelta(days=1)):
        with pytest.raises(DeadlinePassed):
            journal.record_acceptance(waiting.id, answer_to(waiting), complete=True, at=late)
    assert journal.export(waiting.id) == waiting


@pytest.mark.parametrize("days", [(-9, -2), (2, 9)], ids=["over", "not yet"])
def test_a_deputy_decides_in_anothers_place_only_on_the_days_of_it(
    journal: Journal, waiting: ExportRecord, days: tuple[int, int]
) -> None:
    enrolled_approver(journal, CARL, deputy=_deputy(ANA, *days))
    assert _refusal(journal, waiting, answer_to(waiting, deputy_for=CARL)) is NoDeputy


@pytest.mark.parametrize(("day", "is_one"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_deputys_day_may_be_any_that_it_is_somewhere(
    journal: Journal, waiting: ExportRecord, day: int, *, is_one: bool
) -> None:
    # At 10:00 UTC on Monday it is 22:00 on Sunday in the last time zone, and Tuesday begins in the first. Which one is
    # the company's is judged before, from the configuration.
    enrolled_approver(journal, CARL, deputy=_deputy(ANA, day, day))
    answer = answer_to(waiting, deputy_for=CARL)
    if not is_one:
        assert _refusal(journal, waiting, answer) is NoDeputy
        return
    assert journal.record_acceptance(waiting.id, answer, complete=True, at=LATER).state is ExportState.ACCEPTED


def test_an_answer_given_on_a_deputys_last_day_counts_when_it_is_read_on_a_later_one(
    journal: Journal, waiting: ExportRecord
) -> None:
    enrolled_approver(journal, CARL, deputy=_deputy(ANA, 0, 0))
    in_time = replace(answer_to(waiting, deputy_for=CARL), given_at=MONDAY)
    read = MONDAY + timedelta(days=2)
    assert journal.record_acceptance(waiting.id, in_time, complete=True, at=read).state is ExportState.ACCEPTED


def test_nobody_lends_authority_who_is_revoked_or_an_operator_or_a_stranger(
    journal: Journal, waiting: ExportRecord
) -> None:
    enrolled_approver(journal, CARL, deputy=_deputy(ANA))
    journal.revoke(CARL, by=OLGA, reason="left", at=MONDAY)
    enrolled_operator(journal, "uma@example.com")
    enrolled_approver(journal, "dana@example.com", deputy=_deputy(CARL))
    for principal in (CARL, "uma@example.com", "dana@example.com", BEN, ANA, "x@example.com", ""):
        assert _refusal(journal, waiting, answer_to(waiting, deputy_for=principal)) is NoDeputy


def test_the_sender_lends_nobody_the_authority_to_decide(journal: Journal, waiting: ExportRecord) -> None:
    enrolled_approver(journal, SENDER, deputy=_deputy(ANA))
    assert _refusal(journal, waiting, answer_to(waiting, deputy_for=SENDER)) is SenderMayNotAccept


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((ANA, None), (BEN, ANA)),
        ((BEN, ANA), (ANA, None)),
        ((BEN, ANA), (BEN, None)),
        ((BEN, None), (BEN, ANA)),
        ((BEN, CARL), (ANA, CARL)),
    ],
)
def test_two_acceptances_are_of_two_people_and_two_authorities(
    journal: Journal, waiting: ExportRecord, first: tuple[str, str | None], second: tuple[str, str | None]
) -> None:
    deputies = {ANA: _deputy(BEN), CARL: _deputy(first[0])}
    for email, deputy in deputies.items():
        enrolled_approver(journal, email, deputy=deputy if deputy.email != email else None)
    one = answer_to(waiting, first[0], deputy_for=first[1])
    asked = journal.record_acceptance(waiting.id, one, complete=False, at=LATER)
    if second == (ANA, CARL):
        enrolled_approver(journal, CARL, deputy=_deputy(ANA))
    two = answer_to(asked, second[0], deputy_for=second[1])
    assert _refusal(journal, asked, two) is AcceptedBefore


def test_an_operator_never_decides(journal: Journal, waiting: ExportRecord) -> None:
    enrolled_operator(journal, "uma@example.com")
    assert _refusal(journal, waiting, answer_to(waiting, "uma@example.com")) is ApproverNotEnrolled


def test_somebody_whose_enrolment_waits_for_a_second_operator_never_decides(
    journal: Journal, waiting: ExportRecord
) -> None:
    facts = EnrolmentFacts(email=CARL, role=Role.APPROVER, name="Carl")
    journal.request_enrolment(facts, by=OLGA, reason="", at=MONDAY)
    assert _refusal(journal, waiting, answer_to(waiting, CARL)) is ApproverNotEnrolled


def test_a_locked_approver_decides_nothing_that_was_answered_before_the_end_of_the_lock(
    journal: Journal, waiting: ExportRecord
) -> None:
    for _ in range(5):
        journal.count_wrong_code(ANA, at=LATER)
    assert _refusal(journal, waiting, answer_to(waiting)) is ApproverLocked
    end = LATER + timedelta(minutes=30)
    early = replace(answer_to(waiting), given_at=end - timedelta(seconds=1))
    with pytest.raises(ApproverLocked):
        journal.record_acceptance(waiting.id, early, complete=True, at=end + timedelta(hours=1))
    in_time = replace(answer_to(waiting), given_at=end)
    assert journal.record_acceptance(waiting.id, in_time, complete=True, at=end).state is ExportState.ACCEPTED


def test_nothing_is_decided_without_a_proof_of_the_person(journal: Journal, waiting: ExportRecord) -> None:
    unproved = replace(answer_to(waiting, reason="no"), code_step=None)
    assert _refusal(journal, waiting, unproved) is CodeMissing
    with pytest.raises(CodeMissing):
        journal.record_rejection(waiting.id, unproved, at=LATER)
    assert journal.export(waiting.id) == waiting


REFUSED: dict[str, tuple[str, Callable[[ExportRecord], Answer]]] = {
    "another plan": ("decision_guards._require_plan", lambda r: replace(answer_to(r), digest=Digest("0" * 64))),
    "too late": ("decision_guards._require_in_time", lambda r: replace(answer_to(r), reason="late")),
    "not enrolled": ("decision_guards._require_approver", lambda r: answer_to(r, "uma@example.com")),
    "the sender": ("decision_guards._require_not_sender", lambda r: answer_to(r, SENDER)),
    "no deputy": ("decision_guards._require_deputy", lambda r: answer_to(r, deputy_for=BEN)),
    "twice": ("deciding.require_first_acceptance", lambda r: answer_to(r, CARL)),
    "no code": ("deciding._use_code", lambda r: replace(answer_to(r), code_step=None)),
    "a used code": ("deciding.require_unused", lambda r: answer_to(r, CARL, code_step=58_000_000)),
}


@pytest.mark.parametrize("journal_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", REFUSED)
def test_each_guard_is_what_refuses_a_decision(
    journal: Journal, waiting: ExportRecord, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard, answer = REFUSED[name]
    enrolled(journal, SENDER, CARL)
    enrolled_operator(journal, "uma@example.com")
    asked = journal.record_acceptance(
        waiting.id, answer_to(waiting, CARL, code_step=58_000_000), complete=False, at=LATER
    )
    if name == "a used code":
        monkeypatch.setattr("connectors.journal.deciding.require_first_acceptance", lambda *_: None)
    given = answer(asked)
    at = DEADLINE if given.reason == "late" else LATER
    with pytest.raises(DecisionRefused):
        journal.record_acceptance(asked.id, given, complete=False, at=at)
    assert journal.export(asked.id) == asked
    monkeypatch.setattr(f"connectors.journal.{guard}", lambda *_args, **_names: None)
    assert journal.record_acceptance(asked.id, given, complete=False, at=at).ask == 3
