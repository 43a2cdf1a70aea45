"""Deliver the notices that the journal keeps and that were not delivered yet.

Rule 1: nothing here holds up or fails an export. What cannot be delivered is tried again later, and journalled.
Rule 2: a notice is claimed before it is sent, so that two workers do not both send it. A crash between sending and
remembering sends it twice; the mail's Message-ID is then the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.journal.errors import JournalDamaged, JournalError
from connectors.journal.records import EnrolmentRecord, ExportRecord, NoticeRecord
from connectors.mail import Mailer, OutgoingMail
from connectors.mail_problems import MailNotSent
from jobcost.notices import CHANNEL_PREFIX, TOLD_FOR, NoticeKind
from jobcost.rendering.letters import Message
from jobcost.rendering.mails import message_of
from jobcost.rendering.people_mails import (
    EnrolmentNews,
    damaged_message,
    digest_message,
    enrolled_message,
    locked_message,
)
from jobcost.story import Story
from tasks.steps.reconcile_news import message_of_differences
from tasks.steps.sync_news import message_of_sync, profile_of_sync
from tasks.steps.telling import deciders_of, directory_of, story_of
from tasks.systems import Systems

# How long after each failed attempt the next one is made; the last pause stands for all that follow. A notice is given
# up when its news is too old to help anybody.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))

# Adds the links to a story: only the outer layer knows Prefect's addresses.
Linked = Callable[[Story, ExportRecord], Story]


class ChannelProblem(Exception):
    """A channel did not take a message. Raised by whoever tells channels."""


# Tells a Prefect notification block (its slug, the subject, the text); raises ChannelProblem.
TellChannel = Callable[[str, str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one delivery came to."""

    delivered: int = 0
    failed: int = 0
    given_up: int = 0


def deliver(
    systems: Systems,
    clock: Callable[[], datetime],
    *,
    linked: Linked,
    tell_channel: TellChannel,
    patience: timedelta | None = None,
) -> Told:
    """Send every notice whose time has come; what fails is tried again after a pause.

    When the mail server itself fails, no other mail is tried in this round: nobody waits for it once per recipient.

    Args:
        systems: the journal and the mail server.
        clock: tells the present moment; a slow server makes a round long.
        linked: adds the links to a story.
        tell_channel: tells a notification block.
        patience: after it nothing more is begun, and the next round goes on; None finishes the round.
    """
    postman = _Postman(systems, clock, linked, tell_channel)
    began = clock()
    due = systems.journal.notices_due(began, companies=systems.companies)
    for notice in (one for one in due if _is_of_profile(one, systems.profile)):
        if patience is not None and clock() - began >= patience:
            break
        postman.take(notice)
    return Told(delivered=postman.delivered, failed=postman.failed, given_up=postman.given_up)


class _NoUse(Exception):
    """This notice can never be delivered."""


class _Postman:
    """One round of delivering."""

    def __init__(
        self, systems: Systems, clock: Callable[[], datetime], linked: Linked, tell_channel: TellChannel
    ) -> None:
        self.delivered = self.failed = self.given_up = 0
        self._systems = systems
        self._clock = clock
        self._linked = linked
        self._tell_channel = tell_channel
        self._mail_is_down = systems.mailer is None

    def take(self, notice: NoticeRecord) -> None:
        """Send one notice and write down what became of it, unless another worker is about to."""
        journal, at = self._systems.journal, self._clock()
        pause = PAUSES[min(notice.attempts, len(PAUSES) - 1)]
        if self._mail_is_down and not _is_for_channel(notice):
            return
        if not journal.claim_notice(notice.key, at=at, next_try_at=at + pause):
            return
        try:
            self._send(notice)
        except (_NoUse, MailNotSent, ChannelProblem, JournalError) as problem:
            gives_up = isinstance(problem, _NoUse) or at - notice.created_at > TOLD_FOR
            journal.record_failure(notice.key, problem=str(problem), at=self._clock(), give_up=gives_up)
            self.failed, self.given_up = self.failed + (not gives_up), self.given_up + gives_up
            return
        journal.record_delivery(notice.key, at=self._clock())
        self.delivered += 1

    def _send(self, notice: NoticeRecord) -> None:
        message = _message(self._systems, notice, self._clock(), self._linked)
        if message is None:
            raise _NoUse("What it was about is no longer there.")
        if _is_for_channel(notice):
            self._tell_channel(notice.recipient.removeprefix(CHANNEL_PREFIX), message.subject, message.text)
        elif self._systems.mailer is not None:
            self._mail(self._systems.mailer, notice, message)

    def _mail(self, mailer: Mailer, notice: NoticeRecord, message: Message) -> None:
        mail = OutgoingMail(
            key=notice.key,
            recipient=notice.recipient,
            subject=message.subject,
            text=message.text,
            html=message.html,
        )
        try:
            mailer.send(mail)
        except MailNotSent as problem:
            self._mail_is_down = not problem.is_about_this_mail
            if not problem.is_temporary:
                raise _NoUse(str(problem)) from None
            raise


