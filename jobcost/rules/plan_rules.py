"""Rules about what a plan would do to estimates that are already in use."""

from collections.abc import Iterator
from dataclasses import dataclass

from jobcost.estimate import CostHeader
from jobcost.findings import Severity
from jobcost.money import money_text
from jobcost.plan import Action, PlannedLine
from jobcost.rules.registry import Problem, Rule, rule


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCase:
    """A planned line and the row it changes, or a row of the job that the budget does not mention."""

    line: PlannedLine | None
    header: CostHeader
    # The budget mentions the row, though perhaps with a problem that keeps it from being planned.
    is_in_budget: bool = False
    # The company refuses changes of an estimate on whose line costs are booked (limits.change_after_costs).
    blocks_after_costs: bool = False
    # The line came from an earlier export, and the budget does not mention it any more.
    is_deleted: bool = False
    # Of a deleted line: the budget lines that stood for it and fall on other lines now; "" if Procore deleted them.
    falls_elsewhere: str = ""
    # Why its estimate cannot be set to zero with this export; "" when it can.
    keeps_because: str = ""


@rule("estimate-after-costs", Severity.WARNING, way_out="Consider a budget change instead of a new original amount.")
def estimate_after_costs(case: ChangeCase) -> Iterator[Problem]:
    """The original estimate would change after costs were booked on the line."""
    if _changes(case) and case.header.has_actual_cost and not case.blocks_after_costs:
        yield Problem("Costs are booked on the line already.", "no costs yet", "actual cost")


@rule(
    "estimate-after-costs-refused",
    Severity.BLOCK,
    way_out="Put the original amount back in Procore and make a budget change for the difference.",
)
def estimate_after_costs_refused(case: ChangeCase) -> Iterator[Problem]:
    """The original estimate would change after costs were booked on the line, which the company does not allow."""
    if _changes(case) and case.header.has_actual_cost and case.blocks_after_costs:
        yield Problem("Costs are booked on the line already.", "no costs yet", "actual cost")


@rule("estimate-after-change-orders", Severity.WARNING, way_out="Check the change orders on the line in Vista.")
def estimate_after_change_orders(case: ChangeCase) -> Iterator[Problem]:
    """The original estimate would change although change orders stand on the line."""
    if _changes(case) and case.header.has_change_orders:
        yield Problem("Change orders stand on the line.", "no change orders yet", "change orders")


@rule(
    "estimate-with-commitments",
    Severity.WARNING,
    way_out="Compare the new estimate with the subcontracts and purchase orders on the line in Vista.",
)
def estimate_with_commitments(case: ChangeCase) -> Iterator[Problem]:
    """The original estimate would change although money is committed on the line by subcontracts or purchase orders."""
    if _changes(case) and case.header.has_commitments:
        yield Problem("Money is committed on the line.", "no commitments", "committed cost")


@rule(
    "deleted-in-procore",
    Severity.WARNING,
    way_out="It is kept unless the approver chooses to set deleted lines to zero. Nothing is deleted in Vista.",
)
def deleted_in_procore(case: ChangeCase) -> Iterator[Problem]:
    """An earlier export wrote the line, and no budget line falls on it any more. It is still in Vista."""
    if not case.is_deleted or not case.header.has_estimate:
        return
    header = case.header
    orders = f", and change orders of {money_text(header.change_cost)}, which stay" if header.change_cost else ""
    costs = ", with costs booked on it" if header.has_actual_cost else ""
    kept = f"; it cannot be set to zero: {case.keeps_because}" if case.keeps_because else ""
    found = f"still in Vista with {money_text(header.orig_cost)}{orders}{costs}{kept}"
    if case.falls_elsewhere:
        found += f"; {case.falls_elsewhere} falls on another line now"
        yield Problem("No budget line falls on it any more.", "a line in the budget", found)
    else:
        yield Problem("The line was deleted in Procore.", "a line in the budget", found)


@rule(
    "only-in-vista", Severity.WARNING, way_out="Nothing is deleted in Vista; set the line to zero there if it is void."
)
def only_in_vista(case: ChangeCase) -> Iterator[Problem]:
    """Vista has an estimate that the budget does not mention. It stays as it is."""
    is_mentioned = case.is_in_budget or case.is_deleted or case.line is not None
    if case.header.has_estimate and not is_mentioned:
        yield Problem(
            "The line is only in Vista.", "a line in the budget", f"still {money_text(case.header.orig_cost)}"
        )


def _changes(case: ChangeCase) -> bool:
    return case.line is not None and case.line.action is Action.CHANGE_ESTIMATE


CHANGE_RULES: tuple[Rule[ChangeCase], ...] = (
    estimate_after_costs,
    estimate_after_costs_refused,
    estimate_after_change_orders,
    estimate_with_commitments,
    deleted_in_procore,
    only_in_vista,
)
