"""Step 1: read both systems, judge the budget, plan the export, and record what came of it."""

import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.journal.ending import PRODUCT
from connectors.journal.errors import ExportMoved, JournalError
from connectors.journal.records import ExportRecord
from connectors.vista.errors import JobCodeDoesNotFit
from jobcost.budget import Budget
from jobcost.deadline import deadline_after, in_zone
from jobcost.estimate import Estimate
from jobcost.findings import Finding
from jobcost.lifecycle import ExportState, IllegalTransition
from jobcost.mapping import job_code_of
from jobcost.plan import Kind, Plan
from jobcost.planning import PlanRequest, Proposal, make_proposal
from jobcost.rules.budget_rules import PROJECT_REFERENCE_RULES
from jobcost.undo import make_undo
from tasks.steps.kept_budget import BUDGET_EVIDENCE, evidence_of, knew_changes, planned_from
from tasks.steps.past import past_exports, past_of_undo
from tasks.systems import Systems

# No 0/O, 1/I: an export id survives being read aloud.
_ID_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


# Whoever reads why a sending failed must know what it may have done before.
_MAY_BE_LOCKED = " The budget may be locked in Procore now: send it again, or unlock it there to edit it."


class NotSendable(Exception):
    """What was sent is no Procore project; nothing was opened, read or written."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        """Keep the findings, for messages and for the command line."""
        super().__init__(findings)
        self.findings = findings

    def __str__(self) -> str:
        """Say each finding in one line."""
        return "\n".join(str(finding) for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A budget that somebody sends for acceptance."""

    kind: Kind
    # The Procore project's number as given.
    project: str
    # E-mail address of the sender.
    submitted_by: str
    # Lock an unlocked budget first.
    lock_budget: bool
    # The Prefect flow run that carries the export; None outside Prefect.
    flow_run_id: str | None
    # Id of an interrupted export that this run takes over; "" for none.
    continue_export: str = ""
    # Id of the export to be taken back; "" for every kind but UNDO.
    undoes: str = ""


def project_number(project: str) -> int:
    """Read the project's number.

    Raises:
        NotSendable: for a file, a name, or anything else that is no project number.
    """
    findings = tuple(finding for rule in PROJECT_REFERENCE_RULES for finding in rule.findings(project))
    if findings:
        raise NotSendable(findings)
    return int(project)


def propose(systems: Systems, sending: Sending, at: datetime) -> ExportRecord:
    """Bring the export to its first resting place: blocked, unchanged, or awaiting acceptance.

    An export that is already further comes back as it is, so that an interrupted run goes on from there.
    """
    systems.journal.expire_overdue(at, project_id=project_number(sending.project), companies=systems.companies)
    record = _opened(systems, sending, at)
    if record.state is not ExportState.PROPOSED:
        return record
    try:
        if sending.lock_budget:
            systems.procore.lock_budget(record.project_id)
        budget, proposal = read_and_plan(
            systems,
            record.project_id,
            record.kind,
            record.submitted_by,
            sent_at=record.created_at,
            undoes=sending.undoes,
        )
        return _recorded(systems, record, budget, proposal, at)
    except ExportMoved:
        # Somebody retrieved the budget while it was read: what the journal holds now is what counts.
        return systems.export(record.id)
    except Exception as problem:
        _fail(systems, record, f"{problem}{_MAY_BE_LOCKED if sending.lock_budget else ''}", at)
        raise


def read_and_plan(
    systems: Systems, project_id: int, kind: Kind, submitted_by: str, *, sent_at: datetime, undoes: str = ""
) -> tuple[Budget, Proposal]:
    """Read both systems and plan. Writes nothing anywhere.

    Args:
        systems: where.
        project_id: the Procore project.
        kind: of the export.
        submitted_by: the sender.
        sent_at: when the budget was sent: its day dates change orders, so that a later look plans the same.
        undoes: id of the export to be taken back; "" for every kind but UNDO.
    """
    budget = systems.procore.read_budget(project_id)
    taken_back = systems.journal.plan(undoes) if undoes else None
    estimate, problem = _estimate(systems, budget) if taken_back is None else (_of_plan(systems, taken_back), "")
    request = PlanRequest(
        kind=kind,
        budget=budget,
        estimate=estimate,
        config=systems.config,
        submitted_by=submitted_by,
        past=past_exports(systems, project_id, estimate),
        job_number_problem=problem,
        sent_on=in_zone(sent_at, systems.config.acceptance).date(),
    )
    if taken_back is None:
        return budget, make_proposal(request)
    request = replace(request, past=past_of_undo(systems, undoes, request.past))
    return budget, make_undo(taken_back, undoes, request, knew_changes=knew_changes(systems, undoes, taken_back))


