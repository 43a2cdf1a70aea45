"""Links the rows of a journal of the time before the chain, when it is migrated.

What is linked here is what is found: the chain proves that nothing was changed since, not that nothing was before.
"""

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, func, insert, select

from connectors.journal.chain import link_all
from connectors.journal.chained import CHAINED, Chained, chained_rows, raw_exports
from connectors.journal.consistency import clearing
from connectors.journal.models import evidence, export, finding, transition
from jobcost.lifecycle import ExportState

# In this order where they are of one moment: who may decide, the move, what led to it, what was found by it.
_ORDER = ("enrolment", "transition", "finding", "decision", "line_result", "evidence")
# Sets of rows have no time of their own: they were recorded with the move out of, or into, these states.
_PLANNED = frozenset({ExportState.PROPOSED})
_READ_BACK = frozenset({ExportState.VERIFIED, ExportState.VERIFICATION_FAILED})


def link_rows_of_before(connection: Connection) -> None:
    """Link every recorded row, in the order of time. Clearings of before get the proof that they get now."""
    _prove_clearings(connection)
    exports = raw_exports(connection)
    rows = [row for table in CHAINED.values() for row in chained_rows(connection, table, exports)]
    moments = _moments_of_sets(rows)
    latest: dict[tuple[str, str], Any] = {}
    placed = []
    for row in rows:
        key = (row.kind, row.subject)
        # A clock that was set back does not change the order within one story.
        at = max(row.row.get("at") or moments[key], latest.get(key, row.row.get("at") or moments[key]))
        latest[key] = at
        placed.append((at, _ORDER.index(row.kind), row.subject, row.position, row.digest))
    placed.sort()
    link_all(connection, [(_ORDER[rank], subject, position, digest) for _, rank, subject, position, digest in placed])


def _moments_of_sets(rows: list[Chained]) -> dict[tuple[str, str], Any]:
    moments: dict[tuple[str, str], Any] = defaultdict()
    for row in rows:
        if row.kind != transition.name:
            continue
        if row.row["from_state"] in _PLANNED:
            moments[finding.name, row.subject] = row.row["at"]
        if row.row["to_state"] in _READ_BACK:
            moments["line_result", row.subject] = row.row["at"]
    return moments


def _prove_clearings(connection: Connection) -> None:
    cleared = select(export.c.id, export.c.cleared_at, export.c.cleared_by, export.c.clear_reason)
    for row in connection.execute(cleared.where(export.c.cleared_at.is_not(None))).all():
        proof = clearing(by=row.cleared_by or "", reason=row.clear_reason or "")
        last = select(func.coalesce(func.max(evidence.c.position), 0)).where(evidence.c.export_id == row.id)
        position = connection.execute(last).scalar_one() + 1
        facts = {"kind": proof.kind, "json_text": proof.json_text, "at": row.cleared_at}
        connection.execute(insert(evidence).values(export_id=row.id, position=position, **facts))
