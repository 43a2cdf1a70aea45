"""Stand-ins for Procore and Vista in which somebody else does something at an awkward moment."""

from collections.abc import Callable

from connectors.checks import Check
from connectors.procore.gateway import ProcoreGateway
from connectors.vista.gateway import Applied, VistaGateway
from jobcost.budget import ProcoreUser
from jobcost.estimate import Estimate
from jobcost.permit import ApplyPermit
from jobcost.plan import Plan


class ProcoreWith:
    """Procore as it is, but for the reading of its directory."""

    def __init__(self, procore: ProcoreGateway, read_users: Callable[[], tuple[ProcoreUser, ...]]) -> None:
        self.read_budget = procore.read_budget
        self.read_users = read_users
        self.list_projects = procore.list_projects
        self.read_fingerprint = procore.read_fingerprint
        self.read_changes_fingerprint = procore.read_changes_fingerprint
        self.read_locked = procore.read_locked
        self.lock_budget = procore.lock_budget
        self.unlock_budget = procore.unlock_budget
        self.probe = procore.probe


class Meanwhile:
    """Vista, where somebody does something once, just after our reading or our writing."""

    def __init__(
        self,
        vista: VistaGateway,
        *,
        after_reading: Callable[[], object] | None = None,
        after_writing: Callable[[], object] | None = None,
    ) -> None:
        self._vista = vista
        self.read_posted = vista.read_posted
        self.read_audit = vista.read_audit
        self._after_reading = after_reading
        self._after_writing = after_writing

    def read_estimate(self, job_code: str) -> Estimate:
        estimate = self._vista.read_estimate(job_code)
        if (happens := self._after_reading) is not None:
            self._after_reading = None
            happens()
        return estimate

    def apply(self, plan: Plan, permit: ApplyPermit) -> Applied:
        applied = self._vista.apply(plan, permit)
        if (happens := self._after_writing) is not None:
            self._after_writing = None
            happens()
        return applied

    def probe(self) -> tuple[Check, ...]:
        return self._vista.probe()
