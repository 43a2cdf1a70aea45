"""Budget changes with their lines, linked projects and fingerprints: what they cost, and of which moment they are."""

from collections.abc import Iterator
from decimal import Decimal

import httpx
import pytest

from connectors.procore import errors
from jobcost.budget import Adjustment, ChangeKind, rows_fingerprint
from sandbox.procore import people
from sandbox.procore.limits import UNLIMITED
from sandbox.procore.running import RunningProcore, running_procore
from tests.connectors.procore_sandbox import PROJECT, SandboxStage, staged

LINES = "/rest/v2.0/companies/8089/projects/1164/budget_changes/adjustment_line_items"
CHANGES = "/rest/v1.0/projects/1164/budget_changes"
PROJECTS = "/rest/v1.0/projects"
ROWS = "/rest/v1.0/budget_views/502/detail_rows"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningProcore]:
    with running_procore(limits=UNLIMITED) as running:
        yield running


@pytest.fixture
def fresh(server: RunningProcore) -> RunningProcore:
    server.sandbox.reset()
    return server


@pytest.fixture
def stage(fresh: RunningProcore) -> Iterator[SandboxStage]:
    with staged(fresh) as stage:
        yield stage


def calls_to(stage: SandboxStage, path: str) -> list[str]:
    return [seen.query for seen in stage.server.requests if seen.path == path]


# What it costs.


def test_a_project_without_changes_pays_no_call_for_their_lines(stage: SandboxStage) -> None:
    stage.server.state.projects[PROJECT].changes.clear()
    assert stage.gateway.read_budget(PROJECT).changes == ()
    assert calls_to(stage, LINES) == []
    assert len(stage.calls()) == 13


def test_all_changes_of_a_project_cost_one_call_for_each_hundred_lines(stage: SandboxStage) -> None:
    for number in range(2, 127):
        people.make_change(stage.server.state, f"Change {number}", {"R-18": "1.00", "R-19": "-1.00"}, number=number)
    budget = stage.gateway.read_budget(PROJECT)
    assert len(budget.changes) == 126
    assert {len(change.adjustments) for change in budget.changes} == {2}
    assert calls_to(stage, LINES) == [f"page={page}&per_page=100" for page in (1, 2, 3)]


def test_linked_projects_cost_one_call_and_a_fingerprint_costs_one(stage: SandboxStage) -> None:
    for number in range(499):
        stage.add_project(2000 + number, f"Project {number}", origin_id=f"JOB-{number}", active=True)
    assert len(stage.gateway.list_projects()) == 500
    before = len(stage.calls())
    stage.gateway.read_fingerprint(PROJECT, 502)
    stage.gateway.read_fingerprint(PROJECT, 502)
    # The columns of the view are asked for once.
    columns = ROWS.replace("detail_rows", "budget_detail_columns")
    assert stage.calls()[before:] == [f"GET {columns}", f"GET {ROWS}", f"GET {ROWS}"]
    assert calls_to(stage, PROJECTS) == [
        "company_id=8089&filters%5Bsynced%5D=true&filters%5Bby_status%5D=All&page=1&per_page=2000"
    ]


# Of which moment it is.


def test_the_published_change_orders_are_read_to_the_cent(stage: SandboxStage) -> None:
    people.make_later_changes(stage.server.state)
    budget = stage.gateway.read_budget(PROJECT)
    totals = {change.number: sum(part.amount for part in change.adjustments) for change in budget.changes}
    assert totals == {"1": Decimal(0), "2": Decimal(6068), "3": Decimal("-44023.89")}
    assert [change.is_approved for change in budget.changes] == [False, True, True]
    codes = {line.wbs_code_id: line.label for line in budget.line_items}
    assert [(codes[part.wbs_code_id], part.amount) for part in budget.changes[2].adjustments] == [
        ("CO-02-002 / S", Decimal("37909.11")),
        ("CO-02-003 / S", Decimal(-81933)),
    ]


def test_a_change_approved_between_the_list_and_its_lines_is_read_again_as_approved(fresh: RunningProcore) -> None:
    def approve(request: httpx.Request) -> None:
        if request.url.path == CHANGES and people.change_numbered(fresh.state.projects[PROJECT], 1).status == "draft":
            people.set_status(fresh.state, 1, "approved")

    with staged(fresh, meanwhile=approve) as stage:
        budget = stage.gateway.read_budget(PROJECT)
    assert budget.changes[0].status == "approved"
    moved = {line.label: line.budget_modifications for line in budget.line_items if line.budget_modifications}
    assert moved == {"R-18 / S": Decimal(1000), "R-19 / S": Decimal(-1000)}
    assert len(calls_to(stage, ROWS)) == 2


def test_a_change_made_between_the_list_and_its_lines_is_in_the_second_reading(fresh: RunningProcore) -> None:
    made: list[int] = []

    def make(request: httpx.Request) -> None:
        if request.url.path == CHANGES and not made:
            made.append(people.make_change(fresh.state, "Signs", {"R-1": "5.00"}).id)

    with staged(fresh, meanwhile=make) as stage:
        changes = stage.gateway.read_budget(PROJECT).changes
    assert [change.title for change in changes] == ["Casting adjustments, to be agreed", "Signs"]
    assert [part.amount for part in changes[1].adjustments] == [Decimal("5.00")]


