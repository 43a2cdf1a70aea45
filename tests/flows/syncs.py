"""For the tests of the sync: a Prefect that keeps keys as the real one does, projects, and exports of long ago."""

import copy
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import insert

from connectors.journal import Journal
from connectors.journal.models import evidence, export
from connectors.journal.records import ExportRecord
from jobcost.budget import rows_fingerprint
from jobcost.lifecycle import OPEN_STATES, ExportState
from jobcost.plan import Kind
from jobcost.sync import Start, SyncReport
from sandbox.procore.world import Project, World
from tasks.steps import propose
from tasks.steps.sync import SyncOrder, sync
from tests.flows.workbench import MONDAY, PRIYA, Workbench

TUESDAY = MONDAY + timedelta(days=1)
VIEW = "Vista Export"


@dataclass
class KeyedRuns:
    """Starts runs as Prefect does: one for each key. A run whose name is in `ended` has ended."""

    runs: dict[str, str] = field(default_factory=dict)
    started: list[tuple[int, str]] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    # Is called before each start; a test lets Prefect be out of reach here.
    before: Callable[[], object] = lambda: None

    def __call__(self, project_id: int, start: Start, key: str) -> str | None:
        self.before()
        if key not in self.runs:
            self.started.append((project_id, start.submitted_by))
            self.runs[key] = f"run-of-sync-{len(self.runs) + 1}"
        return None if self.runs[key] in self.ended else self.runs[key]


def synced(
    bench: Workbench, runs: KeyedRuns | None, *, name: str = "monday", project_id: int | None = None
) -> SyncReport:
    """Take one sync; without runs it only looks."""
    days = {"monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3}
    order = SyncOrder(sync_id=name, start=runs, project_id=project_id)
    return sync(bench.systems, order, MONDAY + timedelta(days=days[name]))


def exported_once(bench: Workbench) -> ExportRecord:
    """Take the budget the whole way."""
    record = bench.exported()
    assert record.state is ExportState.VERIFIED
    return record


def send_update(bench: Workbench) -> ExportRecord:
    """Send what changed, as the run does that a sync starts."""
    sending = propose.Sending(
        kind=Kind.UPDATE, project="7000", submitted_by=PRIYA, lock_budget=False, flow_run_id="run-of-update"
    )
    # Later than the first export: of two at one moment nobody could tell which was first.
    return propose.propose(bench.systems, sending, MONDAY + timedelta(minutes=1))


def move(project: Project) -> None:
    """Raise a line of the budget, as people do between two exports, and lock it again."""
    line = next(iter(project.lines.values()))
    line.original_budget_amount += Decimal("100.00")


def add_projects(world: World, like: Project, numbers: Iterable[int]) -> None:
    """Add linked projects that look like one that is there; each has lines of its own."""
    for number in numbers:
        made = copy.deepcopy(like)
        made.id, made.name = number, f"Project {number}"
        made.project_number = made.origin_id = made.origin_code = f"GEN-{number}"
        made.lines = {}
        for line in copy.deepcopy(tuple(like.lines.values())):
            line.id = world.new_id()
            made.lines[line.id] = line
        world.projects[number] = made


def exported_long_ago(
    journal: Journal,
    world: World,
    numbers: Iterable[int],
    *,
    state: ExportState = ExportState.VERIFIED,
    name: str = "EX",
) -> None:
    """Let the journal hold one more export of each project, without the way there: a sync reads no more than this."""
    exports, budgets = [], []
    # Each call is an hour after the one before, as far as the journal can tell by the names.
    at = MONDAY + timedelta(hours=len(name))
    for number in numbers:
        row = dict.fromkeys(column.key for column in export.c)
        row |= {"id": f"{name}-{number}", "kind": Kind.SETUP, "procore_company_id": 8089, "project_id": number}
        row |= {"jcco": 1, "project_name": f"Project {number}", "job": f"GEN-{number}", "state": state}
        row |= {"submitted_by": PRIYA, "ask": 1, "created_at": at, "updated_at": at}
        exports.append(row | {"ended_at": None if state in OPEN_STATES else at})
        kept = {"view_id": view_of(world), "fingerprint": fingerprint_of(world.projects[number])}
        kept |= {"policy": "change_orders", "linked_to": f"GEN-{number}"}
        budget = {"export_id": row["id"], "position": 1, "kind": "budget", "json_text": json.dumps(kept), "at": at}
        budgets.append(budget)
    with journal._writing() as connection:
        connection.execute(insert(export), exports)
        connection.execute(insert(evidence), budgets)


def view_of(world: World) -> int:
    return next(view.id for view in world.views.values() if view.name == VIEW)


def fingerprint_of(project: Project) -> str:
    """The fingerprint of a budget without changes."""
    return rows_fingerprint(
        (line.id, line.wbs_code_id, line.original_budget_amount, Decimal(0), line.quantity, line.uom, line.hours)
        for line in project.lines.values()
    )


def words(report: SyncReport) -> dict[int, str]:
    """What became of each project, in one word, with the reason of a skip."""
    return {line.project_id: type(line.step).__name__ + _why(line.step) for line in report.lines}


def _why(step: object) -> str:
    why = getattr(step, "why", None)
    return f" {why}" if why else ""
