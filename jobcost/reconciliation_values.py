"""What a reconciliation compares and what it finds: one exported job, line by line, in three columns.

Procore's budget, Vista's estimate, and what we last verified; each with an original amount and changes on top of it.
Amounts are US dollars (or the company's currency). A line's key is its Vista phase without trailing blanks, as Vista
compares it, and its cost type.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from jobcost.money import ZERO_DOLLARS
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcoreSide:
    """The budget."""

    lines: Mapping[Key, ProcoreLine]
    unmapped: tuple[UnmappedLine, ...] = ()
    unexported: Mapping[Key, tuple[UnexportedChange, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VistaSide:
    """The job's estimate."""

    lines: Mapping[Key, Amounts]
    # Each change order's amount per line, by its number; None where only the sums are known.
    change_orders: Mapping[str, Mapping[Key, Decimal]] | None = None
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
    field: str
    old_value: str
    new_value: str
    user: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciledLine:
    """One line of the job in all three columns, and how it stands. None: there is no such line."""

    phase: str
    cost_type: int
    name: str
    procore: Amounts | None
    vista: Amounts | None
    verified: Amounts | None
    # What Vista should hold by Procore's budget and the company's policy for changes.
    expected: Amounts
    stands: LineClass
    # What happened, a sentence each; also for lines that agree by chance.
    causes: tuple[str, ...] = ()
    # Who moved it in Vista and when, as far as Vista's audit tells; "" where nothing moved there.
    who: str = ""

    @property
    def key(self) -> Key:
        """Phase without trailing blanks, and cost type."""
        return (self.phase, self.cost_type)

    @property
    def difference(self) -> Amounts:
        """Vista less what it should hold; positive: Vista has more."""
        return (self.vista or NOTHING).minus(self.expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassTotal:
    """All lines of one class."""

    count: int
    difference: Amounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """One exported job, compared."""

    jcco: int
    # As stored in Vista.
    job: str
    project_id: int
    project_name: str
    # The last settled export, whose values stand in the column "verified".
    export_id: str
    verified_at: datetime
    policy: ChangePolicy
    # None: as both systems are now.
    as_of: date | None
    lines: tuple[ReconciledLine, ...]
    unmapped: tuple[UnmappedLine, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Both systems hold the same, to the cent."""
        return not self.differences and not any(line.has_amount for line in self.unmapped)

    @property
    def differences(self) -> tuple[ReconciledLine, ...]:
        """The lines that do not hold the same."""
        return tuple(line for line in self.lines if line.stands not in AGREEING)

    @property
    def procore_total(self) -> Amounts:
        """Procore's whole budget, what cannot be mapped included."""
        return added_up([*(line.procore for line in self.lines), *(line.amounts for line in self.unmapped)])

    @property
    def vista_total(self) -> Amounts:
        """Vista's whole job."""
        return added_up(line.vista for line in self.lines)

    @property
    def verified_total(self) -> Amounts:
        """The whole job as it was last verified."""
        return added_up(line.verified for line in self.lines)

    @property
    def by_class(self) -> dict[LineClass, ClassTotal]:
        """Lines and differences of each class that occurs, in the order of the classes."""
        found = {stands: [line for line in self.lines if line.stands is stands] for stands in LineClass}
        return {
            stands: ClassTotal(count=len(lines), difference=added_up(line.difference for line in lines))
            for stands, lines in found.items()
            if lines
        }

    def fingerprints(self) -> dict[str, str]:
        """Name every difference by a digest of job, line, class and amounts: the digest, and the line in words.

        What is in flight is settled soon by itself, and is told by the export it belongs to.
        """
        return dict(self._fingerprints())

    def _fingerprints(self) -> Iterator[tuple[str, str]]:
        for line in self.differences:
            if line.stands is not LineClass.IN_FLIGHT:
                amounts = (line.procore, line.vista, line.verified)
                yield self._digest(*line.key, line.stands.value, *amounts), f"{line.phase} / {line.cost_type}"
        for unmapped in self.unmapped:
            if unmapped.has_amount:
                yield self._digest("unmapped", unmapped.label, unmapped.amounts), unmapped.label

    def _digest(self, *facts: object) -> str:
        spelled = [_spelled(fact) for fact in (self.jcco, self.job.rstrip(" "), *facts)]
        return hashlib.sha256(repr(spelled).encode()).hexdigest()[:32]


def _spelled(fact: object) -> str:
    if isinstance(fact, Amounts):
        return f"{fact.original:.6f} {fact.changes:.6f}"
    return str(fact)
