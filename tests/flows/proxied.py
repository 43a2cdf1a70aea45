"""A real nginx with deployments/proxy.conf before the tests' Prefect server, and a run beside which an answer lies."""

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

from demo import processes
from demo.local_prefect import CHECKOUT, free_port
from demo.stack import LocalStack
from tests.patient import patient_client
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
        return self.proxied.request(method, path, json=body), self.direct.request(method, path, json=body)

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
        patient_client(proxy_url) as proxied,
        patient_client(stack.ui_url) as direct,
    ):
        found = Ways(proxied, direct, run=started(proxied), answer_key="suspended-another-response")
        until(lambda: found.state()["name"] == "Suspended", found.state)
        direct.request(
            "POST", found.inputs, json={"key": found.answer_key, "value": json.dumps(ANSWER)}
        ).raise_for_status()
        yield found


def started(api: httpx.Client) -> str:
    """Start the rehearsal as the user interface does."""
    deployment = api.get("/api/deployments/name/ask/rehearsal").json()["id"]
    path = f"/api/deployments/{deployment}/create_flow_run"
    begun = api.request("POST", path, json={"parameters": {"job": "1204-"}})
    assert begun.status_code == httpx.codes.CREATED, begun.text
    return str(begun.json()["id"])


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
