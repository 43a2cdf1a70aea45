"""Writes one cost header or one changed estimate. Phases: `phase_writer.py`; change orders: `change_writer.py`.

Only JCCH is written here, one row per statement, so that a refusal names its line; of an existing row only OrigHours,
OrigUnits and OrigCost are set. Source: facts/vista.md 8 steps 10 and 11.
"""

from typing import Any, cast

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.exc import SQLAlchemyError

from connectors.vista import statements
from connectors.vista.errors import Difference, StaleEstimate
from connectors.vista.job_scope import rows
from connectors.vista.job_snapshot import line_name, values_text
from connectors.vista.refusals import error_from
from connectors.vista.results import row_count
from jobcost.plan import Action, EstimateValues, Plan, PlannedLine


def write_line(connection: Connection, plan: Plan, line: PlannedLine) -> None:
    """Add a cost header (Vista JCCH) or change its Original Estimate; one statement, one row.

    Raises:
        VistaRefused: a trigger or constraint said no.
        StaleEstimate: the row was no longer as the plan saw it.
    """
    where = line_name(*line.key)
    if line.action is Action.ADD_COST_TYPE:
        count = sent(connection, statements.ADD_COST_HEADER, _header_values(plan, line), where)
    else:
        count = sent(connection, statements.CHANGE_ESTIMATE, _change_values(plan, line), where)
    _require_one_row(connection, plan, line, count)


def _require_one_row(connection: Connection, plan: Plan, line: PlannedLine, row_count: int) -> None:
    """One statement writes one row. A count that is not 1 is believed only if the row does not read as planned.

    A site's own trigger without NOCOUNT makes SQL Server report other statements' counts, too.
    """
    if row_count == 1:
        return
    found = None
    for row in rows(connection, statements.LINE_NOW, _line_values(plan, line), line_name(*line.key)):
        found = EstimateValues(hours=row.OrigHours, units=row.OrigUnits, cost=row.OrigCost)
    if found != line.after:
        expected = f"one row changed to {values_text(line.after)}"
        difference = Difference(where=line_name(*line.key), expected=expected, found=values_text(found))
        raise StaleEstimate(plan.job, (difference,))


def sent(connection: Connection, statement: Executable, values: dict[str, Any], where: str) -> int:
    """Send one write, and tell how many rows it counted, as `results.row_count` does.

    Raises:
        VistaError: what the database said, translated.
    """
    try:
        # Every statement that is sent here is an INSERT or an UPDATE.
        return row_count(connection, cast(CursorResult[Any], connection.execute(statement, values)))
    except SQLAlchemyError as failure:
        raise error_from(failure, where) from failure


def job_values(plan: Plan) -> dict[str, Any]:
    """Bind the plan's job, as every statement about it does."""
    return {"jcco": plan.jcco, "job": plan.job, "phase_group": plan.phase_group}


def _line_values(plan: Plan, line: PlannedLine) -> dict[str, Any]:
    return {**job_values(plan), "phase": line.phase, "cost_type": line.cost_type}


def _after_values(line: PlannedLine) -> dict[str, Any]:
    return {"new_hours": line.after.hours, "new_units": line.after.units, "new_cost": line.after.cost}


def _header_values(plan: Plan, line: PlannedLine) -> dict[str, Any]:
    return {
        **_line_values(plan, line),
        **_after_values(line),
        "um": line.um,
        "bill_flag": line.bill_flag,
        "item_unit_flag": line.item_unit_flag,
        "phase_unit_flag": line.phase_unit_flag,
        "buy_out": "N",
        "plugged": "N",
        "active": "Y",
        "source_status": "J",
    }


def _change_values(plan: Plan, line: PlannedLine) -> dict[str, Any]:
    if line.before is None:
        difference = Difference(where=line_name(*line.key), expected="a before-image to change", found="none")
        raise StaleEstimate(plan.job, (difference,))
    old = {"old_hours": line.before.hours, "old_units": line.before.units, "old_cost": line.before.cost}
    return {**_line_values(plan, line), **_after_values(line), **old}
