"""The proxy before the Prefect server, deployments/proxy.conf in a real nginx: what people may do through it."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.flows.proxied import ANSWER, Ways, assert_refused, nginx, proxy_url, until, verbatim, ways

__all__ = ["nginx", "proxy_url", "ways"]


def test_nobody_reads_an_answer_through_the_proxy(ways: Ways) -> None:
    proxied, direct = ways.both("GET", f"{ways.inputs}/{ways.answer_key}")
    assert_refused(proxied)
    assert json.loads(direct.text) == ANSWER


def test_nobody_lists_answers_through_the_proxy(ways: Ways) -> None:
    proxied, direct = ways.both("POST", f"{ways.inputs}/filter", {"prefix": "suspended-another"})
    assert_refused(proxied)
    assert [one["key"] for one in direct.json()] == [ways.answer_key]


def test_nobody_takes_an_answer_away_or_puts_another_one_through_the_proxy(ways: Ways) -> None:
    planted = {"key": "suspended-planted-response", "value": json.dumps(ANSWER)}
    proxied, direct = ways.both("POST", ways.inputs, planted)
    assert_refused(proxied)
    assert direct.status_code == httpx.codes.CREATED

    proxied, direct = ways.both("DELETE", f"{ways.inputs}/suspended-planted-response")
    assert_refused(proxied)
    # It was still there.
    assert direct.status_code == httpx.codes.NO_CONTENT


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "POST"])
@pytest.mark.parametrize("part", ["schema", "description"])
def test_the_question_itself_is_read_through_the_proxy_and_not_changed(ways: Ways, method: str, part: str) -> None:
    key = ways.state()["state_details"]["run_input_keyset"][part]
    assert_refused(ways.proxied.request(method, f"{ways.inputs}/{key}"))
    assert ways.proxied.get(f"{ways.inputs}/{key}").status_code == httpx.codes.OK


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/api/flow_runs/{run}/input/{key}/", 403, id="a slash at the end"),
        pytest.param("/api/flow_runs/{run}/%69nput/{key}", 403, id="an escaped letter"),
        pytest.param("/api/flow_runs/{run}%2Finput%2F{key}", 403, id="escaped slashes"),
        pytest.param("/api//flow_runs/{run}/input/{key}", 403, id="a double slash"),
        pytest.param("//api/flow_runs/{run}/input/{key}", 403, id="a double slash in front"),
        pytest.param("/api/flow_runs/{run}/graph/../input/{key}", 403, id="a step back"),
        pytest.param("/api/flow_runs/{run}/input/{key}?x=-schema", 403, id="a schema in the query"),
        pytest.param("/api/flow_runs/{run}/input/{key}#-schema", 403, id="a schema in the fragment"),
        # Taken for the name of a form; the server knows no such form.
        pytest.param("/api/flow_runs/{run}/input/{key}%23-schema", 404, id="an escaped fragment"),
        pytest.param("/api/flow_runs/{run}/input/{key}%3F-schema", 404, id="an escaped query"),
        pytest.param("/api/flow_runs/{run}/input/{key}/../x-schema", 404, id="a step back to a schema"),
        pytest.param("/api/flow_runs/{run}/input/{key}%00-schema", 400, id="an escaped zero"),
    ],
)
def test_no_other_spelling_of_its_address_leads_to_an_answer(ways: Ways, path: str, status: int) -> None:
    address = path.format(run=ways.run, key=ways.answer_key)
    found, said = verbatim(ways.proxied, "GET", address)
    assert found == status, said
    assert ANSWER["reason"] not in said


@pytest.fixture(scope="module")
def secret_block(ways: Ways) -> Iterator[str]:
    """Make a secret block; return its id."""
    kind = ways.direct.get("/api/block_types/slug/secret").json()["id"]
    wanted = {"block_schemas": {"block_type_id": {"any_": [kind]}}}
    schema = ways.direct.post("/api/block_schemas/filter", json=wanted).json()[0]["id"]
    body = {"name": "proxied", "data": {"value": "xyz-open"}, "block_schema_id": schema, "block_type_id": kind}
    made = ways.direct.request("POST", "/api/block_documents/", json=body)
    assert made.status_code == httpx.codes.CREATED, made.text
    yield str(made.json()["id"])
    ways.direct.request("DELETE", f"/api/block_documents/{made.json()['id']}").raise_for_status()


@pytest.mark.parametrize(
    "query", ["include_secrets=true", "include_secrets=1", "x=1&include_secrets=yes", "%69nclude_secret%73=true"]
)
@pytest.mark.parametrize("by", ["id", "name", "type"])
def test_nobody_reads_the_secrets_of_a_block_by_its_address(ways: Ways, secret_block: str, by: str, query: str) -> None:
    of_type = "/api/block_types/slug/secret/block_documents"
    path = {"id": f"/api/block_documents/{secret_block}", "name": f"{of_type}/name/proxied", "type": of_type}[by]
    status, said = verbatim(ways.proxied, "GET", f"{path}?{query}")
    assert (status, said.partition(".")[0]) == (403, "Refused: the secrets of blocks are for workers alone")
    assert "xyz-open" in verbatim(ways.direct, "GET", f"{path}?{query}")[1]
    # Without its secret a block is shown.
    status, said = verbatim(ways.proxied, "GET", path)
    assert (status, "xyz-open" in said, "********" in said) == (200, False, True)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/deployments/"),
        ("POST", "/api/deployments"),
        ("POST", "/api/deployments%2F"),
        ("POST", "/api//deployments//"),
        ("PATCH", "/api/deployments/{deployment}"),
        ("PATCH", "/api/deployments/{deployment}/"),
        ("PATCH", "/api/deployments/x/../{deployment}"),
        ("POST", "/api/flow_runs/"),
        ("POST", "/api/flow_runs"),
        ("POST", "/api/work_pools/"),
        ("PATCH", "/api/work_pools/budget-export"),
        ("PATCH", "/api/work_pools/filter"),
        ("DELETE", "/api/work_pools/budget-export"),
        ("POST", "/api/work_pools/budget-export/queues#/filter"),
        ("POST", "/api/work_pools/budget-export/get_scheduled_flow_runs"),
        ("POST", "/api/work_pools/budget-export/workers/heartbeat"),
    ],
)
def test_nobody_changes_what_a_worker_executes_through_the_proxy(ways: Ways, method: str, path: str) -> None:
    address = path.format(deployment=ways.direct.get("/api/deployments/name/ask/rehearsal").json()["id"])
    status, said = verbatim(ways.proxied, method, address)
    assert (status, said.partition(".")[0]) == (403, "Refused: what a worker executes is changed past the proxy alone")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/work_pools/budget-export"),
        ("POST", "/api/work_pools/filter"),
        ("POST", "/api/work_pools/count"),
        ("POST", "/api/work_pools/budget-export/queues/filter"),
        ("POST", "/api/work_pools/budget-export/workers/filter"),
        ("POST", "/api/deployments/filter"),
        ("POST", "/api/deployments/paginate"),
        ("POST", "/api/flow_runs/filter"),
    ],
)
def test_work_pools_deployments_and_runs_are_shown_through_the_proxy(ways: Ways, method: str, path: str) -> None:
    body: Any = {} if method == "POST" else None
    assert ways.proxied.request(method, path, json=body).status_code == httpx.codes.OK


@pytest.mark.parametrize("page", ["/", "/v2/"])
def test_both_user_interfaces_are_there(ways: Ways, page: str) -> None:
    shown = ways.proxied.get(page, follow_redirects=True)
    assert (shown.status_code, shown.text) == (200, ways.direct.get(page, follow_redirects=True).text)
    assert shown.headers["content-type"].startswith("text/html")


def test_a_page_follows_events_through_the_proxy(proxy_url: str) -> None:
    address = f"{proxy_url.replace('http', 'ws', 1)}/api/events/out"
    with connect(address, subprotocols=[Subprotocol("prefect")], proxy=None) as socket:
        socket.send(json.dumps({"type": "auth", "token": None}))
        assert json.loads(socket.recv(timeout=30)) == {"type": "auth_success"}


def test_where_the_server_leads_on_people_stay_at_the_proxy(ways: Ways, proxy_url: str) -> None:
    led = ways.proxied.get("/api/block_types/slug/secret/")
    assert (led.status_code, led.headers["location"]) == (307, f"{proxy_url}/api/block_types/slug/secret")


def test_an_answer_given_with_resume_arrives_through_the_proxy(ways: Ways) -> None:
    """Last: it ends the run that the others look at."""
    keys = ways.state()["state_details"]["run_input_keyset"]
    form = ways.proxied.get(f"{ways.inputs}/{keys['schema']}").json()
    assert sorted(form["properties"]) == ["decision", "plan_code", "reason"]
    assert "In Vista now" in ways.proxied.get(f"{ways.inputs}/{keys['description']}").text

    resumed = ways.proxied.request("POST", f"/api/flow_runs/{ways.run}/resume", json={"run_input": ANSWER})
    assert resumed.json()["status"] == "ACCEPT"
    assert_refused(ways.proxied.get(f"{ways.inputs}/{keys['response']}"))

    until(lambda: ways.state()["type"] == "COMPLETED", ways.state)
    wanted = {"artifacts": {"flow_run_id": {"any_": [ways.run]}}}
    answered = ways.proxied.post("/api/artifacts/filter", json=wanted).json()[0]["data"]
    assert "1204- False: Reject 7Q4K-M2XD 'The crane is missing.'" in answered
