"""Compare a job, read back after the commit, with the plan that was applied: line by line, to the cent.

Both sides count: the Original Estimate of each line, and its Current Estimate, which change orders move.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from jobcost.estimate import CostHeader, Estimate, JobPhase
from jobcost.formats import same_code
from jobcost.money import ZERO_DOLLARS, money_text
from jobcost.order_check import VerifiedOrder, verified_orders
from jobcost.plan import AddPhase, EstimateValues, Plan, PlannedLine, UntouchedHeader
from jobcost.plan_lines import headers_by_key, values_of


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedLine:
    """One planned or untouched line of the job: what must be there and what is."""

    phase: str
    cost_type: int
    expected: EstimateValues
    # None when Vista has no such row.
    found: EstimateValues | None
    # What is wrong, in words; empty when the line is as planned.
    problems: tuple[str, ...]
    # False for a line the plan does not touch.
    planned: bool
    # Change orders on the line, US dollars; found is zero where there is no row.
    expected_changes: Decimal = ZERO_DOLLARS
    found_changes: Decimal = ZERO_DOLLARS

    @property
    def expected_current(self) -> Decimal:
        """The Current Estimate that must be there: original and change orders, US dollars."""
        return self.expected.cost + self.expected_changes

    @property
    def found_current(self) -> Decimal:
        """The Current Estimate that is there, US dollars; zero where there is no row."""
        return (self.found.cost if self.found else ZERO_DOLLARS) + self.found_changes

    @property
    def is_right(self) -> bool:
        """The line is as planned."""
        return not self.problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The whole comparison of one job."""

    lines: tuple[VerifiedLine, ...]
    # US dollars, all lines of the job.
    expected_total: Decimal
    found_total: Decimal
    # Problems of the job itself: unexpected rows, missing phases, moved contract amounts.
    job_problems: tuple[str, ...]
    # The planned change orders, one by one.
    change_orders: tuple[VerifiedOrder, ...] = ()
    # The change orders on all lines of the job, US dollars.
    expected_changes_total: Decimal = ZERO_DOLLARS
    found_changes_total: Decimal = ZERO_DOLLARS

    @property
    def expected_current_total(self) -> Decimal:
        """The job's Current Estimate that must be there, US dollars."""
        return self.expected_total + self.expected_changes_total

    @property
    def found_current_total(self) -> Decimal:
        """The job's Current Estimate that is there, US dollars."""
        return self.found_total + self.found_changes_total

    @property
    def is_right(self) -> bool:
        """Every line, every change order, the totals and the job are as planned."""
        return not (self.wrong_lines or self.wrong_orders or self.job_problems) and self._totals_agree

    @property
    def _totals_agree(self) -> bool:
        return self.expected_total == self.found_total and self.expected_changes_total == self.found_changes_total

    @property
    def wrong_orders(self) -> tuple[VerifiedOrder, ...]:
        """The change orders that are not as planned."""
        return tuple(order for order in self.change_orders if not order.is_right)

    @property
    def wrong_lines(self) -> tuple[VerifiedLine, ...]:
        """The lines that are not as planned."""
        return tuple(line for line in self.lines if not line.is_right)


def verify(plan: Plan, estimate: Estimate) -> Verification:
    """Compare the job with the plan. Works on any reading of the job, today's included."""
    headers = headers_by_key(estimate)
    changes = {(phase.rstrip(" "), cost_type): cost for (phase, cost_type), cost in plan.changes_after.items()}
    compare = _Comparison(headers, changes, plan.written_keys)
    planned = [compare.planned(line) for line in plan.lines]
    untouched = [compare.untouched(row) for row in plan.untouched]
    return Verification(
        lines=(*planned, *untouched),
        expected_total=plan.total_after,
        found_total=sum((header.orig_cost for header in estimate.cost_headers), ZERO_DOLLARS),
        job_problems=tuple(_job_problems(plan, estimate, headers)),
        change_orders=verified_orders(plan, estimate),
        expected_changes_total=plan.total_changes_before + plan.total_change_orders,
        found_changes_total=sum((header.change_cost for header in estimate.cost_headers), ZERO_DOLLARS),
    )


