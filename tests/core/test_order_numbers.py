"""Numbers of change orders: always the same for a change, and never longer than Vista's ten characters."""

import pytest

from jobcost.budget import BudgetChange, ChangeKind
from jobcost.config import Changes
from jobcost.order_numbers import number_key, number_of, reversing_number


def modification(id_: int) -> BudgetChange:
    kind = ChangeKind.BUDGET_MODIFICATION
    return BudgetChange(id=id_, number=str(id_), title="", status="approved", erp_status="not_in_erp", kind=kind)


@pytest.mark.parametrize(
    ("prefix", "id_", "number", "reversing"),
    [
        ("BM-", 1234567890, "BM-KF12OI", "BM-KF12OIR"),
        # Ten characters are full: its reversal is told by a hash.
        ("BM-", 5634870421, "BM-2L6UTUD", "BM-S2USO8R"),
        # Procore's newer ids have fifteen digits.
        ("BM-", 562949953425831, "BM-Q4B8M3", "BM-Q4B8M3R"),
        ("BM-", 9223372036854775807, "BM-2HJP2L", "BM-2HJP2LR"),
        ("BMODS", 562949953425831, "BMODSB8M3", "BMODSB8M3R"),
    ],
)
def test_a_modification_of_any_id_has_a_number_and_a_reversal_that_fit(
    prefix: str, id_: int, number: str, reversing: str
) -> None:
    made = number_of(modification(id_), Changes(modification_prefix=prefix))
    assert (made, reversing_number(made)) == (number, reversing)
    assert (len(made) <= 10, len(reversing_number(made)) <= 10) == (True, True)


def test_two_modifications_of_long_ids_have_different_numbers() -> None:
    made = {number_of(modification(562949953425831 + more), Changes()) for more in range(1000)}
    assert len(made) == 1000


def test_numbers_are_compared_as_vista_compares_them() -> None:
    assert number_key("      bc-7 ") == number_key("BC-7")
