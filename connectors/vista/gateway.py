"""What the product asks of Vista. `sql.py` answers it with SQLAlchemy on SQLite (sandbox) and SQL Server."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from connectors.checks import Check
from jobcost.estimate import Estimate
from jobcost.permit import ApplyPermit
from jobcost.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What an apply did, counted from the statements themselves."""

    phases_added: int
    cost_types_added: int
    estimates_changed: int
    change_orders_added: int
    # Vista already held the whole after-image: an earlier attempt had been committed, nothing was written now.
    was_already_applied: bool
    # Of the phases added: by Vista's own procedure bspJCADDPHASE. Our own insert added the others.
    phases_by_procedure: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change that Vista's audit recorded (Vista HQMA). Times are Vista's own, without a zone."""

    # HQMA.TableName without its padding: bJCCH, bJCOH ...
    table: str
    # UNVERIFIED how Vista spells keys there; shown as it is, and searched for phase and cost type.
    key_text: str
    # A added, C changed, D deleted.
    kind: str
    field: str
    old_value: str
    new_value: str
    user: str
    at: datetime


class VistaGateway(Protocol):
    """One Vista company's job cost. Every method raises only the errors of `connectors/vista/errors.py`."""

    def read_estimate(self, job_code: str) -> Estimate:
        """Read a job and all that decides what may be written to it. The code is formatted with the job mask first."""
        ...

    def read_audit(self, job: str, since: datetime) -> tuple[AuditEntry, ...]:
        """Read who changed the job's cost headers and change orders since then, oldest first (Vista HQMA).

        Empty where the company does not audit them (JCCO.AuditCostTypes, AuditChngOrders).
        """
        ...

    def read_posted(self, job: str, until: date) -> Mapping[tuple[str, int], tuple[Decimal, Decimal]]:
        """Add up what was posted to a job by the end of a day: (phase, cost type) -> (original, change orders).

        US dollars (Vista JCCD.EstCost of JCTransType OE and CO, by JCCD.PostedDate). The job is as stored.
        """
        ...

    def apply(self, plan: Plan, permit: ApplyPermit) -> Applied:
        """Write the plan in one transaction, all or nothing, or find that it was written before.

        Raises:
            PermitMismatch: the permit is for another digest than this plan's (invariant 1); nothing was sent to Vista.
            StaleEstimate: the before-image no longer holds; names what moved; rolled back.
            VistaRefused: a trigger or constraint said no; names the line and Vista's words; rolled back.
            VistaUnavailable: the connection failed and nothing was written; safe to run again.
            OutcomeUnknown: the commit's reply was lost and the job could not be read back to tell.
        """
        ...

    def probe(self) -> tuple[Check, ...]:
        """Look at login, company, triggers and masks without changing anything."""
        ...
