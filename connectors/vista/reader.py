"""Reads everything that decides what may be written to a Vista job, as one `jobcost.estimate.Estimate`.

Nothing is decided here. Nineteen statements, whatever the size of the job. Source: facts/vista.md 1.2, 2.8, 3, 8.
"""

from sqlalchemy import Connection

from connectors.vista import statements
from connectors.vista.change_reader import JobChanges, change_order_of, read_changes
from connectors.vista.errors import CompanyNotVisible, JobCodeDoesNotFit, VistaNotUnderstood
from connectors.vista.job_reader import read_contract_items, read_cost_headers, read_job, read_job_phases
from connectors.vista.job_scope import JobScope, rows
from jobcost.estimate import (
    Contract,
    CostType,
    Estimate,
    InputMasks,
    JobCostCompany,
    MasterPhase,
    MasterPhaseCostType,
)
from jobcost.formats import CodeDoesNotFit, MaskNotUnderstood, formatted, mask_from


def read_estimate(connection: Connection, jcco: int, job_code: str) -> Estimate:
    """Read a job, its contract, the masters of its phase group and its estimates.

    Raises:
        CompanyNotVisible: the login sees no such company.
        VistaNotUnderstood: an input mask is missing or outside Vista's grammar.
        JobCodeDoesNotFit: the code cannot be written in Vista's job format.
    """
    company = read_company(connection, jcco)
    masks = read_masks(connection)
    scope = JobScope(jcco=jcco, job=_stored_job(masks.job, job_code), phase_group=company.phase_group)
    job = read_job(connection, jcco, scope.job)
    changes = read_changes(connection, scope) if job else JobChanges()
    return Estimate(
        company=company,
        masks=masks,
        job=job,
        contract=_read_contract(connection, jcco, job.contract if job else None),
        contract_items=read_contract_items(connection, jcco, job.contract if job else None),
        master_phases=_read_master_phases(connection, company.phase_group),
        master_cost_types=_read_master_cost_types(connection, company.phase_group),
        cost_types=_read_cost_types(connection, company.phase_group),
        unit_codes=frozenset(row.UM for row in rows(connection, statements.UNIT_CODES, {}, "Units of measure")),
        job_phases=read_job_phases(connection, scope) if job else (),
        cost_headers=read_cost_headers(connection, scope, changes) if job else (),
        change_orders=tuple(map(change_order_of, changes.orders)),
    )


def read_company(connection: Connection, jcco: int) -> JobCostCompany:
    """Read the company's settings (Vista JCCO) and phase group (Vista HQCO, the secured view).

    Raises:
        CompanyNotVisible: by Vista's row security, or because there is none.
    """
    companies = {row.HQCo: row for row in rows(connection, statements.COMPANIES, {}, "Companies")}
    if jcco not in companies:
        raise CompanyNotVisible(_why_not_visible(jcco, tuple(sorted(companies))))
    settings = rows(connection, statements.COMPANY_SETTINGS, {"jcco": jcco}, f"Company {jcco}")
    if not settings:
        raise CompanyNotVisible(
            f"Job cost company {jcco}: expected its settings in JCCO, found none ('Invalid Job Cost Company!' in "
            "Vista's words). Check the job cost company of the configuration."
        )
    company = companies[jcco]
    if company.PhaseGroup is None:
        raise CompanyNotVisible(
            f"Company {jcco}: expected a phase group in HQCO, found none ('Phase Group for HQ Company {jcco} not "
            "found!' in Vista's words). Set the phase group in HQ Company Setup."
        )
    return JobCostCompany(
        jcco=jcco,
        name=company.Name or "",
        phase_group=company.PhaseGroup,
        valid_phase_chars=settings[0].ValidPhaseChars,
        post_soft_closed_jobs=settings[0].PostSoftClosedJobs == "Y",
        post_closed_jobs=settings[0].PostClosedJobs == "Y",
    )


