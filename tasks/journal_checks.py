"""Examine the journal, and the people and notices in it, for `budget-export doctor`. Changes nothing."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from connectors.checks import Check
from connectors.journal.journal import Journal
from connectors.journal.records import PersonRecord, Role
from jobcost.people import email_key

ENROL = "Enrol an approver: budget-export approvers enrol MAIL --name NAME --by MAIL"
# One asks for an enrolment, another confirms it.
_OPERATORS_NEEDED = 2
_PROBLEMS_SHOWN_MAX = 3


def examine_journal(journal: Journal, owner: str, at: datetime) -> tuple[Check, ...]:
    """Look at what waits, who may act, what could not be told, and whether the journal is as it was recorded."""
    people = journal.people()
    return (
        _waiting(journal, people),
        _operators(people, owner),
        *_people(people, at),
        *_rejected(journal),
        *_notices(journal),
        _chain(journal),
    )


def _waiting(journal: Journal, people: Iterable[PersonRecord]) -> Check:
    approvers = _active(people, Role.APPROVER)
    found = f"reachable, {len(approvers)} approvers enrolled, {len(journal.inbox())} exports waiting"
    return Check(name="Journal", ok=True if approvers else None, found=found, way_out="" if approvers else ENROL)


def _operators(people: tuple[PersonRecord, ...], owner: str) -> Check:
    """Somebody must be able to enrol: the owner with an authenticator, or two operators."""
    ready = [person for person in _active(people, Role.OPERATOR) if person.has_authenticator]
    is_owner_ready = any(person.email == email_key(owner) for person in ready)
    found = f"{len(ready)} operators with an authenticator; the owner is {_owner_text(owner, is_ready=is_owner_ready)}"
    if is_owner_ready or len(ready) >= _OPERATORS_NEEDED:
        return Check(name="Operators", ok=True, found=found)
    if not owner:
        way_out = "Name an owner in the configuration: [people] owner."
    elif any(person.email == email_key(owner) for person in people):
        # Nobody comes back by his own word alone, not even the owner.
        way_out = "Name somebody as owner ([people] owner) whom the journal does not know yet; they enrol themselves."
    else:
        way_out = f"The owner enrols himself: budget-export operators enrol {owner} --name NAME --by {owner}"
    return Check(name="Operators", ok=None, found=f"nobody can enrol: {found}", way_out=way_out)


def _owner_text(owner: str, *, is_ready: bool) -> str:
    if not owner:
        return "not configured"
    return f"{owner}, enrolled" if is_ready else f"{owner}, not enrolled as operator with an authenticator"


def _people(people: tuple[PersonRecord, ...], at: datetime) -> Iterator[Check]:
    in_force = [person for person in people if person.facts is not None]
    bare = [person.email for person in in_force if not person.has_authenticator]
    if bare:
        way_out = "Enrol them with --new-authenticator; until then they can decide nothing."
        yield Check(name="Authenticators", ok=None, found=f"none for {', '.join(bare)}", way_out=way_out)
    pending = [f"{person.email} (asked by {person.pending_by})" for person in people if person.pending is not None]
    if pending:
        way_out = "A second operator: budget-export approvers confirm MAIL --by MAIL (or operators confirm)"
        yield Check(name="Enrolments", ok=None, found=f"wait to be confirmed: {', '.join(pending)}", way_out=way_out)
    locked = [
        f"{person.email} until {person.locked_until:%H:%M} UTC"
        for person in people
        if person.locked_until is not None and person.locked_until > at
    ]
    if locked:
        way_out = "Ask them whether they typed the codes; then budget-export approvers unlock MAIL --by MAIL"
        yield Check(name="Locked people", ok=None, found=", ".join(locked), way_out=way_out)
    strangers = _deputies_not_enrolled(people)
    if strangers:
        way_out = f"A deputy decides with a code of their own. {ENROL}"
        yield Check(name="Deputies", ok=None, found=f"not enrolled: {', '.join(strangers)}", way_out=way_out)


def _deputies_not_enrolled(people: tuple[PersonRecord, ...]) -> list[str]:
    approvers = _active(people, Role.APPROVER)
    deputies = {person.facts.deputy.email for person in approvers if person.facts and person.facts.deputy}
    return sorted(deputies - {person.email for person in approvers})


def _rejected(journal: Journal) -> Iterator[Check]:
    if locked := journal.budgets_to_return():
        names = ", ".join(export.id for export in locked)
        way_out = "Press Retry on the run, or unlock the budget in Procore."
        yield Check(name="Rejected budgets", ok=None, found=f"still locked in Procore: {names}", way_out=way_out)


def _notices(journal: Journal) -> Iterator[Check]:
    count = journal.undelivered()
    if count:
        troubled = [one for one in journal.notices() if one.delivered_at is None and one.last_problem]
        last = f": {troubled[-1].recipient}: {troubled[-1].last_problem}" if troubled else ""
        way_out = "Correct it; what is not given up is tried again by itself."
        yield Check(name="Notices", ok=None, found=f"{count} not delivered{last}", way_out=way_out)


def _chain(journal: Journal) -> Check:
    report = journal.audit()
    if not report.problems:
        return Check(name="Sealed chain", ok=True, found=f"{report.links} links, unbroken")
    shown = "; ".join(map(str, report.problems[:_PROBLEMS_SHOWN_MAX]))
    found = f"{len(report.problems)} problems: {shown}"
    way_out = "Somebody changed the journal's database: budget-export audit lists everything."
    return Check(name="Sealed chain", ok=False, found=found, way_out=way_out)


def _active(people: Iterable[PersonRecord], role: Role) -> list[PersonRecord]:
    return [person for person in people if person.facts is not None and person.facts.role is role]
