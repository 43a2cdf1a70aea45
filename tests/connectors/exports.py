"""Exports for the journal's tests: one job, one small plan, and an export brought to any state by its proper way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from sqlalchemy import select

from connectors.journal import Journal
from connectors.journal.models import chain
from connectors.journal.records import Answer, Evidence, ExportRecord, LineResult
from jobcost.findings import Finding, Severity
from jobcost.lifecycle import ExportState
from jobcost.plan import Action, EstimateValues, JobImage, Kind, Plan, PlannedLine
from tests.people import enrolled_approver

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DEADLINE = MONDAY + timedelta(hours=72)
SENDER = "pm@example.com"
ANA = "ana.ruiz@example.com"
BEN = "ben.okafor@example.com"
JOB = " 1204-"
# Of long ago, so that real codes still count after them.
_FRESH_STEPS = count(50_000_000)


def values(cost: str) -> EstimateValues:
    return EstimateValues(hours=Decimal("0.00"), units=Decimal("0.000"), cost=Decimal(cost))


PLAN = Plan(
    kind=Kind.SETUP,
    procore_company_id=8089,
    project_id=1204,
    project_name="Riverside Tower",
    jcco=1,
    phase_group=1,
    job=JOB,
    job_description="Riverside Tower",
    job_image=JobImage(
        contract=" 1204-", job_status=1, lock_phases=False, auto_add_item=False, contract_items=(("   1", Decimal(0)),)
    ),
    add_phases=(),
    lines=(
        PlannedLine(
            action=Action.ADD_COST_TYPE,
            phase="03-310-",
            phase_description="Structural concrete",
            cost_type=2,
            um="LS",
            bill_flag="C",
            item_unit_flag="N",
            phase_unit_flag="N",
            before=None,
            after=values("41200.10"),
            sources=(),
        ),
    ),
    untouched=(),
)

WARNING = Finding(
    rule="zero-line",
    severity=Severity.WARNING,
    where="03-310 / M",
    what="The line is zero.",
    expected="an amount",
    found="0.00",
    way_out="Leave it, or delete it in Procore.",
)
BLOCK = replace(WARNING, rule="unmapped", severity=Severity.BLOCK, what="The cost type is not mapped.")
PROOF = Evidence(kind="read back", json_text='{"total":"41200.10"}')


def plan_of(project_id: int) -> Plan:
    """The plan for another project's job of the same number."""
    return replace(PLAN, project_id=project_id, job=f"{project_id}-")


def sent(journal: Journal, project_id: int = 1204, *, export_id: str = "", at: datetime = MONDAY) -> ExportRecord:
    return journal.open_export(
        export_id=export_id or f"EX-{project_id}",
        kind=Kind.SETUP,
        procore_company_id=8089,
        project_id=project_id,
        jcco=1,
        submitted_by=SENDER,
        flow_run_id=f"run-of-{project_id}",
        at=at,
    )


def awaiting(journal: Journal, project_id: int = 1204, *, export_id: str = "", at: datetime = MONDAY) -> ExportRecord:
    """An export of its own job that waits for an approver."""
    record = sent(journal, project_id, export_id=export_id, at=at)
    plan = plan_of(project_id)
    journal.assign_job(record.id, plan.job, plan.project_name, at=at)
    return journal.record_plan(
        record.id,
        plan,
        (WARNING,),
        to_state=ExportState.AWAITING_ACCEPTANCE,
        deadline_at=DEADLINE,
        actor=SENDER,
        at=at,
    )


def enrolled(journal: Journal, *emails: str) -> None:
    """Enrol approvers who are not yet."""
    for email in emails or (ANA, BEN):
        known = journal.person(email)
        if known is None or not known.is_active:
            enrolled_approver(journal, email)


def answer_to(
    record: ExportRecord,
    approver: str = ANA,
    *,
    reason: str = "",
    code_step: int | None = None,
    deputy_for: str | None = None,
) -> Answer:
    """An answer to the open question, proved by a code that was never used unless another step is named."""
    return Answer(
        ask=record.ask,
        approver=approver,
        reason=reason,
        plan_code_given=record.plan_code or "",
        digest=record.plan_digest,
        code_step=next(_FRESH_STEPS) if code_step is None else code_step,
        deputy_for=deputy_for,
    )


def accepted(journal: Journal, project_id: int = 1204, *, export_id: str = "", at: datetime = MONDAY) -> ExportRecord:
    enrolled(journal)
    record = awaiting(journal, project_id, export_id=export_id, at=at)
    return journal.record_acceptance(record.id, answer_to(record), complete=True, at=at)


def applied(journal: Journal, project_id: int = 1204, *, export_id: str = "", at: datetime = MONDAY) -> ExportRecord:
    record = accepted(journal, project_id, export_id=export_id, at=at)
    journal.move(record.id, ExportState.APPLYING, actor="budget-export", reason="nothing moved", at=at)
    return journal.move(record.id, ExportState.APPLIED, actor="budget-export", reason="written", at=at)


def line_result(found: str = "41200.10") -> LineResult:
    return LineResult(
        phase="03-310-",
        cost_type=2,
        expected=values("41200.10"),
        found=values(found),
        ok=found == "41200.10",
    )


def verified(
    journal: Journal, project_id: int = 1204, *, export_id: str = "", at: datetime = MONDAY, found: str = "41200.10"
) -> ExportRecord:
    """An export that was read back: verified, or with another amount found, verification failed."""
    record = applied(journal, project_id, export_id=export_id, at=at)
    result = line_result(found)
    return journal.record_verification(
        record.id,
        results=(result,),
        evidence=(PROOF,),
        to_state=ExportState.VERIFIED if result.ok else ExportState.VERIFICATION_FAILED,
        reason="read back",
        at=at,
    )


def links_of(journal: Journal) -> list[tuple[str, str, int]]:
    statement = select(chain.c.kind, chain.c.subject, chain.c.position).order_by(chain.c.number)
    with journal._reading() as connection:
        return [tuple(row) for row in connection.execute(statement)]
