"""What a reconciliation leaves in the journal: which differences stand; and the mail about those that are new.

The mail is derived from what was kept, like every notice: a reconciliation that dies before it tells anybody is told
about by the watch over the acceptances. Nothing is kept, and nobody is told, while nothing moves.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from connectors.journal.records import Evidence, EvidenceRecord, ExportRecord, NoticeRecord
from jobcost.money import money_text
from jobcost.notices import TOLD_FOR, Notice, differs_notices
from jobcost.reconciliation_results import Reconciliation
from jobcost.reconciliation_values import LineClass
from jobcost.rendering.letters import Message
from jobcost.rendering.reconciliation_mail import DifferenceNews, differs_message, told_differences
from tasks.systems import Systems

# Kept with the last settled export of the job.
RECONCILED = "reconciled"


def keep_differences(systems: Systems, made: Reconciliation, recipients: tuple[str, ...], at: datetime) -> int:
    """Keep which differences stand now, if others stood before; return how many are new.

    A line that is in flight keeps what it differed in before: it is told again only if it then differs otherwise.

    Args:
        systems: the journal.
        made: the job as it is now, not as of an earlier day.
        recipients: who is told.
        at: now.
    """
    last = _last(systems, made)
    before: dict[str, str] = last.get("standing", {})
    in_flight = {f"{one.phase} / {one.cost_type}" for one in made.differences if one.stands is LineClass.IN_FLIGHT}
    found = made.fingerprints()
    standing = found | {digest: label for digest, label in before.items() if label in in_flight}
    if standing.keys() == before.keys():
        return 0
    new = {digest: label for digest, label in found.items() if digest not in before}
    kept: dict[str, Any] = {
        "number": int(last.get("number", 0)) + 1,
        "standing": standing,
        "new": sorted(new),
        "told": told_differences(made, frozenset(label.strip(" ") for label in new.values())),
        "procore": money_text(made.procore_total.current),
        "vista": money_text(made.vista_total.current),
        "recipients": recipients,
    }
    proof = Evidence(kind=RECONCILED, json_text=json.dumps(kept))
    systems.journal.record_evidence(made.export_id, proof, at=at)
    return len(new)


def due_of_differences(systems: Systems, at: datetime) -> tuple[Notice, ...]:
    """Say which notices the reconciliations of the last days should have caused."""
    rows = systems.journal.evidence_of_kind(RECONCILED, systems.procore_company_id, systems.jcco, at - TOLD_FOR)
    return tuple(notice for record, row in rows for notice in _notices(record, json.loads(row.json_text)))


def message_of_differences(systems: Systems, notice: NoticeRecord) -> Message | None:
    """Write the mail from what was kept; None when nothing of it is left."""
    record = systems.export(str(notice.export_id))
    for row in reversed(systems.journal.evidence(record.id)):
        kept = json.loads(row.json_text) if row.kind == RECONCILED else {}
        if kept and any(one.key == notice.key for one in _notices(record, kept)):
            return _message(systems, record, row, kept)
    return None


def _message(systems: Systems, record: ExportRecord, row: EvidenceRecord, kept: dict[str, Any]) -> Message:
    news = DifferenceNews(
        job=record.job or "",
        project_id=record.project_id,
        project_name=record.project_name,
        export_id=record.id,
        new_count=len(kept["new"]),
        standing_count=len(kept["standing"]),
        told=tuple(kept["told"]),
        procore_total=kept["procore"],
        vista_total=kept["vista"],
    )
    return differs_message(news, at=row.at, zone_name=systems.config.acceptance.time_zone)


def _notices(record: ExportRecord, kept: dict[str, Any]) -> Iterator[Notice]:
    if kept["new"]:
        yield from differs_notices(record.id, kept["number"], kept["recipients"])


def _last(systems: Systems, made: Reconciliation) -> dict[str, Any]:
    # By job: a project may have been exported to several.
    row = systems.journal.latest_evidence_of_job(RECONCILED, systems.jcco, made.job)
    found: dict[str, Any] = json.loads(row.json_text) if row else {}
    return found
