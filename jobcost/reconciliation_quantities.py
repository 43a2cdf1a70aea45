"""Units and hours for a reconciliation: what Procore's budget carries, what a plan left, and what Vista holds. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from jobcost.estimate import Estimate
from jobcost.mapping import LineReading
from jobcost.plan import EstimateValues, Plan
from jobcost.plan_lines import headers_by_key
from jobcost.reconciliation_values import Key, Quantities


def carried_quantities(readings: Mapping[Key, Iterable[LineReading]]) -> dict[Key, Quantities]:
    """Add up the units and hours that budget lines carry, as planning does."""
    return {key: _carried(tuple(of_key)) for key, of_key in readings.items()}


def quantities_after(plan: Plan) -> dict[Key, Quantities]:
    """Take what a plan leaves on every line of the job."""
    planned = {(line.phase.rstrip(" "), line.cost_type): _of(line.after) for line in plan.lines}
    return planned | {(row.phase.rstrip(" "), row.cost_type): _of(row.values) for row in plan.untouched}


def quantities_in_vista(estimate: Estimate) -> dict[Key, Quantities]:
    """Take what the cost headers hold (Vista JCCH.OrigHours, OrigUnits)."""
    headers = headers_by_key(estimate)
    return {key: Quantities(hours=row.orig_hours, units=row.orig_units) for key, row in headers.items()}


def _carried(readings: tuple[LineReading, ...]) -> Quantities:
    hours = any(one.hours_are_exported for one in readings)
    units = any(one.unit_is_carried for one in readings)
    return Quantities(
        hours=sum((one.hours for one in readings), Decimal("0.00")) if hours else None,
        units=sum((one.units for one in readings), Decimal("0.000")) if units else None,
    )


def _of(values: EstimateValues) -> Quantities:
    return Quantities(hours=values.hours, units=values.units)
