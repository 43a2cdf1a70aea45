"""A plan: exactly what an export will write to one Vista job, against exactly which before-image, and its digest.

A plan is a value. `planning` makes it; the journal keeps its canonical form; the writer applies that form only.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import NewType

from pydantic import TypeAdapter

from jobcost.money import ZERO_DOLLARS
from jobcost.planned import (
    Action,
    AddPhase,
    ChangeOrderItem,
    ChangeOrderLine,
    ChangePolicy,
    EstimateValues,
    JobImage,
    Kind,
    PlannedChangeOrder,
    PlannedLine,
    SourceLine,
    UntouchedHeader,
)

__all__ = [
    "Action",
    "AddPhase",
    "ChangeOrderItem",
    "ChangeOrderLine",
    "ChangePolicy",
    "Digest",
    "EstimateValues",
    "JobImage",
    "Kind",
    "Plan",
    "PlanCode",
    "PlannedChangeOrder",
    "PlannedLine",
    "SourceLine",
    "UntouchedHeader",
    "canonical_text",
    "plan_from_canonical_text",
]

# The full digest of a plan: 64 hexadecimal characters of SHA-256.
Digest = NewType("Digest", str)
# The short form people read and type, such as "7Q4K-M2XD"; a prefix of the digest in another alphabet.
PlanCode = NewType("PlanCode", str)

# No 0/O, 1/I/L, U: a code survives being read aloud.
_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


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
    # What follows came later: while it is empty, the canonical form does not mention it (_LATER).
    change_policy: str = ""
    change_orders: tuple[PlannedChangeOrder, ...] = ()
    # Lines of an earlier export that Procore no longer has, as they become if the approver consents. Until then they
    # are among the untouched.
    deleted: tuple[PlannedLine, ...] = ()
    # Change order detail that stands on lines of the job now: (phase, cost type, US dollars), none of zero.
    changes_before: tuple[tuple[str, int, Decimal], ...] = ()
    # Contract items with their amount including change orders: (item, JCCI.ContractAmt).
    contract_amounts: tuple[tuple[str, Decimal], ...] = ()
    # Id of the export that this plan takes back; "" for every other kind.
    undoes: str = ""

    @cached_property
    def digest(self) -> Digest:
        """SHA-256 of the canonical form: what will be written, the before-image, and the budget it comes from."""
        return Digest(hashlib.sha256(self.text.encode()).hexdigest())

    @cached_property
    def text(self) -> str:
        """The canonical form: JSON, keys sorted, no blanks, decimals as text."""
        content = _PLAN.dump_python(self, mode="json")
        # Plans of before keep their digest.
        content = {name: value for name, value in content.items() if value or name not in _LATER}
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
    def written_keys(self) -> frozenset[tuple[str, int]]:
        """The rows that will be changed or have a change order: phase without its last blanks, and cost type."""
        ordered = (line.key for order in self.change_orders for line in order.lines)
        keys = (*(line.key for line in self.changes), *ordered)
        return frozenset((phase.rstrip(" "), cost_type) for phase, cost_type in keys)

    @property
    def is_empty(self) -> bool:
        """Vista already holds exactly this, and there is nothing to consent to."""
        return self.writes_nothing and not self.deleted

    @property
    def writes_nothing(self) -> bool:
        """Accepted as it is, it changes nothing in Vista."""
        return not (self.changes or self.add_phases or self.change_orders)

    def with_zeroing(self) -> "Plan":
        """Return the plan that the approver accepts with the consent to set deleted lines to zero."""
        zeroed = {line.key for line in self.deleted}
        return replace(
            self,
            lines=tuple(sorted((*self.lines, *self.deleted), key=lambda line: line.key)),
            untouched=tuple(row for row in self.untouched if (row.phase, row.cost_type) not in zeroed),
            deleted=(),
        )

    @property
    def sets_to_zero(self) -> bool:
        """The plan was accepted with the consent to set deleted lines to zero."""
        return any(line.action is Action.SET_TO_ZERO for line in self.lines)

    @property
    def tells_changes(self) -> bool:
        """The plan says something of change orders; plans of early versions, and some first exports, do not."""
        return bool(self.change_policy or self.change_orders or self.changes_before or self.contract_amounts)

    @property
    def total_change_orders(self) -> Decimal:
        """What the planned change orders add to the job's Current Estimate, US dollars."""
        return sum((order.total for order in self.change_orders), ZERO_DOLLARS)

    @property
    def total_changes_before(self) -> Decimal:
        """The change orders that stand in the job now, US dollars."""
        return sum((amount for _, _, amount in self.changes_before), ZERO_DOLLARS)

    @property
    def total_current_before(self) -> Decimal:
        """The job's Current Estimate now: originals and change orders, US dollars."""
        return self.total_before + self.total_changes_before

    @property
    def total_current_after(self) -> Decimal:
        """The job's Current Estimate after the export, US dollars."""
        return self.total_after + self.total_changes_before + self.total_change_orders

    @property
    def total_revised(self) -> Decimal:
        """Procore's revised budget of the planned lines: originals and changes, US dollars."""
        sources = (source for line in self.lines for source in line.sources)
        return sum((source.revised_estimate for source in sources), ZERO_DOLLARS)

    @cached_property
    def changes_after(self) -> dict[tuple[str, int], Decimal]:
        """The change orders on each line after the export, US dollars; lines without any are left out."""
        amounts = {(phase, cost_type): amount for phase, cost_type, amount in self.changes_before}
        for line in (line for order in self.change_orders for line in order.lines):
            amounts[line.key] = amounts.get(line.key, ZERO_DOLLARS) + line.cost
        return amounts

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
        differences += [line.cost for order in self.change_orders for line in order.lines]
        added = sum((amount for amount in differences if amount > 0), ZERO_DOLLARS)
        taken = sum((amount for amount in differences if amount < 0), ZERO_DOLLARS)
        return added if added >= -taken else taken


_PLAN = TypeAdapter(Plan)
_LATER = frozenset({"change_policy", "change_orders", "deleted", "changes_before", "contract_amounts", "undoes"})


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
