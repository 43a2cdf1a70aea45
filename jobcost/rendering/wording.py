"""Amounts, counts and times as people read them."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from jobcost.money import money_text

# How many different texts a cell names before it counts the rest.
_NAMED_MAX = 3


def signed_money_text(amount: Decimal) -> str:
    """Spell a difference: with a plus sign when it raises the estimate.

    >>> signed_money_text(Decimal("1250"))
    '+1,250.00'
    """
    return f"+{money_text(amount)}" if amount > 0 else money_text(amount)


def quantity_text(quantity: Decimal) -> str:
    """Spell units or hours, thousands separated; nothing for zero, so that lump sums stay quiet.

    >>> quantity_text(Decimal("1200.000")), quantity_text(Decimal("8.250"))
    ('1,200', '8.25')
    """
    text = f"{quantity:,f}" if quantity else ""
    return text.rstrip("0").rstrip(".") if "." in text else text


def shortened(text: str, length_max: int) -> str:
    """Cut a text for a page, saying so with an ellipsis.

    >>> shortened("Temporary pavement markings", 12)
    'Temporary p…'
    """
    return text if len(text) <= length_max else text[: length_max - 1].rstrip() + "…"


def counted(number: int, one: str, many: str = "") -> str:
    """Spell a number of things.

    >>> counted(1, "line"), counted(1200, "line"), counted(2, "phase is", "phases are")
    ('1 line', '1,200 lines', '2 phases are')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def short_list(texts: Iterable[str]) -> str:
    """Name each different text once, at most three of them.

    >>> short_list(["L", "M", "L"])
    'L, M'
    """
    different = tuple(dict.fromkeys(text for text in texts if text))
    rest = len(different) - _NAMED_MAX
    return ", ".join(different[:_NAMED_MAX]) + (f" and {rest} more" if rest > 0 else "")


def moment_text(moment: datetime) -> str:
    """Spell a moment with its time zone, the same for every reader.

    Raises:
        ValueError: for a moment without a time zone; nobody could tell which hour is meant.
    """
    if moment.utcoffset() is None:
        raise ValueError(f"Moment {moment.isoformat()}: expected one with a time zone, found none.")
    return f"{moment:%Y-%m-%d %H:%M} {moment.tzname()}"


def phase_text(phase: str) -> str:
    """Show a stored phase without the blanks at its end, which Vista ignores."""
    return phase.rstrip(" ")
