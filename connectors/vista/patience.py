"""Cuts the wire to a SQL Server that gives no sign, so that no export waits for ever.

The driver ends a statement by asking the server to cancel it, and waits for that answer; a COMMIT it never ends, nor
always a login. Where nothing comes back at all, and nobody says that the connection is gone, its limits do not hold
(seen with mssql-python 1.16). A socket that is shut down ends each of these waits at once: the driver then tells of a
lost connection, which is understood like any other, also during COMMIT.

Whoever holds a connection open without a statement for longer than the limit and its grace loses it as well.

Linux only: sockets are found among the process's own descriptors, by their inodes (macOS shows none; not tried). Where
a connection's sockets are not found, it is not cut, and the log says so.
"""

import logging
import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import URL, Connection, Dialect, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

_DESCRIPTORS = "/proc/self/fd"
_LOOK_SECONDS = 1.0
# What the driver's own limit gets to hold before the wire is cut.
_GRACE_SECONDS = 15.0
# Where an address names neither port nor instance.
_USUAL_PORT = 1433
# Where a connection's wire is kept.
_WIRE = "vista_wire"

logger = logging.getLogger(__name__)


class _Server(NamedTuple):
    """Where a SQL Server listens; a named instance without a port has one of its own, which is not known."""

    host: str
    port: int | None


class _Wire:
    """The sockets of one connection to a server, and when it last gave a sign.

    Raises:
        OSError: the process's sockets cannot be read.
    """

    def __init__(self, server: _Server, addresses: frozenset[str], login_seconds: float) -> None:
        self._server, self._addresses = server, addresses
        self._limit = login_seconds
        self._others = frozenset(_sockets())
        self._mine: dict[int, int] | None = None
        self._last_sign = time.monotonic()

    def is_up(self, answer_seconds: float) -> None:
        """From now on it is this connection's own sockets, and another limit."""
        self._limit = answer_seconds
        self.sign()
        self._mine = self._own()

    def sign(self) -> None:
        """Something was sent, or came back."""
        self._last_sign = time.monotonic()

    def is_silent(self) -> bool:
        return time.monotonic() - self._last_sign > self._limit

    def is_gone(self) -> bool:
        """All its sockets were closed, or cut. A login has none of its own yet: the driver may make another."""
        return self._mine is not None and not any(_is_open(*one) for one in self._mine.items())

    def cut(self) -> None:
        """Shut its sockets down, each once: whoever waits for them gets an error at once. A login begins anew."""
        self.sign()
        if self._mine is None and self._server.port is None:
            # A login without any connection yet; what leads to its machine may be somebody else's.
            _tell_unguarded(self._server.host, "its instance's port is not known; write it into the address")
            return
        mine = self._own() if self._mine is None else self._mine
        if mine:
            logger.warning(
                "Vista on %s gave no sign for %.0f seconds; the connection is cut.", self._server.host, self._limit
            )
        for number, descriptor in tuple(mine.items()):
            with suppress(OSError), _held(number, descriptor) as held:
                del mine[number]
                held.shutdown(socket.SHUT_RDWR)

    def _own(self) -> dict[int, int]:
        """Number and descriptor of each socket to the server that was not there before this connection was made."""
        try:
            new = {number: descriptor for number, descriptor in _sockets().items() if number not in self._others}
        except OSError as unreadable:
            _tell_unguarded(self._server.host, f"this process's sockets cannot be read ({unreadable})")
            return {}
        peers = {number: _peer(number, descriptor) for number, descriptor in new.items()}
        ports = {number: peer[1] for number, peer in peers.items() if peer and peer[0] in self._addresses}
        mine = {number: new[number] for number, port in ports.items() if self._server.port in {None, port}}
        if not mine:
            _tell_unguarded(self._server.host, "no connection to it was found among this process's sockets")
        if len({ports[number] for number in mine}) > 1:
            _tell_unguarded(
                self._server.host,
                "new connections lead to several of its ports; write the instance's port into the address",
            )
            return {}
        return mine


