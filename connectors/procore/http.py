"""`ProcoreGateway` over HTTPS."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import httpx

from connectors.checks import Check
from connectors.procore import budget_moment, budget_reader, lock, probe
from connectors.procore.access import ProcoreAccess
from connectors.procore.budget_values import ViewColumns
from connectors.procore.calls import Calls
from jobcost.budget import Budget, ProcoreUser, Project


class HttpProcore:
    """One Procore company's budgets. Close it after use, or use it as a context manager; one thread at a time.

    `transport`, `sleep` and `now` (unix seconds) are the network and the clock; tests give others.
    """

    def __init__(
        self,
        access: ProcoreAccess,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._calls = Calls(access, transport=transport, sleep=sleep, now=now)
        self._columns: dict[int, ViewColumns] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._calls.close()

    def read_budget(self, project_id: int) -> Budget:
        """Read everything an export needs of one project's budget, complete or not at all."""
        return budget_reader.read_budget(self._calls, project_id)

    def read_users(self) -> tuple[ProcoreUser, ...]:
        """Read the company directory alone: who a person is now."""
        return budget_reader.read_users(self._calls)

    def list_projects(self) -> tuple[Project, ...]:
        """List the company's projects that are linked to the ERP."""
        return budget_reader.list_projects(self._calls)

    def read_fingerprint(self, project_id: int, view_id: int) -> str:
        """Digest the budget's rows alone, as `Budget.fingerprint` does."""
        # UNVERIFIED: that a view, which is the company's, has the same columns in every project. They are asked for
        # once, so that a look at many projects costs one call each.
        if view_id not in self._columns:
            self._columns[view_id] = budget_reader.read_columns(self._calls, project_id, view_id)
        return budget_reader.read_fingerprint(self._calls, project_id, view_id, self._columns[view_id])

    def read_changes_fingerprint(self, project_id: int, view_id: int) -> str:
        """Digest the approved changes alone, as `Budget.changes_fingerprint` does."""
        return budget_reader.read_changes_fingerprint(self._calls, project_id, view_id)

    def read_locked(self, project_id: int) -> bool:
        """Say whether the budget is locked."""
        return budget_moment.read_locked(self._calls, project_id)

    def lock_budget(self, project_id: int) -> None:
        """Lock the budget. Locking a locked budget is no error."""
        lock.lock_budget(self._calls, project_id)

    def unlock_budget(self, project_id: int) -> None:
        """Make the budget editable again, keeping its modifications."""
        lock.unlock_budget(self._calls, project_id)

    def probe(self) -> tuple[Check, ...]:
        """Try the access without changing anything: token, company, budget view, users, rate limit."""
        return probe.probe(self._calls)
