"""What a test lets happen on the played SQL Server: errors, others who write meanwhile, locks, Vista's procedure.

The messages are SQL Server's own, in the shape in which pyodbc hands them on.
"""

import re
import sqlite3
import threading
from collections.abc import Sequence
from typing import Any

_PREFIX = "[Microsoft][ODBC Driver 18 for SQL Server]"


def server_error(number: int, words: str, state: str = "42000") -> sqlite3.Error:
    """An error of the server, as pyodbc tells it."""
    return sqlite3.ProgrammingError(state, f"[{state}] {_PREFIX}[SQL Server]{words} ({number}) (SQLExecDirectW)")


def refused_by_trigger(words: str) -> sqlite3.Error:
    """What comes of RAISERROR and ROLLBACK TRANSACTION in a trigger: Vista's words, then 3609."""
    after = "The transaction ended in the trigger. The batch has been aborted. (3609)"
    return sqlite3.ProgrammingError(
        "42000", f"[42000] {_PREFIX}[SQL Server]{words} (50000) (SQLExecDirectW); [42000] {_PREFIX}[SQL Server]{after}"
    )


def lost_connection() -> sqlite3.Error:
    """The network is gone."""
    return sqlite3.OperationalError(
        "08S01", f"[08S01] {_PREFIX}TCP Provider: Error code 0x68 (104) (SQLExecDirectW); Communication link failure"
    )


DEADLOCK = (
    1205,
    "Transaction (Process ID 52) was deadlocked on lock resources with another process and has been chosen as victim.",
    "40001",
)
LOCK_TIMEOUT = (1222, "Lock request time out period exceeded.")
STATEMENT_TIMEOUT = sqlite3.OperationalError("HYT00", f"[HYT00] {_PREFIX}Query timeout expired (0) (SQLExecDirectW)")

Answer = tuple[list[tuple[Any, ...]], Sequence[str]]


class Script:
    """The part of a played server that tests write."""

    def __init__(self) -> None:
        # Return code of sp_getapplock and number of open transactions; None: as the locks of the other sessions are.
        self.lock_answer: tuple[int, int] | None = None
        # HAS_PERMS_BY_NAME for bspJCADDPHASE: 1, 0, or None where there is no such procedure.
        self.may_add_phase: int | None = None
        # What the procedure says instead of adding the phase.
        self.procedure_refuses: str | None = None
        # Answers to questions about the catalogue: a part of the statement, and the rows or the error.
        self.answers: dict[str, Answer | sqlite3.Error] = {}
        # Set when somebody waits for the lock.
        self.is_waited_for = threading.Event()
        self._held: dict[str, object] = {}
        self._changed = threading.Condition()
        self._failures: list[tuple[str, bool, sqlite3.Error]] = []
        self._meanwhile: list[tuple[str, str]] = []
        self._lost: list[str] = []
        self._late: list[tuple[str, sqlite3.Error]] = []
        # Batches whose rows come after a message without rows.
        self.talkative: set[str] = set()
        # Writes whose triggers, without NOCOUNT, tell this count before the statement's own.
        self.noisy: dict[str, int] = {}

    def fail(self, part: str, error: sqlite3.Error, *, after: bool = False) -> None:
        """Let the next statement with this part fail; a COMMIT also after it was done."""
        self._failures.append((part, after, error))

    def meanwhile(self, part: str, statement: str) -> None:
        """Let another session's committed change appear right before the next statement with this part."""
        self._meanwhile.append((part, statement))

    def fail_late(self, part: str, error: sqlite3.Error) -> None:
        """Let the next statement with this part show a count first, and its error only to who reads on."""
        self._late.append((part, error))

    def late(self, text: str) -> sqlite3.Error | None:
        """Tell what this statement keeps back, once."""
        for one in self._late:
            if one[0] in text:
                self._late.remove(one)
                return one[1]
        return None

    def lose(self, part: str) -> None:
        """Let the next statement with this part do nothing, and tell no error."""
        self._lost.append(part)

    def is_lost(self, text: str) -> bool:
        """Tell whether this statement is one of those, once."""
        due = [part for part in self._lost if part in text]
        self._lost = [part for part in self._lost if part not in due]
        return bool(due)

    def before(self, text: str) -> list[str]:
        """Fail if that is due; tell what others did meanwhile."""
        self._fail(text, after=False)
        due = [one for one in self._meanwhile if one[0] in text]
        self._meanwhile = [one for one in self._meanwhile if one not in due]
        return [statement for _, statement in due]

    def after(self, text: str) -> None:
        """Fail if that is due, although it was done."""
        self._fail(text, after=True)

    def _fail(self, text: str, *, after: bool) -> None:
        for failure in self._failures:
            part, is_after, error = failure
            if part in text and is_after is after:
                self._failures.remove(failure)
                raise error

    def lock(self, session: object, bound: list[Any]) -> tuple[int, int]:
        """Play sp_getapplock: exclusive, until the session's transaction ends."""
        if self.lock_answer is not None:
            return self.lock_answer
        resource, wait_ms = str(bound[1]), int(bound[2])
        with self._changed:
            is_free = resource not in self._held
            if not is_free:
                self.is_waited_for.set()
            if not self._changed.wait_for(lambda: resource not in self._held, timeout=wait_ms / 1000):
                return (-1, 1)
            self._held[resource] = session
            return (0 if is_free else 1, 1)

    def release(self, session: object) -> None:
        """Let go of what a session holds."""
        with self._changed:
            self._held = {resource: holder for resource, holder in self._held.items() if holder is not session}
            self._changed.notify_all()

    def catalogue(self, text: str) -> Answer | None:
        """Answer what only SQL Server's catalogue knows."""
        if "AS may_run" in text:
            return [(self.may_add_phase,)], ("may_run",)
        for part, answer in self.answers.items():
            if part in text:
                if isinstance(answer, sqlite3.Error):
                    raise answer
                return answer
        return None

    def add_phase(self, sandbox: sqlite3.Connection, bound: list[Any]) -> tuple[int, str]:
        """Play bspJCADDPHASE: the description and the percentage are the phase master's, whatever the caller thinks."""
        jcco, job, phase_group, phase, item = bound
        if self.procedure_refuses is not None:
            return (1, self.procedure_refuses)
        sandbox.execute(
            "INSERT INTO JCJP (JCCo, Job, PhaseGroup, Phase, Description, Contract, Item, ProjMinPct, ActiveYN) "
            "SELECT j.JCCo, j.Job, m.PhaseGroup, m.Phase, m.Description, j.Contract, ?, m.ProjMinPct, 'Y' "
            "FROM JCJM AS j JOIN JCPM AS m ON m.PhaseGroup = ? AND m.Phase = ? WHERE j.JCCo = ? AND j.Job = ?",
            (item, phase_group, phase, jcco, job),
        )
        # The procedure fills its message on success, too.
        return (0, "Description of the phase")


def kind_of(told: str) -> str:
    """Shorten a statement to what it does and to which view."""
    if "sp_getapplock" in told:
        return "lock"
    if "bspJCADDPHASE @jcco" in told:
        return "run bspJCADDPHASE"
    if "HAS_PERMS_BY_NAME" in told:
        return "ask rights"
    if target := re.match(r"(INSERT INTO|UPDATE) \[(\w+)\]", told):
        return f"{target[1].split()[0].lower()} {target[2]}"
    if target := re.search(r"FROM \[(\w+)\]( WITH \(UPDLOCK, HOLDLOCK\))?", told):
        return f"{'hold' if target[2] else 'read'} {target[1]}"
    return told.lower()
