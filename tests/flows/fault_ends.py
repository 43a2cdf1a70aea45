"""Where exports end that a fault of Procore struck: taken there with the fault gone, and held against both systems."""

from dataclasses import dataclass
from decimal import Decimal

from connectors.journal.records import ExportRecord
from jobcost.lifecycle import ExportState
from sandbox.procore.world import Project
from tests.flows.fault_scenes import INSERTED, Act, Scenes, take
from tests.flows.vista_looks import Rows
from tests.flows.workbench import Workbench

# Steps until an export must have ended, sent again where it became stale.
STEPS_MAX = 12
S = ExportState


@dataclass(frozen=True)
class End:
    """Where an export ended, and what Vista held when it was sent or verified last."""

    record: ExportRecord
    held: Rows


@dataclass(frozen=True)
class Start:
    """What there was before a fault struck, an amount for each phase: Vista's estimates and Procore's budget lines."""

    estimates: dict[str, Decimal]
    lines: dict[str, Decimal]

    @classmethod
    def of(cls, bench: Workbench) -> "Start":
        return cls(bench.estimates(), lines_of(bench.project))


def lines_of(project: Project) -> dict[str, Decimal]:
    """Phase -> original amount; every code stands in one line alone."""
    codes = {code.id: project.cost_codes[code.cost_code_id].full_code for code in project.wbs_codes.values()}
    named = {codes[line.wbs_code_id]: line.original_budget_amount for line in list(project.lines.values())}
    return {INSERTED.get(code, code): amount for code, amount in named.items()}


def taken_to_its_end(scenes: Scenes, bench: Workbench, act: Act, record: ExportRecord) -> End:
    """With the fault gone, take the step again and all that follow; what failed or went stale is sent again.

    What was verified is followed by an update: it brings what moved in Procore after the last reading, or nothing.
    """
    held = scenes.vista_rows()
    for _ in range(STEPS_MAX):
        match record.state:
            case S.FAILED | S.STALE:
                record = bench.send(kind=record.kind, lock=True)
            case S.AWAITING_ACCEPTANCE:
                record = take(bench, act.kind, "reject" if act.is_on_the_way_back else "accept", record)
            case S.ACCEPTED:
                record = bench.apply(record)
            case S.APPLIED:
                record = bench.verify(record)[0]
            case S.REJECTED if record.budget_returned_at is None:
                record = bench.give_back(record)
            case S.VERIFIED:
                held = scenes.vista_rows()
                record = bench.update()
            case _:
                return End(record, held)
    raise AssertionError(f"{act}: still {record.state} after {STEPS_MAX} steps")


def assert_right_end(scenes: Scenes, bench: Workbench, act: Act, end: End, start: Start, *, rows_moved: bool) -> None:
    """Fail unless the export ended as it must; only where rows moved may the budget have become one not to be sent."""
    record = end.record
    wrong = f"{act}: ended {record.state}, {bench.reason(record)}"
    assert bench.journal.audit().problems == (), wrong
    assert scenes.vista_rows() == end.held, wrong
    match record.state:
        case S.REJECTED:
            assert act.is_on_the_way_back, wrong
            assert not bench.project.locked, wrong
        case S.UNCHANGED:
            assert not act.is_on_the_way_back or rows_moved, wrong
            assert (bench.estimates(), bench.change_orders()) == _expected(bench, start), wrong
            assert bench.project.locked, wrong
        case _:
            # The budget as it is now cannot be exported: it says why, and nothing was written.
            assert (record.state, rows_moved) == (S.BLOCKED, True), wrong
            assert bench.rules(record), wrong


def _expected(bench: Workbench, start: Start) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """What Vista must hold: what Procore's lines say, what only Vista has as it was, and each change once."""
    project, held = bench.project, bench.estimates()
    present = lines_of(project)
    # A line that was taken away after the last reading was exported before, and what was exported stays.
    exported = {code: amount for code, amount in start.lines.items() if held.get(code) == amount}
    originals = start.estimates | exported | present
    orders = {f"BC-{change.number}": change.amount for change in project.changes.values()}
    for number in project.modifications:
        orders[_modification_number(number)] = Decimal(0)
    return originals, orders


def _modification_number(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + digits
    return f"BM-{digits}"
