"""The seam between the steps and the three systems: every call passes it, and something can go wrong at a named moment.

A moment is "before" or "after" a call ("after journal.record_plan"), or a checkpoint of the writer inside Vista's
transaction ("at vista.before_commit"), as in `tests.flows.watch`.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import OperationalError

from connectors.journal.errors import JournalUnavailable
from connectors.vista.errors import VistaUnavailable


class Died(BaseException):
    """The process ends here: whatever was not committed is gone. Nothing in the product catches it."""


@dataclass(frozen=True)
class Mishap:
    """Something goes wrong at a moment."""

    moment: str
    error: Callable[[], BaseException]

    def __repr__(self) -> str:
        return f"{self.error.__name__} {self.moment}"


class Seam:
    """Passes every call on; at the moment that is set, once, it raises what is set instead."""

    def __init__(self) -> None:
        # Every moment that was seen, in order.
        self.moments: list[str] = []
        self._mishap: Mishap | None = None
        self.has_struck = False

    def set(self, mishap: Mishap | None) -> None:
        """Let something go wrong at the next moment of its name; None lets nothing go wrong."""
        self._mishap, self.has_struck = mishap, False

    def see(self, moment: str) -> None:
        """A moment passes."""
        self.moments.append(moment)
        mishap = self._mishap
        if mishap is not None and moment == mishap.moment:
            self._mishap, self.has_struck = None, True
            raise mishap.error()


def died() -> BaseException:
    return Died()


def vista_away() -> BaseException:
    return VistaUnavailable("Vista: expected a connection, found: the network is down.")


def vista_busy() -> BaseException:
    return OperationalError("statement", {}, sqlite3.OperationalError("database is locked"))


def vista_refuses() -> BaseException:
    return OperationalError("statement", {}, sqlite3.OperationalError("disk I/O error"))


def journal_away() -> BaseException:
    return JournalUnavailable(
        "The journal does not answer.", where="Journal", expected="an answer", found="none", way_out="Run it again."
    )


# Where a process dies: around everything that is recorded or written. What is only read changes nothing.
_DEATHS_WHILE_SENDING = (
    "after journal.expire_overdue",
    "before journal.open_export",
    "after journal.open_export",
    "after procore.lock_budget",
    "after vista.read_estimate",
    "after journal.assign_job",
    "after journal.record_plan",
)
_DEATHS_WHILE_ANSWERING = (
    "after journal.check_code",
    "before journal.record_acceptance",
    "after journal.record_acceptance",
    "before journal.record_rejection",
    "after journal.record_rejection",
)
# Inside Vista's transaction, and right after its commit.
_CHECKPOINTS = (
    "at vista.after_lock",
    "at vista.after_phases",
    "at vista.after_half_of_lines",
    "at vista.after_change_orders",
    "at vista.before_commit",
    "at vista.after_commit",
)
_DEATHS_WHILE_WRITING = (
    "after journal.permit",
    "before journal.move to applying",
    "after journal.move to applying",
    "at vista.before_lock",
    *_CHECKPOINTS,
    "after vista.apply",
    "after journal.move to applied",
    "after journal.record_verification",
    "before procore.unlock_budget",
    "after procore.unlock_budget",
    "after journal.mark_budget_returned",
)
_DEATHS_WHILE_SYNCING = (
    "after journal.exports_of_project",
    "after procore.read_locked",
    "after journal.record_evidence",
)


def _deaths(moments: tuple[str, ...]) -> tuple[Mishap, ...]:
    return tuple(Mishap(moment, died) for moment in moments)


SENDING = (
    *_deaths(_DEATHS_WHILE_SENDING),
    Mishap("before vista.read_estimate", vista_away),
    Mishap("before journal.record_plan", journal_away),
)
ANSWERING = (*_deaths(_DEATHS_WHILE_ANSWERING), Mishap("before journal.record_acceptance", journal_away))
WRITING = (
    *_deaths(_DEATHS_WHILE_WRITING),
    *(Mishap(moment, error) for moment in _CHECKPOINTS for error in (vista_busy, vista_refuses)),
    Mishap("before vista.read_estimate", vista_away),
    Mishap("before vista.apply", vista_away),
    Mishap("before journal.move to applying", journal_away),
    Mishap("before journal.move to applied", journal_away),
    Mishap("before journal.record_verification", journal_away),
)
SYNCING = _deaths(_DEATHS_WHILE_SYNCING)
