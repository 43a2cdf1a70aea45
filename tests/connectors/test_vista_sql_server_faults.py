"""A network and a server that fail at each statement of an update: nothing is written, and the next run writes it all.

The server is played (`tests/odbc_on_sqlite.py`). Others who write at the same time: `test_vista_sql_server_races.py`.
"""

import sqlite3
from dataclasses import replace
from typing import Any

import pytest

from connectors.vista.errors import PostingDisagrees, VistaRefused, VistaUnavailable
from connectors.vista.gateway import Applied
from connectors.vista.sql import SqlVista
from jobcost.plan import Plan
from tests.connectors.played_sql_server import url, vista
from tests.odbc_on_sqlite import OdbcOnSqlite, plugged_in
from tests.odbc_script import DEADLOCK, LOCK_TIMEOUT, STATEMENT_TIMEOUT, kind_of, lost_connection, server_error
from tests.vista_plans import (
    CHANGE_AND_ADD,
    JOB,
    SW1,
    SW2,
    SW3,
    asked_of_sandbox,
    permit_for,
    plan_of,
    values,
    with_changes,
    with_masters_descriptions,
)

__all__ = ["url", "vista"]

# What a fault at each kind of statement is told with: a part that no other statement has, and what it was about.
READS = {"sp_getapplock": f"Lock of job {JOB}", "WITH (UPDLOCK, HOLDLOCK)": f"Job {JOB}"}
WRITES = {
    "bspJCADDPHASE @jcco": "Phase SW   -  2-",
    "INSERT INTO [JCJP]": "Phase SW   -  3-",
    "UPDATE [JCCH]": "Phase SW   -  1- cost type 3",
    "INSERT INTO [JCCH]": "Phase SW   -  2- cost type 3",
    "INSERT INTO [JCOH]": "Change order BC-7",
    "INSERT INTO [JCOI]": "Change order BC-7, item 1",
    "INSERT INTO [JCOD]": "Change order BC-7, Phase SW   -  1- cost type 3",
}
STATEMENTS = READS | WRITES
# The job's rows of each view that an update writes to.
HELD = {
    "JCJP": "SELECT Phase FROM JCJP ORDER BY Phase",
    "JCCH": "SELECT Phase, CostType, OrigCost FROM JCCH ORDER BY Phase, CostType",
    "JCOH": "SELECT trim(ACO) FROM JCOH",
    "JCOI": "SELECT trim(ACO), trim(ACOItem) FROM JCOI",
    "JCOD": "SELECT trim(ACO), Phase, CostType, EstCost FROM JCOD ORDER BY Phase",
}
BEFORE = {"JCJP": [(SW1,)], "JCCH": [(SW1, 3, "40000.00")], "JCOH": [], "JCOI": [], "JCOD": []}
AFTER = {
    "JCJP": [(SW1,), (SW2,), (SW3,)],
    "JCCH": [(SW1, 3, "41200.00"), (SW2, 3, "7.25"), (SW3, 3, "8.00")],
    "JCOH": [("BC-7",)],
    "JCOI": [("BC-7", "1")],
    "JCOD": [("BC-7", SW1, 3, "500.00"), ("BC-7", SW2, 3, "-25.50")],
}
WRITTEN = Applied(
    phases_added=2,
    cost_types_added=2,
    estimates_changed=1,
    change_orders_added=1,
    was_already_applied=False,
    phases_by_procedure=1,
)


@pytest.fixture
def server(url: str, monkeypatch: pytest.MonkeyPatch) -> OdbcOnSqlite:
    server = plugged_in(url, monkeypatch)
    server.script.may_add_phase = 1
    return server


@pytest.fixture
def plan(vista: SqlVista, url: str) -> Plan:
    """Everything an export can send: a phase by procedure and one by insert, added and changed lines, an order."""
    estimate = vista.read_estimate(JOB)
    named = with_masters_descriptions(url, plan_of(estimate, CHANGE_AND_ADD))
    own = plan_of(estimate, {**CHANGE_AND_ADD, (SW3, 3): values("8.00")})
    phases = (*named.add_phases, *(phase for phase in own.add_phases if phase.phase == SW3))
    orders = {"BC-7": {(SW1, 3): "500.00", (SW2, 3): "-25.50"}}
    return with_changes(replace(own, add_phases=phases), estimate, orders)


def held(url: str) -> dict[str, list[tuple[Any, ...]]]:
    return {view: asked_of_sandbox(url, query) for view, query in HELD.items()}


