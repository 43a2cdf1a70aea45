"""Budgets with budget changes, from two tables; and what the journal remembers of exported change orders."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from jobcost.budget import Adjustment, Budget, BudgetChange, ChangeKind
from jobcost.estimate import ChangeOrder, ChangeOrderDetail, Estimate
from jobcost.money import ZERO_DOLLARS
from jobcost.plan import ChangePolicy, Kind, Plan, PlannedChangeOrder
from jobcost.planning import Proposal
from jobcost.rules.registry import ExportedChangeOrder, PastExports
from tests.core.budgets import budget, config, lines, propose
from tests.core.estimates import estimate
from tests.core.tables import amount_text, rows

# `line` is the number of the budget line that the change moves; `code` a budget code that may be in no line.
CHANGE_COLUMNS = frozenset({"number", "status", "line", "code", "amount", "title", "kind"})

FIRST_CODE = 9000

# Two lines that stand in Vista as they are in the budget.
LINES = """
    code   | type | amount
    01-100 | L    | 12,000.00
    03-310 | M    |  9,000.00
"""
HEADERS = """
    phase  | type | cost
    01-100 | 1    | 12,000.00
    03-310 | 2    |  9,000.00
"""
PHASES = "phase\n 01-100\n 03-310\n 05-120"

FOLDED = config(changes={"policy": ChangePolicy.FOLD_INTO_ORIGINAL})
OFF = config(changes={"policy": ChangePolicy.OFF})


def changes(table: str) -> tuple[BudgetChange, ...]:
    """Read budget changes; rows of one number and kind are one change, in the order of its first row."""
    found: dict[tuple[str, ChangeKind], BudgetChange] = {}
    for row in rows(table, CHANGE_COLUMNS):
        kind = ChangeKind(f"budget_{row.get('kind', 'change')}")
        number = row.get("number", "")
        empty = BudgetChange(
            id=int(number) if kind is ChangeKind.BUDGET_MODIFICATION else 31 + len(found),
            number=number,
            title=row.get("title", "Deeper piles"),
            status=row.get("status", "approved"),
            erp_status="not_in_erp",
            kind=kind,
        )
        change = found.setdefault((number, kind), empty)
        if "amount" in row:
            code = int(row["code"]) if "code" in row else FIRST_CODE + int(row["line"])
            added = Adjustment(wbs_code_id=code, amount=Decimal(amount_text(row["amount"])))
            found[number, kind] = replace(change, adjustments=(*change.adjustments, added))
    return tuple(found.values())


def changed(changes_table: str | tuple[BudgetChange, ...], table: str = LINES, **facts: Any) -> Budget:
    """Make a budget whose column of changes is what its approved changes come to."""
    made = changes(changes_table) if isinstance(changes_table, str) else changes_table
    sums: defaultdict[int | None, Decimal] = defaultdict(lambda: ZERO_DOLLARS)
    for change in made:
        for adjustment in change.adjustments if change.is_approved else ():
            sums[adjustment.wbs_code_id] += adjustment.amount
    own = tuple(replace(line, budget_modifications=sums[line.wbs_code_id]) for line in lines(table))
    return budget(own, changes=made, **facts)


def update(changes_table: str | Budget, on: Estimate | None = None, **asked: Any) -> Proposal:
    """Propose the update of a budget with these changes, on the job that holds its originals already."""
    of = changed(changes_table) if isinstance(changes_table, str) else changes_table
    return propose(of, on if on is not None else estimate(HEADERS, phases=PHASES), kind=Kind.UPDATE, **asked)


def plan_of(proposal: Proposal) -> Plan:
    """Return the plan of a proposal that nothing forbids."""
    assert not proposal.is_blocked, proposal.findings
    assert proposal.plan is not None
    return proposal.plan


def in_vista(order: PlannedChangeOrder) -> ChangeOrder:
    """Return the change order as Vista holds it after it was written."""
    details = tuple(
        ChangeOrderDetail(
            aco_item=item.aco_item,
            phase=line.phase,
            cost_type=line.cost_type,
            um=line.um,
            cost=line.cost,
            month=date.fromisoformat(order.month),
        )
        for item in order.items
        for line in item.lines
    )
    return ChangeOrder(aco=order.aco, is_internal=True, revenue=ZERO_DOLLARS, details=details)


def remembered(orders: Iterable[PlannedChangeOrder], *, undone_by: str = "", **facts: Any) -> PastExports:
    """Return what the journal knows after an export wrote these change orders."""
    exported = {order.aco: ExportedChangeOrder(export_id="exp-1", order=order, undone_by=undone_by) for order in orders}
    return PastExports(**{"last_verified": "exp-1", "change_orders": exported, **facts})
