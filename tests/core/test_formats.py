"""Vista's key formats, with the examples that Vista's own rows show."""

import pytest

from jobcost.formats import CodeDoesNotFit, MaskNotUnderstood, formatted, mask_from, same_code, segments, valid_part


@pytest.mark.parametrize(
    ("mask", "code", "stored"),
    [
        ("4R-4R-6R-3RN", "2100-0000", "2100-0000-      -   "),
        ("4R-4R-6R-3RN", "2100-0000-      -   ", "2100-0000-      -   "),
        ("4R-4R-6R-3RN", "2100-0000-15", "2100-0000-    15-   "),
        ("16RN", "1", "               1"),
        ("5R-2RN", "12345-1", "12345- 1"),
        ("5R-2RN", "1204", " 1204-  "),
        ("5R-2RN", " 1204-  ", " 1204-  "),
        ("5L-3L-3RN", "01060-120-4", "01060-120-  4"),
        ("3RN2RN", "12345", "12345"),
        ("2R.3L-2RN", "1.2-3", " 1.2  - 3"),
        ("5R-3RN", "-7", "     -  7"),
    ],
)
def test_a_code_is_stored_as_vista_stores_it(mask: str, code: str, stored: str) -> None:
    assert formatted(mask, code) == stored


@pytest.mark.parametrize(
    ("mask", "code", "why"),
    [
        ("5R-2RN", "", "the code is empty"),
        ("5R-2RN", "   ", "the code is empty"),
        ("5R-2RN", "123456-1", "part '123456' has 6 characters, the format 5R-2RN allows 5"),
        ("5R-2RN", "123456", "without separators it can be read in more than one way in the format 5R-2RN"),
        ("5R-2RN", "12345-123", "'3' is left over after the last part of the format 5R-2RN"),
        ("2R-3RN", "1--  5", "without separators it can be read in more than one way in the format 2R-3RN"),
        ("5R-2RN", "1-2-3", "'3' is left over after the last part of the format 5R-2RN"),
        ("2R-3RN", "0331077", "'77' is left over after the last part of the format 2R-3RN"),
    ],
)
def test_what_vista_would_cut_or_spill_is_refused_with_the_reason(mask: str, code: str, why: str) -> None:
    with pytest.raises(CodeDoesNotFit) as refused:
        formatted(mask, code)
    assert str(refused.value) == why


@pytest.mark.parametrize("mask", ["", "N", "4R", "4R-", "R", "4X-2RN", "100RN", "4R-4R-6R-3RN junk", "4R-N"])
def test_a_mask_outside_vistas_grammar_is_refused(mask: str) -> None:
    with pytest.raises(MaskNotUnderstood, match=r"expected segments such as 4R-4R-6R-3RN, ending in N\."):
        segments(mask)


@pytest.mark.parametrize(
    ("mask", "length", "normal"),
    [("R", 16, "16RN"), ("L", 10, "10LN"), (" 5R-2RN ", 10, "5R-2RN"), ("5R-2RN", None, "5R-2RN")],
)
def test_a_bare_side_is_one_segment_of_the_fields_length(mask: str, length: int | None, normal: str) -> None:
    assert mask_from(mask, length) == normal


def test_a_bare_side_without_a_length_is_refused() -> None:
    with pytest.raises(MaskNotUnderstood):
        mask_from("R", None)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("03-310-  ", "03-310-", True), (" 1204", "1204", False), ("a", "A", False), ("03-310\t", "03-310", False)],
)
def test_only_trailing_blanks_make_no_difference(one: str, other: str, same: bool) -> None:
    assert same_code(one, other) is same


def test_the_valid_part_counts_stored_characters_and_is_the_whole_phase_when_none_are_set() -> None:
    assert valid_part("12000-40-11", 8) == "12000-40"
    assert valid_part("12000-  -  ", 0) == "12000-  -"
