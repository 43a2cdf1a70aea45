"""Everything the export needs, on this machine: sandbox Procore, sandbox Vista, a journal, a Prefect server and worker.

Used by `make demo` and by the tests. All ports are free ones, all files are in one folder, nothing outlives the block.
`python -m demo.stack` brings it up and waits for Ctrl-C.
"""

import json
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from connectors.journal.vault import new_key
from demo import local_prefect, processes
from demo.local_prefect import AS_SHIPPED, CHECKOUT, ServerSetUp
from demo.processes import Program, StackProblem
from tasks.prefect_set_up import WORK_POOL

_PROCORE_SECONDS_MAX = 60.0
_REPORTS_SECONDS_MAX = 30.0

# What the sandbox Procore expects of a caller (sandbox/procore).
_SANDBOX_ACCOUNT = {
    "PROCORE_CLIENT_ID": "sandbox-client",
    "PROCORE_CLIENT_SECRET": "sandbox-secret",
    "PROCORE_COMPANY_ID": "8089",
    "PROCORE_BUDGET_VIEW": "Vista Export",
}


class Part(StrEnum):
    """What can be left out. A worker needs deployments, and deployments need the server."""

    SANDBOX = "sandbox"
    SERVER = "server"
    DEPLOYMENTS = "deployments"
    WORKER = "worker"


EVERYTHING = frozenset(Part)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcoreAddresses:
    """Where the sandbox Procore answers: its login, its API, and the switches of the sandbox itself."""

    login_url: str
    api_url: str
    control_url: str


def _silent(_: str) -> None:
    return None


