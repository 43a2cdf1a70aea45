"""Rules about budget changes that become change orders in Vista, or were exported as such before."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from jobcost.budget import BudgetLineItem
from jobcost.change_orders import Fate, OrderCase
from jobcost.estimate import ChangeOrder
from jobcost.findings import Severity
from jobcost.money import DOLLARS_MAX, dollars, is_in_whole_cents, money_text
from jobcost.order_amounts import amounts_in_vista, amounts_of, spelled_amounts
from jobcost.order_numbers import ACO_LENGTH_MAX
from jobcost.plan import PlannedLine
from jobcost.rules.registry import Problem, Rule, rule

_PUT_IT_BACK = (
    "What was exported is never rewritten. Either put the change back in Procore as it was exported (approve it again)"
    " and make a new one for the difference; or enter a change order of exactly the difference in Vista (JC Change"
    " Orders)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChangesCase:
    """A budget line, and the approved changes that Procore lists for it."""

    line: BudgetLineItem
    # Sum of the amounts of its approved changes, US dollars.
    listed: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentCase:
    """A planned line with the Current Estimate that it would have."""

    line: PlannedLine
    # Original Estimate and all change orders after the export, US dollars.
    current: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisedCase:
    """A line of the job on which our change orders will not be the changes that they stand for. US dollars."""

    # Original Estimate and all change orders in Vista after the export.
    current: Decimal
    # Original and approved changes in Procore.
    revised: Decimal
    # What our change orders come to beyond the changes.
    off: Decimal


@rule(
    "change-order-number",
    Severity.BLOCK,
    way_out="Shorten the prefix under [changes] in the configuration before the first change is exported, or give the"
    " change a shorter number of its own in Procore.",
)
def change_order_number(case: OrderCase) -> Iterator[Problem]:
    """The change's number cannot be the number of a change order: too long, missing, or the number of two changes."""
    if case.fate is not Fate.PLANNED or case.change is None:
        return
    if len(case.aco) > ACO_LENGTH_MAX:
        yield Problem("The number is too long.", f"at most {ACO_LENGTH_MAX} characters", f"{case.aco!r}")
    if not case.change.number.strip():
        yield Problem("The change has no number.", "a number of its own", "none")
    if not (case.aco.isascii() and case.aco.isprintable()):
        yield Problem("The number cannot be kept.", "plain letters, digits and signs", ascii(case.aco))
    if case.times > 1:
        yield Problem("Several changes have this number.", "one change of each number", f"{case.times}")


@rule(
    "change-order-number-taken",
    Severity.BLOCK,
    way_out="Find out in Vista (JC Change Orders) what it is. If no export wrote it, give it another number there; else"
    " give the change another number in Procore, or choose another prefix under [changes] in the configuration.",
)
def change_order_number_taken(case: OrderCase) -> Iterator[Problem]:
    """Vista has a change order of this number that is not of this change: another change's, or one typed in by hand."""
    if case.fate is not Fate.NUMBER_TAKEN:
        return
    if case.holder is not None:
        order = case.holder.order
        source = f"{_KINDS.get(order.source_kind, order.source_kind)} {order.source_number} (id {order.source_id})"
        found = f"exported with {case.holder.export_id} for {source}"
        yield Problem("The number is that of another change.", "a free number", found)
    elif case.in_vista is not None:
        yield Problem(
            "The change order's number is taken.", "a free number", spelled_amounts(amounts_in_vista(case.in_vista))
        )


@rule(
    "change-without-line",
    Severity.BLOCK,
    way_out="Add the budget code to the budget in Procore, or correct what keeps its line from being exported.",
)
def change_without_line(case: OrderCase) -> Iterator[Problem]:
    """An approved change moves a budget code that no exportable line of the budget has."""
    if case.fate is Fate.PLANNED:
        for code in case.unmatched:
            yield Problem("The change moves a code that is not exported.", "a line of the budget", code)


