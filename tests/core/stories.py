"""Exports and people as notices, mails, the inbox and the auditor are told of them. All names are invented."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from jobcost.lifecycle import ExportState
from jobcost.notices import Audience, DecisionLine, Story
from jobcost.plan import Digest, PlanCode
from jobcost.rendering.audit import AuditAnswer, AuditEnrolment, AuditLine, AuditMove, AuditNotice, AuditStory
from jobcost.revision import EarlierAttempt
from tests.core.rendered_plans import values

DENVER = "America/Denver"
PM, ANA, BEN, DORA, OLIVIA = (f"{name}@contractor.example" for name in ("pm", "ana", "ben", "dora", "olivia"))
CHANNEL = "block:slack-webhook/budget-approvals"

# Friday, 14 August 2026, 11:00 in Denver; five working days later it is Friday again.
SENT = datetime(2026, 8, 14, 17, 0, tzinfo=UTC)
ASKED = SENT + timedelta(minutes=1)
DEADLINE = datetime(2026, 8, 21, 17, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

AUDIENCE = Audience(deciders=(ANA, BEN), deputies=(DORA,), operators=(OLIVIA,), channels=(CHANNEL,))

TOO_CHEAP = EarlierAttempt(
    export_id="EX-20260812-AAAA22",
    sent_by=PM,
    sent_at=SENT - timedelta(days=2),
    rejected_by=ANA,
    rejected_at=SENT - timedelta(days=1, hours=3),
    reason="The pipe is too cheap.\n<b>See</b> the quote at http://evil.example",
    plan_code=PlanCode("AAAA-2222"),
)


def story(**changed: Any) -> Story:
    """A budget that waits for its first answer."""
    waiting = Story(
        export_id="EX-20260814-7Q4KM2",
        project_id=600123,
        project_name="River Street Drainage",
        job="1164I-",
        jcco=1,
        state=ExportState.AWAITING_ACCEPTANCE,
        submitted_by=PM,
        plan_code=PlanCode("HD4T-YS4F"),
        difference=Decimal("1262345.67"),
        total_before=Decimal("386000.00"),
        total_after=Decimal("1643845.67"),
        sent_at=SENT,
        asked_at=ASKED,
        deadline_at=DEADLINE,
        ended_at=None,
        ask=1,
        accepted_by=(),
        lines_changed=3,
        warnings=3,
        notes=1,
        run_url="http://127.0.0.1:4200/runs/flow-run/5f0c",
        review_url="http://127.0.0.1:4200/artifacts/artifact/76",
    )
    return replace(waiting, **changed)


def ended(state: ExportState, **changed: Any) -> Story:
    """The same budget, ended a day after it was sent."""
    return story(**{"state": state, "ended_at": SENT + 24 * HOUR, "moved_by": "budget-export", **changed})


def decision(verdict: str, approver: str, ask: int = 1, **changed: Any) -> DecisionLine:
    """An answer, two hours after the question."""
    return replace(DecisionLine(verdict=verdict, approver=approver, at=SENT + 2 * HOUR, ask=ask), **changed)


DIGEST = Digest("42abcdc281a8" + "0" * 52)
RECORDED = SENT + 2 * HOUR + timedelta(seconds=8)

MOVES = (
    AuditMove(from_state=None, to_state="proposed", actor=PM, reason="sent", at=SENT),
    AuditMove(
        from_state="proposed", to_state="awaiting_acceptance", actor="budget-export", reason="plan made", at=ASKED
    ),
    AuditMove(from_state="awaiting_acceptance", to_state="accepted", actor=DORA, reason="accepted", at=RECORDED),
)
REFUSED = AuditAnswer(
    ask=1,
    verdict="refused",
    approver=PM,
    deputy_for=None,
    is_proven=False,
    given_at=None,
    recorded_at=SENT + HOUR,
    digest=None,
    reason="",
    refusal="Approver: the sender of a budget cannot decide on it; ask another approver.",
)
ACCEPTED = replace(
    REFUSED,
    ask=2,
    verdict="accept",
    approver=DORA,
    deputy_for=ANA,
    is_proven=True,
    given_at=SENT + 2 * HOUR,
    recorded_at=RECORDED,
    digest=DIGEST,
    refusal="",
)
PIPE_LINE = AuditLine(
    phase="0260-   -   ",
    name="=HYPERLINK(evil) <Storm> drain | pipe",
    cost_type=2,
    um="LF",
    before=values("300000.00", units="900.000"),
    after=values("312345.67", units="950.000"),
    read_back=values("312345.67", units="950.000"),
    is_right=True,
)
DEDUCTION_LINE = AuditLine(
    phase="0260-   -   ",
    name="Storm drain pipe",
    cost_type=5,
    um="LS",
    before=None,
    after=values("-4500.00"),
    read_back=None,
    is_right=False,
)
ENROLMENT = AuditEnrolment(
    email=DORA,
    name="Dora Deputy",
    companies=(1, 2),
    amount_limit=Decimal("50000.00"),
    enrolled_by=(OLIVIA, "otto@contractor.example"),
    enrolled_at=SENT - timedelta(days=30),
)
NOTICES = (
    AuditNotice(kind="question", recipient=ANA, created_at=ASKED, delivered_at=ASKED, given_up_at=None),
    AuditNotice(
        kind="verification_failed",
        recipient=CHANNEL,
        created_at=SENT + 3 * HOUR,
        delivered_at=None,
        given_up_at=SENT + 30 * HOUR,
        problem="the service refused: 404",
    ),
)


def audit_story(**changed: Any) -> AuditStory:
    """A verified export: refused once, then accepted by a deputy."""
    whole = AuditStory(
        export_id="EX-20260814-7Q4KM2",
        kind="setup",
        project_id=600123,
        project_name="River Street Drainage",
        jcco=1,
        job="1164I-",
        state="verified",
        submitted_by=PM,
        sent_at=SENT,
        deadline_at=DEADLINE,
        ended_at=SENT + 3 * HOUR,
        plan_digest=DIGEST,
        plan_code=PlanCode("HD4T-YS4F"),
        total_before=Decimal("300000.00"),
        total_after=Decimal("307845.67"),
        total_read_back=Decimal("307845.67"),
        moves=MOVES,
        answers=(REFUSED, ACCEPTED),
        enrolments=(ENROLMENT,),
        lines=(PIPE_LINE, DEDUCTION_LINE),
        notices=NOTICES,
        link_numbers=(11, 12, 15, 16),
        links=1240,
        head_seal="f00d" * 16,
        written_at=SENT + 48 * HOUR,
        zone_name=DENVER,
    )
    return replace(whole, **changed)
