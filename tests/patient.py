"""A client of the Prefect server's API that has patience with its SQLite."""

from typing import Any

import httpx

_TRIES = 50


class _Patience(httpx.HTTPTransport):
    """Asks again where SQLite was locked (HTTP 503) or the connection broke: both pass by themselves."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(_TRIES):
            try:
                answer = super().handle_request(request)
            except (httpx.ReadError, httpx.RemoteProtocolError):
                continue
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer
            answer.close()
        return super().handle_request(request)


def patient_client(base_url: str, **named: Any) -> httpx.Client:
    """Open a client that asks again by itself."""
    return httpx.Client(base_url=base_url, trust_env=False, timeout=30, transport=_Patience(), **named)
