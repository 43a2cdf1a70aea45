"""The watch marks runs as crashed that gave no sign of life, and no others; on a real server: test_zombie_runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from prefect.client.schemas.objects import FlowRun, State
from prefect.client.schemas.responses import OrchestrationResult, SetStateStatus, StateAbortDetails, StateAcceptDetails
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Running, Suspended

from tasks import tidying

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1)


@dataclass
class Server:
    """As much of Prefect's API as the look needs: runs, and those of them that were heard of, when last."""

    runs: list[FlowRun] = field(default_factory=list)
    heard: dict[UUID, datetime] = field(default_factory=lambda: {uuid4(): NOW - timedelta(minutes=5)})
    # When the server heard of all these, where that was later.
    told_at: datetime | None = None
    # What the runs have become when somebody looks again.
    moved: dict[UUID, State[Any] | None] = field(default_factory=dict)
    crashed: list[UUID] = field(default_factory=list)
    takes_crashes: bool = True

    def run(self, at: datetime = LONG_AGO) -> UUID:
        run = FlowRun(flow_id=uuid4(), state=Running(timestamp=at))
        self.runs.append(run)
        return run.id

    def read_flow_runs(self, **_asked: Any) -> list[FlowRun]:
        return self.runs

    def read_flow_run(self, run: UUID) -> FlowRun:
        found = next(one for one in self.runs if one.id == run)
        state = self.moved.get(run, found.state)
        if state is None:
            raise ObjectNotFound(http_exc=ValueError("404"))
        return FlowRun(id=run, flow_id=found.flow_id, state=state)

    def request(self, _method: str, _path: str, json: dict[str, Any]) -> httpx.Response:
        asked, between = json["filter"].get("resource", {}).get("id"), json["filter"]["occurred"]
        since, until = (datetime.fromisoformat(between[word]) for word in ("since", "until"))
        of_them = [run for run in self.heard if asked in (None, [f"prefect.flow-run.{run}"])]
        heard = [self.heard[run] for run in of_them if since <= self.heard[run] <= until]
        received = [{"received": (self.told_at or at).isoformat()} for at in heard]
        return httpx.Response(200, json={"events": received})

    def set_flow_run_state(self, run: UUID, state: State[Any]) -> OrchestrationResult[Any]:
        assert state.is_crashed()
        if not self.takes_crashes:
            return OrchestrationResult(state=None, status=SetStateStatus.ABORT, details=StateAbortDetails())
        self.crashed.append(run)
        return OrchestrationResult(state=None, status=SetStateStatus.ACCEPT, details=StateAcceptDetails())


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server()

    @contextmanager
    def api() -> Iterator[Server]:
        yield made

    monkeypatch.setattr(tidying, "prefect_api", api)
    return made


def test_a_run_without_a_sign_of_life_is_crashed_and_others_are_not(server: Server) -> None:
    silent, living, young = server.run(), server.run(), server.run(NOW - timedelta(minutes=1))
    server.heard[living] = NOW

    assert tidying.crash_silent(NOW) == 1
    assert server.crashed == [silent]
    assert young not in server.crashed


def test_a_server_that_keeps_no_events_crashes_nobody(server: Server) -> None:
    server.run()
    server.heard.clear()
    assert (tidying.crash_silent(NOW), server.crashed) == (0, [])


def test_a_server_that_was_out_of_reach_crashes_nobody_before_all_could_be_heard_again(server: Server) -> None:
    """After the outage the first run is heard at once, another one that lives as well a little later."""
    not_heard_yet = server.run()
    server.heard, server.told_at = {uuid4(): NOW - timedelta(minutes=8)}, NOW - timedelta(seconds=5)
    assert (tidying.crash_silent(NOW), server.crashed) == (0, [])

    later = NOW + timedelta(minutes=5)
    server.heard = {uuid4(): NOW}
    assert (tidying.crash_silent(later), server.crashed) == (1, [not_heard_yet])


def test_what_moved_on_or_was_deleted_meanwhile_is_left_alone_and_holds_nothing_up(server: Server) -> None:
    moved, deleted, silent = server.run(), server.run(), server.run()
    server.moved |= {moved: Suspended(pause_key="1"), deleted: None}
    assert (tidying.crash_silent(NOW), server.crashed) == (1, [silent])


def test_a_crash_that_prefect_does_not_take_is_not_counted(server: Server) -> None:
    server.run()
    server.takes_crashes = False
    assert tidying.crash_silent(NOW) == 0


@pytest.mark.parametrize(("frequency", "minutes"), [("30", 10), ("180", 12), ("600", 40)])
def test_a_slow_heart_is_given_four_beats(frequency: str, minutes: int) -> None:
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: frequency}):
        assert tidying.silence() == timedelta(minutes=minutes)
