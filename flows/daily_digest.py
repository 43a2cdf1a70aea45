"""One mail a day to everybody for whom a budget waits."""

from prefect import flow

from tasks.acceptance_tasks import send_digest


@flow(name="daily-digest", retries=0, persist_result=False)
def daily_digest(profile: str = "") -> str:
    """Send every approver one mail about all that waits for them. Sent once a day, however often this runs.

    Args:
        profile: Leave empty unless your installation has several companies. Left empty, all of them.
    """
    return send_digest(profile)
