"""Procore's JSON as the values of `jobcost.budget`. One function a kind of record; no calls here.

UNVERIFIED against a live account, and kept in this module only:
- a budget view's extra columns stand in its rows under the column's id (facts 2.5: "one extra key per visible column");
- a row's `category_id` is the id of its line item type (cost type);
- an unbudgeted row may have null amounts, which mean zero: it is not in the budget;
- a project of the list filters[synced] that has an origin id is linked, although the list does not tell
  is_erp_integrated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from connectors.procore.answers import Record
from connectors.procore.errors import BudgetColumnMissing, BudgetViewMissing
from jobcost.budget import BudgetLineItem, CostCode, LineItemType, ProcoreUser, Project, RowKey

_NOT_BUDGETED = Decimal(0)
# Stands for a budget line or a budget code that Procore does not name; its ids begin above it.
_NO_ID = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewColumns:
    """The ids of the columns that hold quantity, unit of measure and hours; None where the view has none."""

    quantity: str | None = None
    uom: str | None = None
    hours: str | None = None


def project_from(record: Record) -> Project:
    """Read GET /rest/v1.0/projects/{id}. A project that does not say that it is integrated is not."""
    return _project(record, is_erp_integrated=record.boolean_or_none("is_erp_integrated") is True)


def listed_project_from(record: Record) -> Project:
    """Read one entry of GET /rest/v1.0/projects with filters[synced]; an export reads the project itself again."""
    told = record.boolean_or_none("is_erp_integrated")
    is_linked = record.text_or_none("origin_id") is not None
    return _project(record, is_erp_integrated=is_linked if told is None else told)


def _project(record: Record, *, is_erp_integrated: bool) -> Project:
    return Project(
        id=record.integer("id"),
        name=record.text("name"),
        project_number=record.text_or_empty("project_number"),
        active=record.boolean("active"),
        is_erp_integrated=is_erp_integrated,
        origin_id=record.text_or_none("origin_id"),
        origin_code=record.text_or_none("origin_code"),
    )


def cost_code_from(record: Record) -> CostCode:
    """Read one entry of GET /rest/v1.0/cost_codes."""
    return CostCode(
        id=record.integer("id"),
        full_code=record.text("full_code"),
        name=record.text_or_empty("name"),
        origin_id=record.text_or_none("origin_id"),
    )


def line_item_type_from(record: Record) -> LineItemType:
    """Read one entry of GET /rest/v1.0/line_item_types."""
    return LineItemType(
        id=record.integer("id"),
        code=record.text_or_empty("code"),
        name=record.text_or_empty("name"),
        origin_id=record.text_or_none("origin_id"),
    )


def user_from(record: Record) -> ProcoreUser:
    """Read one entry of GET /rest/v1.3/companies/{id}/users. Somebody not said to be active is not."""
    return ProcoreUser(
        id=record.integer("id"),
        email_address=record.text_or_empty("email_address").strip(),
        name=record.text_or_empty("name"),
        is_active=record.boolean_or_none("is_active") is True,
        is_accounting_approver=record.boolean_or_none("erp_integrated_accountant"),
    )


def view_id_from(views: tuple[Record, ...], name: str, project_id: int) -> int:
    """Find the budget view by its name.

    Raises:
        BudgetViewMissing: if none or several have it.
    """
    found = [view.integer("id") for view in views if view.text("name").strip() == name.strip()]
    if len(found) != 1:
        raise BudgetViewMissing(project_id, name, tuple(view.text("name") for view in views))
    return found[0]


def column_id_from(columns: tuple[Record, ...], name: str | None, view: str, project_id: int) -> str | None:
    """Find a column of the view by its name; None if no name is configured.

    Raises:
        BudgetColumnMissing: if none or several have it.
    """
    if name is None:
        return None
    found = [column.text("id") for column in columns if column.text("name").strip() == name.strip()]
    if len(found) != 1:
        raise BudgetColumnMissing(project_id, view, name, tuple(column.text("name") for column in columns))
    return found[0]


def line_item_from(
    row: Record,
    cost_codes: Mapping[int, CostCode],
    line_item_types: Mapping[int, LineItemType],
    columns: ViewColumns,
) -> BudgetLineItem:
    """Read one entry of GET /rest/v1.0/budget_views/{id}/detail_rows.

    Raises:
        AnswerUnexpected: naming the row, above all if a budgeted row has no amount: nothing is taken to be zero.
    """
    code_text, type_text = row.text_or_empty("cost_code"), row.text_or_empty("category")
    row = row.named(f"{code_text or 'no cost code'} / {type_text or 'no cost type'}")
    line_id = row.integer_or_none("id")
    cost_code_id, category_id = row.integer_or_none("cost_code_id"), row.integer_or_none("category_id")
    currency = row.record_or_none("currency_configuration")
    quantity, uom, hours = _quantities(row, columns)
    return BudgetLineItem(
        id=line_id,
        wbs_code_id=row.integer_or_none("wbs_code_id"),
        cost_code=None if cost_code_id is None else cost_codes.get(cost_code_id),
        line_item_type=None if category_id is None else line_item_types.get(category_id),
        cost_code_text=code_text,
        line_item_type_text=type_text,
        biller_type=row.text("biller_type"),
        biller=row.text_or_empty("biller"),
        original_budget_amount=_row_amount(row, "original_budget_amount", is_budgeted=line_id is not None),
        budget_modifications=_row_amount(row, "budget_modifications", is_budgeted=line_id is not None),
        quantity=quantity,
        uom=uom,
        hours=hours,
        currency_iso_code=None if currency is None else currency.text_or_none("currency_iso_code"),
    )


def row_key_from(row: Record, columns: ViewColumns) -> RowKey:
    """Read of a detail row what `rows_fingerprint` digests."""
    is_budgeted = row.integer_or_none("id") is not None
    return (
        row.integer_or_none("id") or _NO_ID,
        row.integer_or_none("wbs_code_id") or _NO_ID,
        _row_amount(row, "original_budget_amount", is_budgeted=is_budgeted),
        _row_amount(row, "budget_modifications", is_budgeted=is_budgeted),
        *_quantities(row, columns),
    )


def _quantities(row: Record, columns: ViewColumns) -> tuple[Decimal | None, str | None, Decimal | None]:
    return (
        None if columns.quantity is None else row.amount_or_none(columns.quantity),
        None if columns.uom is None else row.text_or_none(columns.uom),
        None if columns.hours is None else row.amount_or_none(columns.hours),
    )


def _row_amount(row: Record, name: str, *, is_budgeted: bool) -> Decimal:
    if is_budgeted:
        return row.amount(name)
    found = row.amount_or_none(name)
    return _NOT_BUDGETED if found is None else found
