"""Deputies, second approvers, and whether what was accepted still stands when it is to be written."""

from dataclasses import replace
from decimal import Decimal

import pytest

from jobcost.acceptance import (
    Accepted,
    Acceptor,
    Answer,
    Approver,
    Authority,
    Judgement,
    Question,
    Refused,
    Rejected,
    judge,
    lost_acceptances,
    may_decide,
)
from jobcost.config import ExportConfig
from jobcost.plan import Digest, PlanCode
from tests.core.budgets import config, user

YES = Answer(decision="Accept", approver="dora@builder.example", plan_code="7Q4K-M2XD", reason="")
NO = replace(YES, decision="Reject", reason="Piles are missing")
QUESTION = Question(
    digest=Digest("ab" * 32),
    plan_code=PlanCode("7Q4K-M2XD"),
    difference=Decimal("60000.00"),
    jcco=1,
    submitted_by="pat@builder.example",
    accepted_by=(),
)
ANN = Approver(email="ann@builder.example", name="Ann", amount_limit=None, active=True)
BEN = Approver(email="ben@builder.example", name="Ben", amount_limit=Decimal("70000.00"), active=True)
# Her own limit does not suffice here.
DORA = Approver(
    email="dora@builder.example",
    name="Dora",
    amount_limit=Decimal("1000.00"),
    active=True,
    stands_in_for=(ANN, BEN),
)
ONE, TWO = config(), config(limits={"two_approvers_above": "50000"})
ABOVE = "Approver: the change of 60,000.00 is above your limit of 1,000.00; ask an approver with a higher one."
NOBODY_LENDS = "Approver: nobody whose deputy you are today has an authority that you could use for this plan."


def known(approver: Approver) -> Authority:
    return Authority(approver=approver, procore_user=user(approver.email, is_accounting_approver=True))


def judged(
    approver: Approver = DORA, question: Question = QUESTION, answer: Answer = YES, configured: ExportConfig = ONE
) -> Judgement:
    return judge(replace(answer, approver=approver.email), question, known(approver), configured)


def after(*acceptances: str) -> Question:
    """The question after acceptances, each written as "who" or "who for whom"."""
    pairs = [acceptance.partition(" for ") for acceptance in acceptances]
    return replace(
        QUESTION,
        accepted_by=tuple(f"{who}@builder.example" for who, _, _ in pairs),
        authorities_used=tuple(f"{whom or who}@builder.example" for who, _, whom in pairs),
    )


def test_a_deputy_uses_the_authority_of_the_first_they_stand_in_for() -> None:
    assert judged() == Accepted(approver="dora@builder.example", complete=True, deputy_for="ann@builder.example")
    other_order = replace(DORA, stands_in_for=(BEN, ANN))
    assert judged(other_order) == Accepted(
        approver="dora@builder.example", complete=True, deputy_for="ben@builder.example"
    )


def test_a_deputy_whose_own_authority_suffices_uses_that() -> None:
    assert judged(replace(DORA, amount_limit=None)) == Accepted(approver="dora@builder.example", complete=True)


def test_a_deputy_rejects_too() -> None:
    assert judged(answer=NO) == Rejected(
        approver="dora@builder.example", reason="Piles are missing", deputy_for="ann@builder.example"
    )


def test_without_a_deputyship_the_own_limit_counts() -> None:
    assert judged(replace(DORA, stands_in_for=())) == Refused(reasons=(ABOVE,))


def test_a_deputy_uses_the_companies_of_whom_they_stand_in_for_with_their_limit() -> None:
    elsewhere = replace(DORA, amount_limit=None, companies=frozenset({2}))
    assert judged(elsewhere) == Accepted(
        approver="dora@builder.example", complete=True, deputy_for="ann@builder.example"
    )
    # One person's limit and another's companies make no authority.
    halves = (replace(ANN, companies=frozenset({2})), replace(BEN, amount_limit=Decimal("50000.00")))
    assert judged(replace(DORA, stands_in_for=halves)) == Refused(reasons=(ABOVE, NOBODY_LENDS))


