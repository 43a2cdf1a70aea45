"""What the model remembers: Procore's budget as people see it, what Vista must hold, and the exports between them.

Values only. Amounts are US dollars; a line is named by its Vista phase and cost type on both sides.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Self

from jobcost.lifecycle import ExportState
from jobcost.plan import Kind

# A phase as Vista stores it, and a cost type.
Key = tuple[str, int]
Amounts = dict[Key, Decimal]

NOTHING = Decimal("0.00")
# The months in which an item of the contract may start, and the first of them.
START_MONTH = "2026-01"
WRITTEN = frozenset({ExportState.APPLYING, ExportState.APPLIED, ExportState.VERIFIED, ExportState.VERIFICATION_FAILED})
OPEN = frozenset(
    {
        ExportState.PROPOSED,
        ExportState.AWAITING_ACCEPTANCE,
        ExportState.ACCEPTED,
        ExportState.APPLYING,
        ExportState.APPLIED,
    }
)


@dataclass(frozen=True)
class Line:
    """A budget line in Procore."""

    id: int
    original: Decimal
    # What approved changes moved onto it.
    moved: Decimal


@dataclass(frozen=True)
class Change:
    """A budget change in Procore."""

    id: int
    number: int
    status: str
    amounts: Amounts


@dataclass(frozen=True)
class Budget:
    """Procore's budget at one moment."""

    is_locked: bool
    lines: dict[Key, Line]
    changes: tuple[Change, ...]

    @property
    def rows(self) -> frozenset[tuple[object, ...]]:
        """What the rows of the budget view show."""
        return frozenset((key, line.id, line.original, line.moved) for key, line in self.lines.items())


@dataclass(frozen=True)
class Order:
    """A change order: the day it is dated, its month (YYYY-MM), and what it adds to each line."""

    day: date | None
    month: str
    amounts: Amounts


@dataclass(kw_only=True)
class Job:
    """What Vista must hold of the one job."""

    originals: Amounts = field(default_factory=dict)
    # How many rows of Original Estimate detail each line has: one for each time that it was changed.
    postings: Counter[Key] = field(default_factory=Counter)
    orders: dict[str, Order] = field(default_factory=dict)
    costs: Amounts = field(default_factory=dict)
    # Phase -> it is active.
    phases: dict[str, bool] = field(default_factory=dict)
    # Lines that came from Vista's Project Management: those get a row whenever they are written, changed or not.
    interfaced: frozenset[Key] = frozenset()
    is_open: bool = True
    start_month: str = START_MONTH

    @property
    def changes(self) -> Amounts:
        """What the change orders add to each line; lines without any are left out."""
        added: Amounts = {}
        for order in self.orders.values():
            for key, amount in order.amounts.items():
                added[key] = added.get(key, NOTHING) + amount
        return {key: amount for key, amount in added.items() if amount}

    def post_original(self, key: Key, amount: Decimal) -> None:
        """Write a line's Original Estimate; Vista adds the phase where it is missing."""
        self.phases.setdefault(key[0], True)
        self.postings[key] += self.originals.get(key) != amount or key in self.interfaced
        self.originals[key] = amount

    def copied(self) -> Self:
        """Copy it, so that the copy may go on alone."""
        return replace(
            self,
            originals=dict(self.originals),
            postings=Counter(self.postings),
            orders=dict(self.orders),
            costs=dict(self.costs),
            phases=dict(self.phases),
        )


@dataclass(frozen=True, kw_only=True)
class Question:
    """What an approver is asked: everything that will be written, against exactly what is there now."""

    # Procore's line, Vista's value before (None: no row) and after.
    lines: dict[Key, tuple[Line | None, Decimal | None, Decimal]]
    new_phases: frozenset[str]
    orders: dict[str, Order]
    # Procore's id of the change that a change order is of; none for one that takes another back.
    sources: dict[str, int]
    # Lines that Procore no longer has, with what stands in Vista.
    deleted: Amounts
    untouched: Amounts
    changes_before: Amounts
    # "" where it does not count.
    start_month: str

    @property
    def writes(self) -> Amounts:
        """The lines that will be written."""
        return {key: after for key, (_, before, after) in self.lines.items() if before != after}

    def with_zeroing(self) -> Self:
        """What is written with the consent to set deleted lines to zero."""
        zeroed = {key: (None, before, NOTHING) for key, before in self.deleted.items()}
        untouched = {key: amount for key, amount in self.untouched.items() if key not in self.deleted}
        return replace(self, lines=self.lines | zeroed, untouched=untouched, deleted={})

    @property
    def originals_before(self) -> Amounts:
        """All Original Estimates of the job before it is written."""
        return self.untouched | {key: before for key, (_, before, _) in self.lines.items() if before is not None}

    @property
    def originals_after(self) -> Amounts:
        """All Original Estimates of the job after it."""
        return self.untouched | {key: after for key, (_, _, after) in self.lines.items()}

    @property
    def written_phases(self) -> set[str]:
        """The phases that anything is written to."""
        return {phase for phase, _ in self.writes} | {
            phase for order in self.orders.values() for phase, _ in order.amounts
        }


@dataclass(kw_only=True)
class Export:
    """One export as the model follows it."""

    run: str
    kind: Kind
    sender: str
    sent_at: datetime
    deadline: datetime
    # The journal's name for it; "" until it is known.
    id: str = ""
    state: ExportState = ExportState.PROPOSED
    # None while it is blocked or unknown.
    question: Question | None = None
    # The run of the export that it takes back.
    undoes: str = ""
    # The rows of the budget that it was sent from.
    rows: frozenset[tuple[object, ...]] = frozenset()
    accepted_by: str = ""
    # Accepted with the consent to set deleted lines to zero.
    is_zeroed: bool = False
    # A write was begun by an earlier run of the step.
    is_begun: bool = False
    is_returned: bool = False
    is_cleared: bool = False

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_settled(self) -> bool:
        return self.state is ExportState.VERIFIED or (self.state is ExportState.VERIFICATION_FAILED and self.is_cleared)

    @property
    def answered(self) -> Question:
        """The question as it was accepted."""
        assert self.question is not None
        return self.question.with_zeroing() if self.is_zeroed else self.question
