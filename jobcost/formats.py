"""Vista's key formats: how "2100-0000" becomes the stored "2100-0000-      -   ".

An input mask is a row of segments `<width><L|R><separator>`, the last one ending in N for "no separator".
Vista spills an overlong part into the next segment without a word; we refuse it instead.
Source: facts/vista.md 3 (DDDTShared.InputMask).
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import NewType

# A code exactly as Vista stores it: padded by its mask, blanks significant.
StoredCode = NewType("StoredCode", str)

_SEGMENT = re.compile(r"(\d{1,2})([LR])(\D)")
_NO_SEPARATOR = "N"


class CodeDoesNotFit(ValueError):
    """A code cannot be written in Vista's format; the message says which part and why."""


class MaskNotUnderstood(ValueError):
    """An input mask does not follow Vista's grammar, so no code can be formatted with it."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a formatted code."""

    width: int
    # True pads with blanks on the left (R), False on the right (L).
    right_justified: bool
    # "" after the last segment.
    separator: str

    def padded(self, part: str) -> str:
        """Pad one part to the segment's width and add its separator."""
        body = part.rjust(self.width) if self.right_justified else part.ljust(self.width)
        return body + self.separator


def mask_from(input_mask: str, input_length: int | None) -> str:
    """Normalise what Vista holds: a bare R or L means one segment as long as the field.

    >>> mask_from("R", 16)
    '16RN'

    Raises:
        MaskNotUnderstood: if neither form fits.
    """
    mask = (input_mask or "").strip()
    if mask in {"R", "L"} and input_length:
        mask = f"{input_length}{mask}{_NO_SEPARATOR}"
    segments(mask)
    return mask


# A site has a handful of masks, and a budget thousands of codes.
@cache
def segments(mask: str) -> tuple[Segment, ...]:
    """Read the segments of a mask.

    Raises:
        MaskNotUnderstood: if the mask has anything besides segments, or does not end in N.
    """
    found = tuple(_SEGMENT.finditer(mask))
    if not found or "".join(part.group(0) for part in found) != mask or not mask.endswith(_NO_SEPARATOR):
        raise MaskNotUnderstood(f"Input mask {mask!r}: expected segments such as 4R-4R-6R-3RN, ending in N.")
    return tuple(
        Segment(int(width), side == "R", "" if separator == _NO_SEPARATOR else separator)
        for width, side, separator in (part.groups() for part in found)
    )


def formatted(mask: str, code: str) -> StoredCode:
    """Write a code as Vista stores it. A code that is already formatted comes back unchanged.

    >>> formatted("4R-4R-6R-3RN", "2100-0000")
    '2100-0000-      -   '
    >>> formatted("5R-2RN", "12345-1")
    '12345- 1'

    Raises:
        CodeDoesNotFit: if it is empty, a part is longer than its segment, or parts are left over.
    """
    if not code.strip():
        raise CodeDoesNotFit("the code is empty")
    if _is_stored(mask, code):
        return StoredCode(code)
    parts = _parts(mask, code.strip())
    return StoredCode("".join(segment.padded(part) for segment, part in zip(segments(mask), parts, strict=True)))


def same_code(one: str, other: str) -> bool:
    """Vista takes two stored codes for the same when they differ in trailing blanks only (case matters)."""
    return one.rstrip(" ") == other.rstrip(" ")


def valid_part(stored: str, valid_phase_chars: int) -> str:
    """Return the part of a stored phase that must match the phase master; the whole phase when 0 characters are set."""
    return stored[:valid_phase_chars] if valid_phase_chars else stored.rstrip(" ")


def _is_stored(mask: str, code: str) -> bool:
    """The code stands in the mask's columns already. Parts without a separator between them can be told only so."""
    rest = code
    for segment in segments(mask):
        column, rest = rest[: segment.width], rest[segment.width :]
        part, separator = column.strip(" "), rest[: len(segment.separator)]
        if segment.padded(part) != column + separator or (separator and separator in part):
            return False
        rest = rest[len(separator) :]
    return not rest


def _parts(mask: str, code: str) -> tuple[str, ...]:
    rest, parts, cut_inside = code, [], False
    for segment in segments(mask):
        if segment.separator and segment.separator in rest:
            part, _, rest = rest.partition(segment.separator)
            part = part.strip()
        else:
            part, rest = rest[: segment.width].strip(), rest[segment.width :]
            cut_inside = cut_inside or bool(rest)
        if len(part) > segment.width:
            raise CodeDoesNotFit(f"part {part!r} has {len(part)} characters, the format {mask} allows {segment.width}")
        # Vista would silently cut "123456" for 5R-2RN into "12345- 6".
        if cut_inside and part and len(part) < segment.width:
            raise CodeDoesNotFit(f"without separators it can be read in more than one way in the format {mask}")
        parts.append(part)
    if rest.strip():
        raise CodeDoesNotFit(f"{rest.strip()!r} is left over after the last part of the format {mask}")
    return tuple(parts)
