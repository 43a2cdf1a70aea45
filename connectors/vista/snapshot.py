"""What of a job, as the writer sees it inside its transaction, is not as the plan says.

Change orders are compared in `change_checks.py`.
Pure comparisons over what was read: nothing here reads or writes. Three questions are answered:
is everything as it was when the plan was made, is everything already as the plan will leave it, and did Vista's
triggers post exactly what was planned? Source: facts/vista.md 8, steps 8 and 12.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from connectors.vista.change_checks import holds_orders, moved_changes, wrong_changes
from connectors.vista.errors import Difference
from connectors.vista.job_scope import Key, key_of
from connectors.vista.job_snapshot import ABSENT, JobSnapshot, compared, line_name, values_text
from jobcost.estimate import JOB_STATUS_NAMES, JOB_STATUS_OPEN, CostHeader
from jobcost.money import ZERO_DOLLARS, money_text
from jobcost.plan import Action, EstimateValues, Plan, PlannedLine
from jobcost.plan_lines import values_of


def differences_from_before(plan: Plan, now: JobSnapshot) -> tuple[Difference, ...]:
    """Name everything that moved since the plan was made; empty when it still holds."""
    return (
        *_moved_job_facts(plan, now),
        *_moved_phases(plan, now),
        *_moved_estimates(plan, now),
        *moved_changes(plan, now),
    )


def holds_after_image(plan: Plan, now: JobSnapshot) -> bool:
    """Vista holds every phase, estimate and planned change order exactly as the plan leaves them.

    No other estimate may stand there. Change orders that others posted since do not count: they neither prove nor
    disprove that this plan was written.
    """
    after = {key_of(*line.key): line.after for line in plan.lines}
    after |= {key_of(header.phase, header.cost_type): header.values for header in plan.untouched}
    estimates = {key: values_of(header) for key, header in now.headers.items()}
    phases_there = all(phase.phase.rstrip(" ") in now.phases for phase in plan.add_phases)
    return estimates == after and phases_there and holds_orders(plan, now)


def disagreements(plan: Plan, before: JobSnapshot, after: JobSnapshot) -> tuple[Difference, ...]:
    """Name everything that Vista posted differently from the plan; empty when it did exactly as planned."""
    touched = {key_of(*line.key) for line in plan.changes}
    return (
        *_wrong_postings(plan, before, after),
        *_wrong_bystanders(touched, before, after),
        *_wrong_phases(plan, before, after),
        *_wrong_revenue(plan, before, after),
        *wrong_changes(plan, before, after),
        *compared(f"Job {plan.job}, total", plan.total_after, after.total_cost),
    )


def _moved_job_facts(plan: Plan, now: JobSnapshot) -> Iterator[Difference]:
    where, image = f"Job {plan.job}", plan.job_image
    if now.job is None:
        yield Difference(where=where, expected="the job in JCJM", found="no such job")
        return
    yield from compared(f"{where}, phase group", plan.phase_group, now.phase_group)
    yield from compared(f"{where}, contract", image.contract.rstrip(" "), (now.job.contract or "none").rstrip(" "))
    yield from compared(f"{where}, status", _status(image.job_status), _status(now.job.job_status))
    if image.job_status == now.job.job_status != JOB_STATUS_OPEN:
        # A closed or pending job is never written, whatever a plan says: Vista itself lets some of it pass.
        yield Difference(where=f"{where}, status", expected="open", found=_status(now.job.job_status))
    yield from compared(f"{where}, phases locked", image.lock_phases, now.job.lock_phases)
    yield from compared(f"{where}, adds to revenue", image.auto_add_item, now.job.auto_add_item)
    for item, amount in image.contract_items:
        yield from compared(f"{where}, contract item {item.strip()}", amount, now.revenue.get(item.rstrip(" ")))
    for item, amount in plan.contract_amounts:
        found = now.contract_amounts.get(item.rstrip(" "))
        yield from compared(f"{where}, contract item {item.strip()} with change orders", amount, found)


def _moved_phases(plan: Plan, now: JobSnapshot) -> Iterator[Difference]:
    for phase in plan.add_phases:
        if phase.phase.rstrip(" ") in now.phases:
            yield Difference(where=f"Phase {phase.phase.rstrip(' ')}", expected=ABSENT, found="a phase of the job")
    added = {phase.phase.rstrip(" ") for phase in plan.add_phases}
    missing = {line.phase.rstrip(" ") for line in plan.changes} - added - now.phases.keys()
    # Vista's trigger would add the phase itself, with a contract item of its own choice.
    for phase_code in sorted(missing):
        yield Difference(where=f"Phase {phase_code}", expected="a phase of the job", found=ABSENT)


def _moved_estimates(plan: Plan, now: JobSnapshot) -> Iterator[Difference]:
    before: dict[Key, EstimateValues | None] = {key_of(*line.key): line.before for line in plan.lines}
    before |= {key_of(header.phase, header.cost_type): header.values for header in plan.untouched}
    for key in sorted(before.keys() | now.headers.keys()):
        found = values_of(now.headers[key]) if key in now.headers else None
        yield from compared(line_name(*key), before.get(key), found)
    for line in plan.changes:
        header = now.headers.get(key_of(*line.key))
        if header is not None and line.action is not Action.ADD_COST_TYPE:
            yield from _unwritable(line, header)


def _unwritable(line: PlannedLine, header: CostHeader) -> Iterator[Difference]:
    where = line_name(*line.key)
    if header.is_owned_by_pm:
        yield Difference(where=f"{where}, owner", expected="Job Cost", found="Project Management (not interfaced yet)")
    yield from compared(f"{where}, unit of measure", line.um.rstrip(" "), header.um.rstrip(" "))


def _wrong_postings(plan: Plan, before: JobSnapshot, after: JobSnapshot) -> Iterator[Difference]:
    for line in plan.changes:
        where = line_name(*line.key)
        header, earlier = after.headers.get(key_of(*line.key)), before.headers.get(key_of(*line.key))
        if header is None:
            yield Difference(where=where, expected=values_text(line.after), found=ABSENT)
            continue
        detail = EstimateValues(hours=header.detail_hours, units=header.detail_units, cost=header.detail_cost)
        period = EstimateValues(hours=header.period_hours, units=header.period_units, cost=header.period_cost)
        yield from compared(where, line.after, values_of(header))
        yield from compared(f"{where}, detail (JCCD)", line.after, detail)
        yield from compared(f"{where}, period totals (JCCP)", line.after, period)
        new_rows = header.detail_count - (earlier.detail_count if earlier else 0)
        yield from compared(f"{where}, new detail rows", 1, new_rows)


def _wrong_bystanders(touched: set[Key], before: JobSnapshot, after: JobSnapshot) -> Iterator[Difference]:
    for key in sorted((before.headers.keys() | after.headers.keys()) - touched):
        earlier, header = before.headers.get(key), after.headers.get(key)
        if earlier != header and _estimate_of(earlier) != _estimate_of(header):
            where = f"{line_name(*key)}, not in the plan"
            yield Difference(where=where, expected=_header_text(earlier), found=_header_text(header))


def _wrong_phases(plan: Plan, before: JobSnapshot, after: JobSnapshot) -> Iterator[Difference]:
    expected = {code: phase.item.rstrip(" ") for code, phase in before.phases.items()}
    expected |= {phase.phase.rstrip(" "): phase.item.rstrip(" ") for phase in plan.add_phases}
    found = {code: phase.item.rstrip(" ") for code, phase in after.phases.items()}
    for code in sorted(expected.keys() | found.keys()):
        yield from compared(f"Phase {code}, contract item", expected.get(code), found.get(code))


def _wrong_revenue(plan: Plan, before: JobSnapshot, after: JobSnapshot) -> Iterator[Difference]:
    """Revenue stays as it is; where the job adds estimates to revenue, it moves by exactly the planned differences."""
    added: dict[str, Decimal] = {}
    if plan.job_image.auto_add_item:
        items = {code: phase.item.rstrip(" ") for code, phase in before.phases.items()}
        items |= {phase.phase.rstrip(" "): phase.item.rstrip(" ") for phase in plan.add_phases}
        for line in plan.changes:
            item = items[line.phase.rstrip(" ")]
            added[item] = added.get(item, ZERO_DOLLARS) + line.difference
    for what, earlier, found in (
        ("original contract amount", before.revenue, after.revenue),
        ("contract amount with change orders", before.contract_amounts, after.contract_amounts),
    ):
        for item in sorted(earlier.keys() | added.keys() | found.keys()):
            expected = earlier.get(item)
            if item in added:
                expected = (expected or ZERO_DOLLARS) + added[item]
            yield from compared(f"Contract item {item.strip()}, {what}", expected, found.get(item))


def _estimate_of(header: CostHeader | None) -> CostHeader | None:
    """Leave out what others may rightly post meanwhile, and what change orders add: neither is the estimate."""
    if header is None:
        return None
    return replace(
        header,
        has_actual_cost=False,
        has_commitments=False,
        has_change_orders=False,
        change_cost=ZERO_DOLLARS,
        period_current_cost=ZERO_DOLLARS,
    )


def _header_text(header: CostHeader | None) -> str:
    if header is None:
        return ABSENT
    return (
        f"{values_text(values_of(header))} ({header.detail_count} detail rows of {money_text(header.detail_cost)}, "
        f"period totals of {money_text(header.period_cost)}, unit {header.um}, status {header.source_status})"
    )


def _status(status: int) -> str:
    return JOB_STATUS_NAMES.get(status, str(status))
