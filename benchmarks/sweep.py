"""How many calls to Procore a sync of 500 projects makes, inside the documented rate limits.

The sandbox counts. Its clock is moved on wherever our limiter waits for a window to end, so nobody waits for the three
minutes that 500 calls at 25 in ten seconds take. One refusal for too many calls (429), or any other, makes the figures
untrue, and so does a project that is started without having moved.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, insert

from benchmarks.company import COMPANY_ID, MONDAY, VIEW, access_to, fill_procore, fill_vista, job_code, systems_of
from benchmarks.figures import Figure, Untrue
from benchmarks.sandboxes import JOURNAL_KEY, SENDER
from connectors.journal.journal import open_journal
from connectors.journal.models import evidence, export
from connectors.procore.http import HttpProcore
from jobcost.budget import rows_fingerprint
from jobcost.lifecycle import ExportState
from jobcost.plan import ChangePolicy, Kind
from jobcost.sync import Start
from sandbox.procore.limits import DOCUMENTED
from sandbox.procore.running import RunningProcore, running_procore
from sandbox.procore.world import World
from tasks.steps.kept_budget import BUDGET_EVIDENCE
from tasks.steps.sync import SyncOrder, sync
from tasks.systems import Systems

PROJECTS = 500
MOVED = (17, 250, 499)
_LINES = 2
# The listing of the projects; and the columns of the budget view, which a gateway asks for once.
_LISTING, _COLUMNS = 1, 1
# Only of a project that moved: is its budget locked?
_CALLS_OF_A_MOVED_ONE = 1


def of_sweep(folder: Path) -> list[Figure]:
    """Count the calls of a sync in which nothing moved, and of one in which three projects did."""
    with _company(folder) as (server, systems):
        began = server.clock.now()
        none_moved, started = _swept(server, systems, "monday")
        waited = server.clock.now() - began
        _require(started, ())
        for number in MOVED:
            line = next(iter(server.state.projects[number].lines.values()))
            line.original_budget_amount += Decimal("100.00")
        some_moved, started = _swept(server, systems, "tuesday")
        _require(started, MOVED)
    # The second sync goes by the same gateway, which knows the columns.
    extra = some_moved - PROJECTS - _LISTING
    return [
        Figure(
            what=f"Procore calls of a sync / projects, none of {PROJECTS} moved",
            ratio=none_moved / PROJECTS,
            aim=(PROJECTS + _LISTING + _COLUMNS) / PROJECTS,
            raw=f"{none_moved} / {PROJECTS} calls, 429: 0, {waited:.0f} s of Procore's clock",
        ),
        Figure(
            what=f"Procore calls more / projects that moved, {len(MOVED)} of {PROJECTS}",
            ratio=extra / len(MOVED),
            aim=_CALLS_OF_A_MOVED_ONE,
            raw=f"{extra} / {len(MOVED)} calls, {some_moved} in all, 429: 0",
        ),
    ]


def _swept(server: RunningProcore, systems: Systems, name: str) -> tuple[int, tuple[int, ...]]:
    """Take one sync; return its calls, logging in left out, and the projects whose update it started."""
    server.requests.clear()
    started: list[int] = []

    def start(project_id: int, _: Start, key: str) -> str:
        started.append(project_id)
        return key

    sync(systems, SyncOrder(sync_id=name, start=start, say=lambda _: None), MONDAY + timedelta(days=1))
    answers = Counter(seen.status for seen in server.requests)
    if set(answers) != {200}:
        raise Untrue(f"the sync: expected every call to be answered, found {dict(answers)}")
    return sum(seen.path != "/oauth/token" for seen in server.requests), tuple(started)


def _require(started: tuple[int, ...], moved: tuple[int, ...]) -> None:
    if started != moved:
        raise Untrue(f"the sync: expected updates of {moved} to be started, found {started}")


@contextmanager
def _company(folder: Path) -> Iterator[tuple[RunningProcore, Systems]]:
    vista_url, journal_url = (f"sqlite:///{folder / f'sweep-{name}.sqlite3'}" for name in ("vista", "journal"))
    fill_vista(vista_url, _LINES, 1)
    with running_procore(f"generated:{_LINES}", DOCUMENTED) as server:
        fill_procore(server.state, PROJECTS)
        with open_journal(journal_url, JOURNAL_KEY):
            _export_long_ago(journal_url, server.state)
        with (
            HttpProcore(access_to(server), sleep=server.clock.advance, now=server.clock.now) as procore,
            systems_of(procore, vista_url, journal_url, JOURNAL_KEY) as systems,
        ):
            yield server, systems


def _export_long_ago(journal_url: str, world: World) -> None:
    """Let the journal hold a verified export of each project, without the way there: a sync reads no more than this."""
    exports: list[dict[str, Any]] = []
    budgets: list[dict[str, Any]] = []
    view_id = next(view.id for view in world.views.values() if view.name == VIEW)
    for number, project in world.projects.items():
        row: dict[str, Any] = dict.fromkeys(column.key for column in export.c)
        row |= {"id": f"EX-{number}", "kind": Kind.SETUP, "procore_company_id": COMPANY_ID, "project_id": number}
        row |= {"jcco": 1, "project_name": project.name, "job": job_code(number), "state": ExportState.VERIFIED}
        row |= {"submitted_by": SENDER, "ask": 1, "created_at": MONDAY, "updated_at": MONDAY, "ended_at": MONDAY}
        exports.append(row)
        lines = project.lines.values()
        rows = (
            (line.id, line.wbs_code_id, line.original_budget_amount, Decimal(0), line.quantity, line.uom, line.hours)
            for line in lines
        )
        terms = {"policy": ChangePolicy.CHANGE_ORDERS, "linked_to": project.origin_code}
        kept = json.dumps({"view_id": view_id, "fingerprint": rows_fingerprint(rows), **terms})
        about = {"export_id": row["id"], "position": 1, "kind": BUDGET_EVIDENCE}
        budgets.append(about | {"json_text": kept, "at": MONDAY})
    engine = create_engine(journal_url)
    with engine.begin() as connection:
        connection.execute(insert(export), exports)
        connection.execute(insert(evidence), budgets)
    engine.dispose()
