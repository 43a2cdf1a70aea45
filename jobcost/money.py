"""Decimal amounts exactly as Vista stores them.

Law: an amount never passes through a float. What enters is a Decimal, an int or a string, and it is quantised
at once to the number of places Vista keeps, so that equal amounts have one spelling (and one digest).

Sources: Vista types bDollar numeric(12,2), bHrs numeric(10,2), bUnits numeric(12,3); facts/vista.md 1.1.
"""

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

DOLLAR_STEP = Decimal("0.01")
HOUR_STEP = Decimal("0.01")
UNIT_STEP = Decimal("0.001")

# The largest magnitude each Vista type holds.
DOLLARS_MAX = Decimal("9999999999.99")
HOURS_MAX = Decimal("99999999.99")
UNITS_MAX = Decimal("999999999.999")

# Digits before the point that we read at all: far beyond Vista's fields, so that a rule can name what is too large,
# and few enough that quantising stays exact.
DIGITS_MAX = 30
_EXACT = Context(prec=3 * DIGITS_MAX, rounding=ROUND_HALF_UP)

ZERO_DOLLARS = Decimal("0.00")
ZERO_HOURS = Decimal("0.00")
ZERO_UNITS = Decimal("0.000")


def decimal_from(value: Decimal | int | str) -> Decimal:
    """Read a finite Decimal from what a system sent. A float is refused: it has lost the cents already.

    >>> decimal_from(" 310.50 ")
    Decimal('310.50')

    Raises:
        TypeError: for a float or a bool.
        ValueError: for text that is not a finite decimal number, or one beyond any amount.
    """
    return _finite(value, DIGITS_MAX)


def dollars(value: Decimal | int | str) -> Decimal:
    """Quantise to cents, half away from zero, as SQL Server rounds into bDollar.

    >>> dollars("41200")
    Decimal('41200.00')
    """
    return _quantised(value, DOLLAR_STEP)


def hours(value: Decimal | int | str) -> Decimal:
    """Quantise to hundredths of an hour (bHrs)."""
    return _quantised(value, HOUR_STEP)


def units(value: Decimal | int | str) -> Decimal:
    """Quantise to thousandths of a unit of measure (bUnits)."""
    return _quantised(value, UNIT_STEP)


def is_in_whole_cents(value: Decimal) -> bool:
    """The amount has no fraction of a cent: Vista can hold it without rounding.

    >>> is_in_whole_cents(Decimal("0.125"))
    False
    """
    return value == dollars(value)


def money_text(value: Decimal) -> str:
    """Spell an amount for people: thousands separated, two places, minus for a reduction.

    >>> money_text(Decimal("-81933"))
    '-81,933.00'
    """
    return f"{dollars(value):,.2f}"


def _quantised(value: Decimal | int | str, step: Decimal) -> Decimal:
    # Sums have more digits than what they are made of. Adding zero turns "-0.00" into "0.00": one spelling for nothing.
    return _EXACT.add(_finite(value, 2 * DIGITS_MAX).quantize(step, context=_EXACT), step * 0)


def _finite(value: Decimal | int | str, digits_max: int) -> Decimal:
    if isinstance(value, bool | float):
        raise TypeError(f"expected a decimal number as Decimal, int or text, found {type(value).__name__}")
    try:
        number = Decimal(_ascii_number(value)) if isinstance(value, str) else Decimal(value)
    except InvalidOperation:
        raise ValueError(f"expected a decimal number, found {value!r}") from None
    if not number.is_finite():
        raise ValueError(f"expected a finite decimal number, found {value!r}")
    if number.adjusted() >= digits_max:
        raise ValueError(f"expected a decimal number below 1E+{digits_max}, found {value!r}")
    return number


def _ascii_number(text: str) -> str:
    """Pass on what people and systems write as a number; Python alone would also read "1_000" and foreign digits."""
    number = text.strip()
    return number if number.isascii() and "_" not in number else ""
