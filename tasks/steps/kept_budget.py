"""What the journal keeps of a budget beside the plan, so that a cheap later look tells whether anything moved.

Two kinds: what an export was planned from, which proves what its plan says; and what a sync saw later and found to need
no export, which proves nothing of any plan.
"""

import json
from dataclasses import asdict, dataclass

from connectors.journal.records import Evidence
from jobcost.budget import Budget
from jobcost.config import ExportConfig
from jobcost.mapping import job_code_of
from jobcost.plan import Kind, Plan
from jobcost.plan_lines import policy_in_force
from tasks.systems import Systems

# The budget that an export was planned from; kept together with the plan.
BUDGET_EVIDENCE = "budget"
# A budget that a later sync read as a whole, and found to need no export.
SEEN_EVIDENCE = "budget-seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBudget:
    """What was kept of one budget; "" and 0 stand for what an earlier version did not keep."""

    # Procore's id of the view it was read from, and `Budget.fingerprint`.
    view_id: int = 0
    fingerprint: str = ""
    # `Budget.changes_fingerprint`.
    changes: str = ""
    # What was to become of budget changes (configuration [changes] policy).
    policy: str = ""
    # Approved changes were left for a later update.
    left_waiting: bool = False
    # The Vista job that the project was linked to, as people write it.
    linked_to: str = ""


def kept_of(json_text: str) -> KeptBudget:
    """Read what was kept."""
    found = json.loads(json_text)
    return KeptBudget(**{name: found[name] for name in KeptBudget.__slots__ if name in found})


def evidence_of(kind: str, kept: KeptBudget) -> Evidence:
    """Spell what is to be kept."""
    return Evidence(kind=kind, json_text=json.dumps(asdict(kept)))


def planned_from(budget: Budget, kind: Kind, config: ExportConfig) -> KeptBudget:
    """Say what an export of this kind was planned from, and what it leaves for a later one."""
    waits = not policy_in_force(kind, config)
    return KeptBudget(
        view_id=budget.view_id,
        fingerprint=budget.fingerprint,
        changes=budget.changes_fingerprint,
        policy=config.changes.policy.value,
        left_waiting=waits and any(change.is_approved and change.adjustments for change in budget.changes),
        linked_to=job_code_of(budget.project, config.mapping) or "",
    )


def kept_with_plan(systems: Systems, export_id: str) -> KeptBudget | None:
    """Read what was kept of the budget when the plan was made; what was merely seen later proves nothing of a plan."""
    kept = (row for row in systems.journal.evidence(export_id) if row.kind == BUDGET_EVIDENCE)
    return next((kept_of(row.json_text) for row in kept), None)


def knew_changes(systems: Systems, export_id: str, plan: Plan) -> bool:
    """The plan was made by a version that reads change orders: where it tells of none, there were none."""
    return plan.tells_changes or kept_with_plan(systems, export_id) is not None
