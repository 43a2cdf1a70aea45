"""The same tables for a terminal, as plain headings and rows. The command line draws them.

Cells are plain text on one line, without control characters. They may hold square brackets: hand them over as text,
not as markup.
"""

from collections.abc import Iterable

from jobcost.findings import Finding
from jobcost.money import money_text
from jobcost.plan import Plan
from jobcost.rendering.findings_page import groups_of
from jobcost.rendering.line_rows import LineRow, line_rows, top_movers
from jobcost.rendering.lines import procore_code_text, vista_now_text
from jobcost.rendering.orders import current_table, moves_current, orders_tables
from jobcost.rendering.summary import counts_table, totals_table
from jobcost.rendering.tables import Column, Heading, Table, table_of
from jobcost.rendering.verification import VerifiedRow, verification_rows
from jobcost.rendering.wording import phase_text, shortened, signed_money_text
from jobcost.verification import Verification

_NAME_LENGTH_MAX = 32

_LINE_COLUMNS: tuple[Column[LineRow], ...] = (
    Column(Heading("Procore code"), procore_code_text),
    Column(Heading("Name"), lambda row: shortened(row.name, _NAME_LENGTH_MAX)),
    Column(Heading("Vista phase"), lambda row: phase_text(row.phase)),
    Column(Heading("CT", "right"), lambda row: str(row.cost_type)),
    Column(Heading("U/M"), lambda row: row.um),
    Column(Heading("Vista now", "right"), vista_now_text),
    Column(Heading("Vista after", "right"), lambda row: money_text(row.after.cost)),
    Column(Heading("Difference", "right"), lambda row: signed_money_text(row.difference)),
    Column(Heading("What happens"), lambda row: row.what_happens),
)

_VERIFIED_COLUMNS: tuple[Column[VerifiedRow], ...] = (
    Column(Heading("Right"), lambda row: row.mark),
    Column(Heading("Vista phase"), lambda row: phase_text(row.phase)),
    Column(Heading("CT", "right"), lambda row: str(row.cost_type)),
    Column(Heading("Expected", "right"), lambda row: money_text(row.expected.cost)),
    Column(Heading("Found in Vista", "right"), lambda row: money_text(row.found.cost) if row.found else "no row"),
    Column(Heading("Difference", "right"), lambda row: signed_money_text(row.difference)),
    Column(Heading("What is wrong"), lambda row: "; ".join(row.problems)),
    Column(Heading("Name"), lambda row: shortened(row.name, _NAME_LENGTH_MAX)),
)

_FINDING_COLUMNS: tuple[Column[Finding], ...] = (
    Column(Heading("Severity"), lambda row: row.severity),
    Column(Heading("Rule"), lambda row: row.rule),
    Column(Heading("Where"), lambda row: row.where),
    Column(Heading("What"), lambda row: row.what),
    Column(Heading("Expected"), lambda row: row.expected),
    Column(Heading("Found"), lambda row: row.found),
    Column(Heading("Way out"), lambda row: row.way_out),
)


def plan_tables(plan: Plan) -> tuple[Table, ...]:
    """Return the totals and the counts of a plan; with change orders the Current Estimate, and each of them, too."""
    current = (current_table(plan),) if moves_current(plan) else ()
    return totals_table(plan), *current, counts_table(plan), *orders_tables(plan)


def plan_lines_table(plan: Plan, *, top: int | None = None) -> Table:
    """Return the lines of a plan, narrow enough for a terminal; with `top`, only those that move the most."""
    rows = line_rows(plan)
    return table_of(_LINE_COLUMNS, rows if top is None else top_movers(rows, top))


def findings_table(findings: Iterable[Finding]) -> Table:
    """Return the findings, blocking ones first."""
    return table_of(_FINDING_COLUMNS, (finding for group in groups_of(findings) for finding in group.findings))


def verified_lines_table(verification: Verification, plan: Plan, *, only_wrong: bool = False) -> Table:
    """Return the verified lines, wrong ones first."""
    rows = verification_rows(verification, plan)
    return table_of(_VERIFIED_COLUMNS, (row for row in rows if not (only_wrong and row.is_right)))