def read_masks(connection: Connection) -> InputMasks:
    """Read the input masks of Vista's key fields (Vista DDDTShared).

    Raises:
        VistaNotUnderstood: one is missing or outside Vista's grammar.
    """
    found = {row.Datatype: row for row in rows(connection, statements.MASKS, {}, "Input masks")}

    def mask(name: str) -> str:
        row = found.get(name)
        if row is None:
            raise VistaNotUnderstood(
                f"Input mask of {name}: expected a row in DDDTShared, found none. Check that this is a Vista database "
                "and that the login may read DDDTShared."
            )
        try:
            return mask_from(row.InputMask or "", row.InputLength)
        except MaskNotUnderstood as failure:
            raise VistaNotUnderstood(f"Data type {name}: {failure} Correct it in DD Datatypes.") from failure

    return InputMasks(
        job=mask("bJob"), phase=mask("bPhase"), contract=mask("bContract"), contract_item=mask("bContractItem")
    )


def _why_not_visible(jcco: int, visible: tuple[int, ...]) -> str:
    if visible:
        return (
            f"Company {jcco}: expected the login to see it in HQCO, found only {', '.join(map(str, visible))}. "
            "Check the company number, or give the login the company in Vista's data security (data type bHQCo)."
        )
    return (
        f"Company {jcco}: expected the login to see it in HQCO, found no company at all: Vista's row security hides "
        f"them (Vista's own words would be 'Phase Group for HQ Company {jcco} not found!'). Make the login a Vista "
        "user and give it the company in Vista's data security (data type bHQCo)."
    )


def _stored_job(mask: str, job_code: str) -> str:
    try:
        return formatted(mask, job_code)
    except CodeDoesNotFit as failure:
        raise JobCodeDoesNotFit(
            f"Job code {job_code!r}: expected a code in Vista's job format {mask}, found that {failure}. "
            "Correct the project's number or its link to Vista."
        ) from failure


def _read_contract(connection: Connection, jcco: int, contract: str | None) -> Contract | None:
    if contract is None:
        return None
    for row in rows(connection, statements.CONTRACT, {"jcco": jcco, "contract": contract}, f"Contract {contract}"):
        return Contract(contract=row.Contract, description=row.Description or "", contract_status=row.ContractStatus)
    return None


def _read_master_phases(connection: Connection, phase_group: int) -> tuple[MasterPhase, ...]:
    found = rows(connection, statements.MASTER_PHASES, {"phase_group": phase_group}, "Phase master")
    phases = (
        MasterPhase(phase=row.Phase, description=row.Description or "", proj_min_pct=row.ProjMinPct) for row in found
    )
    return tuple(sorted(phases, key=lambda phase: phase.phase))


def _read_master_cost_types(connection: Connection, phase_group: int) -> tuple[MasterPhaseCostType, ...]:
    found = rows(
        connection, statements.MASTER_COST_TYPES, {"phase_group": phase_group}, "Cost types of the phase master"
    )
    cost_types = (
        MasterPhaseCostType(
            phase=row.Phase,
            cost_type=row.CostType,
            um=row.UM,
            bill_flag=row.BillFlag,
            item_unit_flag=row.ItemUnitFlag,
            phase_unit_flag=row.PhaseUnitFlag,
        )
        for row in found
    )
    return tuple(sorted(cost_types, key=lambda each: (each.phase, each.cost_type)))


def _read_cost_types(connection: Connection, phase_group: int) -> tuple[CostType, ...]:
    found = rows(connection, statements.COST_TYPES, {"phase_group": phase_group}, "Cost types")
    cost_types = (
        CostType(
            cost_type=row.CostType,
            description=row.Description or "",
            abbreviation=row.Abbreviation or "",
            track_hours=row.TrackHours == "Y",
        )
        for row in found
    )
    return tuple(sorted(cost_types, key=lambda each: each.cost_type))
