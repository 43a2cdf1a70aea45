"""What an approver's answer is worth, and what he reads when it is worth nothing."""

from dataclasses import replace
from decimal import Decimal

import pytest
from pydantic import SecretStr

from jobcost.acceptance import (
    Accepted,
    Answer,
    Approver,
    Authority,
    Judgement,
    Question,
    Refused,
    Rejected,
    authority_problems,
    judge,
)
from jobcost.config import ExportConfig
from jobcost.plan import Digest, PlanCode
from tests.core.budgets import SENDER, config, user

YES = Answer(decision="Accept", approver="ann@builder.example", plan_code="7Q4K-M2XD", reason="")
NO = replace(YES, decision="Reject", reason="Piles are missing")
ANN = Approver(email="ann@builder.example", name="Ann", amount_limit=None, active=True)
KNOWN = Authority(approver=ANN, procore_user=user(ANN.email, is_accounting_approver=True))
QUESTION = Question(
    digest=Digest("ab" * 32),
    plan_code=PlanCode("7Q4K-M2XD"),
    difference=Decimal("60000.00"),
    jcco=1,
    submitted_by="pat@builder.example",
    accepted_by=(),
)
TWO_NEEDED = config(limits={"two_approvers_above": "50000"})


def judged(
    answer: Answer = YES,
    question: Question = QUESTION,
    authority: Authority = KNOWN,
    configured: ExportConfig | None = None,
) -> Judgement:
    return judge(answer, question, authority, configured or config())


def test_a_clear_yes_accepts() -> None:
    assert judged() == Accepted(approver="ann@builder.example", complete=True)


def test_a_reasoned_no_rejects_and_keeps_its_reason() -> None:
    assert judged(replace(NO, reason="  Piles are missing ")) == Rejected(
        approver="ann@builder.example", reason="Piles are missing"
    )


def test_a_no_without_a_reason_is_asked_again() -> None:
    assert judged(replace(NO, reason="  ")) == Refused(
        reasons=("Reason: a reject needs one, so that the budget can be corrected.",)
    )


@pytest.mark.parametrize("decision", ["", "(choose)", "yes", "True", "1", "Acceptt", "Accept Reject"])
def test_anything_but_the_two_words_is_no_decision(decision: str) -> None:
    assert judged(replace(YES, decision=decision)) == Refused(reasons=("Decision: choose Accept or Reject.",))


@pytest.mark.parametrize("code", ["", "7Q4K", "7Q4K-M2XE", "7Q4K-M2XD-7"])
def test_the_code_of_another_plan_never_decides(code: str) -> None:
    wrong = Refused(reasons=("Plan code: it is not the code of this plan; copy it from the review.",))
    assert judged(replace(YES, plan_code=code)) == wrong
    assert judged(replace(NO, plan_code=code)) == wrong


def test_the_plan_code_may_be_typed_as_it_was_read_aloud() -> None:
    assert isinstance(judged(replace(YES, plan_code="7q4k m2xd")), Accepted)


def test_an_endless_reason_is_refused() -> None:
    assert judged(replace(NO, reason="x" * 1001)) == Refused(reasons=("Reason: at most 1000 characters, found 1001.",))


def test_nobody_answers_without_an_address() -> None:
    assert judged(replace(YES, approver=" ")) == Refused(reasons=("Approver: your e-mail address is missing.",))


@pytest.mark.parametrize("approver", [None, replace(ANN, active=False)])
def test_only_an_enrolled_approver_decides(approver: Approver | None) -> None:
    assert judged(authority=replace(KNOWN, approver=approver)) == Refused(
        reasons=("Approver: expected an enrolled approver's e-mail address; an operator can enrol one.",)
    )


@pytest.mark.parametrize("answer", [YES, NO])
def test_the_sender_never_decides_on_his_own_budget(answer: Answer) -> None:
    own = replace(QUESTION, submitted_by=" Ann@Builder.example")
    assert judged(answer, own) == Refused(
        reasons=("Approver: the sender of a budget cannot decide on it; ask another approver.",)
    )


@pytest.mark.parametrize("difference", ["60000.00", "-60000.00"])
def test_an_approver_decides_up_to_his_limit_in_either_direction(difference: str) -> None:
    question = replace(QUESTION, difference=Decimal(difference))
    at_limit = replace(KNOWN, approver=replace(ANN, amount_limit=Decimal("60000.00")))
    assert isinstance(judged(question=question, authority=at_limit), Accepted)
    below = replace(KNOWN, approver=replace(ANN, amount_limit=Decimal("59999.99")))
    refused = judged(question=question, authority=below)
    assert isinstance(refused, Refused)
    assert refused.reasons[0].startswith("Approver: the change of ")
    assert refused.reasons[0].endswith("is above your limit of 59,999.99; ask an approver with a higher one.")


