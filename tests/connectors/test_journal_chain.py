"""The chain grows by one link for each recorded row, whoever records at the same time, and only under its own key."""

import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import delete, text

from connectors.journal import Journal
from connectors.journal import chain as chaining
from connectors.journal.chain import canonical_text, digest_of, link
from connectors.journal.errors import ExportMoved, JournalDamaged
from connectors.journal.models import evidence
from connectors.journal.records import Evidence, Verdict
from connectors.journal.vault import JournalKeyWrong, new_key
from jobcost.lifecycle import ExportState
from tests.connectors.exports import DEADLINE, MONDAY, SENDER, WARNING, accepted, awaiting, plan_of, sent
from tests.connectors.story import links
from tests.keys import JOURNAL_KEY
from tests.people import enrolled_approver

ROOT = Path(__file__).parents[2]
NASTY = 'pipe | quote " \\ NUL \x00 lone \ud800 \N{EURO SIGN} \N{GRINNING FACE} e\u0301 \u2028\n'


def test_the_canonical_form_is_the_same_for_ever() -> None:
    # A journal that was sealed with another form could not be verified any more.
    facts = {
        "verdict": Verdict.ACCEPT,
        "at": datetime(2026, 11, 23, 10, 0, 0, 5, tzinfo=timezone(timedelta(hours=1))),
        "cost": Decimal("41200.10"),
        "nothing": Decimal("-0.00"),
        "large": Decimal("1E+3"),
        "ok": True,
        "step": 58_000_000,
        "limit": None,
        "reason": "r\u00e9vis\u00e9 \x00",
        "rows": [{"position": 1}],
    }
    assert canonical_text(facts) == (
        '{"at":"2026-11-23T09:00:00.000005+00:00","cost":"41200.10","large":"1000","limit":null,"nothing":"0.00",'
        '"ok":true,"reason":"r\u00e9vis\u00e9 \ufffd","rows":[{"position":1}],"step":58000000,"verdict":"accept"}'
    )
    assert digest_of({"a": 1}) == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"


def test_what_could_lose_cents_or_is_no_value_of_the_journal_is_never_linked() -> None:
    for value in (0.1, b"bytes", object()):
        with pytest.raises(TypeError, match="expected a value that the journal stores"):
            digest_of({"value": value})


def test_both_databases_come_to_the_same_chain(journal: Journal) -> None:
    sent(journal)
    plan = plan_of(1204)
    journal.assign_job("EX-1204", plan.job, NASTY, at=MONDAY)
    journal.record_plan(
        "EX-1204",
        plan,
        (WARNING,),
        to_state=ExportState.AWAITING_ACCEPTANCE,
        deadline_at=DEADLINE,
        actor=NASTY,
        at=MONDAY + timedelta(microseconds=1),
    )
    journal.retrieve("EX-1204", actor=SENDER, reason=NASTY, at=MONDAY.astimezone(timezone(timedelta(hours=-9))))
    report = journal.audit()
    assert report.problems == ()
    # The seal stands for every digest before it: the same on SQLite and on PostgreSQL, and for ever.
    assert report.links == 4
    assert report.head == "754e54294150bf27d4bfe2d9d71bed1a83f9da802453b9d0345fd1ce7ae08f5e"


@pytest.mark.parametrize(
    "number", [Decimal("0.100"), Decimal("-0.000"), Decimal("1E+3"), Decimal("12345678901234567890.123456789")], ids=str
)
def test_a_limit_has_one_digest_however_it_is_spelled_and_stored(journal: Journal, number: Decimal) -> None:
    enrolled_approver(journal, "dee@example.com", limit=abs(number))
    assert journal.audit().problems == ()


def test_every_recorded_row_has_its_link_in_the_order_of_recording(journal: Journal) -> None:
    record = awaiting(journal)
    journal.record_evidence(record.id, Evidence(kind="note", json_text="{}"), at=MONDAY)
    journal.retrieve(record.id, actor=SENDER, reason="mine", at=MONDAY)
    with journal._reading() as connection:
        assert links(connection) == [
            (1, "transition", "EX-1204", 1),
            (2, "transition", "EX-1204", 2),
            (3, "finding", "EX-1204", 1),
            (4, "evidence", "EX-1204", 1),
            (5, "transition", "EX-1204", 3),
        ]


def test_what_is_rolled_back_leaves_no_link(journal: Journal) -> None:
    sent(journal)
    with journal._writing() as connection:
        link(connection, "evidence", "EX-1204", 1, {})
        connection.rollback()
    assert journal.head()[0] == 1


def test_an_empty_journal_has_no_head_and_no_problem(journal: Journal) -> None:
    assert journal.head() == (0, "")
    report = journal.audit()
    assert (report.links, report.head, report.problems) == (0, "", ())


