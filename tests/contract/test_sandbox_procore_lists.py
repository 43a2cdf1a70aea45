"""Seeds, lists, filters and pages of the sandbox Procore."""

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest

from sandbox.procore.limits import UNLIMITED
from sandbox.procore.running import RunningProcore, running_procore
from sandbox.procore.seed import world_from
from tests.contract.procore_caller import COST_CODES, PROJECT, PROJECTS, ROWS, WBS_CODES, Caller


@pytest.fixture(scope="module")
def served() -> Iterator[RunningProcore]:
    with running_procore("public_works", UNLIMITED) as running:
        yield running


@pytest.fixture
def caller(served: RunningProcore) -> Iterator[Caller]:
    served.sandbox.reset()
    with Caller.logged_in(served) as caller:
        yield caller


def test_public_works_has_the_69_base_bid_items_to_the_cent(caller: Caller) -> None:
    rows = caller.rows()
    assert len(rows) == 69
    assert sum(Decimal(row["original_budget_amount"]) for row in rows) == Decimal("5799933.10")


def test_base_items_and_later_changes_add_up_to_the_published_total(caller: Caller) -> None:
    base = sum(line.original_budget_amount for line in caller.project.lines.values())
    changes = sum(change.amount for change in caller.procore.state.later_changes)
    assert base + changes == Decimal("5761977.21")


def test_a_code_keeps_its_published_leading_blank(caller: Caller) -> None:
    codes = [code["full_code"] for code in caller.get(COST_CODES, project_id=PROJECT).json()]
    assert codes[26] == " SW-1"


def test_descriptions_are_as_published(caller: Caller) -> None:
    assert caller.row("R-3")["cost_code"] == "R-3 - HOT MIX ASPHALT (TYPE A, ½-INCH MAXIMUM WITH MEDIUM GRADING)"


def test_general_items_are_other_costs_and_the_rest_subcontracts(caller: Caller) -> None:
    assert [caller.row(code)["category"] for code in ("G-1", "R-1", "SW-2")] == ["Other", "Subcontract", "Subcontract"]


def test_the_export_view_shows_quantity_unit_and_hours(caller: Caller) -> None:
    columns = caller.get("/rest/v1.0/budget_views/502/budget_detail_columns", project_id=PROJECT).json()
    ids = {column["name"]: column["id"] for column in columns}
    row = caller.row("R-3")
    names = ("Budgeted Quantity", "Unit of Measure", "Budgeted Hours")
    assert [row[ids[name]] for name in names] == ["2034", "US SHORT TON", None]


def test_the_standard_view_shows_no_quantity(caller: Caller) -> None:
    columns = caller.get("/rest/v1.0/budget_views/501/budget_detail_columns", project_id=PROJECT).json()
    assert [column["name"] for column in columns] == [
        "Original Budget Amount",
        "Budget Modifications",
        "Revised Budget",
    ]


def test_the_views_are_listed_by_name(caller: Caller) -> None:
    views = caller.get("/rest/v1.0/budget_views", project_id=PROJECT).json()
    assert [view["name"] for view in views] == ["Procore Standard Budget", "Vista Export"]


def test_the_directory_has_an_inactive_person(caller: Caller) -> None:
    users = caller.get("/rest/v1.3/companies/8089/users").json()
    assert [user["email_address"] for user in users if not user["is_active"]] == ["drew.former@example.com"]


def test_users_can_be_searched_and_listed_by_id_alone(caller: Caller) -> None:
    users = caller.get("/rest/v1.3/companies/8089/users", **{"filters[search]": "BLAKE", "view": "ids_only"}).json()
    assert users == [{"id": 903}]


def test_projects_are_filtered_by_origin_id(caller: Caller) -> None:
    found = caller.get(PROJECTS, company_id=8089, **{"filters[origin_id]": "1164I-001"}).json()
    assert [project["id"] for project in found] == [1164]
    assert caller.get(PROJECTS, company_id=8089, **{"filters[origin_id]": "other"}).json() == []


def test_projects_are_filtered_by_status_and_by_being_synchronised(caller: Caller) -> None:
    caller.project.active = False
    assert caller.get(PROJECTS, company_id=8089, **{"filters[by_status]": "Active"}).json() == []
    assert caller.get(PROJECTS, company_id=8089, **{"filters[synced]": "false"}).json() == []
    assert len(caller.get(PROJECTS, company_id=8089, **{"filters[synced]": "true"}).json()) == 1


def test_cost_codes_are_filtered_by_id(caller: Caller) -> None:
    wanted = list(caller.project.cost_codes)[1:3]
    text = ",".join(str(number) for number in wanted)
    found = caller.get(COST_CODES, project_id=PROJECT, **{"filters[id]": text}).json()
    assert [code["id"] for code in found] == wanted


