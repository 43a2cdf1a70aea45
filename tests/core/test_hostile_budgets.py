"""Budgets with texts and amounts that nobody types on purpose: each is planned or told, nothing raises."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from jobcost.acceptance import Answer, Authority, Question, judge
from jobcost.budget import BudgetLineItem, CostCode, LineItemType
from jobcost.money import dollars
from jobcost.people import email_key
from jobcost.plan import Digest, Kind, PlanCode
from jobcost.rules.registry import PastExports
from tests.core.budgets import budget, config, line, propose, user
from tests.core.estimates import estimate
from tests.core.sightings import blocks, rules_in, warns


def typed(code: str) -> BudgetLineItem:
    return line(line_item_type=LineItemType(id=1, code=code, name="odd", origin_id=None))


@pytest.mark.parametrize("code", ["\uff12", "\u0662", "\u00b2", "0002", "2" * 5000, "-2", "2.0"])
def test_a_cost_type_in_other_digits_is_unknown_and_not_guessed(code: str) -> None:
    assert rules_in(propose(budget((typed(code),))).findings) == ["cost-type-unknown"]


@pytest.mark.parametrize("code", ["2", "02", "002", " 2 ", "m"])
def test_a_cost_type_as_people_write_it_is_found(code: str) -> None:
    plan = propose(budget((typed(code),))).plan
    assert plan is not None
    assert [row.cost_type for row in plan.lines] == [2]


@pytest.mark.parametrize("biller_type", ["subjob", "SubJobs", "Company", ""])
def test_a_line_of_anything_but_the_project_is_refused(biller_type: str) -> None:
    assert rules_in(propose(budget((line(biller_type=biller_type),))).findings) == ["line-of-sub-job"]


def test_budget_changes_beyond_all_reason_are_told_and_do_not_raise() -> None:
    absurd = line(budget_modifications=Decimal("9E+29"))
    proposal = propose(budget((absurd, replace(absurd, id=2))))
    told = next(finding for finding in proposal.findings if finding.rule == "changes-not-in-original")
    assert told.found == "changes of 1,800,000,000,000,000,000,000,000,000,000.00"


def test_a_sum_may_be_larger_than_an_amount_but_not_without_end() -> None:
    assert dollars(Decimal("1E+31")) == Decimal("1E+31")
    with pytest.raises(ValueError, match=r"expected a decimal number below 1E\+60"):
        dollars(Decimal("1E+400"))


@pytest.mark.parametrize("sender", ["", " ", "\t", "\u00a0"])
def test_blanks_are_nobody_although_the_directory_has_contacts_without_an_address(sender: str) -> None:
    people = (user(""), user(" "))
    assert rules_in(propose(budget(users=people), submitted_by=sender).findings) == ["sender-unknown"]


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("Ana@Example.com", " ana@EXAMPLE.com\n", True),
        ("ren\u00e9@example.com", "rene\u0301@example.com", True),
        ("\uff41na@example.com", "ana@example.com", True),
        ("stra\u00dfe@example.com", "STRASSE@example.com", True),
        ("ana+books@example.com", "ana@example.com", False),
        # Cyrillic a: it looks the same, and is another letter, hence another mailbox.
        ("\u0430na@example.com", "ana@example.com", False),
    ],
)
def test_people_are_told_apart_by_letters_and_not_by_their_encoding(one: str, other: str, *, are_one: bool) -> None:
    assert (email_key(one) == email_key(other)) is are_one


def test_any_text_at_all_is_an_answer_that_is_judged() -> None:
    odd = "\ud800\x00\u202e" * 10
    question = Question(
        digest=Digest("0" * 64),
        plan_code=PlanCode("AAAA-AAAA"),
        difference=Decimal("1.00"),
        jcco=1,
        submitted_by=odd,
        accepted_by=(odd,),
    )
    judged = judge(
        Answer(decision=odd, approver=odd, plan_code=odd, reason=odd),
        question,
        Authority(approver=None, procore_user=None),
        config(limits={"two_approvers_above": 0}),
    )
    assert "Decision: choose Accept or Reject." in getattr(judged, "reasons", ())


# Vista takes any phase whose valid part is on file, so the rest of it can hold anything.
@pytest.mark.parametrize(
    ("code", "told"), [("03-310-\u2603", r"'\u2603'"), ("03-310-\n1", r"'\n'"), ("03-310-\u200b", r"'\u200b'")]
)
def test_a_phase_that_vistas_code_page_cannot_hold_is_refused(code: str, told: str) -> None:
    odd = line(cost_code=CostCode(id=1, full_code=code, name="odd", origin_id=None))
    proposal = propose(budget((odd,)), estimate(valid_phase_chars=6))
    assert [said.found for said in blocks(proposal, "phase-characters")] == [told]


def test_a_unit_without_a_quantity_says_that_it_becomes_zero() -> None:
    proposal = propose("code | type | amount | uom\n 03-310 | M | 10.00 | cy")
    assert [said.found for said in warns(proposal, "unit-without-quantity")] == ["none, exported as 0"]


def test_a_quantity_without_a_unit_is_lost_openly() -> None:
    proposal = propose("code | type | amount | qty\n 03-310 | M | 10.00 | 5")
    assert [said.found for said in warns(proposal, "quantity-on-lump-sum")] == ["5 without a unit"]


@pytest.mark.parametrize(
    ("sections", "place"),
    [
        ({"limits": {"two_approvers_above": Decimal(-1)}}, "limits.two_approvers_above"),
        ({"limits": {"two_approvers_above": Decimal("NaN")}}, "limits.two_approvers_above"),
        ({"limits": {"two_approvers_above": Decimal("1E+40")}}, "limits.two_approvers_above"),
        ({"limits": {"currency": ""}}, "limits.currency"),
        ({"limits": {"currency": "usd"}}, "limits.currency"),
        ({"acceptance": {"deadline_hours": True}}, "acceptance.deadline_hours"),
        ({"acceptance": {"require_procore_flag": "no"}}, "acceptance.require_procore_flag"),
        ({"mapping": {"cost_types": {"codes": {"L": True}}}}, "mapping.cost_types.codes.L"),
        ({"mapping": {"cost_types": {"codes": {"L": 1, " L": 2}}}}, "mapping.cost_types.codes"),
        ({"mapping": {"jobs": {"7000": "A", "7000 ": "B"}}}, "mapping.jobs"),
    ],
)
def test_a_setting_that_could_be_misread_is_refused_with_its_place(sections: dict[str, Any], place: str) -> None:
    with pytest.raises(ValidationError) as refused:
        config(**sections)
    assert [".".join(map(str, error["loc"])) for error in refused.value.errors()] == [place]


def test_above_nothing_every_change_needs_two_approvers() -> None:
    strict = config(limits={"two_approvers_above": 0})
    assert strict.needs_two_approvers(Decimal("-0.01"))
    assert not strict.needs_two_approvers(Decimal("0.00"))


@pytest.mark.parametrize("kind", [Kind.SETUP, Kind.UPDATE])
def test_a_job_that_another_project_budgeted_is_refused(kind: Kind) -> None:
    past = PastExports(last_verified="EX-1", from_other_project="EX-1")
    proposal = propose(kind=kind, past=past)
    assert [said.found for said in blocks(proposal, "job-of-another-project")] == ["export EX-1"]


def test_a_budget_that_stands_in_another_job_is_shown_to_the_approver() -> None:
    proposal = propose(past=PastExports(to_other_job="EX-1 to job 1203"))
    assert [said.found for said in warns(proposal, "budget-in-another-job")] == ["EX-1 to job 1203"]
    assert not proposal.is_blocked
