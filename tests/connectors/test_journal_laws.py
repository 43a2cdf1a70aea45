"""Laws of the journal, for any sequence of what people and flows may try."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.journal import Journal, open_journal
from connectors.journal.errors import JournalError
from connectors.journal.records import ExportRecord, Verdict
from jobcost.lifecycle import TRANSITIONS, ExportState, IllegalTransition
from tests.connectors.exports import (
    ANA,
    BEN,
    BLOCK,
    DEADLINE,
    MONDAY,
    PROOF,
    SENDER,
    answer_to,
    enrolled,
    line_result,
    plan_of,
    sent,
)
from tests.keys import JOURNAL_KEY

_PROJECTS = count(1)

Try = Callable[[Journal, ExportRecord], object]


def _plan(journal: Journal, record: ExportRecord, to: ExportState) -> object:
    plan = plan_of(record.project_id)
    journal.assign_job(record.id, plan.job, plan.project_name, at=MONDAY)
    findings = (BLOCK,) if to is ExportState.BLOCKED else ()
    return journal.record_plan(record.id, plan, findings, to_state=to, deadline_at=DEADLINE, actor=SENDER, at=MONDAY)


def _verify(journal: Journal, record: ExportRecord, to: ExportState, found: str) -> object:
    return journal.record_verification(
        record.id, results=(line_result(found),), evidence=(PROOF,), to_state=to, reason="read back", at=MONDAY
    )


def _move(to: ExportState) -> Try:
    return lambda journal, record: journal.move(record.id, to, actor="x", reason="tried", at=MONDAY)


TRIES: dict[str, Try] = {
    "plan": lambda j, r: _plan(j, r, ExportState.AWAITING_ACCEPTANCE),
    "plan, blocked": lambda j, r: _plan(j, r, ExportState.BLOCKED),
    "plan, unchanged": lambda j, r: _plan(j, r, ExportState.UNCHANGED),
    "refuse": lambda j, r: j.record_refused_answer(r.id, answer_to(r), refusal="wrong code", at=MONDAY),
    "accept as Ana": lambda j, r: j.record_acceptance(r.id, answer_to(r), complete=True, at=MONDAY),
    "accept as Ben": lambda j, r: j.record_acceptance(r.id, answer_to(r, BEN), complete=True, at=MONDAY),
    "accept as first": lambda j, r: j.record_acceptance(r.id, answer_to(r), complete=False, at=MONDAY),
    "accept as sender": lambda j, r: j.record_acceptance(r.id, answer_to(r, SENDER), complete=True, at=MONDAY),
    "accept too late": lambda j, r: j.record_acceptance(r.id, answer_to(r), complete=True, at=DEADLINE),
    "reject": lambda j, r: j.record_rejection(r.id, answer_to(r, reason="no"), at=MONDAY),
    "retrieve": lambda j, r: j.retrieve(r.id, actor=SENDER, reason="mine", at=MONDAY),
    "expire": lambda j, _: j.expire_overdue(DEADLINE + timedelta(days=1)),
    "verify": lambda j, r: _verify(j, r, ExportState.VERIFIED, "41200.10"),
    "verify, wrong": lambda j, r: _verify(j, r, ExportState.VERIFIED, "0.00"),
    "verify, failed": lambda j, r: _verify(j, r, ExportState.VERIFICATION_FAILED, "0.00"),
    "return budget": lambda j, r: j.mark_budget_returned(r.id, at=MONDAY),
    "clear": lambda j, r: j.clear(r.id, by=ANA, reason="looked", at=MONDAY),
    **{f"move to {state}": _move(state) for state in ExportState},
}
# The way to the end, offered often enough that random sequences get far.
WAY = ("plan", "accept as Ana", "move to applying", "move to applied", "verify")


@pytest.fixture(scope="module")
def law_journal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    with open_journal(f"sqlite:///{tmp_path_factory.mktemp('laws') / 'journal.sqlite3'}", JOURNAL_KEY) as journal:
        enrolled(journal, ANA, BEN, SENDER)
        yield journal


@settings(max_examples=60, deadline=None)
@given(start=st.integers(0, len(WAY)), tries=st.lists(st.sampled_from(sorted(TRIES)), max_size=12))
def test_no_sequence_of_attempts_leaves_the_table_or_writes_without_a_decision(
    law_journal: Journal, start: int, tries: list[str]
) -> None:
    record = sent(law_journal, next(_PROJECTS))
    for name in (*WAY[:start], *tries):
        before = law_journal.export(record.id)
        moves_before = law_journal.transitions(record.id)
        try:
            TRIES[name](law_journal, before)
        except (JournalError, IllegalTransition, ValueError):
            assert _without_job(law_journal.export(record.id)) == _without_job(before), name
            assert law_journal.transitions(record.id) == moves_before, name
    _assert_replays(law_journal, record.id)
    if law_journal.export(record.id).is_open:
        # Later examples expire what is overdue; this one is over.
        law_journal.expire_overdue(DEADLINE)


def _without_job(record: ExportRecord) -> tuple[object, ...]:
    """What a refused attempt must leave alone; the job may have been named in a step before the refused one."""
    return (record.state, record.ask, record.plan_digest, record.ended_at, record.cleared_at, record.budget_returned_at)


def _assert_replays(journal: Journal, export_id: str) -> None:
    record = journal.export(export_id)
    moves = journal.transitions(export_id)
    state: ExportState | None = None
    for position, move in enumerate(moves, start=1):
        assert (move.position, move.from_state) == (position, state)
        assert state is None or move.to_state in TRANSITIONS[state]
        state = move.to_state
    assert state is record.state
    decisions = journal.decisions(export_id)
    accepted_by = {
        one.approver for one in decisions if one.verdict is Verdict.ACCEPT and one.digest == record.plan_digest
    }
    if any(move.to_state is ExportState.APPLYING for move in moves):
        assert accepted_by - {SENDER}
    assert SENDER not in accepted_by
    assert [one.position for one in decisions] == list(range(1, len(decisions) + 1))
