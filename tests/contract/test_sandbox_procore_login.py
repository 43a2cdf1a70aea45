"""Log-in, company header and permissions of the sandbox Procore."""

from collections.abc import Iterator

import pytest

from sandbox.procore.limits import UNLIMITED
from sandbox.procore.running import RunningProcore, running_procore
from tests.contract.procore_caller import BUDGET, COST_CODES, CREDENTIALS, PROJECT, PROJECTS, ROWS, Caller


@pytest.fixture(scope="module")
def served() -> Iterator[RunningProcore]:
    with running_procore("public_works", UNLIMITED) as running:
        yield running


@pytest.fixture
def caller(served: RunningProcore) -> Iterator[Caller]:
    served.sandbox.reset()
    with Caller.logged_in(served) as caller:
        yield caller


def test_credentials_are_taken_as_a_form(caller: Caller) -> None:
    assert caller.http.post("/oauth/token", data=CREDENTIALS).json()["token_type"] == "bearer"


def test_a_wrong_secret_gets_no_token(caller: Caller) -> None:
    answer = caller.http.post("/oauth/token", json={**CREDENTIALS, "client_secret": "wrong"})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_wrong_secret_by_basic_gets_no_token(caller: Caller) -> None:
    form = {"grant_type": "client_credentials"}
    assert caller.http.post("/oauth/token", data=form, auth=("sandbox-client", "wrong")).status_code == 401


def test_another_grant_than_client_credentials_is_refused(caller: Caller) -> None:
    answer = caller.http.post("/oauth/token", json={**CREDENTIALS, "grant_type": "refresh_token"})
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_a_body_that_is_no_json_gets_no_token(caller: Caller) -> None:
    headers = {"Content-Type": "application/json"}
    assert caller.http.post("/oauth/token", content="{", headers=headers).status_code == 401


def test_the_token_tells_what_is_left_of_it(caller: Caller) -> None:
    caller.procore.clock.advance(400)
    told = caller.get("/oauth/token/info").json()
    assert 4990 <= told["expires_in_seconds"] <= 5000
    assert told["application"] == {"uid": "sandbox-client"}


def test_a_token_lives_as_long_as_the_settings_say(caller: Caller) -> None:
    caller.procore.state.client.token_seconds = 60
    caller.http.headers["Authorization"] = f"Bearer {caller.new_token()}"
    caller.procore.clock.advance(61)
    assert caller.get("/rest/v1.0/me").status_code == 401


def test_a_new_token_works_after_the_old_one_ended(caller: Caller) -> None:
    caller.procore.clock.advance(6000)
    caller.http.headers["Authorization"] = f"Bearer {caller.new_token()}"
    assert caller.get("/rest/v1.0/me").json()["name"] == "Budget Export Service"


def test_a_company_the_application_is_not_connected_to_is_forbidden(caller: Caller) -> None:
    caller.http.headers["Procore-Company-Id"] = "1"
    assert caller.get("/rest/v1.0/me").status_code == 403


def test_another_company_in_the_path_is_not_found(caller: Caller) -> None:
    assert caller.get("/rest/v1.3/companies/1/users").status_code == 404


def test_a_project_that_is_not_permitted_is_not_listed(caller: Caller) -> None:
    caller.procore.state.access.permitted_projects = []
    assert caller.get(PROJECTS, company_id=8089).json() == []


def test_a_tool_denied_to_the_account_is_forbidden(caller: Caller) -> None:
    caller.procore.state.access.denied_tools = ["directory"]
    assert caller.get("/rest/v1.3/companies/8089/users").status_code == 403
    assert caller.get(BUDGET).status_code == 200


def test_a_tool_the_account_only_reads_cannot_be_written(caller: Caller) -> None:
    caller.procore.state.access.read_only_tools = ["budget"]
    assert caller.get(BUDGET).json() == {"locked": True}
    assert caller.delete(f"{BUDGET}/lock").status_code == 403
    assert caller.project.locked


def test_a_missing_project_in_the_query_is_a_bad_request(caller: Caller) -> None:
    answer = caller.get(ROWS)
    assert (answer.status_code, answer.json()["fields"]) == (400, "project_id")


def test_an_id_that_is_no_number_is_not_found(caller: Caller) -> None:
    assert caller.get("/rest/v1.0/projects/abc/budget").status_code == 404


def test_a_method_the_endpoint_does_not_have_is_answered_405_with_allow(caller: Caller) -> None:
    answer = caller.delete(COST_CODES, project_id=PROJECT)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


def test_every_request_is_written_down_but_controls_are_not(caller: Caller) -> None:
    caller.get(BUDGET)
    caller.get(ROWS, project_id=9)
    caller.control("edit", {"edits": []})
    seen = [(request.method, request.path, request.query, request.status) for request in caller.procore.requests]
    assert seen == [
        ("POST", "/oauth/token", "", 200),
        ("GET", BUDGET, "", 200),
        ("GET", ROWS, "project_id=9", 404),
    ]
