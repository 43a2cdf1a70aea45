"""The programs of the sandbox: Procore, the mail server, and a web server for report files.

Each takes a free port and says which in its log, so that nobody has to agree on one before.
"""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from demo import processes
from demo.processes import Program

_PROCORE_SECONDS_MAX = 60.0
_MAIL_SECONDS_MAX = 60.0
_REPORTS_SECONDS_MAX = 30.0

# What the sandbox Procore expects of a caller (sandbox/procore).
PROCORE_ACCOUNT = {
    "PROCORE_CLIENT_ID": "sandbox-client",
    "PROCORE_CLIENT_SECRET": "sandbox-secret",
    "PROCORE_COMPANY_ID": "8089",
    "PROCORE_BUDGET_VIEW": "Vista Export",
}
MAIL_FROM = "budget-export@example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcoreAddresses:
    """Where the sandbox Procore answers: its login, its API, and the switches of the sandbox itself."""

    login_url: str
    api_url: str
    control_url: str


def start_procore(environment: Mapping[str, str], seed: str, folder: Path, log: Path) -> Program:
    """Start the sandbox Procore with a seed; it is not ready yet."""
    command = ["-m", "sandbox", "procore", "--port", "0", "--seed", seed]
    return _start("sandbox Procore", command, environment, folder, log)


def wait_for_procore(program: Program) -> ProcoreAddresses:
    """Wait until the sandbox Procore answers.

    Raises:
        StackProblem: if it does not.
    """
    return ProcoreAddresses(**_told(program, _PROCORE_SECONDS_MAX))


def start_mail(environment: Mapping[str, str], mails: Path, folder: Path, log: Path) -> Program:
    """Start the mail server that keeps every mail in the folder `mails`; it is not ready yet."""
    command = ["-m", "sandbox", "mail", "--port", "0", "--folder", str(mails)]
    return _start("sandbox mail server", command, environment, folder, log)


def wait_for_mail(program: Program) -> str:
    """Wait until the mail server takes mails; return its address, for MAIL_SERVER.

    Raises:
        StackProblem: if it does not.
    """
    return str(_told(program, _MAIL_SECONDS_MAX)["mail_server"])


def kept_mails(mails: Path) -> tuple[EmailMessage, ...]:
    """Read the mails that were taken so far, in their order; each is whole."""
    files = sorted(mails.glob("*.eml"), key=lambda file: int(file.stem))
    return tuple(message_from_bytes(file.read_bytes(), EmailMessage, policy=policy.default) for file in files)


def start_reports(environment: Mapping[str, str], reports: Path, folder: Path, log: Path) -> Program:
    """Start Python's own web server on a folder; it is not ready yet."""
    reports.mkdir(exist_ok=True)
    command = ["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(reports)]
    return _start("report files", command, environment, folder, log)


def wait_for_reports(program: Program) -> str:
    """Wait until the web server answers; return its address.

    Raises:
        StackProblem: if it does not.
    """
    program.wait_until(lambda: _served_port(program.log) is not None, _REPORTS_SECONDS_MAX)
    return f"http://127.0.0.1:{_served_port(program.log)}"


def _start(name: str, command: list[str], environment: Mapping[str, str], folder: Path, log: Path) -> Program:
    # In a folder that was used before, the log would still tell the port of then.
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    return processes.start(name, [sys.executable, *command], environment, folder, log)


def _told(program: Program, seconds_max: float) -> dict[str, Any]:
    """Wait for the line of JSON with which a sandbox says that it is ready."""
    program.wait_until(lambda: _json_line(program.log) is not None, seconds_max)
    return _json_line(program.log) or {}


def _json_line(log: Path) -> dict[str, Any] | None:
    # A line that is still being written has no end yet.
    for line in log.read_text(errors="replace").splitlines(keepends=True):
        if line.startswith("{") and line.endswith("\n"):
            found: dict[str, Any] = json.loads(line)
            return found
    return None


def _served_port(log: Path) -> int | None:
    """Find the port that Python's own web server chose."""
    found = re.search(r" port (\d+) ", log.read_text(errors="replace"))
    return int(found.group(1)) if found else None
