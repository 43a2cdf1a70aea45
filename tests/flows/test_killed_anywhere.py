"""The real flow on a real Prefect server, its process killed at a named moment, retried as a person would retry it.

Whatever the moment: one export, accepted once, written once, verified. Prefect's part is as it is: a worker that sees
its process gone reports the run as Crashed, and "Retry" in the UI or `prefect flow-run retry` then forces it to be
scheduled again, because Prefect refuses to leave a final state otherwise (facts of Prefect 3.8.8).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.states import Crashed, Scheduled

from connectors.journal.records import Verdict
from jobcost.acceptance import ACCEPT, REJECT
from jobcost.lifecycle import ExportState
from tasks.runs import SETUP_DEPLOYMENT, answer_run, start_run
from tasks.tidying import is_dead, revive_run
from tests.flows.crash_site import (
    END_OF,
    LINES,
    PROJECT,
    SENDER,
    CrashSite,
    answer_to,
    assert_exported_once,
    crash_site,
)
from tests.flows.dying_flow import ALL_BUT_TOLD, FORM_NOT_STORED
from tests.flows.lone_server import LONE_SERVER
from tests.flows.mortals import KILLED, Mortals
from tests.nightly import at_night

pytestmark = [pytest.mark.crash, pytest.mark.prefect, *LONE_SERVER]

# A life ends by suspending or for good; no export needs more of them than these.
_LIVES_MAX = 5


@dataclass(frozen=True)
class Run:
    """One flow run of the deployment, carried by processes that may die."""

    flow_run_id: UUID
    site: CrashSite
    mortals: Mortals

    def live(self, die_at: str = "") -> int:
        """Let a new process carry the run; return its exit status."""
        return self.mortals.live(self.site.environment, flow_run_id=str(self.flow_run_id), die_at=die_at)

    def answer(self, decision: str = ACCEPT) -> None:
        """Resume the suspended run with the approver's answer, through Prefect, as the dialog and the CLI do."""
        answer_run(self.flow_run_id, answer_to(self.site.export(), decision, self.site.phone))

    def die(self, moment: str) -> None:
        """Let a process carry the run up to the moment; then do what a worker and a person do about it."""
        assert self.live(die_at=moment) == KILLED
        with get_client(sync_client=True) as client:
            client.set_flow_run_state(self.flow_run_id, Crashed(message="Process exited with status code: -9."))
            assert self.state().is_crashed()
            client.set_flow_run_state(self.flow_run_id, Scheduled(message="Retried via CLI"), force=True)

    def go_on(self, decision: str = ACCEPT) -> None:
        """Let processes carry the run to its end; the approver answers whenever it suspends."""
        for _ in range(_LIVES_MAX):
            if self.state().is_final():
                return
            if self.state().is_paused():
                self.answer(decision)
            assert self.live() == 0
        raise AssertionError(f"flow run {self.flow_run_id} does not end: {self.state()}")

    def state(self) -> State[object]:
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(self.flow_run_id).state
        assert state is not None
        return state


@pytest.fixture
def run(tmp_path: Path, mortals: Mortals) -> Iterator[Run]:
    """A budget that was just sent: its flow run is there, and no process carries it yet."""
    with crash_site(tmp_path) as site:
        parameters = {"project_id": PROJECT, "submitted_by": SENDER, "lock_budget": True}
        yield Run(start_run(SETUP_DEPLOYMENT, parameters), site, mortals)


@pytest.mark.parametrize(
    "moment",
    [
        "after journal.record_plan",
        # The review's pages are published, the journal does not know.
        "before journal.record_evidence",
        *at_night(
            "after journal.open_export",
            "after procore.read_budget",
            "before journal.record_plan",
            "after journal.record_evidence",
        ),
    ],
)
def test_killed_before_the_question_nothing_is_lost_and_one_export_results(run: Run, moment: str) -> None:
    run.die(moment)
    assert run.site.posted_lines() == 0
    run.go_on()
    assert run.state().name == "Verified"
    assert_exported_once(run.site)


@pytest.mark.parametrize(
    "moment",
    [
        # The answer is known and judged, and not recorded.
        "before journal.record_acceptance",
        "after journal.record_acceptance",
        "at vista.after_half_of_lines",
        *at_night(
            # Resumed; the answer is not fetched from Prefect yet.
            "after journal.export_of_flow_run",
            # The fresh reading: nothing moved, as it turns out.
            "after procore.read_budget",
            "after journal.move to applying",
            "at vista.after_lock",
            "at vista.after_phases",
            "at vista.before_commit",
        ),
    ],
)
def test_killed_between_the_answer_and_the_commit_the_retry_writes_all_of_it_once(run: Run, moment: str) -> None:
    assert run.live() == 0
    run.answer()
    run.die(moment)
    assert run.site.posted_lines() == 0
    run.go_on()
    assert run.state().name == "Verified"
    assert_exported_once(run.site)


