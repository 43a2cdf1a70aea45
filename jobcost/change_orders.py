"""Approved budget changes as internal change orders of Vista: their numbers, their lines, and which are still to come.

Whether a change was exported is told by the journal and by its number in Vista, never by Procore. Pure and total: every
change of the budget, and every change order that was exported before, ends in exactly one `Fate`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from jobcost.budget import Budget, BudgetChange, BudgetLineItem
from jobcost.config import ExportConfig
from jobcost.estimate import ChangeOrder, Estimate
from jobcost.money import ZERO_DOLLARS, dollars
from jobcost.order_amounts import LineKey, added, amounts_in_vista, amounts_of, less, moving, orders_by_number
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
    # Exported once, and different in Procore now, or gone there: Vista holds what Procore does not.
    MOVED_IN_PROCORE = "moved in Procore"
    # The same, but somebody put the difference right in Vista.
    CORRECTED_IN_VISTA = "corrected in Vista"
    # Exported once, and different in Vista now.
    MOVED_IN_VISTA = "moved in Vista"
    # Exported once, and no longer in Vista.
    GONE_IN_VISTA = "gone in Vista"
    # Exported once, and taken back by an undo.
    TAKEN_BACK = "taken back"
    # Never exported, but Vista has a change order of its number, or another change was exported under it.
    NUMBER_TAKEN = "number taken"


@dataclass(frozen=True, kw_only=True)
class OrderCase:
    """One change order as Procore, the journal and Vista know it; what the change order rules judge."""

    aco: str
    # None for an exported change that Procore does not have any more.
    change: BudgetChange | None
    exported: ExportedChangeOrder | None
    # Another change's change order that was exported under this number.
    holder: ExportedChangeOrder | None = None
    in_vista: ChangeOrder | None
    # Number of a change order that somebody entered in Vista and that is exactly what this one is off by; "" for none.
    corrected_by: str = ""
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
        if self.in_vista is not None or self.holder is not None:
            return Fate.NUMBER_TAKEN
        return Fate.PLANNED if self.change.adjustments else Fate.WITHOUT_AMOUNTS

    def _fate_of_exported(self, exported: ExportedChangeOrder) -> Fate:
        if exported.undone_by:
            return Fate.TAKEN_BACK
        if self.in_vista is None:
            return Fate.GONE_IN_VISTA
        was = amounts_of(exported.order)
        if self.unmatched or self.in_procore != was:
            is_right = self.corrected_by or not (self.unmatched or self.lacking)
            return Fate.CORRECTED_IN_VISTA if is_right else Fate.MOVED_IN_PROCORE
        is_internal = self.in_vista.is_internal and not self.in_vista.revenue
        return Fate.EXPORTED if is_internal and amounts_in_vista(self.in_vista) == was else Fate.MOVED_IN_VISTA

    @property
    def in_procore(self) -> dict[LineKey, Decimal]:
        """What the change is to add to each line as Procore has it now: nothing unless it is approved."""
        return moving(self.amounts) if self.change is not None and self.change.is_approved else {}

    @cached_property
    def lacking(self) -> dict[LineKey, Decimal]:
        """What the change order in Vista lacks of the change in Procore, by line; negative where it has too much."""
        return less(self.in_procore, amounts_in_vista(self.in_vista) if self.in_vista else {})


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
    known = {_source(was): aco for aco, was in sorted(past.change_orders.items()) if is_of_a_change(was)}
    present = {(change.kind.value, change.id): change for change in budget.changes}
    numbered = [
        (known.get((change.kind.value, change.id)) or number_of(change, config.changes), change)
        for change in budget.changes
    ]
    approved = Counter(number_key(aco) for aco, change in numbered if change.is_approved)
    cases = [desk.case(aco, change, approved[number_key(aco)]) for aco, change in numbered]
    cases += [desk.case(aco, None, 0) for source, aco in known.items() if source not in present]
    return with_corrections(sorted(cases, key=_case_order), estimate, past)


def with_corrections(cases: Iterable[OrderCase], estimate: Estimate, past: PastExports) -> tuple[OrderCase, ...]:
    """Find the change orders of Vista, none of ours, that are exactly what Procore's later edits lack there.

    One may correct one change, or all of those that are left together.
    """
    ours = {number_key(aco) for aco in past.change_orders}
    free = {
        aco: amounts_in_vista(order) for aco, order in sorted(orders_by_number(estimate).items()) if aco not in ours
    }
    found: list[OrderCase] = []
    for case in cases:
        corrected_by = _correction(case.lacking, free) if case.fate is Fate.MOVED_IN_PROCORE else ""
        free.pop(corrected_by, None)
        found.append(replace(case, corrected_by=corrected_by))
    left = [case for case in found if case.fate is Fate.MOVED_IN_PROCORE]
    together = _correction(added(*(case.lacking for case in left)), free)
    return tuple(replace(case, corrected_by=together) if case in left else case for case in found)


def left_over(
    cases: Iterable[OrderCase], planned: Iterable[PlannedChangeOrder], estimate: Estimate, past: PastExports
) -> dict[LineKey, Decimal]:
    """Tell by how much our change orders will be off the approved changes that they stand for, by line, US dollars.

    What takes ours back, and what somebody entered to correct them, counts with ours. A change that this export was
    to bring but cannot is not counted: a rule of its own says why.
    """
    new = {order.aco: amounts_of(order) for order in planned}
    in_vista = orders_by_number(estimate)
    numbers = {number_key(aco) for aco in past.change_orders} | {case.corrected_by for case in cases}
    standing = amounts_in_vista(*(order for aco, order in in_vista.items() if aco in numbers))
    sent = [case.in_procore for case in cases if case.exported is not None or case.aco in new]
    return less(added(standing, *new.values()), added(*sent))


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
        self._past = {number_key(aco): was for aco, was in past.change_orders.items()}
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
        was = self._past.get(number_key(aco))
        # The number alone proves nothing: another change may have it by now, in Procore or by another prefix.
        is_own = was is not None and (change is None or _source(was) == (change.kind.value, change.id))
        return OrderCase(
            aco=aco,
            change=change,
            exported=was if is_own else None,
            holder=None if is_own else was,
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


def _correction(lacking: Mapping[LineKey, Decimal], free: Mapping[str, Mapping[LineKey, Decimal]]) -> str:
    return next((aco for aco, amounts in free.items() if lacking and amounts == lacking), "")


def _source(was: ExportedChangeOrder) -> tuple[str, int]:
    return (was.order.source_kind, was.order.source_id)


def _case_order(case: OrderCase) -> tuple[int, str, int, str]:
    # Shorter numbers first: "BC-9" before "BC-10". Changes of one number are told apart by their ids and content.
    return (len(case.aco), case.aco, case.change.id if case.change else 0, repr(case.change))
