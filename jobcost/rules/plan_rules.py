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


@rule("estimate-after-costs", Severity.WARNING, way_out="Consider a budget change instead of a new original amount.")
def estimate_after_costs(case: ChangeCase) -> Iterator[Problem]:
    """The original estimate would change after costs were booked on the line."""
    if _changes(case) and case.header.has_actual_cost:
        yield Problem("Costs are booked on the line already.", "no costs yet", "actual cost")


@rule("estimate-after-change-orders", Severity.WARNING, way_out="Check the change orders on the line in Vista.")
def estimate_after_change_orders(case: ChangeCase) -> Iterator[Problem]:
    """The original estimate would change although change orders stand on the line."""
    if _changes(case) and case.header.has_change_orders:
        yield Problem("Change orders stand on the line.", "no change orders yet", "change orders")


@rule(
    "only-in-vista", Severity.WARNING, way_out="Nothing is deleted in Vista; set the line to zero there if it is void."
)
def only_in_vista(case: ChangeCase) -> Iterator[Problem]:
    """Vista has an estimate that the budget does not mention. It stays as it is."""
    if case.line is None and case.header.has_estimate:
        yield Problem(
            "The line is only in Vista.", "a line in the budget", f"still {money_text(case.header.orig_cost)}"
        )


def _changes(case: ChangeCase) -> bool:
    return case.line is not None and case.line.action is Action.CHANGE_ESTIMATE


CHANGE_RULES: tuple[Rule[ChangeCase], ...] = (estimate_after_costs, estimate_after_change_orders, only_in_vista)
