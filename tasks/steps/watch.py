"""Watch over the exports: what nobody answered expires, what died goes on, what ended leaves nothing behind in Prefect.

Everything is read from the journal, so it also holds after an outage: the next watch catches up.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from connectors.journal.errors import ExportMoved
from connectors.journal.records import Evidence, ExportRecord
from jobcost.notices import REVIVALS_MAX
from tasks.steps.telling import REVIVED, revivals_of
from tasks.systems import Systems

# An export that ended earlier was tidied up by an earlier watch, or nobody can any more.
_LOOKED_BACK = timedelta(days=30)
_TIDIED = "run-tidied"


class Runs(Protocol):
    """What the watch does with flow runs. Each is named by its id."""

    def tidy_run(self, flow_run_id: str, export_id: str, ask: int | None, why: str) -> bool:
        """End a run that waits, unless `why` is "", and delete answers to questions before `ask`; False: not yet."""
        ...

    def is_dead(self, flow_run_id: str) -> bool:
        """The run crashed or failed."""
        ...

    def revive_run(self, flow_run_id: str) -> None:
        """Start a dead run again from the top."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What one watch did."""

    expired: tuple[ExportRecord, ...]
    tidied: int
    # Exports whose run had died and goes on.
    revived: tuple[ExportRecord, ...]


def watch(systems: Systems, at: datetime, runs: Runs) -> Watched:
    """End what is overdue, let what died go on, and tidy up after what has ended."""
    expired = systems.journal.expire_overdue(at, companies=systems.companies)
    for record in systems.own(systems.journal.inbox()):
        _tidy_around(systems, record, runs)
    unfinished = systems.own((*systems.journal.open_exports(), *systems.journal.budgets_to_return()))
    revived = tuple(record for record in unfinished if _revived(systems, record, runs, at))
    owing = {record.id for record in systems.own(systems.journal.budgets_to_return())}
    tidied = 0
    for record in systems.own(systems.journal.ended_since(at - _LOOKED_BACK)):
        if record.id not in owing and not _is_tidied(systems, record) and _tidied_up(systems, record, runs):
            _note(systems, record, _TIDIED, at)
            tidied += 1
    return Watched(expired=expired, tidied=tidied, revived=revived)


def _tidy_around(systems: Systems, record: ExportRecord, runs: Runs) -> None:
    """Leave only the run that carries the export in a state to be answered."""
    for run in _runs(systems, record):
        is_present = run == record.flow_run_id
        why = "" if is_present else f"Export {record.id} is carried by another run now: {record.flow_run_id}."
        runs.tidy_run(run, record.id, record.ask if is_present else None, why)


def _revived(systems: Systems, record: ExportRecord, runs: Runs, at: datetime) -> bool:
    """Start a dead run again, a few times; after that a person must look (jobcost.notices tells them)."""
    run = record.flow_run_id
    if run is None or revivals_of(systems, record) >= REVIVALS_MAX or not runs.is_dead(run):
        return False
    _note(systems, record, REVIVED, at)
    runs.revive_run(run)
    return True


def _tidied_up(systems: Systems, record: ExportRecord, runs: Runs) -> bool:
    why = f"Export {record.id} is {str(record.state).replace('_', ' ')}; nobody needs an answer any more."
    tidied = [runs.tidy_run(run, record.id, None, why) for run in _runs(systems, record)]
    return all(tidied)


def _runs(systems: Systems, record: ExportRecord) -> tuple[str, ...]:
    """List every run that ever carried the export, the present one last."""
    adopted = [json.loads(row.json_text) for row in systems.journal.evidence(record.id) if row.kind == "adopted"]
    runs = [one["from_flow_run"] for one in adopted] + [record.flow_run_id]
    return tuple(dict.fromkeys(run for run in runs if run))


def _is_tidied(systems: Systems, record: ExportRecord) -> bool:
    return any(row.kind == _TIDIED for row in systems.journal.evidence(record.id))


def _note(systems: Systems, record: ExportRecord, kind: str, at: datetime) -> None:
    try:
        proof = Evidence(kind=kind, json_text=json.dumps({"runs": _runs(systems, record)}))
        systems.journal.record_evidence(record.id, proof, at=at)
    except ExportMoved:
        # Somebody else touched the export at this moment; the next watch looks again.
        return
