"""Take an export back: every line to what it was before, every change order cancelled by a reversing one.

Requires: as flows.budget_setup. Nothing is deleted in Vista, and nothing is written before an approver accepted.
The flow holds no state of its own: each step reads the journal first, so it can be stopped anywhere and run again.
"""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.carrying import carry
from tasks.export_tasks import propose_undo
from tasks.outcome import final_state


@flow(name="budget-undo", flow_run_name="undo-of-{export_id}", retries=0, persist_result=False)
def budget_undo(export_id: str, submitted_by: str, *, continue_export: str = "", profile: str = "") -> State[Any]:
    """Send the taking back of an export for acceptance and, once accepted, bring Vista to what it held before it.

    Refused if anything of it moved in Vista since, or a later export of the job was written.

    Args:
        export_id: The export to take back, such as EX-20261123-7F3K9Q.
        submitted_by: Your e-mail address, as in the Procore directory. You are the sender; somebody else must accept.
        continue_export: Leave empty. The id of an interrupted undo whose own run is gone, to go on with it.
        profile: Leave empty; it is found from the export.
    """
    export = propose_undo(export_id, submitted_by, continue_export=continue_export, profile=profile)
    return final_state(carry(export, profile), profile)
