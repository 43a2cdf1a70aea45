"""What an auditor is told of one export: plain values, gathered from the journal, laid out by `audit`."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from jobcost.plan import Digest, EstimateValues, PlanCode


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditMove:
    """One move of the export. Times in UTC."""

    # None: it was opened.
    from_state: str | None
    to_state: str
    actor: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditAnswer:
    """One answer of an approver, whether or not it counted."""

    ask: int
    # "accept", "reject", or "refused" for an answer that did not count.
    verdict: str
    approver: str
    # In whose place a deputy decided.
    deputy_for: str | None
    # A one-time code proved the person.
    is_proven: bool
    # By the Prefect server's clock; None where nobody can tell.
    given_at: datetime | None
    recorded_at: datetime
    # The digest of the plan it speaks about.
    digest: str | None
    reason: str
    # Why it did not count; "" for one that did.
    refusal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEnrolment:
    """The enrolment that was in force for a person who accepted."""

    email: str
    name: str
    role: str = "approver"
    # Vista company numbers; none means every one.
    companies: tuple[int, ...]
    # US dollars; None is no limit.
    amount_limit: Decimal | None
    # Who requested and who confirmed it.
    enrolled_by: tuple[str, ...]
    enrolled_at: datetime | None
    # The deputy with their days, in words; "" for none.
    deputy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One (phase, cost type): before, as accepted, and as read back from Vista (JCCH)."""

    phase: str
    name: str
    cost_type: int
    # Unit of measure; "" where the plan does not hold it.
    um: str = ""
    # None: Vista had no such row.
    before: EstimateValues | None
    after: EstimateValues
    # None: not read back, or no such row was there.
    read_back: EstimateValues | None
    # None: it was not read back.
    is_right: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditNotice:
    """A notice that the export caused, and what became of it."""

    kind: str
    recipient: str
    created_at: datetime
    delivered_at: datetime | None
    given_up_at: datetime | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditStory:
    """Everything the journal holds of one export, and what its sealed chain proves. Amounts in US dollars."""

    export_id: str
    kind: str
    project_id: int
    project_name: str
    jcco: int
    job: str | None
    state: str
    submitted_by: str
    sent_at: datetime
    deadline_at: datetime | None
    ended_at: datetime | None
    plan_digest: Digest | None
    plan_code: PlanCode | None
    # The job's Original Estimate before and after; None without a plan.
    total_before: Decimal | None
    total_after: Decimal | None
    # The total read back from Vista; None when nothing was.
    total_read_back: Decimal | None = None
    moves: tuple[AuditMove, ...] = ()
    answers: tuple[AuditAnswer, ...] = ()
    enrolments: tuple[AuditEnrolment, ...] = ()
    lines: tuple[AuditLine, ...] = ()
    notices: tuple[AuditNotice, ...] = ()
    # Numbers of the chain's links that belong to this export.
    link_numbers: tuple[int, ...] = ()
    # The whole chain: its number of links, and the seal of the last one.
    links: int
    head_seal: str
    # What is wrong with the chain or the journal, in an auditor's words; empty when everything holds.
    problems: tuple[str, ...] = ()
    # When this was written, and the company's time zone.
    written_at: datetime
    zone_name: str = "UTC"

    @property
    def head(self) -> str:
        """The chain's end as a person keeps it: the last link's number and seal. Whoever has it can check later."""
        return f"{self.links}:{self.head_seal}"

    @property
    def is_proven(self) -> bool:
        """Nothing was found wrong, and the chain knows the export."""
        return not self.problems and bool(self.link_numbers)
