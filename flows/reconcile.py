"""The month-end question: do Procore and Vista agree on every exported job, line by line?

Requires: what the exports require. Nothing is written to Procore or Vista; it may be run at any time, and again.
"""

from datetime import date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from tasks.reconcile_tasks import reconcile_exported, reconciliation_state


@flow(name="reconcile", retries=0, persist_result=False)
def reconcile(job: str = "", as_of: date | None = None, profile: str = "") -> State[Any]:
    """Compare Procore's budgets with Vista's estimates and with what was last verified; name every difference once.

    Args:
        job: Leave empty for every exported job. A Vista job, or a Procore project's number, to compare it alone.
        as_of: Leave empty for now. A day, to compare what had been sent, posted and verified by its end.
        profile: Leave empty unless your installation has several companies. Left empty, all of them.
    """
    return reconciliation_state(reconcile_exported(job, as_of, profile))
