"""A small web application that takes Procore's webhook deliveries and says of which project a sync is due.

Deliveries are unsigned, doubled, late or lost (facts/procore.md 2.7), so a delivery proves nothing and carries nothing:
it only makes the next look at one project come sooner. The schedule stays the truth.

Rule 1: only who knows the Authorization header that was given to Procore is heard.
Rule 2: an answer never waits for anything; Procore gives up after 5 seconds. What follows is done by `Reception`.
"""

import hmac
import logging
from collections.abc import Collection
from http import HTTPStatus

from fastapi import FastAPI, Request
from pydantic import SecretStr
from starlette.responses import JSONResponse, Response

from connectors.webhooks.delivery import Delivery, NoDelivery, read_delivery
from connectors.webhooks.reception import Reception

logger = logging.getLogger(__name__)

PATH = "/procore"
BODY_BYTES_MAX = 64 * 1024


def make_receiver(
    reception: Reception, *, authorization: SecretStr, company_id: int, resources: Collection[str]
) -> FastAPI:
    """Make the application.

    Args:
        reception: takes what is worth a sync.
        authorization: the whole Authorization header that Procore was told to send.
        company_id: the Procore company; deliveries of others are ignored.
        resources: names of the resources that concern budgets, in any case of letters; others are ignored.
    """
    app = FastAPI(title="Webhooks of the budget export", docs_url=None, redoc_url=None, openapi_url=None)
    expected = authorization.get_secret_value().encode()
    known = frozenset(name.strip().casefold() for name in resources)

    @app.post(PATH)
    async def take(request: Request) -> Response:
        given = request.headers.get("Authorization", "").encode("latin-1", "replace")
        # Takes the same time for every wrong header.
        if not hmac.compare_digest(given, expected):
            return _said(HTTPStatus.UNAUTHORIZED, "refused")
        body = await _body(request)
        if body is None:
            return _said(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large")
        try:
            delivery = read_delivery(body)
        except NoDelivery as problem:
            return _said(HTTPStatus.BAD_REQUEST, str(problem))
        return _said(HTTPStatus.OK, _taken(reception, delivery, company_id, known))

    @app.get("/health")
    async def health() -> Response:
        return _said(HTTPStatus.OK, "listening")

    return app


def _taken(reception: Reception, delivery: Delivery, company_id: int, known: frozenset[str]) -> str:
    """Say what becomes of a delivery. Whatever is ignored is answered well: Procore would only send it again."""
    if delivery.company_id != company_id or delivery.project_id is None:
        return "ignored: not about a project of this company"
    if delivery.resource.strip().casefold() not in known:
        logger.info("Ignored a delivery about %r.", delivery.resource)
        return "ignored: not about budgets"
    return reception.take(delivery.id, delivery.project_id)


async def _body(request: Request) -> bytes | None:
    """Read what was posted; None if it is more than any delivery."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES_MAX:
            return None
    return body


def _said(status: HTTPStatus, word: str) -> Response:
    return JSONResponse({"status": word}, status_code=status)
