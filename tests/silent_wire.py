"""A SQL Server that never says a word, as far as its sockets go; the driver on it is that of `tests/odbc_on_sqlite`.

Two seconds of silence are too many for its connections: one second is the limit, and the grace is short.
"""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from connectors.vista import patience
from connectors.vista.sql import SqlVista
from tests.odbc_on_sqlite import plugged_in
from tests.odbc_script import Script, lost_connection

TOO_LONG_SECONDS = 2.0
# So that a test fails, and does not wait for ever, where nobody cuts.
_GIVEN_UP_SECONDS = 10.0


class SilentWire(Script):
    """Each connection holds a socket to a server that never says a word; what shall be silent waits for it."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port
        self.silent = ""
        self.is_done_first = False
        # What happens while the first login waits for an answer.
        self.during_first_login: Callable[[], object] = lambda: None
        # How many of the server's addresses the driver meets, one after the other, before one lets it in.
        self.silent_addresses = 0
        self.slow: dict[str, float] = {}
        self.sockets: list[socket.socket] = []

    def open(self) -> socket.socket:
        """Open one more connection to the server."""
        self.sockets.append(socket.create_connection(("127.0.0.1", self.port)))
        return self.sockets[-1]

    def before(self, text: str) -> list[str]:
        if text == "connect":
            for _ in range(self.silent_addresses):
                self._wait_for(self.open())
            self.open()
            if len(self.sockets) == 1:
                self.during_first_login()
        time.sleep(self.slow.get(text, 0))
        self._wait(text, done=False)
        return super().before(text)

    def after(self, text: str) -> None:
        self._wait(text, done=True)
        super().after(text)

    def _wait(self, text: str, *, done: bool) -> None:
        if self.silent and self.silent in text and self.is_done_first is done:
            self.silent = ""
            self._wait_for(self.sockets[-1])
            raise lost_connection()

    def _wait_for(self, silent: socket.socket) -> None:
        """As a driver: until something comes, or the socket is shut down."""
        silent.settimeout(_GIVEN_UP_SECONDS)
        try:
            silent.recv(1)
        except TimeoutError:
            pytest.fail("nobody cut the connection")


def is_cut(one: socket.socket) -> bool:
    one.settimeout(0.05)
    try:
        return one.recv(1) == b""
    except TimeoutError:
        return False


@contextmanager
def silent_server(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentWire]:
    """Let every SQL Server of this test be silent on its sockets, and answer from the sandbox at this address."""
    monkeypatch.setattr(patience, "_GRACE_SECONDS", 0.2)
    monkeypatch.setattr(patience, "_LOOK_SECONDS", 0.1)
    patience._tell_unguarded.cache_clear()
    server = plugged_in(url, monkeypatch)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.script = wire = SilentWire(listener.getsockname()[1])
        yield wire
        for one in wire.sockets:
            one.close()


def vista_at(place: str) -> SqlVista:
    return SqlVista(
        f"mssql+pyodbc://me:s3cret@{place}/Viewpoint",
        1,
        login_timeout_seconds=1,
        lock_timeout_seconds=1,
        statement_timeout_seconds=1,
    )
