"""A desk with the command line on it: the workbench's systems in the environment, Prefect's API out of reach."""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from budget_export.app import main
from connectors.journal.records import ExportRecord
from tests.flows.bench_setting import CONFIG_FILE
from tests.flows.workbench import MONDAY, Workbench
from tests.keys import JOURNAL_KEY
from tests.people import Authenticator, enrolled_approver, enrolled_operator

# As the demo's configuration names him; the journal does not know him yet.
OWNER = "olivia.owner@example.com"
OPAL, ORSON = "opal.operator@example.com", "orson.operator@example.com"

# Wherever a command looks at the clock.
_CLOCKS = ("auditing", "authenticators", "deciding", "looking", "people", "reconciling", "sending")


@dataclass(frozen=True)
class Said:
    """What a command said, and the exit code it left with."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


@dataclass
class Desk:
    """The command line beside a workbench, with a clock that moves on by a minute with every command."""

    bench: Workbench
    capsys: pytest.CaptureFixture[str]
    at: datetime = MONDAY + timedelta(hours=1)

    def run(self, *arguments: str) -> Said:
        """Run a command, as a terminal does."""
        self.at += timedelta(minutes=1)
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        said = self.capsys.readouterr()
        code = left.value.code
        return Said(code if isinstance(code, int) else int(code is not None), said.out, said.err)

    def send(self, **how: Any) -> ExportRecord:
        """Send the budget now."""
        return self.bench.send(at=self.at, **how)

    def answer(self, export: ExportRecord, *how: Any, **more: Any) -> ExportRecord:
        """Answer the export's question now."""
        self.at += timedelta(minutes=1)
        return self.bench.answer(export, *how, at=self.at, **more)

    def exported(self) -> ExportRecord:
        return self.bench.verify(self.bench.apply(self.answer(self.send())))[0]

    def operator(self, email: str) -> Authenticator:
        """Enrol an operator."""
        phone = enrolled_operator(self.bench.journal, email, at=MONDAY)
        self.bench.phones[email] = phone
        return phone

    def approver(self, email: str, **facts: Any) -> Authenticator:
        """Enrol an approver."""
        phone = enrolled_approver(self.bench.journal, email, at=MONDAY, **facts)
        self.bench.phones[email] = phone
        return phone

    def code(self, email: str) -> str:
        """What the person's authenticator app will show when the next command runs."""
        return self.bench.phones[email].code(self.at + timedelta(minutes=1))

    def as_person(self, email: str, *arguments: str) -> Said:
        """Run a command in a person's name, with a right code."""
        return self.run(*arguments, "--by", email, "--code", self.code(email))


@pytest.fixture
def desk(bench: Workbench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    """A desk where everything but Prefect's API is within reach."""
    environment = {
        "PROCORE_LOGIN_URL": bench.procore.login_url,
        "PROCORE_API_URL": bench.procore.api_url,
        "PROCORE_CLIENT_ID": "sandbox-client",
        "PROCORE_CLIENT_SECRET": "sandbox-secret",
        "PROCORE_COMPANY_ID": "8089",
        "PROCORE_BUDGET_VIEW": "Vista Export",
        "VISTA_URL": bench.vista_url,
        "VISTA_COMPANY": "1",
        "JOURNAL_URL": bench.journal_url,
        "JOURNAL_KEY": JOURNAL_KEY,
        "EXPORT_CONFIG": str(CONFIG_FILE),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(bench.folder)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
    with temporary_settings({PREFECT_API_URL: nobody}):
        made = Desk(bench, capsys)
        for command in _CLOCKS:
            monkeypatch.setattr(f"budget_export.{command}.now", lambda: made.at)
        monkeypatch.setattr("tasks.telling_people.now", lambda: made.at)
        yield made
