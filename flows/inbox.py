"""The inbox, on demand: what waits for an answer."""

from prefect import flow

from tasks.acceptance_tasks import show_inbox


@flow(name="inbox", retries=0, persist_result=False)
def inbox(profile: str = "") -> str:
    """List what waits for an approver: by age, amount, company, deadline, and who may decide.

    The page is the artifact "inbox" (Artifacts in the menu), which is also brought up to date whenever something moves.

    Args:
        profile: Leave empty unless your installation has several companies. Left empty, all of them.
    """
    return show_inbox(profile)
