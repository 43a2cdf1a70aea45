"""Mails and channel messages about exports and people: the text of each notice, written when it is sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from jobcost.notices import NoticeKind
from jobcost.rendering.letters import Facts, Message, Say, message
from jobcost.rendering.outcome import outcome_sentence
from jobcost.story import Story

__all__ = ["EnrolmentNews", "Message", "digest_message", "enrolled_message", "locked_message", "message_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentNews:
    """What changed in a person's enrolment, and what is in force now. Amounts in US dollars."""

    # "requested", "confirmed", "revoked", "locked" or "unlocked".
    change: str
    # "approver" or "operator".
    role: str
    name: str
    # Who did it.
    by: str
    at: datetime
    reason: str = ""
    # Vista company numbers; none means every one.
    companies: tuple[int, ...] = ()
    # None is no limit.
    amount_limit: Decimal | None = None
    # The deputy with their days, in words; "" for none.
    deputy: str = ""
    new_authenticator: bool = False


def message_of(kind: NoticeKind, story: Story, *, recipient: str, at: datetime, zone_name: str) -> Message:
    """Write the message of a notice about one export."""
    sentence = outcome_sentence(story.state, project=story.project_name, job=story.job, detail=story.reason)
    return message(f"{kind}: {story.export_id}", [Say(sentence), Facts((("To", recipient), ("At", str(at))))])


def locked_message(person: str, *, locked_until: datetime, recipient: str, zone_name: str) -> Message:
    """Tell an operator that somebody was locked after wrong one-time codes."""
    return message(f"Locked: {person}", [Say(f"{locked_until} {recipient} {zone_name}")])


def enrolled_message(news: EnrolmentNews, *, recipient: str, zone_name: str) -> Message:
    """Tell a person that their enrolment changed."""
    return message(f"Your enrolment: {news.change}", [Say(f"{recipient} {zone_name}")])


def digest_message(stories: Iterable[Story], *, recipient: str, at: datetime, zone_name: str) -> Message:
    """Tell once a day what waits for the recipient."""
    number = len(tuple(stories))
    return message(f"{number} wait for you", [Say(f"{recipient} {at} {zone_name}")])