def test_a_compact_cost_code_has_what_an_erp_needs(caller: Caller) -> None:
    code = caller.get(COST_CODES, project_id=PROJECT, view="erp_compact", per_page=1).json()[0]
    assert sorted(code) == ["code", "full_code", "id", "name", "origin_data", "origin_id"]


def test_cost_types_are_listed_for_a_project(caller: Caller) -> None:
    types = caller.get("/rest/v1.0/line_item_types", company_id=8089, project_id=PROJECT).json()
    assert [kind["code"] for kind in types] == ["L", "M", "S", "E", "O"]


def test_every_unit_of_the_budget_is_in_the_companys_list(caller: Caller) -> None:
    units = {unit["name"] for unit in caller.get("/rest/v1.0/companies/8089/uoms").json()}
    assert {line.uom for line in caller.project.lines.values()} <= units


def test_there_are_no_sub_jobs_yet(caller: Caller) -> None:
    assert caller.get("/rest/v1.0/sub_jobs", project_id=PROJECT).json() == []


def test_following_the_next_links_reads_every_row_once(caller: Caller) -> None:
    answer = caller.get(ROWS, project_id=PROJECT, per_page=30)
    ids = [row["id"] for row in answer.json()]
    while "next" in answer.links:
        answer = caller.http.get(answer.links["next"]["url"])
        ids += [row["id"] for row in answer.json()]
    assert len(ids) == len(set(ids)) == 69


def test_a_page_after_the_last_is_empty(caller: Caller) -> None:
    assert caller.rows(page=9) == []


def test_a_page_number_of_zero_is_refused(caller: Caller) -> None:
    assert caller.get(ROWS, project_id=PROJECT, page=0).status_code == 400


def test_a_budget_code_is_made_of_cost_code_and_cost_type(caller: Caller) -> None:
    cost_code_id = next(iter(caller.project.cost_codes))
    items = [{"segment_id": 11, "segment_item_id": cost_code_id}, {"segment_id": 12, "segment_item_id": 200}]
    answer = caller.post(WBS_CODES, {"segment_items": items})
    assert (answer.status_code, answer.json()["flat_code"]) == (201, "G-1.L")
    assert caller.post(WBS_CODES, {"segment_items": items}).status_code == 400


def test_a_synchronised_code_renames_its_budget_codes(caller: Caller) -> None:
    cost_code_id = next(iter(caller.project.cost_codes))
    caller.patch(f"{COST_CODES}/sync", {"updates": [{"id": cost_code_id, "code": "G-01"}]}, project_id=PROJECT)
    assert caller.get(WBS_CODES, per_page=1).json()[0]["flat_code"] == "G-01.O"


def test_a_sync_tells_what_is_missing_beside_what_was_sent(caller: Caller) -> None:
    body = caller.patch(f"{COST_CODES}/sync", {"updates": [{"code": "X"}]}, project_id=PROJECT).json()
    assert body == {"entities": [], "errors": [{"code": "X", "errors": {"name": ["can't be blank"]}}]}


def test_generated_lines_follow_their_rule() -> None:
    project = world_from("generated:901").projects[7000]
    lines = list(project.lines.values())
    codes = [project.wbs_codes[line.wbs_code_id].flat_code for line in lines]
    assert [codes[0], codes[1], codes[899], codes[900]] == ["1000-100.L", "1000-101.M", "1000-999.O", "1001-100.L"]
    assert [lines[0].original_budget_amount, lines[900].original_budget_amount] == [
        Decimal("137.01"),
        Decimal("23437.01"),
    ]


def test_the_empty_seed_has_people_but_no_project() -> None:
    world = world_from("empty")
    assert (len(world.users), world.projects) == (5, {})


def test_an_unknown_seed_is_named() -> None:
    with pytest.raises(ValueError, match="expected public_works, empty or generated:<lines>, found 'generated:x'"):
        world_from("generated:x")


def test_ten_thousand_rows_come_in_pages_of_two_thousand() -> None:
    with running_procore("generated:10000", UNLIMITED) as running, Caller.logged_in(running) as caller:
        answer = caller.get(ROWS, project_id=7000, per_page=2000, page=5)
        assert len(answer.json()) == 2000
        assert answer.headers["Total"] == "10000"
        assert "next" not in answer.links


def test_a_quantity_of_three_decimals_is_written_exactly(caller: Caller) -> None:
    line = caller.project.line("SW-5")
    line.unit_cost, line.quantity = Decimal("0.1"), Decimal("12345678901234.567")
    text = caller.get(f"/rest/v1.1/budget_line_items/{line.id}", project_id=PROJECT).text
    found = json.loads(text, parse_float=Decimal)
    assert (found["unit_cost"], found["quantity"]) == (Decimal("0.1"), Decimal("12345678901234.567"))
