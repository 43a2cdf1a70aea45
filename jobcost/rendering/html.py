"""The few pieces of HTML that mails and the auditor's page are made of. Every text is escaped where it enters.

Styles stand in the elements, because mail programs drop style sheets; nothing is loaded from anywhere.
"""

from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote

from jobcost.rendering.escaping import single_line, without_links
from jobcost.rendering.tables import Table

_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Arial,sans-serif"
_TEXT = "margin:0 0 12px;line-height:1.45"
# Blanks inside a phase are part of it, so they are kept.
_CELL = "padding:5px 10px 5px 0;border-bottom:1px solid #d8dde3;vertical-align:top;white-space:pre-wrap"
# Everything an address may hold, but no bracket, quote, blank or ampersand that was not meant.
_SAFE_IN_ADDRESS = "/:?#@!$&*+,;=%~-._"


def text_html(text: str) -> str:
    """Spell a text of other people so that it is shown as it is, on one line, and never becomes a link."""
    return escape(without_links(single_line(text).strip()))


def is_web_address(address: str) -> bool:
    """Tell whether an address may become a link: http and https alone."""
    return address.lower().startswith(("http://", "https://"))


def link_html(label: str, address: str) -> str:
    """Make a link to an http or https address; any other address is shown as text beside the label."""
    if not is_web_address(address):
        return f"{text_html(label)} ({text_html(address)})"
    target = escape(quote(single_line(address).strip(), safe=_SAFE_IN_ADDRESS))
    return f'<a href="{target}" style="color:#0b57a4">{text_html(label)}</a>'


def paragraph_html(text: str, *, bold: bool = False) -> str:
    """Make a paragraph of plain text."""
    weight = ";font-weight:600" if bold else ""
    return f'<p style="{_TEXT}{weight}">{text_html(text)}</p>'


def link_paragraph_html(label: str, address: str) -> str:
    """Make a paragraph that holds one link."""
    return f'<p style="{_TEXT}">{link_html(label, address)}</p>'


def heading_html(text: str, level: int = 1) -> str:
    """Make a heading."""
    size = {1: "20px", 2: "16px"}.get(level, "14px")
    return f'<h{level} style="font-size:{size};line-height:1.3;margin:0 0 12px">{text_html(text)}</h{level}>'


def list_html(texts: Iterable[str]) -> str:
    """Make a list of plain texts."""
    items = "".join(f'<li style="margin:0 0 4px">{text_html(text)}</li>' for text in texts)
    return f'<ul style="margin:0 0 12px;padding-left:20px;line-height:1.45">{items}</ul>'


def table_html(table: Table, *, links: tuple[str | None, ...] = ()) -> str:
    """Make a table; it scrolls by itself where the screen is narrow.

    Args:
        table: the plain cells.
        links: for each row the address that its first cell leads to, if any.
    """
    sides = [heading.justify for heading in table.headings]
    head = "".join(
        f'<th style="{_CELL};text-align:{side};white-space:pre">{text_html(heading.text)}</th>'
        for heading, side in zip(table.headings, sides, strict=True)
    )
    head = f"<thead><tr>{head}</tr></thead>" if any(heading.text for heading in table.headings) else ""
    targets = links or (None,) * len(table.rows)
    rows = [_row(row, sides, target) for row, target in zip(table.rows, targets, strict=True)]
    if table.total:
        rows.append(_row(table.total, sides, None, bold=True))
    body = f"<tbody>{''.join(rows)}</tbody>"
    return (
        '<div style="overflow-x:auto;margin:0 0 14px"><table style="border-collapse:collapse;font-size:14px">'
        f"{head}{body}</table></div>"
    )


def page_html(title: str, parts: Iterable[str], *, width: str = "660px", style_sheet: str = "") -> str:
    """Put the parts together to one page that stands alone.

    Args:
        title: what the window says.
        parts: pieces made by this module.
        width: the largest width of the text.
        style_sheet: our own rules for printing; mails go without.
    """
    sheet = f"<style>{style_sheet}</style>" if style_sheet else ""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text_html(title)}</title>{sheet}</head>\n"
        f'<body style="margin:0;padding:16px;{_FONT};font-size:15px;color:#1c2733;background:#ffffff">'
        f'<div style="max-width:{width};margin:0 auto">\n' + "\n".join(part for part in parts if part) + "\n"
        "</div></body></html>\n"
    )


def _row(cells: tuple[str, ...], sides: Sequence[str], target: str | None, *, bold: bool = False) -> str:
    weight = ";font-weight:600" if bold else ""
    shown = []
    for index, (cell, side) in enumerate(zip(cells, sides, strict=True)):
        # Amounts must not break over two lines.
        wrap = ";white-space:pre;font-variant-numeric:tabular-nums" if side == "right" else ""
        content = link_html(cell, target) if target and index == 0 else text_html(cell)
        shown.append(f'<td style="{_CELL};text-align:{side}{wrap}{weight}">{content}</td>')
    return f"<tr>{''.join(shown)}</tr>"
