"""Procore's JSON about changes of a budget as the values of `jobcost.budget`. No calls here.

UNVERIFIED against a live account: that a line of a budget change that is not approved may still lack its budget code or
its amount; it moves nothing yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from connectors.procore.answers import Record
from connectors.procore.errors import AnswerUnexpected
from jobcost.budget import APPROVED, Adjustment, BudgetChange, ChangeKind

# Stands for a budget code that Procore does not name; its ids begin above it, so it is in no budget.
NO_CODE = 0
# facts procore_api/budget_changes.json
STATUSES = (APPROVED, "draft", "under_review", "void")


def budget_change_from(record: Record) -> BudgetChange:
    """Read one entry of GET /rest/v1.0/projects/{id}/budget_changes, which has no lines.

    Raises:
        AnswerUnexpected: above all for a status Procore does not document: whether it moves the budget is unknown.
    """
    number = record.fields.get("number")
    number = number if isinstance(number, str) else str(record.integer("number"))
    return BudgetChange(
        id=record.integer("id"),
        number=number,
        title=record.text_or_empty("title"),
        status=_change_status(record.named(f"budget change {number}"), "status"),
        erp_status=record.text_or_empty("erp_status"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentLine:
    """One line of a budget change, and the change it says to belong to."""

    change_id: int
    change_status: str
    adjustment: Adjustment


def adjustment_line_from(record: Record) -> AdjustmentLine:
    """Read one entry of GET /rest/v2.0/companies/{c}/projects/{p}/budget_changes/adjustment_line_items.

    Raises:
        AnswerUnexpected: naming the change, above all if a line of an approved one lacks its code or its amount.
    """
    number = record.fields.get("budget_change_number")
    record = record if number is None else record.named(f"budget change {number}")
    status = _change_status(record, "budget_change_status")
    if status == APPROVED:
        code, amount = record.integer("wbs_code_id"), record.amount("amount")
    else:
        code = record.integer_or_none("wbs_code_id") or NO_CODE
        amount = record.amount_or_none("amount") or Decimal(0)
    return AdjustmentLine(
        change_id=record.integer("budget_change_id"),
        change_status=status,
        adjustment=Adjustment(wbs_code_id=code, amount=amount),
    )


def modification_from(record: Record, code_of_line: Mapping[int, int]) -> BudgetChange:
    """Read one entry of GET /rest/v1.0/projects/{id}/budget_modifications as an approved change (facts R74).

    Args:
        record: the entry.
        code_of_line: the budget code of each budget line; a line that is not there has the code `NO_CODE`.

    Raises:
        AnswerUnexpected: if it does not say how much it moves where.
    """
    number = record.integer("id")
    record = record.named(f"budget modification {number}")
    amount = record.amount("transfer_amount")
    to_line, from_line = record.integer("to_budget_line_item_id"), record.integer_or_none("from_budget_line_item_id")
    moved = [(to_line, amount)] if from_line is None else [(to_line, amount), (from_line, -amount)]
    return BudgetChange(
        id=number,
        number=str(number),
        title=record.text_or_empty("notes"),
        status=APPROVED,
        erp_status="",
        kind=ChangeKind.BUDGET_MODIFICATION,
        adjustments=tuple(Adjustment(wbs_code_id=code_of_line.get(line, NO_CODE), amount=part) for line, part in moved),
    )


def _change_status(record: Record, name: str) -> str:
    status = record.text(name)
    if status not in STATUSES:
        raise AnswerUnexpected(f"{record.where}, {name}", f"one of {', '.join(STATUSES)}", repr(status))
    return status
