"""Rules about one budget line as Procore shows it: its place in the budget and its amounts."""

from collections.abc import Iterator
from decimal import Decimal

from jobcost.findings import Severity
from jobcost.mapping import original_amount
from jobcost.money import DOLLARS_MAX, HOURS_MAX, UNITS_MAX, dollars, hours, is_in_whole_cents, money_text, units
from jobcost.rules.registry import LineCase, Problem, Rule, rule

_IN_PROCORE = "Correct the line in Procore's Budget tool (unlock, correct, lock), then send again."


@rule("line-not-budgeted", Severity.BLOCK, way_out="Add the line to the budget in Procore, or remove what caused it.")
def line_not_budgeted(case: LineCase) -> Iterator[Problem]:
    """The line is a partial one ("?"): Procore shows it because of costs, but nobody put it into the budget."""
    if case.line.id is None:
        yield Problem("The line is not part of the budget.", "a budgeted line", "a partial line")


@rule("line-of-sub-job", Severity.BLOCK, way_out="Budget on the job itself; Vista's job cost has no sub jobs here.")
def line_of_sub_job(case: LineCase) -> Iterator[Problem]:
    """The line belongs to a sub job, or to something else than the project. Vista keeps one budget per job."""
    kind = case.line.biller_type
    if kind == "SubJob":
        yield Problem("The line belongs to a sub job.", "a line of the project", f"sub job {case.line.biller!r}")
    elif kind != "Project":
        yield Problem("The line is not the project's.", "a line of the project", f"{kind!r} {case.line.biller!r}")


@rule("line-without-cost-code", Severity.BLOCK, way_out=_IN_PROCORE)
def line_without_cost_code(case: LineCase) -> Iterator[Problem]:
    """The line has no cost code, so it has no phase in Vista."""
    code = case.line.cost_code
    if code is None and case.line.cost_code_text.strip():
        yield Problem("The cost code is not in the project.", "a cost code of the project", case.line.cost_code_text)
    elif code is None or not code.full_code.strip():
        yield Problem("The line has no cost code.", "a cost code", "none")


@rule("line-without-cost-type", Severity.BLOCK, way_out=_IN_PROCORE)
def line_without_cost_type(case: LineCase) -> Iterator[Problem]:
    """The line has no cost type, so nobody can tell labor from material in Vista."""
    kind = case.line.line_item_type
    if kind is None and case.line.line_item_type_text.strip():
        yield Problem("The cost type is not in the project.", "a cost type of it", case.line.line_item_type_text)
    elif kind is None or not kind.code.strip():
        yield Problem("The line has no cost type.", "a cost type", "none")


@rule("line-currency", Severity.BLOCK, way_out="Budget in the currency of the job's company.")
def line_currency(case: LineCase) -> Iterator[Problem]:
    """The line is in another currency than the job's company. Vista would take the number for its own currency."""
    wanted = case.config.limits.currency
    found = case.line.currency_iso_code
    if found and found != wanted:
        yield Problem("The line is in another currency.", wanted, found)


@rule("amount-below-a-cent", Severity.BLOCK, way_out=_IN_PROCORE)
def amount_below_a_cent(case: LineCase) -> Iterator[Problem]:
    """The original budget has a fraction of a cent. Vista keeps cents; nothing is rounded behind anybody's back."""
    # Each for itself: fractions that add up to whole cents would still be told differently on each side.
    amounts = {case.line.original_budget_amount, _amount(case)}
    for amount in sorted(amount for amount in amounts if not is_in_whole_cents(amount)):
        yield Problem("The amount cannot be kept.", "whole cents", str(amount))


@rule("amount-too-large", Severity.BLOCK, way_out=_IN_PROCORE)
def amount_too_large(case: LineCase) -> Iterator[Problem]:
    """The original budget is beyond what Vista's dollar fields hold (12 digits, 2 of them cents)."""
    if abs(dollars(_amount(case))) > DOLLARS_MAX:
        found = money_text(_amount(case))
        yield Problem("The amount is too large.", f"at most {money_text(DOLLARS_MAX)}", found)


@rule("quantity-too-large", Severity.BLOCK, way_out=_IN_PROCORE)
def quantity_too_large(case: LineCase) -> Iterator[Problem]:
    """The quantity or the hours are beyond what Vista's fields hold."""
    if case.line.quantity is not None and abs(units(case.line.quantity)) > UNITS_MAX:
        yield Problem("The quantity is too large.", f"at most {UNITS_MAX:,}", f"{case.line.quantity:,}")
    if case.line.hours is not None and abs(hours(case.line.hours)) > HOURS_MAX:
        yield Problem("The hours are too large.", f"at most {HOURS_MAX:,}", f"{case.line.hours:,}")


@rule("quantity-rounded", Severity.WARNING, way_out="Nothing to do if the rounding is welcome; the amount stays exact.")
def quantity_rounded(case: LineCase) -> Iterator[Problem]:
    """The quantity or the hours have more places than Vista keeps (3 and 2) and are rounded half up."""
    quantity, worked = case.line.quantity, case.line.hours
    if quantity is not None and quantity != units(quantity):
        yield Problem("The quantity is rounded.", "3 places", f"{quantity}, exported as {units(quantity)}")
    if worked is not None and worked != hours(worked):
        yield Problem("The hours are rounded.", "2 places", f"{worked}, exported as {hours(worked)}")


@rule("amount-negative", Severity.WARNING, way_out="Reject the export if the line should not lower the estimate.")
def amount_negative(case: LineCase) -> Iterator[Problem]:
    """The line lowers the budget. That may be meant, as a deduction, or a slip of the sign."""
    if _amount(case) < 0:
        yield Problem("The amount is negative.", "0.00 or more", money_text(_amount(case)))


@rule("amount-zero", Severity.NOTE, way_out="Nothing to do: lines of zero are exported too.")
def amount_zero(case: LineCase) -> Iterator[Problem]:
    """The line has no amount. It is exported, so that later costs find their place."""
    if _amount(case) == 0:
        yield Problem("The amount is zero.", "any amount", "0.00")


def _amount(case: LineCase) -> Decimal:
    return original_amount(case.line, case.config.changes)


LINE_RULES: tuple[Rule[LineCase], ...] = (
    line_not_budgeted,
    line_of_sub_job,
    line_without_cost_code,
    line_without_cost_type,
    line_currency,
    amount_below_a_cent,
    amount_too_large,
    quantity_too_large,
    quantity_rounded,
    amount_negative,
    amount_zero,
)
