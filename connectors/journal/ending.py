"""The later part of an export's life: it is written, verified, or it ends without being written."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_

from connectors.journal import models
from connectors.journal.consistency import clearing
from connectors.journal.decision_guards import require_no_acceptance
from connectors.journal.errors import (
    ExportMoved,
    NotClearable,
    ReasonMissing,
    VerificationContradicted,
)
from connectors.journal.ledger import Ledger
from connectors.journal.models import export
from connectors.journal.proof import hold_for_proof, permit_for
from connectors.journal.records import Evidence, ExportRecord, LineResult
from connectors.journal.statements import (
    add_set,
    change_export,
    export_of,
    exports_where,
    hold_export,
    is_of_companies,
    keep,
    move_export,
    require_state,
)
from jobcost.lifecycle import OPEN_STATES, ExportState
from jobcost.permit import ApplyPermit

_S = ExportState
# These states are entered only by the method that records what they mean.
_OWN_DOORS = {
    _S.AWAITING_ACCEPTANCE: "record_plan",
    _S.UNCHANGED: "record_plan",
    _S.ACCEPTED: "record_acceptance",
    _S.REJECTED: "record_rejection",
    _S.VERIFIED: "record_verification",
}
_DEADLINE = "deadline"
# The actor of what no person decides.
PRODUCT = "budget-export"


class Ending(Ledger):
    """Moves exports on, records what Vista held afterwards, and ends them."""

    def move(
        self,
        export_id: str,
        to: ExportState,
        *,
        actor: str,
        reason: str,
        at: datetime,
        evidence: Sequence[Evidence] = (),
        believed: ExportState | None = None,
    ) -> ExportRecord:
        """Move an export, with its proofs, if the table of the lifecycle allows it.

        Args:
            export_id: which export.
            to: the state it is to have.
            actor: who moves it.
            reason: why, for people.
            at: when.
            evidence: proofs to keep with the move.
            believed: the state in which the reason was found; None if the reason holds in whatever state it is.

        Raises:
            IllegalTransition: if the table does not allow it, or the export is not where it was believed to be.
            NotAccepted: if writing should start without an accepted decision for exactly this plan.
            ExportMoved: if someone else was first.
            ValueError: for a state that only its own method may enter.
        """
        if to in _OWN_DOORS:
            raise ValueError(f"an export becomes {to} only by {_OWN_DOORS[to]}")
        with self._writing() as connection:
            if to is _S.APPLYING:
                hold_for_proof(connection, export_id)
            existing = export_of(connection, export_id)
            if to is _S.APPLYING and existing.state is _S.ACCEPTED:
                permit_for(connection, existing)
            moved = move_export(connection, existing, to, actor=actor, reason=reason, at=at, believed=believed)
            keep(connection, export_id, evidence, at)
            return moved

    def retrieve(self, export_id: str, *, actor: str, reason: str, at: datetime) -> ExportRecord:
        """Take a budget back before anyone has decided.

        Raises:
            AcceptedByOne: if the first of two approvers has accepted it.
            ExportMoved: if it was decided, or has ended.
        """
        with self._writing() as connection:
            hold_export(connection, export_id)
            existing = export_of(connection, export_id)
            require_state(existing, _S.PROPOSED, _S.AWAITING_ACCEPTANCE)
            require_no_acceptance(connection, existing)
            return move_export(connection, existing, _S.RETRIEVED, actor=actor, reason=reason, at=at)

    def expire_overdue(
        self,
        at: datetime,
        *,
        export_id: str | None = None,
        project_id: int | None = None,
        companies: tuple[int, int] | None = None,
    ) -> tuple[ExportRecord, ...]:
        """End every export whose deadline has passed without a decision; return those that this call ended.

        Args:
            at: when.
            export_id: only this export.
            project_id: only the exports of this Procore project.
            companies: only those of this Procore company and this Vista company (JCCo).
        """
        is_overdue = and_(export.c.state == _S.AWAITING_ACCEPTANCE, export.c.deadline_at <= at)
        if export_id is not None:
            is_overdue = and_(is_overdue, export.c.id == export_id)
        if project_id is not None:
            is_overdue = and_(is_overdue, export.c.project_id == project_id)
        if companies is not None:
            is_overdue = and_(is_overdue, is_of_companies(*companies))
        with self._reading() as connection:
            overdue = exports_where(connection, is_overdue, newest_first=False)
        ended = []
        for one in overdue:
            reason = f"nobody decided before {one.deadline_at:%Y-%m-%d %H:%M} UTC"
            try:
                with self._writing() as connection:
                    ended.append(move_export(connection, one, _S.EXPIRED, actor=_DEADLINE, reason=reason, at=at))
            except ExportMoved:
                # Somebody decided in the last moment; their decision stands.
                continue
        return tuple(ended)

    def permit(self, export_id: str) -> ApplyPermit:
        """Issue the permit to write exactly the accepted plan (invariant 1).

        Raises:
            NotAccepted: if the export is not accepted, or no accepted decision names exactly its plan.
            JournalDamaged: if the stored plan, or anything else recorded about it, is not what was recorded.
        """
        with self._reading() as connection:
            return permit_for(connection, export_of(connection, export_id))

    def record_evidence(self, export_id: str, proof: Evidence, *, at: datetime) -> None:
        """Keep a proof with the export, in whatever state it is.

        Raises:
            ExportMoved: if the export moved at the same moment.
        """
        with self._writing() as connection:
            change_export(connection, export_of(connection, export_id), {}, at=at)
            keep(connection, export_id, (proof,), at)

    def record_verification(
        self,
        export_id: str,
        *,
        results: Sequence[LineResult],
        evidence: Sequence[Evidence],
        to_state: ExportState,
        reason: str,
        at: datetime,
        actor: str = PRODUCT,
    ) -> ExportRecord:
        """Record what Vista holds after the export, with its proofs, and end the export accordingly.

        Raises:
            VerificationContradicted: if it should be verified with a line that is not as planned.
            IllegalTransition: if the export is in no state that can end so.
            ExportMoved: if someone else was first.
        """
        _require_consistent(export_id, results, to_state)
        with self._writing() as connection:
            existing = export_of(connection, export_id)
            moved = move_export(connection, existing, to_state, actor=actor, reason=reason, at=at)
            add_set(connection, models.line_result, export_id, [_line_row(result) for result in results])
            keep(connection, export_id, evidence, at)
            return moved

    def mark_budget_returned(self, export_id: str, *, at: datetime) -> ExportRecord:
        """Record that the Procore budget is editable again; the first time stays.

        Raises:
            ExportMoved: if the export has not ended.
        """
        with self._writing() as connection:
            existing = export_of(connection, export_id)
            require_state(existing, *(state for state in ExportState if state not in OPEN_STATES))
            if existing.budget_returned_at is not None:
                return existing
            return change_export(connection, existing, {"budget_returned_at": at}, at=at)

    def clear(self, export_id: str, *, by: str, reason: str, at: datetime) -> ExportRecord:
        """Record that a person looked at a failed verification and lets the job's exports go on.

        Raises:
            ReasonMissing: if no reason is given.
            NotClearable: if the export's verification did not fail, or was cleared before.
        """
        if not reason.strip():
            raise ReasonMissing(
                "Clearing a failed verification needs a reason.",
                where=f"Export {export_id}",
                expected="what was found in Vista and what was done about it",
                found="nothing",
                way_out="Clear it again and say why.",
            )
        facts = {"cleared_at": at, "cleared_by": by, "clear_reason": reason}
        with self._writing() as connection:
            existing = export_of(connection, export_id)
            if existing.state is not _S.VERIFICATION_FAILED:
                raise _not_clearable(existing)
            try:
                cleared = change_export(connection, existing, facts, at=at, only_if=export.c.cleared_at.is_(None))
            except ExportMoved:
                raise _not_clearable(export_of(connection, export_id)) from None
            keep(connection, export_id, [clearing(by=by, reason=reason)], at)
            return cleared


def _require_consistent(export_id: str, results: Sequence[LineResult], to: ExportState) -> None:
    if to not in {_S.VERIFIED, _S.VERIFICATION_FAILED}:
        raise ValueError(f"line results lead to verified or verification_failed, not to {to}")
    differing = [f"{result.phase} / {result.cost_type}" for result in results if not result.ok]
    if to is _S.VERIFIED and (differing or not results):
        raise VerificationContradicted(
            "These results do not prove the export.",
            where=f"Export {export_id}",
            expected="every line read back as planned",
            found=f"differing lines: {', '.join(differing)}" if differing else "no line at all",
            way_out="Record it as verification_failed; an accountant looks at the lines.",
        )


def _line_row(result: LineResult) -> dict[str, Any]:
    row: dict[str, Any] = {"phase": result.phase, "cost_type": result.cost_type, "ok": result.ok}
    for side, values in (("expected", result.expected), ("found", result.found)):
        row[f"{side}_hours"] = values.hours if values else None
        row[f"{side}_units"] = values.units if values else None
        row[f"{side}_cost"] = values.cost if values else None
    return row


def _not_clearable(existing: ExportRecord) -> NotClearable:
    found = (
        f"cleared by {existing.cleared_by} on {existing.cleared_at:%Y-%m-%d %H:%M} UTC: {existing.clear_reason}"
        if existing.cleared_at
        else str(existing.state)
    )
    return NotClearable(
        "There is nothing to clear.",
        where=f"Export {existing.id}",
        expected="a failed verification that nobody has cleared",
        found=found,
        way_out="Look at the job's history: another export may be the one that waits.",
    )
