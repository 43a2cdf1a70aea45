"""The story of a job's exports as tables: one row for each export, and one line's value over time."""

from collections.abc import Iterable
from decimal import Decimal

from jobcost.history import LinePoint, PastExport
from jobcost.lifecycle import ExportState
from jobcost.money import money_text
from jobcost.plan import Kind
from jobcost.rendering.moments import short_local_text
from jobcost.rendering.tables import Column, Heading, Table, table_of
from jobcost.rendering.wording import short_list, signed_money_text


def history_table(exports: Iterable[PastExport], zone_name: str) -> Table:
    """Lay every export out: what it did to the job's totals."""
    columns: tuple[Column[PastExport], ...] = (
        Column(Heading("Export"), lambda one: one.export_id),
        Column(Heading("Kind"), kind_text),
        Column(Heading("State"), lambda one: _state(one.state) + (", cleared" if one.cleared_by else "")),
        Column(Heading("Sent"), lambda one: short_local_text(one.sent_at, zone_name)),
        Column(Heading("Difference", "right"), lambda one: _total(one, "total_difference", signed=True)),
        Column(Heading("Original after", "right"), lambda one: _total(one, "total_after")),
        Column(Heading("Current after", "right"), lambda one: _total(one, "total_current_after")),
    )
    return table_of(columns, exports)


def history_sentence(of: PastExport) -> str:
    """Say of an export who sent it, who decided, what it brought in change orders, and how its plan is proved."""
    parts = [f"sent by {of.sent_by}", decided_text(of)]
    if change_orders_text(of):
        parts.append(f"change orders {change_orders_text(of)}")
    if of.plan is not None:
        parts.append(f"plan {of.plan.code}, digest {of.plan.digest}")
    return f"{of.export_id}: {'; '.join(part for part in parts if part)}"


def line_table(points: Iterable[LinePoint], zone_name: str) -> Table:
    """Lay a line's value over time out, the oldest export first."""
    columns: tuple[Column[LinePoint], ...] = (
        Column(Heading("Export"), lambda one: one.export_id),
        Column(Heading("State"), lambda one: _state(one.state)),
        Column(Heading("When"), lambda one: short_local_text(one.at, zone_name)),
        Column(Heading("Procore original", "right"), lambda one: _money(one.procore_original)),
        Column(Heading("Procore changes", "right"), lambda one: _money(one.procore_changes)),
        Column(Heading("Vista before", "right"), lambda one: _money(one.original_before, none="no row")),
        Column(Heading("Planned", "right"), lambda one: _money(one.original_after)),
        Column(Heading("Read back", "right"), lambda one: _money(one.read_back)),
        Column(Heading("Changes after", "right"), lambda one: money_text(one.changes_after)),
        Column(Heading("Current after", "right"), lambda one: _money(one.current_after)),
        Column(Heading("Change orders"), _orders_of_line),
    )
    return table_of(columns, points)


def kind_text(of: PastExport) -> str:
    """Name the kind; of an undo also what it takes back."""
    undoes = of.plan.undoes if of.plan else ""
    return f"{of.kind.value} of {undoes}" if of.kind is Kind.UNDO and undoes else of.kind.value


def change_orders_text(of: PastExport) -> str:
    """Name the change orders of an export with their amounts, the first of them."""
    orders = of.plan.change_orders if of.plan else ()
    return short_list(f"{one.aco} {signed_money_text(one.total)}" for one in orders)


def decided_text(of: PastExport) -> str:
    """Say who decided what."""
    counted = [one for one in of.decisions if one.verdict in {"accept", "reject"}]
    return ", ".join(
        f"{one.verdict}ed by {one.approver}" + (f" for {one.deputy_for}" if one.deputy_for else "") for one in counted
    )


def _orders_of_line(point: LinePoint) -> str:
    return short_list(f"{aco} {signed_money_text(amount)}" for aco, amount in point.change_orders)


def _state(state: ExportState) -> str:
    return state.value.replace("_", " ")


def _total(of: PastExport, name: str, *, signed: bool = False) -> str:
    if of.plan is None:
        return ""
    amount: Decimal = getattr(of.plan, name)
    return signed_money_text(amount) if signed else money_text(amount)


def _money(amount: Decimal | None, none: str = "") -> str:
    return none if amount is None else money_text(amount)
