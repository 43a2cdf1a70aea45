"""Adds the phases that a job does not have yet: by Vista's own procedure where that is right, else by our own insert.

The procedure (bspJCADDPHASE) checks phase master, lock and contract once more. It writes the phase master's description
and percentage, so it is taken only for phases whose plan says exactly those, and only where the login may run it.
For every other phase there is our insert into JCJP, which the plan's own rules have validated (a direct insert is
hardly checked by Vista: facts/vista.md 2.5). Source: facts/vista.md 2.8, 8 step 9; facts/sqlserver.md rule 10.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row

from connectors.vista import statements
from connectors.vista.errors import Difference, PostingDisagrees
from connectors.vista.job_scope import rows
from connectors.vista.job_snapshot import ABSENT, compared
from connectors.vista.line_writer import job_values, sent
from connectors.vista.refusals import refused
from jobcost.plan import AddPhase, Plan

# What the phase master says of a phase: its description, and its minimum percentage of projections.
_Master = tuple[str, Decimal]


def add_phases(connection: Connection, plan: Plan) -> int:
    """Add the planned phases (Vista JCJP), in phase order, one statement each.

    Returns:
        How many of them Vista's own procedure added; our insert added the others.

    Raises:
        VistaRefused: the procedure, a trigger or a constraint said no; names the phase.
        PostingDisagrees: a phase stands there otherwise than the plan says, or does not.
    """
    if not plan.add_phases:
        return 0
    masters = _masters(connection, plan) if _may_run_procedure(connection) else {}
    by_procedure = 0
    for phase in sorted(plan.add_phases, key=lambda each: each.phase):
        if masters.get(phase.phase.rstrip(" ")) == (phase.description, phase.proj_min_pct):
            _add_by_procedure(connection, plan, phase)
            by_procedure += 1
        else:
            _add_by_insert(connection, plan, phase)
    _require_written_as_planned(connection, plan)
    return by_procedure


def _may_run_procedure(connection: Connection) -> bool:
    if connection.dialect.name == "sqlite":
        return False
    return any(row.may_run == 1 for row in rows(connection, statements.MAY_ADD_PHASE, {}, "Rights on bspJCADDPHASE"))


def _masters(connection: Connection, plan: Plan) -> dict[str, _Master]:
    found = rows(connection, statements.MASTER_PHASES, {"phase_group": plan.phase_group}, "Phase master")
    # Where the master has no description, the procedure may take that of another phase of the job.
    return {row.Phase.rstrip(" "): (row.Description, row.ProjMinPct) for row in found if row.Description is not None}


def _add_by_procedure(connection: Connection, plan: Plan, phase: AddPhase) -> None:
    where = _name(phase)
    values = {**job_values(plan), "phase": phase.phase, "item": phase.item}
    answer = rows(connection, statements.ADD_PHASE_BY_PROCEDURE, values, where)[0]
    if answer.return_code != 0:
        raise refused(where, (answer.message or f"bspJCADDPHASE returned {answer.return_code}").strip())


def _add_by_insert(connection: Connection, plan: Plan, phase: AddPhase) -> None:
    where = _name(phase)
    values = {
        **job_values(plan),
        "phase": phase.phase,
        "description": phase.description,
        "contract": plan.job_image.contract,
        "item": phase.item,
        "proj_min_pct": phase.proj_min_pct,
        "active": "Y",
    }
    sent(connection, statements.ADD_PHASE, values, where)


def _require_written_as_planned(connection: Connection, plan: Plan) -> None:
    """Whoever added a phase, it says what the approver accepted. Contract items are compared later, with all others."""
    found = rows(connection, statements.PHASES_WRITTEN, job_values(plan), f"Phases of job {plan.job}")
    written = {row.Phase.rstrip(" "): row for row in found}
    wrong = tuple(
        difference
        for phase in plan.add_phases
        for difference in _differences(phase, written.get(phase.phase.rstrip(" ")))
    )
    if wrong:
        raise PostingDisagrees(plan.job, wrong)


def _differences(phase: AddPhase, row: Row[Any] | None) -> Iterator[Difference]:
    where = _name(phase)
    if row is None:
        yield Difference(where=where, expected="the phase added", found=ABSENT)
        return
    yield from compared(f"{where}, description", phase.description.rstrip(" "), (row.Description or "").rstrip(" "))
    yield from compared(f"{where}, minimum percentage", phase.proj_min_pct, row.ProjMinPct)
    yield from compared(f"{where}, active", "Y", row.ActiveYN)


def _name(phase: AddPhase) -> str:
    return f"Phase {phase.phase.rstrip(' ')}"
