"""One mail a day to everybody for whom a budget waits."""

from prefect import flow

from tasks.acceptance_tasks import send_digest


@flow(name="daily-digest", retries=0, persist_result=False)
def daily_digest() -> str:
    """Send every approver one mail about all that waits for them. Sent once a day, however often this runs."""
    return send_digest()
