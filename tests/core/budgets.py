"""Budgets, jobs and requests for tests: what matters stands in the test as a text table, all else is a sane default.

A clean budget on a clean job: `request(budget(CLEAN_LINES))` gives a proposal without a single finding.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from jobcost.budget import Budget, BudgetChange, BudgetLineItem, CostCode, LineItemType, ProcoreUser, Project
from jobcost.config import ExportConfig
from jobcost.estimate import Estimate
from jobcost.plan import Kind
from jobcost.planning import PlanRequest, Proposal, make_proposal
from jobcost.rules.registry import PastExports
from tests.core.estimates import estimate
from tests.core.tables import Row, amount_text, rows

SENDER = "pat@builder.example"
APPROVER = "ann@builder.example"

CLEAN_LINES = """
    code   | type | amount
    01-100 | L    |  12,000.00
    03-310 | M    | 310,000.50
"""
LINE_COLUMNS = frozenset(
    {"id", "code", "name", "type", "amount", "changes", "qty", "uom", "hours", "currency", "biller", "text"}
)

# The day on which budgets of tests are sent.
SENT_ON = date(2026, 11, 23)

NEVER_EXPORTED = PastExports()
EXPORTED_ONCE = PastExports(last_verified="exp-1")


def lines(table: str) -> tuple[BudgetLineItem, ...]:
    """Read budget lines from a table; see LINE_COLUMNS. "none" means that Procore shows nothing in the cell."""
    return tuple(_line(number, row) for number, row in enumerate(rows(table, LINE_COLUMNS), start=1))


def line(**changed: Any) -> BudgetLineItem:
    """Make one budget line of Concrete / Material, with the given fields otherwise."""
    return _changed(lines("code | type | amount\n 03-310 | M | 1,000.00")[0], **changed)


def project(**changed: Any) -> Project:
    """Make an active project that is linked to job 1204."""
    given = {
        "id": 600123,
        "name": "Harbor Office",
        "project_number": "1204",
        "active": True,
        "is_erp_integrated": True,
        "origin_id": "10204",
        "origin_code": "1204",
    }
    return Project(**{**given, **changed})


def user(email: str, **changed: Any) -> ProcoreUser:
    """Make an active person of the directory."""
    given = {"id": 7, "email_address": email, "name": email, "is_active": True, "is_accounting_approver": None}
    return ProcoreUser(**{**given, **changed})


def budget(table: str | tuple[BudgetLineItem, ...] = CLEAN_LINES, **changed: Any) -> Budget:
    """Make a locked budget of the lines in the table."""
    given = {
        "company_id": 4404,
        "project": project(),
        "view_name": "Procore Standard Budget",
        "locked": True,
        "line_items": lines(table) if isinstance(table, str) else table,
        "changes": (),
        "modification_count": 0,
        "users": (user(SENDER), user(APPROVER, is_accounting_approver=True)),
    }
    return Budget(**{**given, **changed})


def budget_change(**changed: Any) -> BudgetChange:
    """Make an approved budget change that no ERP tool holds."""
    given = {"id": 31, "number": "004", "title": "Deeper piles", "status": "approved", "erp_status": "not_in_erp"}
    return BudgetChange(**{**given, **changed})


def config(**sections: Any) -> ExportConfig:
    """Make a configuration from plain sections, as the file would hold them."""
    return ExportConfig.model_validate(sections)


def request(
    of: Budget | str = CLEAN_LINES,
    on: Estimate | None = None,
    *,
    configured: ExportConfig | None = None,
    kind: Kind = Kind.SETUP,
    past: PastExports | None = None,
    submitted_by: str = SENDER,
) -> PlanRequest:
    """Ask for a plan of a budget on a job; an update follows one verified export unless the test says otherwise."""
    usual_past = NEVER_EXPORTED if kind is Kind.SETUP else EXPORTED_ONCE
    return PlanRequest(
        kind=kind,
        budget=budget(of) if isinstance(of, str) else of,
        estimate=on if on is not None else estimate(),
        config=configured if configured is not None else config(),
        submitted_by=submitted_by,
        past=past if past is not None else usual_past,
        sent_on=SENT_ON,
    )


def propose(of: Budget | str = CLEAN_LINES, on: Estimate | None = None, **asked: Any) -> Proposal:
    """Make the proposal of `request` with the same arguments."""
    return make_proposal(request(of, on, **asked))


def _changed(existing: BudgetLineItem, **changed: Any) -> BudgetLineItem:
    given = {name: getattr(existing, name) for name in BudgetLineItem.__dataclass_fields__}
    return BudgetLineItem(**{**given, **changed})


def _line(number: int, row: Row) -> BudgetLineItem:
    biller = row.get("biller", "")
    identity = row.get("id", str(number))
    return BudgetLineItem(
        id=None if identity == "none" else int(identity),
        wbs_code_id=9000 + number,
        cost_code=_cost_code(number, row),
        line_item_type=_line_item_type(row),
        cost_code_text=row.get("text", ""),
        line_item_type_text=row.get("text", ""),
        biller_type="SubJob" if biller else "Project",
        biller=biller or "Harbor Office",
        original_budget_amount=Decimal(amount_text(row.get("amount", "1000.00"))),
        budget_modifications=Decimal(amount_text(row.get("changes", "0.00"))),
        quantity=_number(row.get("qty")),
        uom=row.get("uom"),
        hours=_number(row.get("hours")),
        currency_iso_code=row.get("currency"),
    )


def _cost_code(number: int, row: Row) -> CostCode | None:
    code = row.get("code", "none")
    if code == "none":
        return None
    # Quotation marks keep the blanks around a code, which a table would lose.
    return CostCode(id=100 + number, full_code=code.strip('"'), name=row.get("name", f"Work {code}"), origin_id=None)


def _line_item_type(row: Row) -> LineItemType | None:
    code = row.get("type", "none")
    return None if code == "none" else LineItemType(id=1, code=code.strip('"'), name=code, origin_id=None)


def _number(cell: str | None) -> Decimal | None:
    return None if cell is None else Decimal(amount_text(cell))
