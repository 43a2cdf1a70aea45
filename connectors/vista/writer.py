"""Writes an accepted plan to Vista: one job, one transaction, all or nothing. Decides nothing about the budget.

The order is that of facts/vista.md 8, steps 7 to 12: permit, lock, re-read and compare, phases, cost headers, changed
estimates, change orders, check of what Vista posted, commit. Whatever goes wrong before the commit rolls everything
back and throws the connection away. A commit whose reply is lost is answered by reading the job, not by sending again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from connectors.vista.change_reader import read_changes
from connectors.vista.change_writer import add_change_orders
from connectors.vista.engine import WILL_WRITE, connected, discard
from connectors.vista.errors import (
    NOTHING_WRITTEN,
    OutcomeUnknown,
    PermitMismatch,
    PostingDisagrees,
    StaleEstimate,
    ToldWithItsOutcome,
    VistaError,
    VistaUnavailable,
)
from connectors.vista.gateway import Applied
from connectors.vista.job_reader import read_contract_items, read_cost_headers, read_job, read_job_phases
from connectors.vista.job_scope import JobScope, key_of
from connectors.vista.job_snapshot import JobSnapshot
from connectors.vista.line_writer import write_line
from connectors.vista.lock import take_lock
from connectors.vista.phase_writer import add_phases
from connectors.vista.reader import read_company
from connectors.vista.refusals import error_from
from connectors.vista.snapshot import differences_from_before, disagreements, holds_after_image
from jobcost.permit import ApplyPermit
from jobcost.plan import Action, Plan

Checkpoint = Callable[[str], None]

_ALREADY_APPLIED = Applied(
    phases_added=0, cost_types_added=0, estimates_changed=0, change_orders_added=0, was_already_applied=True
)


def no_checkpoint(_name: str) -> None:
    """Pass every named point of the write; tests stop or fail there instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateWriter:
    """Applies plans to one Vista database.

    The checkpoints, in order: before_lock, after_lock, after_phases, after_half_of_lines (where lines are written),
    after_change_orders (where there are any), before_commit, after_commit.
    """

    engine: Engine
    lock_timeout_seconds: int
    checkpoint: Checkpoint = no_checkpoint

    def apply(self, plan: Plan, permit: ApplyPermit) -> Applied:
        """Write the plan, or find that it was written before. Errors as `VistaGateway.apply` tells them."""
        _require_permit(plan, permit)
        self.checkpoint("before_lock")
        try:
            connection, applied = self._written(plan)
        except ToldWithItsOutcome as failure:
            failure.told_as(NOTHING_WRITTEN)
            raise
        return self._commit(connection, plan, applied)

    def _written(self, plan: Plan) -> tuple[Connection, Applied]:
        """Do everything but the commit; whatever goes wrong rolls it back."""
        connection = self._locked_connection(plan)
        try:
            applied = self._write(connection, plan)
            self.checkpoint("before_commit")
        except SQLAlchemyError as failure:
            discard(connection)
            raise error_from(failure, f"Job {plan.job}") from failure
        except BaseException:
            discard(connection)
            raise
        return connection, applied

    def _locked_connection(self, plan: Plan) -> Connection:
        connection = connected(self.engine).execution_options(**{WILL_WRITE: True})
        try:
            take_lock(connection, plan.jcco, plan.job, self.lock_timeout_seconds)
        except BaseException:
            discard(connection)
            raise
        return connection

    def _write(self, connection: Connection, plan: Plan) -> Applied:
        self.checkpoint("after_lock")
        before = read_snapshot(connection, plan, locked=True)
        if holds_after_image(plan, before):
            return _ALREADY_APPLIED
        _require_before_image(plan, before)
        phases_by_procedure = add_phases(connection, plan)
        self.checkpoint("after_phases")
        changes = plan.changes
        for count, line in enumerate(changes, start=1):
            write_line(connection, plan, line)
            if count == (len(changes) + 1) // 2:
                self.checkpoint("after_half_of_lines")
        if plan.change_orders:
            add_change_orders(connection, plan)
            self.checkpoint("after_change_orders")
        _require_posted_as_planned(plan, before, read_snapshot(connection, plan))
        return _counted(plan, phases_by_procedure)

    def _commit(self, connection: Connection, plan: Plan, applied: Applied) -> Applied:
        try:
            connection.commit()
            self.checkpoint("after_commit")
        except SQLAlchemyError:
            discard(connection)
            return self._settle(plan, applied)
        except BaseException:
            discard(connection)
            raise
        connection.close()
        return applied

    def _settle(self, plan: Plan, applied: Applied) -> Applied:
        """Tell by reading whether a commit without a reply happened. The lock waits until the other session is gone."""
        try:
            connection = self._locked_connection(plan)
            try:
                now = read_snapshot(connection, plan, locked=True)
            finally:
                discard(connection)
        except VistaUnavailable as failure:
            # Not its way out, which may be to run it again.
            raise OutcomeUnknown(plan.job, failure.cause) from failure
        except VistaError as failure:
            raise OutcomeUnknown(plan.job, str(failure)) from failure
        if holds_after_image(plan, now):
            return applied
        differences = differences_from_before(plan, now)
        if differences:
            raise OutcomeUnknown(plan.job, " ".join(str(difference) for difference in differences[:3]))
        lost = VistaUnavailable(
            f"Job {plan.job}: expected a reply to the commit, found the connection lost. The job was read again and "
            "stands as before."
        )
        lost.told_as(NOTHING_WRITTEN)
        raise lost


def read_snapshot(connection: Connection, plan: Plan, *, locked: bool = False) -> JobSnapshot:
    """Read the plan's job as it stands in this transaction."""
    company = read_company(connection, plan.jcco)
    scope = JobScope(jcco=plan.jcco, job=plan.job, phase_group=plan.phase_group)
    job = read_job(connection, plan.jcco, plan.job, locked=locked)
    items = read_contract_items(connection, plan.jcco, job.contract if job else None)
    phases = read_job_phases(connection, scope, locked=locked)
    changes = read_changes(connection, scope, locked=locked)
    headers = read_cost_headers(connection, scope, changes, locked=locked)
    return JobSnapshot(
        phase_group=company.phase_group,
        job=job,
        revenue={item.item.rstrip(" "): item.orig_contract_amt for item in items},
        contract_amounts={item.item.rstrip(" "): item.contract_amt for item in items},
        phases={phase.phase.rstrip(" "): phase for phase in phases},
        headers={key_of(header.phase, header.cost_type): header for header in headers},
        changes=changes,
    )


def _require_permit(plan: Plan, permit: ApplyPermit) -> None:
    if permit.digest != plan.digest:
        raise PermitMismatch(plan.job, plan.digest, permit.digest)


def _require_before_image(plan: Plan, now: JobSnapshot) -> None:
    differences = differences_from_before(plan, now)
    if differences:
        raise StaleEstimate(plan.job, differences)


def _require_posted_as_planned(plan: Plan, before: JobSnapshot, after: JobSnapshot) -> None:
    wrong = disagreements(plan, before, after)
    if wrong:
        raise PostingDisagrees(plan.job, wrong)


def _counted(plan: Plan, phases_by_procedure: int) -> Applied:
    added = sum(line.action is Action.ADD_COST_TYPE for line in plan.changes)
    return Applied(
        phases_added=len(plan.add_phases),
        cost_types_added=added,
        estimates_changed=len(plan.changes) - added,
        change_orders_added=len(plan.change_orders),
        was_already_applied=False,
        phases_by_procedure=phases_by_procedure,
    )
