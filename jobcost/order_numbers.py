"""Numbers of change orders in Vista: what proves there that a change was exported. Pure."""

import hashlib

from jobcost.budget import BudgetChange, ChangeKind
from jobcost.config import Changes

# Vista bACO varchar(10) (facts/vista.md 1.1).
ACO_LENGTH_MAX = 10

# What the number of a reversing change order ends in.
REVERSING = "R"

# Enough that two of one job hardly ever meet; two that do block, as every number that is taken.
_HASH_LENGTH = 6
# What is left of a number whose reversal has no room for all of it: commonly its prefix.
_PREFIX_LENGTH = 3

_BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def number_of(change: BudgetChange, changes: Changes) -> str:
    """Number the change order of a change: prefix and Procore's number, a modification's id in base 36.

    The number itself proves in Vista that the change was exported. An id of Procore's cannot be shortened by anybody:
    one that does not fit is told by its hash, always the same, with room left for the reversal.
    """
    if change.kind is ChangeKind.BUDGET_CHANGE:
        return f"{changes.prefix}{change.number.strip()}"
    prefix = changes.modification_prefix
    number = f"{prefix}{base_36(change.id)}"
    if len(number) <= ACO_LENGTH_MAX:
        return number
    room = ACO_LENGTH_MAX - len(prefix) - len(REVERSING)
    return f"{prefix}{_hash(f'{change.kind.value}:{change.id}', min(room, _HASH_LENGTH))}"


def reversing_number(aco: str) -> str:
    """Number the change order that takes another one back: its number and an R, by its hash where that is too long.

    >>> reversing_number("BC-7")
    'BC-7R'
    """
    number = f"{aco}{REVERSING}"
    if len(number) <= ACO_LENGTH_MAX:
        return number
    return f"{aco[:_PREFIX_LENGTH]}{_hash(f'reversal:{aco}', _HASH_LENGTH)}{REVERSING}"


def base_36(number: int) -> str:
    """Spell a number in digits and capital letters: ids of ten digits then have room in a change order's number.

    >>> base_36(35), base_36(36), base_36(5634870421)
    ('Z', '10', '2L6UTUD')
    """
    digits, rest = "", abs(number)
    while rest or not digits:
        rest, digit = divmod(rest, len(_BASE_36))
        digits = _BASE_36[digit] + digits
    return digits


def number_key(aco: str) -> str:
    """Make of a number what Vista compares: blanks around it, as of a mask, and small letters tell nothing apart.

    >>> number_key("     bc-7")
    'BC-7'
    """
    return aco.strip().upper()


def _hash(text: str, length: int) -> str:
    number = int(hashlib.sha256(text.encode()).hexdigest(), 16) % len(_BASE_36) ** length
    return base_36(number).rjust(length, _BASE_36[0])
