"""What a sync leaves in the journal: what it did with a project, where that is new; and the mail that follows from it.

The mail is derived from what was kept, like every notice: a sync that dies before it tells anybody is told about by the
next one, or by the watch over the acceptances. Rule: nothing here holds up a sync.
"""

import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from connectors.journal.errors import JournalError
from connectors.journal.records import Evidence, ExportRecord, NoticeRecord
from jobcost.notices import TOLD_FOR, Notice, sync_notices
from jobcost.rendering.letters import Message
from jobcost.rendering.sync import SyncNews, step_sentence, step_word, sync_message
from jobcost.sync import Failed, ProjectFacts, Skip, Start, Step, SyncLine, Unchanged
from tasks.steps.kept_budget import SEEN_EVIDENCE, KeptBudget, evidence_of
from tasks.systems import Systems

logger = logging.getLogger(__name__)

# What a sync did with a project, kept with the project's latest export that has ended.
SYNC = "sync"
_WORDS_LENGTH_MAX = 1000
_TOLD = frozenset({"started", "skipped", "failed"})


def keep_seen_budget(systems: Systems, facts: ProjectFacts, step: Step, at: datetime) -> None:
    """Keep the budget that needed no export, if the whole of it had to be read: the next sync then reads its rows."""
    if facts.outlook is None or facts.base is None or not isinstance(step, Unchanged):
        return
    seen = KeptBudget(
        view_id=facts.outlook.view_id,
        fingerprint=facts.fingerprint or "",
        policy=facts.policy,
        linked_to=facts.linked_to,
    )
    with _never_in_the_way(facts.project_id):
        systems.journal.record_evidence(facts.base.export_id, evidence_of(SEEN_EVIDENCE, seen), at=at)


def note_line(systems: Systems, sync_id: str, line: SyncLine, at: datetime) -> SyncLine:
    """Keep what became of a project unless the last sync found the same; return the line, marked if it is news."""
    now = _kept(line)
    is_news = isinstance(line.step, Failed)
    with _never_in_the_way(line.project_id):
        company = (systems.procore_company_id, systems.jcco, line.project_id)
        row = systems.journal.latest_evidence(SYNC, *company)
        last = json.loads(row.json_text) if row else {"what": step_word(Unchanged())}
        last_sync = last.pop("sync", "")
        is_other = last != now and not (last["what"] == now["what"] == step_word(Unchanged()))
        # A failure is told each time, but a sync that is taken again tells nothing twice.
        keeper = _keeper(systems, line)
        if keeper and (is_other or (is_news and last_sync != sync_id)):
            systems.journal.record_evidence(keeper, _evidence(SYNC, now | {"sync": sync_id}), at=at)
        is_news = is_news or (is_other and not isinstance(line.step, Unchanged))
    return replace(line, is_news=is_news)


def due_of_syncs(systems: Systems, operators: Iterable[str], at: datetime) -> tuple[Notice, ...]:
    """Say which notices the syncs of the last days should have caused."""
    told = [kept["sync"] for _, kept, _ in _all_kept(systems, at) if kept["what"] in _TOLD]
    people = tuple(operators)
    return tuple(notice for sync_id in dict.fromkeys(told) for notice in sync_notices(sync_id, people))


def sync_name(run: str, profile: str) -> str:
    """Name a sync after its run; one of a profile after that as well, so that each profile's is told by itself."""
    return f"{run}.{profile}" if profile else run


def profile_of_sync(notice: NoticeRecord) -> str:
    """Return the profile whose sync a notice is about; "" for the companies that the environment names."""
    return _sync_named(notice).partition(".")[2]


def _sync_named(notice: NoticeRecord) -> str:
    # The recipient's address ends the key; a sync's name holds no colon.
    return notice.key.removeprefix(f"{SYNC}:").partition(":")[0]


def message_of_sync(systems: Systems, notice: NoticeRecord, at: datetime) -> Message | None:
    """Write the mail about a sync from what it left in the journal; None when nothing of it is left."""
    sync_id = _sync_named(notice)
    kept = [one for one in _all_kept(systems, at) if one[1]["sync"] == sync_id and one[1]["what"] in _TOLD]
    if not kept:
        return None
    news = [
        SyncNews(what=one["what"], project_id=record.project_id, name=record.project_name, words=one["words"])
        for record, one, _ in kept
    ]
    return sync_message(news, at=kept[0][2], zone_name=systems.config.acceptance.time_zone)


def _all_kept(systems: Systems, at: datetime) -> tuple[tuple[ExportRecord, dict[str, Any], datetime], ...]:
    company = (systems.procore_company_id, systems.jcco)
    rows = systems.journal.evidence_of_kind(SYNC, *company, at - TOLD_FOR)
    return tuple((record, json.loads(row.json_text), row.at) for record, row in rows)


def _keeper(systems: Systems, line: SyncLine) -> str:
    """Name the project's latest export that has ended: one that is open belongs to the run that carries it."""
    rows = systems.journal.exports_of_project(systems.procore_company_id, systems.jcco, line.project_id)
    return next((record.id for record, _ in rows if not record.is_open), "")


def _kept(line: SyncLine) -> dict[str, Any]:
    """What tells one outcome from another."""
    step = line.step
    about = {"why": step.why.value, "about": step.about} if isinstance(step, Skip) else {}
    started = {"run": line.run} if isinstance(step, Start) else {}
    return {"what": step_word(step), **about, **started, "words": step_sentence(step)[:_WORDS_LENGTH_MAX]}


def _evidence(kind: str, content: dict[str, Any]) -> Evidence:
    return Evidence(kind=kind, json_text=json.dumps(content))


@contextmanager
def _never_in_the_way(project_id: int) -> Iterator[None]:
    try:
        yield
    except (JournalError, LookupError, ValueError) as problem:
        logger.warning("Project %s: what the sync found could not be kept. %s", project_id, problem)
