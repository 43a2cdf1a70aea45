"""A sync is killed before and after each of its calls, and run again: one outcome."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.journal import Journal, open_journal
from jobcost.sync import SyncReport
from tasks.steps.noting import note_syncs
from tasks.systems import Systems
from tests.flows.syncs import KeyedRuns, add_projects, exported_long_ago, move, synced, words
from tests.flows.workbench import MONDAY, Workbench
from tests.keys import JOURNAL_KEY
from tests.people import enrolled_operator

OPERATOR = "otto.operator@example.com"


class Killed(BaseException):
    """The process is gone: nothing that handles errors sees it."""


class Deadline:
    """Counts moments, and kills at one."""

    def __init__(self, at: int | None) -> None:
        self.moments = 0
        self._at = at

    def pass_one(self) -> None:
        self.moments += 1
        if self.moments == self._at:
            raise Killed


class Mortal:
    """A system at whose calls the process may be killed, before and after each."""

    def __init__(self, system: Any, deadline: Deadline) -> None:
        self._system = system
        self._deadline = deadline

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return self._watched(getattr(self._system, name))

    def __call__(self, *given: Any) -> Any:
        return self._watched(self._system)(*given)

    def _watched(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*given: Any, **named: Any) -> Any:
            self._deadline.pass_one()
            result = call(*given, **named)
            self._deadline.pass_one()
            return result

        return watched


def outcome(journal: Journal, runs: KeyedRuns) -> dict[str, Any]:
    """Everything a sync leaves behind."""
    kept = journal.evidence_of_kind("sync", 8089, 1, MONDAY)
    return {
        "runs": (runs.runs, runs.started),
        "kept": sorted((record.id, row.json_text) for record, row in kept),
        "notices": sorted(notice.key for notice in journal.notices()),
    }


def one_sync(bench: Workbench, systems: Systems, runs: Any) -> SyncReport:
    """The sync and what it tells, as the flow's task takes them."""
    bench.systems = systems
    report = synced(bench, runs)
    note_syncs(systems, MONDAY)
    return report


@pytest.fixture
def busy(bench: Workbench) -> Workbench:
    """Four projects: one is as exported, one moved, one moved and is being edited, one is broken."""
    world = bench.procore.state
    add_projects(world, bench.project, range(1, 5))
    exported_long_ago(bench.journal, world, range(1, 5))
    for number in (2, 3):
        move(world.projects[number])
    world.projects[3].locked = False
    world.projects[4].disabled_tools.append("budget")
    enrolled_operator(bench.journal, OPERATOR)
    # Only that there is a mail server counts here: nothing is sent.
    mail_server: Any = object()
    bench.systems = replace(bench.systems, mailer=mail_server)
    return bench


def test_killed_at_any_moment_and_run_again_a_sync_has_one_outcome(busy: Workbench, tmp_path: Path) -> None:
    whole, moments = _outcome_when_killed(busy, tmp_path, None)
    assert whole["runs"][1] == [(2, "priya.pm@example.com")]
    assert [json.loads(text)["what"] for _, text in whole["kept"]] == ["started", "skipped", "failed"]
    assert [key for key in whole["notices"] if key.startswith("sync:")] == [f"sync:monday:{OPERATOR}"]
    assert moments > 40

    others = {
        moment: found
        for moment in range(1, moments + 1)
        if (found := _outcome_when_killed(busy, tmp_path, moment)[0]) != whole
    }

    assert others == {}


def _outcome_when_killed(bench: Workbench, folder: Path, at: int | None) -> tuple[dict[str, Any], int]:
    copied = folder / f"journal-{at}.db"
    # Not as a file: what was committed last may still lie beside it.
    with closing(sqlite3.connect(bench.folder / "journal.db")) as kept, closing(sqlite3.connect(copied)) as target:
        kept.backup(target)
    systems, runs, deadline = bench.systems, KeyedRuns(), Deadline(at)
    with open_journal(f"sqlite:///{copied}", JOURNAL_KEY) as journal:
        whole = replace(systems, journal=journal)
        dying_procore: Any = Mortal(systems.procore, deadline)
        dying_journal: Any = Mortal(journal, deadline)
        mortal = replace(whole, procore=dying_procore, journal=dying_journal)
        try:
            one_sync(bench, mortal, Mortal(runs, deadline))
        except Killed:
            report = one_sync(bench, whole, runs)
            assert words(report)[2] == "Start"
        bench.systems = systems
        return outcome(journal, runs), deadline.moments
