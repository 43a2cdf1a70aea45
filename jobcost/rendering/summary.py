"""A plan in a few figures: totals, counts, and which units of measure it carries."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from jobcost.config import LUMP_SUM
from jobcost.money import ZERO_DOLLARS, ZERO_HOURS, money_text
from jobcost.plan import Action, Kind, Plan
from jobcost.rendering.tables import Heading, Table
from jobcost.rendering.wording import counted, quantity_text, signed_money_text

KIND_NAMES = {Kind.SETUP: "first export (setup)", Kind.UPDATE: "update", Kind.UNDO: "undo"}
# What an export is, with the name of its project for {project}.
_SUBJECTS = {
    Kind.SETUP: "the budget of {project}",
    Kind.UPDATE: "the budget update of {project}",
    Kind.UNDO: "the undo of an export of {project}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many lines of the job meet which fate."""

    phases_added: int
    cost_types_added: int
    estimates_changed: int
    unchanged: int
    only_in_vista: int
    change_orders_added: int = 0
    # Deleted in Procore: kept, or set to zero by the approver's consent.
    deleted_kept: int = 0
    set_to_zero: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSums:
    """Sums over the Procore lines of the plan, US dollars."""

    original_budget: Decimal
    budget_changes: Decimal

    @property
    def revised_estimate(self) -> Decimal:
        """Original budget plus budget changes."""
        return self.original_budget + self.budget_changes


def kind_text(plan: Plan) -> str:
    """Say what kind of export it is; an undo names what it takes back."""
    return f"undo: takes back export {plan.undoes}" if plan.undoes else KIND_NAMES[plan.kind]


def subject_text(kind: Kind, project: str) -> str:
    """Name an export by what it sends, such as "the budget update of Harbor Office". Plain text."""
    # Not str.format: a project's name may hold braces.
    return _SUBJECTS[kind].replace("{project}", project)


def counts_of(plan: Plan) -> Counts:
    """Count the lines of the plan by what happens to them."""
    actions = Counter(line.action for line in plan.lines)
    return Counts(
        phases_added=len(plan.add_phases),
        cost_types_added=actions[Action.ADD_COST_TYPE],
        estimates_changed=actions[Action.CHANGE_ESTIMATE],
        unchanged=actions[Action.UNCHANGED],
        only_in_vista=len(plan.untouched) - len(plan.deleted),
        change_orders_added=len(plan.change_orders),
        deleted_kept=len(plan.deleted),
        set_to_zero=actions[Action.SET_TO_ZERO],
    )


def sums_of(plan: Plan) -> BudgetSums:
    """Add up the Procore lines behind the plan."""
    sources = [source for line in plan.lines for source in line.sources]
    return BudgetSums(
        original_budget=sum((source.original_budget for source in sources), ZERO_DOLLARS),
        budget_changes=sum((source.budget_changes for source in sources), ZERO_DOLLARS),
    )


def totals_table(plan: Plan) -> Table:
    """Show the job's Original Estimate before and after, the difference, and the budget it comes from, if any."""
    sums = sums_of(plan)
    rows: tuple[tuple[str, str], ...] = (
        ("Vista now", money_text(plan.total_before)),
        ("Vista after the export", money_text(plan.total_after)),
        ("Difference", signed_money_text(plan.total_difference)),
        (f"{_untouched_name(plan)}, part of both", money_text(plan.total_untouched)),
        ("Procore original budget", money_text(sums.original_budget)),
        ("Procore budget changes", money_text(sums.budget_changes)),
        ("Procore revised estimate", money_text(sums.revised_estimate)),
    )
    shown = rows if plan.untouched else (*rows[:3], *rows[4:])
    if plan.kind is Kind.UNDO:
        shown = shown[:-3]
    return Table(headings=(Heading("Original Estimate of the job"), Heading("Amount", "right")), rows=shown)


def counts_table(plan: Plan) -> Table:
    """Show how many lines are added, changed, or left alone."""
    counts = counts_of(plan)
    rows: tuple[tuple[str, int], ...] = (
        ("Phases added", counts.phases_added),
        ("Cost types added", counts.cost_types_added),
        ("Estimates changed", counts.estimates_changed),
        ("Unchanged", counts.unchanged),
        ("Untouched" if plan.kind is Kind.UNDO else "Only in Vista, untouched", counts.only_in_vista),
    )
    # What only an update knows is told where there is some of it.
    later = (
        ("Change orders added", counts.change_orders_added),
        ("Deleted in Procore, kept", counts.deleted_kept),
        ("Deleted in Procore, set to zero", counts.set_to_zero),
    )
    rows += tuple(row for row in later if row[1])
    return Table(
        headings=(Heading("What happens"), Heading("Number", "right")),
        rows=tuple((name, f"{number:,}") for name, number in rows),
    )


def _untouched_name(plan: Plan) -> str:
    # An undo has no budget that could mention a line.
    return "Untouched" if plan.kind is Kind.UNDO else "Only in Vista"


def units_sentence(plan: Plan) -> str:
    """Say which units of measure are carried, how many lines are lump sum, and the hours. Plain text, not escaped."""
    units = Counter(line.um for line in plan.lines)
    lump_sums = units.pop(LUMP_SUM, 0)
    named = ", ".join(f"{um} on {counted(number, 'line')}" for um, number in sorted(units.items()))
    carried = f"Units of measure: {named}; " if named else "No line carries a unit of measure; "
    hours = sum((line.after.hours for line in plan.lines), ZERO_HOURS)
    worked = f" Hours: {quantity_text(hours)} in all." if hours else " No hours."
    return f"{carried}{counted(lump_sums, 'line is', 'lines are')} lump sum ({LUMP_SUM}).{worked}"
