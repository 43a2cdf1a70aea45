"""The stack that is attacked: its server and worker can be taken hold of, and there is a budget for each attack."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx

from demo import local_prefect
from demo.processes import Program
from demo.stack import LocalStack
from jobcost.formats import formatted
from sandbox.procore.seed import world_from
from sandbox.procore.storage import save

SEED = "generated:6"
LINES = 6
FIRST_PROJECT = 7000
PROJECTS = 40
APPROVERS = 80
SECONDS_MAX = 150.0


def until(happened: Callable[[], bool], what: Callable[[], object]) -> None:
    """Wait until something has happened; `what` tells how things are when it has not."""
    give_up_at = time.monotonic() + SECONDS_MAX
    while not happened():
        assert time.monotonic() < give_up_at, f"not within {SECONDS_MAX:.0f} seconds: {what()}"
        time.sleep(0.1)


class Besieged(LocalStack):
    """A local stack whose server and worker can be taken hold of."""

    server: Program
    worker: Program

    def start_worker(self, extra_environment: Mapping[str, str] | None = None) -> Program:
        self.worker = super().start_worker(extra_environment)
        return self.worker

    def restart_server(self) -> None:
        """Stop the Prefect server and start another one on the same database and port."""
        self.server.stop()
        self._start_server(self.folder / "prefect")
        local_prefect.wait_for_server(self.server, self.prefect_api_url)

    def _start_server(self, home: Path) -> Program:
        self.server = super()._start_server(home)
        return self.server

    def rest_procore(self) -> None:
        """Let an hour pass for Procore alone: all these attacks together ask it more than its limits allow."""
        url = f"{self.procore.control_url}/sandbox/clock"
        httpx.post(url, json={"seconds": 3600}, trust_env=False).raise_for_status()

    def settle(self) -> None:
        """Give the server the moment in which it writes the last logs and events down."""
        time.sleep(3)

    @contextmanager
    def worker_held(self) -> Iterator[None]:
        """Let the worker start nothing meanwhile."""
        os.kill(self.worker.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.worker.process.pid, signal.SIGCONT)

    def in_prefects_database(self, statement: str, *given: object) -> int:
        """Change what Prefect stored, as only somebody with its database can; return how many rows."""
        with closing(sqlite3.connect(self.folder / "prefect" / "prefect.db", timeout=60)) as connection, connection:
            return connection.execute(statement, given).rowcount


def prepare_world(stack: Besieged) -> None:
    """Give the sandboxes a project and a job for each attack, and Procore's directory an approver for each."""
    world = world_from(SEED)
    project = world.projects[FIRST_PROJECT]
    accountant = next(user for user in world.users if user.erp_integrated_accountant)
    for number in range(1, PROJECTS):
        job = f"GEN-{number + 1:04}"
        other = replace(project, id=FIRST_PROJECT + number, origin_code=job, origin_id=job, project_number=job)
        world.projects[other.id] = other
    for number in range(1, APPROVERS):
        email = f"approver{number}@example.com"
        world.users.append(replace(accountant, id=900_000 + number, email_address=email))
    file = stack.folder / "world.json"
    save(world, file)
    httpx.post(
        f"{stack.procore.control_url}/sandbox/load", json={"file": str(file)}, trust_env=False
    ).raise_for_status()
    with closing(sqlite3.connect(stack.folder / "vista.sqlite3", isolation_level=None)) as vista:
        columns = [row[1] for row in vista.execute("PRAGMA table_info(bJCJM)") if row[1] not in {"KeyID", "Job"}]
        names = ", ".join(columns)
        for number in range(1, PROJECTS):
            # The names are the sandbox's own.
            copied = f"INSERT INTO bJCJM (Job, {names}) SELECT ?, {names} FROM bJCJM ORDER BY KeyID LIMIT 1"
            vista.execute(copied, [formatted("5L-4RN", f"GEN-{number + 1:04}")])
