"""Put the review, the reports and their tables where people look: artifacts of the flow run.

The pages themselves are written by `jobcost.rendering`. Publishing may be repeated; the journal remembers the review's.
"""

import json
from datetime import datetime

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from connectors.journal.records import Evidence, EvidenceRecord, ExportRecord
from connectors.vista.gateway import Applied
from jobcost.lifecycle import ExportState
from jobcost.rendering.findings_page import findings_csv
from jobcost.rendering.lines import line_dicts, lines_csv
from jobcost.rendering.moments import local_text
from jobcost.rendering.outcome import rejected_markdown, stale_markdown
from jobcost.rendering.question import question_markdown
from jobcost.rendering.review import ReviewContext, blocked_markdown, review_markdown
from jobcost.rendering.verification import verification_csv, verification_dicts, verification_markdown
from jobcost.verification import Verification
from tasks import runs
from tasks.steps import telling
from tasks.steps.decide import acceptances, accepted_by, refusals
from tasks.systems import Systems

# The Prefect UI keeps the whole table in the browser; more rows than this make it slow. The CSV has them all.
TABLE_ROWS_MAX = 1000


def publish_review(systems: Systems, export: ExportRecord, at: datetime) -> None:
    """Publish what the approver reviews, or every finding of a blocked budget; once per export."""
    published = any(row.kind == "review-published" for row in systems.journal.evidence(export.id))
    if published or export.state not in {ExportState.AWAITING_ACCEPTANCE, ExportState.BLOCKED}:
        return
    plan, findings = telling.plan_of(systems, export), systems.journal.findings(export.id)
    _download(systems, export, "findings.csv", findings_csv(findings))
    context = _context(systems, export, _download(systems, export, "lines.csv", lines_csv(plan)) if plan else None)
    if export.state is ExportState.AWAITING_ACCEPTANCE and plan is not None:
        page, title = review_markdown(plan, findings, context), f"Review of {export.id}, plan {plan.code}"
    else:
        page, title = blocked_markdown(findings, context, plan=plan), f"Findings that block {export.id}"
    artifact = create_markdown_artifact(page, key=_key("review", export), description=title)
    if plan is not None:
        rows = line_dicts(plan)[:TABLE_ROWS_MAX]
        create_table_artifact(rows, key=_key("lines", export), description=f"Every line of {export.id}")
    note = Evidence(kind="review-published", json_text=json.dumps({"artifact": str(artifact)}))
    systems.journal.record_evidence(export.id, note, at=at)


def question_text(systems: Systems, export: ExportRecord) -> str:
    """Write the text above the acceptance form."""
    artifact = telling.review_artifact(systems, export)
    plan = systems.journal.plan(export.id)
    accepted = acceptances(systems, export)
    return question_markdown(
        plan,
        systems.journal.findings(export.id),
        export_id=export.id,
        refused_reasons=refusals(systems, export),
        accepted_by=tuple(row.approver for row in accepted),
        accepted_zeroing=any(row.digest != plan.digest for row in accepted),
        review_url=runs.artifact_address(artifact) if artifact else None,
        thread=telling.thread_of(systems, export),
        revision=telling.revision_of(systems, export, plan),
        deadline_text=_deadline_text(systems, export),
        zone_name=systems.config.acceptance.time_zone,
    )


def publish_stale(systems: Systems, export: ExportRecord) -> None:
    """Publish everything that moved, if that is how the export ended."""
    if export.state is ExportState.STALE:
        moves = [json.loads(row.json_text) for row in _evidence(systems, export, "moved")]
        page = stale_markdown(tuple(moves[-1]), export_id=export.id)
        create_markdown_artifact(page, key=_key("stale", export), description=f"What moved under {export.id}")


def publish_reject(systems: Systems, export: ExportRecord) -> None:
    """Publish who rejected the budget and why, for the sender."""
    decision = systems.journal.decisions(export.id)[-1]
    page = rejected_markdown(
        export_id=export.id,
        project=export.project_name,
        approver=decision.approver,
        reason=decision.reason,
        budget_is_returned=export.budget_returned_at is not None,
        kind=export.kind,
    )
    create_markdown_artifact(page, key=_key("reject", export), description=f"Why {export.id} was rejected")


def publish_verification(systems: Systems, export: ExportRecord, verification: Verification) -> None:
    """Publish the verification report: a tick or a cross per line."""
    plan = systems.journal.plan(export.id)
    page = verification_markdown(
        verification,
        plan,
        export_id=export.id,
        approved_by=accepted_by(systems, export),
        applied=_applied(systems, export),
        lines_url=_download(systems, export, "verification.csv", verification_csv(verification, plan)),
    )
    create_markdown_artifact(page, key=_key("verification", export), description=f"Verification of {export.id}")
    rows = verification_dicts(verification, plan)[:TABLE_ROWS_MAX]
    create_table_artifact(rows, key=_key("verified-lines", export), description=f"Every verified line of {export.id}")


def _context(systems: Systems, export: ExportRecord, lines_url: str | None) -> ReviewContext:
    return ReviewContext(
        export_id=export.id,
        submitted_by=export.submitted_by,
        deadline_text=_deadline_text(systems, export),
        zone_name=systems.config.acceptance.time_zone,
        thread=telling.thread_of(systems, export),
        revision=telling.revision_of(systems, export, telling.plan_of(systems, export)),
        earlier=_earlier(systems, export),
        run_url=runs.run_address(export.flow_run_id),
        lines_url=lines_url,
    )


def _deadline_text(systems: Systems, export: ExportRecord) -> str:
    zone = systems.config.acceptance.time_zone
    return local_text(export.deadline_at, zone) if export.deadline_at else ""


def _download(systems: Systems, export: ExportRecord, name: str, text: str) -> str | None:
    return systems.reports.publish(export.id, name, text) if systems.reports else None


def _earlier(systems: Systems, export: ExportRecord) -> tuple[str, ...]:
    """Tell what became of earlier exports of the job, so that a re-sent budget keeps its thread."""
    if export.job is None:
        return ()
    earlier = [one for one in systems.journal.history(export.jcco, export.job) if one.id != export.id]
    return tuple(
        f"{one.id}, sent by {one.submitted_by}: {str(one.state).replace('_', ' ')}."
        f" {systems.journal.transitions(one.id)[-1].reason}"
        for one in reversed(earlier)
    )


def _evidence(systems: Systems, export: ExportRecord, kind: str) -> list[EvidenceRecord]:
    return [row for row in systems.journal.evidence(export.id) if row.kind == kind]


def _applied(systems: Systems, export: ExportRecord) -> Applied:
    # What was written before there were change orders, or the procedure's count, is counted without them.
    counts = {"change_orders_added": 0, "phases_by_procedure": 0} | json.loads(
        _evidence(systems, export, "applied")[-1].json_text
    )
    return Applied(**{name: counts[name] for name in Applied.__dataclass_fields__})


def _key(kind: str, export: ExportRecord) -> str:
    # Prefect's artifact keys are lower case letters, digits and dashes.
    return f"{kind}-{export.id.lower()}"
