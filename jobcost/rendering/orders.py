"""Budget changes for the approver: what becomes of them, each change order, what is not sent, and deleted lines."""

from collections.abc import Iterable
from dataclasses import dataclass

from jobcost.findings import Finding
from jobcost.money import ZERO_DOLLARS, money_text
from jobcost.plan import ChangeOrderLine, ChangePolicy, Kind, Plan, PlannedChangeOrder, PlannedLine
from jobcost.rendering.escaping import markdown_text
from jobcost.rendering.tables import Column, Heading, Table, markdown_table, table_of
from jobcost.rendering.wording import counted, phase_text, shortened, signed_money_text

# What a page has room for.
TITLE_LENGTH_MAX = 40
ORDERS_SHOWN_MAX = 50
ORDER_LINES_SHOWN_MAX = 200
DELETED_SHOWN_MAX = 50

# Findings of these rules are changes that stay where they are.
_NOT_SENT = frozenset({"change-not-sent", "change-without-amounts", "change-taken-back"})

_POLICIES = {
    ChangePolicy.CHANGE_ORDERS: (
        "Approved budget changes are sent as internal change orders: they move the Current Estimate, never the Original"
        " Estimate, and each is sent once for ever."
    ),
    ChangePolicy.FOLD_INTO_ORIGINAL: (
        "Budget changes are folded into the Original Estimate: it becomes the revised budget. No change orders are"
        " sent."
    ),
    ChangePolicy.OFF: "Budget changes are not exported: the Original Estimate is the original budget alone.",
}
_LATER = (
    "Budget changes are shown for information: this export writes the original budget alone, as Vista's Original"
    " Estimate. Approved changes follow as change orders with an update."
)
_SHORT_POLICIES = {
    ChangePolicy.CHANGE_ORDERS: "sent as change orders",
    ChangePolicy.FOLD_INTO_ORIGINAL: "folded into the Original Estimate",
    ChangePolicy.OFF: "not exported",
}


@dataclass(frozen=True, slots=True)
class _OrderLineRow:
    order: PlannedChangeOrder
    line: ChangeOrderLine


def policy_sentence(plan: Plan) -> str:
    """Say which policy for budget changes is in force. Plain text."""
    if plan.kind is Kind.UNDO:
        return "An undo sends nothing of Procore's budget: it restores what Vista held before."
    return _POLICIES[ChangePolicy(plan.change_policy)] if plan.change_policy else _LATER


def short_policy(plan: Plan) -> str:
    """Say the same in few words; "" where the export has nothing to do with budget changes."""
    return _SHORT_POLICIES[ChangePolicy(plan.change_policy)] if plan.change_policy else ""


def moves_current(plan: Plan) -> bool:
    """Change orders stand on the job, or come with this export: original and Current Estimate are then two figures."""
    return bool(plan.change_orders or plan.changes_before)


def current_table(plan: Plan) -> Table:
    """Show the job's Current Estimate before and after."""
    rows = (
        ("Vista now", money_text(plan.total_current_before)),
        ("Vista after the export", money_text(plan.total_current_after)),
        ("Difference", signed_money_text(plan.total_current_after - plan.total_current_before)),
        ("Change orders in Vista now", money_text(plan.total_changes_before)),
        ("Change orders of this export", signed_money_text(plan.total_change_orders)),
    )
    return Table(headings=(Heading("Current Estimate of the job"), Heading("Amount", "right")), rows=rows)


def orders_tables(plan: Plan) -> tuple[Table, ...]:
    """Return the change orders of the export and their lines, for a terminal; nothing without any."""
    if not plan.change_orders:
        return ()
    rows = (_OrderLineRow(order, line) for order in plan.change_orders for line in order.lines)
    return table_of(_ORDER_COLUMNS, plan.change_orders), table_of(_LINE_COLUMNS, rows)


def orders_markdown(plan: Plan, findings: Iterable[Finding]) -> str:
    """Show every change order of the export with its lines, and what is not sent; "" when there is neither."""
    parts = []
    if plan.change_orders:
        shown = plan.change_orders[:ORDERS_SHOWN_MAX]
        hidden = len(plan.change_orders) - len(shown)
        more = f" The first {len(shown)} are shown; every line is in the CSV." if hidden else ""
        total = signed_money_text(plan.total_change_orders)
        number = counted(len(plan.change_orders), "internal change order is", "internal change orders are")
        parts.append(f"{number} added, {total} in all. Their revenue part is zero.{more}")
        parts.append(markdown_table(table_of(_ORDER_COLUMNS, shown)))
        rows = [_OrderLineRow(order, line) for order in shown for line in order.lines]
        parts.append(markdown_table(table_of(_LINE_COLUMNS, rows[:ORDER_LINES_SHOWN_MAX])))
    kept = [finding for finding in findings if finding.rule in _NOT_SENT]
    if kept:
        listed = "\n".join(f"- {markdown_text(f'{row.where}: {row.found}')}" for row in kept)
        parts.append(f"**Not sent:**\n\n{listed}")
    return "\n\n".join(["## Change orders", *parts]) if parts else ""


