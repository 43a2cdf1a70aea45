"""Every export of a project's budget after the first: changed originals, new lines, approved budget changes.

Requires: as flows.budget_setup. The project's first export must be settled: verified, or cleared by a person.
The flow holds no state of its own: each step reads the journal first, so it can be stopped anywhere and run again.
"""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.carrying import carry
from jobcost.plan import Kind
from tasks.export_tasks import propose_export
from tasks.outcome import final_state


@flow(name="budget-update", flow_run_name="update-of-{project_id}", retries=0, persist_result=False)
def budget_update(
    project_id: str, submitted_by: str, *, lock_budget: bool = False, continue_export: str = "", profile: str = ""
) -> State[Any]:
    """Send what changed in a project's budget for acceptance and, once accepted, bring it to Vista.

    Originals become changed or new estimates; each approved budget change becomes an internal change order, once.

    Args:
        project_id: The number in the project's address in Procore (.../projects/NUMBER/...). Files are not accepted.
        submitted_by: Your e-mail address, as in the Procore directory. You are the sender; somebody else must accept.
        lock_budget: Locks an unlocked budget in Procore first. Otherwise an unlocked budget is refused.
        continue_export: Leave empty. The id of an interrupted export whose own run is gone, to go on with it.
        profile: Leave empty unless your installation has several companies.
    """
    export = propose_export(
        Kind.UPDATE, project_id, submitted_by, lock_budget=lock_budget, continue_export=continue_export, profile=profile
    )
    return final_state(carry(export, profile), profile)
