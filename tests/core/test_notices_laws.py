"""Laws of notices.

1. The same story gives the same notices, in whatever order people are named.
2. What is due stays due until the deadline or the end; only a reminder gives way to a later one.
3. Nobody is asked, reminded or escalated to about a budget that they sent, or accepted already.
4. An export that ended, or whose deadline has passed, asks nobody.
5. A key names one notice, and fits the journal.
6. Refused answers cause nothing.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from jobcost.config import Acceptance
from jobcost.lifecycle import ExportState
from jobcost.notices import Audience, Notice, NoticeKind, Story, notices_due
from jobcost.people import email_key
from tests.core.stories import ASKED, DEADLINE, SENT, decision, story

LAW = settings(deadline=None, max_examples=80)

ASKING = {NoticeKind.QUESTION, NoticeKind.REMINDER, NoticeKind.ESCALATION}
ENDED = frozenset(ExportState) - {
    ExportState.PROPOSED,
    ExportState.AWAITING_ACCEPTANCE,
    ExportState.ACCEPTED,
    ExportState.APPLYING,
    ExportState.APPLIED,
}

NAMES = st.sampled_from(["ana", "Ana ", "ben", "dora", "olivia", "pm", "PM", "zoë", ""])
PEOPLE = st.lists(NAMES.map(lambda name: f"{name}@example.com" if name else ""), max_size=5).map(tuple)
CHANNELS = st.lists(st.sampled_from(["block:slack-webhook/a", "block:ms-teams-webhook/b"]), max_size=2).map(tuple)
AUDIENCES = st.builds(Audience, deciders=PEOPLE, deputies=PEOPLE, operators=PEOPLE, channels=CHANNELS)
RULES = st.builds(
    Acceptance,
    remind_hours_before=st.sets(st.integers(1, 200), max_size=3).map(lambda hours: tuple(sorted(hours, reverse=True))),
    escalate_hours_before=st.integers(0, 200),
    escalate_to=st.lists(st.sampled_from(["group@example.com", "ana@example.com"]), unique=True).map(tuple),
)
# Around the whole life of an export: before it was sent, to a fortnight after.
MOMENTS = st.integers(-60, 14 * 24 * 60).map(lambda minutes: SENT + timedelta(minutes=minutes))
STORIES = st.builds(
    lambda state, sender, accepted, asked, end: story(
        state=state,
        submitted_by=sender,
        accepted_by=accepted,
        asked_at=asked,
        ended_at=end if state in ENDED else None,
        decisions=tuple(decision("accept", email, ask) for ask, email in enumerate(accepted, 1)),
        moved_by=sender,
    ),
    st.sampled_from(ExportState),
    NAMES.map(lambda name: f"{name or 'pm'}@example.com"),
    PEOPLE,
    st.one_of(st.none(), st.just(ASKED), MOMENTS),
    MOMENTS,
)


def asking(notices: tuple[Notice, ...]) -> list[Notice]:
    return [notice for notice in notices if notice.kind in ASKING]


@LAW
@given(STORIES, AUDIENCES, RULES, MOMENTS, st.randoms(use_true_random=False))
def test_the_order_in_which_people_are_named_does_not_matter(
    about: Story, audience: Audience, rules: Acceptance, at: datetime, chance: Random
) -> None:
    def shuffled(people: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(chance.sample(people, len(people)))

    mixed = Audience(
        deciders=shuffled(audience.deciders),
        deputies=shuffled(audience.deputies),
        operators=shuffled(audience.operators),
        channels=shuffled(audience.channels),
    )
    assert notices_due(about, mixed, rules, at) == notices_due(about, audience, rules, at)


@LAW
@given(STORIES, AUDIENCES, RULES, MOMENTS, MOMENTS)
def test_what_is_due_stays_due_until_it_makes_no_sense_any_more(
    about: Story, audience: Audience, rules: Acceptance, one: datetime, another: datetime
) -> None:
    earlier, later = min(one, another), max(one, another)
    if about.ended_at is not None and later - about.ended_at > timedelta(days=7):
        return
    before, now = notices_due(about, audience, rules, earlier), notices_due(about, audience, rules, later)
    gone = set(before) - set(now)
    if later >= DEADLINE:
        gone = {notice for notice in gone if notice.kind not in ASKING}
    else:
        latest = {notice.recipient for notice in now if notice.kind is NoticeKind.REMINDER}
        gone = {notice for notice in gone if notice.kind is not NoticeKind.REMINDER or notice.recipient not in latest}
    # A receipt that told of a check in progress is the only one of a state; the state does not change here.
    assert gone == set()


@LAW
@given(STORIES, AUDIENCES, RULES, MOMENTS)
def test_nobody_is_asked_about_what_they_sent_or_accepted(
    about: Story, audience: Audience, rules: Acceptance, at: datetime
) -> None:
    done = {email_key(email) for email in (about.submitted_by, *about.accepted_by)}
    assert [
        notice for notice in asking(notices_due(about, audience, rules, at)) if email_key(notice.recipient) in done
    ] == []


@LAW
@given(STORIES, AUDIENCES, RULES, MOMENTS)
def test_only_a_budget_that_waits_in_time_asks(
    about: Story, audience: Audience, rules: Acceptance, at: datetime
) -> None:
    if not about.is_waiting or at >= DEADLINE:
        assert asking(notices_due(about, audience, rules, at)) == []


@LAW
@given(STORIES, AUDIENCES, RULES, MOMENTS)
def test_a_key_names_one_notice_and_one_reminder_is_due_at_most(
    about: Story, audience: Audience, rules: Acceptance, at: datetime
) -> None:
    due = notices_due(about, audience, rules, at)
    assert len({notice.key for notice in due}) == len(due)
    assert all(len(notice.key) <= 250 and notice.recipient.strip() for notice in due)
    reminded = [email_key(notice.recipient) for notice in due if notice.kind is NoticeKind.REMINDER]
    assert len(reminded) == len(set(reminded))


@LAW
@given(STORIES, AUDIENCES, RULES, MOMENTS, st.integers(1, 9))
def test_refused_answers_cause_nothing(
    about: Story, audience: Audience, rules: Acceptance, at: datetime, refused: int
) -> None:
    tried = replace(
        about,
        ask=about.ask + refused,
        decisions=(*about.decisions, *(decision("refused", "ana@example.com", 90 + n) for n in range(refused))),
    )
    assert notices_due(tried, audience, rules, at) == notices_due(about, audience, rules, at)


@LAW
@given(STORIES, AUDIENCES, RULES, MOMENTS)
def test_an_end_older_than_a_week_causes_nothing(
    about: Story, audience: Audience, rules: Acceptance, at: datetime
) -> None:
    if about.ended_at is not None and at > about.ended_at + timedelta(days=7):
        assert notices_due(about, audience, rules, at) == ()
