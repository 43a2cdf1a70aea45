"""How a rule is written, and the list of all of them.

A rule is a function from what it judges to the problems it sees. Its docstring is its meaning, shown in docs/rules.md.
Rules are grouped by what they judge: the budget, the job, one line, one planned (phase, cost type).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from inspect import cleandoc
from typing import Generic, TypeVar

from jobcost.budget import Budget, BudgetLineItem
from jobcost.config import ExportConfig
from jobcost.estimate import CostHeader, Estimate
from jobcost.findings import Finding, Severity
from jobcost.mapping import LineReading
from jobcost.order_amounts import LineKey
from jobcost.past_lines import LeftLine
from jobcost.phase_book import PhaseBook
from jobcost.plan import Kind, PlannedChangeOrder

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedChangeOrder:
    """A change order that was exported, and what later became of it."""

    export_id: str
    order: PlannedChangeOrder
    # Id of the export that took it back by a reversing change order; "" while it stands.
    undone_by: str = ""


# What a change order that takes another one back has as its source_kind.
REVERSAL = "reversal"


def is_of_a_change(exported: ExportedChangeOrder) -> bool:
    """It came from a change in Procore, and not from the undo of one."""
    return exported.order.source_kind != REVERSAL


@dataclass(frozen=True, slots=True, kw_only=True)
class PastExports:
    """What the journal knows of earlier exports of the same job, and of the same budget to other jobs."""

    # Id of the last settled export: verified, or cleared by a person after its verification failed; None before the
    # first, and for another project than that of the exports of the job once they were all taken back.
    last_verified: str | None = None
    # Id of an export whose verification failed and which nobody has cleared.
    uncleared_failure: str | None = None
    # Id of the last settled export of the job that was not taken back, if it came from another Procore project.
    from_other_project: str | None = None
    # The last export that wrote this project's budget to another job, for people: "EX-... to job 1204"; None otherwise.
    to_other_job: str | None = None
    # The lines that standing exports planned, whenever that was, and the deleted ones that they kept: (phase without
    # trailing blanks, cost type). A kept line must be told again with every later update.
    lines: frozenset[LineKey] = frozenset()
    # Of these, the deleted ones whose estimate the last settled export kept: nobody need be asked about them again.
    kept: frozenset[LineKey] = frozenset()
    # How the last settled export that planned a line left it.
    left: Mapping[LineKey, LeftLine] = field(default_factory=dict)
    # Every change order that an export of ours may have written to the job, by its number.
    change_orders: Mapping[str, ExportedChangeOrder] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetCase:
    """What the budget rules judge."""

    kind: Kind
    budget: Budget
    config: ExportConfig
    submitted_by: str
    past: PastExports


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCase:
    """What the job rules judge."""

    kind: Kind
    estimate: Estimate
    # The job as people write it, for messages when Vista does not have it.
    job_code: str
    config: ExportConfig
    past: PastExports


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCase:
    """What the line rules judge: one budget line and, once the job is known, its reading."""

    line: BudgetLineItem
    config: ExportConfig
    # None while the project is linked to no job: then only what Procore alone tells can be judged.
    reading: LineReading | None
    book: PhaseBook | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCase:
    """What the rules of a planned (phase, cost type) judge: all readings that fall on it, and Vista's row."""

    readings: tuple[LineReading, ...]
    header: CostHeader | None
    # The plan changes the row, or has a change order on it. Vista judges only what is written.
    is_written: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """One sighting by a rule."""

    what: str
    expected: str
    found: str
    where: str = ""


Check = Callable[[Subject], Iterable[Problem]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[Subject]):
    """A named check with its severity, its meaning and the way out for people."""

    id: str
    severity: Severity
    way_out: str
    check: Check[Subject]

    @property
    def meaning(self) -> str:
        """The docstring of the check, on one line."""
        return " ".join(cleandoc(self.check.__doc__ or "").split())

    def findings(self, subject: Subject, where: str = "") -> Iterator[Finding]:
        """Judge the subject; each problem becomes a finding of this rule."""
        for problem in self.check(subject):
            yield Finding(
                rule=self.id,
                severity=self.severity,
                where=problem.where or where,
                what=problem.what,
                expected=problem.expected,
                found=problem.found,
                way_out=self.way_out,
            )


def rule(id_: str, severity: Severity, *, way_out: str) -> Callable[[Check[Subject]], Rule[Subject]]:
    """Make a rule of a check function."""

    def decorate(check: Check[Subject]) -> Rule[Subject]:
        return Rule(id=id_, severity=severity, way_out=way_out, check=check)

    return decorate