def short_orders_markdown(plan: Plan, most: int) -> str:
    """List the change orders that move the most, for the dialog; "" without any."""
    if not plan.change_orders:
        return ""
    largest = sorted(plan.change_orders, key=lambda order: -abs(order.total))[:most]
    title = f"The {len(largest)} largest of {counted(len(plan.change_orders), 'change order')}:"
    title = title if len(plan.change_orders) > len(largest) else "Change orders:"
    return f"{title}\n\n{markdown_table(table_of(_SHORT_ORDER_COLUMNS, largest))}"


def deleted_markdown(plan: Plan) -> str:
    """Show the lines that Procore does not have any more, and what becomes of them; "" without any."""
    if not plan.deleted:
        return ""
    rows = plan.deleted[:DELETED_SHOWN_MAX]
    more = f"\n\nand {len(plan.deleted) - len(rows):,} more" if len(plan.deleted) > len(rows) else ""
    return (
        f"## Deleted in Procore\n\n{markdown_text(deleted_sentence(plan))} Nothing is deleted in Vista.\n\n"
        f"{markdown_table(table_of(_DELETED_COLUMNS, rows))}{more}"
    )


def deleted_sentence(plan: Plan) -> str:
    """Say what becomes of deleted lines, by the approver's choice; "" without any. Plain text."""
    if not plan.deleted:
        return ""
    total = money_text(sum((line.cost_before for line in plan.deleted), ZERO_DOLLARS))
    zeroed = money_text(plan.with_zeroing().total_after)
    are_kept = "line was deleted in Procore, {} in all. It is", "lines were deleted in Procore, {} in all. They are"
    number = counted(len(plan.deleted), *are_kept).replace("{}", total)
    return (
        f"{number} kept unless you choose Set to zero; the job's Original Estimate would then become {zeroed} instead"
        f" of {money_text(plan.total_after)}."
    )


def _title(order: PlannedChangeOrder) -> str:
    return shortened(order.title, TITLE_LENGTH_MAX)


def _source(order: PlannedChangeOrder) -> str:
    """Name where it comes from as the accountant finds it."""
    match order.source_kind:
        case "budget_change":
            return f"budget change {order.source_number}"
        case "budget_modification":
            return f"budget modification {order.source_number}"
        case _:
            return f"takes back {order.source_number}"


def _deleted_name(line: PlannedLine) -> str:
    return shortened(line.phase_description, TITLE_LENGTH_MAX)


_ORDER_COLUMNS: tuple[Column[PlannedChangeOrder], ...] = (
    Column(Heading("Change order"), lambda order: order.aco),
    Column(Heading("From"), _source),
    Column(Heading("Title"), _title),
    Column(Heading("Month"), lambda order: order.month[:7]),
    Column(Heading("Lines", "right"), lambda order: str(len(order.lines))),
    Column(Heading("Amount", "right"), lambda order: signed_money_text(order.total)),
)
_SHORT_ORDER_COLUMNS: tuple[Column[PlannedChangeOrder], ...] = (
    Column(Heading("Change order"), lambda order: order.aco),
    Column(Heading("Title"), _title),
    Column(Heading("Month"), lambda order: order.month[:7]),
    Column(Heading("Amount", "right"), lambda order: signed_money_text(order.total)),
)
_LINE_COLUMNS: tuple[Column[_OrderLineRow], ...] = (
    Column(Heading("Change order"), lambda row: row.order.aco),
    Column(Heading("Vista phase"), lambda row: phase_text(row.line.phase)),
    Column(Heading("Type", "right"), lambda row: str(row.line.cost_type)),
    Column(Heading("Amount", "right"), lambda row: signed_money_text(row.line.cost)),
)
_DELETED_COLUMNS: tuple[Column[PlannedLine], ...] = (
    Column(Heading("Vista phase"), lambda line: phase_text(line.phase)),
    Column(Heading("Type", "right"), lambda line: str(line.cost_type)),
    Column(Heading("Vista now", "right"), lambda line: money_text(line.cost_before)),
    Column(Heading("Name"), _deleted_name),
)
