"""Which notices an export should have caused by now: a pure function of what the journal knows.

Nothing is queued by hand. The journal keeps which notices exist, by key, and which were delivered; so nothing is lost
in an outage and nothing is told twice. Texts are written when a notice is sent (`jobcost.rendering.mails`).
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from jobcost.acceptance import EXCHANGED
from jobcost.config import Acceptance
from jobcost.lifecycle import ExportState
from jobcost.people import email_key
from jobcost.story import DecisionLine, Story

__all__ = [
    "Audience",
    "DecisionLine",
    "Notice",
    "NoticeKind",
    "Story",
    "differs_notices",
    "digest_notices",
    "enrolled_notices",
    "locked_notices",
    "notices_due",
    "sync_notices",
]

# News older than this helps nobody: an export that ended before is no longer told about.
TOLD_FOR = timedelta(days=7)
# A sender hears of a budget sent in his name even if its run got stuck while it was checked.
CHECKED_WITHIN = timedelta(minutes=15)
# From the acceptance to the end takes minutes; longer, and somebody must look.
WRITTEN_WITHIN = timedelta(minutes=30)
# A run that died is started again so often, then a person must look.
REVIVALS_MAX = 3

# Longer keys than a database takes end in a digest of what they name.
KEY_LENGTH_MAX = 250
_KEY_DIGEST_LENGTH = 32

# A recipient that is no person: a Prefect notification block, "block:<type>/<name>".
CHANNEL_PREFIX = "block:"


class NoticeKind(StrEnum):
    """What a notice tells."""

    # To the sender at once: a budget was sent in your name, and what became of it.
    RECEIPT = "receipt"
    # To everyone who may decide, at once; again for the second approver.
    QUESTION = "question"
    # To the approver in whose name a decision was recorded.
    DECIDED = "decided"
    REMINDER = "reminder"
    ESCALATION = "escalation"
    EXPIRED = "expired"
    REJECTED = "rejected"
    VERIFIED = "verified"
    VERIFICATION_FAILED = "verification_failed"
    STALE = "stale"
    FAILED = "failed"
    RETRIEVED = "retrieved"
    # To operators: an answer was put there, changed or taken away past the Resume dialog.
    EXCHANGED = "exchanged"
    # To operators: an export goes no further although nobody has to answer.
    STUCK = "stuck"
    # To operators: what the journal holds of an export is not what was recorded.
    DAMAGED = "damaged"
    # To the operators: an approver or operator was locked after wrong one-time codes.
    LOCKED = "locked"
    # To the person: your enrolment changed.
    ENROLLED = "enrolled"
    # Once a day: everything that waits for you.
    DIGEST = "digest"
    # To operators: a sync started updates, skipped a project for a new reason, or failed at one.
    SYNC = "sync"
    # To operators and the last sender: Procore and Vista differ in what they had in common before.
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who could be told about one export."""

    # Those who may decide on it now.
    deciders: tuple[str, ...] = ()
    # The deputies of these, whether or not their days have come.
    deputies: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    # Prefect notification blocks, as "block:<type>/<name>".
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message that should exist: its key says what it is about, so that nothing is told twice."""

    key: str
    kind: NoticeKind
    # None for what concerns people, not one export.
    export_id: str | None
    # An e-mail address, or "block:<type>/<name>".
    recipient: str


def notices_due(story: Story, audience: Audience, acceptance: Acceptance, at: datetime) -> tuple[Notice, ...]:
    """Say which notices the export should have caused by now, ordered by key. Asked again, it says the same."""
    if story.ended_at is not None and at - story.ended_at > TOLD_FOR:
        return ()
    due = [
        *_receipt(story, at),
        *_decided(story),
        *_questions(story, audience, at),
        *_reminders(story, audience, acceptance, at),
        *_escalations(story, audience, acceptance, at),
        *_endings(story, audience),
        *_troubles(story, audience, at),
    ]
    return tuple(sorted({notice.key: notice for notice in due}.values(), key=lambda notice: notice.key))


def locked_notices(person: str, position: int, operators: Iterable[str]) -> tuple[Notice, ...]:
    """Tell the operators that a person was locked; `position` is the entry's in the story of the enrolment."""
    return tuple(_notices(NoticeKind.LOCKED, None, (email_key(person), str(position)), operators, but=(person,)))


