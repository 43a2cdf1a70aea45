"""The invented company every seed starts from: people, units of measure, cost types and budget views."""

from sandbox.procore.company import BudgetColumn, BudgetView, LineItemType, Uom, User
from sandbox.procore.world import World

STANDARD_VIEW = "Procore Standard Budget"
EXPORT_VIEW = "Vista Export"


def empty_world() -> World:
    """Build the company without projects."""
    world = World()
    world.users = [
        _user(901, "Priya Manager", "priya.pm@example.com", "Project Manager"),
        _user(902, "Alex Accountant", "alex.approver@example.com", "Job Cost Accountant", approver=True),
        _user(903, "Blake Controller", "blake.controller@example.com", "Controller", approver=True),
        _user(904, "Casey Site", "casey.site@example.com", "Superintendent"),
        _user(905, "Drew Former", "drew.former@example.com", "Accountant", approver=True, active=False),
    ]
    world.uoms = [
        Uom(id=300 + number, name=name, description=description, category=category)
        for number, (name, description, category) in enumerate(_UOMS)
    ]
    world.line_item_types = {
        200 + number: LineItemType(id=200 + number, code=code, name=name, base_type=base_type, origin_id=code)
        for number, (code, name, base_type) in enumerate(_TYPES)
    }
    world.views = {view.id: view for view in _views()}
    return world


def _user(user_id: int, name: str, email: str, job_title: str, *, approver: bool = False, active: bool = True) -> User:
    first, last = name.split(" ")
    return User(
        id=user_id,
        first_name=first,
        last_name=last,
        email_address=email,
        job_title=job_title,
        erp_integrated_accountant=approver,
        is_active=active,
    )


def _views() -> list[BudgetView]:
    standard = [
        BudgetColumn(
            id="original_budget_amount", name="Original Budget Amount", type="standard", shows="original_budget_amount"
        ),
        BudgetColumn(
            id="budget_modifications", name="Budget Modifications", type="standard", shows="budget_modifications"
        ),
        BudgetColumn(id="90001", name="Revised Budget", type="source", shows="revised_budget"),
    ]
    export = [
        BudgetColumn(id="90011", name="Budgeted Quantity", type="source", shows="quantity"),
        BudgetColumn(id="90012", name="Unit of Measure", type="source", shows="uom"),
        BudgetColumn(id="90013", name="Budgeted Hours", type="source", shows="hours"),
    ]
    return [
        BudgetView(id=501, name=STANDARD_VIEW, description="Amounts only", columns=standard),
        BudgetView(id=502, name=EXPORT_VIEW, description="Amounts, quantities and hours", columns=standard + export),
    ]


_TYPES = (
    ("L", "Labor", "other"),
    ("M", "Materials", "materials"),
    ("S", "Subcontract", "commitment"),
    ("E", "Equipment", "equipment"),
    ("O", "Other", "other"),
)
_UOMS = (
    ("AL", "Allowance", "Other"),
    ("CY", "Cubic yards", "Volume"),
    ("EA", "Each", "Quantity"),
    ("HR", "Hours", "Time"),
    ("LF", "Linear feet", "Length"),
    ("LS", "Lump sum", "Other"),
    ("SF", "Square feet", "Area"),
    ("US SHORT TON", "Short tons of 2,000 pounds", "Weight"),
)
