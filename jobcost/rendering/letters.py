"""A message written once and shown twice: as plain text of at most 80 columns, and as HTML for a phone or a screen.

A letter is a list of parts; both forms are made from the same parts, so that they cannot say different things.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import fill
from typing import assert_never

from jobcost.rendering.escaping import single_line, without_links
from jobcost.rendering.html import (
    heading_html,
    is_web_address,
    link_paragraph_html,
    list_html,
    page_html,
    paragraph_html,
    table_html,
)
from jobcost.rendering.tables import Heading, Table
from jobcost.rendering.wording import shortened

COLUMNS_MAX = 78
SUBJECT_LENGTH_MAX = 110


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A mail or channel message. The subject is one line; text and HTML say the same."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Say:
    """A paragraph."""

    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and their values; those without a value are left out."""

    rows: tuple[tuple[str, str], ...]

    @property
    def known(self) -> tuple[tuple[str, str], ...]:
        """The rows that say something."""
        return tuple((name, value) for name, value in self.rows if value)


@dataclass(frozen=True, slots=True)
class Listed:
    """A title and its points."""

    title: str
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Where to go on; left out without an address."""

    label: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; each row may lead to an address."""

    table: Table
    links: tuple[str | None, ...] = ()


Part = Say | Facts | Listed | Link | Grid


def message(subject: str, parts: Iterable[Part]) -> Message:
    """Write a message; the subject is also its heading."""
    shown = tuple(parts)
    title = shortened(single_line(subject).strip(), SUBJECT_LENGTH_MAX)
    blocks = [block for part in shown if (block := "\n".join(_text(part)))]
    pieces = [heading_html(title), *(_html(part) for part in shown)]
    return Message(
        subject=title,
        text="\n\n".join([_wrapped(title), *blocks]) + "\n",
        html=page_html(title, pieces),
    )


def _text(part: Part) -> Iterator[str]:
    match part:
        case Say():
            yield _wrapped(part.text)
        case Facts():
            yield from _facts_text(part.known)
        case Listed():
            if part.points:
                yield _wrapped(part.title)
                yield from (_wrapped(point, "  - ", "    ") for point in part.points)
        case Link():
            if part.address:
                yield f"{_plain(part.label)}:"
                # Not wrapped: a broken address leads nowhere.
                yield _address(part.address)
        case Grid():
            yield from _grid_text(part)
        case _:
            assert_never(part)


def _html(part: Part) -> str:
    match part:
        case Say():
            return paragraph_html(part.text, bold=part.bold)
        case Facts():
            return table_html(Table(headings=(Heading(""), Heading("")), rows=part.known)) if part.known else ""
        case Listed():
            return paragraph_html(part.title) + list_html(part.points) if part.points else ""
        case Link():
            return link_paragraph_html(part.label, part.address) if part.address else ""
        case Grid():
            return table_html(part.table, links=part.links)
        case _:
            assert_never(part)


def _facts_text(rows: tuple[tuple[str, str], ...]) -> Iterator[str]:
    width = max((len(name) for name, _ in rows), default=0) + 2
    for name, value in rows:
        yield _wrapped(value, f"{name}:".ljust(width), " " * width)


def _grid_text(grid: Grid) -> Iterator[str]:
    """Write each row as a small block: a table of many columns does not fit a mail's 80."""
    names = [heading.text for heading in grid.table.headings]
    links = grid.links or (None,) * len(grid.table.rows)
    for index, (row, link) in enumerate(zip(grid.table.rows, links, strict=True)):
        if index:
            yield ""
        yield from _facts_text(tuple((name, cell) for name, cell in zip(names, row, strict=True) if cell))
        if link:
            yield _address(link)


def _plain(text: str) -> str:
    return without_links(single_line(text).strip())


def _address(address: str) -> str:
    return single_line(address).strip() if is_web_address(address) else _plain(address)


def _wrapped(text: str, first: str = "", following: str = "") -> str:
    return fill(
        _plain(text),
        COLUMNS_MAX,
        initial_indent=first,
        subsequent_indent=following,
        break_long_words=False,
        break_on_hyphens=False,
    )