@rule(
    "change-amount",
    Severity.BLOCK,
    way_out="Correct the amount with a new budget change in Procore; an approved one cannot be edited.",
)
def change_amount(case: OrderCase) -> Iterator[Problem]:
    """An amount of the change has a fraction of a cent, or is beyond what Vista's dollar fields hold."""
    if case.fate is not Fate.PLANNED:
        return
    for (phase, cost_type), amount in sorted(case.amounts.items()):
        where = f"{place(case)}, phase {phase} cost type {cost_type}"
        if not is_in_whole_cents(amount):
            yield Problem("The amount cannot be kept.", "whole cents", str(amount), where)
        if abs(dollars(amount)) > DOLLARS_MAX:
            yield Problem("The amount is too large.", f"at most {money_text(DOLLARS_MAX)}", money_text(amount), where)


@rule(
    "change-order-month",
    Severity.BLOCK,
    way_out="Correct the start month of the contract item in Vista (JC Contract Items), or send again later.",
)
def change_order_month(case: OrderCase) -> Iterator[Problem]:
    """The change order would count in a month before its contract item starts, and Vista takes none there."""
    if case.fate is Fate.PLANNED:
        yield from month_problems(case.month, case.start_months)


@rule("changed-after-export", Severity.BLOCK, way_out=_PUT_IT_BACK)
def changed_after_export(case: OrderCase) -> Iterator[Problem]:
    """An exported change is different in Procore now, not approved any more, or gone. Vista keeps what it got.

    Nothing is exported on top of it: a change that was made in its place would count twice.
    """
    if case.fate is Fate.MOVED_IN_PROCORE and case.exported is not None:
        off = f"; the difference: {spelled_amounts(case.lacking)}" if case.lacking else ""
        yield Problem("The change is different in Procore now.", _as_exported(case), f"{_now_in_procore(case)}{off}")


@rule("corrected-after-export", Severity.NOTE, way_out="Nothing to do: the two agree.")
def corrected_after_export(case: OrderCase) -> Iterator[Problem]:
    """An exported change is different in Procore now, and a change order in Vista makes up for exactly that."""
    if case.fate is Fate.CORRECTED_IN_VISTA:
        by = f"by change order {case.corrected_by}" if case.corrected_by else "in the change order itself"
        found = f"{_now_in_procore(case)}, put right in Vista {by}"
        yield Problem("The change is different in Procore now.", _as_exported(case), found)


@rule(
    "change-order-gone",
    Severity.WARNING,
    way_out="Find out who deleted it in Vista. It is never written again; if it is to count, enter it in Vista (JC"
    " Change Orders), or make it void in Procore and a new one in its place.",
)
def change_order_gone(case: OrderCase) -> Iterator[Problem]:
    """A change order that was exported is no longer in Vista."""
    if case.fate is Fate.GONE_IN_VISTA and case.exported is not None:
        yield Problem("The change order is gone in Vista.", _as_exported(case), "none")


@rule(
    "change-order-moved",
    Severity.WARNING,
    way_out="Find out who changed it in Vista (JC Change Orders), and have it put right there; it is never rewritten.",
)
def change_order_moved(case: OrderCase) -> Iterator[Problem]:
    """A change order that was exported has other amounts in Vista now, is external there, or moves revenue."""
    if case.fate is Fate.MOVED_IN_VISTA and case.exported is not None and case.in_vista is not None:
        yield Problem("The change order was altered in Vista.", _as_exported(case), _now_in_vista(case.in_vista))


@rule(
    "change-taken-back",
    Severity.NOTE,
    way_out="Nothing to do if it was meant; to export it after all, make it void in Procore and a new one in its"
    " place.",
)
def change_taken_back(case: OrderCase) -> Iterator[Problem]:
    """The change was exported and taken back by an undo. It is not exported a second time."""
    if case.fate is Fate.TAKEN_BACK and case.exported is not None:
        yield Problem("The change is not sent again.", "a change that stands", f"undone by {case.exported.undone_by}")


@rule(
    "change-not-sent", Severity.NOTE, way_out="Approve the change in Procore if it is to be sent with the next update."
)
def change_not_sent(case: OrderCase) -> Iterator[Problem]:
    """The change is a draft, under review or void. Only approved changes are sent."""
    if case.fate is Fate.PENDING and case.change is not None:
        yield Problem("The change is not sent.", "an approved change", case.change.status.replace("_", " "))


