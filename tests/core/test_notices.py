"""Who is told what, and when, about one export and about people."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from jobcost.config import Acceptance
from jobcost.lifecycle import ExportState
from jobcost.notices import (
    Audience,
    NoticeKind,
    Story,
    digest_notices,
    enrolled_notices,
    locked_notices,
    notices_due,
)
from tests.core.stories import (
    ANA,
    ASKED,
    AUDIENCE,
    BEN,
    CHANNEL,
    DEADLINE,
    DORA,
    HOUR,
    OLIVIA,
    PM,
    SENT,
    decision,
    ended,
    story,
)

RULES = Acceptance(remind_hours_before=(48, 24), escalate_hours_before=8, escalate_to=("group@contractor.example",))
GROUP = "group@contractor.example"


def told(
    about: Story, at: datetime = ASKED, audience: Audience = AUDIENCE, rules: Acceptance = RULES
) -> dict[str, list[str]]:
    """Kinds with their recipients, in order."""
    due: dict[str, list[str]] = {}
    for notice in notices_due(about, audience, rules, at):
        due.setdefault(notice.kind.value, []).append(notice.recipient)
    return due


def keys(about: Story, kind: NoticeKind, at: datetime = ASKED) -> list[str]:
    return [notice.key for notice in notices_due(about, AUDIENCE, RULES, at) if notice.kind is kind]


def test_a_sent_budget_is_told_to_its_sender_and_asked_of_everyone_who_may_decide_at_once() -> None:
    assert told(story()) == {"receipt": [PM], "question": [ANA, BEN, CHANNEL]}


def test_a_key_says_what_a_notice_is_about() -> None:
    assert keys(story(), NoticeKind.QUESTION) == [
        "EX-20260814-7Q4KM2:question:0:ana@contractor.example",
        "EX-20260814-7Q4KM2:question:0:ben@contractor.example",
        "EX-20260814-7Q4KM2:question:0:block:slack-webhook/budget-approvals",
    ]
    assert keys(story(), NoticeKind.REMINDER, DEADLINE - HOUR)[0] == (
        "EX-20260814-7Q4KM2:reminder:24:ana@contractor.example"
    )


def test_a_refused_answer_asks_nobody_again_by_mail() -> None:
    again = story(ask=2, decisions=(decision("refused", ANA),))
    assert keys(again, NoticeKind.QUESTION) == keys(story(), NoticeKind.QUESTION)
    assert "decided" not in told(again)


def test_after_the_first_of_two_acceptances_the_others_are_asked_anew() -> None:
    half = story(ask=2, accepted_by=(ANA,), decisions=(decision("accept", ANA),))
    assert told(half) == {"receipt": [PM], "decided": [ANA], "question": [BEN, CHANNEL]}
    assert keys(half, NoticeKind.QUESTION)[0] == "EX-20260814-7Q4KM2:question:1:ben@contractor.example"


def test_a_deputys_decision_is_told_to_the_deputy_and_to_the_one_in_whose_place_it_was_made() -> None:
    accepted = story(state=ExportState.ACCEPTED, decisions=(decision("accept", DORA, deputy_for=ANA),))
    assert told(accepted) == {"receipt": [PM], "decided": [ANA, DORA]}


def test_a_sender_who_may_decide_is_not_asked_about_his_own_budget() -> None:
    assert told(story(submitted_by=" Ana@Contractor.example "))["question"] == [BEN, CHANNEL]


def test_a_budget_that_nobody_may_decide_on_is_told_to_the_operators_at_once() -> None:
    alone = replace(AUDIENCE, deciders=(PM,))
    assert told(story(), audience=alone) == {"receipt": [PM], "question": [CHANNEL], "escalation": [OLIVIA]}


def test_a_reminder_comes_with_its_hour_and_only_the_latest_one() -> None:
    assert "reminder" not in told(story(), DEADLINE - 49 * HOUR)
    assert keys(story(), NoticeKind.REMINDER, DEADLINE - 48 * HOUR)[0].split(":")[2] == "48"
    assert keys(story(), NoticeKind.REMINDER, DEADLINE - 24 * HOUR)[0].split(":")[2] == "24"
    assert told(story(), DEADLINE - 24 * HOUR)["reminder"] == [ANA, BEN, CHANNEL]


def test_a_reminder_whose_hour_was_over_when_it_was_asked_is_left_out() -> None:
    late = story(asked_at=DEADLINE - 10 * HOUR)
    assert "reminder" not in told(late, DEADLINE - 9 * HOUR)


def test_shortly_before_the_deadline_deputies_and_the_group_are_told() -> None:
    assert "escalation" not in told(story(), DEADLINE - 9 * HOUR)
    assert told(story(), DEADLINE - 8 * HOUR)["escalation"] == [CHANNEL, DORA, GROUP]


def test_without_deputies_and_group_the_operators_are_told() -> None:
    rules = Acceptance(escalate_hours_before=8)
    assert told(story(), DEADLINE - HOUR, replace(AUDIENCE, deputies=()), rules)["escalation"] == [CHANNEL, OLIVIA]


def test_escalation_can_be_switched_off() -> None:
    assert "escalation" not in told(story(), DEADLINE - HOUR, rules=Acceptance(escalate_hours_before=0))


def test_at_the_deadline_nobody_is_asked_or_reminded_any_more() -> None:
    assert told(story(), DEADLINE) == {"receipt": [PM]}


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        (ended(ExportState.EXPIRED), {"expired": [ANA, BEN, CHANNEL, PM]}),
        (
            ended(ExportState.REJECTED, decisions=(decision("reject", ANA),)),
            {"decided": [ANA], "rejected": [CHANNEL, PM]},
        ),
        (ended(ExportState.VERIFIED, accepted_by=(ANA,)), {"verified": [ANA, CHANNEL, PM]}),
        (
            ended(ExportState.VERIFICATION_FAILED, accepted_by=(ANA,)),
            {"verification_failed": [ANA, CHANNEL, OLIVIA, PM]},
        ),
        (ended(ExportState.STALE, accepted_by=(BEN,)), {"stale": [BEN, CHANNEL, PM]}),
        (ended(ExportState.FAILED), {"failed": [CHANNEL, OLIVIA, PM]}),
        (ended(ExportState.RETRIEVED, moved_by=PM), {"retrieved": [ANA, BEN, CHANNEL]}),
        (ended(ExportState.RETRIEVED, moved_by=OLIVIA), {"retrieved": [ANA, BEN, CHANNEL, PM]}),
        (ended(ExportState.BLOCKED, asked_at=None), {}),
        (ended(ExportState.UNCHANGED, asked_at=None), {}),
    ],
    ids=lambda value: str(value.state) if isinstance(value, Story) else "",
)
def test_an_end_is_told_to_those_it_concerns(about: Story, expected: dict[str, list[str]]) -> None:
    assert told(about, SENT + 25 * HOUR) == {"receipt": [PM], **expected}


def test_what_failed_before_anybody_was_asked_is_told_to_the_sender_once() -> None:
    assert told(ended(ExportState.FAILED, asked_at=None), SENT + 25 * HOUR) == {
        "receipt": [PM],
        "failed": [CHANNEL, OLIVIA],
    }


def test_what_was_taken_back_before_anybody_was_asked_is_no_news_to_approvers() -> None:
    taken = ended(ExportState.RETRIEVED, asked_at=None, moved_by=PM)
    assert told(taken, SENT + 25 * HOUR) == {"receipt": [PM], "retrieved": [CHANNEL]}


def test_an_export_that_ended_more_than_a_week_ago_is_no_news() -> None:
    old = ended(ExportState.EXPIRED)
    assert told(old, SENT + timedelta(days=8)) != {}
    assert told(old, SENT + timedelta(days=8, seconds=1)) == {}


def test_a_sender_hears_of_a_budget_whose_check_does_not_end_and_again_when_it_does() -> None:
    checking = story(state=ExportState.PROPOSED, asked_at=None, deadline_at=None)
    assert told(checking, SENT + timedelta(minutes=14)) == {}
    assert keys(checking, NoticeKind.RECEIPT, SENT + timedelta(minutes=15)) == [
        "EX-20260814-7Q4KM2:receipt:checking:pm@contractor.example"
    ]
    assert keys(story(), NoticeKind.RECEIPT) == ["EX-20260814-7Q4KM2:receipt:pm@contractor.example"]


def test_one_person_in_two_spellings_is_told_once() -> None:
    twice = replace(AUDIENCE, deciders=("Ana@Contractor.Example", ANA, "  ", ANA + " "))
    assert told(story(), audience=twice)["question"] == ["Ana@Contractor.Example", CHANNEL]


def test_a_key_fits_the_journal_however_long_the_address_and_still_tells_people_apart() -> None:
    long = tuple("x" * 240 + f"{number}@example.com" for number in range(3))
    made = [notice.key for notice in notices_due(story(), Audience(deciders=long), RULES, ASKED)]
    assert len(set(made)) == 4
    assert max(len(key) for key in made) == 250


def test_operators_are_told_of_a_lock_but_not_the_locked_one() -> None:
    made = locked_notices("Olivia@contractor.example", 7, (OLIVIA, "otto@contractor.example"))
    assert [(notice.key, notice.recipient, notice.export_id) for notice in made] == [
        ("locked:olivia@contractor.example:7:otto@contractor.example", "otto@contractor.example", None)
    ]


def test_a_person_is_told_of_each_change_of_the_enrolment() -> None:
    assert [notice.key for notice in enrolled_notices(ANA, 3)] == ["enrolled:3:ana@contractor.example"]


def test_a_digest_comes_once_a_day() -> None:
    first, again = (digest_notices(date(2026, 8, 17), (ANA, ANA.upper())) for _ in range(2))
    assert first == again
    assert [notice.key for notice in first] == ["digest:2026-08-17:ana@contractor.example"]


def test_a_digest_of_a_profile_is_another_than_that_of_the_rest() -> None:
    (plain,), (named,) = (digest_notices(date(2026, 8, 17), ("ana@x.example",), profile=one) for one in ("", "north"))
    assert plain.key == "digest:2026-08-17:ana@x.example"
    assert named.key == "digest:2026-08-17:north:ana@x.example"
