"""Approved budget changes as internal change orders of Vista: their numbers, their lines, and which are still to come.

Whether a change was exported is told by the journal and by its number in Vista, never by Procore. Pure and total: every
change of the budget, and every change order that was exported before, ends in exactly one `Fate`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from jobcost.budget import Budget, BudgetChange, BudgetLineItem
from jobcost.config import ExportConfig
from jobcost.estimate import ChangeOrder, Estimate
from jobcost.money import ZERO_DOLLARS, dollars
from jobcost.order_amounts import LineKey, amounts_in_vista, amounts_of, moving, orders_by_number
from jobcost.order_numbers import number_key, number_of
from jobcost.plan import ChangeOrderItem, ChangeOrderLine, Plan, PlannedChangeOrder, PlannedLine
from jobcost.rules.registry import ExportedChangeOrder, PastExports, is_of_a_change


class Fate(StrEnum):
    """What becomes of a budget change in an update."""

    # It becomes a change order with this export.
    PLANNED = "planned"
    # It stands in Vista as it was exported.
    EXPORTED = "exported"
    # Draft, under review or void: not for Vista.
    PENDING = "pending"
    # Approved, but without any amount.
    WITHOUT_AMOUNTS = "without amounts"
    # Exported once, and different in Procore now, or gone there.
    MOVED_IN_PROCORE = "moved in Procore"
    # Exported once, and different in Vista now.
    MOVED_IN_VISTA = "moved in Vista"
    # Exported once, and no longer in Vista.
    GONE_IN_VISTA = "gone in Vista"
    # Exported once, and taken back by an undo.
    TAKEN_BACK = "taken back"
    # Never exported, but Vista has a change order of its number.
    NUMBER_TAKEN = "number taken"


@dataclass(frozen=True, kw_only=True)
class OrderCase:
    """One change order as Procore, the journal and Vista know it; what the change order rules judge."""

    aco: str
    # None for an exported change that Procore does not have any more.
    change: BudgetChange | None
    exported: ExportedChangeOrder | None
    in_vista: ChangeOrder | None
    # How often the budget has an approved change of this number.
    times: int
    # What the change adds to each line of the plan, US dollars, amounts of one line added up.
    amounts: Mapping[LineKey, Decimal]
    # Budget codes of the change that no line of the plan has: Procore's name of each, where it has one.
    unmatched: tuple[str, ...]
    # The planned lines it adds to, ordered by key.
    lines: tuple[PlannedLine, ...]
    # First day of the month in which the change order would count.
    month: date
    # The start month of each contract item that carries it; None where it has none.
    start_months: Mapping[str, date | None]

    @cached_property
    def fate(self) -> Fate:
        """What becomes of it. The journal decides before Vista does: nothing is ever exported a second time."""
        if self.exported is not None:
            return self._fate_of_exported(self.exported)
        if self.change is None or not self.change.is_approved:
            return Fate.PENDING
        if self.in_vista is not None:
            return Fate.NUMBER_TAKEN
        return Fate.PLANNED if self.change.adjustments else Fate.WITHOUT_AMOUNTS

    def _fate_of_exported(self, exported: ExportedChangeOrder) -> Fate:
        if exported.undone_by:
            return Fate.TAKEN_BACK
        if self.in_vista is None:
            return Fate.GONE_IN_VISTA
        was = amounts_of(exported.order)
        if self.change is None or not self.change.is_approved or self.unmatched or moving(self.amounts) != was:
            return Fate.MOVED_IN_PROCORE
        return Fate.EXPORTED if amounts_in_vista(self.in_vista) == was else Fate.MOVED_IN_VISTA


def order_cases(
    *,
    budget: Budget,
    estimate: Estimate,
    plan: Plan,
    keys_of_codes: Mapping[int, LineKey],
    config: ExportConfig,
    past: PastExports,
    sent_on: date,
) -> tuple[OrderCase, ...]:
    """Put together what each change, and each exported change order, is to be judged by; the order is Procore's never.

    Args:
        budget: the budget with its changes.
        estimate: the job now.
        plan: the plan of the originals, whose lines the changes add to.
        keys_of_codes: the planned line of each exportable budget line, by Procore's budget code.
        config: the company's choices.
        past: what the journal knows.
        sent_on: the day on which the budget was sent.
    """
    desk = _Desk(budget, estimate, plan, keys_of_codes, past, sent_on)
    # A change that was exported under an earlier prefix keeps that number: a new prefix never exports it again.
    known = {
        (was.order.source_kind, was.order.source_id): aco
        for aco, was in sorted(past.change_orders.items())
        if is_of_a_change(was)
    }
    numbered = [
        (known.get((change.kind.value, change.id)) or number_of(change, config.changes), change)
        for change in budget.changes
    ]
    approved = Counter(aco for aco, change in numbered if change.is_approved)
    cases = [desk.case(aco, change, approved[aco]) for aco, change in numbered]
    present = {aco for aco, _ in numbered}
    gone = {aco for aco, was in past.change_orders.items() if is_of_a_change(was)} - present
    cases += [desk.case(aco, None, 0) for aco in gone]
    return tuple(sorted(cases, key=_case_order))


def planned_orders(cases: tuple[OrderCase, ...], sent_on: date) -> tuple[PlannedChangeOrder, ...]:
    """Make the change orders that are still to come. A number that several changes have is planned for none."""
    wanted = (case for case in cases if case.fate is Fate.PLANNED and case.times == 1 and case.lines)
    return tuple(_planned(case, case.change, sent_on) for case in wanted if case.change is not None)


def keys_by_code(lines: Iterable[tuple[BudgetLineItem, LineKey]]) -> dict[int, LineKey]:
    """Index planned lines by Procore's budget code. A code that would mean two of them means none."""
    found: defaultdict[int, set[LineKey]] = defaultdict(set)
    for line, (phase, cost_type) in lines:
        if line.wbs_code_id is not None:
            found[line.wbs_code_id].add((phase.rstrip(" "), cost_type))
    return {code: next(iter(keys)) for code, keys in found.items() if len(keys) == 1}