def test_money_moved_inside_an_approved_change_while_it_is_read_is_never_read_half(fresh: RunningProcore) -> None:
    """The totals stay the same: only the lines' own columns of changes give it away."""
    people.make_change(fresh.state, "Castings", {"R-18": "100.00", "R-19": "100.00"}, number=2)
    moved: list[bool] = []

    def move(request: httpx.Request) -> None:
        if request.url.path == ROWS and not moved:
            moved.append(True)
            people.edit_amount(fresh.state, 2, "R-18", "150.00")
            people.edit_amount(fresh.state, 2, "R-19", "50.00")

    with staged(fresh, meanwhile=move) as stage:
        budget = stage.gateway.read_budget(PROJECT)
    assert [part.amount for part in budget.changes[1].adjustments] == [Decimal("150.00"), Decimal("50.00")]
    assert [line.budget_modifications for line in budget.line_items if line.budget_modifications] == [
        Decimal("150.00"),
        Decimal("50.00"),
    ]


def test_a_change_that_never_stands_still_is_a_clear_error(fresh: RunningProcore) -> None:
    def turn(request: httpx.Request) -> None:
        if request.url.path == CHANGES:
            change = people.change_numbered(fresh.state.projects[PROJECT], 1)
            people.set_status(fresh.state, 1, "void" if change.status == "draft" else "draft")

    with staged(fresh, meanwhile=turn) as stage, pytest.raises(errors.BudgetMovedWhileReading) as caught:
        stage.gateway.read_budget(PROJECT)
    assert "expected budget change 1 void in its lines too, found it draft there (read 4 times)" in str(caught.value)


def test_changes_that_do_not_explain_a_lines_column_are_read_twice_and_then_told_as_they_are(
    stage: SandboxStage,
) -> None:
    """Procore shows it so whenever it is asked: the plan tells of it, which knows the policy."""
    project = stage.server.state.projects[PROJECT]
    stage.add_modification("R-1", "R-2", "10.00")
    modification = next(iter(project.modifications.values()))
    modification.from_budget_line_item_id = 999
    budget = stage.gateway.read_budget(PROJECT)
    assert [(part.wbs_code_id, part.amount) for part in budget.changes[-1].adjustments] == [
        (project.line("R-2").wbs_code_id, Decimal("10.00")),
        (0, Decimal("-10.00")),
    ]
    assert len(calls_to(stage, ROWS)) == 2


def test_a_page_of_lines_that_moved_makes_no_line_lost_or_read_twice(fresh: RunningProcore) -> None:
    people.set_status(fresh.state, 1, "approved")
    for number in range(2, 127):
        people.make_change(fresh.state, f"Change {number}", {"R-18": "1.00"}, number=number)
    moved: list[bool] = []

    def delete_the_first(request: httpx.Request) -> None:
        if request.url.path == LINES and not moved:
            moved.append(True)
            people.delete_a_change(fresh.state, 1)

    with staged(fresh, meanwhile=delete_the_first) as stage:
        budget = stage.gateway.read_budget(PROJECT)
    assert [change.number for change in budget.changes] == [str(number) for number in range(2, 127)]
    assert sum(part.amount for change in budget.changes for part in change.adjustments) == Decimal(125)


# Modifications.


def test_a_modification_onto_a_line_from_nowhere_is_one_adjustment(stage: SandboxStage) -> None:
    stage.add_modification("R-1", "R-2", "10.00")
    next(iter(stage.server.state.projects[PROJECT].modifications.values())).from_budget_line_item_id = None
    change = stage.gateway.read_budget(PROJECT).changes[-1]
    code = stage.server.state.projects[PROJECT].line("R-2").wbs_code_id
    assert (change.kind, change.adjustments) == (
        ChangeKind.BUDGET_MODIFICATION,
        (Adjustment(wbs_code_id=code, amount=Decimal("10.00")),),
    )


def test_a_negative_modification_takes_from_its_to_line(stage: SandboxStage) -> None:
    stage.add_modification("R-1", "R-2", "-10.01")
    change = stage.gateway.read_budget(PROJECT).changes[-1]
    assert [part.amount for part in change.adjustments] == [Decimal("-10.01"), Decimal("10.01")]


# The list of projects and the fingerprint.


def test_a_fingerprint_over_several_pages_is_that_of_one(fresh: RunningProcore) -> None:
    with staged(fresh) as whole, staged(fresh, per_page=20) as paged:
        assert paged.gateway.read_fingerprint(PROJECT, 502) == whole.gateway.read_fingerprint(PROJECT, 502)
    assert len(calls_to(paged, ROWS)) == 5


def test_a_moved_cent_changes_the_fingerprint_and_a_new_order_does_not(stage: SandboxStage) -> None:
    project = stage.server.state.projects[PROJECT]
    before = stage.gateway.read_fingerprint(PROJECT, 502)
    project.lines = dict(reversed(project.lines.items()))
    assert stage.gateway.read_fingerprint(PROJECT, 502) == before
    project.line("R-1").original_budget_amount += Decimal("0.01")
    assert stage.gateway.read_fingerprint(PROJECT, 502) != before


def test_an_empty_budget_has_the_fingerprint_of_no_rows(stage: SandboxStage) -> None:
    stage.server.state.projects[PROJECT].lines.clear()
    assert stage.gateway.read_fingerprint(PROJECT, 502) == rows_fingerprint(())
