"""Step 4: read the job back on a new connection and compare it with the plan, line by line."""

import json
from datetime import datetime

from connectors.journal.records import Evidence, ExportRecord, LineResult
from jobcost.lifecycle import ExportState
from jobcost.plan import Plan
from jobcost.verification import Verification, verify
from tasks.systems import Systems


def verify_export(systems: Systems, export_id: str, at: datetime) -> tuple[ExportRecord, Verification | None]:
    """Bring an applied export to verified or verification_failed; return what was compared, if it was now."""
    record = systems.export(export_id)
    if record.state is not ExportState.APPLIED:
        return record, None
    verification = read_back(systems, systems.journal.plan(export_id))
    ended = systems.journal.record_verification(
        record.id,
        results=tuple(
            LineResult(
                phase=line.phase, cost_type=line.cost_type, expected=line.expected, found=line.found, ok=line.is_right
            )
            for line in verification.lines
        ),
        evidence=(Evidence(kind="verification", json_text=_summary(verification)),),
        to_state=ExportState.VERIFIED if verification.is_right else ExportState.VERIFICATION_FAILED,
        reason=_reason(verification),
        at=at,
    )
    return ended, verification


def read_back(systems: Systems, plan: Plan) -> Verification:
    """Compare the job as it is now with a plan. Reads only."""
    return verify(plan, systems.vista.read_estimate(plan.job))


def _reason(verification: Verification) -> str:
    if verification.is_right:
        return f"All {len(verification.lines)} lines and the total are as planned."
    problems = [f"phase {line.phase.rstrip()} cost type {line.cost_type}" for line in verification.wrong_lines]
    return f"Not as planned: {'; '.join([*problems, *verification.job_problems][:10])}"


def _summary(verification: Verification) -> str:
    return json.dumps(
        {
            "lines": len(verification.lines),
            "wrong": [
                {"phase": line.phase, "cost_type": line.cost_type, "problems": line.problems}
                for line in verification.wrong_lines
            ],
            "job_problems": verification.job_problems,
            "expected_total": str(verification.expected_total),
            "found_total": str(verification.found_total),
        }
    )
