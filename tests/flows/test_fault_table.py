"""The fault table of whole exports: every fault of the sandbox Procore, at every call that a setup and an update make.

The faults are the sandbox's own list, the calls are those of an undisturbed run: a new fault and a new call join by
themselves. Each step ends in the right result, or in a clear error, a refusal or a finding with nothing written; and
with the fault gone the export comes to its right end, where every change order stands once.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from connectors.journal.records import ExportRecord
from connectors.procore.errors import ProcoreError
from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from sandbox.procore.faults import KINDS, FaultKind
from sandbox.procore.running import RunningProcore
from tests.flows.bench_setting import Templates
from tests.flows.fault_ends import Start, assert_right_end, taken_to_its_end
from tests.flows.fault_scenes import Act, Impatient, Outcome, Scenes, acts_of, all_scenes, run_of, take
from tests.flows.vista_looks import Rows
from tests.flows.workbench import Workbench
from tests.nightly import at_night

ACTS = [act for kind in (Kind.SETUP, Kind.UPDATE) for act in acts_of(kind)]
SILENT_KINDS = ("timeout", "timeout_after")
ROW_KINDS = ("row_inserted_after", "row_removed_after")
# Silence lasts longer than the gateway waits where it is meant; a body that comes in pieces arrives.
SILENT_SECONDS, SHORT_PATIENCE_SECONDS, SLOW_SECONDS = 0.2, 0.05, 0.02
ONCE, ALWAYS = 1, 1000
# `make test` tries one case of four, others for each fault; the night all.
PARTS = 4
PROJECT = "/rest/v1.0/projects/7000"
S = ExportState

pytestmark = pytest.mark.xdist_group("fault-table")


@dataclass(frozen=True)
class Call:
    """One call of a step; `nth` tells it from earlier ones of the same path, counted from 0."""

    method: str
    path: str
    nth: int


@dataclass(frozen=True)
class Case:
    """A fault that strikes at one call of one step, and how often."""

    act: Act
    fault: FaultKind
    call: Call
    count: int


@dataclass(frozen=True)
class Ended:
    """How a step ended: with what in the journal, and with which error, if any."""

    record: ExportRecord
    error: ProcoreError | None


@pytest.fixture(scope="module")
def scenes(
    procore_server: RunningProcore, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scenes]:
    with all_scenes(procore_server, templates, tmp_path_factory.mktemp("scenes")) as scenes:
        yield scenes


@pytest.fixture(scope="module")
def proven() -> set[Outcome]:
    """What an export was taken to its end from already."""
    return set()


def calls_of(scenes: Scenes, act: Act) -> list[Call]:
    """The calls of an undisturbed run, the log-in too."""
    seen: Counter[tuple[str, str]] = Counter()
    calls = []
    for request in scenes.after(act.kind, act.way).requests:
        calls.append(Call(request.method, request.path, seen[request.method, request.path]))
        seen[request.method, request.path] += 1
    return calls


@pytest.mark.parametrize("part", [0, *at_night(*range(1, PARTS))])
@pytest.mark.parametrize("count", [ONCE, ALWAYS], ids=["once", "staying"])
@pytest.mark.parametrize("fault", KINDS)
@pytest.mark.parametrize("act", ACTS, ids=str)
def test_a_fault_of_procore_costs_a_step_at_most(
    scenes: Scenes, proven: set[Outcome], act: Act, fault: FaultKind, count: int, part: int
) -> None:
    shift = KINDS.index(fault) + ACTS.index(act) + part
    for number, call in enumerate(calls_of(scenes, act)):
        if (number + shift) % PARTS == 0:
            _play(scenes, proven, Case(act, fault, call, count))


def _play(scenes: Scenes, proven: set[Outcome], case: Case) -> None:
    act = case.act
    with scenes.laid_out(scenes.after(act.kind, act.before)) as bench:
        before, start, was_locked = scenes.vista_rows(), Start.of(bench), bench.project.locked
        ended = _struck(scenes, bench, case)

        if ended.error is not None:
            _assert_told(bench, case, ended.error, ended.record)
        _assert_nothing_half_done(scenes, bench, case, ended, before, was_locked=was_locked)
        _assert_right_or_told(scenes, bench, case, ended)

        outcome = scenes.outcome(bench, ended.record)
        if outcome not in proven:
            end = taken_to_its_end(scenes, bench, act, ended.record)
            assert_right_end(scenes, bench, act, end, start, rows_moved=case.fault in ROW_KINDS)
            proven.add(outcome)


def _struck(scenes: Scenes, bench: Workbench, case: Case) -> Ended:
    """Take the step while the fault strikes."""
    act, call = case.act, case.call
    seconds = SLOW_SECONDS if case.fault == "slow_body" else SILENT_SECONDS
    path = f"^{re.escape(call.path)}$"
    bench.procore.faults.add(
        case.fault, method=call.method, path=path, skip=call.nth, count=case.count, seconds=seconds
    )
    usual, error = bench.systems, None
    transport = None
    if case.fault in SILENT_KINDS:
        numbers = range(call.nth, call.nth + case.count)
        transport = Impatient(call.method, call.path, numbers, SHORT_PATIENCE_SECONDS)
    with scenes.procore(transport) as procore:
        bench.systems = replace(usual, procore=procore)
        try:
            take(bench, act.kind, act.step, bench.journal.export_of_flow_run(run_of(act.kind)))
        except ProcoreError as problem:
            error = problem
    bench.systems = usual
    bench.procore.faults.clear()
    record = bench.journal.export_of_flow_run(run_of(act.kind))
    assert record is not None
    return Ended(record, error)


def _assert_told(bench: Workbench, case: Case, error: ProcoreError, record: ExportRecord) -> None:
    """The error names its place, and the journal holds what is left to do."""
    told = str(error)
    assert str(bench.project.id) in told or case.call.path in told, f"{case}: the error names no place: {told}"
    match case.act.step:
        case "send":
            assert record.state is S.FAILED, f"{case}: {record.state}"
            assert told in bench.reason(record), f"{case}: {bench.reason(record)}"
        case "apply":
            assert record.state is S.ACCEPTED, f"{case}: {record.state}"
        case "give_back":
            assert bench.journal.budgets_to_return() == (record,), f"{case}: {record.state}"
        case _:
            pytest.fail(f"{case}: an answer is judged or refused, it does not fail with {told}")


def _assert_nothing_half_done(
    scenes: Scenes, bench: Workbench, case: Case, ended: Ended, before: Rows, *, was_locked: bool
) -> None:
    if ended.record.state not in {S.APPLIED, S.VERIFIED}:
        assert scenes.vista_rows() == before, f"{case}: Vista was written"
    if bench.project.locked is was_locked:
        return
    if case.act.step == "send":
        # Locked by us: who reads why the export failed must read that, too.
        assert bench.project.locked, f"{case}: unlocked by a sending"
        assert ended.error is None or "locked" in bench.reason(ended.record), f"{case}: {bench.reason(ended.record)}"
    else:
        # What is unlocked already while giving back failed stands in the journal as still to be returned.
        assert case.act.step == "give_back", f"{case}: the lock moved"


def _assert_right_or_told(scenes: Scenes, bench: Workbench, case: Case, ended: Ended) -> None:
    """The undisturbed result; or one that says why not; a fault that strikes once is got over."""
    record, undisturbed = ended.record, scenes.after(case.act.kind, case.act.way).outcome
    is_undisturbed = undisturbed == scenes.outcome(bench, record)
    if is_undisturbed or ended.error is not None:
        assert is_undisturbed or case.count == ALWAYS or _is_final(case), f"{case}: not got over: {ended.error}"
        return
    match record.state:
        case S.AWAITING_ACCEPTANCE if case.act.step in {"accept", "reject"}:
            assert "Procore could not be asked" in bench.refusal(record), f"{case}: {bench.refusal(record)}"
            assert case.count == ALWAYS or _is_final(case), f"{case}: not got over"
        case S.STALE:
            assert case.fault in ROW_KINDS, f"{case}: stale, though nothing moved"
            assert bench.moves(record), f"{case}: nothing is named that moved"
        case S.BLOCKED:
            assert case.fault in ROW_KINDS, f"{case}: blocked by {bench.rules(record)}"
            assert bench.rules(record), f"{case}: blocked by nothing"
        case _:
            # The row came or went before the budget was read, or after all that this step reads of it.
            assert case.fault in ROW_KINDS, f"{case}: {record.state}, {bench.reason(record)}"


def _is_final(case: Case) -> bool:
    """Only a refusal is final: of a permission, and of the log-in itself."""
    return case.fault == "forbidden" or (case.fault == "expired_token" and case.call.path == "/oauth/token")


def test_every_call_of_a_setup_and_an_update_is_in_the_table(scenes: Scenes) -> None:
    asked = {str(act): [f"{call.method} {call.path}" for call in calls_of(scenes, act)] for act in ACTS}
    users = ["POST /oauth/token", "GET /rest/v1.3/companies/8089/users"]
    returning = [
        "POST /oauth/token",
        f"GET {PROJECT}/budget_modifications",
        f"GET {PROJECT}/budget",
        f"DELETE {PROJECT}/budget/lock",
        f"GET {PROJECT}/budget",
        f"GET {PROJECT}/budget_modifications",
    ]
    for kind in ("setup", "update"):
        assert asked[f"{kind}: accept"] == asked[f"{kind}: reject"] == users
        assert asked[f"{kind}: give_back"] == returning
        # Asked of Vista and the journal alone.
        assert asked[f"{kind}: verify"] == []
        # What is sent is locked first; both are read in the same way.
        locking = [f"GET {PROJECT}/budget", f"POST {PROJECT}/budget/lock", f"GET {PROJECT}/budget"]
        reading = asked[f"{kind}: apply"]
        assert asked[f"{kind}: send"] == [reading[0], *locking, *reading[1:]]
        assert (reading[0], reading[1]) == ("POST /oauth/token", f"GET {PROJECT}")
    changes_read = "GET /rest/v2.0/companies/8089/projects/7000/budget_changes/adjustment_line_items"
    assert changes_read in asked["update: apply"]
