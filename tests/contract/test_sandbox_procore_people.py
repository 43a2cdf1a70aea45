"""What people do in the sandbox Procore, and the published change orders of the real input."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from sandbox.procore import people
from sandbox.procore.limits import UNLIMITED
from sandbox.procore.running import RunningProcore, running_procore
from sandbox.procore.seed import PUBLIC_WORKS_FILE, world_from
from sandbox.procore.wire import ApiError
from sandbox.procore.world import World
from sandbox.vista.build import build_vista
from sandbox.vista.people import vista_session
from tests.contract.procore_caller import CHANGES, Caller

MIRABEL = "19 Mirabel Ave"


@pytest.fixture
def world() -> World:
    return world_from("public_works")


@pytest.fixture(scope="module")
def served() -> Iterator[RunningProcore]:
    with running_procore("public_works", UNLIMITED) as running:
        yield running


@pytest.fixture
def caller(served: RunningProcore) -> Iterator[Caller]:
    served.sandbox.reset()
    with Caller.logged_in(served) as caller:
        yield caller


def codes_of(world: World, number: int) -> list[tuple[str, str, str]]:
    project = people.project_named(world, None)
    return [
        (project.wbs_codes[line.wbs_code_id].flat_code, line.description, str(line.amount))
        for line in people.change_numbered(project, number).adjustments
    ]


def test_the_walkway_at_mirabel_avenue_is_the_first_published_change_order(world: World) -> None:
    people.make_later_changes(world, "CO-01")
    assert codes_of(world, 2) == [
        ("R-9.S", f"3.5 in Sidewalk at {MIRABEL}", "468.00"),
        ("R-12.S", f"Reset (E) Granite Curb at {MIRABEL}", "2300.00"),
        ("R-19.S", f"Adjust (E) Casting at {MIRABEL}", "50.00"),
        ("R-23.S", f"Reset (E) Brick Pavers at {MIRABEL}", "1250.00"),
        ("R-24.S", f"Traffic Control for Flatwork at {MIRABEL}", "2000.00"),
    ]
    assert [change.title for change in world.later_changes] == ["Change order CO-02"]


def test_the_lining_and_the_deletion_are_the_second(world: World) -> None:
    people.make_later_changes(world, "CO-02")
    assert codes_of(world, 3) == [
        ("CO-02-002.S", "CIPL on Mullen Ave", "37909.11"),
        ("CO-02-003.S", "Sewer Deletion on Eugenia Ave", "-81933.00"),
    ]


def test_every_published_change_order_row_is_kept_with_its_own_code_and_amount(world: World) -> None:
    with PUBLIC_WORKS_FILE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["bid_item"].startswith("CO-")]
    kept = [(line.ref, line.amount) for change in world.later_changes for line in change.adjustments]
    assert len(kept) == 7
    assert kept == [(row["bid_item"], Decimal(row["quantity"]) * Decimal(row["unit_price"])) for row in rows]
    assert {change.status for change in world.later_changes} == {"approved"}


def test_every_code_of_the_change_orders_is_in_the_phase_master_of_the_same_vista(world: World, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vista.db'}"
    site = build_vista(url)
    project = people.project_named(world, None)
    with vista_session(url) as vista:
        master = {row["Phase"].rstrip() for row in vista.execute("SELECT Phase FROM JCPM")}
    for change in world.later_changes:
        for line in change.adjustments:
            code = project.cost_codes[project.wbs_codes[line.wbs_code_id].cost_code_id].full_code
            assert site.phase(code).rstrip() in master


def test_the_control_route_makes_the_later_changes_for_a_demonstration(caller: Caller) -> None:
    made = caller.control("later_changes", {"orders": ["CO-01"]})
    assert [(change["number"], change["title"]) for change in made.json()] == [(2, "Change order CO-01")]
    assert caller.control("later_changes", {}).json()[0]["title"] == "Change order CO-02"
    listed = caller.get(CHANGES).json()["data"]
    assert [(change["number"], change["status"], change["amount"]) for change in listed] == [
        (1, "draft", 0.0),
        (2, "approved", 6068.0),
        (3, "approved", -44023.89),
    ]
    assert caller.control("later_changes", {"orders": ["CO-01"]}).status_code == 400


def test_a_change_moves_its_lines_while_it_is_approved(world: World) -> None:
    people.make_change(world, "Castings", {"R-19": "100.00"}, number=7)
    with pytest.raises(ApiError, match="expected one of"):
        people.set_status(world, 7, "agreed")
    assert people.edit_amount(world, 7, "R-19", "99.10").amount == Decimal("99.10")
    assert people.set_status(world, 7, "void").status == "void"


def test_a_change_that_is_with_the_erp_is_neither_edited_nor_deleted(world: World) -> None:
    people.make_change(world, "Castings", {"R-19": "100.00"}, number=7)
    people.give_to_erp(world, 7)
    with pytest.raises(ApiError, match="cannot be edited while its ERP status is synced"):
        people.edit_amount(world, 7, "R-19", 1)
    with pytest.raises(ApiError, match="cannot be deleted while its ERP status is synced"):
        people.delete_a_change(world, 7)
    assert people.change_numbered(people.project_named(world, None), 7).amount == Decimal("100.00")


def test_only_an_approved_change_goes_to_the_erp(world: World) -> None:
    with pytest.raises(ValueError, match="budget change 1 is draft"):
        people.give_to_erp(world, 1)


def test_an_original_is_corrected_in_a_budget_that_is_locked_again_after_it(world: World) -> None:
    people.correct_original(world, "R-1", "250000.10")
    project = people.project_named(world, None)
    assert (project.line("R-1").original_budget_amount, project.locked) == (Decimal("250000.10"), True)


def test_a_line_is_added_and_deleted(world: World) -> None:
    project = people.project_named(world, None)
    people.add_line(world, "R-30", "S", "Signs", "1500.00")
    assert project.line("R-30").original_budget_amount == Decimal("1500.00")
    people.delete_a_line(world, "R-30")
    with pytest.raises(KeyError, match="no budget line 'R-30'"):
        project.line("R-30")