class _Desk:
    """Everything that is looked up once per change."""

    def __init__(
        self,
        budget: Budget,
        estimate: Estimate,
        plan: Plan,
        keys_of_codes: Mapping[int, LineKey],
        past: PastExports,
        sent_on: date,
    ) -> None:
        self._labels = {line.wbs_code_id: line.label for line in sorted(budget.line_items, key=lambda row: row.label)}
        self._keys = keys_of_codes
        self._planned = {(line.phase.rstrip(" "), line.cost_type): line for line in plan.lines}
        self._in_vista = orders_by_number(estimate)
        self._past = past.change_orders
        self._month = sent_on.replace(day=1)
        self._start_months = {item.item.rstrip(" "): item.start_month for item in estimate.contract_items}

    def case(self, aco: str, change: BudgetChange | None, times: int) -> OrderCase:
        amounts: defaultdict[LineKey, Decimal] = defaultdict(lambda: ZERO_DOLLARS)
        unmatched = set()
        for adjustment in change.adjustments if change else ():
            key = self._key(adjustment.wbs_code_id)
            if key is None:
                unmatched.add(self._code_name(adjustment.wbs_code_id))
            else:
                amounts[key] += adjustment.amount
        lines = tuple(self._planned[key] for key in sorted(amounts))
        return OrderCase(
            aco=aco,
            change=change,
            exported=self._past.get(aco),
            in_vista=self._in_vista.get(number_key(aco)),
            times=times,
            amounts=dict(amounts),
            unmatched=tuple(sorted(unmatched)),
            lines=lines,
            month=self._month,
            start_months={line.item: self._start_months.get(line.item.rstrip(" ")) for line in lines},
        )

    def _key(self, wbs_code_id: int) -> LineKey | None:
        key = self._keys.get(wbs_code_id)
        return key if key in self._planned else None

    def _code_name(self, wbs_code_id: int) -> str:
        return self._labels.get(wbs_code_id, f"budget code {wbs_code_id}")


def _planned(case: OrderCase, change: BudgetChange, sent_on: date) -> PlannedChangeOrder:
    by_item: defaultdict[str, list[ChangeOrderLine]] = defaultdict(list)
    for line in case.lines:
        amount = dollars(case.amounts[line.phase.rstrip(" "), line.cost_type])
        added = ChangeOrderLine(phase=line.phase, cost_type=line.cost_type, um=line.um, cost=amount)
        by_item[line.item].append(added)
    return PlannedChangeOrder(
        aco=case.aco,
        source_kind=change.kind.value,
        source_id=change.id,
        source_number=change.number.strip(),
        title=change.title,
        month=case.month.isoformat(),
        approval_date=sent_on.isoformat(),
        items=tuple(_items(by_item)),
    )


def _items(by_item: Mapping[str, list[ChangeOrderLine]]) -> Iterator[ChangeOrderItem]:
    for number, item in enumerate(sorted(by_item), start=1):
        yield ChangeOrderItem(aco_item=str(number), item=item, lines=tuple(by_item[item]))


def _case_order(case: OrderCase) -> tuple[int, str, int, str]:
    # Shorter numbers first: "BC-9" before "BC-10". Changes of one number are told apart by their ids and content.
    return (len(case.aco), case.aco, case.change.id if case.change else 0, repr(case.change))
