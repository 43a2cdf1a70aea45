"""Take an export back: every line to what it was before, every change order reversed. Nothing is deleted in Vista.

Pure. What stands against it is judged by `rules/undo_rules`; the plan goes the way of every other plan.
"""

from dataclasses import replace
from itertools import chain

from jobcost.deletions import NOTHING
from jobcost.estimate import CostHeader, Estimate
from jobcost.findings import Finding
from jobcost.judging import budget_findings, current_findings, job_findings
from jobcost.money import ZERO_DOLLARS, dollars
from jobcost.order_amounts import amounts_of, orders_by_number
from jobcost.order_numbers import number_key, reversing_number
from jobcost.plan import Action, ChangeOrderItem, Kind, Plan, PlannedChangeOrder, PlannedLine
from jobcost.plan_lines import changes_on, contract_amounts_of, headers_by_key, image_of, untouched_by, values_of
from jobcost.planning import PlanRequest, Proposal
from jobcost.rules.budget_rules import sender_unknown, verification_not_cleared
from jobcost.rules.key_rules import KEY_RULES
from jobcost.rules.plan_rules import CHANGE_RULES, ChangeCase
from jobcost.rules.registry import REVERSAL, KeyCase
from jobcost.rules.undo_rules import (
    UNDO_CHANGES_RULES,
    UNDO_LINE_RULES,
    UNDO_ORDER_LINE_RULES,
    UNDO_ORDER_RULES,
    UNDO_RULES,
    UndoCase,
    UndoChangesCase,
    UndoLineCase,
    UndoOrderCase,
    UndoOrderLineCase,
)

# Of the rules of a budget only those about the sender and the job's exports matter: the budget itself is not sent.
_BUDGET_RULES = (sender_unknown, verification_not_cleared)


def make_undo(taken_back: Plan, taken_back_id: str, request: PlanRequest, *, knew_changes: bool = True) -> Proposal:
    """Plan to take an export back, and find everything that stands against it.

    Args:
        taken_back: the plan of that export as it was accepted.
        taken_back_id: the export's id.
        request: the job now, who asks, and what happened before. Procore's budget need not be locked.
        knew_changes: that plan tells which change orders stood then; one of an early version does not.
    """
    findings = [*budget_findings(request, _BUDGET_RULES), *job_findings(request)]
    estimate = request.estimate
    whole = UndoCase(plan=taken_back, export_id=taken_back_id, estimate=estimate, past=request.past)
    findings += chain.from_iterable(rule.findings(whole) for rule in UNDO_RULES)
    if estimate is None or estimate.job is None or estimate.contract is None:
        return Proposal(findings=tuple(findings), plan=None)
    lines = tuple(_returned(line, headers_by_key(estimate)) for line in taken_back.changes)
    plan = Plan(
        kind=Kind.UNDO,
        procore_company_id=taken_back.procore_company_id,
        project_id=taken_back.project_id,
        project_name=taken_back.project_name,
        jcco=estimate.company.jcco,
        phase_group=estimate.company.phase_group,
        job=estimate.job.job,
        job_description=estimate.job.description,
        job_image=image_of(estimate.job, estimate.contract, estimate),
        add_phases=(),
        lines=lines,
        untouched=tuple(untouched_by({(line.phase.rstrip(" "), line.cost_type) for line in lines}, estimate)),
        change_orders=tuple(_reversing(order, request) for order in taken_back.change_orders),
        changes_before=changes_on(estimate),
        contract_amounts=contract_amounts_of(estimate),
        undoes=taken_back_id,
    )
    findings += _line_findings(taken_back, plan, estimate, request)
    findings += _changes_findings(taken_back, estimate) if knew_changes else []
    findings += _order_findings(taken_back, plan, estimate, request)
    return Proposal(findings=(*findings, *current_findings(plan)), plan=plan)


def _returned(line: PlannedLine, headers: dict[tuple[str, int], CostHeader]) -> PlannedLine:
    """Turn a written line round. A row that the export added stays, with nothing in it."""
    header = headers.get((line.phase.rstrip(" "), line.cost_type))
    now, after = values_of(header) if header else line.after, line.before or NOTHING
    return replace(
        line,
        action=Action.UNCHANGED if now == after else Action.CHANGE_ESTIMATE,
        phase=header.phase if header else line.phase,
        before=now,
        after=after,
        # The budget of today has no say in it.
        sources=(),
    )


