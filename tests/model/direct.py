"""The sandbox Procore without a socket: its application called in this thread, by the transport of the real client.

Everything else is as over HTTP: the gate, the faults, the rate limits, the JSON. A call costs a tenth of one through a
socket, which is what allows thousands of sequences.
"""

from collections.abc import Awaitable

import httpx
from starlette.types import Message, Scope

from sandbox.procore.app import make_app
from sandbox.procore.sandbox import Sandbox

# More turns than the longest fault takes to close a connection.
_TURNS_MAX = 1000


class DirectProcore(httpx.BaseTransport):
    """Answers the requests of an httpx client from a sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._app = make_app(sandbox)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request, or fail as a client does whose connection was closed."""
        connection = _Connection(request.read())
        _finished(self._app(_scope(request), connection.receive, connection.send))
        if connection.disconnected or connection.status is None:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
        return httpx.Response(connection.status, headers=connection.headers, content=bytes(connection.body))


class _Connection:
    """What the application sees of the client; bears the names that the sandbox's faults know from uvicorn."""

    def __init__(self, sent: bytes) -> None:
        self._sent = sent
        self.status: int | None = None
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()
        self.disconnected = False
        self.transport = self

    def abort(self) -> None:
        """Close the connection without a goodbye."""
        self.disconnected = True

    async def receive(self) -> Message:
        return {"type": "http.request", "body": self._sent, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], message["headers"]
        else:
            self.body += message.get("body", b"")


def _scope(request: httpx.Request) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 0),
        "server": (request.url.host, request.url.port),
    }


def _finished(answering: Awaitable[None]) -> None:
    """Take the application to its end. It waits for nothing but its own turn, so no event loop is needed."""
    turns = answering.__await__()
    for _ in range(_TURNS_MAX):
        try:
            next(turns)
        except StopIteration:
            return
    raise AssertionError("expected an answer at once, found the sandbox waiting; give its faults no seconds to last")
