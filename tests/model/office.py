"""The real thing: the product's steps on the sandboxes and a journal, in files of one's own, and what people do there.

No Prefect, no socket, no waiting. A sequence starts from copies of files that were built once.
"""

import copy
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import event

from connectors.config_file import load_config
from connectors.journal import Journal, migrate
from connectors.procore.access import ProcoreAccess
from connectors.procore.http import HttpProcore
from connectors.vista.sql import SqlVista
from jobcost.acceptance import Answer
from jobcost.config import ExportConfig
from jobcost.lifecycle import ExportState
from sandbox.procore.budget_rules import moved_amounts
from sandbox.procore.clock import Clock
from sandbox.procore.limits import UNLIMITED
from sandbox.procore.sandbox import Sandbox
from sandbox.procore.seed import add_code
from sandbox.procore.world import Project, World
from sandbox.vista.build import build_vista
from tasks.steps import decide
from tasks.systems import Systems
from tests.flows.watch import Watched
from tests.keys import JOURNAL_KEY
from tests.model.direct import DirectProcore
from tests.model.looks import figures_that_disagree, held_by
from tests.model.seam import Seam
from tests.model.values import Budget, Change, Export, Job, Key, Line
from tests.people import Authenticator, enrolled_approver, enrolled_operator

CONFIG_FILE = Path(__file__).parents[2] / "demo" / "export.toml"
PRIYA, OPAL = "priya.pm@example.com", "opal.operator@example.com"
ALEX, BLAKE = "alex.approver@example.com", "blake.controller@example.com"
# Nine in the morning in the company's time zone, so that a day is the same day everywhere.
MONDAY = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
PROJECT = 7000
JOB = "GEN-0001"
# Procore's budget codes, and what they are in Vista. The first six are in the budget at the start.
CODES: dict[str, Key] = {
    "1000-100.L": ("1000-100", 1),
    "1000-101.M": ("1000-101", 2),
    "1000-102.S": ("1000-102", 3),
    "1000-103.E": ("1000-103", 4),
    "1000-104.O": ("1000-104", 5),
    "1000-105.L": ("1000-105", 1),
    "1000-106.M": ("1000-106", 2),
    "1000-107.S": ("1000-107", 3),
    "1000-100.M": ("1000-100", 2),
}
CODE_OF = {key: code for code, key in CODES.items()}
_ADDRESS = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Snapshot:
    """A moment to start sequences from: copies of both files, Procore's world, and the clock."""

    folder: Path
    world: World
    at: datetime
    phones: dict[str, Authenticator]


class StoppedClock(Clock):
    """Procore's time, which passes only when somebody waits: no sequence depends on how long it takes."""

    def now(self) -> float:
        return MONDAY.timestamp() + self.ahead


