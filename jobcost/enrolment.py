"""Who may change the enrolment of an approver or an operator.

Every change needs two different operators, one who asks for it and one who confirms it, or the configured owner alone.
Revoking and unlocking need one operator. Nobody does any of it for himself: the one exception is the owner whom the
journal does not know yet, since somebody has to be the first operator.
Whether the actor proved who they are is checked outside, as for answers; its outcome is judged here.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from jobcost.config import is_address
from jobcost.people import email_key


class Wish(StrEnum):
    """What somebody wants to do to an enrolment."""

    # Ask for it: a new person, or a change of any kind (limit, companies, deputy, authenticator, a revocation undone).
    ENROL = "enrol"
    # Put in force what another operator asked for.
    CONFIRM = "confirm"
    REVOKE = "revoke"
    # End a lock after wrong one-time codes.
    UNLOCK = "unlock"


_DONE_FOR = {Wish.ENROL: "enrols", Wish.CONFIRM: "confirms", Wish.REVOKE: "revokes", Wish.UNLOCK: "unlocks"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentCase:
    """A wish, and all that decides on it. Addresses are compared as people are told apart (jobcost.people)."""

    wish: Wish
    # Whose enrolment it is about, and who wants to change it.
    person: str
    actor: str
    # The owner of the configuration ([people] owner); "" where there is none.
    owner: str
    # The actor is enrolled as an operator, in force.
    actor_is_operator: bool
    # What the person is, or is to be, enrolled as.
    person_role: Literal["approver", "operator"]
    # Who asked for what waits to be confirmed; None where nothing waits.
    requested_by: str | None
    # The journal knows the person, in whatever state.
    is_known: bool
    # Why the actor could not prove who they are; "" when they did.
    identity_problem: str


def enrolment_problems(case: EnrolmentCase) -> tuple[str, ...]:
    """Say why the wish is refused; empty when it is granted. Total: any text gives an answer, nothing raises."""
    if not is_address(email_key(case.person)):
        return ('Person: expected an e-mail address, with one "@" and no blanks.',)
    if is_bootstrap(case):
        return ()
    problems = [*_actor_problems(case), *_wish_problems(case)]
    if case.identity_problem:
        problems.append(case.identity_problem)
    return tuple(problems)


def is_enough_alone(case: EnrolmentCase) -> bool:
    """Tell whether the actor is the owner, whose enrolments are in force without anybody's confirmation."""
    owner = email_key(case.owner)
    return owner != "" and email_key(case.actor) == owner


def is_bootstrap(case: EnrolmentCase) -> bool:
    """Tell whether the owner enrols himself as the first operator: no code is asked for, he has none yet."""
    is_for_himself = email_key(case.actor) == email_key(case.person)
    is_new_operator = case.person_role == "operator" and not case.is_known
    return case.wish is Wish.ENROL and is_enough_alone(case) and is_for_himself and is_new_operator


def _actor_problems(case: EnrolmentCase) -> list[str]:
    problems = []
    if not case.actor_is_operator:
        problems.append("Operator: expected an enrolled operator's e-mail address.")
    if email_key(case.actor) == email_key(case.person):
        problems.append(f"Operator: nobody {_DONE_FOR[case.wish]} himself; ask another operator.")
    return problems


def _wish_problems(case: EnrolmentCase) -> list[str]:
    if case.wish is Wish.CONFIRM:
        return _confirming_problems(case)
    if case.wish in {Wish.REVOKE, Wish.UNLOCK} and not case.is_known:
        return ["Person: the journal knows nobody of this address."]
    return []


def _confirming_problems(case: EnrolmentCase) -> list[str]:
    if case.requested_by is None:
        return ["Person: nothing waits to be confirmed; an operator must ask for the enrolment first."]
    requested_by = email_key(case.requested_by)
    if requested_by == email_key(case.actor):
        return ["Operator: you asked for this enrolment; a different operator must confirm it."]
    if requested_by == email_key(case.person):
        return ["Person: the enrolment was asked for by the person it is about; another operator must ask for it."]
    return []
