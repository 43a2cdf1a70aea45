"""Cuts the wire to a SQL Server that gives no sign, so that no export waits for ever.

The driver ends a statement by asking the server to cancel it, and waits for that answer; a COMMIT it never ends, nor
always a login. Where nothing comes back at all, and nobody says that the connection is gone, its limits do not hold
(seen with mssql-python 1.16). A socket that is shut down ends each of these waits at once: the driver then tells of a
lost connection, which is understood like any other, also during COMMIT.

Sockets are found among the process's own descriptors, as Linux and macOS show them; elsewhere nothing is cut.
"""

import logging
import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

_DESCRIPTORS = "/dev/fd"
_LOOK_SECONDS = 1.0
# What the driver's own limit gets to hold before the wire is cut.
_GRACE_SECONDS = 15.0
# Where a connection's wire is kept.
_WIRE = "vista_wire"

_log = logging.getLogger(__name__)


class _Wire:
    """The sockets of one connection to a server, and when it last gave a sign."""

    def __init__(self, host: str, login_seconds: float) -> None:
        self._host = host
        self._limit = login_seconds
        self._others = frozenset(number for number, _ in _sockets())
        self._mine: frozenset[int] | None = None
        self._last_sign = time.monotonic()

    def is_up(self, answer_seconds: float) -> None:
        """From now on it is this connection's own sockets, and another limit."""
        self._mine, self._limit = self._own(), answer_seconds
        self.sign()

    def sign(self) -> None:
        """Something was sent, or came back."""
        self._last_sign = time.monotonic()

    def is_silent(self) -> bool:
        return time.monotonic() - self._last_sign > self._limit

    def is_gone(self) -> bool:
        """All its sockets were closed."""
        return self._mine is not None and not self._mine & {number for number, _ in _sockets()}

    def cut(self) -> None:
        """Shut its sockets down: whoever waits for them gets an error at once."""
        _log.warning("Vista on %s gave no sign for %.0f seconds; the connection is cut.", self._host, self._limit)
        mine = self._own() if self._mine is None else self._mine
        for number, descriptor in _sockets():
            if number in mine:
                with suppress(OSError), _held(number, descriptor) as held:
                    held.shutdown(socket.SHUT_RDWR)

    def _own(self) -> frozenset[int]:
        """Sockets to the server that were not there before this connection was made."""
        addresses = _addresses(self._host)
        return frozenset(
            number
            for number, descriptor in _sockets()
            if number not in self._others and _peer(number, descriptor) in addresses
        )


class _Watch:
    """One thread looks at all wires, as long as there are any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wires: list[_Wire] = []

    def add(self, wire: _Wire) -> None:
        with self._lock:
            self._wires.append(wire)
            if len(self._wires) == 1:
                threading.Thread(target=self._look, name="vista patience", daemon=True).start()

    def drop(self, wire: _Wire) -> None:
        with self._lock, suppress(ValueError):
            self._wires.remove(wire)

    def _look(self) -> None:
        while True:
            with self._lock:
                self._wires = [wire for wire in self._wires if not wire.is_gone()]
                if not self._wires:
                    return
                silent = [wire for wire in self._wires if wire.is_silent()]
                self._wires = [wire for wire in self._wires if wire not in silent]
            for wire in silent:
                wire.cut()
            time.sleep(_LOOK_SECONDS)


_WATCH = _Watch()
# One login at a time: what is open to the server after it, and was not before, is its own.
_LOGIN = threading.Lock()


def lose_patience(engine: Engine, *, login_seconds: float, answer_seconds: float) -> None:
    """Cut a connection of this engine that gives no sign for longer than the driver's own limits, and some grace."""

    def connect(dialect: Dialect, record: ConnectionPoolEntry, positional: list[Any], named: dict[str, Any]) -> Any:
        with _LOGIN:
            wire = _Wire(engine.url.host or "", login_seconds + _GRACE_SECONDS)
            _WATCH.add(wire)
            try:
                connection = dialect.connect(*positional, **named)
            except BaseException:
                _WATCH.drop(wire)
                raise
            wire.is_up(answer_seconds + _GRACE_SECONDS)
        record.info[_WIRE] = wire
        return connection

    def sign(connection: Connection, *_: object) -> None:
        wire = connection.info.get(_WIRE)
        if wire is not None:
            wire.sign()

    event.listen(engine, "do_connect", connect)
    for happening in ("before_cursor_execute", "after_cursor_execute", "commit", "rollback"):
        event.listen(engine, happening, sign)


def _sockets() -> Iterator[tuple[int, int]]:
    """Number (inode) and descriptor of each socket that this process has open."""
    with suppress(OSError):
        for path in Path(_DESCRIPTORS).iterdir():
            with suppress(OSError):
                found = path.stat()
                if stat.S_ISSOCK(found.st_mode):
                    yield found.st_ino, int(path.name)


@contextmanager
def _held(number: int, descriptor: int) -> Iterator[socket.socket]:
    """A second descriptor of a socket.

    Raises:
        OSError: it was closed, or the descriptor is another's by now.
    """
    with socket.socket(fileno=os.dup(descriptor)) as held:
        if os.fstat(held.fileno()).st_ino != number:
            raise OSError(f"descriptor {descriptor} is another socket's")
        yield held


def _peer(number: int, descriptor: int) -> str | None:
    """The address at the other end; None where there is none."""
    with suppress(OSError, IndexError), _held(number, descriptor) as held:
        peer = held.getpeername()
        return str(peer[0]) if held.family in {socket.AF_INET, socket.AF_INET6} else None
    return None


def _addresses(host: str) -> frozenset[str]:
    """Of a server; what follows a backslash names an instance on it."""
    with suppress(OSError):
        return frozenset(str(info[4][0]) for info in socket.getaddrinfo(host.partition("\\")[0], None))
    return frozenset()