@rule("change-without-amounts", Severity.NOTE, way_out="Nothing to do: a change without amounts moves no estimate.")
def change_without_amounts(case: OrderCase) -> Iterator[Problem]:
    """The change is approved, but moves no budget code: there is nothing to write."""
    if case.fate is Fate.WITHOUT_AMOUNTS:
        yield Problem("The change has no amounts.", "some amount", "none")


@rule(
    "changes-do-not-add-up",
    Severity.BLOCK,
    way_out="Send again: a change may have been approved while the budget was read. If it stays, find the missing"
    " change in Procore's Budget tool.",
)
def changes_do_not_add_up(case: LineChangesCase) -> Iterator[Problem]:
    """The approved changes that Procore lists for a line are not what its budget column says."""
    column = case.line.budget_modifications
    if column != case.listed:
        yield Problem("The line's changes do not add up.", f"{column:,f} as in the budget", f"{case.listed:,f} in all")


@rule("current-too-large", Severity.BLOCK, way_out="Split the change over several lines in Procore.")
def current_too_large(case: CurrentCase) -> Iterator[Problem]:
    """The line's original and change orders together are beyond what Vista's dollar fields hold."""
    if abs(case.current) > DOLLARS_MAX:
        found = money_text(case.current)
        yield Problem("The Current Estimate is too large.", f"at most {money_text(DOLLARS_MAX)}", found)


@rule(
    "current-not-as-revised",
    Severity.WARNING,
    way_out="Put right what the findings about exported changes name. Until then reconcile shows the line, too.",
)
def current_not_as_revised(case: RevisedCase) -> Iterator[Problem]:
    """After the export, change orders of ours would make the line's Current Estimate differ from the revised budget."""
    if case.current != case.revised:
        found = f"Current Estimate {money_text(case.current)}, our change orders off by {money_text(case.off)}"
        yield Problem("Vista would not hold Procore's revised budget.", f"revised {money_text(case.revised)}", found)


def place(case: OrderCase) -> str:
    """Name a change for people."""
    if case.change is None:
        return f"Change order {case.aco}"
    title = f", {case.change.title}" if case.change.title.strip() else ""
    return f"Change order {case.aco} ({_KINDS[case.change.kind.value]} {case.change.number.strip()}{title})"


def month_problems(month: date, start_months: Mapping[str, date | None]) -> Iterator[Problem]:
    """Name the contract items that do not take a change order of this month."""
    for item, start in sorted(start_months.items()):
        if start is not None and start > month:
            what = "The month is before the contract item starts."
            yield Problem(what, f"{start:%Y-%m} or later for item {item.strip()}", month.isoformat()[:7])


_KINDS = {"budget_change": "budget change", "budget_modification": "budget modification"}


def _as_exported(case: OrderCase) -> str:
    if case.exported is None:
        return "never exported"
    return f"as exported with {case.exported.export_id}: {spelled_amounts(amounts_of(case.exported.order))}"


def _now_in_vista(order: ChangeOrder) -> str:
    external = "" if order.is_internal else ", external"
    revenue = f", revenue of {money_text(order.revenue)}" if order.revenue else ""
    return f"{spelled_amounts(amounts_in_vista(order))}{external}{revenue}"


def _now_in_procore(case: OrderCase) -> str:
    if case.change is None:
        return "no such change"
    if not case.change.is_approved:
        return f"status {case.change.status.replace('_', ' ')}"
    elsewhere = f", and codes that are not exported: {', '.join(case.unmatched)}" if case.unmatched else ""
    return spelled_amounts(case.amounts) + elsewhere


ORDER_RULES: tuple[Rule[OrderCase], ...] = (
    change_order_number,
    change_order_number_taken,
    change_without_line,
    change_amount,
    change_order_month,
    changed_after_export,
    corrected_after_export,
    change_order_gone,
    change_order_moved,
    change_taken_back,
    change_not_sent,
    change_without_amounts,
)
# What is judged where changes are folded into the original.
FOLD_RULES: tuple[Rule[OrderCase], ...] = (change_without_line, change_not_sent)
LINE_CHANGES_RULES: tuple[Rule[LineChangesCase], ...] = (changes_do_not_add_up,)
CURRENT_RULES: tuple[Rule[CurrentCase], ...] = (current_too_large,)
REVISED_RULES: tuple[Rule[RevisedCase], ...] = (current_not_as_revised,)
