"""Who may accept, and who says so: enrolments are asked for, confirmed, revoked and unlocked here.

The person who does it proves who they are by a one-time code; `jobcost.enrolment` judges whether they may, the journal
keeps what became of it. No code and no secret is ever part of a message.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypedDict

from pydantic import SecretStr

from connectors.journal.records import Actor, Deputy, Enrolled, EnrolmentFacts, PersonRecord, Role
from jobcost.enrolment import EnrolmentCase, Wish, enrolment_problems, is_bootstrap, is_enough_alone
from jobcost.people import email_key
from tasks.systems import Systems


class ChangeRefused(Exception):
    """Nothing about the enrolment was changed; every reason is told at once."""

    def __init__(self, email: str, problems: tuple[str, ...]) -> None:
        """Keep the reasons, for messages and for programs."""
        super().__init__(email, problems)
        self.email = email
        self.problems = problems

    def __str__(self) -> str:
        """Say each reason in one line."""
        return "\n".join([f"The enrolment of {self.email} was not changed:", *(f"  {line}" for line in self.problems)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who says that they are acting, and the one-time code that shall prove it."""

    email: str
    # As their authenticator app shows it; blank where none was given.
    code: SecretStr
    # The account of the operating system, as a witness.
    os_account: str


class Changes(TypedDict, total=False):
    """What is to be enrolled. What is not given stays as it is."""

    name: str
    # Vista company numbers (JCCo); none means every one.
    companies: tuple[int, ...]
    # US dollars of change; None is no limit.
    amount_limit: Decimal | None
    # None is no deputy.
    deputy: Deputy | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An enrolment that is asked for: a new person, or a change of one."""

    email: str
    role: Role
    changes: Changes
    # Draw a new authenticator secret, for a telephone that was lost.
    new_authenticator: bool = False
    reason: str = ""


def enrol(systems: Systems, request: Request, claim: Claim, at: datetime) -> Enrolled:
    """Ask for an enrolment. The owner's is in force at once; anybody else's waits for a second operator.

    Raises:
        ChangeRefused: naming every reason; a wrong one-time code was counted.
    """
    existing = systems.journal.person(request.email)
    case = _case(systems, Wish.ENROL, request.email, request.role, claim)
    problems = _about_role(existing, request.role)
    facts = _desired(existing, request)
    if not facts.name.strip():
        problems.append("Name: it is missing.")
    actor = _admitted(systems, case, claim, problems, at)
    if is_enough_alone(case) or is_bootstrap(case):
        return systems.journal.enrol_alone(
            facts, by=actor, reason=request.reason, at=at, new_authenticator=request.new_authenticator
        )
    asked = systems.journal.request_enrolment(
        facts, by=actor, reason=request.reason, at=at, new_authenticator=request.new_authenticator
    )
    return Enrolled(person=asked, secret=None)


def confirm(
    systems: Systems, email: str, role: Role, claim: Claim, at: datetime, *, seen: EnrolmentFacts | None = None
) -> Enrolled:
    """Confirm what another operator asked for; from now on it is in force.

    Args:
        systems: where the journal is.
        email: whose enrolment.
        role: as what.
        claim: who confirms.
        at: when.
        seen: what the operator was shown; should something else wait by now, it is not confirmed.

    Raises:
        ChangeRefused: naming every reason; a wrong one-time code was counted.
    """
    existing = systems.journal.person(email)
    case = _case(systems, Wish.CONFIRM, email, role, claim)
    problems = [*_role_problem(existing.pending if existing else None, role), *_requester_problem(systems, case)]
    actor = _admitted(systems, case, claim, problems, at)
    return systems.journal.confirm_enrolment(email, by=actor, at=at, seen=seen)


def revoke(systems: Systems, email: str, role: Role, reason: str, claim: Claim, at: datetime) -> PersonRecord:
    """End a person's authority, or take a request back; what they decided before stays recorded.

    Raises:
        ChangeRefused: naming every reason; a wrong one-time code was counted.
    """
    existing = systems.journal.person(email)
    case = _case(systems, Wish.REVOKE, email, role, claim)
    problems = _about_known(existing, role)
    if not reason.strip():
        problems.append("Reason: it is missing; say why in a sentence.")
    actor = _admitted(systems, case, claim, problems, at)
    return systems.journal.revoke(email, by=actor, reason=reason.strip(), at=at)


def unlock(systems: Systems, email: str, role: Role, claim: Claim, at: datetime) -> PersonRecord:
    """Let a person who gave too many wrong codes answer again.

    Raises:
        ChangeRefused: naming every reason; a wrong one-time code was counted.
    """
    existing = systems.journal.person(email)
    case = _case(systems, Wish.UNLOCK, email, role, claim)
    actor = _admitted(systems, case, claim, _about_known(existing, role), at)
    return systems.journal.unlock(email, by=actor, at=at)


def needs_code(systems: Systems, email: str, role: Role, by: str) -> bool:
    """Tell whether an enrolment by this person needs a one-time code: all do, but the owner's own first one."""
    claim = Claim(email=by, code=SecretStr(""), os_account="")
    return not is_bootstrap(_case(systems, Wish.ENROL, email, role, claim))