class _Watch:
    """One thread looks at all wires, as long as there are any."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Know of nothing; also in a forked process, whose wires are its parent's, and whose locks nobody opens."""
        self._lock = threading.Lock()
        self._wires: list[_Wire] = []
        self._thread: threading.Thread | None = None
        self._logins: dict[tuple[str, int | None], threading.Lock] = {}

    @contextmanager
    def login(self, addresses: frozenset[str], port: int | None) -> Iterator[None]:
        """One login at a time, however a server is called: what is open to it only afterwards is the login's own."""
        with ExitStack() as alone:
            for address in sorted(addresses):
                alone.enter_context(self._logins.setdefault((address, port), threading.Lock()))
            yield

    def add(self, wire: _Wire) -> None:
        with self._lock:
            self._wires.append(wire)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._look, name="vista patience", daemon=True)
                try:
                    self._thread.start()
                except RuntimeError as refused:
                    # The next login tries again, and this wire is then looked at as well.
                    _tell_unguarded("any server", f"no thread can be started ({refused})")

    def drop(self, wire: _Wire) -> None:
        with self._lock, suppress(ValueError):
            self._wires.remove(wire)

    def _look(self) -> None:
        while wires := self._left():
            for wire in wires:
                try:
                    if wire.is_gone():
                        self.drop(wire)
                    elif wire.is_silent():
                        wire.cut()
                except Exception:
                    logger.exception("A silent connection to Vista could not be cut; it is tried again.")
            time.sleep(_LOOK_SECONDS)

    def _left(self) -> tuple[_Wire, ...]:
        with self._lock:
            if not self._wires:
                # Told here, because the thread is alive for a moment still.
                self._thread = None
            return tuple(self._wires)


_WATCH = _Watch()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_WATCH.begin)


def lose_patience(engine: Engine, *, login_seconds: float, answer_seconds: float) -> None:
    """Cut a connection of this engine that gives no sign for longer than the driver's own limits, and some grace."""
    server = _server_of(engine.url)

    def connect(dialect: Dialect, record: ConnectionPoolEntry, positional: list[Any], named: dict[str, Any]) -> Any:
        addresses = _addresses(server.host)
        with _WATCH.login(addresses, server.port):
            try:
                wire = _Wire(server, addresses, login_seconds + _GRACE_SECONDS)
            except OSError as unreadable:
                _tell_unguarded(server.host, f"this process's sockets cannot be read ({unreadable})")
                return dialect.connect(*positional, **named)
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
        # A lost connection is rolled back, too, but knows no wire any more.
        wire = None if connection.invalidated else connection.info.get(_WIRE)
        if wire is not None:
            wire.sign()

    event.listen(engine, "do_connect", connect)
    for happening in ("before_cursor_execute", "after_cursor_execute", "commit", "rollback"):
        event.listen(engine, happening, sign)


@cache
def _tell_unguarded(host: str, why: str) -> None:
    """Say it once."""
    logger.warning("Should Vista on %s fall silent, an export waits for it without end: %s.", host, why)


def _server_of(url: URL) -> _Server:
    """What follows a backslash names an instance, which listens on the address's port, if there is one."""
    host, _, instance = (url.host or "").partition("\\")
    return _Server(host, url.port or (None if instance else _USUAL_PORT))


def _addresses(host: str) -> frozenset[str]:
    # A name that can be none, as `a..b`, is an error of its encoding.
    with suppress(OSError, UnicodeError):
        return frozenset(str(info[4][0]) for info in socket.getaddrinfo(host, None))
    return frozenset()


def _sockets() -> dict[int, int]:
    """Number (inode) and descriptor of each socket that this process has open.

    Raises:
        OSError: they cannot be read: not Linux, or no descriptor is left to read them with.
    """
    found = {}
    for path in Path(_DESCRIPTORS).iterdir():
        with suppress(OSError):
            seen = path.stat()
            if stat.S_ISSOCK(seen.st_mode):
                found[seen.st_ino] = int(path.name)
    return found


def _is_open(number: int, descriptor: int) -> bool:
    with suppress(OSError):
        return os.fstat(descriptor).st_ino == number
    return False


@contextmanager
def _held(number: int, descriptor: int) -> Iterator[socket.socket]:
    """A second descriptor of a socket.

    Raises:
        OSError: it was closed, or the descriptor is another's by now.
    """
    second = os.dup(descriptor)
    try:
        made = socket.socket(fileno=second)
    except OSError:
        os.close(second)
        raise
    with made as held:
        if not _is_open(number, held.fileno()):
            raise OSError(f"descriptor {descriptor} is another socket's")
        yield held


def _peer(number: int, descriptor: int) -> tuple[str, int] | None:
    """Address and port at the other end of a TCP connection; None for anything else."""
    with suppress(OSError), _held(number, descriptor) as held:
        if held.family in {socket.AF_INET, socket.AF_INET6} and held.type == socket.SOCK_STREAM:
            address, port = held.getpeername()[:2]
            return str(address), int(port)
    return None
