"""Draw budget changes: wild ones, and ones that come to what the budget says."""

from collections.abc import Iterator
from decimal import Decimal

from hypothesis import strategies as st

from jobcost.budget import Adjustment, BudgetChange, BudgetLineItem, ChangeKind
from tests.property.amounts import any_dollars

wild_changes = st.lists(
    st.builds(
        BudgetChange,
        id=st.integers(1, 9),
        number=st.sampled_from(("1", "2", " 2 ", "10", "123456789", "", "é")),
        title=st.sampled_from(("", "Deeper piles")),
        status=st.sampled_from(("approved", "approved", "approved", "draft", "void")),
        erp_status=st.just(""),
        kind=st.sampled_from(ChangeKind),
        adjustments=st.lists(
            st.builds(Adjustment, wbs_code_id=st.sampled_from((1, 2, 3, 99)), amount=any_dollars), max_size=3
        ).map(tuple),
    ),
    max_size=3,
).map(tuple)

DRAFT = BudgetChange(
    id=40,
    number="40",
    title="Fence",
    status="draft",
    erp_status="",
    adjustments=(Adjustment(wbs_code_id=1, amount=Decimal("77.77")),),
)


def clean_changes(lines: tuple[BudgetLineItem, ...], numbers: list[int]) -> Iterator[BudgetChange]:
    """Yield approved changes that come to each line's column, and no change without an amount."""
    for number in sorted(set(numbers)):
        adjustments = tuple(
            Adjustment(wbs_code_id=line.wbs_code_id, amount=line.budget_modifications)
            for line, own in zip(lines, numbers, strict=True)
            if own == number and line.wbs_code_id is not None and line.budget_modifications
        )
        if adjustments:
            yield BudgetChange(
                id=30 + number,
                number=str(number),
                title="Deeper piles",
                status="approved",
                erp_status="",
                adjustments=adjustments,
            )