def _case(systems: Systems, wish: Wish, email: str, role: Role, claim: Claim) -> EnrolmentCase:
    """Gather what the judgement looks at; whether the code is right is added when all else is known."""
    journal = systems.journal
    existing, actor = journal.person(email), journal.person(claim.email)
    return EnrolmentCase(
        wish=wish,
        person=email,
        actor=claim.email,
        owner=systems.config.people.owner,
        actor_is_operator=_is_operator(actor),
        person_role="approver" if role is Role.APPROVER else "operator",
        requested_by=existing.pending_by if existing else None,
        is_known=existing is not None,
        identity_problem="",
    )


def _admitted(systems: Systems, case: EnrolmentCase, claim: Claim, problems: Iterable[str], at: datetime) -> Actor:
    """Return who acts, proved by their code, if nothing speaks against it."""
    if is_bootstrap(case):
        step, identity_problem = None, ""
    else:
        check = systems.journal.check_code(claim.email, claim.code, given_at=at)
        step, identity_problem = check.step, check.problem
        if check.is_wrong:
            systems.journal.count_wrong_code(claim.email, at=at)
    told = (*enrolment_problems(replace(case, identity_problem=identity_problem)), *problems)
    if told:
        raise ChangeRefused(case.person, told)
    return Actor(email=claim.email, os_account=claim.os_account, code_step=step)


def _desired(existing: PersonRecord | None, request: Request) -> EnrolmentFacts:
    """Put the changes upon what is in force, or upon what waits where nothing is."""
    base = (existing.facts or existing.pending) if existing else None
    if base is None or base.role is not request.role:
        base = EnrolmentFacts(email=email_key(request.email), role=request.role, name="")
    return replace(base, **request.changes)


def _about_role(existing: PersonRecord | None, role: Role) -> list[str]:
    return _role_problem(existing.facts if existing else None, role)


def _about_known(existing: PersonRecord | None, role: Role) -> list[str]:
    if existing is None:
        return []
    if existing.facts is None and existing.pending is None:
        return ["Person: no enrolment is in force, and none waits."]
    return _role_problem(existing.facts or existing.pending, role)


def _requester_problem(systems: Systems, case: EnrolmentCase) -> list[str]:
    """Whose own enrolment was revoked since has no say any more, not even by a request of before."""
    asked_by = case.requested_by
    if (
        asked_by is None
        or email_key(asked_by) == email_key(case.owner)
        or _is_operator(systems.journal.person(asked_by))
    ):
        return []
    return [f"Operator: {asked_by}, who asked for this enrolment, is no operator any more; ask for it again."]


def _is_operator(person: PersonRecord | None) -> bool:
    return person is not None and person.facts is not None and person.facts.role is Role.OPERATOR


def _role_problem(facts: EnrolmentFacts | None, role: Role) -> list[str]:
    if facts is None or facts.role is role:
        return []
    return [f"Person: enrolled as {facts.role}, not as {role}: nobody is both. Use the {facts.role}s commands."]
