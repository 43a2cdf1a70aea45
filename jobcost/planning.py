"""Make a plan: pure, total, deterministic; the same budget and estimate give the same plan in any order of lines.

Every budget line ends in exactly one place: planned, unchanged, or a finding that blocks it (invariant 11).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain

from jobcost.budget import Budget, BudgetLineItem
from jobcost.config import ExportConfig
from jobcost.estimate import Estimate
from jobcost.findings import Finding, Severity
from jobcost.mapping import Translator, job_code_of
from jobcost.plan import Kind, Plan
from jobcost.plan_lines import PlanMaker, ReadingGroups, headers_by_key
from jobcost.rules.budget_rules import BUDGET_RULES
from jobcost.rules.job_rules import JOB_NUMBER_RULES, JOB_RULES
from jobcost.rules.key_rules import KEY_RULES
from jobcost.rules.line_rules import LINE_RULES
from jobcost.rules.plan_rules import CHANGE_RULES, ChangeCase
from jobcost.rules.reading_rules import READING_RULES
from jobcost.rules.registry import BudgetCase, JobCase, KeyCase, LineCase, PastExports


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """All that a plan depends on."""

    kind: Kind
    budget: Budget
    # None while the project is linked to no job, or to something that cannot be one.
    estimate: Estimate | None
    config: ExportConfig
    submitted_by: str
    past: PastExports
    # Why the project's link cannot be a Vista job number; "" when it can.
    job_number_problem: str = ""
    # The day on which the budget was sent, in the company's zone: its month is that of new change orders.
    sent_on: date = date.min


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What came of a request: all findings, and a plan where the job is known well enough to make one."""

    findings: tuple[Finding, ...]
    plan: Plan | None

    @property
    def is_blocked(self) -> bool:
        """Some finding forbids the export, or there is nothing to plan on."""
        return self.plan is None or any(finding.severity is Severity.BLOCK for finding in self.findings)


def make_proposal(request: PlanRequest) -> Proposal:
    """Judge the whole budget and plan what can be planned. Every problem of the budget is found at once."""
    findings = [*_budget_findings(request), *_job_findings(request)]
    translator = Translator(request.estimate, request.config) if request.estimate else None
    groups: ReadingGroups = defaultdict(list)
    for line in sorted(request.budget.line_items, key=_line_order):
        case = _line_case(line, request.config, translator)
        line_findings = _line_findings(case)
        findings += line_findings
        reading = case.reading
        if reading and reading.phase and reading.cost_type and not _blocks(line_findings):
            groups[reading.phase, reading.cost_type.cost_type].append(reading)
    plan = _plan(request, translator, groups)
    if plan is not None and request.estimate is not None:
        findings += _key_findings(groups, request.estimate) + _change_findings(plan, request.estimate)
    return Proposal(findings=tuple(findings), plan=plan)


def _plan(request: PlanRequest, translator: Translator | None, groups: ReadingGroups) -> Plan | None:
    estimate = request.estimate
    if estimate is None or translator is None or estimate.job is None or estimate.contract is None:
        return None
    maker = PlanMaker(request.kind, request.budget, estimate, request.config, translator.book)
    return maker.make(estimate.job, estimate.contract, groups)


def _line_case(line: BudgetLineItem, config: ExportConfig, translator: Translator | None) -> LineCase:
    if translator is None:
        return LineCase(line=line, config=config, reading=None, book=None)
    return LineCase(line=line, config=config, reading=translator.read(line), book=translator.book)


def _budget_findings(request: PlanRequest) -> Iterator[Finding]:
    case = BudgetCase(
        kind=request.kind,
        budget=request.budget,
        config=request.config,
        submitted_by=request.submitted_by,
        past=request.past,
    )
    return chain.from_iterable(rule.findings(case) for rule in BUDGET_RULES)


def _job_findings(request: PlanRequest) -> Iterator[Finding]:
    if request.estimate is None:
        return chain.from_iterable(rule.findings(request.job_number_problem) for rule in JOB_NUMBER_RULES)
    code = job_code_of(request.budget.project, request.config.mapping) or ""
    case = JobCase(
        kind=request.kind, estimate=request.estimate, job_code=code, config=request.config, past=request.past
    )
    return chain.from_iterable(rule.findings(case) for rule in JOB_RULES)


def _line_findings(case: LineCase) -> list[Finding]:
    where = f"Line {case.line.label}"
    return [finding for rule in (*LINE_RULES, *READING_RULES) for finding in rule.findings(case, where)]


def _key_findings(groups: ReadingGroups, estimate: Estimate) -> list[Finding]:
    headers = headers_by_key(estimate)
    found: list[Finding] = []
    for (phase, cost_type), readings in sorted(groups.items(), key=lambda item: item[0]):
        case = KeyCase(readings=tuple(readings), header=headers.get((phase.rstrip(" "), cost_type)))
        where = f"Phase {phase.rstrip()} cost type {cost_type}"
        found += [finding for rule in KEY_RULES for finding in rule.findings(case, where)]
    return found


def _change_findings(plan: Plan, estimate: Estimate) -> list[Finding]:
    planned = {(line.phase.rstrip(" "), line.cost_type): line for line in plan.lines}
    is_update = plan.kind is Kind.UPDATE
    found: list[Finding] = []
    for key, header in sorted(headers_by_key(estimate).items()):
        # On a first export every foreign estimate is refused as a whole (estimates-not-ours).
        if key in planned or is_update:
            case = ChangeCase(line=planned.get(key), header=header)
            where = f"Phase {key[0]} cost type {key[1]}"
            found += [finding for rule in CHANGE_RULES for finding in rule.findings(case, where)]
    return found


def _line_order(line: BudgetLineItem) -> tuple[str, int, str]:
    # Partial lines have no id; their whole content then decides, so that no order of Procore's shows through.
    return (line.label, line.id or 0, "" if line.id else repr(line))


def _blocks(findings: Iterable[Finding]) -> bool:
    return any(finding.severity is Severity.BLOCK for finding in findings)
