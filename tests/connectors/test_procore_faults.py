"""Every fault of the sandbox at every call: the right result or a clear error, never half a budget."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from connectors.procore import errors
from jobcost.budget import Budget
from sandbox.procore.faults import KINDS, FaultKind
from sandbox.procore.limits import UNLIMITED
from sandbox.procore.running import RunningProcore, running_procore
from tests.connectors.procore_sandbox import PROJECT, SandboxStage, staged

READ_CALLS = (
    "/oauth/token",
    "/projects/1164$",
    "/projects/1164/budget$",
    "/budget_views$",
    "/budget_detail_columns",
    "/users",
    "/detail_rows",
    "/cost_codes",
    "/line_item_types",
    "/budget_changes$",
    "/adjustment_line_items",
    "/budget_modifications",
    "/summary_rows",
)
# Faults that one further try gets over.
PASSING: tuple[FaultKind, ...] = (
    "429",
    "500",
    "502",
    "503",
    "expired_token",
    "drop_before",
    "timeout",
    "drop_after",
    "timeout_after",
    "truncated_json",
    "html",
    "slow_body",
)
LOCK, UNLOCK = ("POST", "/budget/lock"), ("DELETE", "/budget/lock")


@pytest.fixture(scope="module")
def server() -> Iterator[RunningProcore]:
    with running_procore(limits=UNLIMITED) as running:
        yield running


@pytest.fixture
def stage(server: RunningProcore) -> Iterator[SandboxStage]:
    server.sandbox.reset()
    with staged(server, timeout_seconds=0.25) as stage:
        yield stage


@pytest.fixture(scope="module")
def undisturbed(server: RunningProcore) -> Budget:
    server.sandbox.reset()
    with staged(server) as stage:
        return stage.gateway.read_budget(PROJECT)


def test_every_fault_of_the_sandbox_is_met_here() -> None:
    assert set(KINDS) == {*PASSING, "forbidden", "row_inserted_after", "row_removed_after"}


@pytest.mark.parametrize("kind", PASSING)
def test_a_fault_that_passes_at_every_call_leaves_the_budget_whole(
    stage: SandboxStage, undisturbed: Budget, kind: FaultKind
) -> None:
    # A token that is refused at the log-in is not a fault that passes.
    struck = READ_CALLS[1:] if kind == "expired_token" else READ_CALLS
    for path in struck:
        stage.server.faults.add(kind, path=path, seconds=0.02 if kind == "slow_body" else 0.4)
    assert stage.gateway.read_budget(PROJECT) == undisturbed
    assert stage.server.faults.waiting() == ()


@pytest.mark.parametrize("path", READ_CALLS)
@pytest.mark.parametrize("kind", ["500", "drop_before", "html"])
def test_a_fault_that_stays_is_a_clear_error_that_names_the_call(
    stage: SandboxStage, kind: FaultKind, path: str
) -> None:
    stage.server.faults.add(kind, path=path, count=1000)
    with pytest.raises((errors.ProcoreFailed, errors.ProcoreUnreachable, errors.AnswerUnreadable)) as caught:
        stage.gateway.read_budget(PROJECT)
    assert path.removesuffix("$") in str(caught.value)
    assert caught.value.is_temporary


@pytest.mark.parametrize("kind", [kind for kind in PASSING if kind != "slow_body"])
def test_every_fault_that_stays_ends_in_an_error_of_ours(stage: SandboxStage, kind: FaultKind) -> None:
    stage.server.faults.add(kind, path="/cost_codes", count=1000, seconds=0.4)
    with pytest.raises(errors.ProcoreError, match=r"GET /rest/v1\.0/cost_codes\?project_id=1164"):
        stage.gateway.read_budget(PROJECT)


@pytest.mark.parametrize("path", READ_CALLS[1:])
def test_a_forbidden_call_is_tried_once_and_told_in_procores_words(stage: SandboxStage, path: str) -> None:
    stage.server.faults.add("forbidden", path=path, count=1000)
    with pytest.raises((errors.AccessDenied, errors.ProjectNotVisible), match="403: You do not have the permission"):
        stage.gateway.read_budget(PROJECT)
    assert [int(seen.status) for seen in stage.server.requests].count(403) == 1


def test_a_forbidden_log_in_is_a_refused_log_in(stage: SandboxStage) -> None:
    stage.server.faults.add("forbidden", path="/oauth/token")
    with pytest.raises(errors.LoginRefused, match="403"):
        stage.gateway.read_budget(PROJECT)


@pytest.mark.parametrize("skip", [0, 1, 2, 3])
def test_a_line_inserted_while_pages_are_read_is_in_the_budget(server: RunningProcore, skip: int) -> None:
    server.sandbox.reset()
    server.faults.add("row_inserted_after", path="/detail_rows", skip=skip)
    with staged(server, per_page=20) as stage:
        budget = stage.gateway.read_budget(PROJECT)
    assert len({line.id for line in budget.line_items}) == len(budget.line_items) == 70
    assert sum(line.original_budget_amount for line in budget.line_items) == Decimal("5799934.10")
    assert [line.label for line in budget.line_items if line.cost_code is None] == []


@pytest.mark.parametrize("skip", [0, 1, 2, 3])
def test_a_line_removed_while_pages_are_read_is_the_only_one_missing(server: RunningProcore, skip: int) -> None:
    server.sandbox.reset()
    server.faults.add("row_removed_after", path="/detail_rows", skip=skip)
    with staged(server, per_page=20) as stage:
        budget = stage.gateway.read_budget(PROJECT)
    assert len(budget.line_items) == 68
    assert sum(line.original_budget_amount for line in budget.line_items) == Decimal("5797533.10")
    assert "G-1 / O" not in {line.label for line in budget.line_items}


@pytest.mark.parametrize("kind", ["row_inserted_after", "row_removed_after"])
@pytest.mark.parametrize("path", ["/budget_changes$", "/adjustment_line_items", "/budget_modifications", "/cost_codes"])
def test_a_budget_that_moves_after_its_lines_were_read_is_read_again(
    stage: SandboxStage, kind: FaultKind, path: str
) -> None:
    stage.server.faults.add(kind, path=path)
    lines = stage.gateway.read_budget(PROJECT).line_items
    assert {line.id for line in lines} == set(stage.server.state.projects[PROJECT].lines)


def test_a_budget_that_never_stands_still_is_a_clear_error(stage: SandboxStage) -> None:
    stage.server.faults.add("row_inserted_after", path="/budget_changes$", count=1000)
    with pytest.raises(errors.BudgetMovedWhileReading) as caught:
        stage.gateway.read_budget(PROJECT)
    assert str(caught.value) == (
        "Budget of Procore project 1164: expected budgeted lines that add up to 5,799,937.10 original and 0.00 "
        "modifications, found budgeted lines that add up to 5,799,936.10 original and 0.00 modifications "
        "(read 4 times). Let nobody edit the budget, then try again."
    )


def test_pages_that_never_stand_still_are_a_clear_error(server: RunningProcore) -> None:
    server.sandbox.reset()
    server.faults.add("row_inserted_after", path="/detail_rows", count=1000)
    with staged(server, per_page=20) as stage, pytest.raises(errors.ListMovedWhileReading, match="detail_rows"):
        stage.gateway.read_budget(PROJECT)


@pytest.mark.parametrize("kind", PASSING)
def test_a_budget_is_locked_whatever_becomes_of_the_answer(stage: SandboxStage, kind: FaultKind) -> None:
    stage.server.state.projects[PROJECT].locked = False
    stage.server.faults.add(kind, method=LOCK[0], path=LOCK[1], seconds=0.02 if kind == "slow_body" else 0.4)
    stage.gateway.lock_budget(PROJECT)
    assert stage.is_locked() is True


@pytest.mark.parametrize("kind", PASSING)
def test_a_budget_is_unlocked_with_its_modifications_whatever_becomes_of_the_answer(
    stage: SandboxStage, kind: FaultKind
) -> None:
    stage.add_modification("R-1", "R-2", "10.00")
    stage.server.faults.add(kind, method=UNLOCK[0], path=UNLOCK[1], seconds=0.02 if kind == "slow_body" else 0.4)
    stage.gateway.unlock_budget(PROJECT)
    assert (stage.is_locked(), stage.modification_count()) == (False, 1)


@pytest.mark.parametrize("kind", ["drop_after", "timeout_after", "truncated_json", "html"])
def test_a_lock_that_was_done_is_sent_once_although_its_answer_was_lost(stage: SandboxStage, kind: FaultKind) -> None:
    stage.server.state.projects[PROJECT].locked = False
    stage.server.faults.add(kind, method="POST", path="/budget/lock", seconds=0.4)
    stage.gateway.lock_budget(PROJECT)
    assert stage.calls().count("POST /rest/v1.0/projects/1164/budget/lock") == 1


@pytest.mark.parametrize("call", [LOCK, UNLOCK])
def test_a_forbidden_lock_or_unlock_changes_nothing(stage: SandboxStage, call: tuple[str, str]) -> None:
    method, path = call
    stage.server.state.projects[PROJECT].locked = method == "DELETE"
    stage.server.faults.add("forbidden", method=method, path=path)
    act = stage.gateway.unlock_budget if method == "DELETE" else stage.gateway.lock_budget
    with pytest.raises(errors.AccessDenied, match="403: You do not have the permission"):
        act(PROJECT)
    assert stage.is_locked() is (method == "DELETE")
