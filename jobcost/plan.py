"""A plan: exactly what an export will write to one Vista job, against exactly which before-image, and its digest.

A plan is a value. `planning` makes it; the journal keeps its canonical form; the writer applies that form only.
"""

import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import NewType

from pydantic import TypeAdapter

from jobcost.money import ZERO_DOLLARS

# The full digest of a plan: 64 hexadecimal characters of SHA-256.
Digest = NewType("Digest", str)
# The short form people read and type, such as "7Q4K-M2XD"; a prefix of the digest in another alphabet.
PlanCode = NewType("PlanCode", str)

# No 0/O, 1/I/L, U: a code survives being read aloud.
_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class Kind(StrEnum):
    """Which business process an export belongs to."""

    SETUP = "setup"
    UPDATE = "update"


class Action(StrEnum):
    """What happens to one (phase, cost type) of the job."""

    ADD_COST_TYPE = "add_cost_type"
    CHANGE_ESTIMATE = "change_estimate"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateValues:
    """An Original Estimate: hours (2 places), units (3 places), cost in US dollars (2 places)."""

    hours: Decimal
    units: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """The Procore budget line behind a planned line, as the approver sees it."""

    budget_line_item_id: int
    cost_code: str
    cost_code_name: str
    line_item_type: str
    original_budget: Decimal
    budget_changes: Decimal

    @property
    def revised_estimate(self) -> Decimal:
        """Original budget plus budget changes, US dollars."""
        return self.original_budget + self.budget_changes


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPhase:
    """A job phase to be added (Vista JCJP)."""

    phase: str
    description: str
    item: str
    proj_min_pct: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLine:
    """One (phase, cost type) of the job: its before-image, what it becomes, and the budget lines it comes from."""

    action: Action
    phase: str
    phase_description: str
    cost_type: int
    um: str
    bill_flag: str
    item_unit_flag: str
    phase_unit_flag: str
    # None when the cost header does not exist yet.
    before: EstimateValues | None
    after: EstimateValues
    sources: tuple[SourceLine, ...]
    # The contract item of the phase as stored, and the month in which Vista posts its estimates ("2026-01").
    item: str = ""
    posting_month: str = ""

    @property
    def key(self) -> tuple[str, int]:
        """The line's identity within the job: phase as stored, and cost type."""
        return (self.phase, self.cost_type)

    @property
    def cost_before(self) -> Decimal:
        """The live Vista estimate, US dollars; zero where there is no row."""
        return self.before.cost if self.before else ZERO_DOLLARS

    @property
    def difference(self) -> Decimal:
        """What the export adds to the line's estimate, US dollars; negative lowers it."""
        return self.after.cost - self.cost_before


@dataclass(frozen=True, slots=True, kw_only=True)
class UntouchedHeader:
    """A cost header of the job that the budget does not mention: it must be the same after the export."""

    phase: str
    cost_type: int
    values: EstimateValues


@dataclass(frozen=True, slots=True, kw_only=True)
class JobImage:
    """The job's own facts that the plan relies on (Vista JCJM, JCCM, JCCI)."""

    contract: str
    job_status: int
    lock_phases: bool
    auto_add_item: bool
    # Contract items used, with their revenue: (item, JCCI.OrigContractAmt).
    contract_items: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything an export of one job will do."""

    kind: Kind
    procore_company_id: int
    project_id: int
    project_name: str
    jcco: int
    phase_group: int
    job: str
    job_description: str
    job_image: JobImage
    add_phases: tuple[AddPhase, ...]
    lines: tuple[PlannedLine, ...]
    untouched: tuple[UntouchedHeader, ...]

    @cached_property
    def digest(self) -> Digest:
        """SHA-256 of the canonical form: what will be written, the before-image, and the budget it comes from."""
        return Digest(hashlib.sha256(self.text.encode()).hexdigest())

    @cached_property
    def text(self) -> str:
        """The canonical form: JSON, keys sorted, no blanks, decimals as text."""
        content = _PLAN.dump_python(self, mode="json")
        return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @property
    def code(self) -> PlanCode:
        """The digest's first 40 bits in an alphabet for people."""
        number = int(self.digest[:10], 16)
        letters = ""
        for _ in range(8):
            number, index = divmod(number, len(_CODE_ALPHABET))
            letters += _CODE_ALPHABET[index]
        return PlanCode(f"{letters[:4]}-{letters[4:]}")

    @property
    def changes(self) -> tuple[PlannedLine, ...]:
        """The lines that will be written."""
        return tuple(line for line in self.lines if line.action is not Action.UNCHANGED)

    @property
    def is_empty(self) -> bool:
        """Vista already holds exactly this."""
        return not self.changes and not self.add_phases

    @property
    def total_before(self) -> Decimal:
        """The job's Original Estimate now, untouched lines included, US dollars."""
        return sum((line.cost_before for line in self.lines), self.total_untouched)

    @property
    def total_after(self) -> Decimal:
        """The job's Original Estimate after the export, untouched lines included, US dollars."""
        return sum((line.after.cost for line in self.lines), self.total_untouched)

    @property
    def total_untouched(self) -> Decimal:
        """The estimate of the lines that the budget does not mention, US dollars."""
        return sum((header.values.cost for header in self.untouched), ZERO_DOLLARS)

    @property
    def total_difference(self) -> Decimal:
        """What the export adds to the job, US dollars."""
        return self.total_after - self.total_before

    @property
    def largest_move(self) -> Decimal:
        """What the export adds to lines, or takes from lines, whichever is more; US dollars, negative if it takes.

        Limits are held against this: millions moved from one line to another are no small change, though they add up
        to nothing.
        """
        differences = [line.difference for line in self.lines]
        added = sum((amount for amount in differences if amount > 0), ZERO_DOLLARS)
        taken = sum((amount for amount in differences if amount < 0), ZERO_DOLLARS)
        return added if added >= -taken else taken


_PLAN = TypeAdapter(Plan)


def canonical_text(plan: Plan) -> str:
    """Spell the plan in its one canonical form."""
    return plan.text


# The steps of an export ask for the same plan many times; it is read, and its digest made, once per process.
@lru_cache(maxsize=1)
def plan_from_canonical_text(text: str) -> Plan:
    """Read a plan back; its digest is that of the text it was read from.

    Raises:
        pydantic.ValidationError: if the text is no plan.
    """
    return _PLAN.validate_json(text)
