"""The lines of a plan as rows: what Procore says beside what Vista holds now, and what happens to each."""

from dataclasses import dataclass
from decimal import Decimal

from jobcost.money import ZERO_DOLLARS, ZERO_HOURS, ZERO_UNITS, money_text
from jobcost.plan import Action, EstimateValues, Plan, PlannedLine, UntouchedHeader
from jobcost.rendering.tables import Cell, Column, Heading, Table, csv_of, dicts_of, table_of
from jobcost.rendering.wording import phase_text, quantity_text, short_list, shortened, signed_money_text

_NOTHING = EstimateValues(hours=ZERO_HOURS, units=ZERO_UNITS, cost=ZERO_DOLLARS)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """One (phase, cost type) of the job for people: planned, or only in Vista. Amounts in US dollars."""

    # Cost codes, their names and cost types of the Procore lines behind it; empty when it is only in Vista.
    cost_codes: tuple[str, ...]
    names: tuple[str, ...]
    line_item_types: tuple[str, ...]
    phase: str
    phase_description: str
    cost_type: int
    # "" for a line that is only in Vista: the plan does not hold its unit.
    um: str
    # Sums over the Procore lines; None when it is only in Vista.
    original_budget: Decimal | None
    budget_changes: Decimal | None
    # None when Vista has no such row yet.
    before: EstimateValues | None
    after: EstimateValues
    is_written: bool
    what_happens: str

    @property
    def revised_estimate(self) -> Decimal | None:
        """Original budget plus budget changes."""
        if self.original_budget is None or self.budget_changes is None:
            return None
        return self.original_budget + self.budget_changes

    @property
    def difference(self) -> Decimal:
        """What the export adds to the line's Original Estimate; negative lowers it."""
        return self.after.cost - (self.before or _NOTHING).cost

    @property
    def name(self) -> str:
        """The line's name in Procore, or the phase's in Vista where Procore has none."""
        return short_list(self.names) or self.phase_description

    @property
    def code(self) -> str:
        """The Procore cost codes, with the number of lines where several were added up."""
        number = len(self.cost_codes)
        return short_list(self.cost_codes) + (f" ({number} lines)" if number > 1 else "")


def line_rows(plan: Plan) -> tuple[LineRow, ...]:
    """Make one row per line of the job, also of those that only Vista has, ordered by phase and cost type."""
    new_phases = {phase.phase for phase in plan.add_phases}
    rows = [_planned_row(line, new_phases) for line in plan.lines]
    rows += [_untouched_row(header) for header in plan.untouched]
    return tuple(sorted(rows, key=lambda row: (row.phase, row.cost_type)))


def top_movers(rows: tuple[LineRow, ...], top: int) -> tuple[LineRow, ...]:
    """Pick the written lines that move the most dollars, up or down."""
    written = (row for row in rows if row.is_written)
    return tuple(sorted(written, key=lambda row: -abs(row.difference))[:top])


def lines_table(rows: tuple[LineRow, ...], *, with_total: bool = False) -> Table:
    """Lay the rows out for people; the total makes sense only over all rows of a plan."""
    return table_of(LINE_COLUMNS, rows, _total(rows) if with_total else ())


def line_dicts(plan: Plan) -> list[dict[str, str]]:
    """Return all lines for a Prefect table artifact."""
    return dicts_of(lines_table(line_rows(plan)))


def lines_csv(plan: Plan) -> str:
    """Write all lines as CSV, decimals plain, phases as Vista stores them."""
    return csv_of(_CSV_HEADINGS, (_csv_cells(row) for row in line_rows(plan)))


def _planned_row(line: PlannedLine, new_phases: set[str]) -> LineRow:
    return LineRow(
        cost_codes=tuple(source.cost_code for source in line.sources),
        names=tuple(source.cost_code_name for source in line.sources),
        line_item_types=tuple(source.line_item_type for source in line.sources),
        phase=line.phase,
        phase_description=line.phase_description,
        cost_type=line.cost_type,
        um=line.um,
        original_budget=sum((source.original_budget for source in line.sources), ZERO_DOLLARS),
        budget_changes=sum((source.budget_changes for source in line.sources), ZERO_DOLLARS),
        before=line.before,
        after=line.after,
        is_written=line.action is not Action.UNCHANGED,
        what_happens=_what_happens(line, is_new_phase=line.phase in new_phases),
    )


def _untouched_row(header: UntouchedHeader) -> LineRow:
    return LineRow(
        cost_codes=(),
        names=(),
        line_item_types=(),
        phase=header.phase,
        phase_description="",
        cost_type=header.cost_type,
        um="",
        original_budget=None,
        budget_changes=None,
        before=header.values,
        after=header.values,
        is_written=False,
        what_happens="stays, only in Vista",
    )


def _what_happens(line: PlannedLine, *, is_new_phase: bool) -> str:
    match line.action:
        case Action.SET_TO_ZERO:
            return "set to zero, deleted in Procore"
        case Action.ADD_COST_TYPE:
            return "add phase" if is_new_phase else "add"
        case Action.CHANGE_ESTIMATE:
            return ", ".join(["change", *_quantity_moves(line.before or _NOTHING, line.after)])
        case Action.UNCHANGED:
            return "unchanged"


def _quantity_moves(before: EstimateValues, after: EstimateValues) -> list[str]:
    """Name what moves besides the cost; the cost has its own columns."""
    pairs = (("units", before.units, after.units), ("hours", before.hours, after.hours))
    return [f"{name} {old:,f} to {new:,f}" for name, old, new in pairs if old != new]


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
        row.what_happens,
    )


def _total(rows: tuple[LineRow, ...]) -> tuple[str, ...]:
    sums = (
        sum((row.original_budget or ZERO_DOLLARS for row in rows), ZERO_DOLLARS),
        sum((row.budget_changes or ZERO_DOLLARS for row in rows), ZERO_DOLLARS),
        sum((row.revised_estimate or ZERO_DOLLARS for row in rows), ZERO_DOLLARS),
        sum((row.before.cost for row in rows if row.before), ZERO_DOLLARS),
    )
    difference = sum((row.difference for row in rows), ZERO_DOLLARS)
    return ("Total", "", "", "", *map(money_text, sums), signed_money_text(difference), "", "")
