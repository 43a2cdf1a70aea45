"""Tables: one shape for Markdown pages, Prefect's table artifacts, CSV files and terminals."""

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from typing import Generic, Literal, TypeVar

from jobcost.rendering.escaping import csv_cell, markdown_inline, markdown_link, single_line

Row = TypeVar("Row")

# A cell of a CSV file; amounts stay numbers there.
Cell = str | int | Decimal | None


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a column; amounts stand to the right."""

    text: str
    justify: Literal["left", "right"] = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and rows as plain text for people, not yet escaped for anything."""

    headings: tuple[Heading, ...]
    rows: tuple[tuple[str, ...], ...]
    # A last row of sums; empty when there is none.
    total: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column of a table of rows: its heading, and what it shows of a row."""

    heading: Heading
    cell: Callable[[Row], str]


def table_of(columns: tuple[Column[Row], ...], rows: Iterable[Row], total: tuple[str, ...] = ()) -> Table:
    """Lay the rows out in columns, each cell on one line."""
    return Table(
        headings=tuple(column.heading for column in columns),
        rows=tuple(tuple(single_line(column.cell(row)) for column in columns) for row in rows),
        total=total,
    )


def dicts_of(table: Table) -> list[dict[str, str]]:
    """Return the rows for a Prefect table artifact: heading to text."""
    names = [heading.text for heading in table.headings]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def markdown_table(table: Table, *, links: tuple[str | None, ...] = ()) -> str:
    """Write the table in Markdown. Columns are padded, so that the source reads well, too.

    Args:
        table: the plain cells.
        links: for each row the address that its first cell leads to, if any.
    """
    head = [markdown_inline(heading.text) for heading in table.headings]
    body = [[markdown_inline(cell) for cell in row] for row in table.rows]
    for row, shown, address in zip(table.rows, body, links, strict=False):
        if address:
            shown[0] = markdown_link(row[0], address)
    if table.total:
        body.append([f"**{markdown_inline(cell)}**" if cell else "" for cell in table.total])
    widths = [max(3, *(len(row[index]) for row in [head, *body])) for index in range(len(head))]
    sides = [heading.justify for heading in table.headings]
    rule = [
        "-" * (width - 1) + ":" if side == "right" else "-" * width for side, width in zip(sides, widths, strict=True)
    ]
    return "\n".join(_markdown_row(row, sides, widths) for row in [head, rule, *body])


def csv_of(headings: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]) -> str:
    """Write a CSV file after RFC 4180: comma, CRLF, quotes where needed, decimals plain."""
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([_csv_text(cell) for cell in row] for row in rows)
    return out.getvalue()


def _csv_text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            return csv_cell(cell)
        case Decimal():
            return f"{cell:f}"
        case _:
            return str(cell)


def _markdown_row(cells: list[str], sides: list[Literal["left", "right"]], widths: list[int]) -> str:
    padded = (
        cell.rjust(width) if side == "right" else cell.ljust(width)
        for cell, side, width in zip(cells, sides, widths, strict=True)
    )
    return f"| {' | '.join(padded)} |"
