"""Reads the SQL files of this package: expands their macros and splits them into statements.

Macros, because SQLite has neither decimals nor trigger variables:

* `@n2(x)` `@n3(x)` ...: an amount as a whole number of hundredths, thousandths, ..., rounded half away from zero. The
  inner ROUND takes away what binary fractions add (1.005 * 100 = 100.49999...). Exact for every value of the column's
  type, and for input with up to three places more below ten million.
* `@t2(n)` ...: such a whole number as fixed text, '41200.00'.
* `@date(x)`: a date as smalldatetime text.
* `@part(column, value, n)`: the first n characters are the same, blanks included, as LIKE 'part%' finds them; the two
  bounds let SQLite use the index.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from importlib import resources


def source(name: str) -> str:
    """The text of one file of `sandbox/vista/sql`."""
    return resources.files("sandbox.vista").joinpath("sql", name).read_text(encoding="utf-8")


def statements(name: str, **words: str) -> Iterator[str]:
    """Statements of one SQL file, with `{words}` filled in and macros expanded."""
    text = source(name)
    for word, value in words.items():
        text = text.replace(f"{{{word}}}", value)
    pending = ""
    for line in expanded(text).splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending.strip()
            pending = ""


def expanded(text: str) -> str:
    """Replace every macro, innermost first.

    >>> expanded("SELECT @t2(@n2(x))")
    "SELECT printf('%.2f', (CAST(ROUND(ROUND((x) * 100, 6)) AS INTEGER)) / 100.0)"
    """
    while found := _last_macro(text):
        start, name, opening = found
        closing = _closing(text, opening)
        arguments = _arguments(text[opening + 1 : closing])
        text = text[:start] + _MACROS[name](arguments) + text[closing + 1 :]
    return text


def _scaled(places: int) -> Callable[[list[str]], str]:
    return lambda given: f"CAST(ROUND(ROUND(({given[0]}) * 1{'0' * places}, 6)) AS INTEGER)"


def _fixed(places: int) -> Callable[[list[str]], str]:
    return lambda given: f"printf('%.{places}f', ({given[0]}) / 1{'0' * places}.0)"


def _date(given: list[str]) -> str:
    return f"strftime('%Y-%m-%d %H:%M:00.000000', {given[0]})"


def _part(given: list[str]) -> str:
    column, value, length = given
    part = f"substr({value}, 1, {length})"
    same = f"substr({column}, 1, {length}) = {part}"
    return f"({column} >= {part} AND {column} < {part} || char(1114111) AND {same})"


_MACROS: dict[str, Callable[[list[str]], str]] = {
    **{f"n{places}": _scaled(places) for places in (2, 3, 4, 5)},
    **{f"t{places}": _fixed(places) for places in (2, 3, 4, 5)},
    "date": _date,
    "part": _part,
}
_MACRO = re.compile(r"@(n[2-5]|t[2-5]|date|part)\(")


def _last_macro(text: str) -> tuple[int, str, int] | None:
    # The last one to begin holds no other.
    found = None
    for found in _MACRO.finditer(text):  # noqa: B007 - the loop is there for its last value
        pass
    return (found.start(), found.group(1), found.end() - 1) if found else None


def _closing(text: str, opening: int) -> int:
    depth = 0
    for position in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        if depth == 0:
            return position
    raise ValueError(f"SQL macro without a closing parenthesis: {text[opening - 10 : opening + 40]!r}")


def _arguments(text: str) -> list[str]:
    parts, depth, current = [], 0, ""
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append(current.strip())
            current = ""
        else:
            current += character
    return [*parts, current.strip()]