class LocalStack:
    """The whole stack in one folder, up inside a `with` block."""

    # Set on entry: the server's API, its user interface, and the sandbox Procore's addresses.
    prefect_api_url: str
    ui_url: str
    procore: ProcoreAddresses

    def __init__(
        self,
        folder: Path,
        *,
        parts: Collection[Part] = EVERYTHING,
        seed: str = "public_works",
        config: Path = CHECKOUT / "demo" / "export.toml",
        extra_environment: Mapping[str, str] | None = None,
        auth: str | None = None,
        set_up: ServerSetUp = AS_SHIPPED,
        tell: Callable[[str], None] = _silent,
    ) -> None:
        """Say what shall be brought up.

        Args:
            folder: where every file goes; the caller removes it. It may be one that a stack used before.
            parts: what to start.
            seed: of both sandboxes: "public_works" or "generated:<lines>".
            config: the export configuration (EXPORT_CONFIG).
            extra_environment: added to, and winning over, the environment of everything started.
            auth: "name:password" that the Prefect server asks everyone for; everything the stack starts knows it.
            set_up: figures of the Prefect server other than the shipped ones.
            tell: called with a line for people whenever something is up.
        """
        self.folder = folder.resolve()
        self.vista_url = f"sqlite:///{self.folder / 'vista.sqlite3'}"
        self.journal_url = f"sqlite:///{self.folder / 'journal.sqlite3'}"
        self.environment: dict[str, str] = {}
        self._parts = frozenset(parts)
        self._seed = seed
        self._config = config
        self._extra = dict(extra_environment or {})
        self._auth = auth
        self._set_up = set_up
        self._tell = tell
        self._running = ExitStack()
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        """Bring everything up; on a problem, or Ctrl-C, take down what was already up."""
        try:
            self._bring_up()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take everything down."""
        self.stop()

    def stop(self) -> None:
        """Take everything down, last come first served: the worker, the sandbox Procore, the server."""
        self._running.close()

    def deploy(self, folder: Path) -> None:
        """Deploy what the prefect.yaml in a folder names.

        Raises:
            StackProblem: if Prefect refuses it.
        """
        local_prefect.deploy(self.environment, folder, self._log("deploy"))

    def run_program(self, name: str, *command: str) -> str:
        """Run a program in the stack's environment and return what it said.

        Raises:
            StackProblem: if it fails.
        """
        return processes.run(name, command, self.environment, self.folder, self._log(name.replace(" ", "-")))

    def start_worker(self, extra_environment: Mapping[str, str] | None = None) -> Program:
        """Start a worker, another one beside what runs; it is taken down with the stack, and need not be ready yet."""
        environment = {**self.environment, **(extra_environment or {})}
        worker = local_prefect.start_worker(environment, self.folder / "worker", self._log("worker"))
        self._running.callback(worker.stop)
        return worker

    def _bring_up(self) -> None:
        self._began = time.monotonic()
        self.folder.mkdir(parents=True, exist_ok=True)
        home = self.folder / "prefect"
        settings = local_prefect.prefect_settings(home, local_prefect.free_port())
        self.prefect_api_url, self.ui_url = settings["PREFECT_API_URL"], settings["PREFECT_UI_URL"]
        self.environment = {**local_prefect.clean_environment(), **settings, **self._own_settings(), **self._extra}
        if self._auth:
            self.environment["PREFECT_API_AUTH_STRING"] = self._auth
        # The server takes longest and needs none of the others, so it starts first and is waited for last.
        server = self._start_server(home) if Part.SERVER in self._parts else None
        if Part.SANDBOX in self._parts:
            self._start_sandbox()
        if server:
            local_prefect.wait_for_server(server, self.prefect_api_url)
            self._up("Prefect server", self.ui_url)
            self._start_work()

    def _start_server(self, home: Path) -> Program:
        server = local_prefect.start_server(self.environment, home, self._log("server"), self._auth)
        self._running.callback(server.stop)
        return server

    def _start_sandbox(self) -> None:
        log = self._log("procore")
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")
        command = [sys.executable, "-m", "sandbox", "procore", "--port", "0", "--seed", self._seed]
        server = processes.start("sandbox Procore", command, self.environment, self.folder, log)
        self._running.callback(server.stop)
        self.run_program("sandbox Vista", sys.executable, "-m", "sandbox", "vista", *self._vista_options())
        self._up("Sandbox Vista", self.vista_url)
        server.wait_until(lambda: _addresses(log) is not None, _PROCORE_SECONDS_MAX)
        self.procore = ProcoreAddresses(**(_addresses(log) or {}))
        self.environment["PROCORE_LOGIN_URL"] = self.procore.login_url
        self.environment["PROCORE_API_URL"] = self.procore.api_url
        self._up("Sandbox Procore", self.procore.api_url)
        self._show_reports()

    def _show_reports(self) -> None:
        reports, log = self.folder / "reports", self._log("reports")
        reports.mkdir(exist_ok=True)
        command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(reports)]
        server = processes.start("report files", command, self.environment, self.folder, log)
        self._running.callback(server.stop)
        server.wait_until(lambda: _served_port(log) is not None, _REPORTS_SECONDS_MAX)
        self.environment["REPORTS_DIR"] = str(reports)
        self.environment["REPORTS_URL"] = f"http://127.0.0.1:{_served_port(log)}"

    def _start_work(self) -> None:
        if not self._parts & {Part.DEPLOYMENTS, Part.WORKER}:
            return
        local_prefect.set_up(self.prefect_api_url, self._auth, self._set_up)
        worker = self.start_worker() if Part.WORKER in self._parts else None
        if Part.DEPLOYMENTS in self._parts:
            self.deploy(CHECKOUT)
            self._tell(f"Flows are deployed ({self._seconds():.0f} s): prefect.yaml")
        if worker:
            local_prefect.wait_for_worker(worker, self.prefect_api_url, self._auth)
            self._up("Prefect worker", f"work pool {WORK_POOL}")

    def _own_settings(self) -> dict[str, str]:
        return {
            **_SANDBOX_ACCOUNT,
            "VISTA_URL": self.vista_url,
            "VISTA_COMPANY": "1",
            "JOURNAL_URL": self.journal_url,
            "JOURNAL_KEY": self._journal_key(),
            "EXPORT_CONFIG": str(self._config),
        }

    def _journal_key(self) -> str:
        """Return the key of this folder's journal, drawn the first time."""
        file = self.folder / "journal.key"
        if not file.exists():
            file.write_text(new_key(), encoding="utf-8")
        return file.read_text(encoding="utf-8")

    def _vista_options(self) -> tuple[str, ...]:
        return ("--url", self.vista_url, "--seed", self._seed)

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def _up(self, what: str, where: str) -> None:
        self._tell(f"{what} is up ({self._seconds():.0f} s): {where}")

    def _seconds(self) -> float:
        return time.monotonic() - self._began


def _addresses(log: Path) -> dict[str, Any] | None:
    """Find the line of JSON with which the sandbox Procore says that it is ready."""
    for line in log.read_text(errors="replace").splitlines():
        if line.startswith("{"):
            found: dict[str, Any] = json.loads(line)
            return found
    return None


def _served_port(log: Path) -> int | None:
    """Find the port that Python's own web server chose."""
    found = re.search(r" port (\d+)", log.read_text(errors="replace"))
    return int(found.group(1)) if found else None


def main() -> None:
    """Bring the stack up in .demo, say where everything is, and wait for Ctrl-C or SIGTERM."""
    enough = threading.Event()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: enough.set())
    folder = CHECKOUT / ".demo"
    try:
        with LocalStack(folder, tell=_say) as stack:
            _say(f"Everything is up. Prefect UI: {stack.ui_url}   Logs: {folder / 'logs'}   Ctrl-C ends it.")
            enough.wait()
    except KeyboardInterrupt:
        _say("Everything is down.")
    except StackProblem as problem:
        sys.exit(f"The local stack did not start: {problem}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