def _opened(systems: Systems, sending: Sending, at: datetime) -> ExportRecord:
    project_id = project_number(sending.project)
    if sending.continue_export and sending.flow_run_id:
        return _continued(systems, sending, sending.flow_run_id, project_id, at)
    mine = systems.journal.export_of_flow_run(sending.flow_run_id) if sending.flow_run_id else None
    # A run whose reading failed wrote nothing: running it again is a new attempt.
    if mine is not None and mine.state is not ExportState.FAILED:
        return systems.require_own(mine)
    return systems.journal.open_export(
        export_id=_new_id(at),
        kind=sending.kind,
        procore_company_id=systems.procore_company_id,
        project_id=project_id,
        jcco=systems.jcco,
        submitted_by=sending.submitted_by.strip(),
        flow_run_id=sending.flow_run_id,
        at=at,
    )


def _continued(systems: Systems, sending: Sending, flow_run_id: str, project_id: int, at: datetime) -> ExportRecord:
    """Take an interrupted export over, unless a slip in its id means somebody else's project, or another kind."""
    export = systems.export(sending.continue_export)
    if export.project_id != project_id:
        raise JournalError(
            "The export to go on with is another project's.",
            where=f"Export {export.id}",
            expected=f"an export of project {project_id}",
            found=f"one of project {export.project_id} {export.project_name}".rstrip(),
            way_out="Give the project of the export you mean, or the export of the project.",
        )
    if export.kind is not sending.kind:
        raise JournalError(
            "The export to go on with is of another kind.",
            where=f"Export {export.id}",
            expected=f"an export of the kind {sending.kind}",
            found=f"one of the kind {export.kind}",
            way_out=f"Go on with it by its own flow or command: {export.kind}.",
        )
    return systems.journal.adopt(export.id, flow_run_id, at=at)


def _fail(systems: Systems, record: ExportRecord, problem: str, at: datetime) -> None:
    """End the export, so that it does not stand in the way of the next one."""
    # Where even that cannot be recorded, the problem itself is what people must read. An export that another run took
    # over and brought further is not ours to end: that run may be writing.
    with suppress(JournalError, IllegalTransition):
        reason = f"Nothing was written. {problem}"
        systems.journal.move(
            record.id, ExportState.FAILED, actor=PRODUCT, reason=reason, at=at, believed=ExportState.PROPOSED
        )


def _estimate(systems: Systems, budget: Budget) -> tuple[Estimate | None, str]:
    job_code = job_code_of(budget.project, systems.config.mapping)
    if job_code is None:
        return None, ""
    try:
        return systems.vista.read_estimate(job_code), ""
    except JobCodeDoesNotFit as problem:
        return None, str(problem)


def _of_plan(systems: Systems, taken_back: Plan) -> Estimate:
    """Read the job that an export wrote to, wherever the project is linked to now."""
    return systems.vista.read_estimate(taken_back.job)


def _recorded(systems: Systems, record: ExportRecord, budget: Budget, proposal: Proposal, at: datetime) -> ExportRecord:
    plan = proposal.plan
    if plan is not None:
        systems.journal.assign_job(record.id, plan.job, budget.project.name, at=at)
    if proposal.is_blocked or plan is None:
        to_state, deadline = ExportState.BLOCKED, None
    elif proposal.is_unchanged:
        to_state, deadline = ExportState.UNCHANGED, None
    else:
        to_state = ExportState.AWAITING_ACCEPTANCE
        deadline = deadline_after(at, systems.config.acceptance)
    return systems.journal.record_plan(
        record.id,
        plan,
        proposal.findings,
        to_state=to_state,
        deadline_at=deadline,
        actor=record.submitted_by,
        at=at,
        evidence=(evidence_of(BUDGET_EVIDENCE, planned_from(budget, record.kind, systems.config)),),
    )


def _new_id(at: datetime) -> str:
    return f"EX-{at:%Y%m%d}-" + "".join(secrets.choice(_ID_ALPHABET) for _ in range(6))
