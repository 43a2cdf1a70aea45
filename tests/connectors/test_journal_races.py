"""Many workers at once: exactly one wins, the others are told, and nothing is half done."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from connectors.journal import Journal
from connectors.journal.errors import AnswerOutdated, ExportMoved, JournalError, NotClearable, OpenExportExists
from connectors.journal.records import ExportRecord, Verdict
from jobcost.lifecycle import ExportState
from tests.connectors.exports import DEADLINE, MONDAY, SENDER, answer_to, awaiting, enrolled, sent, verified

ROUNDS = 50
WORKERS = 8
BEFORE_DEADLINE = DEADLINE - timedelta(seconds=1)
APPROVERS = tuple(f"approver{n}@example.com" for n in range(4))

Act = Callable[[], ExportRecord]


def _race(pool: ThreadPoolExecutor, acts: list[Act]) -> list[ExportRecord | Exception]:
    """Let all acts start at the same moment; return what each came to."""
    gate = threading.Barrier(len(acts))

    def run(act: Act) -> ExportRecord | Exception:
        gate.wait(timeout=60)
        try:
            return act()
        except (ExportMoved, AnswerOutdated, OpenExportExists, NotClearable) as beaten:
            return beaten

    return list(pool.map(run, acts))


def _winners(outcomes: list[ExportRecord | Exception]) -> list[ExportRecord]:
    return [outcome for outcome in outcomes if isinstance(outcome, ExportRecord)]


def _enders(journal: Journal, record: ExportRecord) -> list[Act]:
    def expire() -> ExportRecord:
        ended = journal.expire_overdue(DEADLINE)
        if not ended:
            raise ExportMoved(record.id, expected=frozenset(), found=journal.export(record.id).state)
        return ended[0]

    def accept(approver: str) -> ExportRecord:
        return journal.record_acceptance(record.id, answer_to(record, approver), complete=True, at=BEFORE_DEADLINE)

    def reject(approver: str) -> ExportRecord:
        return journal.record_rejection(record.id, answer_to(record, approver, reason="no"), at=BEFORE_DEADLINE)

    def retrieve() -> ExportRecord:
        return journal.retrieve(record.id, actor=SENDER, reason="mine", at=BEFORE_DEADLINE)

    return [
        lambda: accept(APPROVERS[0]),
        lambda: reject(APPROVERS[1]),
        retrieve,
        expire,
        lambda: accept(APPROVERS[2]),
        lambda: reject(APPROVERS[3]),
        retrieve,
        expire,
    ]


def test_of_eight_workers_ending_one_export_exactly_one_wins(journal: Journal) -> None:
    enrolled(journal, *APPROVERS)
    with ThreadPoolExecutor(WORKERS) as pool:
        for number in range(1, ROUNDS + 1):
            record = awaiting(journal, project_id=number)
            acts = _enders(journal, record)
            # Each round another worker stands first in line.
            shift = number % WORKERS
            (winner,) = _winners(_race(pool, acts[shift:] + acts[:shift]))
            assert journal.export(record.id) == winner
            states = [move.to_state for move in journal.transitions(record.id)]
            assert states == [ExportState.PROPOSED, ExportState.AWAITING_ACCEPTANCE, winner.state]
            decisions = [decision.verdict for decision in journal.decisions(record.id)]
            expected = {ExportState.ACCEPTED: [Verdict.ACCEPT], ExportState.REJECTED: [Verdict.REJECT]}
            assert decisions == expected.get(winner.state, [])


def test_of_two_budgets_of_one_project_sent_at_once_one_is_opened(journal: Journal) -> None:
    with ThreadPoolExecutor(2) as pool:
        for number in range(1, ROUNDS + 1):
            outcomes = _race(
                pool,
                [partial(sent, journal, number, export_id=f"EX-{number}-{index}") for index in range(2)],
            )
            (winner,) = _winners(outcomes)
            (beaten,) = [outcome for outcome in outcomes if isinstance(outcome, OpenExportExists)]
            assert beaten.first == winner
            assert [one.id for one in journal.open_exports() if one.project_id == number] == [winner.id]


def test_of_two_projects_of_one_job_one_gets_the_job(journal: Journal) -> None:
    with ThreadPoolExecutor(2) as pool:
        for number in range(1, ROUNDS + 1):
            records = [sent(journal, project_id) for project_id in (number, 1000 + number)]
            outcomes = _race(
                pool,
                [partial(journal.assign_job, record.id, f"{number}-", "Tower", at=MONDAY) for record in records],
            )
            assert len(_winners(outcomes)) == 1
            assert [one.id for one in journal.history(1, f"{number}-")] == [_winners(outcomes)[0].id]


def test_of_two_first_acceptances_at_once_one_must_be_judged_again(journal: Journal) -> None:
    enrolled(journal, *APPROVERS)
    with ThreadPoolExecutor(2) as pool:
        for number in range(1, ROUNDS + 1):
            record = awaiting(journal, project_id=number)
            outcomes = _race(
                pool,
                [
                    partial(journal.record_acceptance, record.id, answer_to(record, who), complete=False, at=MONDAY)
                    for who in APPROVERS[:2]
                ],
            )
            assert len(_winners(outcomes)) == 1
            assert journal.export(record.id).ask == 2
            assert len(journal.decisions(record.id)) == 1


def test_flow_runs_adopting_one_export_at_once_follow_one_another_without_gaps(journal: Journal) -> None:
    record = awaiting(journal)
    with ThreadPoolExecutor(WORKERS) as pool:
        for number in range(ROUNDS // 5):
            _race(
                pool,
                [partial(journal.adopt, record.id, f"run-{number}-{worker}", at=MONDAY) for worker in range(WORKERS)],
            )
    notes = journal.evidence(record.id)
    assert [note.position for note in notes] == list(range(1, len(notes) + 1))
    runs = [json.loads(note.json_text) for note in notes]
    assert [run["from_flow_run"] for run in runs] == ["run-of-1204", *(run["to_flow_run"] for run in runs[:-1])]
    assert journal.export(record.id).flow_run_id == runs[-1]["to_flow_run"]


def test_of_two_people_clearing_one_failure_one_does(journal: Journal) -> None:
    failed = verified(journal, found="41200.11")
    with ThreadPoolExecutor(2) as pool:
        outcomes = _race(
            pool,
            [partial(journal.clear, failed.id, by=who, reason="looked", at=MONDAY) for who in APPROVERS[:2]],
        )
    (winner,) = _winners(outcomes)
    assert journal.export(failed.id).cleared_by == winner.cleared_by


@pytest.mark.parametrize("journal_url", ["sqlite"], indirect=True)
def test_readers_do_not_wait_for_a_writer(journal: Journal) -> None:
    sent(journal)
    with journal._writing() as connection:
        connection.exec_driver_sql("UPDATE export SET project_name = 'half done'")
        assert journal.export("EX-1204").project_name == ""


@pytest.mark.parametrize("journal_url", ["sqlite"], indirect=True)
def test_a_writer_does_not_wait_for_readers(journal: Journal) -> None:
    record = awaiting(journal)
    with journal._reading() as connection:
        connection.exec_driver_sql("SELECT * FROM export")
        journal.retrieve(record.id, actor=SENDER, reason="mine", at=MONDAY)
    assert journal.export(record.id).state is ExportState.RETRIEVED


def test_a_budget_is_never_retrieved_behind_the_back_of_its_first_approver(journal: Journal) -> None:
    enrolled(journal, *APPROVERS)
    with ThreadPoolExecutor(2) as pool:
        for number in range(1, ROUNDS + 1):
            record = awaiting(journal, number)
            answer = answer_to(record, APPROVERS[0])
            pair: list[Callable[[], object]] = [
                partial(journal.record_acceptance, record.id, answer, complete=False, at=BEFORE_DEADLINE),
                partial(journal.retrieve, record.id, actor=SENDER, reason="mine", at=BEFORE_DEADLINE),
            ]
            gate = threading.Barrier(2)
            outcomes = [type(one).__name__ for one in pool.map(lambda act, g=gate: _at_once(g, act), pair)]
            assert outcomes in (["ExportRecord", "AcceptedByOne"], ["ExportMoved", "ExportRecord"])


def _at_once(gate: threading.Barrier, act: Callable[[], object]) -> object:
    gate.wait(timeout=60)
    try:
        return act()
    except JournalError as beaten:
        return beaten
