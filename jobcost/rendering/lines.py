"""The rows of a plan laid out: as a table for a page, for an artifact, and as CSV."""

from decimal import Decimal

from jobcost.money import ZERO_DOLLARS, money_text
from jobcost.plan import Plan
from jobcost.rendering.line_rows import LineRow, line_rows
from jobcost.rendering.tables import Cell, Column, Heading, Table, csv_of, dicts_of, table_of
from jobcost.rendering.wording import phase_text, quantity_text, short_list, shortened, signed_money_text


def lines_table(rows: tuple[LineRow, ...], *, with_total: bool = False) -> Table:
    """Lay the rows out for people; the total makes sense only over all rows of a plan."""
    has_orders = any(row.changes_before or row.changes_after for row in rows)
    columns = (*LINE_COLUMNS[:_CURRENT_AFTER], *_CURRENT_COLUMNS, *LINE_COLUMNS[_CURRENT_AFTER:])
    total = _total(rows, has_orders=has_orders) if with_total else ()
    return table_of(columns if has_orders else LINE_COLUMNS, rows, total)


def line_dicts(plan: Plan) -> list[dict[str, str]]:
    """Return all lines for a Prefect table artifact."""
    return dicts_of(lines_table(line_rows(plan)))


def lines_csv(plan: Plan) -> str:
    """Write all lines as CSV, decimals plain, phases as Vista stores them."""
    return csv_of(_CSV_HEADINGS, (_csv_cells(row) for row in line_rows(plan)))


def _optional_money(amount: Decimal | None) -> str:
    return "" if amount is None else money_text(amount)


def procore_code_text(row: LineRow) -> str:
    """Show Procore's budget code: cost code and cost type; nothing for a line that only Vista has."""
    types = short_list(row.line_item_types)
    return f"{row.code} / {types}" if types else row.code


def _units(row: LineRow) -> str:
    worked = f", {quantity_text(row.after.hours)} hours" if row.after.hours else ""
    return f"{quantity_text(row.after.units)} {row.um}{worked}".strip()


def vista_now_text(row: LineRow) -> str:
    """Show the live Vista estimate; a missing row is not the same as zero."""
    return "no row" if row.before is None else money_text(row.before.cost)


# What a page has room for; the CSV has the whole name.
NAME_LENGTH_MAX = 60

# The name stands last: the figures must be seen without scrolling.
LINE_COLUMNS: tuple[Column[LineRow], ...] = (
    Column(Heading("Procore code"), procore_code_text),
    Column(Heading("Vista phase"), lambda row: phase_text(row.phase)),
    Column(Heading("Type", "right"), lambda row: str(row.cost_type)),
    Column(Heading("Units", "right"), _units),
    Column(Heading("Original budget", "right"), lambda row: _optional_money(row.original_budget)),
    Column(Heading("Budget changes", "right"), lambda row: _optional_money(row.budget_changes)),
    Column(Heading("Revised estimate", "right"), lambda row: _optional_money(row.revised_estimate)),
    Column(Heading("Vista now", "right"), vista_now_text),
    Column(Heading("Difference", "right"), lambda row: signed_money_text(row.difference)),
    Column(Heading("What happens"), lambda row: row.what_happens),
    Column(Heading("Name"), lambda row: shortened(row.name, NAME_LENGTH_MAX)),
)

# Shown where change orders make original and Current Estimate two figures, after so many columns.
_CURRENT_COLUMNS: tuple[Column[LineRow], ...] = (
    Column(Heading("Current now", "right"), lambda row: money_text(row.current_before)),
    Column(Heading("Current after", "right"), lambda row: money_text(row.current_after)),
)
_CURRENT_AFTER = 9

_CSV_HEADINGS = (
    "Procore code",
    "Procore name",
    "Procore cost type",
    "Vista phase",
    "Vista phase name",
    "Vista cost type",
    "U/M",
    "Original budget",
    "Budget changes",
    "Revised estimate",
    "Vista now",
    "Vista after",
    "Difference",
    "Units now",
    "Units after",
    "Hours now",
    "Hours after",
    "Change orders now",
    "Change orders after",
    "Current estimate now",
    "Current estimate after",
    "What happens",
)


def _csv_cells(row: LineRow) -> tuple[Cell, ...]:
    before = row.before
    return (
        "; ".join(dict.fromkeys(row.cost_codes)),
        "; ".join(dict.fromkeys(row.names)),
        "; ".join(dict.fromkeys(row.line_item_types)),
        phase_text(row.phase),
        row.phase_description,
        row.cost_type,
        row.um,
        row.original_budget,
        row.budget_changes,
        row.revised_estimate,
        before.cost if before else None,
        row.after.cost,
        row.difference,
        before.units if before else None,
        row.after.units,
        before.hours if before else None,
        row.after.hours,
        row.changes_before,
        row.changes_after,
        row.current_before,
        row.current_after,
        row.what_happens,
    )


def _total(rows: tuple[LineRow, ...], *, has_orders: bool) -> tuple[str, ...]:
    sums = (
        sum((row.original_budget or ZERO_DOLLARS for row in rows), ZERO_DOLLARS),
        sum((row.budget_changes or ZERO_DOLLARS for row in rows), ZERO_DOLLARS),
        sum((row.revised_estimate or ZERO_DOLLARS for row in rows), ZERO_DOLLARS),
        sum((row.before.cost for row in rows if row.before), ZERO_DOLLARS),
    )
    difference = sum((row.difference for row in rows), ZERO_DOLLARS)
    currents = (
        sum((row.current_before for row in rows), ZERO_DOLLARS),
        sum((row.current_after for row in rows), ZERO_DOLLARS),
    )
    shown = tuple(map(money_text, currents)) if has_orders else ()
    return ("Total", "", "", "", *map(money_text, sums), signed_money_text(difference), *shown, "", "")
