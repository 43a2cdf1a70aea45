"""Compare a job, read back after the commit, with the plan that was applied: line by line, to the cent."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from jobcost.estimate import CostHeader, Estimate, JobPhase
from jobcost.formats import same_code
from jobcost.money import ZERO_DOLLARS, money_text
from jobcost.plan import AddPhase, EstimateValues, Plan, PlannedLine
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

    @property
    def is_right(self) -> bool:
        """Every line, the total and the job are as planned."""
        return all(line.is_right for line in self.lines) and not self.job_problems and self._totals_agree

    @property
    def _totals_agree(self) -> bool:
        return self.expected_total == self.found_total

    @property
    def wrong_lines(self) -> tuple[VerifiedLine, ...]:
        """The lines that are not as planned."""
        return tuple(line for line in self.lines if not line.is_right)


def verify(plan: Plan, estimate: Estimate) -> Verification:
    """Compare the job with the plan. Works on any reading of the job, today's included."""
    headers = headers_by_key(estimate)
    planned = [_verified(line, headers) for line in plan.lines]
    untouched = [
        _compared(
            row.phase, row.cost_type, row.values, headers.get((row.phase.rstrip(" "), row.cost_type)), planned=False
        )
        for row in plan.untouched
    ]
    lines = (*planned, *untouched)
    return Verification(
        lines=lines,
        expected_total=plan.total_after,
        found_total=sum((header.orig_cost for header in estimate.cost_headers), ZERO_DOLLARS),
        job_problems=tuple(_job_problems(plan, estimate, headers)),
    )


def _verified(line: PlannedLine, headers: dict[tuple[str, int], CostHeader]) -> VerifiedLine:
    header = headers.get((line.phase.rstrip(" "), line.cost_type))
    compared = _compared(line.phase, line.cost_type, line.after, header, planned=True)
    if header is None or header.um == line.um:
        return compared
    problem = f"unit of measure: expected {line.um}, found {header.um}"
    return VerifiedLine(
        phase=compared.phase,
        cost_type=compared.cost_type,
        expected=compared.expected,
        found=compared.found,
        problems=(*compared.problems, problem),
        planned=True,
    )


def _compared(
    phase: str, cost_type: int, expected: EstimateValues, header: CostHeader | None, *, planned: bool
) -> VerifiedLine:
    found = None
    problems: tuple[str, ...] = ("the row is missing in Vista",)
    if header is not None:
        found = values_of(header)
        problems = tuple(_differences(expected, header, planned=planned))
    return VerifiedLine(
        phase=phase, cost_type=cost_type, expected=expected, found=found, problems=problems, planned=planned
    )


def _differences(expected: EstimateValues, header: CostHeader, *, planned: bool) -> Iterator[str]:
    if expected.cost != header.orig_cost:
        yield f"cost: expected {money_text(expected.cost)}, found {money_text(header.orig_cost)}"
    if expected.units != header.orig_units:
        yield f"units: expected {expected.units}, found {header.orig_units}"
    if expected.hours != header.orig_hours:
        yield f"hours: expected {expected.hours}, found {header.orig_hours}"
    if planned and not header.active:
        yield "the cost type is inactive"
    # Such a row has no detail, so its figures could not be checked against anything.
    if planned and header.is_owned_by_pm:
        yield f"the row belongs to Vista PM now: expected source J or I, found {header.source_status}"
    if planned and not header.agrees_with_detail:
        yield (
            f"Vista's own figures disagree: header {money_text(header.orig_cost)},"
            f" detail {money_text(header.detail_cost)}, periods {money_text(header.period_cost)}"
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
        for item, revenue in plan.job_image.contract_items:
            found = amounts.get(item)
            if found != revenue:
                told = "no such item" if found is None else money_text(found)
                yield f"contract item {item.strip()}: revenue expected {money_text(revenue)}, found {told}"


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
