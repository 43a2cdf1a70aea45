"""The sandboxes that are measured against: Procore in a process of its own, and fresh databases for every export."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pyotp
from pydantic import SecretStr

from connectors.journal.journal import Journal, open_journal
from connectors.journal.records import Actor, EnrolmentFacts, Role
from connectors.journal.vault import new_key
from connectors.settings import Settings, load_settings
from demo import processes
from demo.local_prefect import CHECKOUT
from sandbox.vista.build import build_vista

PROJECT = "7000"
SENDER = "priya.pm@example.com"
# The generated budget is above the demo configuration's limit, so two have to accept.
APPROVERS = ("alex.approver@example.com", "blake.controller@example.com")

JOURNAL_KEY = new_key()
# Environment variable with the approvers' telephones: the secret of each, as JSON.
_PHONES = "BENCHMARK_PHONES"
_OLGA = Actor(email="olga.operator@example.com")
_OMAR = Actor(email="omar.operator@example.com")
_START_SECONDS_MAX = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One empty Vista, one journal with two approvers, and the Procore that holds the budget."""

    vista_file: Path
    environment: dict[str, str]

    @property
    def settings(self) -> Settings:
        """The same as settings of the product."""
        return load_settings(environ=self.environment, env_file=None)

    def run(self, module: str, *arguments: str) -> Any:
        """Run a module in a new process against this site and return what it printed; its imports cost no export time.

        Raises:
            subprocess.CalledProcessError: if it fails.
        """
        done = subprocess.run(  # noqa: S603 - this very Python and our own modules
            [sys.executable, "-m", module, *arguments],
            cwd=CHECKOUT,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Procore:
    """A sandbox Procore with a generated budget, without rate limits."""

    lines: int
    address: str
    folder: Path

    def new_site(self, name: str) -> Site:
        """Build an empty Vista that has the budget's phases, and a journal."""
        folder = self.folder / name
        folder.mkdir()
        vista_file, journal_url = folder / "vista.sqlite3", f"sqlite:///{folder / 'journal.sqlite3'}"
        build_vista(f"sqlite:///{vista_file}", f"generated:{self.lines}")
        with open_journal(journal_url, JOURNAL_KEY) as journal:
            phones = {email: enrolled(journal, email) for email in APPROVERS}
        environment = {**self.environment(vista_file, journal_url), _PHONES: json.dumps(phones)}
        return Site(vista_file=vista_file, environment=environment)

    def raise_first_line(self) -> None:
        """Let somebody raise the budget's first line by a dollar, and lock the budget again."""
        with httpx.Client(base_url=f"{self.address}/sandbox", timeout=60, trust_env=False) as client:
            lines = client.get("/state").raise_for_status().json()["projects"][PROJECT]["lines"]
            number, line = next(iter(lines.items()))
            path = ["projects", int(PROJECT), "lines", int(number), "original_budget_amount"]
            raised = str(Decimal(line["original_budget_amount"]) + 1)
            client.post("/edit", json={"edits": [{"path": path, "value": raised}]}).raise_for_status()

    def environment(self, vista_file: Path, journal_url: str) -> dict[str, str]:
        """Write the settings of an installation around this Procore."""
        return {
            "PROCORE_LOGIN_URL": self.address,
            "PROCORE_API_URL": self.address,
            "PROCORE_CLIENT_ID": "sandbox-client",
            "PROCORE_CLIENT_SECRET": "sandbox-secret",
            "PROCORE_COMPANY_ID": "8089",
            "PROCORE_BUDGET_VIEW": "Vista Export",
            "VISTA_URL": f"sqlite:///{vista_file}",
            "VISTA_COMPANY": "1",
            "JOURNAL_URL": journal_url,
            "JOURNAL_KEY": JOURNAL_KEY,
            "EXPORT_CONFIG": str(CHECKOUT / "demo" / "export.toml"),
        }


@contextmanager
def procore_of(lines: int, folder: Path, state: Path | None = None) -> Iterator[Procore]:
    """Serve a budget of so many lines until the block ends, in another process: it shares no interpreter with us.

    With a file of a saved world, that world is served.
    """
    log = folder / "procore.log"
    seed = f"generated:{lines}"
    command = [sys.executable, "-m", "sandbox", "procore", "--unlimited", "--seed", seed, "--token-seconds", "86400"]
    command += ["--state", str(state)] if state else []
    program = processes.start("sandbox Procore", command, os.environ, folder, log)
    try:
        program.wait_until(lambda: _told(log) is not None, _START_SECONDS_MAX)
        yield Procore(lines=lines, address=_told(log) or "", folder=folder)
    finally:
        program.stop()


def code_of(email: str, environment: Mapping[str, str]) -> SecretStr:
    """Return the one-time code that an approver's app shows now; in a fresh journal it was never used."""
    return SecretStr(pyotp.TOTP(json.loads(environment[_PHONES])[email]).now())


def enrolled(journal: Journal, email: str, at: datetime | None = None) -> str:
    """Enrol an approver without a limit, now if no moment is given; return the secret of their app."""
    at, facts = at or datetime.now(UTC), EnrolmentFacts(email=email, role=Role.APPROVER, name=email)
    journal.request_enrolment(facts, by=_OLGA, reason="for the benchmark", at=at)
    secret = journal.confirm_enrolment(email, by=_OMAR, at=at).secret
    if secret is None:
        raise ValueError(f"expected a new secret for {email}, found none")
    return secret.get_secret_value()


def _told(log: Path) -> str | None:
    for line in log.read_text(errors="replace").splitlines():
        if line.startswith("{"):
            return str(json.loads(line)["api_url"])
    return None
