"""The watch over the acceptances, every few minutes: deadlines, reminders, mails that failed, the inbox.

It reads the journal alone, so after an outage the next run catches up with whatever is due.
"""

from prefect import flow

from tasks.acceptance_tasks import watch_over_acceptances


@flow(name="watch-acceptances", retries=0, persist_result=False)
def watch_acceptances(profile: str = "") -> str:
    """Expire budgets that nobody decided on in time, remind and escalate, deliver notices, keep the inbox current.

    An expired budget is never accepted, and stays locked in Procore; its sender is told and may send it again.

    Args:
        profile: Leave empty unless your installation has several companies. Left empty, all of them.
    """
    return watch_over_acceptances(profile)
