"""Make a plan: pure, total, deterministic; the same budget and estimate give the same plan in any order of lines.

Every budget line ends in exactly one place: planned, unchanged, or a finding that blocks it (invariant 11).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from jobcost.budget import BudgetLineItem
from jobcost.change_orders import OrderCase, keys_by_code, order_cases, planned_orders
from jobcost.config import ExportConfig
from jobcost.deletions import DeletedLine, deleted_lines
from jobcost.estimate import Estimate
from jobcost.findings import Finding, Severity
from jobcost.judging import budget_findings, change_findings, job_findings
from jobcost.mapping import Translator
from jobcost.order_amounts import LineKey
from jobcost.past_lines import key_of
from jobcost.plan import ChangePolicy, Kind, Plan
from jobcost.plan_lines import PlanMaker, ReadingGroups, headers_by_key
from jobcost.request import PlanRequest
from jobcost.rules.key_rules import KEY_RULES
from jobcost.rules.line_rules import LINE_RULES
from jobcost.rules.past_rules import PAST_RULES, PastCase
from jobcost.rules.plan_rules import CHANGE_RULES, ChangeCase
from jobcost.rules.reading_rules import READING_RULES
from jobcost.rules.registry import KeyCase, LineCase

__all__ = ["PlanRequest", "Proposal", "make_proposal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What came of a request: all findings, and a plan where the job is known well enough to make one."""

    findings: tuple[Finding, ...]
    plan: Plan | None
    # Deleted lines that an approver kept with the last export: (phase, cost type).
    kept: frozenset[tuple[str, int]] = frozenset()

    @property
    def is_unchanged(self) -> bool:
        """Vista holds exactly this, and what an approver could consent to was answered with the last export."""
        plan = self.plan
        if plan is None or not plan.writes_nothing:
            return False
        return all((line.phase.rstrip(" "), line.cost_type) in self.kept for line in plan.deleted)

    @property
    def is_blocked(self) -> bool:
        """Some finding forbids the export, or there is nothing to plan on."""
        return self.plan is None or any(finding.severity is Severity.BLOCK for finding in self.findings)


def make_proposal(request: PlanRequest) -> Proposal:
    """Judge the whole budget and plan what can be planned.

    Every problem of every line is found at once; what only its row in Vista tells, once the line itself is right.

    Raises:
        ValueError: for the kind UNDO, which follows from an earlier export and not from a budget; see `undo`.
    """
    if request.kind is Kind.UNDO:
        raise ValueError("Proposal of an undo: expected make_undo, found make_proposal.")
    findings = [*budget_findings(request), *job_findings(request)]
    translator = Translator(request.estimate, request.config) if request.estimate else None
    groups: ReadingGroups = defaultdict(list)
    mentioned: set[LineKey] = set()
    unread: set[int | None] = set()
    for line in sorted(request.budget.line_items, key=_line_order):
        case = _line_case(line, request.config, translator)
        line_findings = _line_findings(case)
        findings += line_findings
        reading = case.reading
        if reading and reading.phase and reading.cost_type:
            mentioned.add((reading.phase.rstrip(" "), reading.cost_type.cost_type))
            if not _blocks(line_findings):
                groups[reading.phase, reading.cost_type.cost_type].append(reading)
        else:
            unread.add(line.id)
    # A line that cannot be read any more is still in the budget: what it stood for is not deleted.
    mentioned |= {key for key, left in request.past.left.items() if not left.budget_lines.isdisjoint(unread)}
    deleted = _deleted(request, translator, frozenset(mentioned))
    plan = _plan(request, translator, groups, deleted)
    if plan is None or request.estimate is None:
        return Proposal(findings=tuple(findings), plan=plan, kept=request.past.kept)
    cases = _order_cases(request, request.estimate, plan, groups)
    if request.config.changes.policy is ChangePolicy.CHANGE_ORDERS:
        plan = replace(plan, change_orders=planned_orders(cases, request.sent_on))
    findings += _key_findings(groups, request.estimate, plan)
    findings += _change_findings(request, request.estimate, plan, deleted, frozenset(mentioned))
    findings += _past_findings(request, plan)
    return Proposal(findings=(*findings, *change_findings(request, plan, cases)), plan=plan, kept=request.past.kept)


def _plan(
    request: PlanRequest, translator: Translator | None, groups: ReadingGroups, deleted: tuple[DeletedLine, ...]
) -> Plan | None:
    estimate = request.estimate
    if estimate is None or translator is None or estimate.job is None or estimate.contract is None:
        return None
    maker = PlanMaker(request.kind, request.budget, estimate, request.config, translator.book)
    return maker.make(estimate.job, estimate.contract, groups, deleted)


