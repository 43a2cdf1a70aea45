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

pytestmark = [pytest.mark.crash, pytest.mark.xdist_group("crash-steps")]

BEFORE_THE_DECISION = (
    "after journal.expire_overdue",
    "after journal.export_of_flow_run",
    "after journal.open_export",
    "after procore.lock_budget",
    "after procore.read_budget",
    "after vista.read_estimate",
    "after journal.last_verified",
    "after journal.uncleared_failure",
    "after journal.assign_job",
    "after journal.record_plan",
    "after journal.expire_overdue #2",
    "after journal.export",
    "after journal.plan",
    "after journal.decisions",
    "after journal.approver",
    "after procore.read_users",
)
BEFORE_THE_COMMIT = (
    *BEFORE_THE_DECISION,
    "after journal.record_acceptance",
    "after journal.export #2",
    "after journal.plan #2",
    "after procore.read_budget #2",
    "after vista.read_estimate #2",
    "after journal.last_verified #2",
    "after journal.uncleared_failure #2",
    "after journal.plan #3",
    "after journal.decisions #2",
    "after journal.decisions #3",
    "after journal.approver #2",
    "after procore.read_users #2",
    "after journal.move to applying",
    "after journal.plan #4",
    "after journal.permit",
    "at vista.before_lock",
    "at vista.after_lock",
    "at vista.after_phases",
    "at vista.after_half_of_lines",
    "at vista.before_commit",
)
AFTER_THE_COMMIT = (
    "at vista.after_commit",
    "after vista.apply",
    "after journal.move to applied",
    "after journal.export #3",
    "after journal.plan #5",
    "after vista.read_estimate #3",
    "after journal.record_verification",
)
OF_A_REJECT = (
    "after journal.record_rejection",
    "after journal.export #2",
    "before procore.unlock_budget",
    "after procore.unlock_budget",
    "after journal.mark_budget_returned",
)


@pytest.fixture(scope="module")
def mortals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mortals]:
    log = tmp_path_factory.mktemp("lives") / "lives.log"
    with Mortals("tests.flows.dying_steps", os.environ, log) as mortals:
        yield mortals


@pytest.fixture
def site(tmp_path: Path) -> Iterator[CrashSite]:
    with crash_site(tmp_path) as site:
        yield site


@pytest.mark.parametrize("moment", BEFORE_THE_COMMIT)
def test_killed_before_the_commit_nothing_is_written_and_the_next_run_exports_once(
    mortals: Mortals, site: CrashSite, moment: str
) -> None:
    assert mortals.live(site.environment, decision=ACCEPT, die_at=moment) == KILLED
    assert site.posted_lines() == 0
    assert mortals.live(site.environment, decision=ACCEPT) == 0
    END_OF[ACCEPT](site)


@pytest.mark.parametrize("moment", AFTER_THE_COMMIT)
def test_killed_after_the_commit_all_is_written_and_the_next_run_writes_nothing_more(
    mortals: Mortals, site: CrashSite, moment: str
) -> None:
    assert mortals.live(site.environment, decision=ACCEPT, die_at=moment) == KILLED
    assert site.posted_lines() == LINES
    assert mortals.live(site.environment, decision=ACCEPT) == 0
    END_OF[ACCEPT](site)


@pytest.mark.parametrize("moment", OF_A_REJECT)
def test_killed_while_rejecting_the_next_run_gives_the_budget_back_once(
    mortals: Mortals, site: CrashSite, moment: str
) -> None:
    assert mortals.live(site.environment, decision=REJECT, die_at=moment) == KILLED
    assert mortals.live(site.environment, decision=REJECT) == 0
    END_OF[REJECT](site)


@pytest.mark.parametrize("moment", ["after journal.move to applying", "at vista.after_half_of_lines"])
def test_killed_three_times_at_the_same_moment_the_export_still_happens_once(
    mortals: Mortals, site: CrashSite, moment: str
) -> None:
    assert mortals.live(site.environment, decision=ACCEPT, die_at=moment) == KILLED
    # The next life is already applying, so it passes the writer's moments alone.
    for _ in range(2):
        assert mortals.live(site.environment, decision=ACCEPT, die_at="at vista.after_half_of_lines") == KILLED
        assert site.posted_lines() == 0
    assert mortals.live(site.environment, decision=ACCEPT) == 0
    END_OF[ACCEPT](site)


@pytest.mark.parametrize(
    ("decision", "listed"),
    [
        (ACCEPT, [*BEFORE_THE_COMMIT, *AFTER_THE_COMMIT]),
        (REJECT, [*BEFORE_THE_DECISION, *(moment for moment in OF_A_REJECT if moment.startswith("after"))]),
    ],
)
def test_every_call_that_an_export_makes_is_a_moment_of_these_tests(
    mortals: Mortals, site: CrashSite, decision: str, listed: list[str]
) -> None:
    """Fails when an export makes another call: add it to the list above, so that it is died after, too."""
    file = site.folder / "moments"
    assert mortals.live(site.environment, decision=decision, moments=str(file)) == 0
    moments = file.read_text(encoding="utf-8").splitlines()
    assert [moment for moment in moments if not moment.startswith("before ")] == listed
