"""Gather what an auditor wants to see of one export from the journal. Reads only."""

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from connectors.journal.audit_records import AuditReport
from connectors.journal.errors import JournalDamaged, NoPlan
from connectors.journal.records import DecisionRecord, EnrolmentChange, EnrolmentRecord, ExportRecord, Verdict
from jobcost.money import decimal_from
from jobcost.plan import Plan
from jobcost.rendering.audit import AuditAnswer, AuditEnrolment, AuditLine, AuditMove, AuditNotice, AuditStory
from jobcost.rendering.line_rows import line_rows
from tasks.systems import Systems


def audit_story(systems: Systems, export_id: str, report: AuditReport, at: datetime) -> AuditStory:
    """Tell everything that the journal holds of an export, beside what the audit of the whole chain found.

    Raises:
        UnknownExport: if there is none with this id.
    """
    journal = systems.journal
    record = journal.export(export_id)
    plan, damage = _plan(systems, record)
    decisions = journal.decisions(export_id)
    problems = (*map(str, report.problems), *damage)
    return AuditStory(
        export_id=record.id,
        kind=record.kind.value,
        project_id=record.project_id,
        project_name=record.project_name,
        jcco=record.jcco,
        job=record.job,
        state=record.state.value,
        submitted_by=record.submitted_by,
        sent_at=record.created_at,
        deadline_at=record.deadline_at,
        ended_at=record.ended_at,
        plan_digest=record.plan_digest,
        plan_code=record.plan_code,
        total_before=plan.total_before if plan else None,
        total_after=plan.total_after if plan else None,
        total_read_back=_total_read_back(systems, record),
        moves=_moves(systems, export_id),
        answers=tuple(map(_answer, decisions)),
        enrolments=_enrolments(systems, decisions),
        lines=_lines(systems, record, plan) if plan else (),
        notices=_notices(systems, export_id),
        link_numbers=journal.links_of(export_id),
        links=report.links,
        head_seal=report.head,
        problems=problems,
        written_at=at,
        zone_name=systems.config.acceptance.time_zone,
    )


def _plan(systems: Systems, record: ExportRecord) -> tuple[Plan | None, tuple[str, ...]]:
    """Read the plan; one that was changed by hand is a finding of the audit, and nothing to show."""
    try:
        return systems.journal.plan(record.id), ()
    except NoPlan:
        return None, ()
    except JournalDamaged as problem:
        return None, (str(problem),)


def _moves(systems: Systems, export_id: str) -> tuple[AuditMove, ...]:
    return tuple(
        AuditMove(
            from_state=row.from_state.value if row.from_state else None,
            to_state=row.to_state.value,
            actor=row.actor,
            reason=row.reason,
            at=row.at,
        )
        for row in systems.journal.transitions(export_id)
    )


def _answer(row: DecisionRecord) -> AuditAnswer:
    return AuditAnswer(
        ask=row.ask,
        verdict=row.verdict.value,
        approver=row.approver,
        deputy_for=row.deputy_for,
        is_proven=row.code_step is not None,
        given_at=row.given_at,
        recorded_at=row.at,
        digest=row.digest,
        reason=row.reason,
        refusal=row.refusal,
    )


def _enrolments(systems: Systems, decisions: Iterable[DecisionRecord]) -> tuple[AuditEnrolment, ...]:
    """Tell the enrolment in force of everybody by whose authority the plan was accepted, when they did."""
    found: dict[str, AuditEnrolment] = {}
    for row in decisions:
        if row.verdict is not Verdict.ACCEPT:
            continue
        for email in filter(None, (row.approver, row.deputy_for)):
            enrolment = _in_force(systems.journal.enrolment_story(email), row.at)
            if enrolment is not None:
                found.setdefault(email, enrolment)
    return tuple(found.values())


def _in_force(story: Iterable[EnrolmentRecord], at: datetime) -> AuditEnrolment | None:
    asked: EnrolmentRecord | None = None
    standing: AuditEnrolment | None = None
    for entry in story:
        if entry.at > at:
            break
        if entry.change is EnrolmentChange.REQUESTED:
            asked = entry
        elif entry.change is EnrolmentChange.CONFIRMED:
            by = (asked.actor, entry.actor) if asked else (entry.actor,)
            standing, asked = _enrolment(entry, by), None
        elif entry.change is EnrolmentChange.REVOKED:
            standing, asked = None, None
    return standing


def _enrolment(entry: EnrolmentRecord, by: tuple[str, ...]) -> AuditEnrolment:
    facts, deputy = entry.facts, entry.facts.deputy
    return AuditEnrolment(
        email=facts.email,
        name=facts.name,
        role=facts.role.value,
        companies=facts.companies,
        amount_limit=facts.amount_limit,
        enrolled_by=by,
        enrolled_at=entry.at,
        deputy=f"{deputy.email}, {deputy.first_day} to {deputy.last_day}" if deputy else "",
    )


def _lines(systems: Systems, record: ExportRecord, plan: Plan) -> tuple[AuditLine, ...]:
    results = {(row.phase, row.cost_type): row for row in systems.journal.line_results(record.id)}
    lines = []
    for row in line_rows(plan):
        result = results.get((row.phase, row.cost_type))
        lines.append(
            AuditLine(
                phase=row.phase,
                name=row.name,
                cost_type=row.cost_type,
                um=row.um,
                before=row.before,
                after=row.after,
                read_back=result.found if result else None,
                is_right=result.ok if result else None,
            )
        )
    return tuple(lines)


def _total_read_back(systems: Systems, record: ExportRecord) -> Decimal | None:
    kept = [row.json_text for row in systems.journal.evidence(record.id) if row.kind == "verification"]
    return decimal_from(json.loads(kept[-1])["found_total"]) if kept else None


def _notices(systems: Systems, export_id: str) -> tuple[AuditNotice, ...]:
    return tuple(
        AuditNotice(
            kind=row.kind,
            recipient=row.recipient,
            created_at=row.created_at,
            delivered_at=row.delivered_at,
            given_up_at=row.given_up_at,
            problem=row.last_problem,
        )
        for row in systems.journal.notices(export_id)
    )