@pytest.mark.parametrize(
    "moment",
    [
        "at vista.after_commit",
        # Everything is done, only Prefect was not told.
        ALL_BUT_TOLD,
        *at_night(
            "after vista.apply",
            "after journal.move to applied",
            "before journal.record_verification",
            "after journal.record_verification",
        ),
    ],
)
def test_killed_after_the_commit_the_retry_writes_nothing_more(run: Run, moment: str) -> None:
    assert run.live() == 0
    run.answer()
    run.die(moment)
    assert run.site.posted_lines() == LINES
    run.go_on()
    assert run.state().name == "Verified"
    assert_exported_once(run.site)


@pytest.mark.parametrize(
    "moment",
    ["before procore.unlock_budget", *at_night("after journal.record_rejection", "after procore.unlock_budget")],
)
def test_killed_while_a_reject_is_carried_out_the_retry_gives_the_budget_back(run: Run, moment: str) -> None:
    assert run.live() == 0
    run.answer(REJECT)
    run.die(moment)
    run.go_on()
    assert run.state().name == "Rejected"
    END_OF[REJECT](run.site)


def test_killed_while_suspending_the_retry_takes_no_answer_for_no_and_asks_again(run: Run) -> None:
    """The retried run finds a question without an answer: Prefect hands over an empty form, which accepts nothing."""
    run.die(FORM_NOT_STORED)
    assert run.live() == 0
    export = run.site.export()
    assert (export.state, export.ask) == (ExportState.AWAITING_ACCEPTANCE, 2)
    with run.site.journal() as journal:
        assert [one.verdict for one in journal.decisions(export.id)] == [Verdict.REFUSED]
    run.go_on()
    assert_exported_once(run.site)


def test_killed_while_suspending_and_retried_without_force_the_same_question_is_asked(run: Run) -> None:
    assert run.live(die_at=FORM_NOT_STORED) == KILLED
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run.flow_run_id, Crashed(message="Process exited with status code: -9."))
        client.set_flow_run_state(run.flow_run_id, Scheduled())
    run.go_on()
    assert_exported_once(run.site)


def test_killed_again_and_again_on_its_way_one_export_results(run: Run) -> None:
    for moment in ("after journal.record_plan", "after journal.evidence"):
        run.die(moment)
    assert run.live() == 0
    run.answer()
    for moment in ("before journal.record_acceptance", "at vista.before_commit", "at vista.after_commit"):
        run.die(moment)
    run.go_on()
    assert_exported_once(run.site)


def test_a_run_that_nobody_reported_dead_is_continued_by_a_new_run(run: Run) -> None:
    """Without a worker the run stays Running for ever; the sender starts another one that takes the export over."""
    assert run.live() == 0
    run.answer()
    assert run.live(die_at="at vista.after_half_of_lines") == KILLED
    assert run.state().is_running()
    taking_over = {"project_id": PROJECT, "submitted_by": SENDER, "continue_export": run.site.export().id}
    another = Run(start_run(SETUP_DEPLOYMENT, taking_over), run.site, run.mortals)
    another.go_on()
    assert another.state().name == "Verified"
    assert_exported_once(run.site)


def test_crashed_while_it_waits_the_watch_lets_it_ask_the_same_question_again(run: Run) -> None:
    """Prefect may take a suspended run for dead (docs of the automation); nobody could answer it then."""
    assert run.live() == 0
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run.flow_run_id, Crashed(message="No heartbeat."), force=True)
    assert is_dead(str(run.flow_run_id))
    revive_run(str(run.flow_run_id))
    assert run.live() == 0
    assert not is_dead(str(run.flow_run_id))
    with run.site.journal() as journal:
        assert (run.site.export().ask, journal.decisions(run.site.export().id)) == (1, ())
    run.go_on()
    assert_exported_once(run.site)


def test_answered_then_crashed_before_anybody_read_it_the_answer_still_counts_once(run: Run) -> None:
    assert run.live() == 0
    run.answer()
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run.flow_run_id, Crashed(message="No heartbeat."), force=True)
    assert is_dead(str(run.flow_run_id))
    revive_run(str(run.flow_run_id))
    assert run.live() == 0
    assert run.state().name == "Verified"
    assert_exported_once(run.site)