def _deleted(
    request: PlanRequest, translator: Translator | None, mentioned: frozenset[LineKey]
) -> tuple[DeletedLine, ...]:
    if request.kind is not Kind.UPDATE or request.estimate is None or translator is None:
        return ()
    past = request.past
    return deleted_lines(request.estimate, past.lines - mentioned, past.left, request.config.limits, translator.book)


def _order_cases(request: PlanRequest, estimate: Estimate, plan: Plan, groups: ReadingGroups) -> tuple[OrderCase, ...]:
    """Judge each budget change, where this export has to do with them; a setup mostly leaves them for later."""
    if not plan.change_policy or plan.change_policy == ChangePolicy.OFF:
        return ()
    planned = ((reading.line, key) for key, readings in groups.items() for reading in readings)
    return order_cases(
        budget=request.budget,
        estimate=estimate,
        plan=plan,
        keys_of_codes=keys_by_code(planned),
        config=request.config,
        past=request.past,
        sent_on=request.sent_on,
    )


def _line_case(line: BudgetLineItem, config: ExportConfig, translator: Translator | None) -> LineCase:
    if translator is None:
        return LineCase(line=line, config=config, reading=None, book=None)
    return LineCase(line=line, config=config, reading=translator.read(line), book=translator.book)


def _line_findings(case: LineCase) -> list[Finding]:
    where = f"Line {case.line.label}"
    return [finding for rule in (*LINE_RULES, *READING_RULES) for finding in rule.findings(case, where)]


def _key_findings(groups: ReadingGroups, estimate: Estimate, plan: Plan) -> list[Finding]:
    headers = headers_by_key(estimate)
    written = plan.written_keys
    found: list[Finding] = []
    for (phase, cost_type), readings in sorted(groups.items(), key=lambda item: item[0]):
        key = (phase.rstrip(" "), cost_type)
        case = KeyCase(readings=tuple(readings), header=headers.get(key), is_written=key in written)
        where = f"Phase {phase.rstrip()} cost type {cost_type}"
        found += [finding for rule in KEY_RULES for finding in rule.findings(case, where)]
    return found


def _change_findings(
    request: PlanRequest,
    estimate: Estimate,
    plan: Plan,
    deleted: tuple[DeletedLine, ...],
    mentioned: frozenset[LineKey],
) -> list[Finding]:
    planned = {(line.phase.rstrip(" "), line.cost_type): line for line in plan.lines}
    gone = {(line.header.phase.rstrip(" "), line.header.cost_type): line.keeps_because for line in deleted}
    found: list[Finding] = []
    for key, header in sorted(headers_by_key(estimate).items()):
        # On a first export every foreign estimate is refused as a whole (estimates-not-ours).
        if key in planned or request.kind is Kind.UPDATE:
            case = ChangeCase(
                line=planned.get(key),
                header=header,
                is_in_budget=key in mentioned,
                blocks_after_costs=request.config.limits.change_after_costs == "block",
                is_deleted=key in gone,
                falls_elsewhere=_falling_elsewhere(request, key) if key in gone else "",
                keeps_because=gone.get(key, ""),
            )
            where = f"Phase {key[0]} cost type {key[1]}"
            found += [finding for rule in CHANGE_RULES for finding in rule.findings(case, where)]
    return found


def _falling_elsewhere(request: PlanRequest, key: LineKey) -> str:
    """Name the budget lines that stood for a row of Vista and are still in the budget, for other rows."""
    stood = request.past.left[key].budget_lines if key in request.past.left else frozenset()
    return ", ".join(sorted(line.label for line in request.budget.line_items if line.id in stood))


def _past_findings(request: PlanRequest, plan: Plan) -> list[Finding]:
    """Hold what an update would write against how the exports before it left the lines."""
    left = request.past.left if request.kind is Kind.UPDATE else {}
    found: list[Finding] = []
    for line in (one for one in plan.lines if key_of(one) in left):
        case = PastCase(line=line, left=left[key_of(line)])
        where = f"Phase {line.phase.rstrip()} cost type {line.cost_type}"
        found += [finding for rule in PAST_RULES for finding in rule.findings(case, where)]
    return found


def _line_order(line: BudgetLineItem) -> tuple[str, int, str]:
    # Partial lines have no id; their whole content then decides, so that no order of Procore's shows through.
    return (line.label, line.id or 0, "" if line.id else repr(line))


def _blocks(findings: Iterable[Finding]) -> bool:
    return any(finding.severity is Severity.BLOCK for finding in findings)