@pytest.mark.parametrize("part", [part for part in STATEMENTS if part != "sp_getapplock"])
def test_rows_that_a_vista_user_holds_are_waited_for_and_then_given_up(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str, part: str
) -> None:
    """A posting, too: the triggers of cost header and change order take their numbers from HQTC, whose row it keeps."""
    said = _refused_once(vista, server, plan, url, part, server_error(*LOCK_TIMEOUT))

    assert said.startswith(
        f"{STATEMENTS[part]}: expected to have Vista's rows within the waiting time, found them held"
    )


@pytest.mark.parametrize("part", STATEMENTS)
def test_a_deadlock_wrote_nothing_and_is_safe_to_run_again(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str, part: str
) -> None:
    said = _refused_once(vista, server, plan, url, part, server_error(*DEADLOCK))

    assert said.startswith(f"{STATEMENTS[part]}: expected")
    assert "deadlocked with another session" in said


@pytest.mark.parametrize("part", STATEMENTS)
def test_a_statement_that_takes_too_long_wrote_nothing(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str, part: str
) -> None:
    said = _refused_once(vista, server, plan, url, part, STATEMENT_TIMEOUT)

    assert said.startswith(f"{STATEMENTS[part]}: expected")
    assert "VISTA_STATEMENT_SECONDS" in said


@pytest.mark.parametrize("part", STATEMENTS)
def test_a_connection_lost_before_the_commit_wrote_nothing(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str, part: str
) -> None:
    said = _refused_once(vista, server, plan, url, part, lost_connection())

    assert said.startswith(f"{STATEMENTS[part]}: expected an answer, found the connection to Vista lost")


@pytest.mark.parametrize("part", WRITES)
def test_a_line_that_others_add_right_before_any_write_is_found_by_the_check_before_the_commit(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str, part: str
) -> None:
    server.script.meanwhile(
        part,
        "INSERT INTO JCCH (JCCo, Job, PhaseGroup, Phase, CostType, UM, BillFlag, OrigCost) "
        f"VALUES (1, '{JOB}', 1, '{SW1}', 4, 'LS', 'C', '5.00')",
    )

    with pytest.raises(PostingDisagrees, match="Phase SW   -  1- cost type 4, not in the plan"):
        vista.apply(plan, permit_for(plan))

    assert held(url) == BEFORE
    assert vista.apply(plan, permit_for(plan)) == WRITTEN


@pytest.mark.parametrize("part", [part for part in WRITES if part != "UPDATE [JCCH]"])
def test_a_row_that_others_added_first_is_a_duplicate_and_nothing_is_written(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str, part: str
) -> None:
    server.script.fail(part, server_error(2601, "Cannot insert duplicate key row in object 'dbo.b' with unique index."))

    with pytest.raises(VistaRefused) as refused:
        vista.apply(plan, permit_for(plan))

    assert refused.value.where == WRITES[part]
    assert refused.value.way_out == "The row exists already: send the budget again."
    assert held(url) == BEFORE


def test_a_connection_that_never_came_about_wrote_nothing(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str
) -> None:
    said = _refused_once(vista, server, plan, url, "connect", lost_connection())

    assert "expected a connection, found" in said


def test_a_commit_that_was_lost_on_its_way_there_wrote_nothing(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str
) -> None:
    said = _refused_once(vista, server, plan, url, "COMMIT", lost_connection())

    assert "The job was read again and stands as before. Nothing was written." in said


def test_a_commit_whose_reply_is_lost_is_found_written_with_its_change_orders_and_not_sent_again(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str
) -> None:
    server.script.fail("COMMIT", lost_connection(), after=True)

    assert vista.apply(plan, permit_for(plan)) == WRITTEN

    told = [kind_of(told) for told in server.told]
    assert (told.count("commit"), told.count("insert JCOH"), told.count("update JCCH")) == (1, 1, 1)
    assert held(url) == AFTER


def _refused_once(vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str, part: str, error: sqlite3.Error) -> str:
    """Let one statement fail; nothing may be written, no connection used again, and the next try must write it all."""
    server.told.clear()
    server.script.fail(part, error)

    with pytest.raises(VistaUnavailable) as refused:
        vista.apply(plan, permit_for(plan))

    assert held(url) == BEFORE
    tried = sum(told.startswith("connect") for told in server.told)
    assert vista.apply(plan, permit_for(plan)) == WRITTEN
    assert sum(told.startswith("connect") for told in server.told) == tried + 1
    assert held(url) == AFTER
    return str(refused.value)
