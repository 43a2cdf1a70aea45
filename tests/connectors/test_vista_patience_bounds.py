"""Only a silent SQL Server's own connection is cut; where none can be, the log says so, and the others still are."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import make_url

from connectors.vista import patience
from connectors.vista.errors import VistaUnavailable
from connectors.vista.sql import SqlVista
from tests.odbc_script import lost_connection
from tests.silent_wire import TOO_LONG_SECONDS, SilentWire, is_cut, silent_server, vista_at
from tests.vista_plans import JOB, job_with_one_estimate

UNGUARDED = "Should Vista on {} fall silent, an export waits for it without end: {}."
NOT_FOUND = "no connection to it was found among this process's sockets"


@pytest.fixture
def wire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentWire]:
    with silent_server(job_with_one_estimate(tmp_path), monkeypatch) as wire:
        yield wire


@pytest.fixture
def vista(wire: SilentWire) -> Iterator[SqlVista]:
    with vista_at(f"127.0.0.1:{wire.port}") as vista:
        yield vista


@pytest.fixture
def ends() -> Iterator[ExitStack]:
    with ExitStack() as ends:
        yield ends


def outlast(vista: SqlVista) -> None:
    """Connect, and say nothing for too long."""
    with vista._engine.connect() as connection:
        time.sleep(TOO_LONG_SECONDS)
        connection.invalidate()


def open_during_login(wire: SilentWire, ends: ExitStack, host: str, port: int) -> list[socket.socket]:
    """Let somebody else connect elsewhere while the login waits; theirs is in the list by then."""
    listener = ends.enter_context(socket.create_server((host, port)))
    others: list[socket.socket] = []
    wire.during_first_login = lambda: others.append(
        ends.enter_context(socket.create_connection(listener.getsockname()))
    )
    return others


def ask_browser(ends: ExitStack) -> None:
    browser = ends.enter_context(socket.socket(type=socket.SOCK_DGRAM))
    browser.connect(("127.0.0.1", 1434))


@pytest.mark.parametrize("is_same_host", [True, False])
def test_what_others_open_elsewhere_during_a_login_is_not_cut(
    vista: SqlVista, wire: SilentWire, ends: ExitStack, *, is_same_host: bool
) -> None:
    """Another port of the same machine, as a journal's or a proxy's, or the same port of another machine."""
    others = open_during_login(wire, ends, *(("127.0.0.1", 0) if is_same_host else ("127.0.0.2", wire.port)))

    outlast(vista)

    assert (is_cut(wire.sockets[0]), is_cut(others[0])) == (True, False)


@pytest.mark.parametrize(
    ("place", "server"),
    [
        ("vista.example.com", ("vista.example.com", 1433)),
        ("vista.example.com:1533", ("vista.example.com", 1533)),
        ("vista.example.com\\JOBCOST", ("vista.example.com", None)),
        ("vista.example.com\\JOBCOST:1533", ("vista.example.com", 1533)),
    ],
)
def test_a_server_listens_on_the_addresss_port_or_the_usual_one_and_an_instance_on_an_unknown_one(
    place: str, server: tuple[str, int | None]
) -> None:
    assert patience._server_of(make_url(f"mssql+mssqlpython://me:s3cret@{place}/Viewpoint")) == server


def test_a_named_instance_is_cut_on_the_one_port_to_which_new_connections_lead(
    wire: SilentWire, ends: ExitStack
) -> None:
    """The service that is asked for the port does not count: that is no connection."""
    wire.during_first_login = lambda: ask_browser(ends)
    with vista_at("127.0.0.1\\JOBCOST") as vista:
        outlast(vista)

    assert is_cut(wire.sockets[0])


def test_a_login_to_a_named_instance_that_has_no_connection_yet_cuts_nobody(
    wire: SilentWire, ends: ExitStack, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is open to that machine is somebody else's: the journal's database, perhaps."""
    foreign: list[socket.socket] = []
    made = wire.open

    def somebody_else() -> socket.socket:
        """The login's own connection comes late."""
        foreign.append(ends.enter_context(socket.create_connection(("127.0.0.1", wire.port))))
        time.sleep(TOO_LONG_SECONDS)
        return made()

    monkeypatch.setattr(wire, "open", somebody_else)
    with vista_at("127.0.0.1\\JOBCOST") as vista:
        vista._engine.connect().close()

    assert not is_cut(foreign[0])
    why = "its instance's port is not known; write it into the address"
    assert UNGUARDED.format("127.0.0.1", why) in caplog.messages


