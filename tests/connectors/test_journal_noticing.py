"""Messages to people: each is told once, whatever fails, and a failure is seen."""

from datetime import timedelta

import pytest

from connectors.journal import Journal
from connectors.journal.records import NewNotice, NoticeRecord
from tests.connectors.exports import ANA, BEN, MONDAY, sent

SOON = MONDAY + timedelta(minutes=5)
LATER = MONDAY + timedelta(hours=1)
ASK_ANA = NewNotice(key="EX-1204:question:0:ana", kind="question", export_id="EX-1204", recipient=ANA)
ASK_BEN = NewNotice(key="EX-1204:question:0:ben", kind="question", export_id="EX-1204", recipient=BEN)
DIGEST = NewNotice(key="digest:2026-11-23:ana", kind="digest", export_id=None, recipient=ANA)


@pytest.fixture
def told(journal: Journal) -> Journal:
    """A journal with two messages about an export, and one about none that came a little later."""
    sent(journal)
    assert journal.add_notices([ASK_ANA, ASK_BEN], at=MONDAY) == 2
    assert journal.add_notices([DIGEST], at=SOON) == 1
    return journal


def _due(journal: Journal, at: object = SOON) -> list[str]:
    return [one.key for one in journal.notices_due(at)]  # type: ignore[arg-type]  # a time


def test_a_message_waits_with_all_that_is_known_of_it(told: Journal) -> None:
    assert told.notices_due(MONDAY)[0] == NoticeRecord(
        key="EX-1204:question:0:ana",
        kind="question",
        export_id="EX-1204",
        recipient="ana.ruiz@example.com",
        created_at=MONDAY,
        attempts=0,
        next_try_at=MONDAY,
        delivered_at=None,
        given_up_at=None,
        last_problem="",
    )


def test_messages_are_due_oldest_first_and_not_before_their_time(told: Journal) -> None:
    assert _due(told, MONDAY) == [ASK_ANA.key, ASK_BEN.key]
    assert _due(told, SOON) == [ASK_ANA.key, ASK_BEN.key, DIGEST.key]


def test_a_message_known_already_is_left_alone(told: Journal) -> None:
    told.claim_notice(ASK_ANA.key, at=MONDAY, next_try_at=LATER)
    before = told.notices()
    again = NewNotice(key=ASK_ANA.key, kind="reminder", export_id=None, recipient=BEN)
    assert told.add_notices([again, ASK_BEN, DIGEST], at=LATER) == 0
    assert told.notices() == before
    assert told.add_notices([], at=LATER) == 0


def test_the_same_message_twice_in_one_go_is_one(journal: Journal) -> None:
    assert journal.add_notices([DIGEST, DIGEST], at=MONDAY) == 1
    assert len(journal.notices()) == 1


def test_a_claimed_message_is_nobody_elses_until_its_next_try(told: Journal) -> None:
    assert told.claim_notice(ASK_ANA.key, at=SOON, next_try_at=LATER)
    assert not told.claim_notice(ASK_ANA.key, at=SOON, next_try_at=LATER)
    assert _due(told) == [ASK_BEN.key, DIGEST.key]
    # Whoever claimed it died: after a while it is somebody's again.
    assert told.claim_notice(ASK_ANA.key, at=LATER, next_try_at=LATER + timedelta(hours=1))
    assert told.notices("EX-1204")[0].attempts == 2


def test_a_message_that_is_not_there_cannot_be_claimed(told: Journal) -> None:
    assert not told.claim_notice("EX-1:receipt", at=SOON, next_try_at=LATER)


def test_a_delivered_message_is_never_sent_again(told: Journal) -> None:
    told.claim_notice(ASK_ANA.key, at=SOON, next_try_at=SOON)
    told.record_failure(ASK_ANA.key, problem="451 try later", at=SOON, give_up=False)
    told.record_delivery(ASK_ANA.key, at=SOON)
    assert ASK_ANA.key not in _due(told, LATER)
    assert not told.claim_notice(ASK_ANA.key, at=LATER, next_try_at=LATER)
    delivered = told.notices("EX-1204")[0]
    assert (delivered.delivered_at, delivered.last_problem, delivered.attempts) == (SOON, "", 1)


def test_a_late_failure_does_not_undo_a_delivery(told: Journal) -> None:
    told.record_delivery(ASK_ANA.key, at=SOON)
    told.record_failure(ASK_ANA.key, problem="timed out", at=LATER, give_up=True)
    told.record_delivery(ASK_ANA.key, at=LATER)
    delivered = told.notices("EX-1204")[0]
    assert (delivered.delivered_at, delivered.given_up_at, delivered.last_problem) == (SOON, None, "")
    assert told.undelivered() == 0


def test_a_message_that_failed_is_tried_again_until_it_is_given_up(told: Journal) -> None:
    assert told.undelivered() == 0
    told.claim_notice(ASK_BEN.key, at=MONDAY, next_try_at=SOON)
    told.record_failure(ASK_BEN.key, problem="451 try later", at=MONDAY, give_up=False)
    assert (ASK_BEN.key in _due(told), told.undelivered()) == (True, 1)
    told.record_failure(ASK_BEN.key, problem="550 no such person", at=SOON, give_up=True)
    assert (ASK_BEN.key in _due(told, LATER), told.undelivered()) == (False, 1)
    assert not told.claim_notice(ASK_BEN.key, at=LATER, next_try_at=LATER)
    given_up = told.notices("EX-1204")[1]
    assert (given_up.given_up_at, given_up.last_problem) == (SOON, "550 no such person")


def test_a_failure_without_words_is_a_failure_all_the_same(told: Journal) -> None:
    told.record_failure(ASK_BEN.key, problem="", at=SOON, give_up=False)
    assert told.undelivered() == 1


def test_messages_are_listed_by_export(told: Journal) -> None:
    assert [one.key for one in told.notices("EX-1204")] == [ASK_ANA.key, ASK_BEN.key]
    assert [one.key for one in told.notices()] == [ASK_ANA.key, ASK_BEN.key, DIGEST.key]


def test_a_key_longer_than_any_column_is_still_one_key(journal: Journal) -> None:
    long, other = (NewNotice(key="x" * 400 + end, kind="digest", export_id=None, recipient=ANA) for end in "ab")
    assert journal.add_notices([long, other], at=MONDAY) == 2
    assert journal.add_notices([long, other], at=MONDAY) == 0
    assert journal.claim_notice(long.key, at=MONDAY, next_try_at=LATER)
    journal.record_delivery(long.key, at=MONDAY)
    assert [one.delivered_at for one in sorted(journal.notices(), key=lambda one: one.attempts)] == [None, MONDAY]
    assert {len(one.key) for one in journal.notices()} == {245}
