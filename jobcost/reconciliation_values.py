"""What a reconciliation compares: one exported job, line by line, in three columns.

Procore's budget, Vista's estimate, and what we last verified; each with an original amount and changes on top of it.
Amounts are US dollars (or the company's currency). A line's key is its Vista phase without trailing blanks, as Vista
compares it, and its cost type.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from jobcost.money import ZERO_DOLLARS, money_text
from jobcost.planned import ChangePolicy

Key = tuple[str, int]


class LineClass(StrEnum):
    """How a line stands. Every line has exactly one."""

    AGREES = "agrees"
    # Both systems hold the same once Procore's amounts are written in whole cents.
    ROUNDING = "rounding"
    # An export that is under way, or whose outcome nobody has settled, is about this line.
    IN_FLIGHT = "in flight"
    MOVED_IN_BOTH = "moved in both"
    NEVER_EXPORTED = "never exported"
    DELETED_IN_PROCORE = "deleted in Procore"
    MOVED_IN_PROCORE = "moved in Procore"
    CHANGE_NOT_EXPORTED = "change not exported"
    CHANGE_ORDER_MOVED = "change order moved in Vista"
    MOVED_IN_VISTA = "moved in Vista"
    # No export of ours ever wrote it.
    ONLY_IN_VISTA = "only in Vista"


# These lines hold the same in both systems.
AGREEING = frozenset({LineClass.AGREES, LineClass.ROUNDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """An original estimate and the changes on top of it."""

    original: Decimal = ZERO_DOLLARS
    changes: Decimal = ZERO_DOLLARS

    @property
    def current(self) -> Decimal:
        """The original and its changes."""
        return self.original + self.changes

    def plus(self, other: "Amounts") -> "Amounts":
        """Add up column by column."""
        return Amounts(original=self.original + other.original, changes=self.changes + other.changes)

    def minus(self, other: "Amounts") -> "Amounts":
        """Take away column by column."""
        return Amounts(original=self.original - other.original, changes=self.changes - other.changes)


NOTHING = Amounts()


def added_up(amounts: Iterable[Amounts | None]) -> Amounts:
    """Add amounts up; what is not there counts nothing."""
    total = NOTHING
    for one in amounts:
        total = total.plus(one) if one is not None else total
    return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantities:
    """Hours (2 places) and units (3 places) of an Original Estimate; None where the budget does not carry them."""

    hours: Decimal | None
    units: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcoreLine:
    """What Procore's budget has for one key: all its budget lines added up, exactly as Procore sent them."""

    name: str
    exact: Amounts
    # The same, each budget line in whole cents first, as an export would write it.
    in_cents: Amounts


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmappedLine:
    """A budget line that falls on no line of Vista's."""

    label: str
    amounts: Amounts
    why: str

    @property
    def has_amount(self) -> bool:
        """Money stands in it; without any it is told, but is no difference."""
        return bool(self.amounts.original or self.amounts.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnexportedChange:
    """What an approved change, for which no change order of ours stands, adds to one line."""

    number: str
    title: str
    amount: Decimal
    # It was exported, and taken back: it is not exported again (docs/reconciliation.md).
    was_taken_back: bool = False

    def __str__(self) -> str:
        """Name it, with its amount."""
        taken_back = ", taken back and not exported again" if self.was_taken_back else ""
        return f"{self.number} {self.title}".strip() + f" with {money_text(self.amount)}{taken_back}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcoreSide:
    """The budget."""

    lines: Mapping[Key, ProcoreLine]
    unmapped: tuple[UnmappedLine, ...] = ()
    unexported: Mapping[Key, tuple[UnexportedChange, ...]] = field(default_factory=dict)
    # What every approved change adds to each line, by Procore's kind and id of the change; None where nobody told.
    approved: Mapping[tuple[str, int], Mapping[Key, Decimal]] | None = None
    quantities: Mapping[Key, Quantities] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VistaSide:
    """The job's estimate."""

    lines: Mapping[Key, Amounts]
    # Each change order's amount per line, by its number as Vista compares it; None where only the sums are known.
    change_orders: Mapping[str, Mapping[Key, Decimal]] | None = None
    # Change orders that reach outside the company, and in which words: ours never do.
    outward_orders: Mapping[str, str] = field(default_factory=dict)
    # Empty where only amounts are known.
    quantities: Mapping[Key, Quantities] = field(default_factory=dict)
    names: Mapping[Key, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OurChangeOrder:
    """A change order that a settled export of ours wrote."""

    aco: str
    export_id: str
    # Procore's kind and id of the change behind it.
    source: tuple[str, int]
    amounts: Mapping[Key, Decimal]
    # Taken back by a later export, or the order that takes another one back: the two come to nothing.
    is_undone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedSide:
    """The job as the last settled export left it."""

    export_id: str
    at: datetime
    # Every line of the job then, also those that the export did not touch.
    lines: Mapping[Key, Amounts]
    # Lines that any settled export of ours planned.
    ours: frozenset[Key]
    change_orders: tuple[OurChangeOrder, ...] = ()
    quantities: Mapping[Key, Quantities] = field(default_factory=dict)
    # An export of an early version kept nothing of the change orders that stood then.
    knows_changes: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class InFlight:
    """An export whose outcome is open."""

    # For people: "export EX-... waits for an approver".
    words: str
    # The lines it is about; None while it has no plan, and may be about any.
    keys: frozenset[Key] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One entry of Vista's audit (HQMA): who changed what, when by Vista's own clock."""

    table: str
    key_text: str
    # A added, C changed, D deleted.
    kind: str
    field: str
    old_value: str
    new_value: str
    user: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What is compared."""

    jcco: int
    job: str
    project_id: int
    project_name: str
    policy: ChangePolicy
    procore: ProcoreSide
    vista: VistaSide
    verified: VerifiedSide
    in_flight: tuple[InFlight, ...] = ()
    # What Vista's audit recorded since the last settled export, oldest first.
    traces: tuple[Trace, ...] = ()
    # None: as both systems are now.
    as_of: date | None = None
