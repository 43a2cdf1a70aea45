"""A job as the writer sees it inside its transaction, and what of it is not as the plan says.

Pure comparisons over what was read: nothing here reads or writes. Three questions are answered:
is everything as it was when the plan was made, is everything already as the plan will leave it, and did Vista's
triggers post exactly what was planned? Source: facts/vista.md 8, steps 8 and 12.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from connectors.vista.errors import Difference
from connectors.vista.job_reader import Key, key_of
from jobcost.estimate import JOB_STATUS_NAMES, JOB_STATUS_OPEN, CostHeader, Job, JobPhase
from jobcost.money import ZERO_DOLLARS, money_text
from jobcost.plan import Action, EstimateValues, Plan, PlannedLine
from jobcost.plan_lines import values_of

_ABSENT = "no such row"

_Comparable = EstimateValues | Decimal | bool | int | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSnapshot:
    """What the writer compares: the job's facts, its phases, estimates and revenue, read at one time."""

    phase_group: int
    job: Job | None
    # Revenue per contract item, US dollars (Vista JCCI.OrigContractAmt), by item without trailing blanks.
    revenue: dict[str, Decimal]
    # By phase without trailing blanks.
    phases: dict[str, JobPhase]
    headers: dict[Key, CostHeader]

    @property
    def total_cost(self) -> Decimal:
        """Sum of the Original Estimate of all cost headers, US dollars."""
        return sum((header.orig_cost for header in self.headers.values()), ZERO_DOLLARS)


def differences_from_before(plan: Plan, now: JobSnapshot) -> tuple[Difference, ...]:
    """Name everything that moved since the plan was made; empty when it still holds."""
    return (*_moved_job_facts(plan, now), *_moved_phases(plan, now), *_moved_estimates(plan, now))


def holds_after_image(plan: Plan, now: JobSnapshot) -> bool:
    """Vista holds every phase and every estimate exactly as the plan leaves them, and no other."""
    after = {key_of(*line.key): line.after for line in plan.lines}
    after |= {key_of(header.phase, header.cost_type): header.values for header in plan.untouched}
    estimates = {key: values_of(header) for key, header in now.headers.items()}
    return estimates == after and all(phase.phase.rstrip(" ") in now.phases for phase in plan.add_phases)


def disagreements(plan: Plan, before: JobSnapshot, after: JobSnapshot) -> tuple[Difference, ...]:
    """Name everything that Vista posted differently from the plan; empty when it did exactly as planned."""
    touched = {key_of(*line.key) for line in plan.changes}
    return (
        *_wrong_postings(plan, before, after),
        *_wrong_bystanders(touched, before, after),
        *_wrong_phases(plan, before, after),
        *_wrong_revenue(plan, before, after),
        *_compared(f"Job {plan.job}, total", plan.total_after, after.total_cost),
    )


def values_text(values: EstimateValues | None) -> str:
    """Spell an estimate for people."""
    if values is None:
        return _ABSENT
    return f"cost {values.cost:,f}, hours {values.hours:,f}, units {values.units:,f}"


def line_name(phase: str, cost_type: int) -> str:
    """Name a line for people."""
    return f"Phase {phase.rstrip(' ')} cost type {cost_type}"


def _compared(where: str, expected: _Comparable, found: _Comparable) -> Iterator[Difference]:
    """Tell two values apart by value, never by their spelling."""
    if expected != found:
        yield Difference(where=where, expected=_spelt(expected), found=_spelt(found))


def _spelt(value: _Comparable) -> str:
    match value:
        case EstimateValues():
            return values_text(value)
        case Decimal():
            return f"{value:,f}"
        case bool():
            return "yes" if value else "no"
        case None:
            return _ABSENT
        case _:
            return str(value)


def _moved_job_facts(plan: Plan, now: JobSnapshot) -> Iterator[Difference]:
    where, image = f"Job {plan.job}", plan.job_image
    if now.job is None:
        yield Difference(where=where, expected="the job in JCJM", found="no such job")
        return
    yield from _compared(f"{where}, phase group", plan.phase_group, now.phase_group)
    yield from _compared(f"{where}, contract", image.contract.rstrip(" "), (now.job.contract or "none").rstrip(" "))
    yield from _compared(f"{where}, status", _status(image.job_status), _status(now.job.job_status))
    if image.job_status == now.job.job_status != JOB_STATUS_OPEN:
        # A closed or pending job is never written, whatever a plan says: Vista itself lets some of it pass.
        yield Difference(where=f"{where}, status", expected="open", found=_status(now.job.job_status))
    yield from _compared(f"{where}, phases locked", image.lock_phases, now.job.lock_phases)
    yield from _compared(f"{where}, adds to revenue", image.auto_add_item, now.job.auto_add_item)
    for item, amount in image.contract_items:
        yield from _compared(f"{where}, contract item {item.strip()}", amount, now.revenue.get(item.rstrip(" ")))


