"""What the journal holds, as frozen values. All times are in UTC; all amounts are exact decimals."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

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
    # Who looked at a failed verification and let the job's exports go on, when and why.
    cleared_at: datetime | None
    cleared_by: str | None
    clear_reason: str | None

    @property
    def is_open(self) -> bool:
        """The export has not ended."""
        return self.state in OPEN_STATES


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
        """Refuse text that nobody could read back.

        Raises:
            ValueError: if the text is no JSON.
        """
        json.loads(self.json_text)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRecord:
    """A proof as kept."""

    position: int
    kind: str
    json_text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproverRecord:
    """A person who may accept, as enrolled."""

    # Case folded.
    email: str
    name: str
    # US dollars of change the person may accept alone; None is no limit.
    amount_limit: Decimal | None
    active: bool
    enrolled_by: str
    enrolled_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None
    last_code_step: int | None
