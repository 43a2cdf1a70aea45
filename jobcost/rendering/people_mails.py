"""Messages that concern people rather than one export: the daily digest, a changed enrolment, somebody locked out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from jobcost.money import money_text
from jobcost.rendering.answering import RESUME_TEXT
from jobcost.rendering.inbox import InboxRow, change_text, deadline_words, oldest_first, waiting_since
from jobcost.rendering.letters import Facts, Grid, Message, Part, Say, message
from jobcost.rendering.moments import local_text, span_text
from jobcost.rendering.tables import Column, Heading, table_of
from jobcost.rendering.wording import counted
from jobcost.story import Story

_CHANGES = {
    "requested": "Your enrolment was requested; it counts once another operator has confirmed it.",
    "confirmed": "Your enrolment is in force.",
    "revoked": "Your enrolment was revoked. No answer in your name counts any more.",
    "locked": "You are locked after too many wrong one-time codes in a row. No answer in your name counts until then.",
    "unlocked": "You were unlocked. Your one-time codes count again.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentNews:
    """What changed in a person's enrolment, and the authority it speaks of. Amounts in US dollars."""

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


def locked_message(person: str, *, locked_until: datetime, recipient: str, zone_name: str) -> Message:
    """Tell an operator that somebody was locked after wrong one-time codes."""
    until = local_text(locked_until, zone_name)
    parts = (
        Say(f"{person} is locked until {until}: too many wrong one-time codes were given in a row in that name."),
        Say("Ask the person, not by mail, whether they gave them. If not, somebody tries to decide in their name."),
        Say(
            f"If they did, and cannot wait: budget-export approvers unlock {person} --by {recipient}"
            " (for an operator: budget-export operators unlock)."
        ),
        Say(f"If they did not: budget-export approvers revoke {person} --by {recipient} --reason TEXT."),
    )
    return message(f"Locked after wrong one-time codes: {person}", parts)


def damaged_message(export_id: str) -> Message:
    """Tell an operator that the journal does not hold what was recorded of an export."""
    parts = (
        Say(f"What the journal holds of {export_id} is not what was recorded. Nothing is written from it.", bold=True),
        Say("Find out what was changed, and by whom it could be: budget-export audit"),
    )
    return message(f"The journal was changed: {export_id}", parts)


def enrolled_message(news: EnrolmentNews, *, recipient: str, zone_name: str) -> Message:
    """Tell a person that their enrolment changed."""
    facts = [("Who", f"{news.name} ({recipient})" if news.name else recipient), ("As", news.role)]
    if news.role == "approver" and news.change in {"requested", "confirmed"}:
        facts += [
            ("Largest change", "no limit" if news.amount_limit is None else money_text(news.amount_limit)),
            ("Companies", ", ".join(map(str, news.companies)) or "every one"),
            ("Deputy", news.deputy or "none"),
        ]
    facts += [("By", news.by), ("When", local_text(news.at, zone_name)), ("Reason", news.reason)]
    parts: list[Part] = [Say(_CHANGES.get(news.change, f"Your enrolment changed: {news.change}.")), Facts(tuple(facts))]
    if news.new_authenticator:
        parts.append(Say("A new authenticator secret belongs to it; the codes of an earlier one count no more."))
    parts.append(Say("If you did not expect this, tell an operator at once."))
    return message(f"Your enrolment as {news.role}: {news.change}", parts)


def digest_message(stories: Iterable[Story], *, recipient: str, at: datetime, zone_name: str) -> Message:
    """Tell once a day what waits for the recipient, the oldest first."""
    waiting = [row.story for row in oldest_first(InboxRow(story=story, may_decide=()) for story in stories)]
    as_of = f"As of {local_text(at, zone_name)}, for {recipient}."
    if not waiting:
        return message("Nothing waits for your answer", (Say(as_of),))
    columns: tuple[Column[Story], ...] = (
        Column(Heading("Budget"), _budget),
        Column(Heading("Change", "right"), change_text),
        Column(Heading("Company", "right"), lambda story: str(story.jcco)),
        Column(Heading("Waits", "right"), lambda story: span_text(at - waiting_since(story))),
        Column(Heading("Deadline"), lambda story: deadline_words(story, at, zone_name)),
    )
    grid = Grid(table_of(columns, waiting), links=tuple(story.run_url for story in waiting))
    subject = f"{counted(len(waiting), 'budget waits', 'budgets wait')} for your answer"
    return message(subject, (Say(as_of), grid, Say(RESUME_TEXT)))


def _budget(story: Story) -> str:
    again = ", sent again after a reject" if story.thread else ""
    second = ", needs a second approver" if story.accepted_by else ""
    job = (story.job or "").strip()
    return f"{story.project_name.strip() or 'a project'}, job {job} ({story.export_id}){again}{second}"
