"""Whoever watches for a silent SQL Server goes on: after a thread that did not start, an error, or in a forked process.

And one silent server holds up nobody who logs in at another.
"""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from connectors.vista import patience
from connectors.vista.errors import VistaUnavailable
from connectors.vista.sql import SqlVista
from tests.silent_wire import SilentWire, is_cut, silent_server, vista_at
from tests.vista_plans import JOB, job_with_one_estimate

GIVEN_UP_SECONDS = 20


@pytest.fixture
def wire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentWire]:
    with silent_server(job_with_one_estimate(tmp_path), monkeypatch) as wire:
        yield wire


@pytest.fixture
def vista(wire: SilentWire) -> Iterator[SqlVista]:
    with vista_at(f"127.0.0.1:{wire.port}") as vista:
        yield vista


def ended_in_a_fork(act: Callable[[], None], meanwhile: Callable[[], object]) -> bool:
    """Run it in a forked process; True if it came to its end."""
    child = os.fork()
    if child == 0:
        signal.alarm(GIVEN_UP_SECONDS)
        ended = 1
        try:
            act()
            ended = 0
        finally:
            os._exit(ended)
    while not (waited := os.waitpid(child, os.WNOHANG))[0]:
        meanwhile()
    return waited[1] == 0


def give_up_a_silent_statement(vista: SqlVista, wire: SilentWire) -> None:
    wire.silent = "FROM [JCJM]"
    with pytest.raises(VistaUnavailable, match="the connection to Vista lost"):
        vista.read_estimate(JOB)


def test_a_watch_that_could_not_start_is_told_and_starts_with_the_next_login(
    vista: SqlVista, wire: SilentWire, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Both connections are then watched."""
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "vista patience":
            raise RuntimeError("can't start new thread")
        start(thread)

    while patience._WATCH._thread is not None:
        time.sleep(0.01)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(threading.Thread, "start", refuse)
        first = vista._engine.connect()
    why = "no thread can be started (can't start new thread)"
    assert caplog.messages == [f"Should Vista on any server fall silent, an export waits for it without end: {why}."]

    give_up_a_silent_statement(vista, wire)
    assert is_cut(wire.sockets[0])
    first.invalidate()
    first.close()


def test_an_error_over_one_connection_is_told_and_it_is_cut_at_the_next_look(
    vista: SqlVista, wire: SilentWire, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    is_silent = patience._Wire.is_silent
    stumbles = [RuntimeError("out of luck")]

    def stumble(one: patience._Wire) -> bool:
        if stumbles:
            raise stumbles.pop()
        return is_silent(one)

    monkeypatch.setattr(patience._Wire, "is_silent", stumble)
    give_up_a_silent_statement(vista, wire)

    assert caplog.messages[0] == "A silent connection to Vista could not be cut; it is tried again."


def test_a_forked_process_gives_up_a_silent_server_as_well(vista: SqlVista, wire: SilentWire) -> None:
    """Although a login of its parent was under way, and somebody else was being watched."""
    wire.during_first_login = partial(time.sleep, 0.5)
    with ThreadPoolExecutor() as pool:
        login = pool.submit(vista._engine.connect)
        while not wire.sockets:
            time.sleep(0.01)
        is_given_up = ended_in_a_fork(
            partial(give_up_a_silent_statement, vista, wire), meanwhile=partial(time.sleep, 0.1)
        )
        connection = login.result(GIVEN_UP_SECONDS)
    connection.invalidate()
    connection.close()

    assert is_given_up


def test_a_forked_process_does_not_cut_its_parents_connection(vista: SqlVista, wire: SilentWire) -> None:
    with vista._engine.connect() as connection:

        def go_on() -> None:
            connection.exec_driver_sql("SET NOCOUNT ON")
            time.sleep(0.1)

        assert ended_in_a_fork(partial(give_up_a_silent_statement, vista, wire), meanwhile=go_on)
        assert not is_cut(wire.sockets[0])


def test_a_silent_server_holds_up_no_login_at_another(vista: SqlVista, wire: SilentWire) -> None:
    wire.silent = "connect"
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        vista_at(f"127.0.0.1:{listener.getsockname()[1]}") as another,
        ThreadPoolExecutor() as pool,
    ):
        login = pool.submit(vista._engine.connect)
        while not wire.sockets:
            time.sleep(0.01)
        wire.port = listener.getsockname()[1]
        another._engine.connect().close()

        assert not login.done()
        with pytest.raises(OperationalError):
            login.result(GIVEN_UP_SECONDS)


def test_a_login_that_waits_for_its_servers_name_holds_up_no_other(
    vista: SqlVista, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is asked for once for each login."""
    asked: list[str] = []
    is_answered = threading.Event()
    look_up = socket.getaddrinfo

    def look_up_slowly(host: Any, port: Any, *options: Any, **named: Any) -> Any:
        if port is None:
            asked.append(host)
            if len(asked) == 1:
                is_answered.wait(GIVEN_UP_SECONDS)
        return look_up(host, port, *options, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up_slowly)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(vista._engine.connect)
        while not asked:
            time.sleep(0.01)
        vista._engine.connect().close()
        assert not first.done()
        is_answered.set()
        first.result(GIVEN_UP_SECONDS).close()

    assert asked == ["127.0.0.1", "127.0.0.1"]
