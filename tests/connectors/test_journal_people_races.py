"""Many at once: one code counts once, five wrong ones lock once, one confirmation stands, one worker sends."""

import multiprocessing
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from connectors.journal import Journal
from connectors.journal.errors import ApproverNotEnrolled, CodeUsedBefore, JournalError, NothingPending
from connectors.journal.records import Actor, EnrolmentFacts, NewNotice, Role
from tests.connectors.exports import ANA, MONDAY, answer_to, awaiting, enrolled
from tests.keys import JOURNAL_KEY
from tests.people import OLGA, enrolled_operator

WORKERS = 8
ROUNDS = 10
LATER = MONDAY + timedelta(hours=1)

Act = Callable[[], object]


def _race(acts: Sequence[Act]) -> list[object]:
    """Let all acts start at the same moment; return what each came to, or why it was refused."""
    gate = threading.Barrier(len(acts))

    def run(act: Act) -> object:
        gate.wait(timeout=60)
        try:
            return act()
        except JournalError as refused:
            return refused

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def _kinds(outcomes: Sequence[object]) -> list[str]:
    return sorted(type(outcome).__name__ for outcome in outcomes)


def test_of_many_confirmations_at_once_one_stands(journal: Journal) -> None:
    for number in range(ROUNDS):
        email = f"person{number}@example.com"
        journal.request_enrolment(_approver(email), by=OLGA, reason="", at=MONDAY)
        operators = [Actor(email=f"operator{worker}@example.com") for worker in range(WORKERS)]
        outcomes = _race([partial(_confirm, journal, email, by) for by in operators])
        assert _kinds(outcomes) == ["Enrolled", *[NothingPending.__name__] * (WORKERS - 1)]
        assert [entry.change.value for entry in journal.enrolment_story(email)] == ["requested", "confirmed"]


def test_requests_at_once_follow_one_another_without_gaps(journal: Journal) -> None:
    _race([lambda: journal.request_enrolment(_approver(ANA), by=OLGA, reason="", at=MONDAY)] * WORKERS)
    assert [entry.position for entry in journal.enrolment_story(ANA)] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_one_code_decides_one_of_many_exports_at_once(journal: Journal) -> None:
    enrolled(journal, ANA)
    for number in range(ROUNDS):
        records = [awaiting(journal, project_id=100 * number + worker + 1) for worker in range(WORKERS)]
        outcomes = _race(
            [
                partial(
                    journal.record_acceptance,
                    record.id,
                    answer_to(record, code_step=58_000_000 + number),
                    complete=True,
                    at=LATER,
                )
                for record in records
            ]
        )
        assert _kinds(outcomes) == [*[CodeUsedBefore.__name__] * (WORKERS - 1), "ExportRecord"]
        assert sum(len(journal.decisions(record.id)) for record in records) == 1


def test_one_code_counts_once_among_many_processes(journal: Journal, journal_url: str) -> None:
    enrolled(journal, ANA)
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(3, mp_context=context) as pool:
        for number in range(5):
            records = [awaiting(journal, project_id=100 * number + worker + 1) for worker in range(3)]
            gate = manager.Barrier(3)
            step = 58_000_000 + number
            tries = [pool.submit(_accept_elsewhere, journal_url, record.id, step, gate) for record in records]
            assert sorted(one.result(timeout=120) for one in tries) == ["accepted", "used before", "used before"]


def test_an_operators_code_changes_one_of_many_enrolments_at_once(journal: Journal) -> None:
    enrolled_operator(journal, "uma@example.com")
    uma = Actor(email="uma@example.com", code_step=58_000_000)
    emails = [f"person{worker}@example.com" for worker in range(WORKERS)]
    outcomes = _race(
        [partial(journal.request_enrolment, _approver(email), by=uma, reason="", at=MONDAY) for email in emails]
    )
    assert _kinds(outcomes) == [*[CodeUsedBefore.__name__] * (WORKERS - 1), "PersonRecord"]
    assert len(journal.people()) == 2


