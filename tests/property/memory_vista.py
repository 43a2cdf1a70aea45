"""The simplest Vista there is: a plan applied to an estimate in memory, without SQL and without triggers."""

from dataclasses import replace

from jobcost.estimate import CostHeader, Estimate, JobPhase
from jobcost.money import ZERO_DOLLARS
from jobcost.plan import Action, EstimateValues, Plan, PlannedLine
from tests.core.changed_budgets import in_vista
from tests.core.estimates import CONTRACT, header
from tests.property.strategies import holding


def applied(plan: Plan, to: Estimate) -> Estimate:
    """Return the job as it is after the plan: phases and rows added, estimates set, everything else as it was."""
    new_phases = tuple(
        JobPhase(
            phase=added.phase,
            description=added.description,
            contract=CONTRACT.contract,
            item=added.item,
            active=True,
        )
        for added in plan.add_phases
    )
    setting = {Action.CHANGE_ESTIMATE, Action.SET_TO_ZERO}
    changed = {line.key: line for line in plan.lines if line.action in setting}
    kept = tuple(_after(row, changed.get((row.phase, row.cost_type))) for row in to.cost_headers)
    added_rows = tuple(_new_row(line) for line in plan.lines if line.action is Action.ADD_COST_TYPE)
    return replace(
        to,
        job_phases=(*to.job_phases, *new_phases),
        cost_headers=tuple(_with_changes(row, plan) for row in (*kept, *added_rows)),
        change_orders=(*to.change_orders, *map(in_vista, plan.change_orders)),
    )


def _with_changes(row: CostHeader, plan: Plan) -> CostHeader:
    """Post the change orders of the plan on a row, as Vista's triggers do: its Current Estimate moves alone."""
    added = [
        line.cost for order in plan.change_orders for line in order.lines if line.key == (row.phase, row.cost_type)
    ]
    if not added:
        return row
    changes = row.change_cost + sum(added, ZERO_DOLLARS)
    return replace(row, change_cost=changes, has_change_orders=True, period_current_cost=row.orig_cost + changes)


def _after(row: CostHeader, line: PlannedLine | None) -> CostHeader:
    return row if line is None else _set(row, line.after)


def _new_row(line: PlannedLine) -> CostHeader:
    empty = header(phase=line.phase, cost_type=line.cost_type, um=line.um, source_status="J")
    return _set(empty, line.after)


def _set(row: CostHeader, values: EstimateValues) -> CostHeader:
    return holding(row, cost=values.cost, hours=values.hours, units=values.units)
