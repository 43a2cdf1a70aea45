"""Who may enrol, confirm, revoke and unlock whom, and what they read when they may not."""

from dataclasses import replace

import pytest

from jobcost.enrolment import EnrolmentCase, Wish, enrolment_problems, is_bootstrap, is_enough_alone

ASKED = EnrolmentCase(
    wish=Wish.ENROL,
    person="ann@builder.example",
    actor="otto@builder.example",
    owner="olivia@builder.example",
    actor_is_operator=True,
    person_role="approver",
    requested_by=None,
    is_known=False,
    identity_problem="",
)
CONFIRMED = replace(ASKED, wish=Wish.CONFIRM, actor="mona@builder.example", requested_by="otto@builder.example")
REVOKED = replace(ASKED, wish=Wish.REVOKE, is_known=True)
UNLOCKED = replace(ASKED, wish=Wish.UNLOCK, is_known=True)
FIRST = replace(
    ASKED,
    person="olivia@builder.example",
    actor="olivia@builder.example",
    actor_is_operator=False,
    person_role="operator",
    identity_problem="One-time code: no authenticator is enrolled for you.",
)


@pytest.mark.parametrize("case", [ASKED, CONFIRMED, REVOKED, UNLOCKED], ids=lambda case: str(case.wish))
def test_an_operator_with_his_code_may(case: EnrolmentCase) -> None:
    assert enrolment_problems(case) == ()


@pytest.mark.parametrize("case", [ASKED, CONFIRMED, REVOKED, UNLOCKED], ids=lambda case: str(case.wish))
def test_nobody_but_an_operator_may(case: EnrolmentCase) -> None:
    assert enrolment_problems(replace(case, actor_is_operator=False)) == (
        "Operator: expected an enrolled operator's e-mail address.",
    )


@pytest.mark.parametrize(
    ("case", "said"),
    [(ASKED, "enrols"), (CONFIRMED, "confirms"), (REVOKED, "revokes"), (UNLOCKED, "unlocks")],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_nobody_does_any_of_it_for_himself(case: EnrolmentCase, said: str) -> None:
    own = replace(case, person_role="operator", person=f" {case.actor.title()}")
    assert enrolment_problems(own) == (f"Operator: nobody {said} himself; ask another operator.",)


@pytest.mark.parametrize("case", [ASKED, CONFIRMED, REVOKED, UNLOCKED], ids=lambda case: str(case.wish))
def test_who_cannot_prove_who_he_is_changes_nothing(case: EnrolmentCase) -> None:
    unproven = replace(case, identity_problem="One-time code: it is missing.")
    assert enrolment_problems(unproven) == ("One-time code: it is missing.",)


@pytest.mark.parametrize("actor", ["otto@builder.example", " OTTO@builder.example"])
def test_a_different_operator_must_confirm(actor: str) -> None:
    assert enrolment_problems(replace(CONFIRMED, actor=actor)) == (
        "Operator: you asked for this enrolment; a different operator must confirm it.",
    )


def test_what_the_person_asked_for_himself_is_not_confirmed() -> None:
    assert enrolment_problems(replace(CONFIRMED, requested_by="Ann@builder.example")) == (
        "Person: the enrolment was asked for by the person it is about; another operator must ask for it.",
    )


def test_what_nobody_asked_for_is_not_confirmed() -> None:
    assert enrolment_problems(replace(CONFIRMED, requested_by=None)) == (
        "Person: nothing waits to be confirmed; an operator must ask for the enrolment first.",
    )


@pytest.mark.parametrize("case", [REVOKED, UNLOCKED], ids=lambda case: str(case.wish))
def test_whom_nobody_knows_is_neither_revoked_nor_unlocked(case: EnrolmentCase) -> None:
    assert enrolment_problems(replace(case, is_known=False)) == ("Person: the journal knows nobody of this address.",)


@pytest.mark.parametrize("person", ["", "ann", "ann@", "@builder.example", "a@b@c", "ann lee@builder.example"])
def test_what_is_no_address_is_not_enrolled(person: str) -> None:
    assert enrolment_problems(replace(ASKED, person=person)) == (
        'Person: expected an e-mail address, with one "@" and no blanks.',
    )


def test_all_problems_are_told_at_once() -> None:
    stranger = replace(CONFIRMED, actor_is_operator=False, requested_by=None, identity_problem="X.")
    assert [problem.partition(":")[0] for problem in enrolment_problems(stranger)] == [
        "Operator",
        "Person",
        "X.",
    ]


def test_the_owner_is_enough_alone() -> None:
    assert is_enough_alone(replace(ASKED, actor=" Olivia@Builder.example"))
    assert not is_enough_alone(ASKED)


@pytest.mark.parametrize("actor", ["", "  ", "otto@builder.example"])
def test_without_an_owner_nobody_is_enough_alone(actor: str) -> None:
    assert not is_enough_alone(replace(ASKED, owner=" ", actor=actor))


def test_the_first_operator_is_the_owner_who_needs_no_code() -> None:
    assert is_bootstrap(FIRST)
    assert enrolment_problems(FIRST) == ()


@pytest.mark.parametrize(
    "case",
    [
        replace(FIRST, is_known=True),
        replace(FIRST, person_role="approver"),
        replace(FIRST, person="ann@builder.example"),
        replace(FIRST, owner=""),
        replace(FIRST, owner="otto@builder.example"),
        replace(FIRST, wish=Wish.CONFIRM, requested_by="otto@builder.example"),
        replace(FIRST, wish=Wish.UNLOCK),
        replace(FIRST, wish=Wish.REVOKE),
    ],
)
def test_nothing_else_goes_without_an_operator_and_his_code(case: EnrolmentCase) -> None:
    assert not is_bootstrap(case)
    problems = enrolment_problems(case)
    assert problems[0] == "Operator: expected an enrolled operator's e-mail address."
    assert problems[-1] == "One-time code: no authenticator is enrolled for you."
