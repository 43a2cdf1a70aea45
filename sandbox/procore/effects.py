"""How each fault plays out on the connection."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Message, Receive, Scope, Send

from sandbox.procore.faults import Fault
from sandbox.procore.limits import SURPASSED, limit_headers
from sandbox.procore.sandbox import Sandbox
from sandbox.procore.shifting import insert_first_line, project_of, remove_first_line
from sandbox.procore.wire import ApiError, error_answer

Answer = Callable[[Scope, Receive, Send], Awaitable[None]]
GATEWAY_PAGE = "<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
PIECES = 4
NAP_SECONDS = 0.02
TURNS_UNTIL_CLOSED = 100
# Without a Retry-After of its own, a 429's window is taken to end after this many seconds.
RESET_SECONDS = 1


@dataclass(slots=True)
class Collected:
    """An answer held back: what the API would have sent."""

    start: Message = field(default_factory=dict)
    body: bytes = b""

    async def send(self, message: Message) -> None:
        """Take one message of the answer."""
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message.get("body", b"")

    def with_body(self, body: bytes) -> Response:
        """Make the answer with another body and a length that fits it."""
        headers = {name.decode(): value.decode() for name, value in self.start["headers"] if name != b"content-length"}
        return Response(body, status_code=self.start["status"], headers=headers)


@dataclass(slots=True)
class Strike:
    """One fault hitting one request. `bare_send` is the server's own, which knows the connection."""

    sandbox: Sandbox
    fault: Fault
    answer: Answer
    bare_send: Send

    async def play(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the fault happen."""
        match self.fault.kind:
            case "429" | "500" | "502" | "503" | "forbidden" | "expired_token":
                await self._refusal(Request(scope))(scope, receive, send)
            case "drop_before":
                await self._drop()
            case "timeout":
                await self._pause(self.fault.seconds)
                await self._drop()
            case _:
                held = Collected()
                await self.answer(scope, receive, held.send)
                await self._spoil(held, scope, receive, send)

    async def _spoil(self, held: Collected, scope: Scope, receive: Receive, send: Send) -> None:
        """The work is done: spoil the answer, or what is read next."""
        match self.fault.kind:
            case "drop_after":
                await self._drop()
            case "timeout_after":
                await self._pause(self.fault.seconds)
                await self._drop()
            case "truncated_json":
                await held.with_body(held.body[: len(held.body) // 2])(scope, receive, send)
            case "html":
                await HTMLResponse(GATEWAY_PAGE.format(title="We will be right back"))(scope, receive, send)
            case "slow_body":
                await self._send_slowly(held, send)
            case "row_inserted_after" | "row_removed_after":
                # The answer is written already, and the budget has changed before anybody reads it: a caller who has
                # its answer knows that the change is done.
                project = project_of(self.sandbox.world, Request(scope))
                shift = insert_first_line if self.fault.kind == "row_inserted_after" else remove_first_line
                shift(self.sandbox.world, project)
                await held.with_body(held.body)(scope, receive, send)

    def _refusal(self, request: Request) -> Response:
        retry_after = self.fault.retry_after
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        path = request.url.path
        match self.fault.kind:
            case "429":
                ends = self.sandbox.clock.now() + (RESET_SECONDS if retry_after is None else retry_after)
                limited = limit_headers(self.sandbox.limits.per_10_seconds or 0, 0, ends)
                error = ApiError(HTTPStatus.TOO_MANY_REQUESTS, SURPASSED, headers={**limited, **headers})
            case "502":
                return HTMLResponse(GATEWAY_PAGE.format(title="502 Bad Gateway"), status_code=HTTPStatus.BAD_GATEWAY)
            case "503":
                error = ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "The service is under load.", headers=headers)
            case "forbidden":
                error = ApiError(HTTPStatus.FORBIDDEN, "You do not have the permission this action needs.")
            case "expired_token":
                self.sandbox.revoke(request.headers.get("authorization", ""))
                error = ApiError(HTTPStatus.UNAUTHORIZED, "The access token expired. Request a new token.")
            case _:
                error = ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side.")
        return error_answer(path, error)

    async def _send_slowly(self, held: Collected, send: Send) -> None:
        await send(held.start)
        size = -(-len(held.body) // PIECES) or 1
        for start in range(0, len(held.body), size):
            await self._pause(self.fault.seconds / PIECES)
            await send({"type": "http.response.body", "body": held.body[start : start + size], "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pause(self, seconds: float) -> None:
        """Wait in naps, so that neither a stopping server nor a client that has gone keeps this going."""
        connection = self._connection()
        for _ in range(math.ceil(seconds / NAP_SECONDS)):
            if self.sandbox.faults.stopping or connection.disconnected:
                return
            await asyncio.sleep(NAP_SECONDS)

    async def _drop(self) -> None:
        """Close the connection without a byte of answer."""
        connection = self._connection()
        connection.transport.abort()
        # uvicorn must hear of the closed connection before this returns, or it would answer 500 itself.
        for _ in range(TURNS_UNTIL_CLOSED):
            if connection.disconnected:
                return
            await asyncio.sleep(0)

    def _connection(self) -> Any:
        """Take the connection from uvicorn: ASGI has no word for dropping it, and uvicorn's `send` is bound to it."""
        return self.bare_send.__self__  # type: ignore[attr-defined]