class Office:
    """Both systems, the journal and the people; one for all sequences of a process."""

    def __init__(self, folder: Path, policy: str) -> None:
        self.folder, self.at, self.seam = folder, MONDAY, Seam()
        self.sandbox = Sandbox(seed="generated:6", limits=UNLIMITED, clock=StoppedClock())
        self._direct = DirectProcore(self.sandbox)
        config = load_config(CONFIG_FILE).model_dump()
        config["changes"]["policy"] = policy
        self.config = ExportConfig.model_validate(config)
        folder.mkdir(parents=True, exist_ok=True)
        _add_codes(self.sandbox)
        # Two phases more than the budget has, for lines that are added.
        build_vista(self.vista_url, "generated:8")
        migrate(self._journal_url, JOURNAL_KEY)
        self._vista = SqlVista(
            self.vista_url, 1, lock_timeout_seconds=1, checkpoint=lambda name: self.seam.see(f"at vista.{name}")
        )
        # Connections of this process share what they read of the schema: reading it took a third of a sequence's time.
        event.listen(self._vista._engine, "do_connect", self._connected_to_vista)
        self.journal = Journal(self._journal_url, JOURNAL_KEY)
        self.phones = {email: enrolled_approver(self.journal, email, at=MONDAY) for email in (ALEX, BLAKE)}
        enrolled_operator(self.journal, OPAL, at=MONDAY)
        self._eyes: list[sqlite3.Connection] = []
        self._held: tuple[int, Job] | None = None
        self.open_anew()

    @property
    def vista_url(self) -> str:
        return f"sqlite:///{self.folder / 'vista.db'}"

    @property
    def _journal_url(self) -> str:
        return f"sqlite:///{self.folder / 'journal.db'}"

    @property
    def project(self) -> Project:
        return self.sandbox.world.projects[PROJECT]

    # A sequence's beginning and end ----------------------------------------------------------------------------------

    def open_anew(self) -> None:
        """Open everything as a new process does: no connection, no token and nothing read is left of the one before."""
        self.journal.close()
        self._vista.close()
        self.sandbox.tokens.clear()
        clock = self.sandbox.clock
        procore = HttpProcore(_access(self.sandbox), transport=self._direct, sleep=clock.advance, now=clock.now)
        self.systems = Systems(
            procore=_watched("procore", procore, self.seam),
            vista=_watched("vista", self._vista, self.seam),
            journal=_watched("journal", self.journal, self.seam),
            config=self.config,
            reports=None,
            procore_company_id=8089,
            jcco=1,
        )

    def keep(self, folder: Path) -> Snapshot:
        """Keep the present moment."""
        self.close_eyes()
        self.journal.close()
        folder.mkdir(parents=True)
        for name in ("vista.db", "journal.db"):
            shutil.copyfile(self.folder / name, folder / name)
        return Snapshot(folder, copy.deepcopy(self.sandbox.world), self.at, copy.deepcopy(self.phones))

    def go_back_to(self, snapshot: Snapshot) -> None:
        """Let everything be as it was at that moment."""
        self.close_eyes()
        self.journal.close()
        for name in ("vista.db", "journal.db"):
            shutil.copyfile(snapshot.folder / name, self.folder / name)
        self.sandbox.world = copy.deepcopy(snapshot.world)
        self.sandbox.faults.clear()
        self.sandbox.requests.clear()
        self.sandbox.clock.ahead = 0.0
        self.at = snapshot.at
        self.phones = copy.deepcopy(snapshot.phones)
        self.seam.set(None)
        self.open_anew()

    def later(self, by: timedelta = timedelta(minutes=1)) -> datetime:
        """Let time pass. Each act has a minute of its own: a one-time code counts once."""
        self.at += by
        return self.at

    # What is looked at -----------------------------------------------------------------------------------------------

    def _connected_to_vista(self, _dialect: object, _record: object, _given: object, named: Any) -> sqlite3.Connection:
        self.eyes()
        connection: sqlite3.Connection = sqlite3.connect(self._file("vista.db", "cache=shared"), uri=True, **named)
        return connection

    def _file(self, name: str, options: str) -> str:
        return f"file:{self.folder / name}?{options}"

    def eyes(self) -> tuple[sqlite3.Connection, sqlite3.Connection]:
        """Connections to Vista's and the journal's files, past all connectors, that only look."""
        if not self._eyes:
            for name, options in (("vista.db", "cache=shared"), ("journal.db", "mode=ro")):
                self._eyes.append(sqlite3.connect(self._file(name, options), uri=True))
        return self._eyes[0], self._eyes[1]

    def close_eyes(self) -> None:
        self._held = None
        while self._eyes:
            self._eyes.pop().close()

    def budget(self) -> Budget:
        """Procore's budget as people see it."""
        project = self.project
        codes = {wbs_code.id: CODES[wbs_code.flat_code] for wbs_code in project.wbs_codes.values()}
        moved = moved_amounts(project)
        return Budget(
            is_locked=project.locked,
            lines={
                codes[line.wbs_code_id]: Line(
                    line.id, line.original_budget_amount, moved.get(line.wbs_code_id, Decimal(0))
                )
                for line in project.lines.values()
            },
            changes=tuple(
                Change(
                    one.id, one.number, one.status, {codes[line.wbs_code_id]: line.amount for line in one.adjustments}
                )
                for one in project.changes.values()
            ),
        )

    def held(self) -> Job:
        """What Vista holds of the job, read again only if somebody wrote."""
        vista = self.eyes()[0]
        ((version,),) = vista.execute("PRAGMA data_version").fetchall()
        if self._held is None or self._held[0] != version:
            problems = tuple(figures_that_disagree(vista))
            assert not problems, f"Vista's own figures disagree: {problems}"
            self._held = (version, held_by(vista))
        return self._held[1]

    def journal_rows(self) -> dict[str, tuple[str, str]]:
        """Flow run -> id and state of its latest export."""
        rows = self.eyes()[1].execute("SELECT flow_run_id, id, state FROM export ORDER BY created_at").fetchall()
        return {run: (export_id, state) for run, export_id, state in rows}

    def state_of(self, export: Export) -> ExportState:
        return ExportState(self.journal_rows()[export.run][1])

    def is_returned(self, export_id: str) -> bool:
        """The journal says that the budget is editable in Procore again."""
        query = "SELECT budget_returned_at IS NOT NULL FROM export WHERE id = ?"
        ((is_returned,),) = self.eyes()[1].execute(query, (export_id,)).fetchall()
        return bool(is_returned)

    def what_is_written_in_procore(self) -> str:
        """Everything of the project but its lock, to be compared."""
        project = self.project
        return repr((project.lines, project.changes, project.modifications, project.unbudgeted))

    # What people type ------------------------------------------------------------------------------------------------

    def answer(self, export_id: str, decision: str, **typed: Any) -> None:
        """Have somebody answer the present question of an export; with a right code, if they have any."""
        record = self.journal.export(export_id)
        approver = typed.pop("approver")
        phone = self.phones.get(approver)
        one_time_code = typed.pop("one_time_code", "") or (phone.code(self.at) if phone else "000000")
        answer = Answer(
            decision=decision,
            approver=approver,
            plan_code=typed.pop("plan_code", record.plan_code or ""),
            code=SecretStr(one_time_code),
            reason=typed.pop("reason", ""),
            **typed,
        )
        decide.take_answer(self.systems, export_id, record.ask, decide.Given(answer=answer), self.at)

    def in_vista(self, statement: str, *values: object) -> None:
        """Do by raw means what no form of the sandbox's people does."""
        with closing(sqlite3.connect(self.folder / "vista.db", isolation_level=None)) as connection:
            connection.execute(statement, values)


def _watched(name: str, system: object, seam: Seam) -> Any:
    return Watched(name, system, seam)  # type: ignore[arg-type] # it sees moments as that one's own watch does


def _add_codes(sandbox: Sandbox) -> None:
    project = sandbox.world.projects[PROJECT]
    known = {wbs_code.flat_code for wbs_code in project.wbs_codes.values()}
    for flat_code in CODES.keys() - known:
        code, _, kind = flat_code.rpartition(".")
        add_code(sandbox.world, project, code, f"Item {flat_code}", kind)


def _access(sandbox: Sandbox) -> ProcoreAccess:
    client = sandbox.world.client
    return ProcoreAccess(
        login_url=_ADDRESS,
        api_url=_ADDRESS,
        client_id=client.id,
        client_secret=SecretStr(client.secret),
        company_id=8089,
        budget_view="Vista Export",
        quantity_column="Budgeted Quantity",
        uom_column="Unit of Measure",
        hours_column="Budgeted Hours",
    )
