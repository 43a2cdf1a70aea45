"""Each budget line as Procore shows it: its place in the budget and its amounts."""

from decimal import Decimal

import pytest

from tests.core.budgets import budget, config, line, propose
from tests.core.sightings import Said, blocks, notes, rules_in, warns


def test_a_partial_line_that_nobody_budgeted_blocks_the_export() -> None:
    proposal = propose(
        """
        id   | code   | type | amount
        none | 03-310 | M    | 0.00
        """
    )
    assert blocks(proposal, "line-not-budgeted") == [Said("Line 03-310 / M", "a budgeted line", "a partial line")]


def test_a_line_of_a_sub_job_blocks_the_export() -> None:
    proposal = propose(
        """
        code   | type | amount | biller
        03-310 | M    | 10.00  | Tower B
        """
    )
    assert blocks(proposal, "line-of-sub-job") == [
        Said("Line 03-310 / M", "a line of the project", "sub job 'Tower B'")
    ]


def test_a_line_without_cost_code_is_named_all_the_same() -> None:
    proposal = propose("code | type | amount\n none | M | 10.00")
    assert blocks(proposal, "line-without-cost-code") == [Said("Line (no cost code) / M", "a cost code", "none")]


def test_a_cost_code_that_is_not_in_the_project_is_named() -> None:
    proposal = propose("code | type | amount | text\n none | M | 10.00 | 03-999 Formwork")
    assert blocks(proposal, "line-without-cost-code") == [
        Said("Line 03-999 Formwork / M", "a cost code of the project", "03-999 Formwork")
    ]


def test_a_blank_cost_code_is_none() -> None:
    proposal = propose('code | type | amount\n "  " | M | 10.00')
    assert blocks(proposal, "line-without-cost-code") == [Said("Line    / M", "a cost code", "none")]


def test_a_line_without_cost_type_blocks_the_export() -> None:
    proposal = propose("code | type | amount\n 03-310 | none | 10.00")
    assert blocks(proposal, "line-without-cost-type") == [Said("Line 03-310 / (no cost type)", "a cost type", "none")]


def test_a_cost_type_that_is_not_in_the_project_is_named() -> None:
    proposal = propose("code | type | amount | text\n 03-310 | none | 10.00 | Rental")
    assert blocks(proposal, "line-without-cost-type") == [
        Said("Line 03-310 / Rental", "a cost type of it", "Rental"),
    ]


def test_another_currency_than_the_companys_blocks_the_export() -> None:
    proposal = propose(
        """
        code   | type | amount | currency
        01-100 | L    | 10.00  | USD
        03-310 | M    | 10.00  | CAD
        """
    )
    assert blocks(proposal, "line-currency") == [Said("Line 03-310 / M", "USD", "CAD")]


def test_the_companys_currency_is_configured() -> None:
    canadian = config(limits={"currency": "CAD"})
    in_dollars = "code | type | amount | currency\n 03-310 | M | 10.00 | CAD"
    assert blocks(propose(in_dollars, configured=canadian), "line-currency") == []


def test_a_line_without_a_currency_is_in_the_companys() -> None:
    assert blocks(propose(), "line-currency") == []


def test_a_fraction_of_a_cent_is_never_rounded_away() -> None:
    proposal = propose("code | type | amount\n 03-310 | M | 0.125\n 01-100 | L | 0.120")
    assert blocks(proposal, "amount-below-a-cent") == [Said("Line 03-310 / M", "whole cents", "0.125")]


@pytest.mark.parametrize("amount", ["10,000,000,000.00", "-10,000,000,000.00"])
def test_an_amount_beyond_vistas_field_blocks_the_export(amount: str) -> None:
    proposal = propose(f"code | type | amount\n 03-310 | M | {amount}")
    assert blocks(proposal, "amount-too-large") == [Said("Line 03-310 / M", "at most 9,999,999,999.99", amount)]


def test_the_largest_amount_of_vista_is_exported() -> None:
    assert blocks(propose("code | type | amount\n 03-310 | M | 9,999,999,999.99"), "amount-too-large") == []


def test_an_absurd_amount_is_a_finding_and_no_crash() -> None:
    absurd = line(original_budget_amount=Decimal("1E+27"), quantity=Decimal("1E+27"), uom="CY")
    proposal = propose(budget((absurd,)))
    assert blocks(proposal, "amount-too-large") == [
        Said("Line 03-310 / M", "at most 9,999,999,999.99", "1,000,000,000,000,000,000,000,000,000.00")
    ]


def test_a_quantity_beyond_vistas_field_blocks_the_export() -> None:
    proposal = propose("code | type | amount | qty | uom\n 03-310 | M | 1.00 | 1,000,000,000 | CY")
    assert blocks(proposal, "quantity-too-large") == [
        Said("Line 03-310 / M", "at most 999,999,999.999", "1,000,000,000")
    ]


def test_hours_beyond_vistas_field_block_the_export() -> None:
    proposal = propose("code | type | amount | hours\n 01-100 | L | 1.00 | 100,000,000")
    assert blocks(proposal, "quantity-too-large") == [Said("Line 01-100 / L", "at most 99,999,999.99", "100,000,000")]


def test_the_largest_quantity_and_hours_of_vista_are_taken() -> None:
    proposal = propose(
        "code | type | amount | qty | uom | hours\n 01-100 | L | 1.00 | 999,999,999.999 | CY | 99,999,999.99"
    )
    assert blocks(proposal, "quantity-too-large") == []


def test_a_rounded_quantity_is_shown_with_what_is_exported() -> None:
    proposal = propose(
        """
        code   | type | amount | qty    | uom | hours
        01-100 | L    | 1.00   | 1.0005 | CY  | 2.005
        """
    )
    assert warns(proposal, "quantity-rounded") == [
        Said("Line 01-100 / L", "3 places", "1.0005, exported as 1.001"),
        Said("Line 01-100 / L", "2 places", "2.005, exported as 2.01"),
    ]


def test_a_quantity_with_trailing_zeros_is_not_rounded() -> None:
    proposal = propose("code | type | amount | qty | uom\n 03-310 | M | 1.00 | 1.000000 | CY")
    assert warns(proposal, "quantity-rounded") == []


def test_a_negative_amount_is_exported_with_a_warning() -> None:
    proposal = propose("code | type | amount\n 03-310 | M | -0.01")
    assert warns(proposal, "amount-negative") == [Said("Line 03-310 / M", "0.00 or more", "-0.01")]
    assert proposal.plan is not None
    assert proposal.plan.total_after == Decimal("-0.01")


def test_a_line_of_zero_is_exported_and_noted() -> None:
    proposal = propose("code | type | amount\n 03-310 | M | 0")
    assert notes(proposal, "amount-zero") == [Said("Line 03-310 / M", "any amount", "0.00")]
    assert proposal.plan is not None
    assert [planned.phase for planned in proposal.plan.lines] == ["03-310-  "]


def test_every_problem_of_a_budget_is_found_at_once() -> None:
    proposal = propose(
        """
        code   | type | amount | currency
        none   | M    | 10.00  |
        03-310 | none | 0.001  |
        01-100 | L    | 10.00  | EUR
        """
    )
    assert rules_in(proposal.findings) == [
        "line-without-cost-code",
        "line-currency",
        "line-without-cost-type",
        "amount-below-a-cent",
    ]
