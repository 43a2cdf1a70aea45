"""A Vista job's Original Estimate and everything that decides what may be written to it, in Vista's words.

Each value names the view it is read from. Text is exactly as stored: blanks inside a phase are part of the key.
Source: facts/vista.md 1.3 and 2.7.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from jobcost.money import ZERO_DOLLARS

JOB_STATUS_NAMES = {0: "pending", 1: "open", 2: "soft-closed", 3: "hard-closed"}
JOB_STATUS_OPEN = 1

# JCCH.SourceStatus: rows that still belong to Vista's Project Management module.
SOURCE_STATUS_OWNED_BY_PM = frozenset({"Y", "N"})


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCostCompany:
    """A job cost company with its phase group (Vista JCCO joined to the secured view HQCO)."""

    jcco: int
    name: str
    phase_group: int
    # Characters of the formatted phase that must match the phase master; 0 means the whole phase.
    valid_phase_chars: int
    post_soft_closed_jobs: bool
    post_closed_jobs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InputMasks:
    """The input masks of Vista's key fields (Vista DDDTShared.InputMask), in the segment form that ends in N."""

    job: str
    phase: str
    contract: str
    contract_item: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Vista JCJM."""

    job: str
    description: str
    contract: str | None
    job_status: int
    lock_phases: bool
    # Y makes Vista add estimates to the contract amount: company revenue.
    auto_add_item: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """Vista JCCM."""

    contract: str
    description: str
    contract_status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractItem:
    """Vista JCCI."""

    item: str
    description: str
    # The posting month of every original estimate of the phases on this item.
    start_month: date | None
    # US dollars of revenue, without and with change orders (JCCI.ContractAmt); neither may move in an export.
    orig_contract_amt: Decimal
    contract_amt: Decimal = ZERO_DOLLARS


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterPhase:
    """Vista JCPM."""

    phase: str
    description: str
    proj_min_pct: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CostType:
    """Vista JCCT."""

    cost_type: int
    description: str
    abbreviation: str
    track_hours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterPhaseCostType:
    """Defaults for a new cost header (Vista JCPC)."""

    phase: str
    cost_type: int
    um: str
    bill_flag: str
    item_unit_flag: str
    phase_unit_flag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPhase:
    """Vista JCJP."""

    phase: str
    description: str
    contract: str
    item: str
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CostHeader:
    """A phase's cost type with its Original Estimate (Vista JCCH) and what the journal tables say of it."""

    phase: str
    cost_type: int
    um: str
    active: bool
    # J job cost, I interfaced from PM (both live); Y, N still owned by PM.
    source_status: str
    orig_hours: Decimal
    orig_units: Decimal
    orig_cost: Decimal
    # Sums of the Original Estimate detail (Vista JCCD, JCTransType OE); units only where JCCD.UM = JCCH.UM.
    detail_hours: Decimal
    detail_units: Decimal
    detail_cost: Decimal
    # Sums over all months (Vista JCCP.OrigEst*).
    period_hours: Decimal
    period_units: Decimal
    period_cost: Decimal
    # Number of Original Estimate detail rows: grows by one with each posted change.
    detail_count: int
    # Actual cost was posted, or a change order exists: changing the original is then unusual.
    has_actual_cost: bool
    has_change_orders: bool
    # Money is committed on the line (Vista JCCP.TotalCmtdCost or RemainCmtdCost of some month).
    has_commitments: bool = False
    # Sum of the change order detail (Vista JCCD.EstCost, JCTransType CO), US dollars.
    change_cost: Decimal = ZERO_DOLLARS
    # The Current Estimate over all months (Vista JCCP.CurrEstCost): original plus change orders.
    period_current_cost: Decimal = ZERO_DOLLARS

    @property
    def current_cost(self) -> Decimal:
        """The Current Estimate: the original and every change order, US dollars."""
        return self.orig_cost + self.change_cost

    @property
    def is_owned_by_pm(self) -> bool:
        """The row waits in Vista's Project Management module and must not be touched from outside."""
        return self.source_status in SOURCE_STATUS_OWNED_BY_PM

    @property
    def has_estimate(self) -> bool:
        """Some estimate other than zero stands in the row."""
        return bool(self.orig_cost or self.orig_hours or self.orig_units)

    @property
    def agrees_with_periods(self) -> bool:
        """Vista's monthly totals hold the Current Estimate that original and change orders come to."""
        return self.is_owned_by_pm or self.period_current_cost == self.current_cost

    @property
    def agrees_with_detail(self) -> bool:
        """Header, detail and period totals hold the same estimate, as Vista keeps them. PM rows have no detail."""
        header = (self.orig_hours, self.orig_units, self.orig_cost)
        detail = (self.detail_hours, self.detail_units, self.detail_cost)
        period = (self.period_hours, self.period_units, self.period_cost)
        return self.is_owned_by_pm or header == detail == period


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOrderDetail:
    """What a change order adds to one cost header (Vista JCOD)."""

    aco_item: str
    phase: str
    cost_type: int
    um: str
    # US dollars; negative lowers the Current Estimate.
    cost: Decimal
    # First day of the month in which it counts (JCOD.MonthAdded).
    month: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOrder:
    """An approved change order of the job (Vista JCOH with its JCOI and JCOD)."""

    aco: str
    # JCOH.IntExt I: inside the company, not billed to the owner.
    is_internal: bool
    # Sum of JCOI.ContractAmt: what it adds to the contract, US dollars.
    revenue: Decimal
    details: tuple[ChangeOrderDetail, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One Vista job, read at one time. Absent job or contract is None, so that a finding can say so."""

    company: JobCostCompany
    masks: InputMasks
    job: Job | None
    contract: Contract | None
    contract_items: tuple[ContractItem, ...]
    master_phases: tuple[MasterPhase, ...]
    master_cost_types: tuple[MasterPhaseCostType, ...]
    cost_types: tuple[CostType, ...]
    # Units of measure Vista knows (Vista HQUM.UM).
    unit_codes: frozenset[str]
    job_phases: tuple[JobPhase, ...]
    cost_headers: tuple[CostHeader, ...]
    change_orders: tuple[ChangeOrder, ...] = ()

    @property
    def total_cost(self) -> Decimal:
        """Sum of the Original Estimate of all cost headers, US dollars."""
        return sum((header.orig_cost for header in self.cost_headers), Decimal("0.00"))
