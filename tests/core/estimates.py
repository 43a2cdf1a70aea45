"""Vista jobs for tests, from text tables. Phases and items are written as people write them and stored by the masks."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from jobcost.estimate import (
    Contract,
    ContractItem,
    CostHeader,
    CostType,
    Estimate,
    InputMasks,
    Job,
    JobCostCompany,
    JobPhase,
    MasterPhase,
    MasterPhaseCostType,
)
from jobcost.formats import StoredCode, formatted
from jobcost.money import dollars, hours, units
from tests.core.tables import Row, amount_text, rows

MASKS = InputMasks(job="5R-2RN", phase="2R-3R-2RN", contract="5R-2RN", contract_item="16RN")

MASTERS = """
    phase  | description
    01-100 | General conditions
    03-310 | Concrete
    05-120 | Structural steel
"""
COST_TYPES = """
    number | abbreviation | description   | hours
    1      | L            | Labor         | Y
    2      | M            | Material      | N
    3      | S            | Subcontract   | N
    4      | E            | Equipment     | Y
"""
ITEMS = """
    item | month   | revenue
    1    | 2026-01 | 500,000.00
"""
UNIT_CODES = frozenset({"LS", "EA", "CY", "SF", "HRS"})

_MASTER_COLUMNS = frozenset({"phase", "description", "percent"})
_COST_TYPE_COLUMNS = frozenset({"number", "abbreviation", "description", "hours"})
_ITEM_COLUMNS = frozenset({"item", "month", "revenue"})
_PHASE_COLUMNS = frozenset({"phase", "description", "item", "active"})
_DEFAULT_COLUMNS = frozenset({"phase", "type", "um", "bill", "item_unit", "phase_unit"})
HEADER_COLUMNS = frozenset(
    {"phase", "type", "um", "active", "source", "hours", "units", "cost"}
    | {"detail_cost", "detail_units", "detail_hours", "period_cost", "period_units", "period_hours"}
    | {"actual_cost", "change_orders", "commitments", "changes", "current"}
)


def stored_phase(code: str) -> StoredCode:
    """Write a phase as the usual phase mask stores it."""
    return formatted(MASKS.phase, code)


def stored_item(code: str) -> StoredCode:
    """Write a contract item as the usual mask stores it."""
    return formatted(MASKS.contract_item, code)


JOB = Job(
    job=formatted(MASKS.job, "1204"),
    description="Harbor Office",
    contract=formatted(MASKS.contract, "1204"),
    job_status=1,
    lock_phases=False,
    auto_add_item=False,
)
CONTRACT = Contract(contract=formatted(MASKS.contract, "1204"), description="Harbor Office", contract_status=1)
COMPANY = JobCostCompany(
    jcco=1,
    name="Builder Inc",
    phase_group=1,
    valid_phase_chars=0,
    post_soft_closed_jobs=False,
    post_closed_jobs=False,
)


def estimate(
    headers: str = "",
    *,
    phases: str = "",
    masters: str = MASTERS,
    items: str = ITEMS,
    defaults: str = "",
    cost_types: str = COST_TYPES,
    **changed: Any,
) -> Estimate:
    """Make an open job that has no phase yet, unless tables give some. Phases of headers need a row in `phases`."""
    job_changes, contract_changes, company_changes = _parted(changed)
    given = {
        "company": replace(COMPANY, **company_changes),
        "masks": MASKS,
        "job": replace(JOB, **job_changes),
        "contract": replace(CONTRACT, **contract_changes),
        "contract_items": tuple(map(_item, rows(items, _ITEM_COLUMNS))),
        "master_phases": tuple(map(_master, rows(masters, _MASTER_COLUMNS))),
        "master_cost_types": tuple(map(_default, rows(defaults, _DEFAULT_COLUMNS))),
        "cost_types": tuple(map(_cost_type, rows(cost_types, _COST_TYPE_COLUMNS))),
        "unit_codes": UNIT_CODES,
        "job_phases": tuple(map(_job_phase, rows(phases, _PHASE_COLUMNS))),
        "cost_headers": tuple(map(_header, rows(headers, HEADER_COLUMNS))),
    }
    return Estimate(**{**given, **changed})


def header(**changed: Any) -> CostHeader:
    """Make one cost header of Concrete / Material with 1,000.00 and the given fields otherwise."""
    return replace(_header({"phase": "03-310", "type": "2", "cost": "1,000.00"}), **changed)


def _parted(changed: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """Take out of the changes those of the job, of the contract and of the company, by their field names."""
    found = []
    for owner in (Job, Contract, JobCostCompany):
        # `contract` and `job` are also whole parts of an estimate.
        names = {field.name for field in fields(owner)} - {"job", "contract", "description"}
        found.append({name: changed.pop(name) for name in tuple(changed) if name in names})
    return tuple(found)


def _master(row: Row) -> MasterPhase:
    return MasterPhase(
        phase=stored_phase(row["phase"]),
        description=row.get("description", ""),
        proj_min_pct=Decimal(row.get("percent", "0")),
    )


def _default(row: Row) -> MasterPhaseCostType:
    return MasterPhaseCostType(
        phase=stored_phase(row["phase"]),
        cost_type=int(row["type"]),
        um=row.get("um", "LS"),
        bill_flag=row.get("bill", "C"),
        item_unit_flag=row.get("item_unit", "N"),
        phase_unit_flag=row.get("phase_unit", "N"),
    )


def _cost_type(row: Row) -> CostType:
    return CostType(
        cost_type=int(row["number"]),
        description=row.get("description", ""),
        abbreviation=row.get("abbreviation", ""),
        track_hours=row.get("hours") == "Y",
    )


def _item(row: Row) -> ContractItem:
    month = row.get("month", "none")
    return ContractItem(
        item=stored_item(row["item"]),
        description="Building",
        start_month=None if month == "none" else date.fromisoformat(f"{month}-01"),
        orig_contract_amt=dollars(amount_text(row.get("revenue", "0"))),
        contract_amt=dollars(amount_text(row.get("revenue", "0"))),
    )


def _job_phase(row: Row) -> JobPhase:
    return JobPhase(
        phase=stored_phase(row["phase"]),
        description=row.get("description", ""),
        contract=CONTRACT.contract,
        item=stored_item(row.get("item", "1")),
        active=row.get("active") != "N",
    )


def _header(row: Mapping[str, str]) -> CostHeader:
    """Detail and period totals agree with the header unless the table says otherwise."""

    def cell(name: str, otherwise: str = "0") -> str:
        return amount_text(row.get(name, otherwise))

    return CostHeader(
        phase=stored_phase(row["phase"]),
        cost_type=int(row["type"]),
        um=row.get("um", "LS"),
        active=row.get("active") != "N",
        source_status=row.get("source", "J"),
        orig_hours=hours(cell("hours")),
        orig_units=units(cell("units")),
        orig_cost=dollars(cell("cost")),
        detail_hours=hours(cell("detail_hours", cell("hours"))),
        detail_units=units(cell("detail_units", cell("units"))),
        detail_cost=dollars(cell("detail_cost", cell("cost"))),
        period_hours=hours(cell("period_hours", cell("hours"))),
        period_units=units(cell("period_units", cell("units"))),
        period_cost=dollars(cell("period_cost", cell("cost"))),
        detail_count=1,
        has_actual_cost=row.get("actual_cost") == "Y",
        has_change_orders=row.get("change_orders") == "Y" or "changes" in row,
        has_commitments=row.get("commitments") == "Y",
        change_cost=dollars(cell("changes")),
        period_current_cost=dollars(cell("current", str(dollars(cell("cost")) + dollars(cell("changes"))))),
    )
