"""Make text of other systems harmless where people read it: Markdown pages, tables, CSV files, terminals.

Prefect's pages let HTML inside Markdown through to the browser, so a name from Procore must not be able to hold any,
nor break a table, nor start a heading, nor become a link.
"""

import re
import unicodedata
from urllib.parse import quote

# What could open HTML or end a table cell becomes an entity, so that the sign itself never stands in the page.
# What could format the text is escaped with a backslash, as Markdown does it.
_MARKDOWN_SPECIALS = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "|": "&#124;",
        "\\": "\\\\",
        "`": "\\`",
        "*": "\\*",
        "_": "\\_",
        "[": "\\[",
        "]": "\\]",
        "~": "\\~",
    }
)
# At the start of a line these would make a heading, a list or a rule.
_BLOCK_START = re.compile(r"(\d+(?=[.)](?:\s|$)))?([-+=#.)])")
# Pages turn bare addresses into links; an invisible joiner keeps them text.
_BARE_ADDRESS = re.compile(r"(?i)(?<=:)(?=//)|(?<=\bwww)(?=\.)")
_WORD_JOINER = "\u2060"

_REPLACEMENTS = {"Cc": " ", "Zl": " ", "Zp": " ", "Zs": " ", "Cf": "", "Cs": "\ufffd"}

_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")

# Everything an address may hold, but no bracket, quote or blank.
_SAFE_IN_ADDRESS = "/:?#@!$&*+,;=%~-._"


def single_line(text: str) -> str:
    r"""Put the text on one line: breaks and control characters become blanks, invisible signs go.

    Direction marks go, too: they could make an amount read backwards.

    >>> single_line("Sitework\n(north)")
    'Sitework (north)'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_REPLACEMENTS.get(unicodedata.category(sign), sign) for sign in text)


def markdown_inline(text: str) -> str:
    r"""Spell the text so that Markdown shows it as it is inside a sentence or a table cell.

    >>> markdown_inline("<b>Earthwork | *night*</b>")
    '&lt;b&gt;Earthwork &#124; \\*night\\*&lt;/b&gt;'
    """
    return without_links(single_line(text).strip().translate(_MARKDOWN_SPECIALS))


def without_links(text: str) -> str:
    """Keep bare addresses text: pages and mail programs would make links of them, and a name is no place for one."""
    return _BARE_ADDRESS.sub(_WORD_JOINER, text)


def markdown_text(text: str) -> str:
    r"""Spell the text so that Markdown shows it as it is, also where it begins a paragraph or a list item.

    >>> markdown_text("1. Mobilization"), markdown_text("- 5%")
    ('1\\. Mobilization', '\\- 5%')
    """
    plain = markdown_inline(text)
    return _BLOCK_START.sub(r"\1\\\2", plain, count=1) if _BLOCK_START.match(plain) else plain


def markdown_link(label: str, address: str) -> str:
    """Make a link to an http or https address; any other address is shown as text beside the label."""
    if not address.lower().startswith(("http://", "https://")):
        return f"{markdown_inline(label)} ({markdown_inline(address)})"
    return f"[{markdown_inline(label)}]({quote(address, safe=_SAFE_IN_ADDRESS)})"


def csv_cell(text: str) -> str:
    """Spell the text for one CSV cell: one line, and never a formula for the spreadsheet that opens it.

    >>> csv_cell("=1+1"), csv_cell("-12.50")
    ("'=1+1", '-12.50')
    """
    plain = single_line(text)
    body = plain.lstrip()
    is_formula = body.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(body)
    return f"'{plain}" if is_formula else plain
