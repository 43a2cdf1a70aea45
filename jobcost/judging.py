"""Judge a request as a whole: the budget, the job, and the budget changes. Lines are judged where they are planned."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain

from jobcost.change_orders import OrderCase, left_over
from jobcost.findings import Finding
from jobcost.mapping import job_code_of
from jobcost.money import ZERO_DOLLARS
from jobcost.order_amounts import LineKey
from jobcost.plan import ChangePolicy, Plan
from jobcost.request import PlanRequest
from jobcost.rules.budget_rules import BUDGET_RULES
from jobcost.rules.change_order_rules import (
    CURRENT_RULES,
    FOLD_RULES,
    LINE_CHANGES_RULES,
    ORDER_RULES,
    REVISED_RULES,
    CurrentCase,
    LineChangesCase,
    RevisedCase,
    place,
)
from jobcost.rules.job_rules import JOB_NUMBER_RULES, JOB_RULES
from jobcost.rules.registry import BudgetCase, JobCase, Rule


def budget_findings(request: PlanRequest, rules: Iterable[Rule[BudgetCase]] = BUDGET_RULES) -> Iterator[Finding]:
    """Judge the budget as a whole, by all of its rules or by some."""
    case = BudgetCase(
        kind=request.kind,
        budget=request.budget,
        config=request.config,
        submitted_by=request.submitted_by,
        past=request.past,
    )
    return chain.from_iterable(rule.findings(case) for rule in rules)


def job_findings(request: PlanRequest) -> Iterator[Finding]:
    """Judge the Vista job, or the link that leads to none."""
    if request.estimate is None:
        return chain.from_iterable(rule.findings(request.job_number_problem) for rule in JOB_NUMBER_RULES)
    code = job_code_of(request.budget.project, request.config.mapping) or ""
    case = JobCase(
        kind=request.kind, estimate=request.estimate, job_code=code, config=request.config, past=request.past
    )
    return chain.from_iterable(rule.findings(case) for rule in JOB_RULES)


def change_findings(request: PlanRequest, plan: Plan, cases: tuple[OrderCase, ...]) -> Iterator[Finding]:
    """Judge the budget changes, and the Current Estimates that they lead to."""
    if not plan.change_policy or plan.change_policy == ChangePolicy.OFF:
        return
    yield from _sums_findings(request)
    rules = ORDER_RULES if plan.change_policy == ChangePolicy.CHANGE_ORDERS else FOLD_RULES
    for case in cases:
        yield from (finding for rule in rules for finding in rule.findings(case, place(case)))
    yield from current_findings(plan)
    if plan.change_policy == ChangePolicy.CHANGE_ORDERS and request.estimate is not None:
        yield from _revised_findings(plan, left_over(cases, plan.change_orders, request.estimate, request.past))


def current_findings(plan: Plan) -> Iterator[Finding]:
    """Judge the Current Estimate that each planned line would have."""
    orders = {(phase.rstrip(" "), cost_type): cost for (phase, cost_type), cost in plan.changes_after.items()}
    for line in plan.lines:
        changes = orders.get((line.phase.rstrip(" "), line.cost_type), ZERO_DOLLARS)
        case = CurrentCase(line=line, current=line.after.cost + changes)
        where = f"Phase {line.phase.rstrip()} cost type {line.cost_type}"
        yield from (finding for rule in CURRENT_RULES for finding in rule.findings(case, where))


def _revised_findings(plan: Plan, left: dict[LineKey, Decimal]) -> Iterator[Finding]:
    """Hold the Current Estimate of the lines on which our change orders are off against Procore's revised budget."""
    lines = {(line.phase.rstrip(" "), line.cost_type): line for line in plan.lines}
    originals = {(row.phase.rstrip(" "), row.cost_type): row.values.cost for row in plan.untouched}
    originals |= {key: line.after.cost for key, line in lines.items()}
    orders = {(phase.rstrip(" "), cost_type): cost for (phase, cost_type), cost in plan.changes_after.items()}
    for key, off in sorted(left.items()):
        sources = lines[key].sources if key in lines else ()
        case = RevisedCase(
            current=originals.get(key, ZERO_DOLLARS) + orders.get(key, ZERO_DOLLARS),
            revised=sum((source.revised_estimate for source in sources), ZERO_DOLLARS),
            off=off,
        )
        where = f"Phase {key[0]} cost type {key[1]}"
        yield from (finding for rule in REVISED_RULES for finding in rule.findings(case, where))


def _sums_findings(request: PlanRequest) -> Iterator[Finding]:
    """Hold the approved changes that Procore lists against the budget's own column, line by line."""
    listed: defaultdict[int | None, Decimal] = defaultdict(lambda: ZERO_DOLLARS)
    for change in request.budget.changes:
        for adjustment in change.adjustments if change.is_approved else ():
            listed[adjustment.wbs_code_id] += adjustment.amount
    own = [line for line in request.budget.line_items if line.id is not None]
    for line in sorted(own, key=lambda row: (row.label, row.id or 0)):
        case = LineChangesCase(line=line, listed=listed.get(line.wbs_code_id, ZERO_DOLLARS))
        where = f"Changes of {line.label}"
        yield from (finding for rule in LINE_CHANGES_RULES for finding in rule.findings(case, where))