class _Comparison:
    """Compares lines of the plan with the rows that Vista holds now."""

    def __init__(
        self,
        headers: dict[tuple[str, int], CostHeader],
        changes: dict[tuple[str, int], Decimal],
        written: frozenset[tuple[str, int]],
    ) -> None:
        self._headers = headers
        # What change orders must come to on each line.
        self._changes = changes
        self._written = written

    def planned(self, line: PlannedLine) -> VerifiedLine:
        header = self._headers.get((line.phase.rstrip(" "), line.cost_type))
        compared = self._compared(line.phase, line.cost_type, line.after, planned=True)
        if header is None or header.um == line.um:
            return compared
        problem = f"unit of measure: expected {line.um}, found {header.um}"
        return replace(compared, problems=(*compared.problems, problem))

    def untouched(self, row: UntouchedHeader) -> VerifiedLine:
        return self._compared(row.phase, row.cost_type, row.values, planned=False)

    def _compared(self, phase: str, cost_type: int, expected: EstimateValues, *, planned: bool) -> VerifiedLine:
        key = (phase.rstrip(" "), cost_type)
        header, changes = self._headers.get(key), self._changes.get(key, ZERO_DOLLARS)
        problems: tuple[str, ...] = ("the row is missing in Vista",)
        if header is not None:
            problems = (
                *_differences(expected, header, planned=planned),
                # What was left as it is may be closed for new work.
                *(["the cost type is inactive"] if key in self._written and not header.active else []),
                *_current_differences(changes, header, planned=planned),
            )
        return VerifiedLine(
            phase=phase,
            cost_type=cost_type,
            expected=expected,
            found=values_of(header) if header else None,
            problems=problems,
            planned=planned,
            expected_changes=changes,
            found_changes=header.change_cost if header else ZERO_DOLLARS,
        )


def _differences(expected: EstimateValues, header: CostHeader, *, planned: bool) -> Iterator[str]:
    if expected.cost != header.orig_cost:
        yield f"cost: expected {money_text(expected.cost)}, found {money_text(header.orig_cost)}"
    if expected.units != header.orig_units:
        yield f"units: expected {expected.units}, found {header.orig_units}"
    if expected.hours != header.orig_hours:
        yield f"hours: expected {expected.hours}, found {header.orig_hours}"
    # Such a row has no detail, so its figures could not be checked against anything.
    if planned and header.is_owned_by_pm:
        yield f"the row belongs to Vista PM now: expected source J or I, found {header.source_status}"
    if planned and not header.agrees_with_detail:
        yield (
            f"Vista's own figures disagree: header {money_text(header.orig_cost)},"
            f" detail {money_text(header.detail_cost)}, periods {money_text(header.period_cost)}"
        )


def _current_differences(changes: Decimal, header: CostHeader, *, planned: bool) -> Iterator[str]:
    if changes != header.change_cost:
        yield f"change orders: expected {money_text(changes)}, found {money_text(header.change_cost)}"
    if planned and not header.agrees_with_periods:
        yield (
            f"Vista's monthly totals disagree: Current Estimate expected {money_text(header.current_cost)},"
            f" found {money_text(header.period_current_cost)}"
        )


def _job_problems(plan: Plan, estimate: Estimate, headers: dict[tuple[str, int], CostHeader]) -> Iterator[str]:
    expected_keys = {(line.phase.rstrip(" "), line.cost_type) for line in plan.lines}
    expected_keys |= {(row.phase.rstrip(" "), row.cost_type) for row in plan.untouched}
    for phase, cost_type in sorted(headers.keys() - expected_keys):
        amount = money_text(headers[phase, cost_type].orig_cost)
        yield f"phase {phase} cost type {cost_type}: a row nobody planned, {amount}"
    job_phases = {phase.phase.rstrip(" "): phase for phase in estimate.job_phases}
    for added in plan.add_phases:
        yield from _phase_problems(added, job_phases.get(added.phase.rstrip(" ")))
    if not plan.job_image.auto_add_item:
        amounts = {item.item: item.orig_contract_amt for item in estimate.contract_items}
        yield from _revenue_problems("revenue", plan.job_image.contract_items, amounts)
        amounts = {item.item: item.contract_amt for item in estimate.contract_items}
        # An item that is gone was told already.
        existing = tuple(row for row in plan.contract_amounts if row[0] in amounts)
        yield from _revenue_problems("revenue with change orders", existing, amounts)


def _revenue_problems(
    name: str, expected: tuple[tuple[str, Decimal], ...], amounts: dict[str, Decimal]
) -> Iterator[str]:
    for item, revenue in expected:
        found = amounts.get(item)
        if found != revenue:
            told = "no such item" if found is None else money_text(found)
            yield f"contract item {item.strip()}: {name} expected {money_text(revenue)}, found {told}"


def _phase_problems(added: AddPhase, found: JobPhase | None) -> Iterator[str]:
    name = f"phase {added.phase.rstrip()}"
    if found is None:
        yield f"{name}: it was not added to the job"
        return
    if not found.active:
        yield f"{name}: it was added, but is inactive"
    # The item decides the month in which the estimates stand, and the revenue they are compared with.
    if not same_code(found.item, added.item):
        yield f"{name}: contract item expected {added.item.strip()}, found {found.item.strip()}"
