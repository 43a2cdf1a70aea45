"""How missing phases are added on SQL Server: by Vista's own procedure where that is right, else by our insert."""

import re
import sqlite3
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from connectors.vista.errors import PostingDisagrees, VistaRefused
from connectors.vista.sql import SqlVista
from jobcost.plan import Plan
from tests.connectors.played_sql_server import url, vista
from tests.odbc_on_sqlite import OdbcOnSqlite, plugged_in
from tests.odbc_script import kind_of, refused_by_trigger
from tests.vista_plans import (
    CHANGE_AND_ADD,
    JOB,
    SW1,
    SW2,
    SW3,
    asked_of_sandbox,
    permit_for,
    plan_of,
    run_in_sandbox,
    values,
    with_masters_descriptions,
)

__all__ = ["url", "vista"]

PHASES = "SELECT Phase, Description, Item, ProjMinPct FROM JCJP ORDER BY Phase"
TWO_PHASES = {(SW2, 3): values("7.25"), (SW3, 3): values("8.00")}


@pytest.fixture
def server(url: str, monkeypatch: pytest.MonkeyPatch) -> OdbcOnSqlite:
    server = plugged_in(url, monkeypatch)
    server.script.may_add_phase = 1
    return server


def _plan(vista: SqlVista, url: str) -> Plan:
    return with_masters_descriptions(url, plan_of(vista.read_estimate(JOB), {**CHANGE_AND_ADD, **TWO_PHASES}))


def _ways(server: OdbcOnSqlite) -> list[str]:
    return [kind for kind in map(kind_of, server.told) if kind in {"ask rights", "run bspJCADDPHASE", "insert JCJP"}]


def test_vistas_own_procedure_adds_the_phases_where_the_login_may_run_it(
    vista: SqlVista, server: OdbcOnSqlite, url: str
) -> None:
    plan = _plan(vista, url)

    applied = vista.apply(plan, permit_for(plan))

    assert (applied.phases_added, applied.phases_by_procedure) == (2, 2)
    assert _ways(server) == ["ask rights", "run bspJCADDPHASE", "run bspJCADDPHASE"]
    assert [row[0] for row in asked_of_sandbox(url, PHASES)] == [SW1, SW2, SW3]
    assert asked_of_sandbox(url, PHASES)[1][1:] == (
        "TRENCH AND EXCAVATION  SUPPORT FOR SEWER WORK",
        plan.add_phases[0].item,
        "0.0000",
    )


@pytest.mark.parametrize("answer", [0, None])
def test_without_the_right_or_the_procedure_our_own_insert_adds_them(
    vista: SqlVista, server: OdbcOnSqlite, url: str, answer: int | None
) -> None:
    server.script.may_add_phase = answer
    plan = _plan(vista, url)

    applied = vista.apply(plan, permit_for(plan))

    assert (applied.phases_added, applied.phases_by_procedure) == (2, 0)
    assert _ways(server) == ["ask rights", "insert JCJP", "insert JCJP"]
    assert len(asked_of_sandbox(url, PHASES)) == 3


@pytest.mark.parametrize(
    "words",
    [{"description": "Another text than the phase master's"}, {"proj_min_pct": Decimal("0.5000")}],
)
def test_a_phase_that_the_procedure_would_write_otherwise_is_inserted_as_planned(
    vista: SqlVista, server: OdbcOnSqlite, url: str, words: dict[str, object]
) -> None:
    """The approver accepted this description and this percentage, and the procedure takes the phase master's."""
    plan = _plan(vista, url)
    first, second = plan.add_phases
    plan = replace(plan, add_phases=(replace(first, **words), second))  # type: ignore[arg-type]  # both are its fields

    applied = vista.apply(plan, permit_for(plan))

    assert (applied.phases_added, applied.phases_by_procedure) == (2, 1)
    assert _ways(server) == ["ask rights", "insert JCJP", "run bspJCADDPHASE"]
    planned = plan.add_phases[0]
    assert asked_of_sandbox(url, PHASES)[1] == (SW2, planned.description, planned.item, f"{planned.proj_min_pct:.4f}")


def test_a_phase_of_the_valid_part_alone_is_inserted_because_the_master_has_no_such_phase(
    vista: SqlVista, server: OdbcOnSqlite, url: str
) -> None:
    plan = _plan(vista, url)
    other = "SW   -  2-  9"
    plan = replace(
        plan,
        add_phases=(replace(plan.add_phases[0], phase=other), plan.add_phases[1]),
        lines=tuple(replace(line, phase=other) if line.phase == SW2 else line for line in plan.lines),
    )

    applied = vista.apply(plan, permit_for(plan))

    assert (applied.phases_added, applied.phases_by_procedure) == (2, 1)
    assert _ways(server) == ["ask rights", "insert JCJP", "run bspJCADDPHASE"]


