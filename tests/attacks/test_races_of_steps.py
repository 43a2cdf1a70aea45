"""Everybody at the same moment, in every mixture: accept, reject, retrieve and expire, by the steps on a real journal.

Two to eight at once, in threads and in processes, on SQLite and on PostgreSQL: exactly one wins, nothing is recorded by
half, and the journal stays whole.
"""

import itertools
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.config_file import load_config
from connectors.journal import Journal, open_journal
from connectors.journal.codes import step_at
from connectors.journal.records import ExportRecord, Verdict
from jobcost.acceptance import ACCEPT, REJECT, Answer
from jobcost.config import ExportConfig
from jobcost.lifecycle import ExportState
from tasks.steps.decide import Given, take_answer
from tasks.steps.retrieve import NotRetrieved, retrieve_budget
from tasks.steps.watch import watch
from tasks.systems import Systems
from tests.connectors.exports import DEADLINE, MONDAY, SENDER, awaiting
from tests.flows.bench_setting import CONFIG_FILE
from tests.flows.calm_runs import CalmRuns
from tests.keys import JOURNAL_KEY
from tests.people import Authenticator, enrolled_approver

WORKERS = 8
IN_TIME = DEADLINE - timedelta(seconds=1)
KINDS = ("accept", "reject", "retrieve", "expire")
# Every mixture of two to five, and each fifth of the larger ones.
MIXTURES = (
    *(mixture for size in range(2, 6) for mixture in itertools.combinations_with_replacement(KINDS, size)),
    *[mixture for size in range(6, 9) for mixture in itertools.combinations_with_replacement(KINDS, size)][::5],
)
PAIRS_AND_THREES = [one for one in MIXTURES if 2 <= len(one) <= 3]
# PostgreSQL sees a part of them; where the suite runs all night, all.
PART_ON_POSTGRESQL = 1 if "ATTACK_ROUNDS" in os.environ else 4
ENDS = {
    "accept": ExportState.ACCEPTED,
    "reject": ExportState.REJECTED,
    "retrieve": ExportState.RETRIEVED,
    "expire": ExportState.EXPIRED,
}
VERDICTS = {ExportState.ACCEPTED: (Verdict.ACCEPT,), ExportState.REJECTED: (Verdict.REJECT,)}


@dataclass(frozen=True)
class Act:
    """What one of those who race does, as values that another process can be told."""

    kind: str
    record: ExportRecord
    approver: str
    code: str
    given_at: datetime

    def take(self, systems: Systems) -> ExportState:
        """Do it; return what the export is to the one who did."""
        if self.kind == "expire":
            watch(systems, DEADLINE, CalmRuns())
            return systems.journal.export(self.record.id).state
        if self.kind == "retrieve":
            try:
                return retrieve_budget(systems, self.record.id, by=SENDER, reason="mine", at=IN_TIME).state
            except NotRetrieved:
                return systems.journal.export(self.record.id).state
        answer = Answer(
            decision=ACCEPT if self.kind == "accept" else REJECT,
            approver=self.approver,
            plan_code=str(self.record.plan_code),
            code=SecretStr(self.code),
            reason="" if self.kind == "accept" else "no",
        )
        given = Given(answer=answer, at=self.given_at)
        return take_answer(systems, self.record.id, self.record.ask, given, IN_TIME).state


def systems_of(journal: Journal) -> Systems:
    """What these steps need: nobody is looked up in Procore, and nothing is read from Vista."""
    merged = load_config(CONFIG_FILE).model_dump()
    merged["acceptance"]["require_procore_flag"] = False
    procore: Any = SimpleNamespace(read_users=lambda: ())
    vista: Any = SimpleNamespace()
    return Systems(
        procore=procore,
        vista=vista,
        journal=journal,
        config=ExportConfig.model_validate(merged),
        reports=None,
        procore_company_id=8089,
        jcco=1,
    )


def act_elsewhere(journal_url: str, act: Act, gate: Any) -> ExportState:
    """Act in a process of one's own, with a journal of one's own."""
    with open_journal(journal_url, JOURNAL_KEY) as journal:
        systems = systems_of(journal)
        gate.wait(120)
        return act.take(systems)


