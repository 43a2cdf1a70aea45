"""Proves who accepted: approvers in force, by codes that counted once, of the authenticators that were drawn for them.

Works on rows as they lie in the database, and never fails on what somebody put there.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from connectors.journal.audit_records import ChainProblem
from connectors.journal.chain import Link
from connectors.journal.chained import Chained, Place, Row
from connectors.journal.consistency import drawn_seal, is_asked_for, is_in_force
from connectors.journal.ledger import vault_of
from connectors.journal.models import decision, enrolment, person
from connectors.journal.records import EnrolmentChange, Verdict
from connectors.journal.vault import JournalKeyWrong, Vault


def of_authority(rows: Collection[Chained], by_place: Mapping[Place, Link]) -> Iterator[ChainProblem]:
    """Find acceptances by people who were no approvers in force when their answer was recorded."""
    stories = stories_of(rows)
    for row in rows:
        one = by_place.get(row.place)
        if row.kind != decision.name or one is None or row.row["verdict"] != Verdict.ACCEPT:
            continue
        for email in (row.row["approver"], row.row["deputy_for"]):
            story = stories.get(email, [])
            before = [entry.row for entry in story if _number(entry, by_place) < one.number]
            # Answers of the time before one-time codes: of the enrolments of then, only the last is kept.
            is_known = bool(story) if row.row["code_step"] is None else is_in_force(before)
            if email is not None and not is_known:
                yield _about_row(row, one, f"{email} was no approver in force when this acceptance was recorded.")


def of_people(
    connection: Connection, stories: Mapping[str, list[Chained]], people: Collection[str] | None = None
) -> Iterator[ChainProblem]:
    """Find people whose authenticator contradicts their story: it is an earlier one, or the story's end was cut off.

    Args:
        connection: to the journal.
        stories: their stories.
        people: whom to look at; everybody if None.
    """
    statement = select(person.c.email, person.c.encrypted_secret)
    if people is not None:
        statement = statement.where(person.c.email.in_(people))
    secrets = {row.email: row.encrypted_secret for row in connection.execute(statement)}
    for email in sorted({*secrets, *stories} if people is None else people):
        story = [entry.row for entry in stories.get(email, [])]
        what = _of_authenticator(vault_of(connection), email, secrets.get(email), story)
        if what:
            yield ChainProblem(number=None, kind=person.name, subject=email, position=None, what=what)


def of_codes(rows: Iterable[Chained], by_place: Mapping[Place, Link]) -> Iterator[ChainProblem]:
    """Find one-time codes that counted twice, among all decisions and enrolments."""
    counted: set[tuple[str, object]] = set()
    asked: Row | None = None
    for row in rows:
        step = row.row["code_step"] if row.kind in {decision.name, enrolment.name} else None
        if step is not None:
            used = (str(row.row["approver" if row.kind == decision.name else "actor"]), step)
            if used in counted and not _is_confirmed_alone(row, asked):
                yield _about_row(row, by_place.get(row.place), _COUNTED_TWICE)
            counted.add(used)
        asked = row.row if row.kind == enrolment.name else None


def of_codes_of(
    connection: Connection, accepted: Iterable[Chained], links: Mapping[Place, Link]
) -> Iterator[ChainProblem]:
    """Find acceptances by a one-time code that counted for anything else, anywhere in the journal."""
    for row in accepted:
        email, step = row.row["approver"], row.row["code_step"]
        if step is None:
            continue
        decided = select(func.count()).where(decision.c.approver == email, decision.c.code_step == step)
        changed = select(func.count()).where(enrolment.c.actor == email, enrolment.c.code_step == step)
        if connection.execute(decided).scalar_one() + connection.execute(changed).scalar_one() > 1:
            yield _about_row(row, links.get(row.place), _COUNTED_TWICE)


def stories_of(rows: Iterable[Chained]) -> dict[str, list[Chained]]:
    """Gather the entries about each person, in order."""
    stories: dict[str, list[Chained]] = defaultdict(list)
    for row in rows:
        if row.kind == enrolment.name:
            stories[row.subject].append(row)
    return stories


_COUNTED_TWICE = "Its one-time code counted for something else too: one of the two was not recorded by the program."


def _of_authenticator(vault: Vault, email: str, encrypted: Any, story: list[Row]) -> str:
    is_known = is_in_force(story, role=None)
    if encrypted is not None and not is_known:
        return "There is an authenticator, but no enrolment in force is recorded."
    if encrypted is None:
        is_missing = is_known and is_asked_for(story)
        said = "There is no authenticator for the recorded enrolment: a revocation may have been taken away."
        return said if is_missing else ""
    try:
        secret = vault.decrypt(email, str(encrypted))
    except JournalKeyWrong:
        # Whatever it is, no code of it counts.
        return ""
    seal = drawn_seal(story)
    is_the_one = isinstance(seal, str) and vault.is_seal_of_secret(seal, email, secret)
    return "" if is_the_one else "The authenticator is not the one that was drawn last: an earlier one was put back."


def _is_confirmed_alone(row: Chained, asked: Row | None) -> bool:
    """The owner asks and confirms at once, with one code."""
    if row.kind != enrolment.name or asked is None or row.row["change"] != EnrolmentChange.CONFIRMED:
        return False
    same = ("email", "actor", "code_step", "at")
    positions = (asked["position"], row.position)
    is_next = all(isinstance(one, int) for one in positions) and positions[1] == positions[0] + 1
    return is_next and asked["change"] == EnrolmentChange.REQUESTED and all(asked[n] == row.row[n] for n in same)


def _number(row: Chained, by_place: Mapping[Place, Link]) -> int:
    one = by_place.get(row.place)
    return one.number if one else 0


def _about_row(row: Chained, one: Link | None, what: str) -> ChainProblem:
    number = one.number if one else None
    return ChainProblem(number=number, kind=row.kind, subject=row.subject, position=row.position, what=what)
