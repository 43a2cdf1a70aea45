"""Nothing is written without its permit, or to a Vista that moved; and what each guard prevents."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.vista import writer
from connectors.vista.errors import (
    PermitMismatch,
    StaleEstimate,
)
from connectors.vista.sql import SqlVista
from jobcost.plan import Plan
from tests.vista_plans import (
    CHANGE_AND_ADD,
    JOB,
    SW1,
    SW2,
    Lines,
    asked_of_sandbox,
    job_with_one_estimate,
    permit_for,
    plan_of,
    run_in_sandbox,
    values,
)

ESTIMATES = "SELECT Phase, CostType, OrigCost FROM JCCH ORDER BY Phase, CostType"
EVERYTHING = "SELECT 'h', Phase, OrigCost FROM JCCH UNION ALL SELECT 'd', Phase, EstCost FROM bJCCD ORDER BY 1, 2, 3"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return job_with_one_estimate(tmp_path)


@pytest.fixture
def vista(url: str) -> Iterator[SqlVista]:
    with SqlVista(url, 1, lock_timeout_seconds=1) as vista:
        yield vista


def _plan(vista: SqlVista, wanted: Lines) -> Plan:
    return plan_of(vista.read_estimate(JOB), wanted)


def _no_guard(*_arguments: object) -> None:
    """Stand where a guard was."""


def test_without_the_permit_guard_another_plan_would_be_written(
    vista: SqlVista, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted, other = _plan(vista, {(SW1, 3): values("41200.00")}), _plan(vista, {(SW1, 3): values("99999.00")})
    with pytest.raises(PermitMismatch):
        vista.apply(other, permit_for(accepted))
    assert asked_of_sandbox(url, ESTIMATES) == [(SW1, 3, "40000.00")]

    monkeypatch.setattr(writer, "_require_permit", _no_guard)
    vista.apply(other, permit_for(accepted))

    assert asked_of_sandbox(url, ESTIMATES) == [(SW1, 3, "99999.00")]


MOVES = {
    "the planned estimate changed": (
        "UPDATE JCCH SET OrigCost = '40500.00'",
        (
            "Phase SW   -  1- cost type 3: expected cost 40,000.00, hours 0.00, units 0.000, "
            "found cost 40,500.00, hours 0.00, units 0.000."
        ),
    ),
    "the planned estimate was deleted": (
        "DELETE FROM JCCH",
        "Phase SW   -  1- cost type 3: expected cost 40,000.00, hours 0.00, units 0.000, found no such row.",
    ),
    "the unit of measure changed": (
        "UPDATE JCCH SET UM = 'LF'",
        "Phase SW   -  1- cost type 3, unit of measure: expected LS, found LF.",
    ),
    "the row went back to project management": (
        "UPDATE JCCH SET SourceStatus = 'N'",
        "Phase SW   -  1- cost type 3, owner: expected Job Cost, found Project Management (not interfaced yet).",
    ),
    "the job was closed": (
        "UPDATE bJCCM SET ContractStatus = 2",
        "Job 1164I-001, status: expected open, found soft-closed.",
    ),
    "the phases were locked": (
        "UPDATE bJCJM SET LockPhases = 'Y'",
        "Job 1164I-001, phases locked: expected no, found yes.",
    ),
    "the job began to add to revenue": (
        "UPDATE bJCJM SET AutoAddItemYN = 'Y'",
        "Job 1164I-001, adds to revenue: expected no, found yes.",
    ),
    "the contract amount changed": (
        "UPDATE bJCCI SET OrigContractAmt = '5.00' WHERE Item = '               1'",
        "Job 1164I-001, contract item 1: expected 0.00, found 5.00.",
    ),
    "the job is no longer visible": (
        "UPDATE bJCJM SET PCVisibleInJC = 'N'",
        "Job 1164I-001: expected the job in JCJM, found no such job.",
    ),
    "the phase to be added is there": (
        (
            "INSERT INTO JCJP (JCCo, Job, PhaseGroup, Phase, Contract, Item) "
            "VALUES (1, '1164I-001', 1, 'SW   -  2-   ', '1164I     ', '               2')"
        ),
        "Phase SW   -  2-: expected no such row, found a phase of the job.",
    ),
}


@pytest.mark.parametrize("move", sorted(MOVES))
def test_what_moved_since_the_plan_is_named_and_nothing_is_written(vista: SqlVista, url: str, move: str) -> None:
    plan = _plan(vista, CHANGE_AND_ADD)
    statement, message = MOVES[move]
    run_in_sandbox(url, statement)
    before = asked_of_sandbox(url, EVERYTHING)

    with pytest.raises(StaleEstimate) as stale:
        vista.apply(plan, permit_for(plan))

    assert message in [str(difference) for difference in stale.value.differences]
    assert asked_of_sandbox(url, EVERYTHING) == before


def test_an_estimate_the_plan_does_not_mention_must_not_have_moved(vista: SqlVista, url: str) -> None:
    plan = _plan(vista, {(SW2, 3): values("1.00")})
    run_in_sandbox(url, "UPDATE JCCH SET OrigCost = '40000.01'")

    with pytest.raises(StaleEstimate, match=r"expected cost 40,000\.00.*found cost 40,000\.01"):
        vista.apply(plan, permit_for(plan))


def test_a_plan_for_a_closed_job_is_not_written_even_if_it_was_closed_when_planned(vista: SqlVista, url: str) -> None:
    """Vista itself lets an existing estimate be changed on a closed job."""
    run_in_sandbox(url, "UPDATE bJCCM SET ContractStatus = 3")
    plan = _plan(vista, {(SW1, 3): values("1.00")})

    with pytest.raises(StaleEstimate, match="status: expected open, found hard-closed"):
        vista.apply(plan, permit_for(plan))


def test_a_line_whose_phase_is_nowhere_is_not_left_to_vistas_choice_of_item(vista: SqlVista) -> None:
    plan = replace(_plan(vista, {(SW2, 3): values("1.00")}), add_phases=())

    with pytest.raises(StaleEstimate, match="Phase SW   -  2-: expected a phase of the job, found no such row"):
        vista.apply(plan, permit_for(plan))


def test_without_the_before_image_guard_a_closed_job_would_be_written(
    vista: SqlVista, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = _plan(vista, {(SW1, 3): values("41200.00")})
    run_in_sandbox(url, "UPDATE bJCCM SET ContractStatus = 3")
    monkeypatch.setattr(writer, "_require_before_image", _no_guard)

    vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(url, ESTIMATES) == [(SW1, 3, "41200.00")]
