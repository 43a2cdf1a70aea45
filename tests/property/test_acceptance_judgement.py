"""Only a clear yes by somebody who may say it accepts; any text gets a judgement, and nothing raises."""

from dataclasses import dataclass, replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from jobcost import acceptance
from jobcost.acceptance import (
    Accepted,
    Acceptor,
    Answer,
    Approver,
    Authority,
    Question,
    Refused,
    Rejected,
    judge,
    lost_acceptances,
)
from jobcost.config import ExportConfig
from jobcost.plan import Digest, PlanCode
from tests.core.budgets import config, user
from tests.property.laws import CHEAP_LAW

CODE = "7Q4K-M2XD"
ANN, BOB, CAM, PAT = "ann@builder.example", "bob@builder.example", "cam@builder.example", "pat@builder.example"


@dataclass(frozen=True, slots=True)
class Case:
    """All that a judgement depends on."""

    answer: Answer
    question: Question
    authority: Authority
    config: ExportConfig


anything = st.text(max_size=12)
answers = st.builds(
    Answer,
    decision=st.sampled_from(("Accept", "Accept", "Reject", " accept ", "(choose)", "", "Accepted", "True", "yes"))
    | anything,
    approver=st.sampled_from((ANN, ANN, " Ann@Builder.example ", "", "  ")) | anything,
    plan_code=st.sampled_from((CODE, CODE, "7q4k m2xd", "7Q4K-M2XE", "7Q4K", "")) | anything,
    reason=st.sampled_from(("", "", "too high", "x" * 1000, "x" * 1001, " ")) | anything,
)
# Who accepted before, and by whose authority.
earlier = st.sampled_from((((), ()), ((), ()), ((BOB,), (BOB,)), ((ANN,), (ANN,)), ((BOB,), (ANN,)), ((BOB,), (CAM,))))
questions = st.builds(
    lambda accepted, **given: Question(accepted_by=accepted[0], authorities_used=accepted[1], **given),
    accepted=earlier,
    digest=st.just(Digest("0" * 64)),
    plan_code=st.just(PlanCode(CODE)),
    difference=st.sampled_from(tuple(map(Decimal, ("0.00", "50000.00", "-50000.00", "50000.01", "-50000.01")))),
    jcco=st.sampled_from((1, 1, 2)),
    submitted_by=st.sampled_from((PAT, PAT, PAT, PAT, ANN, " ANN@builder.example", CAM)),
)
limits = st.sampled_from((None, None, Decimal("50000.00")))
companies = st.sampled_from((frozenset[int](), frozenset[int](), frozenset({1}), frozenset({2, 3})))
mostly = st.sampled_from((True, True, True, False))
enrolled = st.sampled_from(
    ((), ("otto@builder.example", "mona@builder.example"), ("otto@builder.example", " Pat@builder.example"))
)
lenders = st.builds(
    Approver,
    email=st.sampled_from((CAM, CAM, BOB, PAT)),
    name=st.just("Cam"),
    amount_limit=limits,
    active=mostly,
    companies=companies,
    enrolled_by=enrolled,
)
approvers = st.none() | st.builds(
    Approver,
    email=st.just(ANN),
    name=st.just("Ann"),
    amount_limit=limits,
    active=mostly,
    companies=companies,
    enrolled_by=enrolled,
    stands_in_for=st.lists(lenders, max_size=2).map(tuple),
)
procore_users = st.none() | st.builds(
    user,
    st.just(ANN),
    is_active=st.sampled_from((True, True, False)),
    is_accounting_approver=st.sampled_from((None, True, True, False)),
)
authorities = st.builds(
    Authority,
    approver=approvers,
    procore_user=procore_users,
    identity_problem=st.sampled_from(("", "", "", "Code: it is not the current one.")),
)
configs = st.builds(
    lambda threshold, flag: config(
        limits={"two_approvers_above": threshold}, acceptance={"require_procore_flag": flag}
    ),
    st.sampled_from((None, "50000")),
    st.booleans(),
)
cases = st.builds(Case, answers, questions, authorities, configs)
SURE = Answer(decision="Accept", approver=ANN, plan_code=CODE, reason="")


def is_of_the_sender(who: Approver, question: Question) -> bool:
    """The sender, or somebody whom the sender enrolled."""
    return question.submitted_by.strip().lower() in {person.strip().lower() for person in (who.email, *who.enrolled_by)}


def may_answer(case: Case) -> bool:
    """Say the same as the product about the person, in the plainest words."""
    who, person, question = case.authority.approver, case.authority.procore_user, case.question
    if who is None or not who.active or case.authority.identity_problem or not case.answer.approver.strip():
        return False
    if is_of_the_sender(who, question):
        return False
    if person is None:
        return not case.config.acceptance.require_procore_flag
    flag_is_missing = case.config.acceptance.require_procore_flag and person.is_accounting_approver is False
    return person.is_active and not flag_is_missing


def authority_used(case: Case, used: tuple[str, ...]) -> str | None:
    """Name whose authority the person would use: by brute force over everybody whose it could be."""
    who, question = case.authority.approver, case.question
    assert who is not None
    fitting = [
        lender.email
        for lender in (who, *who.stands_in_for)
        if lender is who or (lender.active and not is_of_the_sender(lender, question))
        if lender.amount_limit is None or abs(question.difference) <= lender.amount_limit
        if question.jcco in (lender.companies or {question.jcco})
        if lender.email not in used
    ]
    return fitting[0] if fitting else None


