"""The verification of an export for people: a tick or a cross per line, and where to look in Vista."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from jobcost.money import ZERO_DOLLARS, money_text
from jobcost.plan import EstimateValues, Plan, PlannedLine
from jobcost.rendering.escaping import markdown_link, markdown_text
from jobcost.rendering.tables import Cell, Column, Heading, Table, csv_of, dicts_of, markdown_table, table_of
from jobcost.rendering.verified_orders import CROSS, TICK, order_numbers, verified_orders_markdown
from jobcost.rendering.wording import counted, phase_text, quantity_text, signed_money_text
from jobcost.verification import Verification, VerifiedLine

# Right lines shown on a page; wrong ones are all shown, and first.
RIGHT_LINES_MAX = 200


class AppliedCounts(Protocol):
    """What an apply did; the Vista connector's own answer fits."""

    @property
    def phases_added(self) -> int:
        """Number of job phases added (Vista JCJP)."""

    @property
    def phases_by_procedure(self) -> int:
        """Of these: added by Vista's own procedure (bspJCADDPHASE). Our own insert added the others."""

    @property
    def cost_types_added(self) -> int:
        """Number of cost headers added (Vista JCCH)."""

    @property
    def estimates_changed(self) -> int:
        """Number of cost headers whose Original Estimate was changed (Vista JCCH)."""

    @property
    def was_already_applied(self) -> bool:
        """An earlier attempt had been committed; nothing was written now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRow:
    """One line of the job for people: what must be there beside what was read back."""

    is_right: bool
    phase: str
    name: str
    cost_type: int
    um: str
    expected: EstimateValues
    # None when Vista has no such row.
    found: EstimateValues | None
    is_planned: bool
    problems: tuple[str, ...]
    # The Current Estimate: original and change orders, US dollars.
    expected_current: Decimal
    found_current: Decimal

    @property
    def difference(self) -> Decimal:
        """What Vista has too much; negative when it has too little. US dollars."""
        return self.found_cost - self.expected.cost

    @property
    def found_cost(self) -> Decimal:
        """The Original Estimate in Vista, US dollars; zero where there is no row."""
        return self.found.cost if self.found else ZERO_DOLLARS

    @property
    def mark(self) -> str:
        """A tick or a cross."""
        return TICK if self.is_right else CROSS


def verification_rows(verification: Verification, plan: Plan) -> tuple[VerifiedRow, ...]:
    """Make one row per verified line, wrong ones first, with the names from the plan."""
    planned = {line.key: line for line in plan.lines}
    rows = (_row(line, planned.get((line.phase, line.cost_type))) for line in verification.lines)
    return tuple(sorted(rows, key=lambda row: row.is_right))


def verification_table(rows: Iterable[VerifiedRow]) -> Table:
    """Lay the rows out for people; with the Current Estimate where change orders make it another figure."""
    shown = tuple(rows)
    has_orders = any(row.expected_current != row.expected.cost or row.found_current != row.found_cost for row in shown)
    columns = (*_COLUMNS[:_CURRENT_AFTER], *_CURRENT_COLUMNS, *_COLUMNS[_CURRENT_AFTER:])
    return table_of(columns if has_orders else _COLUMNS, shown)


def verification_dicts(verification: Verification, plan: Plan) -> list[dict[str, str]]:
    """Return all lines for a Prefect table artifact."""
    return dicts_of(verification_table(verification_rows(verification, plan)))


def verification_csv(verification: Verification, plan: Plan) -> str:
    """Write all lines as CSV, wrong ones first."""
    return csv_of(_CSV_HEADINGS, (_csv_cells(row) for row in verification_rows(verification, plan)))


def verification_markdown(
    verification: Verification,
    plan: Plan,
    *,
    export_id: str,
    approved_by: tuple[str, ...],
    applied: AppliedCounts,
    lines_url: str | None = None,
) -> str:
    """Write the page that an accountant checks JC Job Phases with."""
    parts = [
        f"# {_verdict(verification)}: Vista job {markdown_text(plan.job)}, {markdown_text(plan.project_name)}",
        "" if verification.is_right else _what_to_do(export_id),
        _job_problems(verification),
        markdown_table(_facts(verification, plan, export_id, approved_by, applied)),
        _where_to_look(plan),
        verified_orders_markdown(verification),
        _lines(verification, plan, lines_url),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _row(line: VerifiedLine, planned: PlannedLine | None) -> VerifiedRow:
    return VerifiedRow(
        is_right=line.is_right,
        phase=line.phase,
        name=planned.phase_description if planned else "",
        cost_type=line.cost_type,
        um=planned.um if planned else "",
        expected=line.expected,
        found=line.found,
        is_planned=line.planned,
        problems=line.problems,
        expected_current=line.expected_current,
        found_current=line.found_current,
    )


def _verdict(verification: Verification) -> str:
    return f"{TICK} Verified" if verification.is_right else f"{CROSS} Not as accepted"


def _what_to_do(export_id: str) -> str:
    return (
        "Vista does not hold exactly what was accepted. Exports of this job are stopped until a person has compared"
        " the lines below with Vista and cleared the failure:"
        f" budget-export clear {markdown_text(export_id)} --by MAIL --reason TEXT"
    )


def _job_problems(verification: Verification) -> str:
    if not verification.job_problems:
        return ""
    return "\n".join(
        ["## About the job", "", *(f"- {CROSS} {markdown_text(row)}" for row in verification.job_problems)]
    )


def _facts(
    verification: Verification, plan: Plan, export_id: str, approved_by: tuple[str, ...], applied: AppliedCounts
) -> Table:
    wrong = len(verification.wrong_lines)
    difference = verification.found_total - verification.expected_total
    currents = (verification.expected_current_total, verification.found_current_total)
    mark = CROSS if currents[0] != currents[1] else TICK
    facts: tuple[tuple[str, str], ...] = (
        ("Export", export_id),
        ("Plan code", plan.code),
        ("Accepted by", ", ".join(approved_by)),
        ("Written", _written(applied, plan)),
        ("Lines right", f"{len(verification.lines) - wrong:,} of {len(verification.lines):,}"),
        ("Total expected", money_text(verification.expected_total)),
        ("Total found in Vista", f"{money_text(verification.found_total)} {CROSS if difference else TICK}"),
        ("Difference", signed_money_text(difference)),
    )
    if currents != (verification.expected_total, verification.found_total):
        facts += (
            ("Current Estimate expected", money_text(currents[0])),
            ("Current Estimate found in Vista", f"{money_text(currents[1])} {mark}"),
        )
    return Table(headings=(Heading("About"), Heading("This export")), rows=facts)


def _written(applied: AppliedCounts, plan: Plan) -> str:
    if applied.was_already_applied:
        return "nothing now: an earlier attempt had written everything"
    return (
        f"{counted(applied.phases_added, 'phase')}{_way_of_phases(applied)} and"
        f" {counted(applied.cost_types_added, 'cost type')} added,"
        f" {counted(applied.estimates_changed, 'estimate')} changed"
        # All or nothing: what was planned of them was written.
        + (f", {counted(len(plan.change_orders), 'change order')} added" if plan.change_orders else "")
    )


def _way_of_phases(applied: AppliedCounts) -> str:
    by_procedure, by_insert = applied.phases_by_procedure, applied.phases_added - applied.phases_by_procedure
    ways = ((by_procedure, "by Vista's procedure bspJCADDPHASE"), (by_insert, "by the export's own insert"))
    taken = [(count, way) for count, way in ways if count]
    if len(taken) > 1:
        return f" ({', '.join(f'{count:,} {way}' for count, way in taken)})"
    return "".join(f" ({way})" for _, way in taken)


def _where_to_look(plan: Plan) -> str:
    job = markdown_text(plan.job)
    return (
        "## Where to look in Vista\n\n"
        f"- **JC Job Phases**, job {job}: each phase with its cost types and their Original Estimate.\n"
        f"- **JC Original Estimates**, job {job}: U/M, hours, units and cost of each phase and cost type."
        + (f"\n- **JC Change Orders**, job {job}: {order_numbers(plan)}." if plan.change_orders else "")
    )


def _lines(verification: Verification, plan: Plan, lines_url: str | None) -> str:
    rows = verification_rows(verification, plan)
    wrong = sum(not row.is_right for row in rows)
    shown = rows[: wrong + RIGHT_LINES_MAX]
    hidden = len(rows) - len(shown)
    sentences = [f"{wrong:,} wrong, {len(rows) - wrong:,} right; wrong lines come first."]
    if hidden:
        sentences.append(f"{hidden:,} more right lines are in the CSV.")
    if lines_url:
        sentences.append(markdown_link("All lines", lines_url))
    return f"## Lines\n\n{' '.join(sentences)}\n\n{markdown_table(verification_table(shown))}"


def _found_text(row: VerifiedRow) -> str:
    return "no row" if row.found is None else money_text(row.found.cost)


_COLUMNS: tuple[Column[VerifiedRow], ...] = (
    Column(Heading("Right"), lambda row: row.mark),
    Column(Heading("Vista phase"), lambda row: phase_text(row.phase)),
    Column(Heading("Name"), lambda row: row.name),
    Column(Heading("Cost type", "right"), lambda row: str(row.cost_type)),
    Column(Heading("U/M"), lambda row: row.um),
    Column(Heading("Units", "right"), lambda row: quantity_text(row.expected.units)),
    Column(Heading("Hours", "right"), lambda row: quantity_text(row.expected.hours)),
    Column(Heading("Expected", "right"), lambda row: money_text(row.expected.cost)),
    Column(Heading("Found in Vista", "right"), _found_text),
    Column(Heading("Difference", "right"), lambda row: signed_money_text(row.difference)),
    Column(Heading("In the budget"), lambda row: "yes" if row.is_planned else "no, only in Vista"),
    Column(Heading("What is wrong"), lambda row: "; ".join(row.problems)),
)

# Shown where change orders make original and Current Estimate two figures, after so many columns.
_CURRENT_COLUMNS: tuple[Column[VerifiedRow], ...] = (
    Column(Heading("Current expected", "right"), lambda row: money_text(row.expected_current)),
    Column(Heading("Current found", "right"), lambda row: money_text(row.found_current)),
)
_CURRENT_AFTER = 10

_CSV_HEADINGS = (
    "Right",
    "Vista phase",
    "Vista phase name",
    "Vista cost type",
    "U/M",
    "Expected cost",
    "Found cost",
    "Difference",
    "Expected units",
    "Found units",
    "Expected hours",
    "Found hours",
    "Expected current estimate",
    "Found current estimate",
    "In the budget",
    "What is wrong",
)


def _csv_cells(row: VerifiedRow) -> tuple[Cell, ...]:
    found = row.found
    return (
        "yes" if row.is_right else "no",
        phase_text(row.phase),
        row.name,
        row.cost_type,
        row.um,
        row.expected.cost,
        found.cost if found else None,
        row.difference,
        row.expected.units,
        found.units if found else None,
        row.expected.hours,
        found.hours if found else None,
        row.expected_current,
        row.found_current if found else None,
        "yes" if row.is_planned else "no",
        "; ".join(row.problems),
    )