@dataclass
class Arena:
    """A journal, approvers, and round after round another export that waits."""

    journal: Journal
    phones: dict[str, Authenticator]
    rounds: Iterator[int]

    def acts(self, mixture: tuple[str, ...]) -> list[Act]:
        number = next(self.rounds)
        record = awaiting(self.journal, project_id=number)
        # Each round has codes of its own; each time another one stands first in line.
        given_at = MONDAY + timedelta(minutes=2 * number)
        acts = [
            Act(kind=kind, record=record, approver=email, code=phone.code(given_at), given_at=given_at)
            for kind, (email, phone) in zip(mixture, self.phones.items(), strict=False)
        ]
        shift = number % len(acts)
        return acts[shift:] + acts[:shift]

    def assert_one_won(self, acts: list[Act], found: list[ExportState]) -> ExportState:
        """One end, seen by all, with what belongs to it and nothing else."""
        record = self.journal.export(acts[0].record.id)
        assert record.state in {ENDS[act.kind] for act in acts}
        assert found == [record.state] * len(acts)
        states = [move.to_state for move in self.journal.transitions(record.id)]
        assert states == [ExportState.PROPOSED, ExportState.AWAITING_ACCEPTANCE, record.state]
        decisions = self.journal.decisions(record.id)
        assert tuple(one.verdict for one in decisions) == VERDICTS.get(record.state, ())
        assert record.ask == 1
        used = {(one.approver, one.code_step) for one in decisions}
        for act in acts:
            step = self.journal.check_code(act.approver, SecretStr(act.code), given_at=act.given_at).step
            is_used = act.kind in {"accept", "reject"} and step is None
            assert is_used is any(email == act.approver for email, _ in used)
        assert all(code_step in _steps_around(acts[0].given_at) for _, code_step in used)
        return record.state


def _steps_around(moment: datetime) -> range:
    return range(step_at(moment) - 1, step_at(moment) + 2)


def arena_of(journal: Journal) -> Arena:
    emails = [f"approver{number}@example.com" for number in range(WORKERS)]
    phones = {email: enrolled_approver(journal, email) for email in emails}
    return Arena(journal, phones, itertools.count(1))


def _raced(pool: ThreadPoolExecutor, takes: list[Callable[[], ExportState]]) -> list[ExportState]:
    gate = threading.Barrier(len(takes))

    def take(act: Callable[[], ExportState]) -> ExportState:
        gate.wait(timeout=60)
        return act()

    return list(pool.map(take, takes))


@pytest.mark.timeout(1200)
def test_of_two_to_eight_at_once_in_every_mixture_exactly_one_wins(journal: Journal, part: int) -> None:
    arena, systems = arena_of(journal), systems_of(journal)
    won: set[ExportState] = set()
    with ThreadPoolExecutor(WORKERS) as pool:
        for mixture in MIXTURES[::part]:
            acts = arena.acts(mixture)
            found = _raced(pool, [lambda act=act: act.take(systems) for act in acts])  # type: ignore[misc]  # defaults bind now
            won.add(arena.assert_one_won(acts, found))

    assert won == set(ENDS.values())
    assert journal.audit().problems == ()
    assert {one.state for one in journal.open_exports()} == {ExportState.ACCEPTED}


@pytest.mark.timeout(600)
def test_of_two_or_three_processes_at_once_exactly_one_wins(journal: Journal, journal_url: str, part: int) -> None:
    arena = arena_of(journal)
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(3, mp_context=context) as pool:
        for mixture in PAIRS_AND_THREES[::part]:
            acts = arena.acts(mixture)
            gate = manager.Barrier(len(acts))
            tries = [pool.submit(act_elsewhere, journal_url, act, gate) for act in acts]
            arena.assert_one_won(acts, [one.result(timeout=240) for one in tries])

    assert journal.audit().problems == ()


def test_two_hundred_rounds_are_raced() -> None:
    assert len(MIXTURES) + len(PAIRS_AND_THREES) == 225


ON_POSTGRESQL = pytest.param("postgresql", marks=[pytest.mark.postgresql, pytest.mark.xdist_group("postgresql")])


@pytest.fixture(params=["sqlite", ON_POSTGRESQL])
def journal_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database for a journal, still without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'journal.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def part(journal_url: str) -> int:
    return 1 if journal_url.startswith("sqlite") else PART_ON_POSTGRESQL


@pytest.fixture
def journal(journal_url: str) -> Iterator[Journal]:
    with open_journal(journal_url, JOURNAL_KEY) as journal:
        yield journal