def _is_of_profile(notice: NoticeRecord, profile: str) -> bool:
    """What is told once for each profile is told by that one: its key names it."""
    match notice.kind:
        case NoticeKind.DIGEST:
            named = notice.key.split(":")[2]
            # Without a profile the recipient's address stands there.
            return ("" if "@" in named else named) == profile
        case NoticeKind.SYNC:
            return profile_of_sync(notice) == profile
        case _:
            return True


def _is_for_channel(notice: NoticeRecord) -> bool:
    return notice.recipient.startswith(CHANNEL_PREFIX)


def _message(systems: Systems, notice: NoticeRecord, at: datetime, linked: Linked) -> Message | None:
    zone, recipient = systems.config.acceptance.time_zone, notice.recipient
    kind = NoticeKind(notice.kind)
    if notice.export_id is not None:
        return _about_export(systems, notice, at, linked)
    if kind is NoticeKind.DIGEST:
        return _digest(systems, recipient, at, linked)
    if kind is NoticeKind.SYNC:
        return message_of_sync(systems, notice, at)
    entry = _entry(systems, notice)
    if entry is None:
        return None
    if kind is NoticeKind.LOCKED:
        person = systems.journal.person(entry.facts.email)
        until = person.locked_until if person else None
        return locked_message(entry.facts.email, locked_until=until or entry.at, recipient=recipient, zone_name=zone)
    return enrolled_message(_news(entry), recipient=recipient, zone_name=zone)


def _about_export(systems: Systems, notice: NoticeRecord, at: datetime, linked: Linked) -> Message | None:
    if notice.kind == NoticeKind.DAMAGED:
        return damaged_message(str(notice.export_id))
    if notice.kind == NoticeKind.DIFFERS:
        return message_of_differences(systems, notice)
    record = systems.export(str(notice.export_id))
    try:
        story = linked(story_of(systems, record), record)
    except JournalDamaged:
        return damaged_message(record.id)
    zone = systems.config.acceptance.time_zone
    return message_of(NoticeKind(notice.kind), story, recipient=notice.recipient, at=at, zone_name=zone)


def _digest(systems: Systems, recipient: str, at: datetime, linked: Linked) -> Message | None:
    directory = directory_of(systems, with_procore=True)
    inbox = systems.own(systems.journal.inbox())
    waiting = [one for one in inbox if recipient in deciders_of(systems, one, directory, at)]
    stories = [linked(story_of(systems, record), record) for record in waiting]
    zone = systems.config.acceptance.time_zone
    return digest_message(stories, recipient=recipient, at=at, zone_name=zone) if stories else None


def _entry(systems: Systems, notice: NoticeRecord) -> EnrolmentRecord | None:
    """Find the entry of an enrolment's story that a notice is about: its key names the person and the position."""
    parts = notice.key.split(":")
    email, position = (parts[1], parts[2]) if notice.kind == NoticeKind.LOCKED else (notice.recipient, parts[1])
    entries = systems.journal.enrolment_story(email)
    return next((entry for entry in entries if str(entry.position) == position), None)


def _news(entry: EnrolmentRecord) -> EnrolmentNews:
    deputy = entry.facts.deputy
    return EnrolmentNews(
        change=entry.change.value,
        role=entry.facts.role.value,
        name=entry.facts.name,
        by=entry.actor,
        at=entry.at,
        reason=entry.reason,
        companies=entry.facts.companies,
        amount_limit=entry.facts.amount_limit,
        deputy=f"{deputy.email}, {deputy.first_day} to {deputy.last_day}" if deputy else "",
        new_authenticator=entry.new_authenticator,
    )