@pytest.mark.parametrize(
    "unfit",
    [
        replace(ANN, active=False),
        replace(ANN, email="Pat@builder.example"),
        replace(ANN, enrolled_by=("otto@builder.example", " PAT@builder.example")),
        replace(ANN, amount_limit=Decimal("59999.99")),
        replace(ANN, companies=frozenset({2})),
        replace(DORA, amount_limit=Decimal("1000.00"), stands_in_for=(ANN,)),
    ],
    ids=["revoked", "the sender", "enrolled by the sender", "limit", "company", "a deputy of another"],
)
def test_who_may_not_decide_lends_nothing_to_a_deputy(unfit: Approver) -> None:
    assert judged(replace(DORA, stands_in_for=(unfit,))) == Refused(reasons=(ABOVE, NOBODY_LENDS))
    assert judged(replace(DORA, stands_in_for=(unfit, BEN))) == Accepted(
        approver="dora@builder.example", complete=True, deputy_for="ben@builder.example"
    )


@pytest.mark.parametrize(
    ("deputy", "said"),
    [
        (replace(DORA, active=False), "expected an enrolled approver's e-mail address"),
        (replace(DORA, email="pat@builder.example"), "the sender of a budget cannot decide"),
        (replace(DORA, enrolled_by=("pat@builder.example",)), "the sender of this budget enrolled you"),
    ],
)
def test_a_deputyship_lends_nothing_of_what_the_deputy_must_be(deputy: Approver, said: str) -> None:
    refused = judged(deputy)
    assert isinstance(refused, Refused)
    assert len(refused.reasons) == 1
    assert said in refused.reasons[0]


def test_procores_flag_is_asked_of_the_deputy() -> None:
    unflagged = Authority(approver=DORA, procore_user=user(DORA.email, is_accounting_approver=False))
    assert judge(YES, QUESTION, unflagged, ONE) == Refused(
        reasons=("Approver: Procore does not list you as an accounting approver (Can Push to Accounting).",)
    )


def test_the_second_approver_needs_an_authority_of_their_own() -> None:
    # Ann accepted; her deputy cannot add Ann's yes once more, but Ben's.
    only_ann = replace(DORA, stands_in_for=(ANN,))
    assert judged(only_ann, after("ann"), configured=TWO) == Refused(reasons=(ABOVE, NOBODY_LENDS))
    assert judged(DORA, after("ann"), configured=TWO) == Accepted(
        approver="dora@builder.example", complete=True, deputy_for="ben@builder.example"
    )


def test_whose_authority_a_deputy_used_cannot_be_the_second_approver() -> None:
    assert judged(ANN, after("dora for ann"), configured=TWO) == Refused(
        reasons=("Approver: your authority was used for this plan already; the second approver must have another.",)
    )
    assert judged(BEN, after("dora for ann"), configured=TWO) == Accepted(approver="ben@builder.example", complete=True)


def test_one_deputy_of_two_people_is_one_person() -> None:
    assert judged(DORA, after("dora for ann"), configured=TWO) == Refused(
        reasons=("Approver: you accepted already; a different second approver must follow.",)
    )


def test_whose_authority_was_used_may_still_reject() -> None:
    assert judged(ANN, after("dora for ann"), NO, TWO) == Rejected(
        approver="ann@builder.example", reason="Piles are missing"
    )


@pytest.mark.parametrize(
    ("approver", "question", "expected"),
    [
        (ANN, QUESTION, True),
        (DORA, QUESTION, True),
        (replace(DORA, stands_in_for=()), QUESTION, False),
        (replace(ANN, active=False), QUESTION, False),
        (ANN, replace(QUESTION, submitted_by="ann@builder.example"), False),
        (ANN, after("ann"), False),
        (ANN, after("dora for ann"), False),
        (BEN, after("ann"), True),
    ],
)
def test_the_inbox_knows_who_may_decide(approver: Approver, question: Question, *, expected: bool) -> None:
    directory = user(approver.email, is_accounting_approver=True)
    assert may_decide(approver, directory, question, TWO) is expected


def test_who_is_not_in_procores_directory_may_not_decide() -> None:
    assert not may_decide(ANN, None, QUESTION, ONE)
    assert may_decide(ANN, None, QUESTION, config(acceptance={"require_procore_flag": False}))


