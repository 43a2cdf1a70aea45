"""A budget that was rejected before: its thread of reasons, and what changed since the rejected version."""

from decimal import Decimal

from jobcost.money import money_text
from jobcost.plan import EstimateValues
from jobcost.rendering.escaping import markdown_text
from jobcost.rendering.moments import local_text
from jobcost.rendering.tables import Column, Heading, Table, markdown_table, table_of
from jobcost.rendering.wording import counted, phase_text, quantity_text, shortened, signed_money_text
from jobcost.revision import ChangeKind, EarlierAttempt, RevisedLine, Revision

# Lines shown above the form and on the review; the totals count them all.
ASKED_LINES_MAX = 8
REVIEWED_LINES_MAX = 200

_NAME_LENGTH_MAX = 24

_KIND_TEXTS = {
    ChangeKind.ADDED: "added",
    ChangeKind.REMOVED: "removed from the budget",
    ChangeKind.CHANGED: "changed",
    ChangeKind.MOVED_IN_VISTA: "only in Vista, moved there",
}


def attempt_text(attempt: EarlierAttempt, zone_name: str) -> str:
    """Say who rejected an earlier version, when and why. Plain text."""
    code = f", plan {attempt.plan_code}" if attempt.plan_code else ""
    return (
        f"{local_text(attempt.rejected_at, zone_name)}, {attempt.rejected_by}: {attempt.reason.strip() or 'no reason'}"
        f" ({attempt.export_id}{code}, sent by {attempt.sent_by})"
    )


def revised_sentence(number: int) -> str:
    """Say how many lines differ from the rejected version.

    >>> revised_sentence(0), revised_sentence(2)
    ('No line differs from the rejected version.', '2 lines differ from the rejected version.')
    """
    if not number:
        return "No line differs from the rejected version."
    return f"{counted(number, 'line differs', 'lines differ')} from the rejected version."


def order_text(aco: str, earlier: Decimal, later: Decimal) -> str:
    """Say how a change order differs from the rejected version.

    >>> order_text("BC-7", Decimal("0.00"), Decimal("1250.00"))
    'Change order BC-7: 0.00 in the rejected version, 1,250.00 now'
    """
    return f"Change order {aco}: {money_text(earlier)} in the rejected version, {money_text(later)} now"


def thread_markdown(thread: tuple[EarlierAttempt, ...], zone_name: str) -> str:
    """List every earlier reason, the oldest first; "" when the budget was never rejected."""
    if not thread:
        return ""
    listed = "\n".join(f"- {markdown_text(attempt_text(attempt, zone_name))}" for attempt in thread)
    times = "" if len(thread) == 1 else f" {len(thread):,} times"
    return f"**This budget was rejected{times} before:**\n\n{listed}"


def revision_markdown(revision: Revision | None, *, lines_max: int, narrow: bool = False) -> str:
    """Show what changed since the rejected version, the largest first; "" when there is nothing to compare with.

    Args:
        revision: the comparison.
        lines_max: how many lines are shown.
        narrow: four narrow columns, for the dialog.
    """
    if revision is None:
        return ""
    moved = (
        f"The job's estimate after the export was {money_text(revision.earlier_total)}, is now"
        f" {money_text(revision.later_total)} ({signed_money_text(revision.difference)})."
    )
    sentence = f"**{revised_sentence(len(revision.lines))}** {moved}"
    if revision.orders:
        sentence += "\n\n" + "\n".join(f"- {markdown_text(order_text(*order))}" for order in revision.orders)
    if not revision.lines:
        return sentence
    table = revision_table(revision, lines_max=lines_max, narrow=narrow)
    rest = len(revision.lines) - len(table.rows)
    more = f"\n\nand {rest:,} more" if rest else ""
    return f"{sentence}\n\n{markdown_table(table)}{more}"


def revision_table(revision: Revision, *, lines_max: int = REVIEWED_LINES_MAX, narrow: bool = False) -> Table:
    """Lay the differing lines out; those that differ by the most dollars first, if not all are shown."""
    lines = revision.lines
    if len(lines) > lines_max:
        lines = tuple(sorted(lines, key=lambda line: -abs(line.difference))[:lines_max])
    return table_of(_NARROW if narrow else _COLUMNS, lines)


def _cost_text(values: EstimateValues | None) -> str:
    return "no row" if values is None else money_text(values.cost)


def _what(line: RevisedLine) -> str:
    return ", ".join([_KIND_TEXTS[line.kind], *_quantities(line)])


def _quantities(line: RevisedLine) -> list[str]:
    """Name what changed besides the cost."""
    if line.kind is not ChangeKind.CHANGED or line.earlier is None or line.later is None:
        return []
    moved = []
    if (line.earlier.units, line.earlier_um) != (line.later.units, line.later_um):
        was = f"{quantity_text(line.earlier.units)} {line.earlier_um}".strip()
        now = f"{quantity_text(line.later.units)} {line.later_um}".strip()
        moved.append(f"units {was or '0'} to {now or '0'}")
    if line.earlier.hours != line.later.hours:
        moved.append(f"hours {quantity_text(line.earlier.hours) or '0'} to {quantity_text(line.later.hours) or '0'}")
    return moved


def line_name(phase: str, cost_type: int, name: str) -> str:
    """Name a line in one narrow column: phase, cost type, and what it is called.

    >>> line_name("0260-   -   ", 2, "Storm drain pipe")
    '0260-   - / 2 Storm drain pipe'
    """
    return f"{phase_text(phase)} / {cost_type} {shortened(name, _NAME_LENGTH_MAX)}".strip()


_COLUMNS: tuple[Column[RevisedLine], ...] = (
    Column(Heading("Vista phase"), lambda line: phase_text(line.phase)),
    Column(Heading("Type", "right"), lambda line: str(line.cost_type)),
    Column(Heading("Rejected version", "right"), lambda line: _cost_text(line.earlier)),
    Column(Heading("This version", "right"), lambda line: _cost_text(line.later)),
    Column(Heading("Difference", "right"), lambda line: signed_money_text(line.difference)),
    Column(Heading("What changed"), _what),
    Column(Heading("Name"), lambda line: line.name),
)
_NARROW: tuple[Column[RevisedLine], ...] = (
    Column(Heading("Line"), lambda line: line_name(line.phase, line.cost_type, line.name)),
    Column(Heading("Rejected", "right"), lambda line: _cost_text(line.earlier)),
    Column(Heading("Now", "right"), lambda line: _cost_text(line.later)),
    Column(Heading("What changed"), _what),
)
