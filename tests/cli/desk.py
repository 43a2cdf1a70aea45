"""A desk with the command line on it: the workbench's systems in the environment, Prefect's API out of reach."""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from budget_export.app import main
from connectors.journal.records import ExportRecord
from tests.flows.bench_setting import CONFIG_FILE
from tests.flows.workbench import Workbench


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
    """The command line beside a workbench."""

    bench: Workbench
    capsys: pytest.CaptureFixture[str]

    def run(self, *arguments: str) -> Said:
        """Run a command, as a terminal does."""
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        said = self.capsys.readouterr()
        code = left.value.code
        return Said(code if isinstance(code, int) else int(code is not None), said.out, said.err)

    def send(self, **how: Any) -> ExportRecord:
        """Send the budget now: the commands look at the real clock."""
        return self.bench.send(at=datetime.now(UTC), **how)

    def exported(self) -> ExportRecord:
        bench = self.bench
        return bench.verify(bench.apply(bench.answer(self.send(), at=datetime.now(UTC))))[0]


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
        "EXPORT_CONFIG": str(CONFIG_FILE),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(bench.folder)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
    with temporary_settings({PREFECT_API_URL: nobody}):
        yield Desk(bench, capsys)
