"""The worlds the sandbox can start with.

`public_works`: project 1164, the 69 base bid items of a published contract as its locked budget (`sandbox/data`).
`generated:<n>`: project 7000, job GEN-0001, n lines by rule (see `generated_world`).
`empty`: the company, its people and lists, no project.
"""

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from sandbox.procore.seed_company import empty_world
from sandbox.procore.world import (
    AdjustmentLine,
    BudgetChange,
    BudgetLine,
    CostCode,
    Project,
    WbsCode,
    World,
    rounded,
)

PUBLIC_WORKS_FILE = Path(__file__).parent.parent / "data" / "public_works_1164I_schedule_of_values.csv"
PUBLIC_WORKS_ID = 1164
GENERATED_ID = 7000
GENERATED_TYPES = "LMSEO"

# Where a change order's row moves money: an existing bid item, or a code that is not in the base budget. Rows without
# a bid item of their own get a code of order and potential change order that fits the job's phases (5-3-3 characters).
CHANGED_CODES = {
    "CO-01 - PCO-01 - R-09": "R-9",
    "CO-01 - PCO-01 - R-12": "R-12",
    "CO-01 - PCO-01 - R-19": "R-19",
    "CO-01 - PCO-01 - R-23": "R-23",
    "CO-01 - PCO-01 - R-24": "R-24",
    "CO-02 - PCO-02": "CO-02-002",
    "CO-02 - PCO-03": "CO-02-003",
}


def world_from(seed: str) -> World:
    """Build the world a seed names: public_works, empty or generated:<lines>.

    Raises:
        ValueError: for any other name.
    """
    name, _, size = seed.partition(":")
    if name == "generated" and size.isdecimal():
        return generated_world(int(size))
    makers: dict[str, Callable[[], World]] = {"public_works": public_works_world, "empty": empty_world}
    if seed not in makers:
        raise ValueError(f"seed: expected public_works, empty or generated:<lines>, found {seed!r}")
    return makers[seed]()


def public_works_world() -> World:
    """Build project 1164 from the published schedule of values, with its change orders kept for later."""
    world = empty_world()
    project = Project(
        id=PUBLIC_WORKS_ID,
        name="Public Works 1164I",
        project_number="1164I-001",
        origin_id="1164I-001",
        origin_code="1164I-001",
    )
    world.projects[project.id] = project
    with PUBLIC_WORKS_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    changes = [row for row in rows if row["bid_item"] in CHANGED_CODES]
    for row in rows:
        if row not in changes:
            code = row["bid_item"]
            wbs_code = add_code(world, project, code, row["description"], "O" if code.startswith("G-") else "S")
            _add_published_line(world, project, wbs_code, row)
    _keep_change_orders(world, project, changes)
    _draft_a_change(world, project)
    return world


def generated_world(lines: int) -> World:
    """Build project 7000 with `lines` budget lines by rule; line i counts from 1.

    Cost code: f"{(i-1)//900+1000:04d}-{(i-1)%900+100:03d}" (as a phase: 4 and 3 digits). Cost type: L, M, S, E, O in
    turn, line 1 is L. Amount: (i*137 % 100000) dollars and (i % 100) cents. Name: "Generated item i". Quantity 1 LS;
    lines of labour have i % 80 hours.
    """
    world = empty_world()
    project = Project(
        id=GENERATED_ID,
        name="Generated project",
        project_number="GEN-0001",
        origin_id="GEN-0001",
        origin_code="GEN-0001",
    )
    world.projects[project.id] = project
    for i in range(1, lines + 1):
        kind = GENERATED_TYPES[(i - 1) % len(GENERATED_TYPES)]
        code = f"{(i - 1) // 900 + 1000:04d}-{(i - 1) % 900 + 100:03d}"
        amount = Decimal(i * 137 % 100000) + Decimal(i % 100).scaleb(-2)
        wbs_code = add_code(world, project, code, f"Generated item {i}", kind)
        line = BudgetLine(id=world.new_id(), wbs_code_id=wbs_code.id, original_budget_amount=amount)
        line.uom, line.quantity, line.unit_cost = "LS", Decimal(1), amount
        line.hours = Decimal(i % 80) if kind == "L" else None
        project.lines[line.id] = line
    return world


def add_code(world: World, project: Project, code: str, name: str, kind: str) -> WbsCode:
    """Add a cost code and its budget code with one cost type (by its letter) to a project."""
    line_item_type = next(known for known in world.line_item_types.values() if known.code == kind)
    cost_code = CostCode(
        id=world.new_id(),
        code=code,
        full_code=code,
        name=name,
        position=len(project.cost_codes) + 1,
        origin_id=code.strip(),
    )
    project.cost_codes[cost_code.id] = cost_code
    wbs_code = WbsCode(
        id=world.new_id(),
        cost_code_id=cost_code.id,
        line_item_type_id=line_item_type.id,
        flat_code=f"{code}.{kind}",
        description=name,
    )
    project.wbs_codes[wbs_code.id] = wbs_code
    return wbs_code


def _add_published_line(world: World, project: Project, wbs_code: WbsCode, row: dict[str, str]) -> None:
    quantity, unit_cost = Decimal(row["quantity"]), Decimal(row["unit_price"])
    line = BudgetLine(id=world.new_id(), wbs_code_id=wbs_code.id, original_budget_amount=rounded(quantity * unit_cost))
    line.uom, line.quantity, line.unit_cost = row["unit"], quantity, unit_cost
    line.calculation_strategy = "automatic"
    project.lines[line.id] = line


def _keep_change_orders(world: World, project: Project, rows: list[dict[str, str]]) -> None:
    """Keep the published change orders as budget changes to be made later; their new codes exist, unbudgeted."""
    wbs_codes = {wbs_code.flat_code: wbs_code for wbs_code in project.wbs_codes.values()}
    for number, order in enumerate(("CO-01", "CO-02"), start=2):
        change = BudgetChange(id=0, number=number, title=f"Change order {order}", status="approved")
        for row in rows:
            if not row["bid_item"].startswith(order):
                continue
            code = CHANGED_CODES[row["bid_item"]]
            wbs_code = wbs_codes.get(f"{code}.S") or add_code(world, project, code, row["description"], "S")
            quantity, unit_cost = Decimal(row["quantity"]), Decimal(row["unit_price"])
            line = AdjustmentLine(
                id=0, wbs_code_id=wbs_code.id, type="change_event", amount=rounded(quantity * unit_cost)
            )
            line.adjustment_number = len(change.adjustments) + 1
            line.description, line.ref = row["description"], row["bid_item"]
            line.uom, line.quantity, line.unit_cost = row["unit"], quantity, unit_cost
            change.adjustments.append(line)
        world.later_changes.append(change)


def _draft_a_change(world: World, project: Project) -> None:
    change = BudgetChange(id=world.new_id(), number=1, title="Casting adjustments, to be agreed", status="draft")
    for code, kind, amount in (("R-18", "change_event", "1000.00"), ("R-19", "budget_change", "-1000.00")):
        change.adjustments.append(
            AdjustmentLine(
                id=world.new_id(), wbs_code_id=project.line(code).wbs_code_id, type=kind, amount=Decimal(amount)
            )
        )
    project.changes[change.id] = change