def test_a_named_instance_is_not_cut_where_new_connections_lead_to_several_ports(
    wire: SilentWire, ends: ExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    others = open_during_login(wire, ends, "127.0.0.1", 0)
    with vista_at("127.0.0.1\\JOBCOST") as vista:
        outlast(vista)

    assert (is_cut(wire.sockets[0]), is_cut(others[0])) == (False, False)
    why = "new connections lead to several of its ports; write the instance's port into the address"
    assert caplog.messages == [UNGUARDED.format("127.0.0.1", why)]


def test_whoever_has_a_closed_connections_descriptor_by_now_is_not_cut(
    vista: SqlVista, wire: SilentWire, ends: ExitStack
) -> None:
    """The login opened two connections, as to a server with several addresses, and closed the first again."""
    wire.during_first_login = wire.open
    with vista._engine.connect() as connection:
        other = ends.enter_context(socket.create_connection(("127.0.0.1", wire.port)))
        os.dup2(other.fileno(), wire.sockets[0].fileno())
        time.sleep(TOO_LONG_SECONDS)
        connection.invalidate()

    assert (is_cut(wire.sockets[1]), is_cut(other)) == (True, False)


def test_a_closed_connection_is_not_cut_later(
    vista: SqlVista, wire: SilentWire, caplog: pytest.LogCaptureFixture
) -> None:
    vista._engine.connect().close()
    wire.sockets[0].close()

    time.sleep(TOO_LONG_SECONDS)

    assert caplog.messages == []


def test_after_a_login_that_failed_what_others_open_is_not_cut(
    vista: SqlVista, wire: SilentWire, caplog: pytest.LogCaptureFixture
) -> None:
    wire.fail("connect", lost_connection())
    with pytest.raises(VistaUnavailable):
        vista.read_estimate(JOB)

    with socket.create_connection(("127.0.0.1", wire.port)) as other:
        time.sleep(TOO_LONG_SECONDS)
        assert not is_cut(other)
    assert caplog.messages == []


def unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_DESCRIPTORS", "/nowhere")


def test_where_sockets_cannot_be_read_that_is_told_once(
    vista: SqlVista, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    unreadable(monkeypatch)
    for _ in range(2):
        vista.read_estimate(JOB)

    why = "this process's sockets cannot be read ([Errno 2] No such file or directory: '/nowhere')"
    assert caplog.messages == [UNGUARDED.format("127.0.0.1", why)]


def test_where_sockets_can_no_longer_be_read_after_the_login_that_is_told(
    vista: SqlVista, wire: SilentWire, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wire.during_first_login = lambda: unreadable(monkeypatch)
    vista.read_estimate(JOB)

    why = "this process's sockets cannot be read ([Errno 2] No such file or directory: '/nowhere')"
    assert caplog.messages == [UNGUARDED.format("127.0.0.1", why)]


@pytest.mark.parametrize("host", ["a..b", "127.0.0.3"])
def test_where_a_connection_is_not_found_that_is_told_once(
    wire: SilentWire, caplog: pytest.LogCaptureFixture, host: str
) -> None:
    """A name that can be none, or that means another machine by now; nothing is called cut."""
    wire.during_first_login = partial(time.sleep, TOO_LONG_SECONDS)
    with vista_at(f"{host}:{wire.port}") as vista:
        for _ in range(2):
            vista.read_estimate(JOB)

    assert caplog.messages == [UNGUARDED.format(host, NOT_FOUND)]


def test_a_connection_is_cut_also_where_sockets_can_no_longer_be_read(
    vista: SqlVista, wire: SilentWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vista._engine.connect() as connection:
        unreadable(monkeypatch)
        time.sleep(TOO_LONG_SECONDS)
        connection.invalidate()

    assert is_cut(wire.sockets[0])
