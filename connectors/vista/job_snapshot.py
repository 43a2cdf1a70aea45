"""A job as the writer sees it inside its transaction, and how its values are compared and spelt for people."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from connectors.vista.change_reader import JobChanges
from connectors.vista.errors import Difference
from connectors.vista.job_scope import Key
from jobcost.estimate import CostHeader, Job, JobPhase
from jobcost.money import ZERO_DOLLARS
from jobcost.plan import EstimateValues

ABSENT = "no such row"

_Comparable = EstimateValues | Decimal | bool | int | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSnapshot:
    """What the writer compares: the job's facts, its phases, estimates, change orders and revenue, read at one time."""

    phase_group: int
    job: Job | None
    # Revenue per contract item, US dollars (Vista JCCI.OrigContractAmt), by item without trailing blanks.
    revenue: dict[str, Decimal]
    # The same with change orders (Vista JCCI.ContractAmt).
    contract_amounts: dict[str, Decimal]
    # By phase without trailing blanks.
    phases: dict[str, JobPhase]
    headers: dict[Key, CostHeader]
    changes: JobChanges

    @property
    def total_cost(self) -> Decimal:
        """Sum of the Original Estimate of all cost headers, US dollars."""
        return sum((header.orig_cost for header in self.headers.values()), ZERO_DOLLARS)


def values_text(values: EstimateValues | None) -> str:
    """Spell an estimate for people."""
    if values is None:
        return ABSENT
    return f"cost {values.cost:,f}, hours {values.hours:,f}, units {values.units:,f}"


def line_name(phase: str, cost_type: int) -> str:
    """Name a line for people."""
    return f"Phase {phase.rstrip(' ')} cost type {cost_type}"


def compared(where: str, expected: _Comparable, found: _Comparable) -> Iterator[Difference]:
    """Tell two values apart by value, never by their spelling."""
    if expected != found:
        yield Difference(where=where, expected=_spelt(expected), found=_spelt(found))


def _spelt(value: _Comparable) -> str:
    match value:
        case EstimateValues():
            return values_text(value)
        case Decimal():
            return f"{value:,f}"
        case bool():
            return "yes" if value else "no"
        case None:
            return ABSENT
        case _:
            return str(value)