def test_with_another_key_nothing_is_recorded(journal: Journal, journal_url: str) -> None:
    record = awaiting(journal)
    with Journal(journal_url, new_key()) as other, pytest.raises(JournalKeyWrong, match="not sealed with this key"):
        other.retrieve(record.id, actor=SENDER, reason="mine", at=MONDAY)
    assert journal.export(record.id) == record
    assert journal.audit().problems == ()


def test_a_new_key_goes_on_where_the_old_one_ended(journal: Journal, journal_url: str) -> None:
    awaiting(journal)
    newer = new_key()
    with Journal(journal_url, f"{newer},{JOURNAL_KEY}") as both:
        awaiting(both, 77)
        assert both.audit().problems == ()
    with Journal(journal_url, newer) as without_the_old:
        assert {one.number for one in without_the_old.audit().problems} == {1, 2, 3}


def test_a_row_taken_away_is_noticed_when_the_next_one_is_recorded(journal: Journal) -> None:
    record = awaiting(journal)
    proof = Evidence(kind="note", json_text="{}")
    journal.record_evidence(record.id, proof, at=MONDAY)
    with journal._writing() as connection:
        connection.execute(delete(evidence))
    with pytest.raises(JournalDamaged, match="Expected no link of evidence 1 of EX-1204"):
        journal.record_evidence(record.id, proof, at=MONDAY)
    assert journal.evidence(record.id) == ()


def test_a_link_out_of_the_chain_is_not_continued(journal: Journal) -> None:
    record = awaiting(journal)
    with journal._writing() as connection:
        connection.execute(text("UPDATE chain SET digest = :zeros WHERE number = 3"), {"zeros": "0" * 64})
    with pytest.raises(JournalKeyWrong):
        journal.retrieve(record.id, actor=SENDER, reason="mine", at=MONDAY)


WRITERS = 5
EACH = 5


def _record(journal: Journal, writer: int) -> None:
    for number in range(EACH):
        record = awaiting(journal, project_id=1000 * (writer + 1) + number)
        journal.record_evidence(record.id, Evidence(kind="note", json_text="{}"), at=MONDAY)


def test_threads_that_record_at_once_make_one_chain(journal: Journal) -> None:
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda writer: _record(journal, writer), range(WRITERS)))
    report = journal.audit()
    assert (report.links, report.problems) == (WRITERS * EACH * 4, ())


RECORDING = """
import sys
from connectors.journal import Journal
from tests.connectors.exports import awaiting
from tests.keys import JOURNAL_KEY
with Journal(sys.argv[1], JOURNAL_KEY) as journal:
    for number in range(5):
        awaiting(journal, 1000 * int(sys.argv[2]) + number)
"""


def test_processes_that_record_at_once_make_one_chain(journal: Journal, journal_url: str) -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", RECORDING, journal_url, str(n)], cwd=ROOT, stderr=subprocess.PIPE)
        for n in (1, 2)
    ]
    told = [process.communicate(timeout=120)[1].decode() for process in running]
    assert [process.returncode for process in running] == [0, 0], told
    report = journal.audit()
    assert (report.links, report.problems) == (2 * 5 * 3, ())


def test_an_audit_and_a_permit_see_one_moment_while_others_record(journal: Journal) -> None:
    record = accepted(journal)
    stop = threading.Event()

    def disturb() -> int:
        notes = 0
        while not stop.is_set():
            # The export may move between the reading and the writing of a note.
            with suppress(ExportMoved):
                journal.record_evidence(record.id, Evidence(kind="note", json_text="{}"), at=MONDAY)
                notes += 1
        return notes

    with ThreadPoolExecutor(1) as pool:
        disturbing = pool.submit(disturb)
        try:
            for _ in range(10):
                assert journal.permit(record.id).export_id == record.id
                assert journal.audit().problems == ()
            moved = journal.move(record.id, ExportState.APPLYING, actor="budget-export", reason="go", at=MONDAY)
        finally:
            stop.set()
        assert disturbing.result(timeout=60) > 0
    assert moved.state is ExportState.APPLYING


def _waits_for_a_lock(journal: Journal, future: Future[None]) -> bool:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    for _ in range(400):
        with journal._reading() as connection:
            if connection.scalar(waiting):
                return True
        if future.done():
            return False
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("is_locked", [True, False], ids=["with the lock", "without it"])
@pytest.mark.parametrize("journal_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_on_postgresql_a_second_writer_waits_for_the_first_and_links_after_it(
    journal: Journal, *, is_locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_locked:
        monkeypatch.setattr(chaining, "_hold", lambda _: None)

    def second() -> None:
        sent(journal, 77)

    with ThreadPoolExecutor(1) as pool:
        with journal._writing() as first:
            link(first, "evidence", "EX-FIRST", 1, {})
            later = pool.submit(second)
            assert _waits_for_a_lock(journal, later)
        if is_locked:
            later.result(timeout=60)
            assert journal.head()[0] == 2
        else:
            # The number is taken: even then the chain does not fork, but the writer loses what it recorded.
            with pytest.raises(JournalDamaged):
                later.result(timeout=60)
