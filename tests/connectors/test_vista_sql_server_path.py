"""The road an export takes on SQL Server, through SQLAlchemy's own SQL Server dialect, with the sandbox behind it.

No SQL Server runs here: this proves which statements it would get, in which order and transaction, and no more.
"""

import traceback
from datetime import datetime

import pytest
from sqlalchemy.exc import StatementError

from connectors.vista.errors import VistaRefused, VistaUnavailable
from connectors.vista.gateway import Applied
from connectors.vista.sql import SqlVista
from tests.connectors.played_sql_server import server, url, vista
from tests.odbc_on_sqlite import OdbcOnSqlite
from tests.odbc_script import kind_of, lost_connection, server_error
from tests.vista_plans import (
    CHANGE_AND_ADD,
    JOB,
    SW1,
    SW2,
    TWO_ORDERS,
    asked_of_sandbox,
    permit_for,
    plan_of,
    run_in_sandbox,
    with_changes,
)

__all__ = ["server", "url", "vista"]

ESTIMATES = "SELECT Phase, CostType, OrigCost FROM JCCH ORDER BY Phase, CostType"
# What every connection is told before anything else.
CONNECTED = (
    "connect timeout=15",
    "set transaction isolation level read committed",
    "set xact_abort on",
    "set lock_timeout 15000",
)


def test_an_export_sends_the_reviewed_sequence_in_one_transaction(vista: SqlVista, server: OdbcOnSqlite) -> None:
    plan = plan_of(vista.read_estimate(JOB), CHANGE_AND_ADD)
    server.told.clear()

    applied = vista.apply(plan, permit_for(plan))

    assert applied == Applied(
        phases_added=1, cost_types_added=1, estimates_changed=1, change_orders_added=0, was_already_applied=False
    )
    sums = ["read JCCD", "read JCCP", "read JCCD"]
    held, orders = ([f"{how} JCOH", f"{how} JCOI", f"{how} JCOD", "read JCCD"] for how in ("hold", "read"))
    assert [kind_of(told) for told in server.told] == [
        *CONNECTED,
        "lock",
        *("read HQCO", "read JCCO", "hold JCJM", "read JCCI", "hold JCJP", *held, "hold JCCH", *sums),
        *("ask rights", "insert JCJP", "read JCJP", "update JCCH", "insert JCCH"),
        *("read HQCO", "read JCCO", "read JCJM", "read JCCI", "read JCJP", *orders, "read JCCH", *sums),
        "commit",
        # What SQLAlchemy does to every connection before it is thrown away.
        "rollback",
    ]


def test_a_commit_without_a_reply_is_settled_by_one_reading_that_holds_the_jobs_rows(
    vista: SqlVista, server: OdbcOnSqlite
) -> None:
    """Without the locks the reading could see, under snapshot isolation, the job of before a commit that still runs."""
    plan = plan_of(vista.read_estimate(JOB), CHANGE_AND_ADD)
    server.script.fail("COMMIT", lost_connection(), after=True)
    server.told.clear()

    assert vista.apply(plan, permit_for(plan)).estimates_changed == 1

    told = [kind_of(told) for told in server.told]
    settling = told[len(told) - told[::-1].index("connect timeout=15") - 1 :]
    assert [kind for kind in settling if kind != "rollback"] == [
        *CONNECTED,
        "lock",
        *("read HQCO", "read JCCO", "hold JCJM", "read JCCI", "hold JCJP"),
        *("hold JCOH", "hold JCOI", "hold JCOD", "read JCCD", "hold JCCH"),
        *("read JCCD", "read JCCP", "read JCCD"),
    ]


@pytest.mark.parametrize("part", ["INSERT INTO [JCCH]", "UPDATE [JCCH]", "INSERT INTO [JCJP]"])
def test_no_error_repeats_the_amounts_that_were_bound_however_deep_one_looks(
    vista: SqlVista, server: OdbcOnSqlite, part: str
) -> None:
    plan = plan_of(vista.read_estimate(JOB), CHANGE_AND_ADD)
    server.script.fail(part, server_error(547, "The statement conflicted with a constraint."))

    with pytest.raises(VistaRefused) as refused:
        vista.apply(plan, permit_for(plan))

    cause = refused.value.__cause__
    assert isinstance(cause, StatementError)
    assert part in str(cause)
    told = "".join(traceback.format_exception(refused.value))
    assert "[SQL parameters hidden due to hide_parameters=True]" in told
    assert [value for value in (JOB, "41200.00", "7.25", "Phase SW   -  2-'") if value in str(cause)] == []


