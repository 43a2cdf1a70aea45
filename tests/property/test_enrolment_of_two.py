"""Nobody alone, but the configured owner, puts an approver in force; nobody does anything for himself."""

from dataclasses import dataclass, field
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from jobcost.enrolment import EnrolmentCase, Wish, enrolment_problems, is_bootstrap, is_enough_alone
from jobcost.people import email_key
from tests.property.laws import CHEAP_LAW

OLIVIA, OTTO, MONA, ANN = "olivia@b.example", "otto@b.example", "mona@b.example", "ann@b.example"
Role = Literal["approver", "operator"]

anybody = st.sampled_from((OLIVIA, OTTO, " OTTO@b.example", MONA, "Mona@B.example", ANN, "ann@b.EXAMPLE "))
odd = anybody | st.sampled_from(("", " ", "x")) | st.text(max_size=5)
roles: st.SearchStrategy[Role] = st.sampled_from(("approver", "operator"))
cases = st.builds(
    EnrolmentCase,
    wish=st.sampled_from(Wish),
    person=odd,
    actor=odd,
    owner=odd,
    actor_is_operator=st.booleans(),
    person_role=roles,
    requested_by=st.none() | odd,
    is_known=st.booleans(),
    identity_problem=st.sampled_from(("", "One-time code: it is missing.")),
)


@dataclass
class Enrolments:
    """A journal in small: who is in force and by whom, and what waits."""

    owner: str
    in_force: dict[str, tuple[Role, str, str]]
    pending: dict[str, tuple[Role, str]] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    def attempt(self, wish: Wish, person: str, actor: str, role: Role) -> None:
        """Do what somebody wishes if the rules grant it."""
        who, by = email_key(person), email_key(actor)
        asked = self.pending.get(who)
        role = asked[0] if wish is Wish.CONFIRM and asked else role
        case = EnrolmentCase(
            wish=wish,
            person=person,
            actor=actor,
            owner=self.owner,
            actor_is_operator=self.in_force.get(by, ("none",))[0] == "operator",
            person_role=role,
            requested_by=asked[1] if asked else None,
            is_known=who in self.known,
            identity_problem="",
        )
        if enrolment_problems(case):
            return
        self.known.add(who)
        if wish is Wish.REVOKE:
            self.in_force.pop(who, None)
        elif wish is Wish.CONFIRM and asked:
            self.in_force[who] = (role, asked[1], by)
            del self.pending[who]
        elif wish is Wish.ENROL and is_enough_alone(case):
            self.in_force[who] = (role, by, by)
        elif wish is Wish.ENROL:
            self.pending[who] = (role, by)


def two_operators(owner: str = "") -> Enrolments:
    return Enrolments(
        owner=owner,
        in_force={OTTO: ("operator", OLIVIA, OLIVIA), MONA: ("operator", OLIVIA, OLIVIA)},
        known={OTTO, MONA},
    )


steps = st.lists(st.tuples(st.sampled_from(Wish), anybody, anybody, roles), max_size=25)


@CHEAP_LAW
@given(case=cases)
def test_nobody_passes_for_himself_except_the_owner_as_first_operator(case: EnrolmentCase) -> None:
    if email_key(case.actor) == email_key(case.person) and not enrolment_problems(case):
        assert is_bootstrap(case)
        assert (case.wish, case.person_role, case.is_known) == (Wish.ENROL, "operator", False)
        assert email_key(case.owner) == email_key(case.person) != ""


@CHEAP_LAW
@given(case=cases)
def test_nothing_is_granted_without_an_operator_and_a_proof_except_to_the_first(case: EnrolmentCase) -> None:
    if not enrolment_problems(case):
        assert is_bootstrap(case) or (case.actor_is_operator and case.identity_problem == "")


@CHEAP_LAW
@given(wishes=steps, actor=st.sampled_from((OTTO, MONA, ANN)))
def test_one_person_alone_puts_nobody_in_force(wishes: list[tuple[Wish, str, str, Role]], actor: str) -> None:
    journal = two_operators()
    for wish, person, _, role in wishes:
        journal.attempt(wish, person, actor, role)
    assert set(journal.in_force) <= {OTTO, MONA}


@CHEAP_LAW
@given(wishes=steps, owner=st.sampled_from(("", OLIVIA, " Olivia@b.example")))
def test_whoever_is_in_force_was_enrolled_by_two_others_or_by_the_owner(
    wishes: list[tuple[Wish, str, str, Role]], owner: str
) -> None:
    journal = two_operators(owner)
    for wish, person, actor, role in wishes:
        journal.attempt(wish, person, actor, role)
    for person, (_, asked, confirmed) in journal.in_force.items():
        others = len({person, asked, confirmed}) == 3
        by_the_owner = asked == confirmed == OLIVIA
        assert others or by_the_owner


def test_two_operators_do_put_an_approver_in_force() -> None:
    journal = two_operators()
    journal.attempt(Wish.ENROL, ANN, OTTO, "approver")
    assert ANN not in journal.in_force
    journal.attempt(Wish.CONFIRM, ANN, MONA, "approver")
    assert journal.in_force[ANN] == ("approver", OTTO, MONA)
