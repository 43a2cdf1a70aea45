"""Who may accept, who may enrol, and how each got there.

Rule: nobody gets authority by one person's word. One operator asks, another confirms, and neither is the person it is
about; only the configured owner does it alone. Who is an operator or the owner is judged before; here stand the guards
that only the database can keep.
"""

from datetime import date, datetime

from pydantic import SecretStr
from sqlalchemy import Connection

from connectors.journal import codes
from connectors.journal.enrolment_guards import (
    checked_facts,
    require_locked,
    require_pending,
    require_role_kept,
    require_something_to_revoke,
    require_stranger,
    require_unknown,
)
from connectors.journal.errors import NotEnrolled
from connectors.journal.ledger import Ledger
from connectors.journal.records import (
    Actor,
    CodeCheck,
    Enrolled,
    EnrolmentChange,
    EnrolmentFacts,
    EnrolmentRecord,
    PersonRecord,
    Role,
)
from connectors.journal.standing import hold, hold_new, people_of, person_of, story_of, write_down
from jobcost.people import email_key

_C = EnrolmentChange


class People(Ledger):
    """Enrols approvers and operators, revokes, locks and unlocks them, and checks their one-time codes."""

    def request_enrolment(
        self, facts: EnrolmentFacts, *, by: Actor, reason: str, at: datetime, new_authenticator: bool = False
    ) -> PersonRecord:
        """Ask for an enrolment, or a change of one; it waits until another operator confirms it.

        Args:
            facts: the person and all of their authority, as it shall be.
            by: the operator who asks.
            reason: why, for the auditor.
            at: when.
            new_authenticator: the person shall get a new authenticator secret with the confirmation.

        Raises:
            EnrolmentRefused: one of its kinds; nothing is changed.
            CodeUsedBefore: if the operator's one-time code has counted before.
        """
        facts, by = checked_facts(facts), _folded(by)
        with self._writing() as connection:
            known = _held(connection, facts.email, by, is_new=True)
            require_stranger(by.email, facts.email, "asks for")
            require_role_kept(known, facts)
            codes.use_code_of(connection, by, where=_where(facts.email))
            write_down(connection, _C.REQUESTED, facts, by, reason=reason, at=at, new_authenticator=new_authenticator)
            return _known(connection, facts.email)

    def confirm_enrolment(self, email: str, *, by: Actor, at: datetime, seen: EnrolmentFacts | None = None) -> Enrolled:
        """Put in force exactly what was asked for. A secret is drawn if there is none, or a new one was asked for.

        Args:
            email: whose enrolment.
            by: another operator than the one who asked.
            at: when.
            seen: what the operator was shown, if it is to be made sure that they confirm just this.

        Raises:
            EnrolmentRefused: one of its kinds; nothing is changed.
            CodeUsedBefore: if the operator's one-time code has counted before.
        """
        email, by = email_key(email), _folded(by)
        with self._writing() as connection:
            known = _held(connection, email, by)
            pending, asked_by = require_pending(known, email, seen)
            require_stranger(by.email, email, "confirms")
            require_stranger(by.email, asked_by, "confirms the request of")
            codes.use_code_of(connection, by, where=_where(email))
            is_new = known is not None and known.pending_new_authenticator
            return _put_in_force(connection, pending, by, "", at, new_authenticator=is_new)

    def enrol_alone(
        self, facts: EnrolmentFacts, *, by: Actor, reason: str, at: datetime, new_authenticator: bool = False
    ) -> Enrolled:
        """Ask and confirm at once, which only the configured owner may: that is for the caller to judge.

        For himself only as the first entry of his story, and only as operator: so the first operator comes into being.

        Raises:
            EnrolmentRefused: one of its kinds; nothing is changed.
            CodeUsedBefore: if the owner's one-time code has counted before.
        """
        facts, by = checked_facts(facts), _folded(by)
        with self._writing() as connection:
            known = _held(connection, facts.email, by, is_new=True)
            if by.email == facts.email:
                require_unknown(known, facts)
            require_role_kept(known, facts)
            codes.use_code_of(connection, by, where=_where(facts.email))
            write_down(connection, _C.REQUESTED, facts, by, reason=reason, at=at, new_authenticator=new_authenticator)
            return _put_in_force(connection, facts, by, reason, at, new_authenticator=new_authenticator)

    def revoke(self, email: str, *, by: Actor, reason: str, at: datetime) -> PersonRecord:
        """End a person's authority, or take back what waits to be confirmed; decisions given before stay.

        The authenticator's secret is forgotten.

        Raises:
            NotEnrolled: if there is nothing to end.
            CodeUsedBefore: if the operator's one-time code has counted before.
        """
        email, by = email_key(email), _folded(by)
        with self._writing() as connection:
            facts = require_something_to_revoke(_held(connection, email, by), email)
            codes.use_code_of(connection, by, where=_where(email))
            write_down(connection, _C.REVOKED, facts, by, reason=reason, at=at)
            codes.forget_secret(connection, email)
            return _known(connection, email)

    def unlock(self, email: str, *, by: Actor, at: datetime) -> PersonRecord:
        """Let a person answer again who was locked after too many wrong one-time codes.

        Raises:
            NotEnrolled: if nobody of the address is locked.
            SamePerson: if somebody wants to unlock himself.
            CodeUsedBefore: if the operator's one-time code has counted before.
        """
        email, by = email_key(email), _folded(by)
        with self._writing() as connection:
            facts = require_locked(_held(connection, email, by), email, at)
            require_stranger(by.email, email, "unlocks")
            codes.use_code_of(connection, by, where=_where(email))
            write_down(connection, _C.UNLOCKED, facts, by, reason="", at=at)
            codes.forget_wrong_codes(connection, email)
            return _known(connection, email)

    def person(self, email: str) -> PersonRecord | None:
        """Find a person, however they stand, ignoring case."""
        with self._reading() as connection:
            return person_of(connection, email_key(email))

    def people(self) -> tuple[PersonRecord, ...]:
        """List everybody who was ever asked for, by address."""
        with self._reading() as connection:
            return people_of(connection)

    def enrolment_story(self, email: str) -> tuple[EnrolmentRecord, ...]:
        """Read all that happened to a person's enrolment, in order."""
        with self._reading() as connection:
            return story_of(connection, email_key(email))

    def deputised_by(self, email: str, on: date) -> tuple[PersonRecord, ...]:
        """List the approvers in force in whose place this person may decide on this day, by address."""
        key = email_key(email)
        return tuple(one for one in self.people() if _is_deputy(one.facts, key, on))

    def check_code(self, email: str, code: SecretStr, *, given_at: datetime) -> CodeCheck:
        """Say what a one-time code was worth at the moment it was given; nothing is changed, and any text is taken."""
        with self._reading() as connection:
            return codes.check(connection, email_key(email), code, given_at=given_at)

    def count_wrong_code(self, email: str, *, at: datetime) -> PersonRecord:
        """Count a wrong one-time code; the fifth in a row locks the person for 30 minutes.

        Raises:
            NotEnrolled: if the journal knows nobody of this address.
        """
        key = email_key(email)
        with self._writing() as connection:
            hold(connection, key)
            codes.count_wrong(connection, key, at=at)
            return _known(connection, key)


