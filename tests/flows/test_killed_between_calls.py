"""An export's steps, killed after every single call to Procore, Vista or the journal, and run again from the top.

Quick, because nothing of Prefect is in it; `test_killed_anywhere` does the same to the real flow at fewer moments.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobcost.acceptance import ACCEPT, REJECT
from tests.flows.crash_site import END_OF, LINES, CrashSite, crash_site
from tests.flows.mortals import KILLED, Mortals
from tests.nightly import at_night

pytestmark = [pytest.mark.crash, pytest.mark.xdist_group("crash-steps")]

# More than an export makes (a test below counts them): a life with fewer calls left is one that ends well.
CALLS_MAX = 60


@pytest.fixture(scope="module")
def mortals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mortals]:
    log = tmp_path_factory.mktemp("lives") / "lives.log"
    with Mortals("tests.flows.dying_steps", os.environ, log) as mortals:
        yield mortals


@pytest.fixture
def site(tmp_path: Path) -> Iterator[CrashSite]:
    with crash_site(tmp_path) as site:
        yield site


@pytest.mark.parametrize("number", [*range(1, CALLS_MAX + 1, 2), *at_night(*range(2, CALLS_MAX + 1, 2))])
def test_killed_after_any_call_everything_or_nothing_is_written_and_the_next_run_exports_once(
    mortals: Mortals, site: CrashSite, number: int
) -> None:
    assert mortals.live(site.environment, decision=ACCEPT, die_at=f"after call {number}") in {KILLED, 0}
    assert site.posted_lines() in {0, LINES}
    assert mortals.live(site.environment, decision=ACCEPT) == 0
    END_OF[ACCEPT](site)


@pytest.mark.parametrize(
    "moment",
    [
        "after journal.record_acceptance",
        "after journal.move to applying",
        "at vista.before_lock",
        "at vista.after_lock",
        "at vista.after_phases",
        "at vista.after_half_of_lines",
        "at vista.before_commit",
    ],
)
def test_killed_before_the_commit_nothing_is_written_and_the_next_run_exports_once(
    mortals: Mortals, site: CrashSite, moment: str
) -> None:
    assert mortals.live(site.environment, decision=ACCEPT, die_at=moment) == KILLED
    assert site.posted_lines() == 0
    assert mortals.live(site.environment, decision=ACCEPT) == 0
    END_OF[ACCEPT](site)


@pytest.mark.parametrize(
    "moment",
    [
        "at vista.after_commit",
        "after vista.apply",
        "after journal.move to applied",
        "after journal.record_verification",
    ],
)
def test_killed_after_the_commit_all_is_written_and_the_next_run_writes_nothing_more(
    mortals: Mortals, site: CrashSite, moment: str
) -> None:
    assert mortals.live(site.environment, decision=ACCEPT, die_at=moment) == KILLED
    assert site.posted_lines() == LINES
    assert mortals.live(site.environment, decision=ACCEPT) == 0
    END_OF[ACCEPT](site)


@pytest.mark.parametrize(
    "moment",
    [
        "before journal.record_rejection",
        "after journal.record_rejection",
        "before procore.unlock_budget",
        "after procore.unlock_budget",
        "after journal.mark_budget_returned",
    ],
)
def test_killed_while_rejecting_the_next_run_gives_the_budget_back_once(
    mortals: Mortals, site: CrashSite, moment: str
) -> None:
    assert mortals.live(site.environment, decision=REJECT, die_at=moment) == KILLED
    assert mortals.live(site.environment, decision=REJECT) == 0
    END_OF[REJECT](site)


@pytest.mark.parametrize("moment", ["after journal.move to applying", "at vista.after_half_of_lines"])
def test_killed_three_times_while_applying_the_export_still_happens_once(
    mortals: Mortals, site: CrashSite, moment: str
) -> None:
    assert mortals.live(site.environment, decision=ACCEPT, die_at=moment) == KILLED
    for _ in range(2):
        assert mortals.live(site.environment, decision=ACCEPT, die_at="at vista.after_half_of_lines") == KILLED
        assert site.posted_lines() == 0
    assert mortals.live(site.environment, decision=ACCEPT) == 0
    END_OF[ACCEPT](site)


def test_the_numbers_reach_to_the_last_call_of_an_export(mortals: Mortals, site: CrashSite) -> None:
    file = site.folder / "moments"
    assert mortals.live(site.environment, decision=ACCEPT, moments=str(file)) == 0
    calls = [one for one in file.read_text(encoding="utf-8").splitlines() if one.startswith("after ")]
    # If this fails, raise CALLS_MAX: an export calls the systems more often than these tests kill it.
    assert 0 < len(calls) <= CALLS_MAX
    assert calls[-1] == "after journal.record_verification"
