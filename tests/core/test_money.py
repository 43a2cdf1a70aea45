"""Amounts enter as exact decimals, in Vista's places, or not at all."""

from decimal import Decimal
from typing import Any

import pytest

from jobcost.money import decimal_from, dollars, hours, is_in_whole_cents, money_text, units


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("0.005", "0.01"),
        ("-0.005", "-0.01"),
        ("2.675", "2.68"),
        ("-0.001", "0.00"),
        (" 41200 ", "41200.00"),
        ("1E+3", "1000.00"),
        (7, "7.00"),
        (Decimal("9999999999.99"), "9999999999.99"),
    ],
)
def test_dollars_are_kept_to_the_cent_half_away_from_zero(sent: Decimal | int | str, kept: str) -> None:
    assert str(dollars(sent)) == kept


def test_hours_have_two_places_and_units_three() -> None:
    assert str(hours("1.005")) == "1.01"
    assert str(units("1.0005")) == "1.001"


@pytest.mark.parametrize("value", [0.1, 1.0, True, False])
def test_a_float_has_lost_its_cents_and_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"expected a decimal number as Decimal, int or text, found (float|bool)"):
        decimal_from(value)


@pytest.mark.parametrize("text", ["", "ten", "1,000.00", "NaN", "Infinity", "-inf", "0x10", "1 000"])
def test_text_that_is_no_finite_number_is_refused_with_the_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected a (finite )?decimal number, found") as refused:
        decimal_from(text)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize("text", ["1E+400", "-7E+99", "0E+99", "1000000000000000000000000000000"])
def test_a_number_beyond_any_budget_is_refused_where_it_enters(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected a decimal number below 1E\+30, found"):
        decimal_from(text)


def test_amounts_far_beyond_vista_are_still_spelled_to_the_cent() -> None:
    assert str(dollars("123456789012345678901234567890")) == "123456789012345678901234567890.00"
    assert money_text(Decimal("-123456789012345678901234567890.125")) == "-123,456,789,012,345,678,901,234,567,890.13"


def test_a_fraction_of_a_cent_is_noticed_however_large_the_amount() -> None:
    assert not is_in_whole_cents(Decimal("123456789012345678901234567890.001"))
    assert not is_in_whole_cents(Decimal("1E-400"))
    assert is_in_whole_cents(Decimal("123456789012345678901234567890.010"))
