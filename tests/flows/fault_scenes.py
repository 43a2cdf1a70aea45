"""The scenes between the steps of an export: each is played once, kept, and laid out again for every case.

A scene is a Procore, a Vista and a journal after some steps of a setup or an update.
"""

import copy
import hashlib
import itertools
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
from pydantic import SecretStr

from connectors.journal import Journal
from connectors.journal.records import ExportRecord, Verdict
from connectors.procore.http import HttpProcore
from connectors.vista.sql import SqlVista
from jobcost.config import ExportConfig
from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from sandbox.procore import people
from sandbox.procore.running import RunningProcore
from sandbox.procore.sandbox import RequestSeen
from sandbox.procore.world import World
from sandbox.vista import people as vista_people
from tasks.systems import Systems
from tests.contract.procore_caller import UNUSED_TLS
from tests.flows.bench_setting import Templates, access_to, set_up
from tests.flows.vista_looks import Rows, rows_of
from tests.flows.workbench import SMALL, Workbench
from tests.keys import JOURNAL_KEY
from tests.people import Authenticator

# The phases of the rows that the fault "row_inserted_after" puts into the budget.
INSERTED = {f"0-INSERTED-{number}": f"1000-{200 + number}" for number in range(1, 31)}
ADDED = "1000-110"
REASON = "Line 1000-103 belongs to the client."
ACCEPTED_WAY = ("send", "accept", "apply", "verify")
REJECTED_WAY = ("send", "reject", "give_back")
# More sendings, answers and runs than one scene sees, so that those of a later one are later.
_APART = 20


@dataclass(frozen=True)
class Act:
    """One step of an export of one kind, and the steps that were taken before it."""

    kind: Kind
    before: tuple[str, ...]
    step: str

    @property
    def way(self) -> tuple[str, ...]:
        return (*self.before, self.step)

    @property
    def is_on_the_way_back(self) -> bool:
        return "reject" in self.way

    def __str__(self) -> str:
        return f"{self.kind}: {self.step}"


def acts_of(kind: Kind) -> list[Act]:
    """Every step of every way that an export of this kind can go."""
    ways = {way[:count] for way in (ACCEPTED_WAY, REJECTED_WAY) for count in range(1, len(way) + 1)}
    return [Act(kind, way[:-1], way[-1]) for way in sorted(ways, key=lambda way: (len(way), way))]


def run_of(kind: Kind) -> str:
    """The flow run that carries the export of a kind."""
    return f"{kind} run"


@dataclass(frozen=True)
class Outcome:
    """What an export and everything around it have come to: where two are equal, all goes on in the same way."""

    kind: Kind
    state: ExportState
    ask: int
    digest: str
    # Verdicts that counted, in order.
    verdicts: tuple[Verdict, ...]
    is_given_back: bool
    # Kind and state of every other export there is.
    others: tuple[tuple[str, str], ...]
    vista: str
    procore: str

    @classmethod
    def of(cls, bench: Workbench, record: ExportRecord, rows: Rows) -> "Outcome":
        verdicts = tuple(row.verdict for row in bench.journal.decisions(record.id))
        with closing(sqlite3.connect(bench.folder / "journal.db")) as connection:
            others = connection.execute("SELECT kind, state FROM export WHERE id != ? ORDER BY rowid", [record.id])
            return cls(
                kind=record.kind,
                state=record.state,
                ask=record.ask,
                digest=bench.journal.plan(record.id).digest if record.plan_code else "",
                verdicts=tuple(one for one in verdicts if one is not Verdict.REFUSED),
                is_given_back=record.budget_returned_at is not None,
                others=tuple(others.fetchall()),
                vista=str(timeless(rows)),
                procore=str(bench.project),
            )


def timeless(rows: Rows) -> Rows:
    """Leave out when Vista's audit noted something: it looks at the clock."""
    return rows | {"bHQMA": [(*row[:-2], row[-1]) for row in rows["bHQMA"]]}


@dataclass(frozen=True)
class Scene:
    """What there is after some steps; what the last of them asked of Procore, and what it came to."""

    folder: Path
    world: World
    secrets: dict[str, SecretStr]
    number: int
    config: ExportConfig
    requests: tuple[RequestSeen, ...] = ()
    outcome: Outcome | None = None


class Impatient(httpx.HTTPTransport):
    """Waits shortly for the answers to some requests of one path: those of which it is known that none comes."""

    def __init__(self, method: str, path: str, numbers: range, seconds: float) -> None:
        super().__init__(verify=UNUSED_TLS)
        self._meant, self._numbers, self._seconds = (method, path), numbers, seconds
        self._count = itertools.count()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if (request.method, request.url.path) == self._meant and next(self._count) in self._numbers:
            request.extensions["timeout"] |= {"read": self._seconds}
        return super().handle_request(request)


