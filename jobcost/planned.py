"""The parts of a plan: phases to add, lines with their before-image, change orders. All are plain values."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from jobcost.money import ZERO_DOLLARS


class Kind(StrEnum):
    """Which business process an export belongs to."""

    SETUP = "setup"
    UPDATE = "update"
    # Takes an earlier export back.
    UNDO = "undo"


class ChangePolicy(StrEnum):
    """What becomes of approved budget changes (configuration [changes])."""

    CHANGE_ORDERS = "change_orders"
    FOLD_INTO_ORIGINAL = "fold_into_original"
    OFF = "off"


class Action(StrEnum):
    """What happens to one (phase, cost type) of the job."""

    ADD_COST_TYPE = "add_cost_type"
    CHANGE_ESTIMATE = "change_estimate"
    UNCHANGED = "unchanged"
    # The line was deleted in Procore, and the approver consented to set its estimate to zero.
    SET_TO_ZERO = "set_to_zero"


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateValues:
    """An Original Estimate: hours (2 places), units (3 places), cost in US dollars (2 places)."""

    hours: Decimal
    units: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """The Procore budget line behind a planned line, as the approver sees it."""

    budget_line_item_id: int
    cost_code: str
    cost_code_name: str
    line_item_type: str
    original_budget: Decimal
    budget_changes: Decimal

    @property
    def revised_estimate(self) -> Decimal:
        """Original budget plus budget changes, US dollars."""
        return self.original_budget + self.budget_changes


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPhase:
    """A job phase to be added (Vista JCJP)."""

    phase: str
    description: str
    item: str
    proj_min_pct: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLine:
    """One (phase, cost type) of the job: its before-image, what it becomes, and the budget lines it comes from."""

    action: Action
    phase: str
    phase_description: str
    cost_type: int
    um: str
    bill_flag: str
    item_unit_flag: str
    phase_unit_flag: str
    # None when the cost header does not exist yet.
    before: EstimateValues | None
    after: EstimateValues
    sources: tuple[SourceLine, ...]
    # The contract item of the phase as stored, and the month in which Vista posts its estimates ("2026-01").
    item: str = ""
    posting_month: str = ""

    @property
    def key(self) -> tuple[str, int]:
        """The line's identity within the job: phase as stored, and cost type."""
        return (self.phase, self.cost_type)

    @property
    def cost_before(self) -> Decimal:
        """The live Vista estimate, US dollars; zero where there is no row."""
        return self.before.cost if self.before else ZERO_DOLLARS

    @property
    def difference(self) -> Decimal:
        """What the export adds to the line's estimate, US dollars; negative lowers it."""
        return self.after.cost - self.cost_before


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOrderLine:
    """What a planned change order adds to one cost header (Vista JCOD)."""

    phase: str
    cost_type: int
    um: str
    # US dollars; negative lowers the Current Estimate. Hours and units stay zero: Procore's changes carry money.
    cost: Decimal

    @property
    def key(self) -> tuple[str, int]:
        """The line's identity within the job: phase as stored, and cost type."""
        return (self.phase, self.cost_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOrderItem:
    """One item of a planned change order (Vista JCOI): the lines whose phases hang on one contract item."""

    aco_item: str
    # The contract item as stored. Its revenue part is always zero.
    item: str
    lines: tuple[ChangeOrderLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChangeOrder:
    """One approved Procore change as an internal change order (Vista JCOH, JCOI, JCOD)."""

    # JCOH.ACO: prefix and Procore's number, which proves that this change was exported.
    aco: str
    # Procore's own: "budget_change" or "budget_modification", its id, its number and title. A change order that takes
    # another one back has "reversal", and that one's number as source_number.
    source_kind: str
    source_id: int
    source_number: str
    title: str
    # First day of the month in which it counts, "2026-11-01" (JCOI.ApprovedMonth, JCOD.MonthAdded).
    month: str
    # The day it is dated, "2026-11-23" (JCOH.ApprovalDate).
    approval_date: str
    items: tuple[ChangeOrderItem, ...]

    @property
    def lines(self) -> tuple[ChangeOrderLine, ...]:
        """The lines of all items, in their order."""
        return tuple(line for item in self.items for line in item.lines)

    @property
    def total(self) -> Decimal:
        """What it adds to the job's Current Estimate, US dollars."""
        return sum((line.cost for line in self.lines), ZERO_DOLLARS)


@dataclass(frozen=True, slots=True, kw_only=True)
class UntouchedHeader:
    """A cost header of the job that the budget does not mention: it must be the same after the export."""

    phase: str
    cost_type: int
    values: EstimateValues


@dataclass(frozen=True, slots=True, kw_only=True)
class JobImage:
    """The job's own facts that the plan relies on (Vista JCJM, JCCM, JCCI)."""

    contract: str
    job_status: int
    lock_phases: bool
    auto_add_item: bool
    # Contract items used, with their revenue: (item, JCCI.OrigContractAmt).
    contract_items: tuple[tuple[str, Decimal], ...]
