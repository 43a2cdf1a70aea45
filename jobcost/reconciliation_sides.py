"""Make the three sides of a reconciliation from what was read: the budget, the job, and the plans of our exports."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from jobcost.budget import Budget, BudgetChange, BudgetLineItem
from jobcost.config import ExportConfig
from jobcost.estimate import ChangeOrder, Estimate
from jobcost.formats import CodeDoesNotFit, formatted, same_code
from jobcost.mapping import LineReading, Translator, job_code_of
from jobcost.money import ZERO_DOLLARS, dollars, money_text
from jobcost.order_numbers import number_key
from jobcost.phase_book import PhaseNotOnFile
from jobcost.plan import Kind, Plan
from jobcost.plan_lines import headers_by_key
from jobcost.planned import PlannedChangeOrder
from jobcost.reconciliation_quantities import carried_quantities, quantities_after, quantities_in_vista
from jobcost.reconciliation_values import (
    NOTHING,
    Amounts,
    Key,
    OurChangeOrder,
    ProcoreLine,
    ProcoreSide,
    UnexportedChange,
    UnmappedLine,
    VerifiedSide,
    VistaSide,
)
from jobcost.undo_chains import taken_back_by

_OF_THE_PROJECT = "Project"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledExport:
    """An export that was verified, or whose failed verification a person cleared, with its plan as accepted."""

    export_id: str
    at: datetime
    plan: Plan
    # The plan was made by a version that reads change orders: where it tells of none, there were none.
    knows_changes: bool = True


def key_of(phase: str, cost_type: int) -> Key:
    """Make the key of a line as Vista compares it: trailing blanks of the phase do not count."""
    return (phase.rstrip(" "), cost_type)


def procore_now(
    budget: Budget, estimate: Estimate, config: ExportConfig, exported: Iterable[OurChangeOrder]
) -> ProcoreSide:
    """Translate the whole budget, as planning does.

    Args:
        budget: Procore's budget now.
        estimate: the job it is exported to.
        config: the company's mapping.
        exported: the change orders that exports of ours wrote.
    """
    translator = Translator(estimate, config)
    lines: dict[Key, ProcoreLine] = {}
    readings: dict[Key, list[LineReading]] = defaultdict(list)
    codes: dict[int, Key] = {}
    unmapped = []
    for line in budget.line_items:
        reading = translator.read(line)
        why = _why_unmapped(reading)
        if why or reading.phase is None or reading.cost_type is None:
            unmapped.append(UnmappedLine(label=line.label, amounts=_exact(line), why=why))
            continue
        key = key_of(reading.phase, reading.cost_type.cost_type)
        lines[key] = _added(lines.get(key), line)
        readings[key].append(reading)
        if line.wbs_code_id is not None:
            codes[line.wbs_code_id] = key
    known = tuple(exported)
    done = {one.source for one in known if not one.is_undone}
    taken_back = frozenset(one.source for one in known if one.is_undone)
    approved = [one for one in budget.changes if one.is_approved]
    waiting = [one for one in approved if (one.kind.value, one.id) not in done]
    return ProcoreSide(
        lines=lines,
        unmapped=tuple(unmapped),
        unexported=_unexported(waiting, codes, taken_back),
        approved={(one.kind.value, one.id): _amounts_by_key(one, codes) for one in approved},
        quantities=carried_quantities(readings),
        notes=(*_stray_changes(waiting, codes), *_linked_elsewhere(budget, estimate, config)),
    )


def procore_as_sent(plan: Plan, exported: Iterable[OurChangeOrder]) -> ProcoreSide:
    """Take the budget from the plan that was made of it when it was sent; lines that blocked it are not in there."""
    lines = {}
    for line in (one for one in plan.lines if one.sources):
        amounts = Amounts(
            original=sum((source.original_budget for source in line.sources), ZERO_DOLLARS),
            changes=sum((source.budget_changes for source in line.sources), ZERO_DOLLARS),
        )
        lines[key_of(*line.key)] = ProcoreLine(name=line.sources[0].cost_code_name, exact=amounts, in_cents=amounts)
    standing = [one for one in exported if not one.is_undone]
    done = {one.source for one in standing}
    waiting: dict[Key, list[UnexportedChange]] = defaultdict(list)
    for order in (one for one in plan.change_orders if (one.source_kind, one.source_id) not in done):
        for key, amount in amounts_of(order).items():
            waiting[key].append(UnexportedChange(number=order.source_number, title=order.title, amount=amount))
    # A plan that makes no change orders, a first export's for example, tells only what the changes come to.
    told = {*waiting, *(key for one in standing for key in one.amounts)}
    for key, sent in lines.items():
        if key not in told and sent.exact.changes:
            waiting[key].append(UnexportedChange(number="", title="Changes as sent", amount=sent.exact.changes))
    unexported = {key: tuple(found) for key, found in waiting.items()}
    return ProcoreSide(lines=lines, unexported=unexported, quantities=quantities_after(plan))


def vista_now(estimate: Estimate) -> VistaSide:
    """Take every cost header of the job, with the change orders that stand on it."""
    headers = headers_by_key(estimate)
    names = {row.phase.rstrip(" "): row.description for row in estimate.job_phases}
    orders: dict[str, dict[Key, Decimal]] = {}
    for order in estimate.change_orders:
        amounts = orders.setdefault(number_key(order.aco), {})
        for detail in order.details:
            key = key_of(detail.phase, detail.cost_type)
            amounts[key] = amounts.get(key, ZERO_DOLLARS) + detail.cost
    return VistaSide(
        lines={key: Amounts(original=row.orig_cost, changes=row.change_cost) for key, row in headers.items()},
        change_orders=orders,
        outward_orders={number_key(one.aco): words for one in estimate.change_orders if (words := _outward(one))},
        quantities=quantities_in_vista(estimate),
        names={key: names.get(key[0], "") for key in headers},
        notes=tuple(
            f"Phase {key[0]} cost type {key[1]} still belongs to Vista's Project Management: its estimate of"
            f" {money_text(row.orig_cost)} is not posted yet."
            for key, row in sorted(headers.items())
            if row.is_owned_by_pm
        ),
    )


def vista_posted(posted: Mapping[Key, tuple[Decimal, Decimal]]) -> VistaSide:
    """Take the sums of the detail that was posted by a day: (Original Estimate, change orders) of each line."""
    lines = {key_of(*key): Amounts(original=original, changes=changes) for key, (original, changes) in posted.items()}
    return VistaSide(lines=lines)


def verified_by(settled: tuple[SettledExport, ...]) -> VerifiedSide:
    """Tell how the last settled export left the job, and what all of them wrote.

    Args:
        settled: the job's settled exports, the oldest first; at least one.
    """
    last = settled[-1]
    return VerifiedSide(
        export_id=last.export_id,
        at=last.at,
        lines=_lines_after(last.plan),
        ours=frozenset(key_of(*line.key) for one in settled for line in (*one.plan.lines, *one.plan.deleted)),
        change_orders=_our_change_orders(settled),
        quantities=quantities_after(last.plan),
        knows_changes=last.knows_changes,
    )


def lines_about(plan: Plan) -> frozenset[Key]:
    """List the lines that a plan would move, by their estimate or by a change order."""
    lines = {key_of(*line.key) for line in (*plan.changes, *plan.deleted)}
    return frozenset(lines | {key for order in plan.change_orders for key in amounts_of(order)})


def amounts_of(order: PlannedChangeOrder) -> dict[Key, Decimal]:
    """Add up what a change order puts on each line."""
    amounts: dict[Key, Decimal] = {}
    for line in order.lines:
        key = key_of(*line.key)
        amounts[key] = amounts.get(key, ZERO_DOLLARS) + line.cost
    return amounts


def _lines_after(plan: Plan) -> dict[Key, Amounts]:
    originals = {key_of(*line.key): line.after.cost for line in plan.lines}
    originals |= {key_of(row.phase, row.cost_type): row.values.cost for row in plan.untouched}
    changes: dict[Key, Decimal] = defaultdict(lambda: ZERO_DOLLARS)
    for key, amount in plan.changes_after.items():
        changes[key_of(*key)] += amount
    keys = {*originals, *changes}
    return {
        key: Amounts(original=originals.get(key, ZERO_DOLLARS), changes=changes.get(key, ZERO_DOLLARS)) for key in keys
    }


def _our_change_orders(settled: tuple[SettledExport, ...]) -> tuple[OurChangeOrder, ...]:
    undone = taken_back_by((one.export_id, one.plan.undoes) for one in settled)
    return tuple(
        OurChangeOrder(
            aco=order.aco.strip(" "),
            export_id=one.export_id,
            source=(order.source_kind, order.source_id),
            amounts=amounts_of(order),
            is_undone=one.export_id in undone or one.plan.kind is Kind.UNDO,
        )
        for one in settled
        for order in one.plan.change_orders
    )


def _why_unmapped(reading: LineReading) -> str:
    line = reading.line
    if line.biller_type != _OF_THE_PROJECT:
        return f"it belongs to {line.biller or line.biller_type}, not to the project itself"
    if reading.phase is None:
        return reading.phase_problem or "it has no cost code of the project"
    if isinstance(reading.match, PhaseNotOnFile):
        return f"Vista does not know the phase {reading.phase.strip()}"
    if reading.cost_type is None:
        return "its cost type is ambiguous in Vista" if reading.cost_types else "Vista does not know its cost type"
    return ""


def _exact(line: BudgetLineItem) -> Amounts:
    return Amounts(original=line.original_budget_amount, changes=line.budget_modifications)


def _added(so_far: ProcoreLine | None, line: BudgetLineItem) -> ProcoreLine:
    cents = Amounts(original=dollars(line.original_budget_amount), changes=dollars(line.budget_modifications))
    name = line.cost_code.name if line.cost_code else ""
    return ProcoreLine(
        name=so_far.name if so_far else name,
        exact=_exact(line).plus(so_far.exact if so_far else NOTHING),
        in_cents=cents.plus(so_far.in_cents if so_far else NOTHING),
    )


def _unexported(
    changes: Iterable[BudgetChange], codes: Mapping[int, Key], taken_back: frozenset[tuple[str, int]]
) -> dict[Key, tuple[UnexportedChange, ...]]:
    found: dict[Key, list[UnexportedChange]] = defaultdict(list)
    for change in changes:
        moving = ((key, amount) for key, amount in _amounts_by_key(change, codes).items() if amount)
        for key, amount in moving:
            was_taken_back = (change.kind.value, change.id) in taken_back
            found[key].append(
                UnexportedChange(number=change.number, title=change.title, amount=amount, was_taken_back=was_taken_back)
            )
    return {key: tuple(one) for key, one in found.items()}


def _amounts_by_key(change: BudgetChange, codes: Mapping[int, Key]) -> dict[Key, Decimal]:
    amounts: dict[Key, Decimal] = defaultdict(lambda: ZERO_DOLLARS)
    for one in change.adjustments:
        if one.wbs_code_id in codes:
            amounts[codes[one.wbs_code_id]] += dollars(one.amount)
    return dict(amounts)


def _outward(order: ChangeOrder) -> str:
    """Say how a change order reaches outside the company; "" for one that does not."""
    billed = [f"{money_text(order.revenue)} of revenue"] if order.revenue else []
    return " with ".join([*([] if order.is_internal else ["external"]), *billed])


def _stray_changes(changes: Iterable[BudgetChange], codes: Mapping[int, Key]) -> Iterator[str]:
    for change in changes:
        stray = [one.amount for one in change.adjustments if one.wbs_code_id not in codes]
        if stray:
            total = money_text(sum(stray, ZERO_DOLLARS))
            yield f"Change {change.number} {change.title}: {total} of it is on budget codes that no compared line has."


def _linked_elsewhere(budget: Budget, estimate: Estimate, config: ExportConfig) -> Iterator[str]:
    if estimate.job is None:
        return
    code = job_code_of(budget.project, config.mapping)
    try:
        is_here = code is not None and same_code(formatted(estimate.masks.job, code), estimate.job.job)
    except CodeDoesNotFit:
        is_here = False
    if not is_here:
        linked = f"job {code}" if code else "no job"
        yield f"The project is linked to {linked} now; its budget was exported to job {estimate.job.job.strip(' ')}."
