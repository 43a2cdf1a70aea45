from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from connectors.procore.answers import Record
from connectors.procore.budget_values import (
    ViewColumns,
    column_id_from,
    cost_code_from,
    line_item_from,
    line_item_type_from,
    project_from,
    user_from,
    view_id_from,
)
from connectors.procore.change_values import budget_change_from
from connectors.procore.errors import AnswerUnexpected, BudgetColumnMissing, BudgetViewMissing
from jobcost.budget import BudgetLineItem, CostCode, LineItemType

CODE = CostCode(id=31, full_code="02-200", name="Demolition", origin_id="02-200-")
LABOR = LineItemType(id=41, code="L", name="Labor", origin_id="1")
COLUMNS = ViewColumns(quantity="90011", uom="90012", hours="90013")
ROW: dict[str, Any] = {
    "id": 21,
    "wbs_code_id": 51,
    "cost_code_id": 31,
    "category_id": 41,
    "cost_code": "02-200 - Demolition",
    "category": "Labor",
    "biller": "Small House",
    "biller_type": "Project",
    "original_budget_amount": "1250.50",
    "budget_modifications": "-50.25",
    "currency_configuration": {"currency_iso_code": "USD"},
    "90011": "12.5",
    "90012": "CY",
    "90013": "40",
}


def line(**changes: Any) -> BudgetLineItem:
    row = {key: value for key, value in {**ROW, **changes}.items() if value is not ...}
    return line_item_from(Record(row, "GET /detail_rows entry 7"), {31: CODE}, {41: LABOR}, COLUMNS)


def test_a_row_becomes_a_line_with_its_code_and_type() -> None:
    assert line() == BudgetLineItem(
        id=21,
        wbs_code_id=51,
        cost_code=CODE,
        line_item_type=LABOR,
        cost_code_text="02-200 - Demolition",
        line_item_type_text="Labor",
        biller_type="Project",
        biller="Small House",
        original_budget_amount=Decimal("1250.50"),
        budget_modifications=Decimal("-50.25"),
        quantity=Decimal("12.5"),
        uom="CY",
        hours=Decimal(40),
        currency_iso_code="USD",
    )


@pytest.mark.parametrize("field", ["original_budget_amount", "budget_modifications"])
@pytest.mark.parametrize("sent", [None, ..., "", "n/a", True])
def test_a_budgeted_line_without_an_amount_is_refused_naming_the_line(field: str, sent: object) -> None:
    with pytest.raises(AnswerUnexpected) as caught:
        line(**{field: sent})
    assert str(caught.value).startswith(
        f"GET /detail_rows entry 7 (02-200 - Demolition / Labor), {field}: expected an amount, found "
    )


def test_an_unbudgeted_row_without_amounts_is_not_in_the_budget() -> None:
    unbudgeted = line(id=None, original_budget_amount=None, budget_modifications=None)
    assert (unbudgeted.id, unbudgeted.revised_budget_amount) == (None, Decimal(0))


def test_a_row_whose_code_is_not_in_the_projects_list_keeps_its_text() -> None:
    unknown = line(cost_code_id=99, category_id=None)
    assert (unknown.cost_code, unknown.line_item_type) == (None, None)
    assert unknown.label == "02-200 - Demolition / Labor"


@pytest.mark.parametrize("empty", [None, "", ...])
def test_an_empty_quantity_unit_or_hours_is_none(empty: object) -> None:
    bare = line(**{"90011": empty, "90012": empty, "90013": empty})
    assert (bare.quantity, bare.uom, bare.hours) == (None, None, None)


def test_a_quantity_that_is_no_number_is_refused() -> None:
    with pytest.raises(AnswerUnexpected, match=r'90011: expected an amount, found "a lot"'):
        line(**{"90011": "a lot"})


def test_a_sub_jobs_line_says_so() -> None:
    assert line(biller_type="SubJob", biller="North wing").biller_type == "SubJob"


def test_a_project_that_does_not_say_it_is_integrated_is_not() -> None:
    project = project_from(Record({"id": 1, "name": "House", "active": True, "origin_id": ""}, "GET /projects/1"))
    assert (project.is_erp_integrated, project.origin_id, project.origin_code, project.project_number) == (
        False,
        None,
        None,
        "",
    )


def test_a_person_without_the_flag_is_neither_approver_nor_not() -> None:
    user = user_from(Record({"id": 1, "email_address": " a@b.test ", "name": "A", "is_active": True}, "GET /users"))
    assert (user.is_accounting_approver, user.email_address) == (None, "a@b.test")


def test_a_person_not_said_to_be_active_is_not() -> None:
    assert user_from(Record({"id": 1, "erp_integrated_accountant": True}, "GET /users")).is_active is False


def test_a_change_is_read_with_number_or_text_as_its_number() -> None:
    for number in (7, "7"):
        change = budget_change_from(
            Record({"id": 1, "number": number, "title": None, "status": "approved"}, "GET /changes")
        )
        assert (change.number, change.title, change.status, change.erp_status) == ("7", "", "approved", "")


@pytest.mark.parametrize(
    ("read", "fields"),
    [
        (project_from, {"id": 1, "name": "House"}),
        (cost_code_from, {"id": 1}),
        (line_item_type_from, {"code": "L"}),
        (user_from, {"name": "A"}),
        (budget_change_from, {"id": 1, "number": 1}),
    ],
)
def test_a_record_without_what_it_must_have_is_refused(
    read: Callable[[Record], object], fields: dict[str, Any]
) -> None:
    with pytest.raises(AnswerUnexpected, match=r"GET /list entry 1.*, .*found nothing"):
        read(Record(fields, "GET /list entry 1"))


def test_two_views_of_one_name_cannot_be_told_apart() -> None:
    views = (Record({"id": 1, "name": "Vista Export"}, ""), Record({"id": 2, "name": "Vista Export "}, ""))
    with pytest.raises(BudgetViewMissing, match="exactly one"):
        view_id_from(views, "Vista Export", 1)


def test_two_columns_of_one_name_cannot_be_told_apart() -> None:
    columns = (Record({"id": "1", "name": "Hours"}, ""), Record({"id": "2", "name": "Hours"}, ""))
    with pytest.raises(BudgetColumnMissing, match="exactly one"):
        column_id_from(columns, "Hours", "Vista Export", 1)
    assert column_id_from(columns, None, "Vista Export", 1) is None
