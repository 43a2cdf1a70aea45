"""A commit whose reply is lost is answered by reading the job; a killed export leaves nothing half."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from connectors.vista.errors import OutcomeUnknown, VistaUnavailable
from connectors.vista.gateway import Applied
from connectors.vista.sql import SqlVista
from jobcost.plan import Plan, canonical_text
from tests.vista_plans import (
    CHANGE_AND_ADD,
    JOB,
    SW1,
    SW2,
    asked_of_sandbox,
    job_with_one_estimate,
    permit_for,
    plan_of,
    run_in_sandbox,
)

ESTIMATES = "SELECT Phase, CostType, OrigCost FROM JCCH ORDER BY Phase, CostType"
BEFORE = [(SW1, 3, "40000.00")]
AFTER = [(SW1, 3, "41200.00"), (SW2, 3, "7.25")]
POINTS = ("before_lock", "after_lock", "after_phases", "after_half_of_lines", "before_commit", "after_commit")
WRITTEN = Applied(
    phases_added=1, cost_types_added=1, estimates_changed=1, change_orders_added=0, was_already_applied=False
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return job_with_one_estimate(tmp_path)


def _plan(url: str) -> Plan:
    with SqlVista(url, 1) as vista:
        return plan_of(vista.read_estimate(JOB), CHANGE_AND_ADD)


def _lost() -> OperationalError:
    return OperationalError("COMMIT", {}, Exception("Communication link failure"), connection_invalidated=True)


def _at(point: str, happening: Callable[[], None]) -> Callable[[str], None]:
    def checkpoint(name: str) -> None:
        if name == point:
            happening()

    return checkpoint


def _lose() -> None:
    raise _lost()


def test_a_commit_that_happened_without_a_reply_counts_as_written_once(url: str) -> None:
    plan = _plan(url)

    with SqlVista(url, 1, checkpoint=_at("after_commit", _lose)) as vista:
        applied = vista.apply(plan, permit_for(plan))

    assert applied == WRITTEN
    assert asked_of_sandbox(url, ESTIMATES) == AFTER
    assert asked_of_sandbox(url, "SELECT count(*) FROM bJCCD") == [(3,)]


def test_a_commit_that_did_not_happen_is_safe_to_run_again(url: str) -> None:
    plan = _plan(url)
    with SqlVista(url, 1) as vista:
        event.listen(vista._engine, "commit", lambda _connection: _lose())

        with pytest.raises(VistaUnavailable, match=r"stands as before\. Nothing was written"):
            vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(url, ESTIMATES) == BEFORE


def test_a_job_that_tells_neither_way_is_reported_as_unknown(url: str) -> None:
    plan = _plan(url)

    def changed_by_others_meanwhile() -> None:
        run_in_sandbox(url, "UPDATE JCCH SET OrigCost = '1.00' WHERE OrigCost = '41200.00'")
        raise _lost()

    with (
        SqlVista(url, 1, checkpoint=_at("after_commit", changed_by_others_meanwhile)) as vista,
        pytest.raises(OutcomeUnknown, match=r"found: Phase SW   -  2-: expected no such row"),
    ):
        vista.apply(plan, permit_for(plan))


def test_a_vista_that_cannot_be_read_back_leaves_the_outcome_unknown(url: str) -> None:
    plan = _plan(url)
    file = Path(url.removeprefix("sqlite:///"))

    def gone() -> None:
        file.rename(file.with_suffix(".gone"))
        raise _lost()

    with (
        SqlVista(url, 1, checkpoint=_at("after_commit", gone)) as vista,
        pytest.raises(OutcomeUnknown, match="the reply to the commit was lost"),
    ):
        vista.apply(plan, permit_for(plan))


@pytest.mark.parametrize("point", POINTS[1:5])
def test_a_connection_lost_before_the_commit_wrote_nothing(url: str, point: str) -> None:
    plan = _plan(url)

    with SqlVista(url, 1, checkpoint=_at(point, _lose)) as vista, pytest.raises(VistaUnavailable):
        vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(url, ESTIMATES) == BEFORE


@pytest.mark.parametrize("point", POINTS)
def test_a_stopped_export_is_taken_back_and_its_connection_closed(url: str, point: str) -> None:
    plan = _plan(url)

    def stop() -> None:
        raise KeyboardInterrupt

    with SqlVista(url, 1, checkpoint=_at(point, stop)) as vista, pytest.raises(KeyboardInterrupt):
        vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(url, ESTIMATES) == (AFTER if point == "after_commit" else BEFORE)
    with SqlVista(url, 1, lock_timeout_seconds=0) as vista:
        assert vista.apply(plan, permit_for(plan)).was_already_applied == (point == "after_commit")


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_process_leaves_all_or_nothing_and_the_next_run_completes_it(url: str, point: str) -> None:
    plan = _plan(url)
    killed = subprocess.run(
        [sys.executable, "-m", "tests.vista_death", url, point],
        input=canonical_text(plan),
        text=True,
        check=False,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )
    assert killed.returncode == 9

    assert asked_of_sandbox(url, ESTIMATES) == (AFTER if point == "after_commit" else BEFORE)
    with SqlVista(url, 1) as vista:
        applied = vista.apply(plan, permit_for(plan))
    assert applied.was_already_applied == (point == "after_commit")
    assert asked_of_sandbox(url, ESTIMATES) == AFTER
    assert asked_of_sandbox(url, "SELECT count(*) FROM bJCCD") == [(3,)]