def test_many_wrong_codes_at_once_lock_once(journal: Journal) -> None:
    enrolled(journal, ANA)
    _race([lambda: journal.count_wrong_code(ANA, at=LATER)] * WORKERS)
    assert [entry.change.value for entry in journal.enrolment_story(ANA)] == ["requested", "confirmed", "locked"]


def test_four_wrong_codes_at_once_are_four(journal: Journal) -> None:
    enrolled(journal, ANA)
    _race([lambda: journal.count_wrong_code(ANA, at=LATER)] * 4)
    person = journal.person(ANA)
    assert person is not None
    assert person.locked_until is None
    assert journal.count_wrong_code(ANA, at=LATER).locked_until == LATER + timedelta(minutes=30)


def test_a_decision_at_the_moment_of_a_revocation_came_before_it_or_never(journal: Journal) -> None:
    for number in range(ROUNDS):
        enrolled(journal, ANA)
        record = awaiting(journal, project_id=number + 1)
        accepted, _ = _race(
            [
                partial(journal.record_acceptance, record.id, answer_to(record), complete=True, at=LATER),
                lambda: journal.revoke(ANA, by=OLGA, reason="left", at=LATER),
            ]
        )
        is_accepted = journal.export(record.id) == accepted
        assert is_accepted is not isinstance(accepted, ApproverNotEnrolled)
        assert len(journal.decisions(record.id)) == (1 if is_accepted else 0)


def test_operators_who_change_each_other_at_once_do_not_wait_for_ever(journal: Journal) -> None:
    enrolled_operator(journal, "uma@example.com")
    enrolled_operator(journal, "vera@example.com")
    for number in range(ROUNDS):
        pairs = [("uma@example.com", "vera@example.com"), ("vera@example.com", "uma@example.com")]
        outcomes = _race(
            [
                partial(
                    journal.request_enrolment,
                    EnrolmentFacts(email=of, role=Role.OPERATOR, name=""),
                    by=Actor(email=by, code_step=58_000_000 + number),
                    reason="",
                    at=MONDAY,
                )
                for by, of in pairs
            ]
        )
        assert _kinds(outcomes) == ["PersonRecord", "PersonRecord"]


def test_one_worker_sends_a_message(journal: Journal) -> None:
    for number in range(ROUNDS):
        key = f"digest:{number}"
        journal.add_notices([NewNotice(key=key, kind="digest", export_id=None, recipient=ANA)], at=MONDAY)
        claims = _race([partial(journal.claim_notice, key, at=MONDAY, next_try_at=LATER)] * WORKERS)
        assert sorted(map(str, claims)) == ["False"] * (WORKERS - 1) + ["True"]
    assert [one.attempts for one in journal.notices()] == [1] * ROUNDS


def test_messages_added_by_many_workers_are_new_once(journal: Journal) -> None:
    new = [NewNotice(key=f"digest:{number}", kind="digest", export_id=None, recipient=ANA) for number in range(20)]
    added = _race([partial(journal.add_notices, new[::turn], at=MONDAY) for turn in (1, -1) * 4])
    assert sorted(map(str, added)) == ["0"] * 7 + ["20"]
    assert len(journal.notices()) == 20


def _approver(email: str) -> EnrolmentFacts:
    return EnrolmentFacts(email=email, role=Role.APPROVER, name="")


def _confirm(journal: Journal, email: str, by: Actor) -> object:
    return journal.confirm_enrolment(email, by=by, at=LATER)


def _accept_elsewhere(url: str, export_id: str, code_step: int, gate: threading.Barrier) -> str:
    with Journal(url, JOURNAL_KEY) as journal:
        answer = answer_to(journal.export(export_id), code_step=code_step)
        gate.wait(timeout=60)
        try:
            return journal.record_acceptance(export_id, answer, complete=True, at=LATER).state.value
        except CodeUsedBefore:
            return "used before"
