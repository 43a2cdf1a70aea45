"""Log-in: POST /oauth/token with client credentials, and GET /oauth/token/info."""

import base64
import binascii
import json
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import Response

from sandbox.procore.ask import Asked
from sandbox.procore.wire import answer

router = APIRouter()


@router.post("/oauth/token")
async def give_token(ask: Asked) -> Response:
    """Give a token for credentials in the body (JSON or form) or as HTTP Basic."""
    asked = await _fields(ask.request)
    client = ask.world.client
    if (asked.get("client_id"), asked.get("client_secret")) != (client.id, client.secret):
        return _refused(HTTPStatus.UNAUTHORIZED, "invalid_client", "Client authentication failed.")
    if asked.get("grant_type") != "client_credentials":
        text = "This sandbox grants client_credentials only."
        return _refused(HTTPStatus.BAD_REQUEST, "unsupported_grant_type", text)
    token = ask.sandbox.new_token()
    return answer(
        {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": client.token_seconds,
            "created_at": int(ask.sandbox.tokens[token].created_at),
        }
    )


@router.get("/oauth/token/info")
async def show_token(ask: Asked) -> Response:
    """Tell about the token presented; the gate has found it alive."""
    token = ask.sandbox.live_token(ask.request.headers["authorization"])
    if token is None:
        return _refused(HTTPStatus.UNAUTHORIZED, "invalid_token", "The access token expired.")
    return answer(
        {
            "resource_owner_id": ask.world.client.user_id,
            "scopes": [],
            "expires_in_seconds": int(token.ends_at - ask.sandbox.clock.now()),
            "application": {"uid": ask.world.client.id},
            "created_at": int(token.created_at),
        }
    )


async def _fields(request: Request) -> dict[str, Any]:
    """Read what was sent, whatever its form; Basic credentials count where the body has none."""
    raw = (await request.body()).decode("utf-8", errors="replace")
    if "json" in request.headers.get("content-type", ""):
        try:
            found = json.loads(raw)
        except ValueError:
            found = None
        fields: dict[str, Any] = found if isinstance(found, dict) else {}
    else:
        fields = dict(parse_qsl(raw))
    return {**_basic(request.headers.get("authorization", "")), **fields}


def _basic(authorization: str) -> dict[str, Any]:
    scheme, _, coded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        client_id, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return {}
    return {"client_id": client_id, "client_secret": secret}


def _refused(status: int, error: str, text: str) -> Response:
    return answer({"error": error, "error_description": text}, status)
