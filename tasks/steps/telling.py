"""What notices need to know of an export, gathered from the journal: its story, and who could be told."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.journal.errors import NoPlan
from connectors.journal.records import ExportRecord, PersonRecord, Role, Verdict
from connectors.procore.errors import ProcoreError
from jobcost.acceptance import may_decide
from jobcost.budget import ProcoreUser, user_of
from jobcost.config import ExportConfig
from jobcost.findings import Severity
from jobcost.lifecycle import ExportState
from jobcost.notices import CHANNEL_PREFIX, Audience
from jobcost.plan import Plan
from jobcost.rendering.orders import moves_current
from jobcost.revision import EarlierAttempt, Revision, changes_between
from jobcost.story import DecisionLine, Story
from tasks.steps.decide import accepted_by, enrolled_approver, question_of
from tasks.systems import Systems

# Evidence that an export's run had died and was started again.
REVIVED = "run-revived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Everybody an export may concern: the enrolled people, and Procore's users where it could be asked."""

    people: tuple[PersonRecord, ...]
    # None: Procore did not answer, or nobody asked it.
    procore_users: tuple[ProcoreUser, ...] | None

    def operators(self) -> tuple[str, ...]:
        """List the addresses of the operators."""
        return tuple(sorted(_active(self.people, Role.OPERATOR)))

    def approvers(self) -> tuple[str, ...]:
        """List the addresses of the approvers."""
        return tuple(sorted(_active(self.people, Role.APPROVER)))


def _active(people: Iterable[PersonRecord], role: Role) -> list[str]:
    return [person.email for person in people if person.facts is not None and person.facts.role is role]


def directory_of(systems: Systems, *, with_procore: bool) -> Directory:
    """Read who is who. That Procore does not answer keeps nobody from being told."""
    users: tuple[ProcoreUser, ...] | None = None
    if with_procore:
        try:
            users = tuple(systems.procore.read_users())
        except ProcoreError:
            users = None
    return Directory(people=systems.journal.people(), procore_users=users)


def audience_of(systems: Systems, record: ExportRecord, directory: Directory, at: datetime) -> Audience:
    """Say who could be told about an export."""
    deciders = deciders_of(systems, record, directory, at)
    facts = {person.email: person.facts for person in directory.people}
    deputies = tuple(
        deputy.email for email in deciders if (known := facts.get(email)) and (deputy := known.deputy) is not None
    )
    channels = tuple(f"{CHANNEL_PREFIX}{block}" for block in systems.config.notifications.blocks)
    return Audience(deciders=deciders, deputies=deputies, operators=directory.operators(), channels=channels)


def deciders_of(systems: Systems, record: ExportRecord, directory: Directory, at: datetime) -> tuple[str, ...]:
    """List whose acceptance would count now; of an ended export, whose would have."""
    if record.plan_digest is None:
        return ()
    question, config = question_of(systems, record), systems.config
    if directory.procore_users is None:
        config = _without_procore(config)
    deciders = []
    for email in directory.approvers():
        approver = enrolled_approver(systems, email, at)
        user = user_of(directory.procore_users, email) if directory.procore_users is not None else None
        if approver is not None and may_decide(approver, user, question, config):
            deciders.append(email)
    return tuple(deciders)


def _without_procore(config: ExportConfig) -> ExportConfig:
    # Better to tell one person too many than nobody: the answer itself is judged with Procore.
    return config.model_copy(
        update={"acceptance": config.acceptance.model_copy(update={"require_procore_flag": False})}
    )


def story_of(systems: Systems, record: ExportRecord) -> Story:
    """Tell one export from the journal. Links are added by whoever knows Prefect's addresses."""
    moves, plan = systems.journal.transitions(record.id), plan_of(systems, record)
    findings = systems.journal.findings(record.id)
    revision = revision_of(systems, record, plan)
    asked = next((move.at for move in moves if move.to_state is ExportState.AWAITING_ACCEPTANCE), None)
    counted = {severity: sum(one.severity is severity for one in findings) for severity in Severity}
    story = Story(
        export_id=record.id,
        project_id=record.project_id,
        project_name=record.project_name,
        job=record.job,
        jcco=record.jcco,
        state=record.state,
        submitted_by=record.submitted_by,
        plan_code=record.plan_code,
        difference=None if plan is None else plan.largest_move,
        sent_at=record.created_at,
        asked_at=asked,
        deadline_at=record.deadline_at,
        ended_at=record.ended_at,
        ask=record.ask,
        accepted_by=accepted_by(systems, record),
        decisions=_decisions(systems, record),
        reason=moves[-1].reason,
        moved_by=moves[-1].actor,
        moved_at=moves[-1].at,
        revivals=revivals_of(systems, record),
        thread=thread_of(systems, record),
        lines_revised=None if revision is None else len(revision.lines),
        blocks=counted[Severity.BLOCK],
        warnings=counted[Severity.WARNING],
        notes=counted[Severity.NOTE],
        kind=record.kind,
    )
    if plan is None:
        return story
    story = replace(
        story,
        total_before=plan.total_before,
        total_after=plan.total_after,
        lines_changed=len(plan.changes),
        change_orders=len(plan.change_orders),
    )
    if not moves_current(plan):
        return story
    return replace(story, total_current_before=plan.total_current_before, total_current_after=plan.total_current_after)


def plan_of(systems: Systems, record: ExportRecord) -> Plan | None:
    """Read an export's plan; None where none could be made."""
    try:
        return systems.journal.plan(record.id)
    except NoPlan:
        return None


def thread_of(systems: Systems, record: ExportRecord) -> tuple[EarlierAttempt, ...]:
    """List the earlier versions of this budget that were rejected, oldest first."""
    return tuple(_attempt(systems, earlier) for earlier in systems.journal.earlier_attempts(record.id))


def revision_of(systems: Systems, record: ExportRecord, plan: Plan | None) -> Revision | None:
    """Compare the plan with the one that was rejected last; None when none was."""
    rejected = systems.journal.earlier_attempts(record.id)
    earlier = plan_of(systems, rejected[-1]) if rejected else None
    return None if plan is None or earlier is None else changes_between(earlier, plan)


def revivals_of(systems: Systems, record: ExportRecord) -> int:
    """Count how often the export's run was started again after it had died."""
    return sum(row.kind == REVIVED for row in systems.journal.evidence(record.id))


def review_artifact(systems: Systems, record: ExportRecord) -> str | None:
    """Return the id of the review's artifact, once it is published."""
    published = [row for row in systems.journal.evidence(record.id) if row.kind == "review-published"]
    return str(json.loads(published[-1].json_text)["artifact"]) if published else None


def _attempt(systems: Systems, earlier: ExportRecord) -> EarlierAttempt:
    decision = next(row for row in reversed(systems.journal.decisions(earlier.id)) if row.verdict is Verdict.REJECT)
    return EarlierAttempt(
        export_id=earlier.id,
        sent_by=earlier.submitted_by,
        sent_at=earlier.created_at,
        rejected_by=decision.approver,
        rejected_at=decision.at,
        reason=decision.reason,
        plan_code=earlier.plan_code,
    )


def _decisions(systems: Systems, record: ExportRecord) -> tuple[DecisionLine, ...]:
    return tuple(
        DecisionLine(
            verdict=row.verdict.value,
            approver=row.approver,
            deputy_for=row.deputy_for,
            reason=row.reason or row.refusal,
            at=row.at,
            ask=row.ask,
        )
        for row in systems.journal.decisions(record.id)
    )
