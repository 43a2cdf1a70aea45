"""The change orders of a verified export for people: a tick or a cross each."""

from jobcost.order_check import VerifiedOrder
from jobcost.plan import Plan
from jobcost.rendering.escaping import markdown_text
from jobcost.rendering.tables import Column, Heading, markdown_table, table_of
from jobcost.rendering.wording import short_list, signed_money_text
from jobcost.verification import Verification

TICK = "✓"
CROSS = "✗"

# Change orders shown on a page; wrong ones come first.
ORDERS_SHOWN_MAX = 200


def order_numbers(plan: Plan) -> str:
    """Name the change orders of a plan in Markdown, at most a few."""
    return markdown_text(short_list(order.aco for order in plan.change_orders))


def verified_orders_markdown(verification: Verification) -> str:
    """Show each change order of the plan beside what was read back; "" without any."""
    if not verification.change_orders:
        return ""
    in_order = sorted(verification.change_orders, key=lambda order: order.is_right)
    table = markdown_table(table_of(_ORDER_COLUMNS, in_order[:ORDERS_SHOWN_MAX]))
    wrong = len(verification.wrong_orders)
    return f"## Change orders\n\n{wrong:,} wrong, {len(in_order) - wrong:,} right; wrong ones come first.\n\n{table}"


_ORDER_COLUMNS: tuple[Column[VerifiedOrder], ...] = (
    Column(Heading("Right"), lambda order: TICK if order.is_right else CROSS),
    Column(Heading("Change order"), lambda order: order.aco),
    Column(Heading("Expected", "right"), lambda order: signed_money_text(order.expected)),
    Column(Heading("Found in Vista", "right"), lambda order: signed_money_text(order.found)),
    Column(Heading("What is wrong"), lambda order: "; ".join(order.problems)),
)
