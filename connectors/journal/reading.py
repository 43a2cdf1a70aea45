"""Looks into the journal; changes nothing."""

from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, not_, or_

from connectors.journal import models
from connectors.journal.ledger import Ledger
from connectors.journal.models import export, transition
from connectors.journal.proof import findings_of, plan_of, proposed_plan_of
from connectors.journal.records import DecisionRecord, EvidenceRecord, ExportRecord, LineResult, TransitionRecord
from connectors.journal.statements import decisions_of, export_of, exports_where, is_of_job, is_open, rows_of
from jobcost.findings import Finding
from jobcost.lifecycle import ExportState
from jobcost.plan import EstimateValues, Plan

_S = ExportState


class Reading(Ledger):
    """Answers questions about exports."""

    def export(self, export_id: str) -> ExportRecord:
        """Read one export.

        Raises:
            UnknownExport: if there is none with this id.
        """
        with self._reading() as connection:
            return export_of(connection, export_id)

    def export_of_flow_run(self, flow_run_id: str) -> ExportRecord | None:
        """Find the export a flow run carries, the latest if it carried several."""
        with self._reading() as connection:
            found = exports_where(connection, export.c.flow_run_id == flow_run_id)
        return found[0] if found else None

    def plan(self, export_id: str) -> Plan:
        """Read an export's plan, proved by its digest: as it was accepted, once it was; as it was proposed before.

        Raises:
            NoPlan: if none was recorded.
            JournalDamaged: if it is not the one that was recorded, or accepted.
        """
        with self._reading() as connection:
            return plan_of(connection, export_of(connection, export_id))

    def proposed_plan(self, export_id: str) -> Plan:
        """Read an export's plan as it was proposed, whatever the approver consented to.

        Raises:
            NoPlan: if none was recorded.
            JournalDamaged: if it is not the one that was recorded.
        """
        with self._reading() as connection:
            return proposed_plan_of(connection, export_of(connection, export_id))

    def findings(self, export_id: str) -> tuple[Finding, ...]:
        """Read an export's findings in the order in which they were recorded."""
        with self._reading() as connection:
            return findings_of(connection, export_of(connection, export_id).id)

    def decisions(self, export_id: str) -> tuple[DecisionRecord, ...]:
        """Read all answers of approvers, refused ones included, in the order in which they came."""
        with self._reading() as connection:
            return decisions_of(connection, export_of(connection, export_id).id)

    def transitions(self, export_id: str) -> tuple[TransitionRecord, ...]:
        """Read every move of the export, in order."""
        with self._reading() as connection:
            rows = rows_of(connection, transition, export_of(connection, export_id).id, "position")
        return tuple(TransitionRecord(**row) for row in rows)

    def line_results(self, export_id: str) -> tuple[LineResult, ...]:
        """Read what was found in Vista after the export, by phase and cost type."""
        with self._reading() as connection:
            rows = rows_of(connection, models.line_result, export_of(connection, export_id).id, "phase", "cost_type")
        return tuple(
            LineResult(
                phase=row["phase"],
                cost_type=row["cost_type"],
                expected=_values(row, "expected"),
                found=_values(row, "found"),
                ok=row["ok"],
            )
            for row in rows
        )

    def evidence(self, export_id: str) -> tuple[EvidenceRecord, ...]:
        """Read the proofs kept with an export, in the order in which they were recorded."""
        with self._reading() as connection:
            rows = rows_of(connection, models.evidence, export_of(connection, export_id).id, "position")
        return tuple(EvidenceRecord(**row) for row in rows)

    def inbox(self) -> tuple[ExportRecord, ...]:
        """List the exports that wait for an approver, the one that has waited longest first."""
        with self._reading() as connection:
            return exports_where(connection, export.c.state == _S.AWAITING_ACCEPTANCE, newest_first=False)

    def open_exports(self) -> tuple[ExportRecord, ...]:
        """List the exports that have not ended, the oldest first."""
        with self._reading() as connection:
            return exports_where(connection, is_open(), newest_first=False)

    def is_sent_again(self, export_id: str) -> bool:
        """The project's budget was sent once more after this export had ended.

        Raises:
            UnknownExport: if there is no export with this id.
        """
        with self._reading() as connection:
            ended = export_of(connection, export_id)
            is_later = is_open() if ended.ended_at is None else or_(is_open(), export.c.created_at > ended.ended_at)
            of_project = and_(
                export.c.procore_company_id == ended.procore_company_id, export.c.project_id == ended.project_id
            )
            return bool(exports_where(connection, and_(of_project, is_later, export.c.id != export_id)))

    def history(self, jcco: int, job: str) -> tuple[ExportRecord, ...]:
        """List all exports of a Vista job, the latest first."""
        with self._reading() as connection:
            return exports_where(connection, is_of_job(jcco, job))

    def budgets_to_return(self) -> tuple[ExportRecord, ...]:
        """List the rejected exports whose Procore budget is not editable again yet, oldest first."""
        is_due = and_(export.c.state == _S.REJECTED, export.c.budget_returned_at.is_(None))
        with self._reading() as connection:
            return exports_where(connection, is_due, newest_first=False)

    def last_verified(self, jcco: int, job: str) -> ExportRecord | None:
        """Find the export that was verified last for a Vista job."""
        with self._reading() as connection:
            found = exports_where(connection, and_(is_of_job(jcco, job), export.c.state == _S.VERIFIED))
        return found[0] if found else None

    def uncleared_failure(self, jcco: int, job: str) -> ExportRecord | None:
        """Find the failed verification that stops a Vista job's exports until a person clears it (invariant 4)."""
        is_uncleared = and_(export.c.state == _S.VERIFICATION_FAILED, export.c.cleared_at.is_(None))
        with self._reading() as connection:
            found = exports_where(connection, and_(is_of_job(jcco, job), is_uncleared))
        return found[0] if found else None

    def earlier_attempts(self, export_id: str) -> tuple[ExportRecord, ...]:
        """List the rejected exports that this one follows: of the same job, since it was last verified, oldest first.

        Only those of the same kind: what was rejected as an update says nothing about taking an export back.

        Raises:
            UnknownExport: if there is no export with this id.
        """
        with self._reading() as connection:
            this = export_of(connection, export_id)
            if this.job is None:
                return ()
            is_before = and_(is_of_job(this.jcco, this.job), _is_older(this))
            ended = exports_where(connection, and_(is_before, export.c.state.in_((_S.REJECTED, _S.VERIFIED))))
        since = takewhile(lambda one: one.state is _S.REJECTED, ended)
        return tuple(one for one in since if one.kind is this.kind)[::-1]

    def ended_since(self, at: datetime) -> tuple[ExportRecord, ...]:
        """List the exports that ended at a moment or after it, in the order in which they were opened."""
        with self._reading() as connection:
            return exports_where(connection, export.c.ended_at >= at, newest_first=False)

    def last_written_elsewhere(
        self, procore_company_id: int, project_id: int, jcco: int, job: str
    ) -> ExportRecord | None:
        """Find the last export that wrote a project's budget, or may have, to another Vista job than this."""
        of_project = and_(export.c.procore_company_id == procore_company_id, export.c.project_id == project_id)
        with self._reading() as connection:
            found = exports_where(connection, and_(of_project, not_(is_of_job(jcco, job)), _WROTE))
        return found[0] if found else None


# An unprovable write counts as one.
_WROTE = exists().where(
    transition.c.export_id == export.c.id, transition.c.to_state.in_((_S.APPLIED, _S.VERIFICATION_FAILED))
)


def _is_older(this: ExportRecord) -> ColumnElement[bool]:
    """An export was opened before this one; of two at one moment the id decides, as wherever exports are listed."""
    at_once = and_(export.c.created_at == this.created_at, export.c.id < this.id)
    return or_(export.c.created_at < this.created_at, at_once)


def _values(row: dict[str, Any], side: str) -> EstimateValues | None:
    hours, units, cost = (row[f"{side}_{name}"] for name in ("hours", "units", "cost"))
    if cost is None:
        return None
    return EstimateValues(hours=hours, units=units, cost=cost)
