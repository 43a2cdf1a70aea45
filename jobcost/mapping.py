"""The one translator from Procore's words to Vista's. It reads a budget line; it judges nothing and never raises."""

from dataclasses import dataclass
from decimal import Decimal

from jobcost.budget import BudgetLineItem, Project
from jobcost.config import LUMP_SUM, Changes, ExportConfig, Mapping
from jobcost.estimate import CostType, Estimate
from jobcost.formats import CodeDoesNotFit, StoredCode, formatted
from jobcost.money import ZERO_HOURS, ZERO_UNITS, dollars, hours, units
from jobcost.phase_book import PhaseBook, PhaseMatch
from jobcost.planned import ChangePolicy

# Vista's cost types go from 1 to 255.
COST_TYPE_DIGITS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LineReading:
    """What a budget line means in Vista. What could not be found is None, and the rules say so."""

    line: BudgetLineItem
    # The phase as configured or as Procore writes it, blanks around it removed; "" without a cost code.
    phase_code: str
    phase: StoredCode | None
    # Why the code cannot be written in Vista's phase format; "" when it can.
    phase_problem: str
    match: PhaseMatch | None
    # Vista cost types that the Procore cost type could mean: one is right, none unknown, several ambiguous.
    cost_types: tuple[CostType, ...]
    # The budget view shows a unit for the line, and the configuration wants it.
    unit_is_carried: bool
    # False for a unit that Vista does not know, by itself or through the configuration.
    unit_is_known: bool
    # The configuration wants hours for this Procore cost type and the budget view shows them.
    hours_are_carried: bool
    um: str
    hours: Decimal
    units: Decimal
    cost: Decimal

    @property
    def hours_are_exported(self) -> bool:
        """Hours are carried, and Vista's cost type keeps them."""
        return self.hours_are_carried and self.cost_type is not None and self.cost_type.track_hours

    @property
    def cost_type(self) -> CostType | None:
        """The Vista cost type, if it is certain."""
        return self.cost_types[0] if len(self.cost_types) == 1 else None


def job_code_of(project: Project, mapping: Mapping) -> str | None:
    """Return the Vista job of a Procore project as people write it, or None while the project is not linked.

    The configured job wins; else the ERP's code of the project, else its key.
    UNVERIFIED: what Procore's origin_id and origin_code hold for a Vista job; only the fields are known.
    """
    if configured := mapping.jobs.get(str(project.id)):
        return configured
    if not project.is_erp_integrated:
        return None
    return (project.origin_code or "").strip() or (project.origin_id or "").strip() or None


def original_amount(line: BudgetLineItem, changes: Changes) -> Decimal:
    """Return what becomes the line's Original Estimate, as sent: with its changes where they are folded in."""
    folds = changes.policy is ChangePolicy.FOLD_INTO_ORIGINAL
    return line.revised_budget_amount if folds else line.original_budget_amount


class Translator:
    """Translates the lines of one budget for one job."""

    def __init__(self, estimate: Estimate, config: ExportConfig) -> None:
        """Index what is looked up once per line."""
        self.book = PhaseBook(estimate)
        self._mapping = config.mapping
        self._changes = config.changes
        self._phase_mask = estimate.masks.phase
        self._unit_codes = estimate.unit_codes
        self._by_number = {row.cost_type: row for row in estimate.cost_types}
        self._cost_types = estimate.cost_types

    def read(self, line: BudgetLineItem) -> LineReading:
        """Say what the line means in Vista."""
        code = self._phase_code(line)
        phase, problem = self._phase(code)
        cost_types = self._cost_types_of(line)
        um, unit_is_known = self._unit(line)
        return LineReading(
            line=line,
            phase_code=code,
            phase=phase,
            phase_problem=problem,
            match=self.book.find(phase) if phase is not None else None,
            cost_types=cost_types,
            unit_is_carried=self._carries_unit(line),
            unit_is_known=unit_is_known,
            hours_are_carried=self._carries_hours(line),
            um=um,
            hours=self._hours(line, cost_types),
            units=units(line.quantity or 0) if um != LUMP_SUM else ZERO_UNITS,
            cost=dollars(original_amount(line, self._changes)),
        )

    def _phase_code(self, line: BudgetLineItem) -> str:
        if line.cost_code is None:
            return ""
        # Procore's new connector itself drops blanks around codes (facts/vista.md 3).
        code = line.cost_code.full_code.strip()
        return self._mapping.phases.codes.get(code, code)

    def _phase(self, code: str) -> tuple[StoredCode | None, str]:
        if not code:
            return None, ""
        try:
            return formatted(self._phase_mask, code), ""
        except CodeDoesNotFit as problem:
            return None, str(problem)

    def _cost_types_of(self, line: BudgetLineItem) -> tuple[CostType, ...]:
        if line.line_item_type is None:
            return ()
        code = line.line_item_type.code.strip()
        if (number := self._mapping.cost_types.codes.get(code)) is not None:
            return tuple(row for row in self._cost_types if row.cost_type == number)
        # Python would also read digits of other scripts as a number, and refuse thousands of them.
        if code.isascii() and code.isdecimal() and len(code) <= COST_TYPE_DIGITS and int(code) in self._by_number:
            return (self._by_number[int(code)],)
        # Whole abbreviations only: Vista's own prefix match is ambiguous (facts/vista.md 2.8).
        return tuple(row for row in self._cost_types if row.abbreviation.strip().casefold() == code.casefold() != "")

    def _carries_unit(self, line: BudgetLineItem) -> bool:
        return self._mapping.units.carry and bool(line.uom and line.uom.strip())

    def _carries_hours(self, line: BudgetLineItem) -> bool:
        wanted = self._mapping.hours.cost_types
        return line.hours is not None and line.line_item_type is not None and line.line_item_type.code.strip() in wanted

    def _unit(self, line: BudgetLineItem) -> tuple[str, bool]:
        if not self._carries_unit(line):
            return LUMP_SUM, True
        uom = (line.uom or "").strip()
        vista_um = self._mapping.units.codes.get(uom, uom.upper())
        return (vista_um, True) if vista_um in self._unit_codes else (LUMP_SUM, False)

    def _hours(self, line: BudgetLineItem, cost_types: tuple[CostType, ...]) -> Decimal:
        tracked = len(cost_types) == 1 and cost_types[0].track_hours
        return hours(line.hours or 0) if tracked and self._carries_hours(line) else ZERO_HOURS
