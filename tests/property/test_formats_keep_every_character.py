"""A code written in Vista's format keeps every character in its order, has the mask's length, and stays as it is."""

from hypothesis import assume, given
from hypothesis import strategies as st

from jobcost.formats import CodeDoesNotFit, MaskNotUnderstood, StoredCode, formatted, segments
from tests.property.laws import CHEAP_LAW

_SEGMENT = st.builds("{}{}{}".format, st.integers(1, 6), st.sampled_from("LR"), st.sampled_from("-./N"))
_LAST = st.builds("{}{}N".format, st.integers(1, 6), st.sampled_from("LR"))
masks = st.builds(lambda front, last: "".join(front) + last, st.lists(_SEGMENT, max_size=3), _LAST)
codes = st.text("0123456789AZ-./ ", max_size=14) | st.text(max_size=8)


def written(mask: str, code: str) -> StoredCode:
    """Format the code; examples that do not fit are no examples of this law."""
    try:
        return formatted(mask, code)
    except CodeDoesNotFit:
        assume(condition=False)
        raise


def signs(mask: str, code: str) -> list[str]:
    """Return the characters that mean something: all but blanks and the mask's separators."""
    separators = {segment.separator for segment in segments(mask)}
    return [sign for sign in code if not sign.isspace() and sign not in separators]


@CHEAP_LAW
@given(mask=masks, code=codes)
def test_formatting_again_changes_nothing(mask: str, code: str) -> None:
    once = written(mask, code)
    assert formatted(mask, once) == once


@CHEAP_LAW
@given(mask=masks, code=codes)
def test_no_character_is_cut_or_moved(mask: str, code: str) -> None:
    assert signs(mask, written(mask, code)) == signs(mask, code)


@CHEAP_LAW
@given(mask=masks, code=codes)
def test_a_stored_code_fills_its_mask_exactly(mask: str, code: str) -> None:
    parts = segments(mask)
    stored = written(mask, code)
    assert len(stored) == sum(part.width + len(part.separator) for part in parts)
    position = 0
    for part in parts:
        position += part.width
        assert stored[position : position + len(part.separator)] == part.separator
        position += len(part.separator)


@CHEAP_LAW
@given(mask=masks, code=codes)
def test_different_codes_are_never_stored_alike(mask: str, code: str) -> None:
    stored = written(mask, code)
    for other in (code.strip() + "7", "7" + code.strip()):
        try:
            assert formatted(mask, other) != stored
        except CodeDoesNotFit:
            continue


@CHEAP_LAW
@given(text=st.text(max_size=12), code=codes)
def test_any_text_as_mask_is_understood_or_refused(text: str, code: str) -> None:
    try:
        stored = formatted(text, code)
    except (MaskNotUnderstood, CodeDoesNotFit):
        return
    assert stored.strip()
