"""The proxy before the Prefect server, deployments/proxy.conf in a real nginx: what people may do through it."""

import http.client
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from demo import processes
from demo.local_prefect import CHECKOUT, free_port
from demo.stack import LocalStack
from tests.prefect_stack import REHEARSAL

DEPLOYMENTS = CHECKOUT / "deployments"
# Everything that nginx writes lies in its folder; its children must be able to write there, also when root starts it.
AROUND = """
daemon off;
{as_whom}
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/proxy.conf;
}}
"""
ANSWER = {"decision": "Reject", "plan_code": "7Q4K-M2XD", "reason": "The crane is missing."}
SECONDS_MAX = 60.0


@dataclass(frozen=True)
class Ways:
    """The two ways to the server's API, and a run beside which an answer lies."""

    proxied: httpx.Client
    direct: httpx.Client
    # Suspended, and asks a question.
    run: str
    # Stored as Resume stores an answer, under a name that no question of this run has.
    answer_key: str

    @property
    def inputs(self) -> str:
        return f"/api/flow_runs/{self.run}/input"

    def both(self, method: str, path: str, body: Any = None) -> tuple[httpx.Response, httpx.Response]:
        """Ask through the proxy first, then directly."""
        return asked(self.proxied, method, path, body), asked(self.direct, method, path, body)

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.proxied.get(f"/api/flow_runs/{self.run}").json()["state"]
        return found


@pytest.fixture(scope="session")
def nginx() -> str:
    """Return nginx, or skip and say how to get it."""
    if found := shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin"):
        return found
    pytest.skip("NO NGINX: neither on the PATH nor in /usr/sbin; apt-get install nginx-light to run this")


@pytest.fixture(scope="module")
def proxy_url(nginx: str, stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, listens_on = tmp_path_factory.mktemp("proxy"), f"127.0.0.1:{free_port()}"
    template = (DEPLOYMENTS / "proxy.conf").read_text()
    leads_to = stack.ui_url.removeprefix("http://")
    filled_in = template.replace("${PROXY_LISTENS_ON}", listens_on).replace("${PROXY_LEADS_TO}", leads_to)
    (folder / "proxy.conf").write_text(filled_in)
    as_whom = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, as_whom=as_whom))
    command = (nginx, "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf"))
    program = processes.start("nginx", command, os.environ, folder, folder / "nginx.log")
    try:
        program.wait_until(lambda: is_answering(f"http://{listens_on}/api/health"), 30)
        yield f"http://{listens_on}"
    finally:
        program.stop()


@pytest.fixture(scope="module")
def ways(proxy_url: str, stack: LocalStack) -> Iterator[Ways]:
    stack.deploy(REHEARSAL)
    with (
        httpx.Client(base_url=proxy_url, trust_env=False, timeout=30) as proxied,
        httpx.Client(base_url=stack.ui_url, trust_env=False, timeout=30) as direct,
    ):
        found = Ways(proxied, direct, run=started(proxied), answer_key="suspended-another-response")
        until(lambda: found.state()["name"] == "Suspended", found.state)
        asked(direct, "POST", found.inputs, {"key": found.answer_key, "value": json.dumps(ANSWER)}).raise_for_status()
        yield found


def started(api: httpx.Client) -> str:
    """Start the rehearsal as the user interface does."""
    deployment = api.get("/api/deployments/name/ask/rehearsal").json()["id"]
    path = f"/api/deployments/{deployment}/create_flow_run"
    begun = asked(api, "POST", path, {"parameters": {"job": "1204-"}})
    assert begun.status_code == httpx.codes.CREATED, begun.text
    return str(begun.json()["id"])


def asked(api: httpx.Client, method: str, path: str, body: Any = None) -> httpx.Response:
    """Ask until the server's SQLite is free: "database is locked", HTTP 503, passes by itself."""
    answer = api.request(method, path, json=body)
    for _ in range(50):
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
        answer = api.request(method, path, json=body)
    return answer


def is_answering(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def until(happened: Callable[[], bool], what: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + SECONDS_MAX
    while not happened():
        assert time.monotonic() < give_up_at, what()
        time.sleep(0.1)


def verbatim(api: httpx.Client, method: str, path: str) -> tuple[int, str]:
    """Ask for exactly this path: httpx would tidy it."""
    connection = http.client.HTTPConnection(api.base_url.host, api.base_url.port or 80, timeout=30)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def assert_refused(
    answer: httpx.Response, reason: str = "what is stored beside a flow run is for workers alone"
) -> None:
    assert answer.status_code == httpx.codes.FORBIDDEN, answer.text
    assert answer.headers["content-type"] == "text/plain"
    assert answer.text.startswith(f"Refused: {reason}.")


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
    made = asked(ways.direct, "POST", "/api/block_documents/", body)
    assert made.status_code == httpx.codes.CREATED, made.text
    yield str(made.json()["id"])
    asked(ways.direct, "DELETE", f"/api/block_documents/{made.json()['id']}").raise_for_status()


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

    resumed = asked(ways.proxied, "POST", f"/api/flow_runs/{ways.run}/resume", {"run_input": ANSWER})
    assert resumed.json()["status"] == "ACCEPT"
    assert_refused(ways.proxied.get(f"{ways.inputs}/{keys['response']}"))

    until(lambda: ways.state()["type"] == "COMPLETED", ways.state)
    wanted = {"artifacts": {"flow_run_id": {"any_": [ways.run]}}}
    answered = ways.proxied.post("/api/artifacts/filter", json=wanted).json()[0]["data"]
    assert "1204- False: Reject 7Q4K-M2XD 'The crane is missing.'" in answered
