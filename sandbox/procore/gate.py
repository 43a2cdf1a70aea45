"""The door of the API: writes down each request, lets faults strike, checks token, company and rate limits."""

import json
from http import HTTPStatus

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.procore import effects
from sandbox.procore.limits import SURPASSED
from sandbox.procore.sandbox import RequestSeen, Sandbox
from sandbox.procore.wire import ApiError, error_answer

MISSING_COMPANY = (
    "Missing Procore-Company-Id header! Every request names the company it is for, even when the path does too."
)
LOGIN = "/oauth/token"
CONTROL = "/sandbox"


class Gate:
    """ASGI application around the API; `/sandbox/...` (control) passes untouched and unlogged."""

    def __init__(self, api: ASGIApp, sandbox: Sandbox) -> None:
        self._api = api
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self._api(scope, receive, send)
            return
        request = Request(scope)
        method, path, query = request.method, request.url.path, request.url.query
        seen = RequestSeen(method, path, query)
        self._sandbox.requests.append(seen)

        async def noted_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
            await send(message)

        fault = self._sandbox.faults.take(method, path, query)
        if fault is None:
            await self._answer(scope, receive, noted_send)
        else:
            await effects.Strike(self._sandbox, fault, self._answer, send).play(scope, receive, noted_send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer without any fault: refuse at the door, or let the API work."""
        request = Request(scope)
        refusal = self._refusal(request)
        headers: dict[str, str] = {}
        if refusal is None and request.url.path.startswith("/rest/"):
            admitted, headers = self._sandbox.limiter.admit()
            if not admitted:
                refusal = ApiError(HTTPStatus.TOO_MANY_REQUESTS, SURPASSED)

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
                message = {**message, "headers": [*message["headers"], *raw]}
            await send(message)

        app = self._api if refusal is None else error_answer(request.url.path, refusal)
        await app(scope, receive, send_with_limits)

    def _refusal(self, request: Request) -> ApiError | None:
        if request.url.path == LOGIN:
            return None
        if self._sandbox.live_token(request.headers.get("authorization", "")) is None:
            return ApiError(
                HTTPStatus.UNAUTHORIZED, "The access token is missing, invalid or expired. Request a new token."
            )
        if not request.url.path.startswith("/rest/"):
            return None
        company = request.headers.get("procore-company-id", "").strip()
        if not company:
            return ApiError(HTTPStatus.BAD_REQUEST, MISSING_COMPANY)
        if company != str(self._sandbox.world.company.id):
            return ApiError(
                HTTPStatus.FORBIDDEN, f"This application is not connected to the company {json.dumps(company)}."
            )
        return None
