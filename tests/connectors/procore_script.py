"""A Procore that says what a test tells it to say, and a clock that never makes anybody wait."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.procore.access import ProcoreAccess
from connectors.procore.calls import Calls
from connectors.procore.http import HttpProcore

SECRET = "the-client-secret-4711"
TOKEN = "the-access-token-0815"
# Seconds since 1970 at which every test starts.
START = 1_800_000_000.0

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@dataclass
class FakeClock:
    """Time passes only by sleeping."""

    time: float = START
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


def access(**changes: Any) -> ProcoreAccess:
    values: dict[str, Any] = {
        "login_url": "https://login.procore.test",
        "api_url": "https://api.procore.test",
        "client_id": "the-client-id",
        "client_secret": SecretStr(SECRET),
        "company_id": 8089,
        "budget_view": "Vista Export",
        **changes,
    }
    return ProcoreAccess(**values)


class Script:
    """Answers each "METHOD /path" with what was told for it, one after the other; the last answer stays."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.seen: list[httpx.Request] = []
        self.token_seconds = 5400
        self._answers: dict[str, list[Answer]] = {}

    def tell(self, call: str, *answers: Answer) -> None:
        self._answers[call] = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        call = f"{request.method} {request.url.path}"
        told = self._answers.get(call)
        if told is None:
            if call == "POST /oauth/token":
                number = self.calls_made().count(call)
                return json({"access_token": f"{TOKEN}-{number}", "expires_in": self.token_seconds})
            raise AssertionError(f"the script has no answer for {call}")
        answer = told.pop(0) if len(told) > 1 else told[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer

    def calls_made(self) -> list[str]:
        return [f"{request.method} {request.url.path}" for request in self.seen]

    def api_calls(self) -> list[str]:
        return [call for call in self.calls_made() if call != "POST /oauth/token"]

    def calls(self, **changes: Any) -> Calls:
        transport = httpx.MockTransport(self)
        return Calls(access(**changes), transport=transport, sleep=self.clock.sleep, now=self.clock.now)

    def procore(self, **changes: Any) -> HttpProcore:
        transport = httpx.MockTransport(self)
        return HttpProcore(access(**changes), transport=transport, sleep=self.clock.sleep, now=self.clock.now)


def json(value: Any, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=value, headers={name.replace("_", "-"): text for name, text in headers.items()})


def lost(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("no answer within the time-out", request=request)
