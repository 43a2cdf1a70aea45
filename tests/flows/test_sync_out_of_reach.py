"""A system that does not answer, or lets nobody in, is not asked once for every project."""

from dataclasses import replace
from typing import Any

import pytest

from connectors.procore.errors import ProcoreUnreachable
from connectors.vista.errors import LoginRefused
from jobcost.sync import Failed
from tests.flows.syncs import (
    KeyedRuns,
    add_projects,
    exported_long_ago,
    exported_once,
    synced,
)
from tests.flows.workbench import Workbench


class Silent:
    """A Procore that lists its projects so often, and answers nothing else."""

    def __init__(self, bench: Workbench, *, lists: int) -> None:
        self.lists = lists
        self.asked = 0
        self._procore = bench.systems.procore

    def list_projects(self) -> Any:
        self.lists -= 1
        if self.lists < 0:
            raise ProcoreUnreachable("GET", "/rest/v1.0/projects", "timed out")
        return self._procore.list_projects()

    def read_fingerprint(self, *_: int) -> str:
        self.asked += 1
        raise ProcoreUnreachable("GET", "/rest/v1.0/budget_views", "timed out")


@pytest.mark.parametrize(("lists", "asked"), [(1, 5), (2, 10), (100, 12)])
def test_a_procore_that_fell_silent_is_not_waited_for_once_per_project(
    bench: Workbench, lists: int, asked: int
) -> None:
    world = bench.procore.state
    add_projects(world, bench.project, range(1, 13))
    exported_long_ago(bench.journal, world, range(1, 13))
    silent: Any = Silent(bench, lists=lists)
    bench.systems = replace(bench.systems, procore=silent)

    report = synced(bench, KeyedRuns())

    assert (len(report.of(Failed)), silent.asked) == (12, asked)


class Refused:
    """A Vista that lets the login in nowhere."""

    def __init__(self) -> None:
        self.asked = 0

    def read_estimate(self, *_: str) -> Any:
        self.asked += 1
        raise LoginRefused("Vista at server/Viewpoint: Login failed for user 'budget_export'.", "Check the password.")


def test_a_login_that_vista_refuses_is_not_tried_for_every_project(bench: Workbench) -> None:
    """Many wrong passwords in a row lock a login."""
    world = bench.procore.state
    add_projects(world, bench.project, range(1, 13))
    exported_long_ago(bench.journal, world, range(1, 13))
    # Another policy: both systems are read for every project.
    bench.configure(changes={"policy": "off"})
    refused: Any = Refused()
    bench.systems = replace(bench.systems, vista=refused)

    report = synced(bench, KeyedRuns())

    assert refused.asked == 1
    others = [line.step for line in report.of(Failed)[1:]]
    assert others == [Failed("Not looked at: Vista refuses the login.")] * 11


def test_without_the_list_of_projects_nothing_is_decided(bench: Workbench) -> None:
    exported_once(bench)
    silent: Any = Silent(bench, lists=0)
    bench.systems = replace(bench.systems, procore=silent)
    with pytest.raises(ProcoreUnreachable):
        synced(bench, KeyedRuns())