def damaged_notices(export_id: str, operators: Iterable[str]) -> tuple[Notice, ...]:
    """Tell the operators that the journal does not hold what was recorded of an export."""
    return tuple(_notices(NoticeKind.DAMAGED, export_id, (), operators))


def enrolled_notices(person: str, position: int) -> tuple[Notice, ...]:
    """Tell a person that their enrolment changed; `position` is the entry's in its story."""
    return tuple(_notices(NoticeKind.ENROLLED, None, (str(position),), (person,)))


def digest_notices(day: date, recipients: Iterable[str], *, profile: str = "") -> tuple[Notice, ...]:
    """Tell each recipient once on this day, in the company's time zone, what waits for them in one profile."""
    about = (day.isoformat(), profile) if profile else (day.isoformat(),)
    return tuple(_notices(NoticeKind.DIGEST, None, about, recipients))


def differs_notices(export_id: str, number: int, recipients: Iterable[str]) -> tuple[Notice, ...]:
    """Tell of differences seen for the first time between the systems; `number` is that of the news about the job."""
    return tuple(_notices(NoticeKind.DIFFERS, export_id, (str(number),), recipients))


def sync_notices(sync_id: str, operators: Iterable[str]) -> tuple[Notice, ...]:
    """Tell the operators what one sync came to; `sync_id` names it."""
    return tuple(_notices(NoticeKind.SYNC, None, (sync_id,), operators))


def _receipt(story: Story, at: datetime) -> Iterator[Notice]:
    if story.state is not ExportState.PROPOSED:
        yield from _told(NoticeKind.RECEIPT, story, (), (story.submitted_by,))
    elif at - story.sent_at >= CHECKED_WITHIN:
        # What becomes of it is told by a second receipt, once that is known.
        yield from _told(NoticeKind.RECEIPT, story, ("checking",), (story.submitted_by,))


def _decided(story: Story) -> Iterator[Notice]:
    for decision in story.decisions:
        if decision.verdict in {"accept", "reject"}:
            people = (decision.approver, decision.deputy_for or "")
            yield from _told(NoticeKind.DECIDED, story, (str(decision.ask),), people)


def _is_open_question(story: Story, at: datetime) -> bool:
    return story.is_waiting and (story.deadline_at is None or at < story.deadline_at)


def _questions(story: Story, audience: Audience, at: datetime) -> Iterator[Notice]:
    if not _is_open_question(story, at):
        return
    # A refused answer does not change the number of acceptances, so nobody is asked twice for it.
    number = str(len(story.accepted_by))
    yield from _told(NoticeKind.QUESTION, story, (number,), _asked(story, audience))
    yield from _told(NoticeKind.QUESTION, story, (number,), audience.channels)
    if not _asked(story, audience):
        yield from _told(NoticeKind.ESCALATION, story, ("nobody", number), audience.operators, but=_not_asked(story))


def _reminders(story: Story, audience: Audience, acceptance: Acceptance, at: datetime) -> Iterator[Notice]:
    if story.deadline_at is None or not _is_open_question(story, at):
        return
    asked_at = story.asked_at or story.sent_at
    moments = ((hours, story.deadline_at - timedelta(hours=hours)) for hours in acceptance.remind_hours_before)
    # A reminder whose hour had passed when it was asked would only repeat the question.
    due = [hours for hours, moment in moments if asked_at < moment <= at]
    if due:
        yield from _told(NoticeKind.REMINDER, story, (str(min(due)),), (*_asked(story, audience), *audience.channels))


def _escalations(story: Story, audience: Audience, acceptance: Acceptance, at: datetime) -> Iterator[Notice]:
    hours = acceptance.escalate_hours_before
    if story.deadline_at is None or not hours or not _is_open_question(story, at):
        return
    if at < story.deadline_at - timedelta(hours=hours):
        return
    people = _people((*audience.deputies, *acceptance.escalate_to), but=_not_asked(story))
    # Somebody must be able to do something about it.
    people = people or _people(audience.operators, but=_not_asked(story))
    yield from _told(NoticeKind.ESCALATION, story, (), (*people, *audience.channels))


