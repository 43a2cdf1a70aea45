"""Who is enrolled as what, read from the story of enrolments. Each function works inside the caller's transaction.

Rule: nothing says who is in force but the story itself: the last confirmed entry that no revocation follows.
"""

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection, RowMapping, select

from connectors.journal.insert_once import insert_once
from connectors.journal.models import enrolment, person
from connectors.journal.records import (
    Actor,
    Deputy,
    EnrolmentChange,
    EnrolmentFacts,
    EnrolmentRecord,
    PersonRecord,
)
from connectors.journal.statements import append_row

_C = EnrolmentChange
# How long too many wrong one-time codes lock a person.
LOCK_TIME = timedelta(minutes=30)


def hold(connection: Connection, *emails: str) -> None:
    """Let nobody else change these people until the transaction ends.

    In one order, so that no two writers wait for each other. SQLite needs nothing of the kind: it has one writer.
    """
    rows = select(person.c.email).where(person.c.email.in_(sorted(set(emails)))).order_by(person.c.email)
    connection.execute(rows.with_for_update()).all()


def hold_new(connection: Connection, email: str) -> None:
    """Make room for somebody who may be new, before anything about them is read."""
    insert_once(connection, person, {"email": email, "wrong_codes": 0})


def story_of(connection: Connection, email: str) -> tuple[EnrolmentRecord, ...]:
    """Read the story of one person's enrolment, in order."""
    statement = select(enrolment).where(enrolment.c.email == email).order_by(enrolment.c.position)
    return tuple(_record(row) for row in connection.execute(statement).mappings())


def person_of(connection: Connection, email: str) -> PersonRecord | None:
    """Read how one person stands; None if the journal knows nobody of the folded address."""
    story = story_of(connection, email)
    row = connection.execute(select(person).where(person.c.email == email)).mappings().one_or_none()
    return _standing(story, row) if story else None


def people_of(connection: Connection) -> tuple[PersonRecord, ...]:
    """Read how everybody stands who was ever asked for, by address."""
    entries = connection.execute(select(enrolment).order_by(enrolment.c.email, enrolment.c.position)).mappings()
    stories = {email: tuple(map(_record, rows)) for email, rows in groupby(entries, lambda row: str(row["email"]))}
    rows = {row["email"]: row for row in connection.execute(select(person)).mappings()}
    return tuple(_standing(stories[email], rows.get(email)) for email in sorted(stories))


def write_down(
    connection: Connection,
    change: EnrolmentChange,
    facts: EnrolmentFacts,
    by: Actor,
    *,
    reason: str,
    at: datetime,
    new_authenticator: bool = False,
    secret_seal: str | None = None,
) -> None:
    """Add an entry to a person's story, and link it into the sealed chain.

    Requires: the person is held.
    """
    deputy = facts.deputy
    row = {
        "change": change,
        "role": facts.role,
        "name": facts.name,
        "companies": json.dumps(facts.companies),
        "amount_limit": facts.amount_limit,
        "deputy": deputy.email if deputy else None,
        "deputy_first_day": deputy.first_day.isoformat() if deputy else None,
        "deputy_last_day": deputy.last_day.isoformat() if deputy else None,
        "new_authenticator": new_authenticator,
        "secret_seal": secret_seal,
        "actor": by.email,
        "os_account": by.os_account,
        "code_step": by.code_step,
        "reason": reason,
        "at": at,
    }
    append_row(connection, enrolment, "email", facts.email, row)


_SAME = ("position", "change", "new_authenticator", "secret_seal", "actor", "os_account", "code_step", "reason", "at")


def _record(row: RowMapping) -> EnrolmentRecord:
    return EnrolmentRecord(facts=_facts(row), **{name: row[name] for name in _SAME})


def _facts(row: RowMapping) -> EnrolmentFacts:
    deputy = None
    if row["deputy"] is not None:
        deputy = Deputy(
            email=row["deputy"],
            first_day=date.fromisoformat(row["deputy_first_day"]),
            last_day=date.fromisoformat(row["deputy_last_day"]),
        )
    return EnrolmentFacts(
        email=row["email"],
        role=row["role"],
        name=row["name"],
        companies=tuple(json.loads(row["companies"])),
        amount_limit=row["amount_limit"],
        deputy=deputy,
    )


def _standing(story: tuple[EnrolmentRecord, ...], row: RowMapping | None) -> PersonRecord:
    in_force = _last(story, unless_followed_by=(_C.REVOKED,), of=_C.CONFIRMED)
    asked = _last(story, unless_followed_by=(_C.REQUESTED, _C.CONFIRMED, _C.REVOKED), of=_C.REQUESTED)
    ended = _last(story, unless_followed_by=(_C.CONFIRMED,), of=_C.REVOKED)
    # A revocation forgets the secret that was guessed at.
    locked = _last(story, unless_followed_by=(_C.UNLOCKED, _C.REVOKED), of=_C.LOCKED)
    return PersonRecord(
        email=story[0].facts.email,
        facts=in_force.facts if in_force else None,
        enrolled_by=_enrolled_by(story, in_force) if in_force else (),
        enrolled_at=in_force.at if in_force else None,
        pending=asked.facts if asked else None,
        pending_by=asked.actor if asked else None,
        pending_new_authenticator=asked is not None and asked.new_authenticator,
        revoked_by=ended.actor if ended else None,
        revoked_at=ended.at if ended else None,
        has_authenticator=row is not None and row["encrypted_secret"] is not None,
        locked_until=locked.at + LOCK_TIME if locked else None,
    )


def _last(
    story: tuple[EnrolmentRecord, ...], *, of: EnrolmentChange, unless_followed_by: Iterable[EnrolmentChange]
) -> EnrolmentRecord | None:
    for record in reversed(story):
        if record.change is of:
            return record
        if record.change in unless_followed_by:
            return None
    return None


def drawn_with(story: tuple[EnrolmentRecord, ...]) -> EnrolmentRecord | None:
    """Find the confirmation with which a person's present authenticator was drawn; None where they have none."""
    for record in reversed(story):
        if record.change is _C.REVOKED:
            return None
        if record.change is _C.CONFIRMED and record.secret_seal is not None:
            return record
    return None


def _enrolled_by(story: tuple[EnrolmentRecord, ...], confirmed: EnrolmentRecord) -> tuple[str, ...]:
    """Who had a hand in the enrolment in force, or in the authenticator: they saw its secret, or had it drawn."""
    drawn = drawn_with(story)
    return tuple(dict.fromkeys((*_hands_in(story, confirmed), *(_hands_in(story, drawn) if drawn else ()))))


def _hands_in(story: tuple[EnrolmentRecord, ...], confirmed: EnrolmentRecord) -> tuple[str, ...]:
    """Who asked and who confirmed; only the latter for an approver of the time before requests."""
    before = [one for one in story if one.position < confirmed.position]
    asked = _last(tuple(before), of=_C.REQUESTED, unless_followed_by=(_C.CONFIRMED, _C.REVOKED))
    return (asked.actor, confirmed.actor) if asked else (confirmed.actor,)
