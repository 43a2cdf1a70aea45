"""What the journal tells of exports that came before."""

from datetime import timedelta

import pytest

from connectors.journal import Journal
from connectors.journal.errors import UnknownExport
from connectors.journal.records import ExportRecord
from jobcost.lifecycle import ExportState
from tests.connectors.exports import DEADLINE, MONDAY, SENDER, answer_to, awaiting, enrolled, sent, verified

HOUR = timedelta(hours=1)


def _rejected(journal: Journal, export_id: str, project_id: int = 1204, *, hours: int = 0) -> ExportRecord:
    enrolled(journal)
    at = MONDAY + hours * HOUR
    record = awaiting(journal, project_id, export_id=export_id, at=at)
    return journal.record_rejection(record.id, answer_to(record, reason="wrong phase"), at=at)


def test_a_budget_sent_again_follows_its_rejected_attempts_oldest_first(journal: Journal) -> None:
    first, second = _rejected(journal, "EX-B"), _rejected(journal, "EX-A", hours=1)
    again = awaiting(journal, export_id="EX-C", at=MONDAY + 2 * HOUR)
    assert journal.earlier_attempts(again.id) == (first, second)
    assert journal.earlier_attempts(second.id) == (first,)
    assert journal.earlier_attempts(first.id) == ()


def test_a_verified_export_ends_the_thread(journal: Journal) -> None:
    _rejected(journal, "EX-A")
    done = verified(journal, export_id="EX-B", at=MONDAY + HOUR)
    assert [one.id for one in journal.earlier_attempts(done.id)] == ["EX-A"]
    after = _rejected(journal, "EX-C", hours=2)
    again = awaiting(journal, export_id="EX-D", at=MONDAY + 3 * HOUR)
    assert journal.earlier_attempts(again.id) == (after,)


def test_what_ended_otherwise_or_concerns_another_job_is_no_attempt(journal: Journal) -> None:
    rejected = _rejected(journal, "EX-A")
    _rejected(journal, "EX-OTHER", 77)
    taken_back = awaiting(journal, export_id="EX-B", at=MONDAY + HOUR)
    journal.retrieve(taken_back.id, actor=SENDER, reason="mine", at=MONDAY + HOUR)
    again = awaiting(journal, export_id="EX-C", at=MONDAY + 2 * HOUR)
    assert journal.earlier_attempts(again.id) == (rejected,)


def test_attempts_of_one_moment_are_told_apart_by_their_ids(journal: Journal) -> None:
    first, second = _rejected(journal, "EX-A"), _rejected(journal, "EX-B")
    assert journal.earlier_attempts(second.id) == (first,)
    assert journal.earlier_attempts(first.id) == ()


def test_an_export_without_a_job_follows_nothing(journal: Journal) -> None:
    _rejected(journal, "EX-A")
    assert journal.earlier_attempts(sent(journal, export_id="EX-B", at=MONDAY + HOUR).id) == ()
    with pytest.raises(UnknownExport):
        journal.earlier_attempts("EX-Z")


def test_what_ended_since_a_moment_is_listed_in_the_order_of_sending(journal: Journal) -> None:
    late, early = awaiting(journal, 1), _rejected(journal, "EX-2", 2, hours=1)
    (expired,) = journal.expire_overdue(DEADLINE)
    assert (expired.id, expired.state) == (late.id, ExportState.EXPIRED)
    open_still = awaiting(journal, 3, at=MONDAY + 2 * HOUR)
    assert journal.ended_since(MONDAY + HOUR) == (expired, early)
    assert journal.ended_since(MONDAY + HOUR + timedelta(microseconds=1)) == (expired,)
    assert journal.ended_since(DEADLINE + HOUR) == ()
    assert open_still.ended_at is None
