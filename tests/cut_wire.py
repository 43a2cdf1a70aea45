"""A wire between a test and a server that the test can cut, whole or only on the way back, or let fall silent."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import URL, make_url

from connectors.vista.address import read_address, wire_of

_PIECE = 65_536
_SQL_SERVERS_PORT = 1433


class Wire:
    """Forwards every connection to a server. Connections made after a cut go through again."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._swallows = threading.Event()
        self._open: list[socket.socket] = []
        self._mute: list[socket.socket] = []
        self._spoke_last: socket.socket | None = None
        # How often the client spoke after the server had answered, or first.
        self.exchanges = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def cut(self) -> None:
        """Cut every connection that is open now."""
        cut, self._open = self._open, []
        for end in cut:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def lose_the_next_answer(self) -> None:
        """Let what is sent next arrive, and cut when the server has answered: the answer itself is lost."""
        self._swallows.set()

    def fall_silent(self) -> None:
        """Let nothing through any more on the connections that are open now, and cut none of them."""
        self._mute = list(self._open)

    def close(self) -> None:
        """Cut everything and listen no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
            except OSError:
                return
            self._open += [client, server]
            for ends, is_back in (((client, server), False), ((server, client), True)):
                thread = threading.Thread(target=self._forward, args=(*ends, is_back), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _forward(self, source: socket.socket, target: socket.socket, is_back: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(_PIECE):
                self.exchanges += not is_back and self._spoke_last is not source
                self._spoke_last = source
                if is_back and self._swallows.is_set():
                    self._swallows.clear()
                    self.cut()
                    return
                if source not in self._mute:
                    target.sendall(piece)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def wired(url: str) -> Iterator[tuple[Wire, str]]:
    """Put a wire before the server of an address; give the wire and the address that goes through it."""
    parsed = make_url(url)
    wire = Wire(_server_of(parsed), parsed.port or _SQL_SERVERS_PORT)
    try:
        yield wire, through(parsed, wire.port).render_as_string(hide_password=False)
    finally:
        wire.close()


def through(url: URL, port: int) -> URL:
    """Lead an address through a port of this machine. No certificate names that: the server's name is told apart."""
    options = {name.lower() for name in url.query}
    moved = url.set(host="127.0.0.1", port=port)
    if "hostnameincertificate" not in options and _is_encrypted(url):
        moved = moved.update_query_dict({"HostNameInCertificate": _server_of(url)})
    return moved


def _is_encrypted(url: URL) -> bool:
    wire = wire_of(read_address(url.render_as_string(hide_password=False)))
    return wire.encrypt != "no" and not wire.trusts_any_certificate


def _server_of(url: URL) -> str:
    if not url.host:
        raise ValueError("A wire needs an address that names the server: mssql+mssqlpython://login:password@server/...")
    return url.host