@dataclass
class Scenes:
    """All scenes that were needed so far."""

    server: RunningProcore
    templates: Templates
    folder: Path
    # Opened once: a connection that is closed is opened anew when it is wanted, and its statements stay compiled.
    vista: SqlVista
    journal: Journal
    _rows: dict[bytes, Rows] = field(default_factory=dict)
    _kept: dict[tuple[Kind, tuple[str, ...]], Scene] = field(default_factory=dict)

    @property
    def present(self) -> Path:
        """The folder of the scene that is laid out."""
        return self.folder / "present"

    def after(self, kind: Kind, way: tuple[str, ...]) -> Scene:
        """Find the scene after these steps; they are taken, undisturbed, when it is wanted first."""
        if (kind, way) not in self._kept:
            self._kept[kind, way] = self._played(kind, way) if way else self._start(kind)
        return self._kept[kind, way]

    @contextmanager
    def laid_out(self, scene: Scene) -> Iterator[Workbench]:
        """Lay a scene out anew, in a folder of its own."""
        self.server.sandbox.reset(SMALL)
        self.server.sandbox.world = copy.deepcopy(scene.world)
        self.vista.close()
        self.journal.close()
        shutil.copytree(scene.folder, self.present, dirs_exist_ok=True)
        with self.procore() as procore:
            systems = Systems(
                procore=procore,
                vista=self.vista,
                journal=self.journal,
                config=scene.config,
                reports=None,
                procore_company_id=8089,
                jcco=1,
            )
            yield Workbench(
                procore=self.server,
                systems=systems,
                folder=self.present,
                seed=SMALL,
                phones={email: Authenticator(secret) for email, secret in scene.secrets.items()},
                _runs=itertools.count(scene.number * _APART),
                _answers=itertools.count(scene.number * _APART),
                _sendings=itertools.count(scene.number * _APART),
            )

    def vista_rows(self) -> Rows:
        """Everything in every table of the Vista that is laid out. The same file is not read twice."""
        content = hashlib.sha256((self.present / "vista.db").read_bytes()).digest()
        if content not in self._rows:
            self._rows[content] = rows_of(self.present / "vista.db")
        return self._rows[content]

    def outcome(self, bench: Workbench, record: ExportRecord) -> Outcome:
        """Say what an export has come to."""
        return Outcome.of(bench, record, self.vista_rows())

    def procore(self, transport: httpx.BaseTransport | None = None) -> HttpProcore:
        """Open another connection, which logs in anew."""
        clock = self.server.clock
        return HttpProcore(
            access_to(self.server),
            transport=transport or httpx.HTTPTransport(verify=UNUSED_TLS),
            sleep=clock.advance,
            now=clock.now,
        )

    def _played(self, kind: Kind, way: tuple[str, ...]) -> Scene:
        before = self.after(kind, way[:-1])
        with self.laid_out(before) as bench:
            record = take(bench, kind, way[-1], bench.journal.export_of_flow_run(run_of(kind)))
            scene = self._kept_from(bench, before.number + 1)
            requests, outcome = tuple(bench.procore.requests), self.outcome(bench, record)
            return replace(scene, requests=requests, outcome=outcome)

    def _start(self, kind: Kind) -> Scene:
        """A budget that nobody has sent; or one that was exported, and has moved on since."""
        if kind is Kind.SETUP:
            return self._first()
        before = self.after(Kind.SETUP, ACCEPTED_WAY)
        with self.laid_out(before) as bench:
            bench.project.locked = False
            world = bench.procore.state
            people.correct_original(world, "1000-105", "600.00")
            people.add_line(world, ADDED, "L", "Added", "55.50")
            people.make_change(world, "More", {"1000-103": "70.00", "1000-104": "-20.00"})
            bench.add_modification("1000-104", "1000-105", "5.00")
            return self._kept_from(bench, before.number + 1)

    def _first(self) -> Scene:
        with set_up(self.server, self.templates, self.folder / "first", SMALL, ()) as bench:
            for phase in (ADDED, *INSERTED.values()):
                vista_people.add_phase(bench.vista_url, phase)
            mapping = bench.systems.config.model_dump()["mapping"]
            bench.configure(mapping={"phases": mapping["phases"] | {"codes": INSERTED}})
            bench.project.locked = False
            return self._kept_from(bench, 1)

    def _kept_from(self, bench: Workbench, number: int) -> Scene:
        folder = self.folder / f"scene-{len(self._kept)}"
        shutil.copytree(bench.folder, folder)
        return Scene(
            folder=folder,
            world=copy.deepcopy(bench.procore.state),
            secrets={email: phone.secret for email, phone in bench.phones.items()},
            number=number,
            config=bench.systems.config,
        )


def take(bench: Workbench, kind: Kind, step: str, record: ExportRecord | None) -> ExportRecord:
    """Take one step of an export."""
    if record is None:
        return bench.send(kind=kind, lock=True, run=run_of(kind))
    match step:
        case "accept":
            return bench.answer(record)
        case "reject":
            return bench.reject(record, REASON)
        case "apply":
            return bench.apply(record)
        case "verify":
            return bench.verify(record)[0]
        case _:
            return bench.give_back(record)


@contextmanager
def all_scenes(server: RunningProcore, templates: Templates, folder: Path) -> Iterator[Scenes]:
    """Open everything for all cases."""
    present = folder / "present"
    with (
        SqlVista(f"sqlite:///{present / 'vista.db'}", 1, lock_timeout_seconds=1) as vista,
        closing(Journal(f"sqlite:///{present / 'journal.db'}", JOURNAL_KEY)) as journal,
    ):
        yield Scenes(server, templates, folder, vista, journal)
