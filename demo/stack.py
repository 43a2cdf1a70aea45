"""Everything the export needs, on this machine: sandboxes of Procore, Vista and mail, a journal, Prefect and a worker.

Used by `make demo` and by the tests. All ports are free ones, all files are in one folder, nothing outlives the block.
`python -m demo.stack` brings it up and waits for Ctrl-C.
"""

import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy.engine import make_url

from connectors.journal.vault import new_key
from demo import local_prefect, local_sandboxes, processes
from demo.local_prefect import AS_SHIPPED, CHECKOUT, ServerSetUp
from demo.local_sandboxes import MAIL_FROM, PROCORE_ACCOUNT, ProcoreAddresses
from demo.processes import Program, StackProblem
from tasks.prefect_set_up import WORK_POOL


class Part(StrEnum):
    """What can be left out. A worker needs deployments, and deployments need the server."""

    SANDBOX = "sandbox"
    MAIL = "mail"
    SERVER = "server"
    DEPLOYMENTS = "deployments"
    WORKER = "worker"


EVERYTHING = frozenset(Part)


def _silent(_: str) -> None:
    return None


def _nothing(_: "LocalStack") -> None:
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
            extra_environment: added to, and winning over, the environment of everything started. The sandbox Vista is
                built where VISTA_URL says, if it says anything.
            auth: "name:password" that the Prefect server asks everyone for; everything the stack starts knows it.
            set_up: how the Prefect server is set up, where not as usual.
            tell: called with a line for people whenever something is up.
        """
        self.folder = folder.resolve()
        self.journal_url = f"sqlite:///{self.folder / 'journal.sqlite3'}"
        self.environment: dict[str, str] = {}
        # Called once while the Prefect server starts and everything else is up, with what needs no server.
        self.meanwhile: Callable[[LocalStack], object] = _nothing
        self._parts = frozenset(parts)
        self._seed = seed
        self._config = config
        self._extra = dict(extra_environment or {})
        self.vista_url = self._extra.get("VISTA_URL") or f"sqlite:///{self.folder / 'vista.sqlite3'}"
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
        """Take everything down, last come first served: the worker, the sandboxes, the server."""
        self._running.close()

    def deploy(self, folder: Path) -> None:
        """Deploy what the prefect.yaml in a folder names.

        Raises:
            StackProblem: if Prefect refuses it.
        """
        local_prefect.deploy(self.environment, folder, self._log("deploy"))
        if not self._set_up.schedules:
            local_prefect.pause_schedules(self.prefect_api_url, self._auth)

    def run_program(self, name: str, *command: str) -> str:
        """Run a program in the stack's environment and return what it said.

        Raises:
            StackProblem: if it fails.
        """
        return processes.run(name, command, self.environment, self.folder, self._log(name.replace(" ", "-")))

    def mails(self) -> tuple[EmailMessage, ...]:
        """Return the mails that were sent so far, in their order; to whom each was sent is its Delivered-To."""
        return local_sandboxes.kept_mails(self.folder / "mails")

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
        # Who names another mail server, or none, means it.
        if Part.MAIL in self._parts and "MAIL_SERVER" not in self._extra:
            self._start_mail()
        if Part.SANDBOX in self._parts:
            self._start_sandbox()
        self.meanwhile(self)
        if server:
            local_prefect.wait_for_server(server, self.prefect_api_url)
            self._up("Prefect server", self.ui_url)
            self._start_work()

    def _start_server(self, home: Path) -> Program:
        server = local_prefect.start_server(self.environment, home, self._log("server"), self._auth)
        self._running.callback(server.stop)
        return server

    def _start_mail(self) -> None:
        mails = self.folder / "mails"
        server = local_sandboxes.start_mail(self.environment, mails, self.folder, self._log("mail"))
        self._running.callback(server.stop)
        address = local_sandboxes.wait_for_mail(server)
        self.environment.update({"MAIL_SERVER": address, "MAIL_FROM": MAIL_FROM})
        self._up("Sandbox mail server", f"{address}, which keeps every mail in {mails}")

    def _start_sandbox(self) -> None:
        server = local_sandboxes.start_procore(self.environment, self._seed, self.folder, self._log("procore"))
        self._running.callback(server.stop)
        self.run_program("sandbox Vista", sys.executable, "-m", "sandbox", "vista", *self._vista_options())
        self._up("Sandbox Vista", make_url(self.vista_url).render_as_string(hide_password=True))
        self.procore = local_sandboxes.wait_for_procore(server)
        self.environment["PROCORE_LOGIN_URL"] = self.procore.login_url
        self.environment["PROCORE_API_URL"] = self.procore.api_url
        self._up("Sandbox Procore", self.procore.api_url)
        self._show_reports()

    def _show_reports(self) -> None:
        reports = self.folder / "reports"
        server = local_sandboxes.start_reports(self.environment, reports, self.folder, self._log("reports"))
        self._running.callback(server.stop)
        self.environment["REPORTS_DIR"] = str(reports)
        self.environment["REPORTS_URL"] = local_sandboxes.wait_for_reports(server)

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
            **PROCORE_ACCOUNT,
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


def main() -> None:
    """Bring the stack up in .demo, say where everything is, and wait for Ctrl-C or SIGTERM."""
    enough = threading.Event()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: enough.set())
    folder = CHECKOUT / ".demo"
    try:
        with LocalStack(folder, set_up=ServerSetUp(schedules=True), tell=_say) as stack:
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
