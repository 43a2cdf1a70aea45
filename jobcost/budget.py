"""A Procore budget as values, in Procore's words. Amounts are as Procore sent them, not yet in Vista's places."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from jobcost.people import email_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A Procore project and its link to a Vista job (Procore GET /rest/v1.0/projects/{id})."""

    id: int
    name: str
    project_number: str
    active: bool
    is_erp_integrated: bool
    # The ERP's own key of the job, set when the project was synchronised; None while it is not linked.
    origin_id: str | None
    # The ERP's code of the job as people know it, where Procore tells it.
    origin_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostCode:
    """A project cost code (Procore GET /rest/v1.0/cost_codes)."""

    id: int
    # The whole dotted or dashed code with its parents, such as "02-200".
    full_code: str
    name: str
    origin_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineItemType:
    """A Procore cost type (Procore GET /rest/v1.0/line_item_types)."""

    id: int
    code: str
    name: str
    origin_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLineItem:
    """One row of the chosen budget view (Procore GET /rest/v1.0/budget_views/{id}/detail_rows)."""

    # None for an unbudgeted ("?") row, which Procore shows without having put it into the budget.
    id: int | None
    wbs_code_id: int | None
    cost_code: CostCode | None
    line_item_type: LineItemType | None
    # The row's own texts, kept for messages when its cost code or cost type is not in the project's lists.
    cost_code_text: str
    line_item_type_text: str
    # "Project", or "SubJob" when the line belongs to a sub job.
    biller_type: str
    biller: str
    # US dollars (or the row's currency); negative lowers the budget.
    original_budget_amount: Decimal
    # Sum of budget modifications and approved budget changes on this line, same unit and sign.
    budget_modifications: Decimal
    # Quantity, unit of measure and hours as the view's columns show them; None where it has no such column.
    quantity: Decimal | None
    uom: str | None
    hours: Decimal | None
    currency_iso_code: str | None

    @property
    def revised_budget_amount(self) -> Decimal:
        """Original budget plus modifications and approved changes."""
        return self.original_budget_amount + self.budget_modifications

    @property
    def label(self) -> str:
        """Name the line for people: cost code and cost type as Procore shows them."""
        code = self.cost_code.full_code if self.cost_code else self.cost_code_text
        kind = self.line_item_type.code if self.line_item_type else self.line_item_type_text
        return f"{code or '(no cost code)'} / {kind or '(no cost type)'}"


class ChangeKind(StrEnum):
    """Where in Procore a change of the budget was made."""

    BUDGET_CHANGE = "budget_change"
    # The older tool; companies that changed over may still have some (facts/procore.md R73).
    BUDGET_MODIFICATION = "budget_modification"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """What a change of the budget adds to one budget code."""

    wbs_code_id: int
    # US dollars (or the project's currency); negative lowers the budget.
    amount: Decimal


APPROVED = "approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetChange:
    """A budget change of the project (Procore GET /rest/v1.0/projects/{id}/budget_changes), or a budget modification.

    A modification (GET .../budget_modifications) has its id as number, its notes as title, and always counts as
    approved: Procore has no other state for it.
    """

    id: int
    number: str
    title: str
    # draft, under_review, approved or void.
    status: str
    # Where the change stands in Procore's own ERP tool (not_in_erp, synced ...); "" where Procore does not tell.
    erp_status: str
    kind: ChangeKind = ChangeKind.BUDGET_CHANGE
    # In Procore's order; one budget code may occur several times.
    adjustments: tuple[Adjustment, ...] = ()

    @property
    def is_approved(self) -> bool:
        """Only an approved change moves the budget, and only such a one is exported (facts/procore.md R72)."""
        return self.status == APPROVED


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcoreUser:
    """A person of the Procore company directory (Procore GET /rest/v1.3/companies/{id}/users)."""

    id: int
    email_address: str
    name: str
    is_active: bool
    # The accounting approver flag (erp_integrated_accountant); None where Procore does not tell it.
    is_accounting_approver: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Everything Procore says about one project's budget, read at one time."""

    company_id: int
    project: Project
    view_name: str
    locked: bool
    line_items: tuple[BudgetLineItem, ...]
    changes: tuple[BudgetChange, ...]
    # Number of legacy budget modifications: unlocking carelessly would destroy them.
    modification_count: int
    users: tuple[ProcoreUser, ...]
    # Procore's id of the budget view, which a later look at the rows alone needs; 0 where nobody told.
    view_id: int = 0

    @property
    def fingerprint(self) -> str:
        """A digest of every row's codes, amounts and quantities: it differs whenever a line or its changes moved."""
        return rows_fingerprint(
            (
                row.id or 0,
                row.wbs_code_id or 0,
                row.original_budget_amount,
                row.budget_modifications,
                row.quantity,
                row.uom,
                row.hours,
            )
            for row in self.line_items
        )

    @property
    def changes_fingerprint(self) -> str:
        """A digest of the approved changes: it differs also where they cancel each other on every row."""
        return changes_fingerprint(self.changes)

    def user(self, email: str) -> ProcoreUser | None:
        """Find a person by e-mail address, ignoring case."""
        return user_of(self.users, email)


# Line id, budget code id, original amount, changes; and quantity, unit and hours where the view has such columns.
RowKey = tuple[int, int, Decimal, Decimal, *tuple[Decimal | str | None, ...]]


def rows_fingerprint(rows: Iterable[RowKey]) -> str:
    """Digest rows, whatever their order; "1.5" is "1.50", and a column that is empty counts as one that is not there.

    An export carries quantities and hours too, so a row that differs in them alone has moved.
    """
    spelled = sorted(
        [str(line), str(code), f"{original:.6f}", f"{changes:.6f}", *_spelled(more)]
        for line, code, original, changes, *more in rows
    )
    return hashlib.sha256(repr(spelled).encode()).hexdigest()


def _spelled(more: list[Decimal | str | None]) -> Iterator[str]:
    for place, value in enumerate(more):
        if value is not None:
            yield f"{place} {value:.6f}" if isinstance(value, Decimal) else f"{place} {value}"


def changes_fingerprint(changes: Iterable[BudgetChange]) -> str:
    """Digest the approved changes with their numbers and amounts, whatever their order."""
    spelled = sorted(
        (
            change.kind.value,
            str(change.id),
            change.number,
            sorted((str(one.wbs_code_id), f"{one.amount:.6f}") for one in change.adjustments),
        )
        for change in changes
        if change.is_approved
    )
    return hashlib.sha256(repr(spelled).encode()).hexdigest()


def user_of(users: tuple[ProcoreUser, ...], email: str) -> ProcoreUser | None:
    """Find a person of a directory by e-mail address, ignoring case; nobody is found by blanks."""
    wanted = email_key(email)
    # Contacts of the directory may have no address: a sender without one is not one of them.
    return next((user for user in users if email_key(user.email_address) == wanted), None) if wanted else None
