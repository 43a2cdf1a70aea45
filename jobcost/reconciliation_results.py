"""What a reconciliation finds: how every line of a job stands, with the sums of each column."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from jobcost.planned import ChangePolicy
from jobcost.reconciliation_values import AGREEING, NOTHING, Amounts, Key, LineClass, UnmappedLine, added_up


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
    # Of these, by what the line differs whatever its amounts are: units, hours, change orders of ours.
    certain: str = ""
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
                more = (line.certain,) if line.certain else ()
                yield self._digest(*line.key, line.stands.value, *amounts, *more), f"{line.phase} / {line.cost_type}"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCompared:
    """A job that could not be compared, and why."""

    # As stored in Vista.
    job: str
    project_id: int
    project_name: str
    # The last settled export.
    export_id: str
    why: str


Outcome = Reconciliation | NotCompared
