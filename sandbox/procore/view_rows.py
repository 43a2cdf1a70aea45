"""Rows of a budget view: one for each budget line, and one without id for each unbudgeted code."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.procore.budget_rules import is_deletable, moved_amounts
from sandbox.procore.company import BudgetView
from sandbox.procore.cost_codes import biller_of
from sandbox.procore.wire import decimal_text
from sandbox.procore.world import BudgetLine, Project, UnbudgetedRow, World

NOTHING = Decimal("0.00")


@dataclass(slots=True)
class RowWriter:
    """Writes one project's rows in one view; sums over the project are made once."""

    world: World
    project: Project
    view: BudgetView
    moved: dict[int, Decimal] = field(init=False)

    def __post_init__(self) -> None:
        """Sum the modifications."""
        self.moved = moved_amounts(self.project)

    def detail(self, entry: BudgetLine | UnbudgetedRow) -> dict[str, Any]:
        """Write a detail row: amounts are text, and each visible column of the view adds its key."""
        wbs_code = self.project.wbs_codes[entry.wbs_code_id]
        cost_code = self.project.cost_codes[wbs_code.cost_code_id]
        kind = self.world.line_item_types[wbs_code.line_item_type_id]
        root = self.project.cost_codes[cost_code.parent_id or cost_code.id]
        biller_id, biller, biller_type, _ = biller_of(self.project, cost_code)
        line = entry if isinstance(entry, BudgetLine) else None
        original, modifications = self.amounts(entry)
        revised = decimal_text(original + modifications)
        row = {
            "id": line.id if line else None,
            "deletable": line is not None and is_deletable(self.project, line, self.moved),
            "company_id": self.world.company.id,
            "company": self.world.company.name,
            "project_id": self.project.id,
            "wbs_code_id": wbs_code.id,
            "biller_id": biller_id,
            "root_cost_code_id": root.id,
            "cost_code_id": cost_code.id,
            "cost_code_origin_id": cost_code.origin_id,
            "category_id": kind.id,
            "project": self.project.name,
            "biller": biller,
            "biller_type": biller_type,
            "root_cost_code": f"{root.full_code} - {root.name}",
            "cost_code": f"{cost_code.full_code} - {cost_code.name}",
            "category": kind.name,
            "budget_modifications": decimal_text(modifications),
            "original_budget_amount": decimal_text(original),
            "budget_forecast": {
                "id": None,
                "manual_amount": None,
                "automatic_amount": revised,
                "amount": revised,
                "automatically_calculated": True,
                "calculation_strategy": "automatic",
                "notes": None,
            },
            "currency_configuration": {"currency_iso_code": self.world.company.currency_iso_code},
            "unbudgeted_reason": None if isinstance(entry, BudgetLine) else entry.reason,
        }
        for column in self.view.columns:
            # A standard column shows a value that every row has already, under its own name.
            if column.id not in row:
                row[column.id] = revised if column.shows == "revised_budget" else _shown(line, column.shows)
        return row

    def amounts(self, entry: BudgetLine | UnbudgetedRow) -> tuple[Decimal, Decimal]:
        """Tell the original amount and what was moved since."""
        if isinstance(entry, UnbudgetedRow):
            return NOTHING, entry.budget_modifications
        return entry.original_budget_amount, self.moved.get(entry.wbs_code_id, NOTHING)

    def summaries(self, entries: list[BudgetLine | UnbudgetedRow], group_by: str) -> list[dict[str, Any]]:
        """Write summary rows: the amounts of the entries added up by one property of their rows."""
        rows: dict[str, dict[str, Any]] = {}
        sums: dict[str, list[Decimal]] = {}
        for entry in entries:
            row = self.detail(entry)
            key = str(row[_ID_OF.get(group_by, group_by)])
            rows.setdefault(key, row)
            for number, amount in enumerate(self.amounts(entry)):
                sums.setdefault(key, [NOTHING, NOTHING])[number] += amount
        name_key = group_by.removesuffix("_name")
        return [
            {
                "id": key,
                "name": row[name_key],
                "biller_type": row["biller_type"],
                "original_budget_amount": decimal_text(sums[key][0]),
                "budget_modifications": decimal_text(sums[key][1]),
                "budget_forecast": {"amount": decimal_text(sum(sums[key], NOTHING))},
                "currency_configuration": row["currency_configuration"],
            }
            for key, row in rows.items()
        ]


_ID_OF = {
    "project": "project_id",
    "biller": "biller_id",
    "category": "category_id",
    "cost_code": "cost_code_id",
    "root_cost_code": "root_cost_code_id",
    "cost_code_name": "cost_code",
    "root_cost_code_name": "root_cost_code",
}
GROUPS = tuple(_ID_OF)


def _shown(line: BudgetLine | None, name: str) -> str | None:
    match None if line is None else getattr(line, name):
        case None:
            return None
        case Decimal() as number:
            return decimal_text(number)
        case text:
            return str(text)
