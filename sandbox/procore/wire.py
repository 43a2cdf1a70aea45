"""How values go over the wire: exact numbers, pages with their headers, and Procore's shapes of errors."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Any, TypeVar

from starlette.datastructures import URL
from starlette.responses import Response

T = TypeVar("T")

JSON_TYPE = "application/json; charset=utf-8"


class ApiError(Exception):
    """A refusal, in Procore's words."""

    def __init__(
        self, status: int, message: str, *, field: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.field = field
        self.headers = dict(headers or {})


def exact_json(value: Any) -> str:
    """Write JSON in which a Decimal is a number with exactly its own digits.

    >>> exact_json({"amount": Decimal("310.50"), "uom": "LF"})
    '{"amount":310.50,"uom":"LF"}'
    """
    try:
        # Most answers hold no Decimal, and the library writes those much faster.
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except TypeError:
        return _written(value)


def _written(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return "{" + ",".join(f"{exact_json(str(key))}:{_written(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_written(entry) for entry in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def answer(value: Any, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON."""
    return Response(exact_json(value), status_code=status, headers=dict(headers or {}), media_type=JSON_TYPE)


def error_answer(path: str, error: ApiError) -> Response:
    """Answer with an error in the shape of the API version the path belongs to."""
    return answer(error_body(path, error), error.status, error.headers)


def error_body(path: str, error: ApiError) -> dict[str, Any]:
    """Shape an error: v2 {error}, v1 {errors} for what the caller's values broke, v1 {code, message ...} otherwise."""
    phrase = HTTPStatus(error.status).phrase
    if path.startswith("/rest/v2"):
        detail = {"code": str(error.status), "message": error.message, "source": error.field or ""}
        return {"error": {"code": str(error.status), "message": error.message, "details": [detail]}}
    if error.status in (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CONFLICT):
        return {"errors": {error.field or "base": [error.message]}}
    return {
        "code": error.status,
        "message": error.message,
        "fields": error.field or "",
        "reason": phrase,
        "error": error.message,
    }


def page_headers(url: URL, page: int, per_page: int, total: int) -> dict[str, str]:
    """Write Link (first, prev, next, last), Total and Per-Page."""
    last = max(-(-total // per_page), 1)
    pages = {"first": 1, "last": last}
    if page > 1:
        pages["prev"] = min(page - 1, last)
    if page < last:
        pages["next"] = page + 1
    links = (
        f'<{url.include_query_params(page=number, per_page=per_page)}>; rel="{name}"' for name, number in pages.items()
    )
    return {"Link": ", ".join(links), "Total": str(total), "Per-Page": str(per_page)}


def slice_of(entries: Sequence[T], page: int, per_page: int) -> Sequence[T]:
    """Cut one page (counted from 1) out of all entries."""
    return entries[(page - 1) * per_page : page * per_page]


def decimal_text(value: Decimal | None) -> str | None:
    """Write an amount or quantity as text; nothing stays nothing."""
    return None if value is None else format(value, "f")
