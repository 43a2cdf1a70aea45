"""The story of one export in the core's own words: what notices, mails and the inbox are made from."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from jobcost.lifecycle import OPEN_STATES, ExportState
from jobcost.plan import Kind, PlanCode
from jobcost.revision import EarlierAttempt


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLine:
    """One recorded answer of an approver."""

    # "accept", "reject", or "refused" for an answer that did not count.
    verdict: str
    approver: str
    # In whose place a deputy decided.
    deputy_for: str | None = None
    reason: str = ""
    at: datetime
    # The number of the question; no two decisions share one.
    ask: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What the journal knows of one export. Times in UTC, amounts in US dollars."""

    export_id: str
    project_id: int
    # "" until the project was read.
    project_name: str
    # Vista JCJM.Job as stored; None until the project was read.
    job: str | None
    # Vista company number.
    jcco: int
    state: ExportState
    # E-mail address of the sender, who may not accept.
    submitted_by: str
    plan_code: PlanCode | None
    # Plan.largest_move, which limits are held against; None without a plan.
    difference: Decimal | None
    # The job's Original Estimate now and after the export; None without a plan.
    total_before: Decimal | None = None
    total_after: Decimal | None = None
    sent_at: datetime
    # When it began to wait for an answer; None when it never did.
    asked_at: datetime | None
    deadline_at: datetime | None
    ended_at: datetime | None
    # The number of the present question.
    ask: int
    # Who accepted this plan, in order.
    accepted_by: tuple[str, ...]
    decisions: tuple[DecisionLine, ...] = ()
    # The reason of the last move, and who made it.
    reason: str = ""
    moved_by: str = ""
    kind: Kind = Kind.SETUP
    # The job's Current Estimate, with change orders; None without a plan, or where it is the original both times.
    total_current_before: Decimal | None = None
    total_current_after: Decimal | None = None
    # Change orders that would be written to Vista.
    change_orders: int = 0
    # When it was moved last; None where nobody asked.
    moved_at: datetime | None = None
    # How often its run died and was started again.
    revivals: int = 0
    # Earlier versions that were rejected, oldest first.
    thread: tuple[EarlierAttempt, ...] = ()
    # Lines that differ from the rejected version; None when there is none.
    lines_revised: int | None = None
    # Lines that would be written to Vista.
    lines_changed: int = 0
    # Findings by severity.
    blocks: int = 0
    warnings: int = 0
    notes: int = 0
    run_url: str | None = None
    review_url: str | None = None

    @property
    def is_open(self) -> bool:
        """It has not ended."""
        return self.state in OPEN_STATES

    @property
    def is_waiting(self) -> bool:
        """It waits for an approver's answer."""
        return self.state is ExportState.AWAITING_ACCEPTANCE
