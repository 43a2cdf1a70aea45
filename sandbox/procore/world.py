"""The state of the sandbox Procore: one company, its people, projects and budgets. Plain, and changeable by tests.

Amounts are Decimal in the company's currency; positive raises the budget.
"""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from sandbox.procore.company import Access, BudgetView, Client, Company, LineItemType, Uom, User

CENT = Decimal("0.01")
# Procore's ids may not fit 32 bits, so the sandbox hands out ids that do not.
FIRST_FREE_ID = 5_000_000_001
WHEN_SEEDED = "2026-01-05T08:00:00Z"


@dataclass(slots=True, kw_only=True)
class SubJob:
    """A sub job of a project."""

    id: int
    code: str
    name: str
    origin_id: str | None = None


@dataclass(slots=True, kw_only=True)
class CostCode:
    """A cost code of a project. `code` is without, `full_code` with the parents' codes."""

    id: int
    code: str
    full_code: str
    name: str
    position: int
    origin_id: str | None = None
    origin_data: str | None = None
    parent_id: int | None = None
    sub_job_id: int | None = None
    standard_cost_code_id: int | None = None


@dataclass(slots=True, kw_only=True)
class WbsCode:
    """A budget code: cost code and cost type."""

    id: int
    cost_code_id: int
    line_item_type_id: int
    flat_code: str
    description: str
    status: str = "active"


@dataclass(slots=True, kw_only=True)
class BudgetLine:
    """A budget line item."""

    id: int
    wbs_code_id: int
    original_budget_amount: Decimal
    uom: str | None = None
    quantity: Decimal | None = None
    unit_cost: Decimal | None = None
    # Hours as a company's own view column would show them; budget_line_items has no such field.
    hours: Decimal | None = None
    calculation_strategy: str = "manual"


@dataclass(slots=True, kw_only=True)
class UnbudgetedRow:
    """A "?" row: a budget code with costs but without a budget line."""

    wbs_code_id: int
    reason: str
    budget_modifications: Decimal = Decimal("0.00")


@dataclass(slots=True, kw_only=True)
class AdjustmentLine:
    """One line of a budget change."""

    id: int
    wbs_code_id: int
    type: str
    amount: Decimal
    adjustment_number: int = 1
    description: str = ""
    comment: str = ""
    ref: str = ""
    uom: str | None = None
    quantity: Decimal | None = None
    unit_cost: Decimal | None = None
    calculation_strategy: str = "manual"


@dataclass(slots=True, kw_only=True)
class BudgetChange:
    """A budget change; only an approved one moves the budget."""

    id: int
    number: int
    title: str
    status: str
    description: str = ""
    erp_status: str = "not_in_erp"
    # The prime contract the change was made from, if any.
    prime_contract_id: int | None = None
    adjustments: list[AdjustmentLine] = field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        """Net effect on the budget."""
        return sum((line.amount for line in self.adjustments), Decimal("0.00"))


@dataclass(slots=True, kw_only=True)
class BudgetModification:
    """A legacy transfer between two budget lines, or onto one."""

    id: int
    to_budget_line_item_id: int
    transfer_amount: Decimal
    from_budget_line_item_id: int | None = None
    notes: str = ""
    origin_id: str | None = None
    origin_data: str | None = None
    created_at: str = WHEN_SEEDED


@dataclass(slots=True, kw_only=True)
class Project:
    """A project and its budget."""

    id: int
    name: str
    project_number: str
    active: bool = True
    is_erp_integrated: bool = True
    origin_id: str | None = None
    origin_code: str | None = None
    origin_data: str | None = None
    standard_cost_code_list_id: int = 77
    locked: bool = True
    # Set: unlocking is refused (422) with this text, as companies with modifications report.
    unlock_refusal: str | None = None
    # Tools switched off in this project (403).
    disabled_tools: list[str] = field(default_factory=list)
    sub_jobs: dict[int, SubJob] = field(default_factory=dict)
    cost_codes: dict[int, CostCode] = field(default_factory=dict)
    wbs_codes: dict[int, WbsCode] = field(default_factory=dict)
    lines: dict[int, BudgetLine] = field(default_factory=dict)
    unbudgeted: list[UnbudgetedRow] = field(default_factory=list)
    changes: dict[int, BudgetChange] = field(default_factory=dict)
    modifications: dict[int, BudgetModification] = field(default_factory=dict)

    def line(self, code: str) -> BudgetLine:
        """Find a budget line by its flat code ("R-1.S") or its cost code ("R-1").

        Raises:
            KeyError: when the budget has no such line.
        """
        for line in self.lines.values():
            wbs_code = self.wbs_codes[line.wbs_code_id]
            if code in (wbs_code.flat_code, self.cost_codes[wbs_code.cost_code_id].full_code):
                return line
        raise KeyError(f"project {self.id} has no budget line {code!r}")


@dataclass(slots=True, kw_only=True)
class World:
    """Everything the sandbox knows."""

    company: Company = field(default_factory=Company)
    client: Client = field(default_factory=Client)
    access: Access = field(default_factory=Access)
    users: list[User] = field(default_factory=list)
    uoms: list[Uom] = field(default_factory=list)
    line_item_types: dict[int, LineItemType] = field(default_factory=dict)
    views: dict[int, BudgetView] = field(default_factory=dict)
    projects: dict[int, Project] = field(default_factory=dict)
    # Budget changes that nobody has made yet, for a later step of a demonstration (`people.make_later_changes`).
    later_changes: list[BudgetChange] = field(default_factory=list)
    per_page_default: int = 100
    per_page_max: int = 2000
    next_id: int = FIRST_FREE_ID

    def new_id(self) -> int:
        """Hand out an id nothing else has."""
        self.next_id += 1
        return self.next_id - 1


def rounded(amount: Decimal) -> Decimal:
    """Round to cents, half away from zero."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)
