"""One webhook delivery of Procore, as far as it is used: which project it is about, and how it is told from others.

Payloads of versions 2 to 4 (facts/procore.md 2.7): 2 and 3 have numbers and a `ulid`, 4 has text throughout and a ULID
as its `id`. Nothing else of a delivery is believed: it only says where to look.

UNVERIFIED: whether version 4 still has `resource_name` beside `resource_type`; either is taken.
"""

import json
from dataclasses import dataclass
from typing import Any

_ID_LENGTH_MAX = 64
_NAME_LENGTH_MAX = 200
# Procore's ids may not fit 32 bits, but 64: the largest number with a sign has 19 digits.
_NUMBER_MAX = 2**63 - 1
_DIGITS_MAX = len(str(_NUMBER_MAX))


class NoDelivery(Exception):
    """What was posted is no delivery of Procore's; the message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Something happened to a resource."""

    # The same for every copy of one delivery.
    id: str
    company_id: int
    # None for what belongs to no project.
    project_id: int | None
    # "" where none is named.
    resource: str


def read_delivery(body: bytes) -> Delivery:
    """Read what was posted.

    Raises:
        NoDelivery: if it is no JSON object, or lacks an identity or a company.
    """
    try:
        # No amount is in it; a number with a fraction is no number of anything here.
        found: Any = json.loads(body, parse_float=str)
    except (ValueError, RecursionError):
        raise NoDelivery("expected JSON") from None
    if not isinstance(found, dict):
        raise NoDelivery("expected a JSON object")
    identity = found.get("ulid") or found.get("id")
    company = _number(found.get("company_id"))
    if not _is_identity(identity) or company is None:
        raise NoDelivery("expected an id, or ulid, and a company_id")
    name = found.get("resource_name") or found.get("resource_type")
    return Delivery(
        id=str(identity),
        company_id=company,
        project_id=_number(found.get("project_id")),
        resource=name[:_NAME_LENGTH_MAX] if isinstance(name, str) else "",
    )


def _is_identity(value: Any) -> bool:
    is_text_or_number = isinstance(value, str | int) and not isinstance(value, bool)
    text = str(value)
    return is_text_or_number and 0 < len(text) <= _ID_LENGTH_MAX and text.isascii() and text.isprintable()


def _number(value: Any) -> int | None:
    """Read an id that is a number in one version, and text in another."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    is_whole = text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX
    number = int(text) if is_whole else 0
    return number if 0 < number <= _NUMBER_MAX else None