def accepted(approver: Approver | None, email: str = "", deputy_for: str | None = None) -> Acceptor:
    authority = Authority(approver=None, procore_user=None) if approver is None else known(approver)
    return Acceptor(email=email or getattr(approver, "email", ""), authority=authority, deputy_for=deputy_for)


AS_ANN = accepted(DORA, deputy_for="Ann@builder.example")


@pytest.mark.parametrize(
    ("acceptors", "configured"),
    [
        ((accepted(ANN),), ONE),
        ((AS_ANN,), ONE),
        ((accepted(ANN), accepted(BEN)), TWO),
        ((AS_ANN, accepted(BEN)), TWO),
        ((AS_ANN, accepted(BEN)), ONE),
    ],
)
def test_what_was_accepted_stands_while_nothing_changes(
    acceptors: tuple[Acceptor, ...], configured: ExportConfig
) -> None:
    # As the journal gives it when the acceptance is complete: all of them are in the question.
    complete = after("ann", "ben")
    assert lost_acceptances(complete, acceptors, configured) == ()


def test_who_was_revoked_since_accepted_nothing() -> None:
    revoked = (
        "ann@builder.example: Approver: expected an enrolled approver's e-mail address; an operator can enrol one."
    )
    assert lost_acceptances(QUESTION, (accepted(replace(ANN, active=False)),), ONE) == (revoked,)
    assert lost_acceptances(QUESTION, (accepted(None, "ann@builder.example"),), ONE) == (revoked,)


def test_a_limit_that_was_lowered_since_ends_the_acceptance() -> None:
    lowered = accepted(replace(BEN, amount_limit=Decimal("1000.00")))
    assert lost_acceptances(QUESTION, (lowered,), ONE) == (f"ben@builder.example: {ABOVE}",)


@pytest.mark.parametrize(
    "now",
    [
        replace(DORA, stands_in_for=(BEN,)),
        replace(DORA, stands_in_for=(replace(ANN, active=False), BEN)),
        replace(DORA, stands_in_for=(), amount_limit=None),
        replace(DORA, stands_in_for=(replace(ANN, amount_limit=Decimal("1.00")), BEN)),
    ],
    ids=["deputyship undone", "revoked", "own limit raised", "limit lowered"],
)
def test_another_authority_than_the_recorded_one_does_not_save_an_acceptance(now: Approver) -> None:
    recorded = replace(AS_ANN, authority=known(now))
    assert lost_acceptances(QUESTION, (recorded,), ONE) == (
        (
            "dora@builder.example: Approver: the authority of Ann@builder.example, in whose place you decided,"
            " suffices no more."
        ),
    )


def test_who_decided_by_their_own_authority_is_not_saved_by_a_deputyship() -> None:
    assert lost_acceptances(QUESTION, (accepted(DORA),), ONE) == (f"dora@builder.example: {ABOVE}",)


def test_a_deputy_is_asked_again_what_nobody_can_lend() -> None:
    unflagged = Authority(approver=DORA, procore_user=user(DORA.email, is_accounting_approver=False))
    assert lost_acceptances(QUESTION, (replace(AS_ANN, authority=unflagged),), ONE) == (
        "dora@builder.example: Approver: Procore does not list you as an accounting approver (Can Push to Accounting).",
    )


def test_as_many_people_and_authorities_are_needed_as_the_configuration_says_now() -> None:
    assert lost_acceptances(QUESTION, (accepted(ANN),), TWO) == (
        "A change of 60,000.00 needs two approvers now; one accepted.",
    )
    twice = (accepted(ANN), accepted(replace(ANN, email="ANN@builder.example")))
    assert lost_acceptances(QUESTION, twice, TWO) == ("A change of 60,000.00 needs two approvers now; one accepted.",)
    assert lost_acceptances(QUESTION, (AS_ANN, accepted(ANN)), TWO) == (
        "A change of 60,000.00 needs two approvers now; those who accepted used one authority.",
    )
    assert lost_acceptances(QUESTION, (), ONE) == ("A change of 60,000.00 needs one approver now; nobody accepted.",)
