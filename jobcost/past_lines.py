"""How the exports of a job left its lines: whose a line is, with which values, and what of it was taken back. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jobcost.money import money_text
from jobcost.order_amounts import LineKey
from jobcost.plan import EstimateValues, Kind, Plan, PlannedLine
from jobcost.undo_chains import taken_back_by


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPlan:
    """A settled export, with its plan as it was accepted."""

    export_id: str
    # False when its verification failed and a person cleared it: then nobody can say what each line was left with.
    is_verified: bool
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftLine:
    """How the last settled export that planned a line left it."""

    export_id: str
    # None where nobody can say.
    values: EstimateValues | None
    # The budget lines behind it when a budget was last planned on it: their ids in Procore.
    budget_lines: frozenset[int] = frozenset()
    # Id of the export that this one took back, and that does not stand again; "" for every other line.
    takes_back: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastLines:
    """What the exports of one job did to its lines."""

    # The lines that standing exports planned, whenever that was, and the deleted ones that they kept.
    ours: frozenset[LineKey] = frozenset()
    # The deleted ones that the last settled export kept.
    kept: frozenset[LineKey] = frozenset()
    left: Mapping[LineKey, LeftLine] = field(default_factory=dict)


def key_of(line: PlannedLine) -> LineKey:
    """Make the key of a line as Vista compares it."""
    return (line.phase.rstrip(" "), line.cost_type)


def lines_left(settled: Sequence[PastPlan]) -> PastLines:
    """Follow the lines of a job through its settled exports, the oldest first.

    A deleted line stays ours however many exports follow it: what cannot be set to zero today may be tomorrow.
    """
    undoing = taken_back_by((one.export_id, one.plan.undoes) for one in settled)
    undoes = {one.export_id: one.plan.undoes for one in settled}
    ours: set[LineKey] = set()
    left: dict[LineKey, LeftLine] = {}
    for one in settled:
        if one.plan.kind is not Kind.UNDO and one.export_id not in undoing:
            ours |= {key_of(line) for line in (*one.plan.lines, *one.plan.deleted)}
        first = _undone_at_last(one.export_id, undoes)
        takes_back = first if first != one.export_id and first in undoing else ""
        left |= {key_of(line): _left(one, line, left.get(key_of(line)), takes_back) for line in one.plan.lines}
    kept = settled[-1].plan.deleted if settled else ()
    return PastLines(ours=frozenset(ours), kept=frozenset(map(key_of, kept)), left=left)


def moved_values(was: EstimateValues, now: EstimateValues) -> Iterator[tuple[str, str]]:
    """Spell each value of an estimate that is not what it was: (was, is now)."""
    if was.cost != now.cost:
        yield money_text(was.cost), money_text(now.cost)
    if was.units != now.units:
        yield f"{was.units} units", f"{now.units} units"
    if was.hours != now.hours:
        yield f"{was.hours} hours", f"{now.hours} hours"


def _undone_at_last(export_id: str, undoes: Mapping[str, str]) -> str:
    """Find the export that an undo, or an undo of an undo, is about in the end; itself for every other one."""
    while undoes.get(export_id):
        export_id = undoes[export_id]
    return export_id


def _left(export: PastPlan, line: PlannedLine, before: LeftLine | None, takes_back: str) -> LeftLine:
    sources = frozenset(source.budget_line_item_id for source in line.sources)
    return LeftLine(
        export_id=export.export_id,
        values=line.after if export.is_verified else None,
        # An undo, and a change to zero, are of no budget.
        budget_lines=sources or (before.budget_lines if before else frozenset()),
        takes_back=takes_back,
    )
