"""Take a budget back before anybody has decided on it."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from tasks.acceptance_tasks import retrieve_export
from tasks.outcome import final_state


@flow(name="budget-retrieve", flow_run_name="retrieve-{export_id}", retries=0, persist_result=False)
def budget_retrieve(
    export_id: str, retrieved_by: str, reason: str = "Retrieved by the sender.", profile: str = ""
) -> State[Any]:
    """Take a budget back: nothing is exported, and it can be corrected and sent again. It stays locked in Procore.

    Args:
        export_id: The export's id, such as EX-20261123-7F3K9Q. It works until an approver has decided.
        retrieved_by: Your e-mail address. You are the sender of the budget, or an enrolled operator.
        reason: Why, in a sentence for the approvers who were asked.
        profile: Leave empty; it is found from the export.
    """
    return final_state(retrieve_export(export_id, retrieved_by, reason, profile), profile)
