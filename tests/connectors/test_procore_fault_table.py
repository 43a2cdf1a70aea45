"""The fault table: every fault of the sandbox Procore, at every call of everything that is asked of the gateway.

The faults are the sandbox's own list, the calls are those seen in an undisturbed run: a new fault, a new call and a new
method of the gateway join by themselves. The outcome is the right result or a clear error of ours, never a part of one.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import pytest

from connectors.procore import errors
from connectors.procore.change_values import NO_CODE
from connectors.procore.gateway import ProcoreGateway
from jobcost.budget import (
    APPROVED,
    Adjustment,
    Budget,
    BudgetChange,
    ChangeKind,
    RowKey,
    changes_fingerprint,
    rows_fingerprint,
)
from sandbox.procore import people
from sandbox.procore.budget_rules import moved_amounts
from sandbox.procore.faults import KINDS, FaultKind
from sandbox.procore.limits import UNLIMITED
from sandbox.procore.running import RunningProcore, running_procore
from sandbox.procore.world import BudgetChange as ChangeOfProject
from sandbox.procore.world import BudgetModification, Project
from tests.connectors.procore_sandbox import staged

PROJECT, VIEW = 7000, 502
SILENT_KINDS = ("timeout", "timeout_after")
ROW_KINDS = ("row_inserted_after", "row_removed_after")
# Longer than the gateway waits for an answer, except for a body that comes in pieces: that one arrives.
SILENT_SECONDS, SHORT_PATIENCE_SECONDS, SLOW_SECONDS = 0.2, 0.1, 0.02
# As long as a busy machine may need: only silence is worth giving up early.
LONG_PATIENCE_SECONDS = 20.0
ALWAYS = 1000

# One budget line each: id, budget code, original amount, changes.
Rows = frozenset[RowKey]


@dataclass(frozen=True)
class Done:
    """An answer, the project as it is afterwards, and all the rows it had meanwhile."""

    answer: Any
    project: Project
    seen: set[Rows]


@dataclass(frozen=True)
class Act:
    """Something that is asked of the gateway, and what makes it right."""

    do: Callable[[ProcoreGateway], Any]
    is_right: Callable[[Done], bool]
    starts_locked: bool = True


def is_whole(done: Done) -> bool:
    budget: Budget = done.answer
    project = done.project
    moved: dict[int | None, Decimal] = {}
    for part in (part for change in budget.changes if change.is_approved for part in change.adjustments):
        moved[part.wbs_code_id] = moved.get(part.wbs_code_id, Decimal(0)) + part.amount
    # A change may be of a line that was removed meanwhile: it is read, and shows in no line.
    shown = {line.wbs_code_id: line.budget_modifications for line in budget.line_items}
    return (
        rows_of_budget(budget) in done.seen
        and budget.locked == project.locked
        and [(change.number, len(change.adjustments)) for change in budget.changes]
        == [("1", 2), ("2", 1), (str(next(iter(project.modifications))), 2)]
        and all(amount == moved.get(code, Decimal(0)) for code, amount in shown.items())
        and budget.modification_count == 1
        and len(budget.users) == 5
        and all(line.cost_code and line.line_item_type for line in budget.line_items)
    )


def rows_of_budget(budget: Budget) -> Rows:
    return frozenset(
        (
            line.id or 0,
            line.wbs_code_id or 0,
            line.original_budget_amount,
            line.budget_modifications,
            line.quantity,
            line.uom,
            line.hours,
        )
        for line in budget.line_items
    )


def rows_of(project: Project) -> Rows:
    moved = moved_amounts(project)
    return frozenset(
        (
            line.id,
            line.wbs_code_id,
            line.original_budget_amount,
            moved.get(line.wbs_code_id, Decimal("0.00")),
            line.quantity,
            line.uom,
            line.hours,
        )
        for line in list(project.lines.values())
    )


def changes_print_of(project: Project, rows: Rows) -> str:
    """The digest of the approved changes; a modification names lines, which have their codes in these rows."""
    code_of_line = {row[0]: row[1] for row in rows}
    moves = [(change, [(one.wbs_code_id, one.amount) for one in change.adjustments]) for change in approved_of(project)]
    changes = [change_of(change.id, str(change.number), ChangeKind.BUDGET_CHANGE, parts) for change, parts in moves]
    for move in project.modifications.values():
        ends = ((move.to_budget_line_item_id, 1), (move.from_budget_line_item_id or 0, -1))
        parts = [(code_of_line.get(line, NO_CODE), sign * move.transfer_amount) for line, sign in ends]
        changes.append(change_of(move.id, str(move.id), ChangeKind.BUDGET_MODIFICATION, parts))
    return changes_fingerprint(changes)


def approved_of(project: Project) -> list[ChangeOfProject]:
    return [change for change in project.changes.values() if change.status == APPROVED]


def change_of(id_: int, number: str, kind: ChangeKind, parts: list[tuple[int, Decimal]]) -> BudgetChange:
    adjustments = tuple(Adjustment(wbs_code_id=code, amount=amount) for code, amount in parts)
    return BudgetChange(
        id=id_, number=number, title="", status=APPROVED, erp_status="", kind=kind, adjustments=adjustments
    )


ACTS = {
    "read_budget": Act(lambda procore: procore.read_budget(PROJECT), is_whole),
    "read_users": Act(
        lambda procore: procore.read_users(),
        lambda done: [user.id for user in done.answer] == [901, 902, 903, 904, 905],
    ),
    "list_projects": Act(
        lambda procore: procore.list_projects(),
        lambda done: [(project.id, project.origin_id) for project in done.answer] == [(PROJECT, "GEN-0001")],
    ),
    "read_fingerprint": Act(
        lambda procore: procore.read_fingerprint(PROJECT, VIEW),
        lambda done: done.answer in {rows_fingerprint(rows) for rows in done.seen},
    ),
    "read_changes_fingerprint": Act(
        lambda procore: procore.read_changes_fingerprint(PROJECT, VIEW),
        lambda done: done.answer in {changes_print_of(done.project, rows) for rows in done.seen},
    ),
    "read_locked": Act(lambda procore: procore.read_locked(PROJECT), lambda done: done.answer is done.project.locked),
    "lock_budget": Act(
        lambda procore: procore.lock_budget(PROJECT), lambda done: done.project.locked is True, starts_locked=False
    ),
    "unlock_budget": Act(lambda procore: procore.unlock_budget(PROJECT), lambda done: done.project.locked is False),
}


@dataclass(frozen=True)
class Call:
    """One call of an act; `nth` tells it from earlier ones of the same path, counted from 0."""

    method: str
    path: str
    nth: int


@pytest.fixture(scope="module")
def server() -> Iterator[RunningProcore]:
    with running_procore("generated:3", limits=UNLIMITED) as running:
        yield running


def project_for(act: Act, server: RunningProcore) -> Project:
    """Three lines; a draft, an approved budget change and a budget modification."""
    server.sandbox.reset()
    world = server.state
    project = world.projects[PROJECT]
    codes = ("1000-100", "1000-101", "1000-102")
    people.make_change(world, "To be agreed", {codes[0]: "5.00", codes[1]: "-5.00"}, status="draft")
    people.make_change(world, "Agreed", {codes[2]: "250.10"})
    modification = BudgetModification(
        id=world.new_id(),
        from_budget_line_item_id=project.line(codes[1]).id,
        to_budget_line_item_id=project.line(codes[2]).id,
        transfer_amount=Decimal("10.00"),
    )
    project.modifications[modification.id] = modification
    project.locked = act.starts_locked
    return project


def calls_of(server: RunningProcore, act: Act) -> list[Call]:
    """The calls of an undisturbed run, the log-in too."""
    project_for(act, server)
    with staged(server, meanwhile=lambda _: None) as stage:
        act.do(stage.gateway)
    seen: Counter[tuple[str, str]] = Counter()
    calls = []
    for request in server.requests:
        calls.append(Call(request.method, request.path, seen[request.method, request.path]))
        seen[request.method, request.path] += 1
    return calls


def outcome(server: RunningProcore, act: Act, kind: FaultKind, call: Call, count: int) -> str:
    """Do the act with the fault at that call; "right", "error: ..." or what is wrong."""
    project = project_for(act, server)
    modifications, changes = dict(project.modifications), dict(project.changes)
    seen = {rows_of(project)}

    def look(_: httpx.Request | None = None) -> None:
        seen.add(rows_of(project))

    seconds = SLOW_SECONDS if kind == "slow_body" else SILENT_SECONDS
    path = f"^{re.escape(call.path)}$"
    server.faults.add(kind, method=call.method, path=path, skip=call.nth, count=count, seconds=seconds)
    patience = SHORT_PATIENCE_SECONDS if kind in SILENT_KINDS else LONG_PATIENCE_SECONDS
    with staged(server, meanwhile=look, timeout_seconds=patience) as stage:
        try:
            answer = act.do(stage.gateway)
        except errors.ProcoreError as error:
            told = str(error)
            is_clear = str(PROJECT) in told or call.path in told
            found = f"error: {type(error).__name__}" if is_clear else f"an error that names no place: {told}"
        else:
            look()
            found = "right" if act.is_right(Done(answer, project, seen)) else f"a wrong result: {answer}"
    if (project.modifications, project.changes) != (modifications, changes):
        return f"something was destroyed, and then {found}"
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ACTS)
def test_a_fault_that_strikes_once_is_got_over_wherever_it_strikes(
    server: RunningProcore, name: str, kind: FaultKind
) -> None:
    """Only a refusal is final: of a permission, and of the log-in itself."""
    for call in calls_of(server, ACTS[name]):
        found = outcome(server, ACTS[name], kind, call, 1)
        if kind == "forbidden" or (kind == "expired_token" and call.path == "/oauth/token"):
            assert found.startswith("error: "), f"{kind} at {call}: {found}"
        else:
            assert found == "right", f"{kind} at {call}: {found}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ACTS)
def test_a_fault_that_stays_ends_in_the_right_result_or_a_clear_error(
    server: RunningProcore, name: str, kind: FaultKind
) -> None:
    for call in calls_of(server, ACTS[name]):
        found = outcome(server, ACTS[name], kind, call, ALWAYS)
        assert found == "right" or found.startswith("error: "), f"{kind} at {call}: {found}"
        if kind not in (*ROW_KINDS, "slow_body") and call.path != "/oauth/token":
            # What is never answered well is never guessed, unless reading showed that the lock is right already.
            assert found != "right" or call.path.endswith("/lock"), f"{kind} at {call}: {found}"


def test_everything_that_is_asked_of_procore_is_in_the_table() -> None:
    """But for the probe, which turns every failure into a check of its own."""
    asked = {name for name in vars(ProcoreGateway) if not name.startswith("_")}
    assert asked - {"probe"} == set(ACTS)


def test_the_calls_of_a_whole_reading_are_all_in_the_table(server: RunningProcore) -> None:
    paths = [f"{call.method} {call.path}" for call in calls_of(server, ACTS["read_budget"])]
    view = f"GET /rest/v1.0/budget_views/{VIEW}"
    assert paths == [
        "POST /oauth/token",
        "GET /rest/v1.0/projects/7000",
        "GET /rest/v1.0/projects/7000/budget",
        "GET /rest/v1.0/budget_views",
        f"{view}/budget_detail_columns",
        "GET /rest/v1.3/companies/8089/users",
        f"{view}/detail_rows",
        "GET /rest/v1.0/cost_codes",
        "GET /rest/v1.0/line_item_types",
        "GET /rest/v1.0/projects/7000/budget_changes",
        "GET /rest/v2.0/companies/8089/projects/7000/budget_changes/adjustment_line_items",
        "GET /rest/v1.0/projects/7000/budget_modifications",
        f"{view}/summary_rows",
        "GET /rest/v1.0/projects/7000/budget",
    ]
