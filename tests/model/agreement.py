"""Do the product's plan and the journal's proofs say what the model says?"""

from connectors.journal import Journal
from connectors.journal.records import Verdict
from jobcost.plan import Plan
from tests.model.values import NOTHING, Amounts, Export, Question


def disagreement_of_plans(plan: Plan, asked: Question | None) -> list[str]:
    """Name what a plan would write differently from the model."""
    if asked is None:
        return ["a plan that must not be"]
    writes = {(line.phase.rstrip(), line.cost_type): line.after.cost for line in plan.changes}
    deleted = {(line.phase.rstrip(), line.cost_type): line.cost_before for line in plan.deleted}
    orders: dict[str, tuple[str, str, Amounts]] = {}
    for order in plan.change_orders:
        amounts: Amounts = {}
        for line in order.lines:
            key = (line.phase.rstrip(), line.cost_type)
            amounts[key] = amounts.get(key, NOTHING) + line.cost
        orders[order.aco] = (order.approval_date, order.month[:7], amounts)
    wanted = {aco: (str(order.day), order.month, order.amounts) for aco, order in asked.orders.items()}
    pairs = (("lines", asked.writes, writes), ("deleted", asked.deleted, deleted), ("orders", wanted, orders))
    return [f"{name}: expected {expected}, found {found}" for name, expected, found in pairs if expected != found]


def problems_of_acceptance(journal: Journal, export: Export) -> list[str]:
    """Name what the journal does not prove about an export: one acceptance, of exactly what was written, if any."""
    accepted = [one for one in journal.decisions(export.id) if one.verdict is Verdict.ACCEPT]
    if not export.accepted_by:
        return [f"{export.run} was accepted by nobody, and the journal says {accepted}"] if accepted else []
    plan = journal.plan(export.id)
    found = [(one.approver, one.digest) for one in accepted]
    problems = [] if found == [(export.accepted_by, plan.digest)] else [f"{export.run} was accepted so: {found}"]
    if plan.sets_to_zero is not (export.is_zeroed and bool(export.question and export.question.deleted)):
        problems.append(f"{export.run}: lines are set to zero, and nobody consented; or the other way round")
    return problems
