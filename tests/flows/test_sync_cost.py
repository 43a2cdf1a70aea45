"""What a sync of 500 projects costs: calls to Procore, counted at Procore, inside the documented limits."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from connectors.procore.http import HttpProcore
from jobcost.sync import Unchanged
from sandbox.procore.limits import DOCUMENTED, Limits
from sandbox.procore.running import RunningProcore, running_procore
from tasks.steps.sync import SyncOrder, sync
from tests.flows.bench_setting import access_to
from tests.flows.syncs import KeyedRuns, add_projects, exported_long_ago, move, synced
from tests.flows.workbench import MONDAY, SMALL, Workbench

MOVED = (17, 250, 499)


@contextmanager
def company_of(bench: Workbench, projects: int, limits: Limits) -> Iterator[Workbench]:
    """Let the workbench's Procore be one with many exported projects, and with rate limits."""
    with running_procore(SMALL, limits) as server:
        like = server.state.projects.pop(7000)
        for line in list(like.lines)[2:]:
            del like.lines[line]
        numbers = range(1, projects + 1)
        add_projects(server.state, like, numbers)
        exported_long_ago(bench.journal, server.state, numbers)
        with HttpProcore(access_to(server), sleep=server.clock.advance, now=server.clock.now) as procore:
            bench.procore = server
            bench.systems = replace(bench.systems, procore=procore)
            yield bench


@pytest.fixture
def company(bench: Workbench) -> Iterator[Workbench]:
    """500 exported projects, in a Procore that allows 600 calls an hour and 25 in ten seconds."""
    with company_of(bench, 500, DOCUMENTED) as laid_out:
        yield laid_out


def calls(server: RunningProcore) -> list[str]:
    """What Procore was asked: the log-in is another server's."""
    return [f"{seen.path}?{seen.query}" for seen in server.requests if seen.path != "/oauth/token"]


def test_of_500_projects_of_which_none_moved_each_costs_one_call(company: Workbench) -> None:
    vista = company.vista_rows()
    runs = KeyedRuns()

    report = synced(company, runs)

    assert (len(report.lines), runs.started) == (500, [])
    # The listing, and once the columns of the view that all of them have.
    assert len(calls(company.procore)) == 2 + 500
    assert {seen.status for seen in company.procore.requests} == {200}
    assert {seen.method for seen in company.procore.requests if seen.path != "/oauth/token"} == {"GET"}
    assert company.vista_rows() == vista


def test_of_500_projects_of_which_three_moved_only_these_cost_more(company: Workbench) -> None:
    for number in MOVED:
        move(company.procore.state.projects[number])
    runs = KeyedRuns()

    synced(company, runs)

    asked = Counter(calls(company.procore))
    assert sum(asked.values()) == 2 + 500 + 3
    assert [call for call in asked if call.endswith("/budget?")] == [
        f"/rest/v1.0/projects/{number}/budget?" for number in MOVED
    ]
    assert [number for number, _ in runs.started] == list(MOVED)
    assert {seen.status for seen in company.procore.requests} == {200}


def test_a_sync_that_finds_the_hour_used_up_waits_and_meets_no_refusal(bench: Workbench) -> None:
    with company_of(bench, 40, Limits(per_hour=60, per_10_seconds=25)) as company:
        began = company.procore.clock.now()
        reports = [synced(company, KeyedRuns(), name=name) for name in ("monday", "tuesday")]
        assert [len(report.of(Unchanged)) for report in reports] == [40, 40]
        assert {seen.status for seen in company.procore.requests} == {200}
        assert company.procore.clock.now() - began > 3600


def test_a_long_sync_says_how_far_it_is(bench: Workbench) -> None:
    said: list[str] = []
    with company_of(bench, 60, DOCUMENTED) as company:
        sync(company.systems, SyncOrder(sync_id="monday", say=said.append), MONDAY)
    assert said == [f"{number} of 60 projects looked at." for number in (25, 50, 60)]
