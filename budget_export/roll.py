"""The roll of approvers and operators, and the story of one person, as rows of a table or for a program."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from budget_export.printing import moment
from connectors.journal.records import Deputy, EnrolmentFacts, EnrolmentRecord, PersonRecord, Role
from jobcost.money import money_text
from tasks.systems import Systems

_WHO = ("E-mail", "Name")
_STANDING = ("How it stands", "Enrolled by")
COLUMNS = {Role.APPROVER: (*_WHO, "Companies", "Limit", "Deputy", *_STANDING), Role.OPERATOR: (*_WHO, *_STANDING)}
REQUEST_COLUMNS = (*_WHO, "As", "Companies", "Limit", "Deputy", "New authenticator")
STORY_COLUMNS = ("When", "What happened", "By", "From account", "As", "Companies", "Limit", "Deputy", "Reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One person on the roll, with what was enrolled or asked for last."""

    person: PersonRecord
    facts: EnrolmentFacts
    # active, waits for a second operator, revoked; and what keeps the person from answering.
    states: tuple[str, ...]

    @classmethod
    def of(cls, systems: Systems, person: PersonRecord, at: datetime) -> Self:
        """Look up what is in force, or what was last."""
        facts = person.facts or person.pending or systems.journal.enrolment_story(person.email)[-1].facts
        return cls(person=person, facts=facts, states=_states(person, at))

    def document(self) -> dict[str, Any]:
        """Return the entry for a program."""
        facts, person = self.facts, self.person
        return {
            "email": person.email,
            "name": facts.name,
            "role": facts.role,
            "companies": facts.companies,
            "amount_limit": facts.amount_limit,
            "deputy": facts.deputy,
            "active": person.is_active,
            "states": self.states,
            "has_authenticator": person.has_authenticator,
            "locked_until": person.locked_until,
            "enrolled_by": person.enrolled_by,
            "enrolled_at": person.enrolled_at,
            "pending": person.pending,
            "pending_by": person.pending_by,
            "revoked_by": person.revoked_by,
            "revoked_at": person.revoked_at,
        }


def entries_of(systems: Systems, role: Role, at: datetime) -> tuple[Entry, ...]:
    """List everybody of a role, by address."""
    everybody = (Entry.of(systems, person, at) for person in systems.journal.people())
    return tuple(entry for entry in everybody if entry.facts.role is role)


def roll_row(entry: Entry) -> tuple[str, ...]:
    """Write an entry as a row under COLUMNS."""
    facts, person = entry.facts, entry.person
    who = (person.email, facts.name)
    by = ", ".join(dict.fromkeys(person.enrolled_by)) or (person.pending_by or "")
    standing = ("; ".join(entry.states), by)
    if facts.role is Role.OPERATOR:
        return (*who, *standing)
    return (*who, *_authority(facts), *standing)


def request_row(facts: EnrolmentFacts, *, new_authenticator: bool) -> tuple[str, ...]:
    """Write what was asked for as a row under REQUEST_COLUMNS."""
    who = (facts.email, facts.name, str(facts.role))
    return (*who, *_authority(facts), "yes" if new_authenticator else "no")


def story_row(record: EnrolmentRecord) -> tuple[str, ...]:
    """Write an entry of a person's story as a row under STORY_COLUMNS."""
    what = f"{record.change}, with a new authenticator" if record.new_authenticator else str(record.change)
    at, facts = moment(record.at), record.facts
    return (at, what, record.actor, record.os_account, str(facts.role), *_authority(facts), record.reason)


def _authority(facts: EnrolmentFacts) -> tuple[str, str, str]:
    if facts.role is Role.OPERATOR:
        return ("", "", "")
    companies = ", ".join(map(str, facts.companies)) or "all"
    limit = "no limit" if facts.amount_limit is None else money_text(facts.amount_limit)
    return (companies, limit, _deputy_text(facts.deputy))


def _deputy_text(deputy: Deputy | None) -> str:
    return f"{deputy.email}, {deputy.first_day} to {deputy.last_day}" if deputy else ""


def _states(person: PersonRecord, at: datetime) -> tuple[str, ...]:
    states = ["active"] if person.is_active else []
    if person.pending is not None:
        states.append("a change waits for a second operator" if states else "waits for a second operator")
    if not states:
        states.append("revoked")
    if person.locked_until is not None and person.locked_until > at:
        states.append(f"locked until {moment(person.locked_until)}")
    if person.is_active and not person.has_authenticator:
        states.append("no authenticator")
    return tuple(states)
