"""The inbox, on demand: what waits for an answer."""

from prefect import flow

from tasks.acceptance_tasks import show_inbox


@flow(name="inbox", retries=0, persist_result=False)
def inbox() -> str:
    """List what waits for an approver: by age, amount, company, deadline, and who may decide.

    The page is the artifact "inbox" (Artifacts in the menu), which is also brought up to date whenever something moves.
    """
    return show_inbox()