def test_an_update_sends_its_change_orders_after_the_estimates_in_the_same_transaction(
    vista: SqlVista, server: OdbcOnSqlite
) -> None:
    estimate = vista.read_estimate(JOB)
    plan = with_changes(plan_of(estimate, CHANGE_AND_ADD), estimate, TWO_ORDERS)
    server.told.clear()

    vista.apply(plan, permit_for(plan))

    told = [kind_of(told) for told in server.told]
    writes = [kind for kind in told if kind.startswith(("insert", "update", "commit"))]
    assert writes == [
        *("insert JCJP", "update JCCH", "insert JCCH"),
        *("insert JCOH", "insert JCOI", "insert JCOD", "insert JCOD"),
        *("insert JCOH", "insert JCOI", "insert JCOD"),
        "commit",
    ]
    # What Vista posted is read after the last write, before the commit.
    checked = told[len(told) - told[::-1].index("insert JCOD") : told.index("commit")]
    assert [kind for kind in checked if kind.split()[1] in {"JCOH", "JCOI", "JCOD", "JCCD", "JCCP"}] == [
        *("read JCOH", "read JCOI", "read JCOD", "read JCCD"),
        *("read JCCD", "read JCCP", "read JCCD"),
    ]
    assert told.count("lock") == 1
    assert sum(kind.startswith("connect") for kind in told) == 1


def test_an_updates_change_orders_are_exact_on_that_road_too(vista: SqlVista, url: str) -> None:
    estimate = vista.read_estimate(JOB)
    plan = with_changes(plan_of(estimate, CHANGE_AND_ADD), estimate, TWO_ORDERS)

    vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(
        url, "SELECT ACO, ACOItem, Phase, EstCost, UnitCost, MonthAdded FROM JCOD ORDER BY KeyID"
    ) == [
        ("BC-7", "1", SW1, "500.00", "0.00000", "2026-11-01 00:00:00.000000"),
        ("BC-7", "1", SW2, "-25.50", "0.00000", "2026-11-01 00:00:00.000000"),
        ("BM-2AO0H1D", "1", SW1, "-0.01", "0.00000", "2026-11-01 00:00:00.000000"),
    ]
    assert vista.apply(plan, permit_for(plan)).was_already_applied


def test_a_refused_change_order_is_rolled_back_with_the_estimates(
    vista: SqlVista, server: OdbcOnSqlite, url: str
) -> None:
    run_in_sandbox(
        url, "CREATE TRIGGER refuse BEFORE INSERT ON JCOD BEGIN SELECT RAISE(ROLLBACK, 'ACO Item is invalid'); END"
    )
    estimate = vista.read_estimate(JOB)
    plan = with_changes(plan_of(estimate, CHANGE_AND_ADD), estimate, TWO_ORDERS)
    server.told.clear()

    with pytest.raises(VistaRefused, match="ACO Item is invalid"):
        vista.apply(plan, permit_for(plan))

    assert [kind_of(told) for told in server.told][-2:] == ["insert JCOD", "rollback"]
    assert asked_of_sandbox(url, ESTIMATES) == [(SW1, 3, "40000.00")]


def test_the_audit_is_asked_once_for_the_job_and_the_moment(vista: SqlVista, server: OdbcOnSqlite) -> None:
    server.told.clear()

    vista.read_audit(JOB, datetime.fromisoformat("2026-01-01"))

    assert [kind_of(told) for told in server.told if "FROM [" in told] == ["read HQMA"]


def test_what_was_written_is_exact(vista: SqlVista, url: str) -> None:
    plan = plan_of(vista.read_estimate(JOB), CHANGE_AND_ADD)

    vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(url, ESTIMATES) == [(SW1, 3, "41200.00"), (SW2, 3, "7.25")]
    assert vista.apply(plan, permit_for(plan)).was_already_applied


@pytest.mark.parametrize(("answer", "error"), [((-1, 1), VistaUnavailable), ((0, 0), VistaRefused)])
def test_without_the_lock_nothing_is_sent(
    vista: SqlVista, server: OdbcOnSqlite, answer: tuple[int, int], error: type[Exception]
) -> None:
    plan = plan_of(vista.read_estimate(JOB), CHANGE_AND_ADD)
    server.script.lock_answer = answer
    server.told.clear()

    with pytest.raises(error):
        vista.apply(plan, permit_for(plan))

    assert [kind_of(told) for told in server.told][-2:] == ["lock", "rollback"]


def test_after_a_refusal_the_connection_is_rolled_back_and_not_used_again(
    vista: SqlVista, server: OdbcOnSqlite, url: str
) -> None:
    run_in_sandbox(
        url,
        "CREATE TRIGGER refuse BEFORE INSERT ON JCCH BEGIN "
        "SELECT RAISE(ROLLBACK, 'Invalid UM - cannot insert Cost Header!'); END",
    )
    plan = plan_of(vista.read_estimate(JOB), CHANGE_AND_ADD)
    server.told.clear()

    with pytest.raises(VistaRefused, match="Invalid UM - cannot insert Cost Header!"):
        vista.apply(plan, permit_for(plan))

    assert [kind_of(told) for told in server.told][-2:] == ["insert JCCH", "rollback"]
    assert sum(told.startswith("connect") for told in server.told) == 1
    assert asked_of_sandbox(url, ESTIMATES) == [(SW1, 3, "40000.00")]