def _reversing(order: PlannedChangeOrder, request: PlanRequest) -> PlannedChangeOrder:
    return PlannedChangeOrder(
        aco=reversing_number(order.aco),
        source_kind=REVERSAL,
        source_id=order.source_id,
        source_number=order.aco,
        title=f"Takes back {order.aco}: {order.title}".removesuffix(": "),
        month=request.sent_on.replace(day=1).isoformat(),
        approval_date=request.sent_on.isoformat(),
        items=tuple(_negated(item) for item in order.items),
    )


def _negated(item: ChangeOrderItem) -> ChangeOrderItem:
    return replace(item, lines=tuple(replace(line, cost=dollars(-line.cost)) for line in item.lines))


def _line_findings(taken_back: Plan, plan: Plan, estimate: Estimate, request: PlanRequest) -> list[Finding]:
    headers = headers_by_key(estimate)
    phases = {row.phase.rstrip(" "): row for row in estimate.job_phases}
    blocks_after_costs = request.config.limits.change_after_costs == "block"
    found: list[Finding] = []
    for was, line in zip(taken_back.changes, plan.lines, strict=True):
        key = (was.phase.rstrip(" "), was.cost_type)
        header, where = headers.get(key), f"Phase {key[0]} cost type {key[1]}"
        returned = UndoLineCase(exported=was, header=header, phase=phases.get(key[0]), planned=line)
        found += [finding for rule in UNDO_LINE_RULES for finding in rule.findings(returned, where)]
        if header is not None and line.action is not Action.UNCHANGED:
            owned = KeyCase(readings=(), header=header, is_written=True)
            found += [finding for rule in KEY_RULES for finding in rule.findings(owned, where)]
            in_use = ChangeCase(line=line, header=header, blocks_after_costs=blocks_after_costs)
            found += [finding for rule in CHANGE_RULES for finding in rule.findings(in_use, where)]
    return found


def _changes_findings(taken_back: Plan, estimate: Estimate) -> list[Finding]:
    """Hold the change orders on every line that the export wrote to against what it left."""
    left = {(phase.rstrip(" "), cost_type): cost for (phase, cost_type), cost in taken_back.changes_after.items()}
    touched = {(line.phase.rstrip(" "), line.cost_type) for line in taken_back.changes}
    touched |= {key for order in taken_back.change_orders for key in amounts_of(order)}
    headers = headers_by_key(estimate)
    found: list[Finding] = []
    for key in sorted(touched & headers.keys()):
        case = UndoChangesCase(exported=left.get(key, ZERO_DOLLARS), found=headers[key].change_cost)
        where = f"Phase {key[0]} cost type {key[1]}"
        found += [finding for rule in UNDO_CHANGES_RULES for finding in rule.findings(case, where)]
    return found


def _order_findings(taken_back: Plan, plan: Plan, estimate: Estimate, request: PlanRequest) -> list[Finding]:
    in_vista, known = orders_by_number(estimate), {number_key(aco) for aco in request.past.change_orders}
    months = {item.item.rstrip(" "): item.start_month for item in estimate.contract_items}
    found: list[Finding] = []
    for was, order in zip(taken_back.change_orders, plan.change_orders, strict=True):
        case = UndoOrderCase(
            exported=was,
            reversing=order,
            in_vista=in_vista.get(number_key(was.aco)),
            is_taken=number_key(order.aco) in in_vista or number_key(order.aco) in known,
            month=request.sent_on.replace(day=1),
            start_months={item.item: months.get(item.item.rstrip(" ")) for item in order.items},
        )
        found += [finding for rule in UNDO_ORDER_RULES for finding in rule.findings(case, f"Change order {was.aco}")]
        found += _order_line_findings(order, estimate)
    return found


def _order_line_findings(order: PlannedChangeOrder, estimate: Estimate) -> list[Finding]:
    """Judge the rows that a reversing change order needs: what Vista would refuse is known before anybody accepts."""
    headers = headers_by_key(estimate)
    phases = {row.phase.rstrip(" "): row for row in estimate.job_phases}
    found: list[Finding] = []
    for item in order.items:
        for line in item.lines:
            key = (line.phase.rstrip(" "), line.cost_type)
            case = UndoOrderLineCase(item=item.item, line=line, header=headers.get(key), phase=phases.get(key[0]))
            where = f"Change order {order.source_number}, phase {key[0]} cost type {key[1]}"
            found += [finding for rule in UNDO_ORDER_LINE_RULES for finding in rule.findings(case, where)]
    return found
