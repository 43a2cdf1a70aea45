"""The scheduled look for budgets that moved since they were exported: starts an update for each.

Requires: what the exports require. Nothing is written to Procore or Vista here; each update waits for its approver.
"""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from tasks.sync_tasks import sync_projects, sync_state


@flow(name="update-sync", retries=0, persist_result=False)
def update_sync(project_id: str = "", profile: str = "") -> State[Any]:
    """Start an update for every exported project whose budget moved, and say what became of all others.

    Args:
        project_id: Leave empty for every exported project. The number of one project in Procore, to look at it alone.
        profile: Leave empty unless your installation has several companies. Left empty, all of them.
    """
    return sync_state(sync_projects(project_id, profile))
