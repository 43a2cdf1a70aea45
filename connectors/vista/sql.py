"""Vista over SQLAlchemy Core: SQL Server (the product) and SQLite (the sandbox) with the same statements.

`with SqlVista(url, jcco) as vista:` answers `connectors.vista.gateway.VistaGateway`. It opens a new connection for each
call and keeps none, so it may be used from several threads.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from types import TracebackType
from typing import Self

from connectors.checks import Check
from connectors.vista import audit, reader
from connectors.vista.engine import connected, discard, make_engine
from connectors.vista.errors import CompanyNotVisible
from connectors.vista.gateway import Applied, AuditEntry
from connectors.vista.posted import read_posted
from connectors.vista.probe import probe
from connectors.vista.writer import Checkpoint, EstimateWriter, no_checkpoint
from jobcost.estimate import Estimate
from jobcost.permit import ApplyPermit
from jobcost.plan import Plan


class SqlVista:
    """One job cost company of a Vista database.

    Args:
        url: SQLAlchemy address, such as mssql+mssqlpython://login@server/Viewpoint or sqlite:////path/vista.db.
        jcco: job cost company (Vista JCCO.JCCo).
        login_timeout_seconds: how long to wait for a SQL Server's answer to the login.
        lock_timeout_seconds: how long to wait for rows or jobs that others hold.
        statement_timeout_seconds: how long one statement may take on SQL Server.
        known_triggers: names and hashes of the triggers whose text somebody has looked at; `probe` warns of others.
        checkpoint: called at the named points of a write; for tests that stop or break it there.

    Raises:
        DriverNotSupported: the address is for another database or driver.
    """

    def __init__(
        self,
        url: str,
        jcco: int,
        *,
        login_timeout_seconds: int = 15,
        lock_timeout_seconds: int = 15,
        statement_timeout_seconds: int = 120,
        known_triggers: Collection[str] = (),
        checkpoint: Checkpoint = no_checkpoint,
    ) -> None:
        self.jcco = jcco
        self._known_triggers = known_triggers
        self._engine = make_engine(
            url,
            login_timeout_seconds=login_timeout_seconds,
            lock_timeout_seconds=lock_timeout_seconds,
            timeout_seconds=statement_timeout_seconds,
        )
        self._writer = EstimateWriter(
            engine=self._engine, lock_timeout_seconds=lock_timeout_seconds, checkpoint=checkpoint
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of everything; no connection stays open between calls anyway."""
        self._engine.dispose()

    def read_estimate(self, job_code: str) -> Estimate:
        """Read a job and all that decides what may be written to it. The code is formatted with the job mask first.

        Raises:
            JobCodeDoesNotFit: the code cannot be written in Vista's job format.
            CompanyNotVisible: the login does not see the company.
            VistaNotUnderstood: an input mask is missing or outside Vista's grammar.
            VistaUnavailable: no connection.
        """
        connection = connected(self._engine)
        try:
            return reader.read_estimate(connection, self.jcco, job_code)
        finally:
            discard(connection)

    def read_posted(self, job: str, until: date) -> Mapping[tuple[str, int], tuple[Decimal, Decimal]]:
        """Add up what was posted to a job by the end of a day, as `VistaGateway.read_posted` says.

        Raises:
            CompanyNotVisible: the login does not see the company.
            VistaUnavailable: no connection.
        """
        connection = connected(self._engine)
        try:
            return read_posted(connection, self.jcco, job, until)
        finally:
            discard(connection)

    def read_audit(self, job: str, since: datetime) -> tuple[AuditEntry, ...]:
        """Read who changed the job's cost headers and change orders, oldest first (Vista HQMA).

        Empty where the company does not audit them. Job as stored; time by the clock of Vista's server, without a zone.

        Raises:
            VistaUnavailable: no connection.
            VistaNotUnderstood: the login sees no audit table.
        """
        connection = connected(self._engine)
        try:
            return audit.read_audit(connection, self.jcco, job, since)
        finally:
            discard(connection)

    def apply(self, plan: Plan, permit: ApplyPermit) -> Applied:
        """Write the plan in one transaction, all or nothing, or find that it was written before.

        Raises:
            PermitMismatch, StaleEstimate, VistaRefused, VistaUnavailable, OutcomeUnknown: as `VistaGateway.apply` says.
            CompanyNotVisible: the plan is for another company, or the login does not see it.
        """
        if plan.jcco != self.jcco:
            raise CompanyNotVisible(
                f"Job {plan.job}: expected a plan for company {self.jcco}, found one for company {plan.jcco}. "
                "Nothing was sent to Vista. Apply it with the configuration it was made with."
            )
        return self._writer.apply(plan, permit)

    def probe(self) -> tuple[Check, ...]:
        """Look at login, company, triggers and masks without changing anything. Raises nothing of Vista's."""
        return probe(self._engine, self.jcco, self._known_triggers)
