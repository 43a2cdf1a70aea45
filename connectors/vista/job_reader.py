"""Reads what one Vista job holds: its facts, contract items, phases and cost headers with their posted sums.

Both the reader (before a plan) and the writer (inside its transaction, with locks) use it. A job of any size takes the
same number of statements: sums are made by the database, per phase and cost type, never row by row.
Source: facts/vista.md 1.3, 2.7.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row

from connectors.vista import statements
from connectors.vista.change_reader import JobChanges
from connectors.vista.job_scope import JobScope, Key, key_of, rows
from jobcost.estimate import ContractItem, CostHeader, Job, JobPhase
from jobcost.money import ZERO_DOLLARS, ZERO_HOURS, ZERO_UNITS


@dataclass(frozen=True, slots=True)
class _Sums:
    hours: Decimal = ZERO_HOURS
    units: Decimal = ZERO_UNITS
    cost: Decimal = ZERO_DOLLARS
    count: int = 0


_NOTHING = _Sums()


@dataclass(frozen=True, slots=True)
class _PeriodTotals:
    original: _Sums = _NOTHING
    current_cost: Decimal = ZERO_DOLLARS
    is_committed: bool = False


_NO_PERIOD = _PeriodTotals()


def read_job(connection: Connection, jcco: int, job: str, *, locked: bool = False) -> Job | None:
    """Read the job's own facts (Vista JCJM); None where the login sees no such job."""
    statement = statements.JOB_LOCKED if locked else statements.JOB
    for row in rows(connection, statement, {"jcco": jcco, "job": job}, f"Job {job}"):
        return Job(
            job=row.Job,
            description=row.Description or "",
            contract=row.Contract,
            job_status=row.JobStatus,
            lock_phases=row.LockPhases == "Y",
            auto_add_item=row.AutoAddItemYN == "Y",
        )
    return None


def read_contract_items(connection: Connection, jcco: int, contract: str | None) -> tuple[ContractItem, ...]:
    """Read the items of the job's contract (Vista JCCI), in Vista's order; none without a contract."""
    if contract is None:
        return ()
    found = rows(
        connection, statements.CONTRACT_ITEMS, {"jcco": jcco, "contract": contract}, f"Items of contract {contract}"
    )
    items = (
        ContractItem(
            item=row.Item,
            description=row.Description or "",
            start_month=row.StartMonth,
            orig_contract_amt=row.OrigContractAmt,
            contract_amt=row.ContractAmt,
        )
        for row in found
    )
    return tuple(sorted(items, key=lambda item: item.item))


def read_job_phases(connection: Connection, scope: JobScope, *, locked: bool = False) -> tuple[JobPhase, ...]:
    """Read the job's phases (Vista JCJP), in phase order."""
    statement = statements.JOB_PHASES_LOCKED if locked else statements.JOB_PHASES
    phases = (
        JobPhase(
            phase=row.Phase,
            description=row.Description or "",
            contract=row.Contract,
            item=row.Item,
            active=row.ActiveYN == "Y",
        )
        for row in rows(connection, statement, scope.parameters, f"Phases of job {scope.job}")
    )
    return tuple(sorted(phases, key=lambda phase: phase.phase))


def read_cost_headers(
    connection: Connection, scope: JobScope, changes: JobChanges, *, locked: bool = False
) -> tuple[CostHeader, ...]:
    """Read the job's cost headers (Vista JCCH) with the sums of their detail (JCCD) and periods (JCCP)."""
    where = f"Estimates of job {scope.job}"
    statement = statements.COST_HEADERS_LOCKED if locked else statements.COST_HEADERS
    headers = rows(connection, statement, scope.parameters, where)
    unit_codes = {key_of(row.Phase, row.CostType): row.UM for row in headers}
    detail = _detail_sums(rows(connection, statements.ESTIMATE_DETAIL, scope.parameters, where), unit_codes)
    periods = {
        key_of(row.Phase, row.CostType): _PeriodTotals(
            _Sums(row.hours, row.units, row.cost), row.current_cost, bool(row.is_committed)
        )
        for row in rows(connection, statements.PERIOD_TOTALS, scope.parameters, where)
    }
    with_costs = _keys(rows(connection, statements.ACTUAL_COSTS, scope.parameters, where))
    found = (
        _header(
            row,
            detail.get(key, _NOTHING),
            periods.get(key, _NO_PERIOD),
            changes.costs.get(key, ZERO_DOLLARS),
            has_costs=key in with_costs,
            has_changes=key in changes.keys,
        )
        for row in headers
        for key in [key_of(row.Phase, row.CostType)]
    )
    return tuple(sorted(found, key=lambda header: (header.phase, header.cost_type)))


def _detail_sums(found: Iterable[Row[Any]], unit_codes: dict[Key, str]) -> dict[Key, _Sums]:
    """Add the groups up; units count only where the detail is in the header's own unit of measure."""
    sums: dict[Key, _Sums] = {}
    for row in found:
        key = key_of(row.Phase, row.CostType)
        so_far = sums.get(key, _Sums())
        is_own_unit = (row.UM or "").rstrip(" ") == unit_codes.get(key, "").rstrip(" ")
        sums[key] = _Sums(
            so_far.hours + row.hours,
            so_far.units + (row.units if is_own_unit else ZERO_UNITS),
            so_far.cost + row.cost,
            so_far.count + row.detail_count,
        )
    return sums


def _keys(found: Iterable[Row[Any]]) -> frozenset[Key]:
    return frozenset(key_of(row.Phase, row.CostType) for row in found)


def _header(
    row: Row[Any], detail: _Sums, period: _PeriodTotals, change_cost: Decimal, *, has_costs: bool, has_changes: bool
) -> CostHeader:
    return CostHeader(
        phase=row.Phase,
        cost_type=row.CostType,
        um=row.UM,
        active=row.ActiveYN == "Y",
        source_status=row.SourceStatus,
        orig_hours=row.OrigHours,
        orig_units=row.OrigUnits,
        orig_cost=row.OrigCost,
        detail_hours=detail.hours,
        detail_units=detail.units,
        detail_cost=detail.cost,
        period_hours=period.original.hours,
        period_units=period.original.units,
        period_cost=period.original.cost,
        detail_count=detail.count,
        has_actual_cost=has_costs,
        has_change_orders=has_changes,
        has_commitments=period.is_committed,
        change_cost=change_cost,
        period_current_cost=period.current_cost,
    )
