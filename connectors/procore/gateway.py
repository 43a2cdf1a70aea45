"""What the product asks of Procore. `http.py` answers it over HTTPS; nothing above this line knows of HTTP."""

from typing import Protocol

from connectors.checks import Check
from jobcost.budget import Budget, ProcoreUser, Project


class ProcoreGateway(Protocol):
    """One Procore company's budgets. Every method raises only the errors of `connectors/procore/errors.py`."""

    def read_budget(self, project_id: int) -> Budget:
        """Read everything an export needs of one project's budget, complete or not at all."""
        ...

    def read_users(self) -> tuple[ProcoreUser, ...]:
        """Read the company directory alone: who a person is now (Procore GET /rest/v1.3/companies/{id}/users)."""
        ...

    def list_projects(self) -> tuple[Project, ...]:
        """List the company's projects that are linked to the ERP (Procore GET /rest/v1.0/projects, filters[synced])."""
        ...

    def read_fingerprint(self, project_id: int, view_id: int) -> str:
        """Digest the budget's rows alone, as `Budget.fingerprint` does: one call while they fit on a page.

        Raises:
            NotVisible: if the view is not there any more; read the whole budget then.
        """
        ...

    def read_changes_fingerprint(self, project_id: int, view_id: int) -> str:
        """Digest the approved changes alone, as `Budget.changes_fingerprint` does: two or three calls.

        Raises:
            NotVisible: if the view is not there any more; read the whole budget then.
        """
        ...

    def read_locked(self, project_id: int) -> bool:
        """Say whether the budget is locked, one call (Procore GET /rest/v1.0/projects/{p}/budget)."""
        ...

    def lock_budget(self, project_id: int) -> None:
        """Lock the budget (Procore POST /rest/v1.0/projects/{p}/budget/lock). Locking a locked budget is no error."""
        ...

    def unlock_budget(self, project_id: int) -> None:
        """Make the budget editable again, keeping its modifications (invariant 7)."""
        ...

    def probe(self) -> tuple[Check, ...]:
        """Try the access without changing anything: token, company, budget view, users."""
        ...
