"""Draw amounts, quantities and hours."""

from decimal import Decimal

from hypothesis import strategies as st


def decimals(low: int, high: int, places: int) -> st.SearchStrategy[Decimal]:
    """Draw decimals between two whole numbers with up to so many places; quicker than Hypothesis's own."""
    scale = 10**places
    return st.integers(low * scale, high * scale).map(lambda number: Decimal(number).scaleb(-places))


dollars_to_the_cent = decimals(-99_999, 999_999, 2)
any_dollars = dollars_to_the_cent | st.sampled_from(
    tuple(map(Decimal, ("0", "0.125", "9999999999.99", "10000000000", "-1E+20", "1E-9", "5.500")))
)
quantities = st.none() | decimals(-9, 99_999, 4)
any_hours = st.none() | decimals(0, 9_999, 3)
