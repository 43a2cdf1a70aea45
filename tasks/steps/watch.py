"""Watch over the acceptances: what nobody answered expires, and what ended leaves nothing behind in Prefect.

Everything is read from the journal, so it also holds after an outage: the next watch catches up.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.journal.errors import ExportMoved
from connectors.journal.records import Evidence, ExportRecord
from tasks.systems import Systems

# An export that ended earlier was tidied up by an earlier watch, or nobody can any more.
_LOOKED_BACK = timedelta(days=30)
_TIDIED = "run-tidied"

# Ends the run that waits, if it still does, and deletes what approvers typed into it; says whether that is all done.
# Arguments: the run's id, the export's id, number of the first question that may still be answered (None: none may),
# why the run is ended ("" leaves it).
TidyRun = Callable[[str, str, int | None, str], bool]
# Lets a run whose process died ask its question again; says whether that was needed. Argument: the run's id.
ReviveRun = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What one watch did."""

    expired: tuple[ExportRecord, ...]
    tidied: int
    # Exports that waited with nobody to take an answer, and ask again.
    revived: tuple[ExportRecord, ...]


def watch(systems: Systems, at: datetime, *, tidy_run: TidyRun, revive_run: ReviveRun) -> Watched:
    """End what is overdue, let what waits be answered, and tidy up after what has ended."""
    expired = systems.journal.expire_overdue(at)
    waiting = systems.journal.inbox()
    for record in waiting:
        _tidied_runs(systems, record, record.ask, tidy_run, why="")
    revived = tuple(record for record in waiting if record.flow_run_id and revive_run(record.flow_run_id))
    tidied = 0
    for record in systems.journal.ended_since(at - _LOOKED_BACK):
        if not _is_tidied(systems, record) and _tidied_runs(systems, record, None, tidy_run, why=_why(record)):
            _remember(systems, record, at)
            tidied += 1
    return Watched(expired=expired, tidied=tidied, revived=revived)


def _why(record: ExportRecord) -> str:
    return f"Export {record.id} is {str(record.state).replace('_', ' ')}; nobody needs an answer any more."


def _tidied_runs(systems: Systems, record: ExportRecord, ask: int | None, tidy_run: TidyRun, *, why: str) -> bool:
    """Tidy up every run that ever carried the export."""
    done = [tidy_run(run, record.id, ask, why) for run in _runs(systems, record)]
    return all(done)


def _runs(systems: Systems, record: ExportRecord) -> tuple[str, ...]:
    adopted = [json.loads(row.json_text) for row in systems.journal.evidence(record.id) if row.kind == "adopted"]
    runs = [one["from_flow_run"] for one in adopted] + [record.flow_run_id]
    return tuple(run for run in runs if run)


def _is_tidied(systems: Systems, record: ExportRecord) -> bool:
    return any(row.kind == _TIDIED for row in systems.journal.evidence(record.id))


def _remember(systems: Systems, record: ExportRecord, at: datetime) -> None:
    try:
        proof = Evidence(kind=_TIDIED, json_text=json.dumps({"runs": _runs(systems, record)}))
        systems.journal.record_evidence(record.id, proof, at=at)
    except ExportMoved:
        # Somebody else touched the export at this moment; the next watch looks again.
        return
