"""An update's steps, and an undo's, killed after every single call to a system, and run again from the top."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobcost.acceptance import ACCEPT
from jobcost.plan import Kind
from tests.flows.crash_of_updates import (
    CASEY,
    Exported,
    assert_undone_once,
    assert_updated_once,
    export_once,
    is_updated,
    update_site,
    with_casey,
)
from tests.flows.crash_site import CrashSite
from tests.flows.mortals import KILLED, Mortals
from tests.nightly import at_night

pytestmark = [pytest.mark.crash, pytest.mark.xdist_group("crash-updates")]

# More than an update makes (a test below counts them).
CALLS_MAX = 60
_BEFORE_THE_COMMIT = [
    "after journal.record_plan",
    "after journal.record_acceptance",
    "after journal.move to applying",
    "at vista.after_lock",
    "at vista.after_phases",
    "at vista.after_half_of_lines",
    "at vista.after_change_orders",
    "at vista.before_commit",
]
_AFTER_THE_COMMIT = [
    "at vista.after_commit",
    "after vista.apply",
    "after journal.move to applied",
    "after journal.record_verification",
]


@pytest.fixture(scope="module")
def mortals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mortals]:
    log = tmp_path_factory.mktemp("lives") / "lives.log"
    with Mortals("tests.flows.dying_steps", os.environ, log) as mortals:
        yield mortals


@pytest.fixture(scope="module")
def exported(mortals: Mortals, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return export_once(tmp_path_factory.mktemp("exported"), mortals)


@pytest.fixture
def site(exported: Exported, tmp_path: Path) -> Iterator[CrashSite]:
    with update_site(exported, tmp_path) as site:
        yield site


def _update(mortals: Mortals, site: CrashSite, **how: str) -> int:
    return mortals.live(site.environment, decision=ACCEPT, kind="update", **how)


@pytest.mark.parametrize(
    "number", [*range(1, CALLS_MAX + 1, 4), *at_night(*(one for one in range(1, CALLS_MAX + 1) if one % 4 != 1))]
)
def test_killed_after_any_call_all_or_nothing_is_written_and_the_next_run_updates_once(
    mortals: Mortals, site: CrashSite, number: int
) -> None:
    assert _update(mortals, site, die_at=f"after call {number}") in {KILLED, 0}
    is_updated(site)
    assert _update(mortals, site) == 0
    assert_updated_once(site)


@pytest.mark.parametrize("moment", [*_BEFORE_THE_COMMIT, *_AFTER_THE_COMMIT])
def test_killed_at_a_moment_of_the_write_the_next_run_writes_each_change_once(
    mortals: Mortals, site: CrashSite, moment: str
) -> None:
    assert _update(mortals, site, die_at=moment) == KILLED
    assert is_updated(site) is (moment in _AFTER_THE_COMMIT)
    assert _update(mortals, site) == 0
    assert_updated_once(site)


@pytest.mark.parametrize(
    "moment", ["after journal.record_plan", "at vista.after_change_orders", "at vista.after_commit"]
)
def test_killed_while_taking_back_the_next_run_takes_back_once(mortals: Mortals, site: CrashSite, moment: str) -> None:
    assert _update(mortals, site) == 0
    environment = with_casey(site)
    undo = {"decision": ACCEPT, "approver": CASEY, "kind": "undo", "undoes": site.export(Kind.UPDATE).id}
    assert mortals.live(environment, die_at=moment, **undo) == KILLED
    assert mortals.live(environment, **undo) == 0
    assert_undone_once(site)


def test_the_numbers_reach_to_the_last_call_of_an_update(mortals: Mortals, site: CrashSite) -> None:
    file = site.folder / "moments"
    assert _update(mortals, site, moments=str(file)) == 0
    calls = [one for one in file.read_text(encoding="utf-8").splitlines() if one.startswith("after ")]
    # If this fails, raise CALLS_MAX: an update calls the systems more often than these tests kill it.
    assert 0 < len(calls) <= CALLS_MAX
    assert calls[-1] == "after journal.record_verification"