def test_a_phase_without_a_description_in_the_master_is_inserted(
    vista: SqlVista, server: OdbcOnSqlite, url: str
) -> None:
    """The procedure could take the description of another phase of the job, which nobody accepted."""
    run_in_sandbox(url, f"UPDATE bJCPM SET Description = NULL WHERE Phase = '{SW2}'")
    plan = _plan(vista, url)
    plan = replace(plan, add_phases=(replace(plan.add_phases[0], description=""), plan.add_phases[1]))

    applied = vista.apply(plan, permit_for(plan))

    assert applied.phases_by_procedure == 1
    assert _ways(server) == ["ask rights", "insert JCJP", "run bspJCADDPHASE"]


@pytest.mark.parametrize("may_run", [1, 0])
@pytest.mark.parametrize(
    ("change", "found"),
    [
        (
            "Description = 'Another'",
            "description: expected TRENCH AND EXCAVATION  SUPPORT FOR SEWER WORK, found Another",
        ),
        ("ProjMinPct = '0.2500'", "minimum percentage: expected 0.0000, found 0.2500"),
        ("ActiveYN = 'N'", "active: expected Y, found N"),
    ],
)
def test_a_phase_that_stands_there_otherwise_than_accepted_rolls_everything_back(
    vista: SqlVista, server: OdbcOnSqlite, url: str, change: str, found: str, may_run: int
) -> None:
    server.script.may_add_phase = may_run
    run_in_sandbox(
        url,
        f"CREATE TRIGGER hostile AFTER INSERT ON JCJP WHEN NEW.Phase = '{SW2}'"
        f" BEGIN UPDATE JCJP SET {change} WHERE KeyID = NEW.KeyID; END",
    )
    plan = _plan(vista, url)

    with pytest.raises(PostingDisagrees, match=re.escape(f"Phase SW   -  2-, {found}")):
        vista.apply(plan, permit_for(plan))

    assert [row[0] for row in asked_of_sandbox(url, PHASES)] == [SW1]


def test_a_job_without_missing_phases_asks_nothing(vista: SqlVista, server: OdbcOnSqlite) -> None:
    plan = plan_of(vista.read_estimate(JOB), {(SW1, 3): values("41200.00")})

    vista.apply(plan, permit_for(plan))

    assert _ways(server) == []


@pytest.mark.parametrize(
    ("said", "way_out"),
    [
        ("Job Phase Locked!", "Unlock the job's phases in JC Jobs"),
        ("Contract Item 9 not set up!", "Add the contract item in JC Contract Items"),
        ("", "Look the message up in Vista"),
    ],
)
def test_what_the_procedure_refuses_is_told_with_its_phase_and_rolled_back(
    vista: SqlVista, server: OdbcOnSqlite, url: str, said: str, way_out: str
) -> None:
    server.script.procedure_refuses = said
    plan = _plan(vista, url)

    with pytest.raises(VistaRefused) as refused:
        vista.apply(plan, permit_for(plan))

    assert refused.value.where == "Phase SW   -  2-"
    assert refused.value.vista_words == (said or "bspJCADDPHASE returned 1")
    assert refused.value.way_out.startswith(way_out)
    assert [row[0] for row in asked_of_sandbox(url, PHASES)] == [SW1]


@pytest.mark.parametrize("return_code", [1, 2, -1, -6, None])
@pytest.mark.parametrize("message", ["", None])
def test_only_a_return_code_of_zero_is_a_success_even_if_the_phase_stands_there(
    vista: SqlVista,
    server: OdbcOnSqlite,
    url: str,
    return_code: int | None,
    message: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A procedure that stopped half way answers NULL or something of its own; what it wrote by then proves nothing."""
    add = server.script.add_phase

    def added_but_not_well(sandbox: sqlite3.Connection, bound: list[Any]) -> tuple[int | None, str | None]:
        add(sandbox, bound)
        return return_code, message

    monkeypatch.setattr(server.script, "add_phase", added_but_not_well)
    plan = _plan(vista, url)

    with pytest.raises(VistaRefused) as refused:
        vista.apply(plan, permit_for(plan))

    assert refused.value.vista_words == f"bspJCADDPHASE returned {return_code}"
    assert [row[0] for row in asked_of_sandbox(url, PHASES)] == [SW1]


def test_what_a_trigger_refuses_inside_the_procedure_is_told_in_the_same_way(
    vista: SqlVista, server: OdbcOnSqlite, url: str
) -> None:
    server.script.fail(
        "bspJCADDPHASE @jcco", refused_by_trigger("9 is an invalid Contract Item. - cannot insert Job Phase!")
    )
    plan = _plan(vista, url)

    with pytest.raises(VistaRefused, match="is an invalid Contract Item"):
        vista.apply(plan, permit_for(plan))

    assert [row[0] for row in asked_of_sandbox(url, PHASES)] == [SW1]


def test_a_repeated_apply_tells_that_it_was_written_before_whatever_the_way(
    vista: SqlVista, server: OdbcOnSqlite, url: str
) -> None:
    plan = _plan(vista, url)
    vista.apply(plan, permit_for(plan))
    server.script.may_add_phase = 0

    again = vista.apply(plan, permit_for(plan))

    assert (again.was_already_applied, again.phases_by_procedure) == (True, 0)
