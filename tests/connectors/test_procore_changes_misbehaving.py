"""Answers about budget changes and projects that are not right: told with their place, never guessed or half read."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from connectors.procore import errors
from jobcost.budget import Budget
from sandbox.procore import people
from sandbox.procore.limits import UNLIMITED
from sandbox.procore.running import RunningProcore, running_procore
from tests.connectors.procore_sandbox import PROJECT, Misbehaving, staged

LINES = "/rest/v2.0/companies/8089/projects/1164/budget_changes/adjustment_line_items"
CHANGES = "/rest/v1.0/projects/1164/budget_changes"
MODIFICATIONS = "/rest/v1.0/projects/1164/budget_modifications"
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


def read_with(server: RunningProcore, path: str, rewrite: Callable[[list[dict[str, Any]]], Any]) -> Budget:
    with staged(server, transport=Misbehaving(path, rewrite)) as stage:
        return stage.gateway.read_budget(PROJECT)


def with_value(name: str, value: Any, entry: int = 0) -> Callable[[list[dict[str, Any]]], Any]:
    """Give one entry another value; ... takes the key away."""

    def rewrite(entries: list[dict[str, Any]]) -> Any:
        entries[entry] = {key: told for key, told in {**entries[entry], name: value}.items() if told is not ...}
        return entries

    return rewrite


@pytest.mark.parametrize("sent", ["1000.10", 1000.1, "1000.1000"])
def test_an_amount_is_exact_whether_it_comes_as_text_or_as_number(fresh: RunningProcore, sent: object) -> None:
    part = read_with(fresh, LINES, with_value("amount", sent)).changes[0].adjustments[0]
    assert part.amount == Decimal("1000.10")


@pytest.mark.parametrize("name", ["id", "wbs_code_id", "budget_change_id"])
def test_an_id_of_a_line_may_come_as_number(fresh: RunningProcore, name: str) -> None:
    plain = read_with(fresh, LINES, lambda entries: entries)
    numbers = read_with(fresh, LINES, lambda entries: [{**entry, name: int(entry[name])} for entry in entries])
    assert numbers.changes == plain.changes


@pytest.mark.parametrize(
    ("name", "sent", "told"),
    [
        ("amount", ..., "amount: expected an amount, found nothing"),
        ("amount", None, "amount: expected an amount, found null"),
        ("amount", "a lot", 'amount: expected an amount, found "a lot"'),
        ("wbs_code_id", ..., "wbs_code_id: expected a whole number, found nothing"),
        ("wbs_code_id", "R-18", 'wbs_code_id: expected a whole number, found "R-18"'),
        ("budget_change_id", ..., "budget_change_id: expected a whole number, found nothing"),
        ("budget_change_status", ..., "budget_change_status: expected text, found nothing"),
        (
            "budget_change_status",
            "agreed",
            "budget_change_status: expected one of approved, draft, under_review, void, found 'agreed'",
        ),
    ],
)
def test_a_line_of_an_approved_change_that_is_not_whole_is_refused_naming_the_change(
    fresh: RunningProcore, name: str, sent: object, told: str
) -> None:
    people.set_status(fresh.state, 1, "approved")
    with pytest.raises(errors.AnswerUnexpected) as caught:
        read_with(fresh, LINES, with_value(name, sent))
    place = f"GET {LINES}?page=1&per_page=100 entry 1 (budget change 1)"
    assert str(caught.value).startswith(f"{place}, {told}.")


@pytest.mark.parametrize("name", ["amount", "wbs_code_id"])
def test_a_line_of_a_draft_may_lack_what_is_not_agreed_yet(fresh: RunningProcore, name: str) -> None:
    first, second = read_with(fresh, LINES, with_value(name, None)).changes[0].adjustments
    assert (first.amount, second.amount) == (Decimal(0) if name == "amount" else Decimal(1000), Decimal(-1000))


@pytest.mark.parametrize(
    ("name", "sent", "told"),
    [
        ("status", "agreed", "status: expected one of approved, draft, under_review, void, found 'agreed'"),
        ("status", "Approved", "status: expected one of approved, draft, under_review, void, found 'Approved'"),
        ("status", ..., "status: expected text, found nothing"),
        ("id", ..., "id: expected a whole number, found nothing"),
        ("number", ..., "number: expected a whole number, found nothing"),
    ],
)
def test_a_change_that_is_not_whole_is_refused_naming_the_place(
    fresh: RunningProcore, name: str, sent: object, told: str
) -> None:
    with pytest.raises(errors.AnswerUnexpected) as caught:
        read_with(fresh, CHANGES, with_value(name, sent))
    assert str(caught.value).startswith(f"GET {CHANGES}?exclude_custom_fields=true entry 1")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("name", "sent", "told"),
    [
        ("transfer_amount", ..., "transfer_amount: expected an amount, found nothing"),
        ("transfer_amount", "", 'transfer_amount: expected an amount, found ""'),
        ("to_budget_line_item_id", None, "to_budget_line_item_id: expected a whole number, found null"),
    ],
)
def test_a_modification_that_is_not_whole_is_refused_naming_it(
    fresh: RunningProcore, name: str, sent: object, told: str
) -> None:
    with staged(fresh) as stage:
        stage.add_modification("R-1", "R-2", "10.00")
    number = next(iter(fresh.state.projects[PROJECT].modifications))
    with pytest.raises(errors.AnswerUnexpected) as caught:
        read_with(fresh, MODIFICATIONS, with_value(name, sent))
    assert f"entry 1 (budget modification {number}), {told}." in str(caught.value)


def test_two_lines_of_one_id_but_of_two_types_are_two_lines(fresh: RunningProcore) -> None:
    """Procore numbers the lines of each type on their own."""
    budget = read_with(fresh, LINES, lambda entries: [{**entry, "id": "1"} for entry in entries])
    assert [part.amount for part in budget.changes[0].adjustments] == [Decimal(1000), Decimal(-1000)]


def test_the_same_line_twice_is_never_counted_twice(fresh: RunningProcore) -> None:
    with pytest.raises(errors.ListMovedWhileReading, match=r"adjustment_line_items: .* came twice"):
        read_with(fresh, LINES, lambda entries: [entries[0], entries[0]])


def test_a_line_too_few_of_the_told_total_is_no_list(fresh: RunningProcore) -> None:
    with pytest.raises(errors.ListMovedWhileReading, match="1 entries came of 2"):
        read_with(fresh, LINES, lambda entries: entries[:1])


@pytest.mark.parametrize("sent", [None, "none", {"0": {}}])
def test_lines_that_are_no_list_are_refused(fresh: RunningProcore, sent: object) -> None:
    with pytest.raises(errors.AnswerUnexpected, match=r"adjustment_line_items.*: expected a list"):
        read_with(fresh, LINES, lambda _: sent)


def test_a_line_of_a_change_that_is_not_listed_is_never_dropped(fresh: RunningProcore) -> None:
    with pytest.raises(errors.BudgetMovedWhileReading, match="found one of a change with id 12 "):
        read_with(fresh, LINES, with_value("budget_change_id", "12"))


@pytest.mark.parametrize(
    ("name", "sent", "told"),
    [
        ("id", ..., "id: expected a whole number, found nothing"),
        ("name", None, "name: expected text, found null"),
        ("active", ..., "active: expected true or false, found nothing"),
    ],
)
def test_a_listed_project_that_is_not_whole_is_refused(
    fresh: RunningProcore, name: str, sent: object, told: str
) -> None:
    transport = Misbehaving(PROJECTS, with_value(name, sent))
    with staged(fresh, transport=transport) as stage, pytest.raises(errors.AnswerUnexpected) as caught:
        stage.gateway.list_projects()
    assert f"entry 1, {told}." in str(caught.value)


def test_a_project_that_came_without_a_link_although_only_linked_ones_were_asked_for_is_left_out(
    fresh: RunningProcore,
) -> None:
    with staged(fresh, transport=Misbehaving(PROJECTS, with_value("origin_id", ""))) as stage:
        assert stage.gateway.list_projects() == ()


@pytest.mark.parametrize("name", ["original_budget_amount", "budget_modifications"])
def test_a_fingerprint_of_a_row_without_its_amount_is_refused(fresh: RunningProcore, name: str) -> None:
    transport = Misbehaving(ROWS, with_value(name, None, entry=3))
    with staged(fresh, transport=transport) as stage, pytest.raises(errors.AnswerUnexpected) as caught:
        stage.gateway.read_fingerprint(PROJECT, 502)
    assert f"entry 4, {name}: expected an amount, found null." in str(caught.value)
