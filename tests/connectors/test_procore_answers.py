from decimal import Decimal
from typing import Any

import pytest

from connectors.procore.answers import Record, parse_json, record, records
from connectors.procore.errors import AnswerUnexpected


def row(value: Any) -> Record:
    return Record({"field": value}, "GET /rows entry 3")


def test_numbers_of_json_are_decimals_to_the_last_digit() -> None:
    assert parse_json(b"[0.1, 12345678901234567890.123456789]") == [
        Decimal("0.1"),
        Decimal("12345678901234567890.123456789"),
    ]


@pytest.mark.parametrize("body", [b"NaN", b"[Infinity]", b"-Infinity", b"", b'{"a": 1', b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_json(body)


@pytest.mark.parametrize(
    ("sent", "amount"),
    [
        ("310.50", Decimal("310.50")),
        ("-0.01", Decimal("-0.01")),
        (Decimal("7.1"), Decimal("7.1")),
        (12, Decimal(12)),
        ("1e3", Decimal(1000)),
    ],
)
def test_an_amount_is_read_as_text_or_number_without_rounding(sent: Any, amount: Decimal) -> None:
    assert row(sent).amount("field") == amount


@pytest.mark.parametrize("sent", ["12,50", "abc", "NaN", "Infinity", True, [], {"amount": "1"}])
def test_an_amount_that_is_none_is_refused_naming_row_and_field(sent: Any) -> None:
    with pytest.raises(AnswerUnexpected, match=r"GET /rows entry 3, field: expected an amount, found"):
        row(sent).amount("field")


def test_a_missing_amount_is_not_zero() -> None:
    with pytest.raises(AnswerUnexpected, match="expected an amount, found nothing"):
        Record({}, "GET /rows entry 3").amount("field")


def test_ids_beyond_32_bits_are_read_as_number_or_text() -> None:
    assert row(5_000_000_001).integer("field") == 5_000_000_001
    assert row("5000000001").integer("field") == 5_000_000_001


@pytest.mark.parametrize("sent", [True, "12a", "²", Decimal("1.5"), [], "9" * 5000])
def test_an_id_that_is_none_is_refused(sent: Any) -> None:
    with pytest.raises(AnswerUnexpected, match="expected a whole number"):
        row(sent).integer("field")


def test_a_blank_origin_is_no_origin() -> None:
    assert row("  ").text_or_none("field") is None


def test_text_that_is_a_number_is_refused() -> None:
    with pytest.raises(AnswerUnexpected, match="expected text, found 5"):
        row(5).text_or_empty("field")


def test_a_flag_must_be_true_or_false() -> None:
    with pytest.raises(AnswerUnexpected, match='expected true or false, found "true"'):
        row("true").boolean("field")


def test_an_object_where_a_list_is_documented_is_refused_with_what_it_says() -> None:
    with pytest.raises(AnswerUnexpected, match=r'GET /rows: expected a list, found {"errors": "no"}'):
        records({"errors": "no"}, "GET /rows")


def test_a_list_under_data_is_a_list() -> None:
    assert [entry.where for entry in records({"data": [{}, {}]}, "GET /rows")] == [
        "GET /rows entry 1",
        "GET /rows entry 2",
    ]


@pytest.mark.parametrize("sent", [[], None, "text", 5])
def test_anything_but_an_object_is_refused_where_one_is_documented(sent: Any) -> None:
    with pytest.raises(AnswerUnexpected, match="expected an object"):
        record(sent, "GET /row")
