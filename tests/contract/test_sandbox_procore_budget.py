"""Budget lines, lock, modifications and changes of the sandbox Procore."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from sandbox.procore.limits import UNLIMITED
from sandbox.procore.running import RunningProcore, running_procore
from sandbox.procore.world import UnbudgetedRow
from tests.contract.procore_caller import BUDGET, CHANGES, LINES, MODIFICATIONS, PROJECT, Caller


@pytest.fixture(scope="module")
def served() -> Iterator[RunningProcore]:
    with running_procore("public_works", UNLIMITED) as running:
        yield running


@pytest.fixture
def caller(served: RunningProcore) -> Iterator[Caller]:
    served.sandbox.reset()
    with Caller.logged_in(served) as caller:
        yield caller


def test_locking_a_locked_budget_changes_nothing(caller: Caller) -> None:
    answer = caller.post(f"{BUDGET}/lock", {})
    assert (answer.status_code, answer.json()) == (201, {"locked": True})


def test_an_unlock_can_be_refused_and_then_destroys_nothing(caller: Caller) -> None:
    caller.procore.state.company.uses_budget_changes = False
    caller.modify("R-1", "100.00")
    caller.project.unlock_refusal = "The budget has modifications."
    answer = caller.delete(f"{BUDGET}/lock")
    assert (answer.status_code, answer.json()) == (422, {"errors": {"base": ["The budget has modifications."]}})
    assert (caller.project.locked, len(caller.project.modifications)) == (True, 1)


def test_an_unlocked_line_takes_a_new_amount(caller: Caller) -> None:
    caller.project.locked = False
    answer = caller.change_line("R-1", original_budget_amount="250000.10", calculation_strategy="manual")
    assert '"original_budget_amount":250000.10,' in answer.text
    assert caller.row("R-1")["original_budget_amount"] == "250000.10"


def test_an_automatic_line_is_quantity_times_unit_cost_in_cents(caller: Caller) -> None:
    caller.project.locked = False
    caller.change_line("R-1", quantity=3, unit_cost=0.335)
    assert caller.project.line("R-1").original_budget_amount == Decimal("1.01")


def test_a_locked_line_may_change_its_unit(caller: Caller) -> None:
    assert caller.change_line("R-1", uom="EA").json()["uom"] == "EA"


def test_a_quantity_that_would_move_a_locked_amount_is_refused(caller: Caller) -> None:
    assert caller.change_line("R-1", quantity=2).status_code == 422
    assert caller.project.line("R-1").quantity == 1


def test_an_unknown_line_is_not_found(caller: Caller) -> None:
    assert caller.get(f"{LINES}/1", project_id=PROJECT).status_code == 404


def test_an_unknown_budget_code_cannot_be_budgeted(caller: Caller) -> None:
    answer = caller.post(LINES, {"project_id": PROJECT, "budget_line_item": {"wbs_code_id": 5}})
    assert (answer.status_code, answer.json()["fields"]) == (400, "wbs_code_id")


def test_an_amount_that_is_no_number_is_refused(caller: Caller) -> None:
    answer = caller.create_line("R-23.S", original_budget_amount="a lot")
    assert (answer.status_code, answer.json()["fields"]) == (400, "original_budget_amount")


def test_a_body_without_the_line_is_refused(caller: Caller) -> None:
    answer = caller.post(LINES, {"project_id": PROJECT})
    assert (answer.status_code, answer.json()["fields"]) == (400, "budget_line_item")


def test_budgeting_a_question_mark_row_takes_it_off_the_unbudgeted(caller: Caller) -> None:
    wbs_code_id = next(known.id for known in caller.project.wbs_codes.values() if known.flat_code == "R-23.S")
    caller.project.unbudgeted.append(UnbudgetedRow(wbs_code_id=wbs_code_id, reason="direct costs"))
    assert [row["unbudgeted_reason"] for row in caller.rows(budget_row_type="unbudgeted")] == ["direct costs"]
    caller.create_line("R-23.S")
    assert caller.rows(budget_row_type="unbudgeted") == []
    assert caller.row("R-23")["id"] is not None


def test_a_locked_line_of_zero_without_modification_is_deletable(caller: Caller) -> None:
    caller.create_line("R-23.S")
    assert caller.row("R-23")["deletable"]
    assert caller.delete_line("R-23").status_code == 204
    assert len(caller.rows()) == 69


def test_a_modification_moves_money_between_two_lines(caller: Caller) -> None:
    caller.procore.state.company.uses_budget_changes = False
    to_line, from_line = caller.project.line("R-1"), caller.project.line("R-2")
    body = {
        "to_budget_line_item_id": to_line.id,
        "from_budget_line_item_id": from_line.id,
        "transfer_amount": "12.50",
    }
    assert caller.post(MODIFICATIONS, {"budget_modification": body}).status_code == 201
    assert caller.row("R-1")["budget_modifications"] == "12.50"
    assert caller.row("R-2")["budget_modifications"] == "-12.50"
    assert [entry["transfer_amount"] for entry in caller.get(MODIFICATIONS).json()] == ["12.50"]


def test_a_modification_onto_an_unknown_line_is_refused(caller: Caller) -> None:
    caller.procore.state.company.uses_budget_changes = False
    body = {"to_budget_line_item_id": 1, "transfer_amount": "12.50"}
    assert caller.post(MODIFICATIONS, {"budget_modification": body}).status_code == 400
    assert caller.project.modifications == {}


def test_the_seed_has_one_draft_that_moves_nothing(caller: Caller) -> None:
    changes = caller.get(CHANGES).json()["data"]
    assert [(change["number"], change["status"]) for change in changes] == [(1, "draft")]
    assert {row["budget_modifications"] for row in caller.rows()} == {"0.00"}


def test_a_change_shows_its_lines_with_their_budget_codes(caller: Caller) -> None:
    change_id = next(iter(caller.project.changes))
    lines = caller.get(f"{CHANGES}/{change_id}").json()["data"]["adjustment_line_items"]
    assert [(line["wbs_code"]["flat_code"], line["type"], line["amount"]) for line in lines] == [
        ("R-18.S", "change_event", 1000.00),
        ("R-19.S", "budget_change", -1000.00),
    ]


def test_the_published_change_orders_can_be_made_through_the_api(caller: Caller) -> None:
    bodies = caller.http.get("/sandbox/later_changes").json()
    answers = [caller.post(CHANGES, body) for body in bodies]
    assert [(answer.status_code, answer.json()["data"]["title"]) for answer in answers] == [
        (201, "Change order CO-01"),
        (201, "Change order CO-02"),
    ]
    rows = caller.rows()
    assert sum(Decimal(row["budget_modifications"]) for row in rows) == Decimal("-37955.89")
    assert caller.row("CO-02-003")["original_budget_amount"] == "0.00"
    assert caller.row("CO-02-003")["budget_modifications"] == "-81933.00"


def test_a_draft_counts_when_it_is_approved(caller: Caller) -> None:
    change_id = next(iter(caller.project.changes))
    assert caller.patch(f"{CHANGES}/{change_id}", {"status": "approved"}).status_code == 200
    assert caller.row("R-19")["budget_modifications"] == "-1000.00"


def test_a_changes_line_can_be_altered_and_deleted(caller: Caller) -> None:
    change = next(iter(caller.project.changes.values()))
    first, second = change.adjustments
    lines = [{"id": first.id, "amount": 5}, {"id": second.id, "_delete": True}]
    data = caller.patch(f"{CHANGES}/{change.id}", {"adjustment_line_items": lines}).json()["data"]
    assert [(line["id"], line["amount"]) for line in data["adjustment_line_items"]] == [(first.id, 5)]


def test_a_change_of_unknown_status_is_refused(caller: Caller) -> None:
    answer = caller.post(CHANGES, {"status": "agreed"})
    assert (answer.status_code, answer.json()["fields"]) == (400, "status")
    assert len(caller.project.changes) == 1


def test_a_change_onto_an_unknown_code_is_refused(caller: Caller) -> None:
    lines = [{"wbs_code_id": 5, "type": "change_event", "amount": 1}]
    assert caller.post(CHANGES, {"status": "draft", "adjustment_line_items": lines}).status_code == 400
    assert len(caller.project.changes) == 1


def test_summary_rows_add_the_budget_up(caller: Caller) -> None:
    path = "/rest/v1.0/budget_views/502/summary_rows"
    whole = caller.get(path, project_id=PROJECT).json()
    assert [(row["name"], row["original_budget_amount"]) for row in whole] == [("Public Works 1164I", "5799933.10")]
    by_type = caller.get(path, project_id=PROJECT, group_by="category").json()
    assert [(row["name"], row["original_budget_amount"]) for row in by_type] == [
        ("Other", "25940.00"),
        ("Subcontract", "5773993.10"),
    ]


def test_rows_are_filtered_by_cost_type_and_by_line(caller: Caller) -> None:
    assert len(caller.rows(**{"category_id[]": 204})) == 4
    line_id = caller.project.line("R-7").id
    assert [row["id"] for row in caller.rows(**{"budget_line_item_id[]": line_id})] == [line_id]


def test_rows_are_sorted_by_cost_code(caller: Caller) -> None:
    codes = [row["cost_code"].split(" - ")[0] for row in caller.rows(sort="cost_code")]
    assert codes[:3] == [" SW-1", "G-1", "G-2"]


def test_a_sort_that_does_not_exist_is_refused(caller: Caller) -> None:
    answer = caller.get("/rest/v1.0/budget_views/502/detail_rows", project_id=PROJECT, sort="amount")
    assert (answer.status_code, answer.json()["fields"]) == (400, "sort")


def test_an_unknown_view_is_not_found(caller: Caller) -> None:
    assert caller.get("/rest/v1.0/budget_views/9/detail_rows", project_id=PROJECT).status_code == 404