def _endings(story: Story, audience: Audience) -> Iterator[Notice]:
    sender, accepted_by = story.submitted_by, story.accepted_by
    was_asked = story.asked_at is not None
    # Whoever failed before anybody was asked is told so by the receipt.
    told_of_failure = (sender,) if was_asked else ()
    taken_back_by_another = (sender,) if email_key(story.moved_by) != email_key(sender) else ()
    recipients: dict[ExportState, tuple[NoticeKind, tuple[str, ...]]] = {
        ExportState.EXPIRED: (NoticeKind.EXPIRED, (sender, *audience.deciders)),
        ExportState.REJECTED: (NoticeKind.REJECTED, (sender,)),
        ExportState.VERIFIED: (NoticeKind.VERIFIED, (sender, *accepted_by)),
        ExportState.VERIFICATION_FAILED: (
            NoticeKind.VERIFICATION_FAILED,
            (sender, *audience.operators, *accepted_by),
        ),
        ExportState.STALE: (NoticeKind.STALE, (sender, *accepted_by)),
        ExportState.FAILED: (NoticeKind.FAILED, (*told_of_failure, *audience.operators)),
        ExportState.RETRIEVED: (
            NoticeKind.RETRIEVED,
            (*taken_back_by_another, *(audience.deciders if was_asked else ())),
        ),
    }
    if story.state in recipients:
        kind, people = recipients[story.state]
        yield from _told(kind, story, (), (*people, *audience.channels))


def _troubles(story: Story, audience: Audience, at: datetime) -> Iterator[Notice]:
    for decision in story.decisions:
        if decision.verdict == "refused" and decision.reason.startswith(EXCHANGED):
            named = tuple(one for one in audience.deciders if email_key(one) == email_key(decision.approver))
            yield from _told(NoticeKind.EXCHANGED, story, (str(decision.ask),), (*audience.operators, *named))
    is_on_its_way = story.state in {ExportState.ACCEPTED, ExportState.APPLYING, ExportState.APPLIED}
    is_late = story.moved_at is not None and at - story.moved_at >= WRITTEN_WITHIN
    if (is_on_its_way and is_late) or (story.is_open and story.revivals >= REVIVALS_MAX):
        yield from _told(NoticeKind.STUCK, story, (str(story.state),), audience.operators)


def _not_asked(story: Story) -> tuple[str, ...]:
    return (story.submitted_by, *story.accepted_by)


def _asked(story: Story, audience: Audience) -> tuple[str, ...]:
    """Whose answer would count: never the sender's, nor that of who accepted already."""
    return _people(audience.deciders, but=_not_asked(story))


def _people(addresses: Iterable[str], *, but: Iterable[str] = ()) -> tuple[str, ...]:
    """Name each person once, in an order that does not depend on the given one."""
    known: dict[str, str] = {}
    for address in sorted(address.strip() for address in addresses):
        known.setdefault(email_key(address), address)
    left_out = {"", *map(email_key, but)}
    return tuple(known[key] for key in sorted(known) if key not in left_out)


def _told(
    kind: NoticeKind, story: Story, about: tuple[str, ...], recipients: Iterable[str], *, but: Iterable[str] = ()
) -> Iterator[Notice]:
    return _notices(kind, story.export_id, about, recipients, but=but)


def _notices(
    kind: NoticeKind,
    export_id: str | None,
    about: tuple[str, ...],
    recipients: Iterable[str],
    *,
    but: Iterable[str] = (),
) -> Iterator[Notice]:
    named = (*((export_id,) if export_id else ()), kind.value, *about)
    for recipient in _people(recipients, but=but):
        key = _key((*named, email_key(recipient)))
        yield Notice(key=key, kind=kind, export_id=export_id, recipient=recipient)


def _key(parts: tuple[str, ...]) -> str:
    key = ":".join(parts)
    if len(key) <= KEY_LENGTH_MAX:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()[:_KEY_DIGEST_LENGTH]
    return f"{key[: KEY_LENGTH_MAX - _KEY_DIGEST_LENGTH - 1]}:{digest}"
