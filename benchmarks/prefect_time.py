"""The time that Prefect adds to an export, against an empty flow.

An export suspends for each approver and is resumed as a new engine run, so it has one more engine run than approvers.
Prefect's time of an engine run is its wall time without our own: ours is while the three systems are open, except for
calls to Prefect meanwhile (pages, the inbox, answers to forget). Prefect's added time of an export is the mean of its
engine runs, and is compared with the wall time of an engine run of a flow that does nothing. Starting processes is left
out of both, a real server and its real network calls are in both.

`python -m benchmarks.prefect_time SITES SECONDS` reads sites from one file and writes their seconds to another; it runs
in the environment of a Prefect server with our deployments.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

import pytest
from prefect import flow
from prefect.artifacts import Artifact
from prefect.client.orchestration import get_client
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow
from prefect.flows import Flow

from benchmarks.sandboxes import APPROVERS, PROJECT, SENDER, code_of
from connectors.journal.journal import Journal
from connectors.settings import Settings
from flows.budget_setup import budget_setup
from jobcost.acceptance import ACCEPT, Answer
from jobcost.lifecycle import ExportState
from tasks import asking, export_tasks, outcome, publishing, stored_answers, telling_people
from tasks import runs as flow_runs
from tasks.systems import Systems, open_systems


class NotVerified(Exception):
    """The export of the benchmark did not end as it must; its time means nothing."""


@dataclass(slots=True)
class EngineRuns:
    """Seconds of the engine runs of one flow run, and what of them was our own work."""

    wall_seconds: float = 0.0
    own_seconds: float = 0.0
    count: int = 0

    @property
    def prefect_seconds(self) -> float:
        """Mean of what was not our own work."""
        return (self.wall_seconds - self.own_seconds) / self.count


class OwnTime:
    """A stopwatch over our own work: it runs while the systems are open, and rests while Prefect is spoken to."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._runs_since: float | None = None

    @contextmanager
    def opened(self, profile: str = "", *, settings: Settings | None = None) -> Iterator[Systems]:
        """Open the systems as tasks do; the time until they are closed is ours."""
        self._runs_since = perf_counter()
        try:
            with open_systems(profile, settings=settings) as systems:
                yield systems
        finally:
            self._rest()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Take out the time with Prefect; within it, and outside our own work, nothing is to be taken out."""
        was_running = self._rest()
        try:
            yield
        finally:
            if was_running:
                self._runs_since = perf_counter()

    def watch_tasks(self) -> None:
        """Watch everything that the tasks of this process do from now on."""
        patch = pytest.MonkeyPatch()
        for module in (export_tasks, asking, outcome):
            patch.setattr(module, "open_systems", self.opened)
        for name in ("create_markdown_artifact", "create_table_artifact"):
            patch.setattr(publishing, name, self._without(getattr(publishing, name)))
        for owner, name in (
            (flow_runs, "prefect_api"),
            (stored_answers, "prefect_api"),
            (telling_people, "get_client"),
        ):
            patch.setattr(owner, name, self._without_block(getattr(owner, name)))
        patch.setattr(Artifact, "create", self._without(Artifact.create))

    def _rest(self) -> bool:
        if self._runs_since is None:
            return False
        self.seconds += perf_counter() - self._runs_since
        self._runs_since = None
        return True

    def _without(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any, **named: Any) -> Any:
            with self.resting():
                return call(*given, **named)

        return called

    def _without_block(self, block: Callable[..., AbstractContextManager[Any]]) -> Callable[..., Any]:
        @contextmanager
        def entered(*given: Any, **named: Any) -> Iterator[Any]:
            with self.resting(), block(*given, **named) as inner:
                yield inner

        return entered


@flow(name="nothing")
def nothing() -> None:
    """Do nothing."""


def empty_flow() -> EngineRuns:
    """Run the empty flow once."""
    with get_client(sync_client=True) as client:
        flow_run_id = client.create_flow_run(nothing).id
    runs = EngineRuns()
    _run(nothing, flow_run_id, runs)
    return runs


def export_once(environment: dict[str, str], own: OwnTime) -> EngineRuns:
    """Run our flow once, from sending to verified.

    Raises:
        NotVerified: if it ends otherwise.
    """
    os.environ.update(environment)
    own.seconds = 0.0
    runs = EngineRuns()
    flow_run_id = flow_runs.start_run(flow_runs.SETUP_DEPLOYMENT, {"project_id": PROJECT, "submitted_by": SENDER})
    _run(budget_setup, flow_run_id, runs)
    with Journal(environment["JOURNAL_URL"], environment["JOURNAL_KEY"]) as journal:
        for approver in APPROVERS:
            export = journal.export_of_flow_run(str(flow_run_id))
            if export is None or export.state is not ExportState.AWAITING_ACCEPTANCE:
                break
            answer = Answer(
                decision=ACCEPT,
                approver=approver,
                plan_code=str(export.plan_code),
                reason="",
                code=code_of(approver, environment),
            )
            flow_runs.answer_run(flow_run_id, answer)
            _run(budget_setup, flow_run_id, runs)
        export = journal.export_of_flow_run(str(flow_run_id))
    if export is None or export.state is not ExportState.VERIFIED:
        raise NotVerified(f"expected a verified export, found {export}")
    runs.own_seconds = own.seconds
    return runs


def _run(what: Flow[..., Any], flow_run_id: UUID, runs: EngineRuns) -> None:
    with get_client(sync_client=True) as client:
        flow_run = client.read_flow_run(flow_run_id)
    began = perf_counter()
    with suppress(Pause):
        run_flow(what, flow_run=flow_run, parameters=flow_run.parameters)
    runs.wall_seconds += perf_counter() - began
    runs.count += 1


def main() -> None:
    """Alternate between the empty flow and exports; keep the seconds of each."""
    sites: list[dict[str, Any]] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    own = OwnTime()
    own.watch_tasks()
    # The first run of a process fills caches.
    empty_flow()
    measured: list[dict[str, Any]] = []
    for site in sites:
        empty = empty_flow()
        runs = export_once(site["environment"], own)
        measured.append(
            {**site, "empty_seconds": empty.wall_seconds, "prefect_seconds": runs.prefect_seconds, **asdict(runs)}
        )
    Path(sys.argv[2]).write_text(json.dumps(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