def names_the_plan(answer: Answer) -> bool:
    return answer.plan_code.upper().replace("-", "").replace(" ", "") == "7Q4KM2XD" and len(answer.reason) <= 1000


def needs_two(case: Case) -> bool:
    return case.config.limits.two_approvers_above is not None and abs(case.question.difference) > Decimal(50000)


@CHEAP_LAW
@given(case=cases)
def test_an_answer_accepts_exactly_when_every_condition_holds(case: Case) -> None:
    judgement = judge(case.answer, case.question, case.authority, case.config)
    says_yes = case.answer.decision.strip().lower() == "accept"
    expected = may_answer(case) and names_the_plan(case.answer) and says_yes and ANN not in case.question.accepted_by
    expected = expected and authority_used(case, case.question.authorities_used) is not None
    assert isinstance(judgement, Accepted) == expected


@CHEAP_LAW
@given(case=cases)
def test_an_answer_rejects_exactly_when_it_says_so_with_a_reason(case: Case) -> None:
    judgement = judge(case.answer, case.question, case.authority, case.config)
    says_no = case.answer.decision.strip().lower() == "reject" and case.answer.reason.strip() != ""
    expected = may_answer(case) and names_the_plan(case.answer) and says_no and authority_used(case, ()) is not None
    assert isinstance(judgement, Rejected) == expected


@CHEAP_LAW
@given(case=cases)
def test_a_decision_tells_in_whose_place_it_was_made(case: Case) -> None:
    judgement = judge(case.answer, case.question, case.authority, case.config)
    if not isinstance(judgement, Refused):
        used = case.question.authorities_used if isinstance(judgement, Accepted) else ()
        whose = authority_used(case, used)
        assert (judgement.deputy_for or ANN) == whose
        assert judgement.deputy_for != ANN


@CHEAP_LAW
@given(case=cases)
def test_an_acceptance_is_complete_only_with_as_many_people_and_authorities_as_needed(case: Case) -> None:
    judgement = judge(case.answer, case.question, case.authority, case.config)
    if isinstance(judgement, Accepted):
        assert judgement.approver == ANN
        people = {*case.question.accepted_by, ANN}
        whose = {*case.question.authorities_used, judgement.deputy_for or ANN}
        assert len(people) == len(whose) == 1 + len(case.question.accepted_by)
        assert judgement.complete == (len(people) >= 2 or not needs_two(case))


@CHEAP_LAW
@given(case=cases)
def test_who_may_decide_is_whose_right_answer_would_count(case: Case) -> None:
    who = case.authority.approver
    if who is not None:
        proven = Authority(approver=who, procore_user=case.authority.procore_user)
        counts = isinstance(judge(SURE, case.question, proven, case.config), Accepted)
        assert acceptance.may_decide(who, proven.procore_user, case.question, case.config) == counts


@CHEAP_LAW
@given(case=cases)
def test_what_was_accepted_stands_as_long_as_nothing_changes(case: Case) -> None:
    judgement = judge(case.answer, case.question, case.authority, case.config)
    if isinstance(judgement, Accepted) and not case.question.accepted_by and judgement.complete:
        acceptor = Acceptor(email=ANN, authority=case.authority, deputy_for=judgement.deputy_for)
        assert lost_acceptances(case.question, (acceptor,), case.config) == ()


@CHEAP_LAW
@given(case=cases, recorded=st.sampled_from((None, CAM, BOB)))
def test_what_could_not_be_accepted_now_does_not_stand(case: Case, recorded: str | None) -> None:
    who = case.authority.approver
    acceptor = Acceptor(email=ANN, authority=case.authority, deputy_for=recorded)
    alone = case.question.without_earlier_answers()
    if not lost_acceptances(alone, (acceptor,), case.config):
        assert who is not None
        lending = tuple(lender for lender in who.stands_in_for if lender.email == recorded)
        only_recorded = replace(who, stands_in_for=lending)
        proven = Authority(approver=only_recorded, procore_user=case.authority.procore_user)
        # With a proof the product does not look away from who is missing in Procore's directory.
        if case.authority.procore_user is not None:
            assert isinstance(judge(SURE, alone, proven, case.config), Accepted)


@CHEAP_LAW
@given(case=cases)
def test_whoever_is_refused_is_told_why(case: Case) -> None:
    judgement = judge(case.answer, case.question, case.authority, case.config)
    if isinstance(judgement, Refused):
        assert judgement.reasons
        assert all(reason.endswith(".") for reason in judgement.reasons)


@CHEAP_LAW
@given(
    answer=st.builds(
        Answer, decision=anything, approver=anything, plan_code=anything, reason=anything, code=anything.map(SecretStr)
    )
)
def test_text_that_happens_to_arrive_never_decides(answer: Answer) -> None:
    ann = Approver(email=ANN, name="Ann", amount_limit=None, active=True)
    question = Question(
        digest=Digest("0" * 64),
        plan_code=PlanCode(CODE),
        difference=Decimal("1.00"),
        jcco=1,
        submitted_by=PAT,
        accepted_by=(),
    )
    judgement = judge(answer, question, Authority(approver=ann, procore_user=None), config())
    assert isinstance(judgement, Refused)
