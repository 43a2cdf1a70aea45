"""A Prefect server of our own on this machine: a free port, its own folder, no word to anyone outside."""

import json
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentUpdate
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

from demo import processes
from demo.processes import Program, StackProblem
from tasks import server_log
from tasks.prefect_set_up import WORK_POOL, bring_work_pool

CHECKOUT = Path(__file__).resolve().parent.parent
WORK_POOL_TEMPLATE = CHECKOUT / "deployments" / "work_pool.json"

_SERVER_SECONDS_MAX = 120.0
_WORKER_SECONDS_MAX = 60.0

# Quick answers for people who watch: a real installation keeps Prefect's own intervals (deployments/README.md).
_QUICK = {
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "0.5",
    "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_LOOP_SECONDS": "1",
}
_QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_CLI_COLORS": "false",
    "PREFECT_CLI_PROMPT": "false",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSetUp:
    """How the server is set up: figures that a test may want otherwise, the shipped ones where none is given."""

    # The work pool's base job template.
    template: Mapping[str, Any] | None = None
    # Deployments with a schedule run by it. Otherwise they are paused, and run only when asked to.
    schedules: bool = False


AS_SHIPPED = ServerSetUp()


def clean_environment() -> dict[str, str]:
    """Return this process's environment without any Prefect setting: none of the user's may leak into the stack.

    Its `python` is this one: the work pool starts flow runs by that name.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    kept["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return kept


def prefect_settings(home: Path, port: int) -> dict[str, str]:
    """Return the settings of everything that talks to the server on this port."""
    return {
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_UI_URL": f"http://127.0.0.1:{port}",
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home / 'prefect.db'}",
        **_QUICK,
        **_QUIET,
    }


def prefect_command(*words: str) -> list[str]:
    """Return the Prefect command line of this Python."""
    return [sys.executable, "-m", "prefect", *words]


def login(auth: str | None) -> tuple[str, str] | None:
    """Split "name:password", as the server asks for it; None where it asks for nothing."""
    if auth is None:
        return None
    name, _, password = auth.partition(":")
    return name, password


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(environment: Mapping[str, str], home: Path, log: Path, auth: str | None = None) -> Program:
    """Start the server on the port that the settings name; it is not ready yet.

    Args:
        environment: the settings.
        home: its folder.
        log: where its output goes.
        auth: "name:password" that it asks everyone for.
    """
    home.mkdir(parents=True, exist_ok=True)
    port = str(httpx.URL(environment["PREFECT_API_URL"]).port)
    command = prefect_command("server", "start", "--host", "127.0.0.1", "--port", port)
    # Only the server is told what to ask for; whoever talks to it has PREFECT_API_AUTH_STRING.
    asking = {"PREFECT_SERVER_API_AUTH_STRING": auth} if auth else {}
    discreet = {server_log.HANDLER_VARIABLE: server_log.HANDLER, "PYTHONPATH": str(CHECKOUT)}
    return processes.start("Prefect server", command, {**environment, **discreet, **asking}, home, log)


def wait_for_server(server: Program, api_url: str) -> None:
    """Wait until the server answers.

    Raises:
        StackProblem: if it does not.
    """
    with httpx.Client(trust_env=False) as client:
        server.wait_until(lambda: _is_healthy(client, api_url), _SERVER_SECONDS_MAX)


def set_up(api_url: str, auth: str | None, wanted: ServerSetUp) -> None:
    """Make the work pool, as `budget-export deploy` does, before a worker asks for it."""
    template = wanted.template or json.loads(WORK_POOL_TEMPLATE.read_text(encoding="utf-8"))
    with temporary_settings({PREFECT_API_URL: api_url, PREFECT_API_AUTH_STRING: auth}):
        bring_work_pool(template)


def deploy(environment: Mapping[str, str], folder: Path, log: Path) -> None:
    """Deploy everything the prefect.yaml in a folder names.

    Raises:
        StackProblem: if Prefect refuses it.
    """
    said = processes.run("prefect deploy", prefect_command("--no-prompt", "deploy", "--all"), environment, folder, log)
    if "successfully created" not in said:
        raise StackProblem(f"prefect deploy in {folder} deployed nothing. It said:\n{said}")


def pause_schedules(api_url: str, auth: str | None) -> None:
    """Pause every deployment that runs by a schedule; runs that wait for their time are taken back.

    Source: Prefect PATCH /deployments/{id}, `paused`. It still runs when somebody asks it to.
    """
    # Prefect's own client tries again where SQLite is busy for a moment.
    settings = temporary_settings({PREFECT_API_URL: api_url, PREFECT_API_AUTH_STRING: auth})
    with settings, get_client(sync_client=True) as client:
        for deployment in client.read_deployments():
            if deployment.schedules:
                client.update_deployment(deployment.id, DeploymentUpdate(paused=True))


def start_worker(environment: Mapping[str, str], folder: Path, log: Path) -> Program:
    """Start a process worker in a folder of its own, so that nothing is found by accident of the working directory."""
    command = prefect_command("worker", "start", "--pool", WORK_POOL, "--type", "process", "--install-policy", "never")
    return processes.start("Prefect worker", command, environment, folder, log)


def wait_for_worker(worker: Program, api_url: str, auth: str | None = None) -> None:
    """Wait until the server has heard of the worker.

    Raises:
        StackProblem: if it does not.
    """
    with httpx.Client(trust_env=False, base_url=api_url, timeout=30, auth=login(auth)) as client:
        worker.wait_until(lambda: _has_worker(client), _WORKER_SECONDS_MAX)


def _is_healthy(client: httpx.Client, api_url: str) -> bool:
    try:
        return client.get(f"{api_url}/health").status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _has_worker(client: httpx.Client) -> bool:
    answer = client.post(f"/work_pools/{WORK_POOL}/workers/filter", json={})
    return answer.status_code == httpx.codes.OK and any(worker["status"] == "ONLINE" for worker in answer.json())
