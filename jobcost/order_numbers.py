"""Numbers of change orders in Vista: what proves there that a change was exported. Pure."""

from jobcost.budget import BudgetChange, ChangeKind
from jobcost.config import Changes

# Vista bACO varchar(10) (facts/vista.md 1.1).
ACO_LENGTH_MAX = 10

_BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def number_of(change: BudgetChange, changes: Changes) -> str:
    """Number the change order of a change: prefix and Procore's number, a modification's id in base 36.

    The number itself proves in Vista that the change was exported.
    """
    if change.kind is ChangeKind.BUDGET_CHANGE:
        return f"{changes.prefix}{change.number.strip()}"
    return f"{changes.modification_prefix}{base_36(change.id)}"


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
