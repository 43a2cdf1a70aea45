"""What the journal holds, as frozen values. All times are in UTC; all amounts are exact decimals."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from pydantic import SecretStr

from jobcost.lifecycle import OPEN_STATES, ExportState
from jobcost.plan import Digest, EstimateValues, Kind, PlanCode


class Verdict(StrEnum):
    """What an answer of an approver came to. REFUSED: it did not count, and they were asked again."""

    ACCEPT = "accept"
    REJECT = "reject"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRecord:
    """One export: the journal's word on where it is."""

    id: str
    kind: Kind
    procore_company_id: int
    project_id: int
    # "" until the project was read.
    project_name: str
    # Vista JCJM.JCCo and JCJM.Job as stored; the job is None until the project was read.
    jcco: int
    job: str | None
    state: ExportState
    # E-mail address of the sender, who may not accept.
    submitted_by: str
    # The Prefect flow run that carries the export at present.
    flow_run_id: str | None
    plan_digest: Digest | None
    plan_code: PlanCode | None
    # Number of the next question to the approver; each answer that counts or is refused raises it.
    ask: int
    deadline_at: datetime | None
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    # When the Procore budget was made editable again.
    budget_returned_at: datetime | None
    # Who looked at a failed verification and let the job go on, when and why.
    cleared_at: datetime | None
    cleared_by: str | None
    clear_reason: str | None

    @property
    def is_open(self) -> bool:
        """The export has not ended."""
        return self.state in OPEN_STATES

    @property
    def is_settled(self) -> bool:
        """It was verified, or its failed verification was cleared: the job's budget lives on from there."""
        return self.state is ExportState.VERIFIED or self.cleared_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An approver's answer to one question, as it was given."""

    # The number of the question, from ExportRecord.ask.
    ask: int
    approver: str
    reason: str
    plan_code_given: str
    # The digest of the plan it speaks about; None when the answer named none that exists.
    digest: Digest | None
    # The time step (RFC 6238) of the one-time code that proved the person; None where nothing was proved.
    code_step: int | None = None
    # The address of the approver in whose place a deputy decided; None for an approver in their own right.
    deputy_for: str | None = None
    # When the answer was given, by the Prefect server's clock; None where nobody can tell.
    given_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """One answer of an approver and what it came to."""

    position: int
    verdict: Verdict
    ask: int
    approver: str
    reason: str
    plan_code_given: str
    digest: Digest | None
    # Why the answer did not count; "" for a decision that did.
    refusal: str
    code_step: int | None
    deputy_for: str | None
    given_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionRecord:
    """One move of an export: from where (None: it was opened), to where, by whom, why, when."""

    position: int
    from_state: ExportState | None
    to_state: ExportState
    actor: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LineResult:
    """One (phase, cost type) read back from Vista after the export, beside what was to be found (Vista JCCH)."""

    phase: str
    cost_type: int
    # None: no such row was to be there.
    expected: EstimateValues | None
    # None: no such row was there.
    found: EstimateValues | None
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Something to keep with an export as proof. Never a secret."""

    kind: str
    json_text: str

    def __post_init__(self) -> None:
        """Refuse text that nobody could read back: a ValueError for what is no JSON."""
        json.loads(self.json_text)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRecord:
    """A proof as kept."""

    position: int
    kind: str
    json_text: str
    at: datetime


class Role(StrEnum):
    """What a person is enrolled as. Nobody is both."""

    APPROVER = "approver"
    # Enrols approvers and operators, together with another operator or as the configured owner.
    OPERATOR = "operator"


class EnrolmentChange(StrEnum):
    """What happened to a person's enrolment."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    REVOKED = "revoked"
    # After too many wrong one-time codes.
    LOCKED = "locked"
    UNLOCKED = "unlocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deputy:
    """Who decides in an approver's place, and on which days, in the company's time zone, both included."""

    email: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentFacts:
    """What is enrolled: the person and their authority."""

    # Case folded (jobcost.people.email_key).
    email: str
    role: Role
    name: str
    # Vista company numbers (JCCo) the person may decide for; none means every one.
    companies: tuple[int, ...] = ()
    # US dollars of change the person may accept; None is no limit.
    amount_limit: Decimal | None = None
    deputy: Deputy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who changes an enrolment, and how they proved who they are."""

    email: str
    # The account of the operating system it is done from, as a witness.
    os_account: str = ""
    # The time step of the one-time code that proved them; it is used up with the change. None where none is needed.
    code_step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentRecord:
    """One entry in the story of a person's enrolment. Part of the sealed chain."""

    position: int
    change: EnrolmentChange
    facts: EnrolmentFacts
    # A request, or its confirmation, that also gives the person a new authenticator secret.
    new_authenticator: bool
    # The seal of the authenticator's secret that was drawn with this confirmation; None where none was.
    secret_seal: str | None
    # E-mail address of who did it; for a lock, the product.
    actor: str
    # The account of the operating system it was done from, as a witness.
    os_account: str
    # The time step of the one-time code that proved the actor; None where none was needed.
    code_step: int | None
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """A person as the journal knows them now."""

    email: str
    # In force: the last confirmed and not revoked; None before, and after a revocation.
    facts: EnrolmentFacts | None
    # Who asked for the enrolment in force, who confirmed it, and who did either when the present authenticator was
    # drawn, since they may have seen its secret: one address if the owner did all of it, at most four.
    enrolled_by: tuple[str, ...]
    enrolled_at: datetime | None
    # Asked for and not confirmed yet.
    pending: EnrolmentFacts | None
    pending_by: str | None
    pending_new_authenticator: bool
    revoked_by: str | None
    revoked_at: datetime | None
    has_authenticator: bool
    locked_until: datetime | None

    @property
    def is_active(self) -> bool:
        """The person's enrolment is in force."""
        return self.facts is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """A confirmed enrolment, with the authenticator's secret if a new one was drawn: shown once, never again."""

    person: PersonRecord
    # Base32, as authenticator apps take it.
    secret: SecretStr | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCheck:
    """What a one-time code is worth."""

    # The time step it belongs to; None when it proves nothing.
    step: int | None
    # Why it proves nothing, for the person; "" when it proves them.
    problem: str
    # It was a guess, which counts towards the lock. A missing code, or one that counted before, is none.
    is_wrong: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotice:
    """A message that is to be sent. The fields are those of NoticeRecord."""

    key: str
    kind: str
    export_id: str | None
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRecord:
    """A message to one recipient, and what became of it. Its text is written when it is sent."""

    # Says what it is about, so that nothing is told twice.
    key: str
    kind: str
    export_id: str | None
    # An e-mail address, or a Prefect notification block as "block:<type>/<name>".
    recipient: str
    created_at: datetime
    attempts: int
    next_try_at: datetime
    delivered_at: datetime | None
    # No further try is made.
    given_up_at: datetime | None
    last_problem: str
