"""What Procore says in the body of an error, as one line for people.

Shapes (facts/procore_api/cost_codes_detail.json "error_bodies", facts 2.4): v1 {code, message, fields, reason, error};
{errors: object | array | string}; structured {error: {code, message, details: [{code, message, source}]}}; a bare array
or string; HTML from a load balancer; nothing at all. The login server: {error, error_description} (RFC 6749, 5.2).
"""

import json
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

_LENGTH_MAX = 500
_NO_WORDS = "no reason given."
# The keys under which words are found, in the order people want to read them.
_WORD_KEYS = ("message", "error", "error_description", "errors", "reason", "fields", "details")
_DEPTH_MAX = 6


def procore_words(body: bytes, without_secrets: Callable[[str], str] = str) -> str:
    """Say in one line, of at most 500 characters, why Procore refused; secrets are taken out before the cut.

    >>> procore_words(b'{"errors": {"original_budget_amount": ["cannot be updated for a locked budget"]}}')
    'original_budget_amount: cannot be updated for a locked budget.'
    """
    text = body.decode("utf-8", errors="replace").strip()
    try:
        parts = list(_spoken(json.loads(text), 0))
    except (ValueError, RecursionError):
        parts = [_without_markup(text)]
    # The same sentence often stands under two keys; once is enough.
    line = without_secrets(" ".join("; ".join(dict.fromkeys(part for part in parts if part)).split()))
    if not line:
        return _NO_WORDS
    line = line if len(line) <= _LENGTH_MAX else line[: _LENGTH_MAX - 3] + "..."
    return line if line.endswith((".", "!", "?")) else line + "."


def _spoken(value: Any, depth: int) -> Iterator[str]:
    if depth > _DEPTH_MAX:
        return
    match value:
        case str():
            yield value.strip()
        case list():
            for item in value:
                yield from _spoken(item, depth + 1)
        case dict() if "source" in value and isinstance(value.get("message"), str):
            yield f"{value['source']}: {value['message']}"
        case dict():
            yield from _spoken_object(value, depth)
        case None | bool():
            return
        case _:
            yield str(value)


def _spoken_object(value: dict[str, Any], depth: int) -> Iterator[str]:
    known = [key for key in _WORD_KEYS if value.get(key)]
    for key in known:
        yield from _spoken(value[key], depth + 1)
    # Under "errors" stand the names of fields with their complaints; a code alone is better than silence.
    if not known:
        for key, complaint in value.items():
            said = ", ".join(_spoken(complaint, depth + 1))
            if said:
                yield f"{key}: {said}"
    elif isinstance(code := value.get("code"), str) and code:
        yield f"code {code}"


class _TextOnly(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._silent = tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.texts.append(data.strip())


def _without_markup(text: str) -> str:
    if "<" not in text:
        return text
    reader = _TextOnly()
    reader.feed(text)
    reader.close()
    return "; ".join(dict.fromkeys(reader.texts))