def _held(connection: Connection, email: str, by: Actor, *, is_new: bool = False) -> PersonRecord | None:
    """Keep others from changing the person, or using the actor's code, until we are through."""
    if is_new:
        hold_new(connection, email)
    hold(connection, email, by.email)
    return person_of(connection, email)


def _put_in_force(
    connection: Connection, facts: EnrolmentFacts, by: Actor, reason: str, at: datetime, *, new_authenticator: bool
) -> Enrolled:
    secret: SecretStr | None = None
    seal: str | None = None
    if new_authenticator or not _known(connection, facts.email).has_authenticator:
        secret = codes.new_secret()
        seal = codes.keep_secret(connection, facts.email, secret)
    write_down(
        connection,
        _C.CONFIRMED,
        facts,
        by,
        reason=reason,
        at=at,
        new_authenticator=new_authenticator,
        secret_seal=seal,
    )
    return Enrolled(person=_known(connection, facts.email), secret=secret)


def _is_deputy(facts: EnrolmentFacts | None, email: str, on: date) -> bool:
    if facts is None or facts.role is not Role.APPROVER or facts.deputy is None:
        return False
    return facts.deputy.email == email and facts.deputy.first_day <= on <= facts.deputy.last_day


def _known(connection: Connection, email: str) -> PersonRecord:
    known = person_of(connection, email)
    if known is None:
        raise NotEnrolled(
            "Nobody of this address was ever enrolled.",
            where=_where(email),
            expected="the address of an approver or operator",
            found="nobody",
            way_out="Look at the list of approvers and operators.",
        )
    return known


def _folded(by: Actor) -> Actor:
    return Actor(email=email_key(by.email), os_account=by.os_account, code_step=by.code_step)


def _where(email: str) -> str:
    return f"Person {email}"
