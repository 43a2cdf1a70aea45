"""An installation with two pairs of companies, north and south: two Procores, two Vistas, one journal, two profiles.

Both have a project of the same number, linked to a job of the same code, so that nothing but the companies keeps them
apart.
"""

import itertools
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.journal import Journal, open_journal
from connectors.journal.records import ExportRecord
from jobcost.acceptance import ACCEPT, REJECT, Answer
from jobcost.plan import Kind
from sandbox.procore.limits import UNLIMITED
from sandbox.procore.running import RunningProcore, running_procore
from sandbox.vista.build import build_vista
from tasks.steps import apply, decide, propose, verify
from tasks.systems import open_systems
from tests.flows.bench_setting import CONFIG_FILE
from tests.flows.vista_looks import Rows, rows_of
from tests.flows.workbench import ALEX, BLAKE, MONDAY, PRIYA, SMALL
from tests.keys import JOURNAL_KEY
from tests.people import Authenticator, enrolled_approver

PROJECT = "7000"
# Profile -> Procore company, Vista company.
PAIRS = {"north": (8089, 1), "south": (9090, 2)}
OTHER = {"north": "south", "south": "north"}


@dataclass
class Twins:
    """Both companies, and what people do in them. Every step opens the systems anew, as a flow does."""

    folder: Path
    procores: dict[str, RunningProcore]
    journal: Journal
    phones: dict[str, Authenticator]
    # What both share, for another process; the environment itself names no company.
    environment: dict[str, str]
    at: datetime = MONDAY
    _runs: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def write_profile(self, name: str, *, like: str = "", **changes: str) -> Path:
        """Write a profile's file, with the companies of another one if asked for."""
        procore, (company, jcco) = self.procores[like or name], PAIRS[like or name]
        values = {
            "PROCORE_LOGIN_URL": procore.login_url,
            "PROCORE_API_URL": procore.api_url,
            "PROCORE_COMPANY_ID": str(company),
            "VISTA_URL": f"sqlite:///{self.vista_file(like or name)}",
            "VISTA_COMPANY": str(jcco),
        } | changes
        file = self.folder / "profiles" / f"{name}.env"
        file.write_text("\n".join(f"{key}={value}" for key, value in values.items()), encoding="utf-8")
        return file

    def vista_file(self, name: str) -> Path:
        return self.folder / f"vista-{name}.db"

    def rows(self, name: str) -> Rows:
        """Everything in a company's Vista."""
        return rows_of(self.vista_file(name))

    def estimates(self, name: str) -> list[tuple[int, str]]:
        """JCCo and amount of every line in a company's Vista."""
        with closing(sqlite3.connect(self.vista_file(name))) as connection:
            return connection.execute("SELECT JCCo, OrigCost FROM JCCH ORDER BY Phase, CostType").fetchall()

    def later(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at

    def send(self, profile: str, *, run: str = "", kind: Kind = Kind.SETUP, continue_export: str = "") -> ExportRecord:
        sending = propose.Sending(
            kind=kind,
            project=PROJECT,
            submitted_by=PRIYA,
            lock_budget=True,
            flow_run_id=run or f"run-{next(self._runs)}",
            continue_export=continue_export,
        )
        with open_systems(profile) as systems:
            return propose.propose(systems, sending, self.later())

    def accept(self, profile: str, export: ExportRecord, approver: str = ALEX) -> ExportRecord:
        return self._answer(profile, export, approver, ACCEPT, "")

    def reject(self, profile: str, export: ExportRecord, approver: str = ALEX) -> ExportRecord:
        return self._answer(profile, export, approver, REJECT, "Line 3 is missing.")

    def _answer(self, profile: str, export: ExportRecord, approver: str, decision: str, reason: str) -> ExportRecord:
        at = self.later()
        answer = Answer(
            decision=decision,
            approver=approver,
            plan_code=export.plan_code or "",
            code=SecretStr(self.phones[approver].code(at)),
            reason=reason,
        )
        with open_systems(profile) as systems:
            return decide.take_answer(systems, export.id, export.ask, decide.Given(answer=answer), at)

    def apply(self, profile: str, export: ExportRecord) -> ExportRecord:
        with open_systems(profile) as systems:
            return apply.apply_plan(systems, export.id, self.later())

    def verify(self, profile: str, export: ExportRecord) -> ExportRecord:
        with open_systems(profile) as systems:
            return verify.verify_export(systems, export.id, self.later())[0]

    def exported(self, profile: str) -> ExportRecord:
        """Take a company's budget the whole way."""
        sent = self.accept(profile, self.send(profile))
        return self.verify(profile, self.apply(profile, sent))

    def enrol(self, email: str, *companies: int) -> None:
        self.phones[email] = enrolled_approver(self.journal, email, at=MONDAY, companies=companies)


@pytest.fixture(scope="module")
def procores() -> Iterator[dict[str, RunningProcore]]:
    with running_procore(SMALL, UNLIMITED) as north, running_procore(SMALL, UNLIMITED) as south:
        yield {"north": north, "south": south}


@pytest.fixture(scope="module")
def vistas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both Vistas, built once and copied for each test."""
    folder = tmp_path_factory.mktemp("vistas")
    for name, (_, jcco) in PAIRS.items():
        build_vista(f"sqlite:///{folder / f'vista-{name}.db'}", SMALL, jcco=jcco)
    return folder


@pytest.fixture
def twins(
    procores: dict[str, RunningProcore], vistas: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Twins]:
    """Both companies, with nothing exported; Alex and Blake decide for either."""
    for name, (company, _) in PAIRS.items():
        procores[name].sandbox.reset(SMALL)
        procores[name].state.company.id = company
        shutil.copyfile(vistas / f"vista-{name}.db", tmp_path / f"vista-{name}.db")
    (tmp_path / "profiles").mkdir()
    shared = {
        "JOURNAL_URL": f"sqlite:///{tmp_path / 'journal.db'}",
        "JOURNAL_KEY": JOURNAL_KEY,
        "PROFILES_DIR": str(tmp_path / "profiles"),
        "EXPORT_CONFIG": str(CONFIG_FILE),
        "PROCORE_BUDGET_VIEW": "Vista Export",
        "PROCORE_CLIENT_ID": "sandbox-client",
        "PROCORE_CLIENT_SECRET": "sandbox-secret",
        "PROCORE_COMPANY_ID": "",
        "VISTA_COMPANY": "",
    }
    for key, value in shared.items():
        monkeypatch.setenv(key, value)
    monkeypatch.chdir(tmp_path)
    with open_journal(shared["JOURNAL_URL"], JOURNAL_KEY) as journal:
        made = Twins(folder=tmp_path, procores=procores, journal=journal, phones={}, environment=shared)
        for email in (ALEX, BLAKE):
            made.enrol(email)
        for name in PAIRS:
            made.write_profile(name)
        yield made
