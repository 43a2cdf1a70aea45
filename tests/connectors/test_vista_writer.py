"""Writing to Vista: what is sent, what Vista refuses, and what is left when it does."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from connectors.vista.errors import (
    CompanyNotVisible,
    VistaRefused,
    VistaUnavailable,
)
from connectors.vista.sql import SqlVista
from jobcost.estimate import Estimate
from jobcost.plan import Plan
from tests.vista_plans import (
    CHANGE_AND_ADD,
    JOB,
    SW1,
    SW2,
    SW3,
    Lines,
    asked_of_sandbox,
    job_with_one_estimate,
    permit_for,
    plan_of,
    run_in_sandbox,
    sandbox_vista,
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


def test_phases_are_added_once_each_and_in_order(vista: SqlVista, url: str) -> None:
    plan = _plan(vista, {(SW3, 3): values("1"), (SW2, 3): values("2"), (SW2, 1): values("3")})

    applied = vista.apply(plan, permit_for(plan))

    assert (applied.phases_added, applied.cost_types_added) == (2, 3)
    assert asked_of_sandbox(url, "SELECT Phase, Item, Contract, ActiveYN FROM JCJP ORDER BY KeyID") == [
        (SW1, "               1", "1164I     ", "Y"),
        (SW2, "               1", "1164I     ", "Y"),
        (SW3, "               1", "1164I     ", "Y"),
    ]


def test_a_new_cost_header_is_job_costs_own_and_live(vista: SqlVista, url: str) -> None:
    plan = _plan(vista, {(SW2, 3): values("7.25", hours_="8", units_="1.5")})

    vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(
        url,
        "SELECT UM, BillFlag, BuyOutYN, Plugged, ActiveYN, OrigHours, OrigUnits, OrigCost, SourceStatus FROM JCCH "
        "WHERE Phase = 'SW   -  2-   '",
    ) == [("LS", "C", "N", "N", "Y", "8.00", "1.500", "7.25", "J")]


def test_unchanged_lines_are_not_mentioned(vista: SqlVista, url: str) -> None:
    plan = _plan(vista, {(SW1, 3): values("40000.00"), (SW2, 3): values("1.00")})
    sent: list[tuple[str, Any]] = []
    event.listen(vista._engine, "before_cursor_execute", lambda *call: sent.append((call[2].split()[0], call[3])))

    vista.apply(plan, permit_for(plan))

    assert [verb for verb, _ in sent if verb in {"INSERT", "UPDATE", "DELETE"}] == ["INSERT", "INSERT"]
    assert asked_of_sandbox(url, "SELECT count(*) FROM bJCCD WHERE Phase = 'SW   -  1-   '") == [(1,)]


def test_a_sites_own_columns_and_triggers_do_not_disturb_an_export(tmp_path: Path) -> None:
    with SqlVista(sandbox_vista(tmp_path, "site_trigger"), 1) as vista:
        plan = _plan(vista, CHANGE_AND_ADD)

        assert vista.apply(plan, permit_for(plan)).cost_types_added == 2


def test_an_estimate_typed_in_by_hand_meanwhile_is_found_to_be_there(vista: SqlVista, url: str) -> None:
    plan = _plan(vista, {(SW1, 3): values("41200.00")})
    run_in_sandbox(url, "UPDATE JCCH SET OrigCost = '41200.00'")

    assert vista.apply(plan, permit_for(plan)).was_already_applied


def test_a_plan_for_another_company_is_not_sent(vista: SqlVista) -> None:
    plan = replace(_plan(vista, CHANGE_AND_ADD), jcco=2)

    with pytest.raises(CompanyNotVisible, match="expected a plan for company 1, found one for company 2"):
        vista.apply(plan, permit_for(plan))


def test_a_refused_phase_is_named_and_everything_taken_back(vista: SqlVista, url: str) -> None:
    plan = _plan(vista, CHANGE_AND_ADD)
    phase = replace(plan.add_phases[0], item="               9")
    plan = replace(plan, add_phases=(phase,))
    before = asked_of_sandbox(url, EVERYTHING)

    with pytest.raises(VistaRefused) as refused:
        vista.apply(plan, permit_for(plan))

    assert refused.value.where == "Phase SW   -  2-"
    assert "is an invalid Contract Item." in refused.value.vista_words
    assert asked_of_sandbox(url, EVERYTHING) == before


def test_an_amount_beyond_vistas_column_is_refused_with_its_line(vista: SqlVista, url: str) -> None:
    plan = _plan(vista, {(SW1, 3): values("1.00"), (SW2, 3): values("10000000000.00")})

    with pytest.raises(VistaRefused) as refused:
        vista.apply(plan, permit_for(plan))

    assert refused.value.where == "Phase SW   -  2- cost type 3"
    assert refused.value.way_out == "The amount is larger than Vista's column holds: split the line."
    assert asked_of_sandbox(url, ESTIMATES) == [(SW1, 3, "40000.00")]


def test_a_vista_held_by_somebody_else_is_safe_to_try_again(url: str) -> None:
    with SqlVista(url, 1, lock_timeout_seconds=0) as vista:
        plan = _plan(vista, CHANGE_AND_ADD)
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(VistaUnavailable, match="held by others"):
                vista.apply(plan, permit_for(plan))
        assert vista.apply(plan, permit_for(plan)).cost_types_added == 1


def test_two_thousand_lines_are_written_in_one_transaction(tmp_path: Path) -> None:
    url = sandbox_vista(tmp_path)
    with SqlVista(url, 1) as vista:
        estimate: Estimate = vista.read_estimate(JOB)
        wanted = {(f"X    -{number // 100:>3}-{number % 100:>3}", 3): values(f"{number}.01") for number in range(2_000)}
        plan = plan_of(estimate, wanted)

        applied = vista.apply(plan, permit_for(plan))

        assert (applied.phases_added, applied.cost_types_added) == (2_000, 2_000)
        assert vista.read_estimate(JOB).total_cost == Decimal("1999020.00")
