"""Locking and unlocking a budget so that the outcome is known.

A lost answer is answered by reading the budget, never by blindly sending again; only if reading shows that
nothing happened is the request sent once more. Unlocking always says that modifications stay: Procore's default
destroys them (facts 2.5, DELETE budget/lock).
"""

import logging
from collections.abc import Callable

from connectors.procore.budget_moment import read_locked
from connectors.procore.calls import Calls
from connectors.procore.changes_reader import read_modification_ids
from connectors.procore.errors import (
    AnswerUnreadable,
    LockNotProven,
    ModificationsDestroyed,
    ProcoreFailed,
    ProcoreRefused,
    ProcoreUnreachable,
    RuleBroken,
    UnlockRefused,
)

logger = logging.getLogger(__name__)

SENDS_MAX = 3
# Procore may still be working on a request whose answer was lost.
_SETTLE_SECONDS = 2.0


def lock_budget(calls: Calls, project_id: int) -> None:
    """Lock the budget (POST /rest/v1.0/projects/{p}/budget/lock); nothing is sent if it is locked.

    Raises:
        LockNotProven: if it is not locked after three requests.
        ProcoreError: any other failure.
    """
    path = f"/rest/v1.0/projects/{project_id}/budget/lock"
    _settle(calls, project_id, desired=True, send=lambda: calls.send_once("POST", path))


def unlock_budget(calls: Calls, project_id: int) -> None:
    """Unlock the budget (DELETE /rest/v1.0/projects/{p}/budget/lock) and prove that its modifications are still there.

    Raises:
        UnlockRefused: if Procore says no; nothing was changed.
        ModificationsDestroyed: if modifications are gone.
        LockNotProven: if it is not unlocked after three requests.
        ProcoreError: any other failure.
    """
    path = f"/rest/v1.0/projects/{project_id}/budget/lock"
    keeping = {"destroy_all_budget_line_item_transfers": "false"}
    existing = read_modification_ids(calls, project_id)
    try:
        _settle(calls, project_id, desired=False, send=lambda: calls.send_once("DELETE", path, keeping))
    except RuleBroken as error:
        raise UnlockRefused(error.method, error.path, error.status, error.words) from error
    lost = existing - read_modification_ids(calls, project_id)
    if lost:
        raise ModificationsDestroyed(project_id, len(existing), tuple(sorted(lost)))


def _settle(calls: Calls, project_id: int, *, desired: bool, send: Callable[[], object]) -> None:
    last = "none was sent."
    is_locked = read_locked(calls, project_id)
    for _ in range(SENDS_MAX):
        if is_locked == desired:
            return
        try:
            send()
            last = "it was done."
        except (ProcoreUnreachable, AnswerUnreadable, ProcoreFailed) as error:
            last = str(error)
            logger.warning(
                "What became of a request is unknown, reading the budget of project %d: %s", project_id, last
            )
            calls.pause(_SETTLE_SECONDS)
        except ProcoreRefused:
            # Refused because it is so already: somebody, or our own lost request, was faster.
            if read_locked(calls, project_id) == desired:
                return
            raise
        is_locked = read_locked(calls, project_id)
    if is_locked != desired:
        raise LockNotProven(project_id, _word(locked=desired), _word(locked=is_locked), last)


def _word(*, locked: bool) -> str:
    return "a locked budget" if locked else "an unlocked budget"
