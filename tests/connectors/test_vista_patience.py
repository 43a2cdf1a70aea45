"""A SQL Server that gives no sign any more is not waited for without end: its connection is cut, and told as lost.

The wire is a real socket to somebody who never says a word (`tests/silent_wire.py`). Who is not cut, and what is told
where nobody can be: `test_vista_patience_bounds.py`.
"""

import logging
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from connectors.vista.errors import VistaUnavailable
from connectors.vista.sql import SqlVista
from jobcost.plan import Plan
from tests.silent_wire import SilentWire, is_cut, silent_server, vista_at
from tests.vista_plans import CHANGE_AND_ADD, JOB, asked_of_sandbox, job_with_one_estimate, permit_for, plan_of

ESTIMATES = "SELECT OrigCost FROM JCCH ORDER BY Phase"
BEFORE, AFTER = [("40000.00",)], [("41200.00",), ("7.25",)]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return job_with_one_estimate(tmp_path)


@pytest.fixture
def wire(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentWire]:
    with silent_server(url, monkeypatch) as wire:
        yield wire


@pytest.fixture
def vista(wire: SilentWire) -> Iterator[SqlVista]:
    with vista_at(f"127.0.0.1:{wire.port}") as vista:
        yield vista


@pytest.fixture
def plan(vista: SqlVista) -> Plan:
    return plan_of(vista.read_estimate(JOB), CHANGE_AND_ADD)


@pytest.mark.parametrize("statement", ["sp_getapplock", "FROM [JCCH]", "UPDATE [JCCH]", "INSERT INTO [JCCH]"])
def test_a_statement_without_any_answer_is_given_up_and_wrote_nothing(
    vista: SqlVista, wire: SilentWire, plan: Plan, url: str, statement: str
) -> None:
    wire.silent = statement

    with pytest.raises(VistaUnavailable, match=r"found the connection to Vista lost: .+ Nothing was written"):
        vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(url, ESTIMATES) == BEFORE
    assert not vista.apply(plan, permit_for(plan)).was_already_applied
    assert asked_of_sandbox(url, ESTIMATES) == AFTER


def test_a_login_without_any_answer_is_given_up(vista: SqlVista, wire: SilentWire) -> None:
    wire.silent = "connect"

    with pytest.raises(VistaUnavailable, match="expected a connection"):
        vista.read_estimate(JOB)


def test_a_server_is_let_in_by_the_third_of_its_addresses_where_two_are_silent(
    vista: SqlVista, wire: SilentWire
) -> None:
    """Each has its own time; the third takes nearly all of it."""
    wire.silent_addresses = 2
    wire.slow = {"connect": 0.8}

    with vista._engine.connect():
        assert [is_cut(one) for one in wire.sockets] == [True, True, False]


@pytest.mark.parametrize("is_done_first", [True, False])
def test_a_commit_without_any_answer_is_settled_by_reading(
    vista: SqlVista, wire: SilentWire, plan: Plan, url: str, *, is_done_first: bool
) -> None:
    wire.silent, wire.is_done_first = "COMMIT", is_done_first

    if is_done_first:
        assert vista.apply(plan, permit_for(plan)).estimates_changed == 1
    else:
        with pytest.raises(VistaUnavailable, match=r"stands as before\. Nothing was written"):
            vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(url, ESTIMATES) == (AFTER if is_done_first else BEFORE)


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_the_end_of_a_transaction_has_its_own_time_whatever_passed_before_it(
    vista: SqlVista, wire: SilentWire, end: str
) -> None:
    wire.slow = {end.upper(): 0.8}
    with vista._engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1").all()
        time.sleep(0.8)

        getattr(connection, end)()

        assert not is_cut(wire.sockets[-1])


def test_who_is_cut_is_told_in_the_log_and_nobody_else_is_cut(
    vista: SqlVista, wire: SilentWire, caplog: pytest.LogCaptureFixture
) -> None:
    """A connection to the same server that somebody else made before."""
    wire.silent = "FROM [JCJM]"
    with socket.create_connection(("127.0.0.1", wire.port)) as other:
        with caplog.at_level(logging.WARNING), pytest.raises(VistaUnavailable):
            vista.read_estimate(JOB)
        assert not is_cut(other)

    assert caplog.messages == ["Vista on 127.0.0.1 gave no sign for 1 seconds; the connection is cut."]


def test_a_connection_that_stays_open_is_cut_once(
    vista: SqlVista, wire: SilentWire, caplog: pytest.LogCaptureFixture
) -> None:
    with vista._engine.connect() as connection:
        time.sleep(3.5)
        assert is_cut(wire.sockets[0])
        connection.invalidate()

    assert caplog.messages == ["Vista on 127.0.0.1 gave no sign for 1 seconds; the connection is cut."]


def test_a_lost_connection_is_the_error_that_is_told_and_not_its_rollback(vista: SqlVista, wire: SilentWire) -> None:
    wire.silent = "SELECT 1"

    with pytest.raises(OperationalError, match="Communication link failure"), vista._engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1").all()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_two_logins_at_once_do_not_take_each_others_connection(vista: SqlVista, wire: SilentWire, name: str) -> None:
    """The first ends, and nobody hears of it any more; the second goes on working."""
    wire.during_first_login = partial(time.sleep, 0.5)
    with vista_at(f"{name}:{wire.port}") as another, ThreadPoolExecutor() as pool:
        first = pool.submit(vista._engine.connect)
        while not wire.sockets:
            time.sleep(0.01)
        second = another._engine.connect()
        first.result(30).close()
    with second:
        for _ in range(25):
            second.exec_driver_sql("SELECT 1").all()
            time.sleep(0.1)

    assert not is_cut(wire.sockets[1])


def test_without_the_watch_the_wait_would_not_end(
    vista: SqlVista, wire: SilentWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.vista.patience._Wire.is_silent", lambda _: False)
    wire.silent = "FROM [JCJM]"
    with ThreadPoolExecutor() as pool:
        reading = pool.submit(vista.read_estimate, JOB)
        with pytest.raises(TimeoutError):
            reading.result(timeout=4)
        wire.sockets[-1].shutdown(socket.SHUT_RDWR)
        with pytest.raises(VistaUnavailable):
            reading.result(timeout=30)
