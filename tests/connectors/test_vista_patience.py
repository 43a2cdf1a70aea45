"""A SQL Server that gives no sign any more is not waited for without end: its connection is cut, and told as lost.

The wire is a real socket to somebody who never says a word; the driver on it is the stand-in of `tests/odbc_on_sqlite`.
"""

import logging
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from connectors.vista.errors import VistaUnavailable
from connectors.vista.sql import SqlVista
from jobcost.plan import Plan
from tests.odbc_on_sqlite import OdbcOnSqlite, plugged_in
from tests.odbc_script import Script, lost_connection
from tests.vista_plans import CHANGE_AND_ADD, JOB, asked_of_sandbox, job_with_one_estimate, permit_for, plan_of

ESTIMATES = "SELECT OrigCost FROM JCCH ORDER BY Phase"
BEFORE, AFTER = [("40000.00",)], [("41200.00",), ("7.25",)]
ADDRESS = "mssql+pyodbc://me:s3cret@127.0.0.1/Viewpoint"


class SilentWire(Script):
    """Each connection holds a socket to a server that never says a word; what shall be silent waits for it."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port
        self.silent = ""
        self.is_done_first = False
        self.first_login_takes_seconds = 0.0
        self.sockets: list[socket.socket] = []

    def before(self, text: str) -> list[str]:
        if text == "connect":
            self.sockets.append(socket.create_connection(("127.0.0.1", self.port)))
            time.sleep(self.first_login_takes_seconds if len(self.sockets) == 1 else 0)
        self._wait(text, done=False)
        return super().before(text)

    def after(self, text: str) -> None:
        self._wait(text, done=True)
        super().after(text)

    def _wait(self, text: str, *, done: bool) -> None:
        if self.silent and self.silent in text and self.is_done_first is done:
            self.silent = ""
            # As a driver: until something comes, or the socket is shut down.
            self.sockets[-1].recv(1)
            raise lost_connection()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return job_with_one_estimate(tmp_path)


@pytest.fixture
def wire(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentWire]:
    monkeypatch.setattr("connectors.vista.patience._GRACE_SECONDS", 0.2)
    monkeypatch.setattr("connectors.vista.patience._LOOK_SECONDS", 0.1)
    server: OdbcOnSqlite = plugged_in(url, monkeypatch)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = SilentWire(listener.getsockname()[1])
        server.script = wire
        yield wire
        for one in wire.sockets:
            one.close()


@pytest.fixture
def vista(wire: SilentWire) -> Iterator[SqlVista]:
    assert wire.sockets == []
    with SqlVista(ADDRESS, 1, login_timeout_seconds=1, lock_timeout_seconds=1, statement_timeout_seconds=1) as vista:
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


def test_who_is_cut_is_told_in_the_log_and_nobody_else_is_cut(
    vista: SqlVista, wire: SilentWire, caplog: pytest.LogCaptureFixture
) -> None:
    """A connection to the same server that somebody else made before."""
    wire.silent = "FROM [JCJM]"
    with socket.create_connection(("127.0.0.1", wire.port)) as other:
        with caplog.at_level(logging.WARNING), pytest.raises(VistaUnavailable):
            vista.read_estimate(JOB)
        other.settimeout(0.1)
        with pytest.raises(TimeoutError):
            other.recv(1)

    assert "Vista on 127.0.0.1 gave no sign for 1 seconds; the connection is cut." in caplog.messages


def test_two_logins_at_once_do_not_take_each_others_connection(vista: SqlVista, wire: SilentWire) -> None:
    """The first ends, and nobody hears of it any more; the second goes on working."""
    wire.first_login_takes_seconds = 0.5
    with ThreadPoolExecutor() as pool:
        first = pool.submit(vista._engine.connect)
        while not wire.sockets:
            time.sleep(0.01)
        second = vista._engine.connect()
        first.result(30).close()
    with second:
        for _ in range(25):
            second.exec_driver_sql("SELECT 1").all()
            time.sleep(0.1)

    wire.sockets[1].settimeout(0.05)
    with pytest.raises(TimeoutError):
        wire.sockets[1].recv(1)


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