def _moved_phases(plan: Plan, now: JobSnapshot) -> Iterator[Difference]:
    for phase in plan.add_phases:
        if phase.phase.rstrip(" ") in now.phases:
            yield Difference(where=f"Phase {phase.phase.rstrip(' ')}", expected=_ABSENT, found="a phase of the job")
    added = {phase.phase.rstrip(" ") for phase in plan.add_phases}
    missing = {line.phase.rstrip(" ") for line in plan.changes} - added - now.phases.keys()
    # Vista's trigger would add the phase itself, with a contract item of its own choice.
    for phase_code in sorted(missing):
        yield Difference(where=f"Phase {phase_code}", expected="a phase of the job", found=_ABSENT)


def _moved_estimates(plan: Plan, now: JobSnapshot) -> Iterator[Difference]:
    before: dict[Key, EstimateValues | None] = {key_of(*line.key): line.before for line in plan.lines}
    before |= {key_of(header.phase, header.cost_type): header.values for header in plan.untouched}
    for key in sorted(before.keys() | now.headers.keys()):
        found = values_of(now.headers[key]) if key in now.headers else None
        yield from _compared(line_name(*key), before.get(key), found)
    for line in plan.changes:
        header = now.headers.get(key_of(*line.key))
        if header is not None and line.action is Action.CHANGE_ESTIMATE:
            yield from _unwritable(line, header)


def _unwritable(line: PlannedLine, header: CostHeader) -> Iterator[Difference]:
    where = line_name(*line.key)
    if header.is_owned_by_pm:
        yield Difference(where=f"{where}, owner", expected="Job Cost", found="Project Management (not interfaced yet)")
    yield from _compared(f"{where}, unit of measure", line.um.rstrip(" "), header.um.rstrip(" "))


def _wrong_postings(plan: Plan, before: JobSnapshot, after: JobSnapshot) -> Iterator[Difference]:
    for line in plan.changes:
        where = line_name(*line.key)
        header, earlier = after.headers.get(key_of(*line.key)), before.headers.get(key_of(*line.key))
        if header is None:
            yield Difference(where=where, expected=values_text(line.after), found=_ABSENT)
            continue
        detail = EstimateValues(hours=header.detail_hours, units=header.detail_units, cost=header.detail_cost)
        period = EstimateValues(hours=header.period_hours, units=header.period_units, cost=header.period_cost)
        yield from _compared(where, line.after, values_of(header))
        yield from _compared(f"{where}, detail (JCCD)", line.after, detail)
        yield from _compared(f"{where}, period totals (JCCP)", line.after, period)
        new_rows = header.detail_count - (earlier.detail_count if earlier else 0)
        yield from _compared(f"{where}, new detail rows", 1, new_rows)


def _wrong_bystanders(touched: set[Key], before: JobSnapshot, after: JobSnapshot) -> Iterator[Difference]:
    for key in sorted((before.headers.keys() | after.headers.keys()) - touched):
        earlier, header = before.headers.get(key), after.headers.get(key)
        if _estimate_of(earlier) != _estimate_of(header):
            where = f"{line_name(*key)}, not in the plan"
            yield Difference(where=where, expected=_header_text(earlier), found=_header_text(header))


def _wrong_phases(plan: Plan, before: JobSnapshot, after: JobSnapshot) -> Iterator[Difference]:
    expected = {code: phase.item.rstrip(" ") for code, phase in before.phases.items()}
    expected |= {phase.phase.rstrip(" "): phase.item.rstrip(" ") for phase in plan.add_phases}
    found = {code: phase.item.rstrip(" ") for code, phase in after.phases.items()}
    for code in sorted(expected.keys() | found.keys()):
        yield from _compared(f"Phase {code}, contract item", expected.get(code), found.get(code))


def _wrong_revenue(plan: Plan, before: JobSnapshot, after: JobSnapshot) -> Iterator[Difference]:
    """Revenue stays as it is; where the job adds estimates to revenue, it moves by exactly the planned differences."""
    expected = dict(before.revenue)
    if plan.job_image.auto_add_item:
        items = {code: phase.item.rstrip(" ") for code, phase in before.phases.items()}
        items |= {phase.phase.rstrip(" "): phase.item.rstrip(" ") for phase in plan.add_phases}
        for line in plan.changes:
            item = items[line.phase.rstrip(" ")]
            expected[item] = expected.get(item, ZERO_DOLLARS) + line.difference
    for item in sorted(expected.keys() | after.revenue.keys()):
        where = f"Contract item {item.strip()}, original contract amount"
        yield from _compared(where, expected.get(item), after.revenue.get(item))


def _estimate_of(header: CostHeader | None) -> CostHeader | None:
    """Leave out what others may rightly post meanwhile: costs and change orders are not the estimate."""
    return replace(header, has_actual_cost=False, has_change_orders=False) if header else None


def _header_text(header: CostHeader | None) -> str:
    if header is None:
        return _ABSENT
    return (
        f"{values_text(values_of(header))} ({header.detail_count} detail rows of {money_text(header.detail_cost)}, "
        f"period totals of {money_text(header.period_cost)}, unit {header.um}, status {header.source_status})"
    )


def _status(status: int) -> str:
    return JOB_STATUS_NAMES.get(status, str(status))
