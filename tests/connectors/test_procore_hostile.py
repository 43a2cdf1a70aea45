"""Answers of Procore that are JSON, but hold what no hash, database or Decimal takes."""

import pytest

from connectors.procore.answers import Record, parse_json
from connectors.procore.errors import AnswerUnexpected


@pytest.mark.parametrize(("sent", "read"), [(b'"Roof \\ud83c"', "Roof \ufffd"), (b'"\\udfe2 Tower"', "\ufffd Tower")])
def test_a_name_cut_inside_an_emoji_is_read_without_the_half(sent: bytes, read: str) -> None:
    name = Record(parse_json(b'{"name": ' + sent + b"}"), "GET /somewhere").text("name")
    assert name == read
    assert name.encode() == read.encode()


def test_a_whole_emoji_stays_as_it_is() -> None:
    assert Record(parse_json(b'{"name": "\\ud83c\\udfe2"}'), "GET /somewhere").text("name") == "\U0001f3e2"


def test_a_number_that_no_decimal_holds_is_no_json_here() -> None:
    with pytest.raises(ValueError, match="a number whose exponent no Decimal can hold"):
        parse_json(b'{"amount": 1e9999999999999999999}')


# Python reads these as numbers; no accounting system writes them.
@pytest.mark.parametrize("amount", ["1_000.00", "\uff11\uff12.00", "\u0661\u0662", "1\u066b5"])
def test_an_amount_in_other_digits_is_refused_and_not_guessed(amount: str) -> None:
    with pytest.raises(AnswerUnexpected, match="an amount"):
        Record({"original_budget_amount": amount}, "GET /somewhere").amount("original_budget_amount")
