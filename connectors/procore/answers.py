"""Procore's JSON, read strictly: numbers as Decimal, and each value as its documented kind or a clear error."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from connectors.procore.errors import AnswerUnexpected
from jobcost.money import decimal_from

_SHOWN_LENGTH_MAX = 80


def parse_json(body: bytes) -> Any:
    """Parse JSON without ever making a float; NaN and Infinity are no numbers here.

    Raises:
        ValueError: if the text is not JSON, or nested beyond reason.
    """
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_refused_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except InvalidOperation:
        raise ValueError("a number whose exponent no Decimal can hold") from None


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON object of an answer, and where it stands, for messages."""

    fields: Mapping[str, Any]
    where: str

    def integer(self, name: str) -> int:
        """Read an id or a count; API v2 sends ids as text, v1 as numbers."""
        found = self.integer_or_none(name)
        return self._refuse(name, "a whole number") if found is None else found

    def integer_or_none(self, name: str) -> int | None:
        """Read an id that may be absent."""
        match self.fields.get(name):
            case None:
                return None
            case bool():
                return self._refuse(name, "a whole number")
            case int(number):
                return number
            # Longer texts are no ids; Python refuses to convert them.
            case str(text) if text.isascii() and text.isdigit() and len(text) <= _SHOWN_LENGTH_MAX:
                return int(text)
            case _:
                return self._refuse(name, "a whole number")

    def text(self, name: str) -> str:
        """Read text that must be there; it may be empty."""
        found = self.fields.get(name)
        if not isinstance(found, str):
            self._refuse(name, "text")
        # A name cut inside an emoji ends in half a character, which has no UTF-8 form: no hash or database takes it.
        return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def text_or_empty(self, name: str) -> str:
        """Read text that may be absent; "" then."""
        return "" if self.fields.get(name) is None else self.text(name)

    def text_or_none(self, name: str) -> str | None:
        """Read text that may be absent or blank; None then."""
        return self.text_or_empty(name).strip() or None

    def boolean(self, name: str) -> bool:
        """Read a yes or no that must be there."""
        found = self.fields.get(name)
        return found if isinstance(found, bool) else self._refuse(name, "true or false")

    def boolean_or_none(self, name: str) -> bool | None:
        """Read a yes or no that may be absent."""
        return None if self.fields.get(name) is None else self.boolean(name)

    def amount(self, name: str) -> Decimal:
        """Read an amount that must be there, text or number, unrounded."""
        found = self.amount_or_none(name)
        return self._refuse(name, "an amount") if found is None else found

    def amount_or_none(self, name: str) -> Decimal | None:
        """Read an amount that may be absent or blank."""
        found = self.fields.get(name)
        if found is None or found == "":
            return None
        if isinstance(found, bool) or not isinstance(found, str | int | Decimal):
            self._refuse(name, "an amount")
        try:
            return decimal_from(found)
        except ValueError:
            return self._refuse(name, "an amount")

    def record_or_none(self, name: str) -> "Record | None":
        """Read an object inside this one that may be absent."""
        found = self.fields.get(name)
        if found is None:
            return None
        return Record(found, f"{self.where}, {name}") if isinstance(found, dict) else self._refuse(name, "an object")

    def named(self, label: str) -> "Record":
        """Give the same record with a place people can find in Procore's screens."""
        return Record(self.fields, f"{self.where} ({label})")

    def _refuse(self, name: str, expected: str) -> NoReturn:
        found = shown(self.fields[name]) if name in self.fields else "nothing"
        raise AnswerUnexpected(f"{self.where}, {name}", expected, found)


def record(value: Any, where: str) -> Record:
    """Take an answer that is documented to be one object.

    Raises:
        AnswerUnexpected: if it is anything else.
    """
    if not isinstance(value, dict):
        raise AnswerUnexpected(where, "an object", shown(value))
    return Record(value, where)


def records(value: Any, where: str) -> tuple[Record, ...]:
    """Take an answer that is documented to be a list of objects, bare or under "data".

    Raises:
        AnswerUnexpected: if it is anything else.
    """
    listed = value.get("data") if isinstance(value, dict) else value
    if not isinstance(listed, list):
        raise AnswerUnexpected(where, "a list", shown(value))
    return tuple(record(item, f"{where} entry {number}") for number, item in enumerate(listed, 1))


def shown(value: Any) -> str:
    """Spell a value for a message, cut to 80 characters."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _SHOWN_LENGTH_MAX else text[: _SHOWN_LENGTH_MAX - 3] + "..."


def _refused_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