def test_procores_flag_counts_where_procore_tells_it() -> None:
    unflagged = replace(KNOWN, procore_user=user(ANN.email, is_accounting_approver=False))
    assert judged(authority=unflagged) == Refused(
        reasons=("Approver: Procore does not list you as an accounting approver (Can Push to Accounting).",)
    )
    untold = replace(KNOWN, procore_user=user(ANN.email, is_accounting_approver=None))
    assert isinstance(judged(authority=untold), Accepted)
    waived = config(acceptance={"require_procore_flag": False})
    assert isinstance(judged(authority=unflagged, configured=waived), Accepted)


def test_an_inactive_procore_account_decides_nothing() -> None:
    gone = replace(KNOWN, procore_user=user(ANN.email, is_active=False, is_accounting_approver=True))
    assert judged(authority=gone) == Refused(reasons=("Approver: your Procore account is inactive.",))


def test_who_cannot_prove_who_he_is_decides_nothing() -> None:
    unproven = replace(KNOWN, identity_problem="Code: it is not the current one.")
    assert judged(authority=unproven) == Refused(reasons=("Code: it is not the current one.",))


def test_the_one_time_code_is_in_no_text_of_the_answer() -> None:
    told = replace(YES, code=SecretStr("492039"))
    assert "492039" not in repr(told)
    assert "492039" not in str(told)
    assert "492039" not in f"{judged(told)} {judged(replace(told, decision=''))}"


def test_without_a_word_about_it_there_is_no_code() -> None:
    assert YES.code.get_secret_value() == ""


def test_an_approver_decides_for_his_companies_only() -> None:
    elsewhere = replace(KNOWN, approver=replace(ANN, companies=frozenset({2, 3})))
    refused = Refused(reasons=("Approver: you are not enrolled for company 1 (JCCo); ask an approver who is.",))
    assert judged(authority=elsewhere) == refused
    assert judged(NO, authority=elsewhere) == refused
    here = replace(KNOWN, approver=replace(ANN, companies=frozenset({1, 3})))
    assert isinstance(judged(authority=here), Accepted)


@pytest.mark.parametrize("enrolled_by", [("Pat@builder.example ", "otto@b.example"), ("otto@b.example", SENDER)])
def test_whom_the_sender_enrolled_never_decides_on_the_senders_budget(enrolled_by: tuple[str, ...]) -> None:
    own_creature = replace(KNOWN, approver=replace(ANN, enrolled_by=enrolled_by))
    refused = Refused(
        reasons=("Approver: the sender of this budget enrolled you, or confirmed it; ask another approver.",)
    )
    assert judged(authority=own_creature) == refused
    assert judged(NO, authority=own_creature) == refused
    assert isinstance(
        judged(question=replace(QUESTION, submitted_by="paul@builder.example"), authority=own_creature), Accepted
    )


def test_a_large_change_needs_a_second_and_different_approver() -> None:
    first = judged(configured=TWO_NEEDED)
    assert first == Accepted(approver="ann@builder.example", complete=False)
    by_ann = replace(QUESTION, accepted_by=("Ann@builder.example",), authorities_used=("Ann@builder.example",))
    again = judged(question=by_ann, configured=TWO_NEEDED)
    assert again == Refused(reasons=("Approver: you accepted already; a different second approver must follow.",))
    by_bob = replace(QUESTION, accepted_by=("bob@builder.example",), authorities_used=("bob@builder.example",))
    second = judged(question=by_bob, configured=TWO_NEEDED)
    assert second == Accepted(approver="ann@builder.example", complete=True)


def test_nobody_accepts_a_plan_twice_although_one_would_do_now() -> None:
    accepted = replace(QUESTION, accepted_by=("ann@builder.example",))
    assert judged(question=accepted) == Refused(
        reasons=("Approver: you accepted already; a different second approver must follow.",)
    )


def test_whoever_accepted_may_still_reject_before_the_second_approver_follows() -> None:
    accepted = replace(QUESTION, accepted_by=("ann@builder.example",))
    assert isinstance(judged(NO, accepted, configured=TWO_NEEDED), Rejected)


@pytest.mark.parametrize(
    ("difference", "needs_two"), [("50000.00", False), ("50000.01", True), ("-50000.01", True), ("-50000.00", False)]
)
def test_the_second_approver_is_needed_above_the_threshold_only(difference: str, needs_two: bool) -> None:
    assert TWO_NEEDED.needs_two_approvers(Decimal(difference)) is needs_two
    assert not config().needs_two_approvers(Decimal(difference))


def test_all_reasons_are_told_at_once() -> None:
    refused = judged(Answer(decision="", approver="ann@builder.example", plan_code="", reason="x" * 1001))
    assert isinstance(refused, Refused)
    assert [reason.partition(":")[0] for reason in refused.reasons] == ["Decision", "Plan code", "Reason"]


def test_authority_is_judged_again_without_an_answer() -> None:
    assert authority_problems(QUESTION, KNOWN, config()) == ()
    revoked = replace(KNOWN, approver=replace(ANN, active=False))
    assert len(authority_problems(QUESTION, revoked, config())) == 1
