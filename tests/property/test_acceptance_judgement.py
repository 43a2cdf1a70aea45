"""Only a clear yes by somebody who may say it accepts; any text gets a judgement, and nothing raises."""

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from jobcost.acceptance import Accepted, Answer, Approver, Authority, Question, Refused, Rejected, judge
from jobcost.config import ExportConfig
from jobcost.plan import Digest, PlanCode
from tests.core.budgets import config, user
from tests.property.laws import CHEAP_LAW

CODE = "7Q4K-M2XD"
ANN, BOB, PAT = "ann@builder.example", "bob@builder.example", "pat@builder.example"


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
questions = st.builds(
    Question,
    digest=st.just(Digest("0" * 64)),
    plan_code=st.just(PlanCode(CODE)),
    difference=st.sampled_from(tuple(map(Decimal, ("0.00", "50000.00", "-50000.00", "50000.01", "-50000.01")))),
    submitted_by=st.sampled_from((PAT, PAT, PAT, ANN, " ANN@builder.example")),
    accepted_by=st.sampled_from(((), (), (BOB,), (ANN,))),
)
approvers = st.none() | st.builds(
    Approver,
    email=st.just(ANN),
    name=st.just("Ann"),
    amount_limit=st.sampled_from((None, None, Decimal("50000.00"))),
    active=st.sampled_from((True, True, True, False)),
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


def may_decide(case: Case) -> bool:
    """Say the same as the product about the person, in the plainest words."""
    who, person, question = case.authority.approver, case.authority.procore_user, case.question
    if who is None or not who.active or case.authority.identity_problem or not case.answer.approver.strip():
        return False
    if question.submitted_by.strip().lower() == who.email:
        return False
    if who.amount_limit is not None and abs(question.difference) > who.amount_limit:
        return False
    if person is None:
        return True
    flag_is_missing = case.config.acceptance.require_procore_flag and person.is_accounting_approver is False
    return person.is_active and not flag_is_missing


def names_the_plan(answer: Answer) -> bool:
    return answer.plan_code.upper().replace("-", "").replace(" ", "") == "7Q4KM2XD" and len(answer.reason) <= 1000


def needs_two(case: Case) -> bool:
    return case.config.limits.two_approvers_above is not None and abs(case.question.difference) > Decimal(50000)


@CHEAP_LAW
@given(case=cases)
def test_an_answer_accepts_exactly_when_every_condition_holds(case: Case) -> None:
    judgement = judge(case.answer, case.question, case.authority, case.config)
    repeats = needs_two(case) and case.answer.approver.strip().lower() in case.question.accepted_by
    says_yes = case.answer.decision.strip().lower() == "accept"
    expected = may_decide(case) and names_the_plan(case.answer) and says_yes and not repeats
    assert isinstance(judgement, Accepted) == expected


@CHEAP_LAW
@given(case=cases)
def test_an_answer_rejects_exactly_when_it_says_so_with_a_reason(case: Case) -> None:
    judgement = judge(case.answer, case.question, case.authority, case.config)
    says_no = case.answer.decision.strip().lower() == "reject" and case.answer.reason.strip() != ""
    assert isinstance(judgement, Rejected) == (may_decide(case) and names_the_plan(case.answer) and says_no)


@CHEAP_LAW
@given(case=cases)
def test_an_acceptance_is_complete_only_with_as_many_people_as_needed(case: Case) -> None:
    judgement = judge(case.answer, case.question, case.authority, case.config)
    if isinstance(judgement, Accepted):
        people = {*case.question.accepted_by, ANN}
        assert judgement.approver == ANN
        assert judgement.complete == (len(people) >= 2 or not needs_two(case))


@CHEAP_LAW
@given(case=cases)
def test_whoever_is_refused_is_told_why(case: Case) -> None:
    judgement = judge(case.answer, case.question, case.authority, case.config)
    if isinstance(judgement, Refused):
        assert judgement.reasons
        assert all(reason.endswith(".") for reason in judgement.reasons)


@CHEAP_LAW
@given(answer=st.builds(Answer, decision=anything, approver=anything, plan_code=anything, reason=anything))
def test_text_that_happens_to_arrive_never_decides(answer: Answer) -> None:
    ann = Approver(email=ANN, name="Ann", amount_limit=None, active=True)
    question = Question(
        digest=Digest("0" * 64),
        plan_code=PlanCode(CODE),
        difference=Decimal("1.00"),
        submitted_by=PAT,
        accepted_by=(),
    )
    judgement = judge(answer, question, Authority(approver=ann, procore_user=None), config())
    assert isinstance(judgement, Refused)
