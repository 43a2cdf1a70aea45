"""The first part of an export's life: it is opened for a project, gets its job, and its plan."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, or_
from sqlalchemy.exc import IntegrityError

from connectors.journal import models
from connectors.journal.errors import ExportIdTaken, JournalBusy, OpenExportExists, PlanMismatch
from connectors.journal.ledger import Ledger
from connectors.journal.models import export
from connectors.journal.records import Evidence, ExportRecord
from connectors.journal.statements import (
    add_set,
    add_transition,
    append,
    change_export,
    export_of,
    exports_where,
    is_of_job,
    is_open,
    keep,
    move_export,
    require_state,
)
from jobcost.findings import Finding, Severity
from jobcost.lifecycle import OPEN_STATES, ExportState
from jobcost.plan import Kind, Plan, canonical_text

_REASONS = {
    ExportState.BLOCKED: "findings forbid the export",
    ExportState.UNCHANGED: "Vista holds exactly this already",
    ExportState.AWAITING_ACCEPTANCE: "plan {code} waits for an approver",
}
# The blocking export may end between our refusal by the database and our question which one it was.
_OPEN_TRIES = 3


class Opening(Ledger):
    """Opens exports and records what they will do."""

    def open_export(
        self,
        *,
        export_id: str,
        kind: Kind,
        procore_company_id: int,
        project_id: int,
        jcco: int,
        submitted_by: str,
        flow_run_id: str | None,
        at: datetime,
    ) -> ExportRecord:
        """Open an export of a project; the same flow run opening it again gets the one it has.

        Raises:
            OpenExportExists: if an export of the project has not ended; names it.
            ExportIdTaken: if the id belongs to another export.
        """
        facts: dict[str, Any] = {
            "id": export_id,
            "kind": kind,
            "procore_company_id": procore_company_id,
            "project_id": project_id,
            "project_name": "",
            "jcco": jcco,
            "submitted_by": submitted_by,
            "flow_run_id": flow_run_id,
        }
        for _ in range(_OPEN_TRIES):
            try:
                return self._insert(facts, at)
            except IntegrityError:
                existing = self._in_the_way(facts)
            if existing is not None and existing.id == export_id:
                return _same_opening(existing, facts)
            if existing is not None:
                raise OpenExportExists(existing)
        raise _restless(f"Project {project_id}")

    def assign_job(self, export_id: str, job: str, project_name: str, *, at: datetime) -> ExportRecord:
        """Record which Vista job (as stored, blanks included) and project the export turned out to be about.

        Raises:
            OpenExportExists: if another export of this job has not ended; names it.
            ExportMoved: if the export has its plan already, or has ended.
        """
        for _ in range(_OPEN_TRIES):
            with self._reading() as connection:
                existing = export_of(connection, export_id)
            require_state(existing, ExportState.PROPOSED)
            try:
                with self._writing() as connection:
                    return change_export(connection, existing, {"job": job, "project_name": project_name}, at=at)
            except IntegrityError:
                of_job = and_(is_of_job(existing.jcco, job), export.c.id != export_id)
                with self._reading() as connection:
                    others = exports_where(connection, and_(is_open(), of_job))
            if others:
                raise OpenExportExists(others[0])
        raise _restless(f"Export {export_id}, job {job}")

    def adopt(self, export_id: str, flow_run_id: str, *, at: datetime) -> ExportRecord:
        """Let a new flow run continue an open export whose own flow run is gone, and keep both as evidence.

        Raises:
            ExportMoved: if the export has ended, or another flow run adopted it at the same moment.
        """
        with self._writing() as connection:
            existing = export_of(connection, export_id)
            if existing.flow_run_id == flow_run_id:
                return existing
            require_state(existing, *OPEN_STATES)
            is_unadopted = export.c.flow_run_id.is_not_distinct_from(existing.flow_run_id)
            adopted = change_export(connection, existing, {"flow_run_id": flow_run_id}, at=at, only_if=is_unadopted)
            note = {"from_flow_run": existing.flow_run_id, "to_flow_run": flow_run_id}
            append(connection, models.evidence, export_id, {"kind": "adopted", "json_text": json.dumps(note), "at": at})
            return adopted

    def record_plan(
        self,
        export_id: str,
        plan: Plan | None,
        findings: Sequence[Finding],
        *,
        to_state: ExportState,
        deadline_at: datetime | None,
        actor: str,
        at: datetime,
        evidence: Sequence[Evidence] = (),
    ) -> ExportRecord:
        """Store the plan, its findings and its proofs; move the export to blocked, unchanged or awaiting acceptance.

        A budget that could not be planned is blocked without a plan.

        Raises:
            PlanMismatch: if the plan is another export's, or cannot lead to that state.
            ExportMoved: if the export is no longer proposed.
        """
        with self._writing() as connection:
            existing = export_of(connection, export_id)
            require_state(existing, ExportState.PROPOSED)
            _require_plan_for(existing, plan, findings, to_state)
            changes: dict[str, Any] = {"deadline_at": deadline_at}
            if plan is not None:
                changes |= {"plan_digest": plan.digest, "plan_code": plan.code}
            reason = _REASONS[to_state].format(code=plan.code if plan else "")
            moved = move_export(connection, existing, to_state, actor=actor, reason=reason, at=at, changes=changes)
            if plan is not None:
                _store_plan(connection, export_id, plan, at)
            rows = [{"position": n, **asdict(finding)} for n, finding in enumerate(findings, start=1)]
            add_set(connection, models.finding, export_id, rows)
            keep(connection, export_id, evidence, at)
            return moved

    def _insert(self, facts: dict[str, Any], at: datetime) -> ExportRecord:
        state = ExportState.PROPOSED
        row = insert(export).values(**facts, state=state, ask=1, created_at=at, updated_at=at)
        with self._writing() as connection:
            connection.execute(row)
            add_transition(connection, facts["id"], None, state, actor=facts["submitted_by"], reason="sent", at=at)
            return export_of(connection, facts["id"])

    def _in_the_way(self, facts: dict[str, Any]) -> ExportRecord | None:
        """Find the export whose id or whose open state refused a new one."""
        of_project = and_(*(export.c[name] == facts[name] for name in ("procore_company_id", "project_id")))
        with self._reading() as connection:
            found = exports_where(connection, or_(export.c.id == facts["id"], and_(is_open(), of_project)))
        return next((one for one in found if one.id == facts["id"]), found[0] if found else None)


def _same_opening(existing: ExportRecord, facts: dict[str, Any]) -> ExportRecord:
    """Return the export if it is this very opening, recorded before an interruption."""
    same = ("kind", "procore_company_id", "project_id", "jcco", "submitted_by", "flow_run_id")
    differing = [name for name in same if getattr(existing, name) != facts[name]]
    if not differing:
        return existing
    raise ExportIdTaken(
        "An export with this id was opened before.",
        where=f"Export {existing.id}",
        expected="an id that was never used",
        found=f"an export of project {existing.project_id} sent by {existing.submitted_by};"
        f" it differs in {', '.join(differing)}",
        way_out="Send again: a new id is drawn.",
    )


def _require_plan_for(
    existing: ExportRecord, plan: Plan | None, findings: Sequence[Finding], to_state: ExportState
) -> None:
    """Pass if the plan is this export's, and leads to this state.

    Raises:
        PlanMismatch: if it is not, or does not.
    """
    is_blocked = any(finding.severity is Severity.BLOCK for finding in findings)
    if to_state not in _REASONS:
        raise _mismatch(existing, f"one of {', '.join(_REASONS)}", str(to_state))
    if is_blocked is not (to_state is ExportState.BLOCKED):
        raise _mismatch(existing, "blocked exactly when a finding forbids the export", f"{to_state}")
    if plan is None:
        if to_state is not ExportState.BLOCKED:
            raise _mismatch(existing, f"a plan to be {to_state}", "no plan")
        return
    names = ("kind", "procore_company_id", "project_id", "jcco", "job")
    expected = {name: getattr(existing, name) for name in names}
    found = {name: getattr(plan, name) for name in names}
    if expected != found:
        raise _mismatch(existing, _spelled(expected), _spelled(found))
    # Deleted lines that were kept with an earlier export need not be asked about again: then either state is right.
    fits = {ExportState.UNCHANGED: plan.writes_nothing, ExportState.AWAITING_ACCEPTANCE: not plan.is_empty}
    if not fits.get(to_state, True):
        raise _mismatch(existing, "unchanged exactly when the plan writes nothing", f"{to_state}")


def _mismatch(existing: ExportRecord, expected: str, found: str) -> PlanMismatch:
    return PlanMismatch(
        "The plan does not fit the export.",
        where=f"Export {existing.id}",
        expected=expected,
        found=found,
        way_out="Plan the budget again for this export.",
    )


def _spelled(facts: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items())


def _store_plan(connection: Connection, export_id: str, plan: Plan, at: datetime) -> None:
    text = canonical_text(plan)
    row = {"export_id": export_id, "digest": plan.digest, "canonical_text": text, "created_at": at}
    connection.execute(insert(models.plan).values(row))


def _restless(where: str) -> JournalBusy:
    return JournalBusy(
        "Other exports of this job come and go too fast.",
        where=where,
        expected="a moment without an open export, or one that stays open",
        found=f"{_OPEN_TRIES} tries refused",
        way_out="Send again.",
    )
