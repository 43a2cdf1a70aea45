"""Mails and channel messages about exports: the text of each notice, written when it is sent.

The most important comes first: what it is about, how much, what to do, until when. Messages about people stand in
`people_mails`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from jobcost.acceptance import EXCHANGED
from jobcost.lifecycle import ExportState
from jobcost.notices import CHANNEL_PREFIX, NoticeKind
from jobcost.people import email_key
from jobcost.plan import Kind
from jobcost.rendering.answering import NEEDED_TEXT, RESUME_TEXT, RULES_TEXT
from jobcost.rendering.figures import figures
from jobcost.rendering.inbox import change_text
from jobcost.rendering.letters import Facts, Link, Listed, Message, Part, Say, message
from jobcost.rendering.moments import local_text, span_text
from jobcost.rendering.outcome import outcome_sentence
from jobcost.rendering.revisions import attempt_text, revised_sentence
from jobcost.rendering.wording import counted
from jobcost.story import Story


@dataclass(frozen=True, slots=True, kw_only=True)
class _Occasion:
    """Who is told about which export, when."""

    story: Story
    recipient: str
    at: datetime
    zone_name: str

    @property
    def is_channel(self) -> bool:
        return self.recipient.startswith(CHANNEL_PREFIX)

    @property
    def is_for_sender(self) -> bool:
        return email_key(self.recipient) == email_key(self.story.submitted_by)

    def local(self, moment: datetime) -> str:
        return local_text(moment, self.zone_name)

    @property
    def left(self) -> str:
        """The time to the deadline, in words; it may have passed while mail was out."""
        deadline = self.story.deadline_at
        if deadline is None:
            return "no deadline"
        left = deadline - self.at
        return f"{span_text(left)} left" if left > timedelta(0) else "the deadline has passed"


def message_of(kind: NoticeKind, story: Story, *, recipient: str, at: datetime, zone_name: str) -> Message:
    """Write the message of a notice about one export.

    Raises:
        ValueError: for a notice about people; those have functions of their own.
    """
    if kind not in _WRITERS:
        raise ValueError(
            f"Message of a notice: expected one about an export, found {kind}; use locked_message, enrolled_message or"
            " digest_message."
        )
    title, write = _WRITERS[kind]
    occasion = _Occasion(story=story, recipient=recipient, at=at, zone_name=zone_name)
    return message(f"{_title(title, occasion)}: {_name(story)}", write(occasion))


def _title(title: str, occasion: _Occasion) -> str:
    return title.replace("{left}", occasion.left).replace("{please}", _please(occasion.story))


def _please(story: Story) -> str:
    if story.accepted_by:
        return "Second approver needed"
    return "Corrected and sent again, please accept or reject" if story.thread else "Please accept or reject"


def _name(story: Story) -> str:
    project = story.project_name.strip() or f"project {story.project_id}"
    job = f"job {story.job.strip()}" if story.job and story.job.strip() else ""
    project = {Kind.UPDATE: f"update of {project}", Kind.UNDO: f"undo for {project}"}.get(story.kind, project)
    return ", ".join(part for part in (project, job, change_text(story)) if part)


def _receipt(occasion: _Occasion) -> Iterator[Part]:
    story = occasion.story
    yield Say(_sentence(story), bold=True)
    if story.blocks:
        yield Say(
            f"{counted(story.blocks, 'blocking problem')} to correct first; the review names each with a way out."
        )
    yield from _figures_and_links(occasion)
    yield Say("If you did not send it, somebody used your name: tell an operator at once.")
    if story.state in {ExportState.PROPOSED, ExportState.AWAITING_ACCEPTANCE}:
        yield Say(f"To take it back: budget-export retrieve {story.export_id} --by {story.submitted_by}")


def _question(occasion: _Occasion) -> Iterator[Part]:
    story = occasion.story
    yield from _thread(occasion)
    if story.accepted_by:
        names = ", ".join(story.accepted_by)
        yield Say(f"{names} accepted this plan already. Its amount needs a second, different approver.", bold=True)
    yield from _figures_and_links(occasion)
    yield from _how_to_answer()


def _reminder(occasion: _Occasion) -> Iterator[Part]:
    yield Say(f"It waits since {occasion.local(_waiting_since(occasion.story))}; {occasion.left}.", bold=True)
    yield from _question(occasion)


def _escalation(occasion: _Occasion) -> Iterator[Part]:
    yield Say(
        f"It waits since {occasion.local(_waiting_since(occasion.story))}, and nobody who may decide has answered;"
        f" {occasion.left}.",
        bold=True,
    )
    if not occasion.is_channel:
        yield Say(
            "You are told as a deputy, as one of the group for such cases, or as an operator. Remind the approvers; as"
            " a deputy you may decide yourself on your days. An operator can enrol an approver or a deputy."
        )
    yield from _question(occasion)


def _decided(occasion: _Occasion) -> Iterator[Part]:
    story, name = occasion.story, email_key(occasion.recipient)
    for decision in story.decisions:
        deputised = decision.deputy_for is not None and email_key(decision.deputy_for) == name
        if decision.verdict not in {"accept", "reject"} or not (deputised or email_key(decision.approver) == name):
            continue
        done = "accepted" if decision.verdict == "accept" else "rejected"
        by = f"{decision.approver}, your deputy, {done} it in your place" if deputised else f"You {done} it"
        yield Say(f"{by} on {occasion.local(decision.at)}, proven by a one-time code.", bold=True)
        if decision.reason:
            yield Say(f"Reason: {decision.reason}")
    yield Say(_sentence(story))
    yield from _figures_and_links(occasion)
    yield Say("If this is not right, somebody used your name: tell an operator at once, who can revoke your enrolment.")


def _expired(occasion: _Occasion) -> Iterator[Part]:
    yield Say(_sentence(occasion.story), bold=True)
    if occasion.is_for_sender:
        yield Say("Nothing was unlocked or changed in Procore. Send it again when somebody can answer.")
    yield from _figures_and_links(occasion)


def _rejected(occasion: _Occasion) -> Iterator[Part]:
    story = occasion.story
    rejections = [decision for decision in story.decisions if decision.verdict == "reject"]
    who = rejections[-1].approver if rejections else story.moved_by
    reason = rejections[-1].reason if rejections else story.reason
    yield Say(f"{who} rejected it. Nothing was written to Vista.")
    yield Say(f"Reason: {reason}", bold=True)
    yield Say(
        "It is made editable again in Procore's Budget tool, with its budget changes kept: correct it there, lock it,"
        " and send it again. The next review shows this reason, and first of all what changed since."
    )
    yield from _thread(occasion)
    yield from _figures_and_links(occasion)


def _verified(occasion: _Occasion) -> Iterator[Part]:
    job = (occasion.story.job or "").strip()
    yield Say(_sentence(occasion.story), bold=True)
    yield from _figures_and_links(occasion)
    yield Say(f"In Vista: JC Job Phases and JC Original Estimates of job {job}. The run holds a tick for each line.")


def _verification_failed(occasion: _Occasion) -> Iterator[Part]:
    story = occasion.story
    yield Say(_sentence(story), bold=True)
    yield from _reason(story)
    yield Say(
        "Compare the lines of the report with Vista. When all is right there:"
        f" budget-export clear {story.export_id} --by MAIL --reason TEXT"
    )
    yield from _figures_and_links(occasion)


def _ended(occasion: _Occasion) -> Iterator[Part]:
    yield Say(_sentence(occasion.story), bold=True)
    yield from _reason(occasion.story)
    yield from _figures_and_links(occasion)


def _retrieved(occasion: _Occasion) -> Iterator[Part]:
    story = occasion.story
    yield Say(f"{story.moved_by or 'Somebody'} took it back. There is nothing to decide any more.", bold=True)
    yield from _reason(story)
    yield from _figures_and_links(occasion)


def _exchanged(occasion: _Occasion) -> Iterator[Part]:
    for decision in occasion.story.decisions:
        if decision.reason.startswith(EXCHANGED):
            yield Say(f"Question {decision.ask}, {occasion.local(decision.at)}: {decision.reason}", bold=True)
    yield Say("Nothing was decided by it. Find out who reaches the Prefect server's API besides its workers.")
    yield from _figures_and_links(occasion)


def _stuck(occasion: _Occasion) -> Iterator[Part]:
    moved_at = occasion.story.moved_at
    yield Say(_sentence(occasion.story), bold=True)
    since = f" since {occasion.local(moved_at)}" if moved_at else ""
    yield Say(f"It stands still{since}: its run is gone, or died again and again.")
    yield Say("Read the run's log, put right what it says, and press Retry: it goes on from where it stands.")
    yield from _figures_and_links(occasion)


def _thread(occasion: _Occasion) -> Iterator[Part]:
    story = occasion.story
    if story.thread:
        yield Listed("It was rejected before:", tuple(attempt_text(one, occasion.zone_name) for one in story.thread))
        if story.is_waiting and story.lines_revised is not None:
            yield Say(revised_sentence(story.lines_revised), bold=True)


def _figures_and_links(occasion: _Occasion) -> Iterator[Part]:
    story = occasion.story
    yield Facts(tuple(figures(story, occasion.local)))
    yield Link("Read the review", story.review_url)
    yield Link("Open the run", story.run_url)


def _how_to_answer() -> Iterator[Part]:
    yield Say(RESUME_TEXT)
    yield Say(NEEDED_TEXT)
    yield Say(RULES_TEXT)


def _reason(story: Story) -> Iterator[Part]:
    if story.reason.strip():
        yield Say(f"Reason: {story.reason}")


def _sentence(story: Story) -> str:
    return outcome_sentence(story.state, project=story.project_name, job=story.job, kind=story.kind)


def _waiting_since(story: Story) -> datetime:
    return story.asked_at or story.sent_at


_WRITERS: dict[NoticeKind, tuple[str, Callable[[_Occasion], Iterator[Part]]]] = {
    NoticeKind.RECEIPT: ("A budget was sent in your name", _receipt),
    NoticeKind.QUESTION: ("{please}", _question),
    NoticeKind.REMINDER: ("Reminder, {left}", _reminder),
    NoticeKind.ESCALATION: ("No answer yet, {left}", _escalation),
    NoticeKind.DECIDED: ("Decided in your name", _decided),
    NoticeKind.EXPIRED: ("Expired without an answer", _expired),
    NoticeKind.REJECTED: ("Rejected", _rejected),
    NoticeKind.VERIFIED: ("Verified in Vista", _verified),
    NoticeKind.VERIFICATION_FAILED: ("NOT as accepted in Vista", _verification_failed),
    NoticeKind.STALE: ("Out of date, nothing written", _ended),
    NoticeKind.FAILED: ("Export failed, nothing written", _ended),
    NoticeKind.RETRIEVED: ("Taken back", _retrieved),
    NoticeKind.EXCHANGED: ("An answer was forged or exchanged", _exchanged),
    NoticeKind.STUCK: ("Stands still", _stuck),
}
