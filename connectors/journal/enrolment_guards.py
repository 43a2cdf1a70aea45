"""What the journal itself demands of a change of an enrolment, whoever asked for it."""

from dataclasses import replace
from datetime import datetime

from connectors.journal.errors import EnrolmentWrong, NotEnrolled, NothingPending, RoleFixed, SamePerson
from connectors.journal.records import Deputy, EnrolmentFacts, PersonRecord, Role
from jobcost.people import email_key

_EMAIL_LENGTH_MAX = 254


def checked_facts(facts: EnrolmentFacts) -> EnrolmentFacts:
    """Return the facts with every address folded, if they make sense.

    Raises:
        EnrolmentWrong: if they do not; says the first thing that is wrong.
    """
    email = email_key(facts.email)
    _require_address(email, facts.email)
    if facts.amount_limit is not None and not (facts.amount_limit.is_finite() and facts.amount_limit >= 0):
        raise _wrong(email, "a limit of 0 or more US dollars, or none", f"{facts.amount_limit}")
    if any(company < 0 for company in facts.companies):
        raise _wrong(email, "Vista company numbers", f"{facts.companies}")
    if facts.role is Role.OPERATOR and (facts.amount_limit is not None or facts.companies or facts.deputy):
        raise _wrong(email, "an operator without limit, companies and deputy", "an authority to accept")
    return replace(
        facts,
        email=email,
        name=facts.name.strip(),
        companies=tuple(sorted(set(facts.companies))),
        deputy=_checked_deputy(email, facts.deputy) if facts.deputy else None,
    )


def require_stranger(actor: str, person: str, does: str) -> None:
    """Pass if the two are two people.

    Raises:
        SamePerson: if they are one, or the actor is nobody.
    """
    if not actor or actor == person:
        raise SamePerson(
            "Who asks for an enrolment, who confirms it, and whom it is about are three different people.",
            where=f"Person {person}",
            expected=f"an operator who {does} somebody else",
            found=actor or "nobody's address",
            way_out="Let another operator do it, or the configured owner.",
        )


def require_unknown(known: PersonRecord | None, facts: EnrolmentFacts) -> None:
    """Pass if somebody may enrol himself: as operator, and the journal has never heard of him.

    Raises:
        SamePerson: if not.
    """
    if known is not None or facts.role is not Role.OPERATOR:
        raise SamePerson(
            "Nobody changes an enrolment of their own.",
            where=f"Person {facts.email}",
            expected="the configured owner, enrolled as operator for the first time",
            found="an address the journal knows already" if known else f"an enrolment as {facts.role}",
            way_out="Let two other operators do it: one asks, one confirms.",
        )


def require_role_kept(known: PersonRecord | None, facts: EnrolmentFacts) -> None:
    """Pass if the person in force keeps their role.

    Raises:
        RoleFixed: if it would change.
    """
    if known is not None and known.facts is not None and known.facts.role is not facts.role:
        raise RoleFixed(
            "Nobody is both approver and operator.",
            where=f"Person {facts.email}",
            expected=f"an enrolment as {known.facts.role}, which is in force",
            found=f"one as {facts.role}",
            way_out="Revoke the present enrolment first, then ask for the other one.",
        )


def require_pending(known: PersonRecord | None, email: str, seen: EnrolmentFacts | None) -> tuple[EnrolmentFacts, str]:
    """Return what waits to be confirmed, and who asked for it.

    Raises:
        NothingPending: if nothing waits, or something else than was seen.
    """
    if known is None or known.pending is None or known.pending_by is None:
        raise _nothing_pending(email, "nothing that waits")
    require_role_kept(known, known.pending)
    if seen is not None and checked_facts(seen) != known.pending:
        raise _nothing_pending(email, f"something else, which {known.pending_by} asked for meanwhile")
    return known.pending, known.pending_by


def require_something_to_revoke(known: PersonRecord | None, email: str) -> EnrolmentFacts:
    """Return what a revocation would end: the enrolment in force, or else the one that waits.

    Raises:
        NotEnrolled: if there is neither.
    """
    facts = None if known is None else known.facts or known.pending
    if facts is None:
        raise NotEnrolled(
            "There is no enrolment to revoke.",
            where=f"Person {email}",
            expected="an enrolment that is in force or waits to be confirmed",
            found="nobody of that address" if known is None else f"revoked by {known.revoked_by} before",
            way_out="Look at the list of approvers and operators.",
        )
    return facts


def require_locked(known: PersonRecord | None, email: str, at: datetime) -> EnrolmentFacts:
    """Return the enrolment of a person who is locked.

    Raises:
        NotEnrolled: if nobody of the address is enrolled and locked.
    """
    if known is None or known.facts is None or known.locked_until is None or known.locked_until <= at:
        raise NotEnrolled(
            "There is nobody to unlock.",
            where=f"Person {email}",
            expected="somebody who is locked after wrong one-time codes",
            found="nobody enrolled of that address" if known is None or known.facts is None else "somebody not locked",
            way_out="Nothing needs to be done: the person can answer, or is not enrolled.",
        )
    return known.facts


def _checked_deputy(email: str, deputy: Deputy) -> Deputy:
    address = email_key(deputy.email)
    _require_address(address, deputy.email)
    if address == email:
        raise _wrong(email, "another person as deputy", "the person")
    if deputy.last_day < deputy.first_day:
        raise _wrong(email, f"a deputy's last day on or after {deputy.first_day}", f"{deputy.last_day}")
    return replace(deputy, email=address)


def _require_address(email: str, given: str) -> None:
    # A blank or a line break inside would break the lines of mails and tables.
    is_one = "@" in email and len(email) <= _EMAIL_LENGTH_MAX and not any(c.isspace() or c == "\ufffd" for c in email)
    if not is_one:
        raise _wrong(given[:_EMAIL_LENGTH_MAX], "an e-mail address such as ana.ruiz@example.com", f"{given[:80]!r}")


def _wrong(person: str, expected: str, found: str) -> EnrolmentWrong:
    return EnrolmentWrong(
        "This enrolment makes no sense.",
        where=f"Person {person}",
        expected=expected,
        found=found,
        way_out="Correct it and ask again.",
    )


def _nothing_pending(email: str, found: str) -> NothingPending:
    return NothingPending(
        "This enrolment does not wait to be confirmed.",
        where=f"Person {email}",
        expected="what was asked for and shown",
        found=found,
        way_out="Look at the list of approvers and operators; ask for the enrolment again if it is still wanted.",
    )
