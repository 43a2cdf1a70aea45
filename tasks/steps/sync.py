"""Look at every exported project, and start an update for each whose budget moved. What is decided: jobcost/sync.py.

Cheap: one listing, and one call to Procore for each project; more only for those that moved. Nothing is written to
Procore or Vista here, and whoever takes the step twice, or dies in it, starts no update twice.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import assert_never

from connectors.journal.errors import JournalError, JournalUnavailable
from connectors.journal.records import EvidenceRecord, ExportRecord
from connectors.procore.errors import (
    NotVisible,
    ProcoreError,
    ProcoreFailed,
    ProcoreUnreachable,
    RateLimitExhausted,
)
from connectors.vista.errors import LoginRefused, VistaUnavailable
from jobcost.budget import Project
from jobcost.lifecycle import ExportState
from jobcost.mapping import job_code_of
from jobcost.plan import Kind
from jobcost.sync import (
    Ask,
    Failed,
    Outlook,
    ProjectFacts,
    SentBudget,
    Start,
    Step,
    SyncLine,
    SyncReport,
    next_step,
    since_standing,
)
from tasks.steps.kept_budget import KeptBudget, kept_of
from tasks.steps.propose import read_and_plan
from tasks.steps.sync_news import keep_seen_budget, note_line
from tasks.systems import Systems

logger = logging.getLogger(__name__)

# After so many projects in a row for which a system did not answer, it is asked for the list once more. Is that not
# answered either, the rest is left for the next sync: each project would wait as long.
OUT_OF_REACH_MAX = 5
_OUT_OF_REACH = (ProcoreUnreachable, ProcoreFailed, RateLimitExhausted, VistaUnavailable, JournalUnavailable)
# How often the log says how far a long sync is.
PROJECTS_BETWEEN_WORDS = 25
# Runs of one update that ended without ever opening its export, before a person must look.
_DEAD_RUNS_MAX = 50

# Starts an update of a project under a key; returns its flow run, or None if the run of that key has ended.
StartUpdate = Callable[[int, Start, str], str | None]


class _RunsDie(Exception):
    """Every run of an update ended before it opened its export."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOrder:
    """What is asked of a sync."""

    # Names this sync; taken again after an interruption, it has the same name.
    sync_id: str
    # One project alone; None looks at every exported one.
    project_id: int | None = None
    # None only looks: nothing is started, and nothing recorded.
    start: StartUpdate | None = None
    # Is told how far a long sync is.
    say: Callable[[str], None] = logger.info


def sync(systems: Systems, order: SyncOrder, at: datetime) -> SyncReport:
    """Look at the projects and start what is to be started; one that breaks is told, and holds up no other.

    Raises:
        ProcoreError: if not even the projects could be listed.
        JournalError: if the journal does not tell what was exported.
    """
    listed = {project.id: project for project in systems.procore.list_projects()}
    exported = systems.journal.exported_projects(systems.procore_company_id, systems.jcco)
    wanted = exported if order.project_id is None else (order.project_id,)
    lines: list[SyncLine] = []
    silent, is_refused = 0, False
    for number, project_id in enumerate(wanted, start=1):
        if silent == OUT_OF_REACH_MAX and _is_answering(systems):
            silent = 0
        if is_refused or silent == OUT_OF_REACH_MAX:
            silence = f"a system does not answer, as for the {silent} projects before it"
            step = Failed(f"Not looked at: {'Vista refuses the login' if is_refused else silence}.")
            lines.append(SyncLine(project_id=project_id, name=_name(listed, project_id), job="", step=step))
            continue
        line, problem = _line(systems, order, listed, project_id, at)
        lines.append(line)
        silent = silent + 1 if isinstance(problem, _OUT_OF_REACH) else 0
        is_refused = isinstance(problem, LoginRefused)
        if number % PROJECTS_BETWEEN_WORDS == 0 or number == len(wanted):
            order.say(f"{number} of {len(wanted)} projects looked at.")
    never = len(listed.keys() - set(exported)) if order.project_id is None else 0
    return SyncReport(lines=tuple(lines), never_exported=never, is_dry_run=order.start is None)


def _line(
    systems: Systems, order: SyncOrder, listed: Mapping[int, Project], project_id: int, at: datetime
) -> tuple[SyncLine, Exception | None]:
    """Take one project; also tell why it failed, if it did."""
    line = SyncLine(project_id=project_id, name=_name(listed, project_id), job="", step=Failed(""))
    why: Exception | None = None
    try:
        facts, step, run = _stepped(systems, order, listed, project_id, at)
        line = replace(line, name=facts.name, job=facts.job, step=step, run=run or "")
        if order.start is not None:
            keep_seen_budget(systems, facts, step, at)
    except Exception as problem:
        # Whatever it is: one broken project never holds up the others.
        words, why = _words(problem), problem
        line = replace(line, step=Failed(words))
        logger.warning("Project %s: %s", project_id, words, exc_info=True)
    return (line if order.start is None else note_line(systems, order.sync_id, line, at)), why


def _is_answering(systems: Systems) -> bool:
    """Procore and the journal answer, so that only those projects were in trouble."""
    try:
        systems.procore.list_projects()
        systems.journal.exported_projects(systems.procore_company_id, systems.jcco)
    except (ProcoreError, JournalError):
        return False
    return True


def _stepped(
    systems: Systems, order: SyncOrder, listed: Mapping[int, Project], project_id: int, at: datetime
) -> tuple[ProjectFacts, Step, str | None]:
    """Decide, and start what is decided; a run that was started before and has ended makes it look again."""
    ended: set[str] = set()
    while len(ended) < _DEAD_RUNS_MAX:
        facts, step = _decided(systems, _facts(systems, listed, project_id), at)
        if not isinstance(step, Start) or order.start is None:
            return facts, step, None
        key = next(key for n in count(1) if (key := f"{step.key}:{n}") not in ended)
        run = order.start(project_id, step, key)
        if run is not None:
            return facts, step, run
        ended.add(key)
    raise _RunsDie(
        f"{len(ended)} flow runs of this update ended before they opened an export. Their pages in Prefect say why;"
        " when it is put right, send the update: budget-export update PROJECT --by MAIL"
    )


def _facts(systems: Systems, listed: Mapping[int, Project], project_id: int) -> ProjectFacts:
    """Gather what is known without asking Procore again; read anew before each start."""
    company_id, jcco, journal = systems.procore_company_id, systems.jcco, systems.journal
    rows = journal.exports_of_project(company_id, jcco, project_id)
    exports = since_standing([_sent_budget(systems, *row) for row in rows])
    jobs = {record.job for record, _ in rows if record.job}
    failures = (journal.uncleared_failure(jcco, job) for job in sorted(jobs))
    project = listed.get(project_id)
    return ProjectFacts(
        company_id=company_id,
        project_id=project_id,
        name=project.name if project else next((record.project_name for record, _ in rows), ""),
        is_stopped=project_id in systems.config.sync.stopped_projects,
        is_listed=project is not None,
        is_active=project is not None and project.active,
        exports=exports,
        uncleared_failure=next((failure.id for failure in failures if failure is not None), ""),
        policy=systems.config.changes.policy.value,
        linked_to=(project and job_code_of(project, systems.config.mapping)) or "",
    )


def _sent_budget(systems: Systems, record: ExportRecord, budget: EvidenceRecord | None) -> SentBudget:
    kept = kept_of(budget.json_text) if budget else KeptBudget()
    is_cleared = record.state is ExportState.VERIFICATION_FAILED and record.cleared_at is not None
    is_settled = record.state is ExportState.VERIFIED or is_cleared
    return SentBudget(
        export_id=record.id,
        kind=record.kind,
        state=record.state,
        is_settled=is_settled,
        submitted_by=record.submitted_by,
        job=record.job or "",
        fingerprint=kept.fingerprint,
        view_id=kept.view_id,
        policy=kept.policy,
        left_waiting=kept.left_waiting,
        linked_to=kept.linked_to,
        undoes=systems.journal.plan(record.id).undoes if is_settled and record.kind is Kind.UNDO else "",
    )


def _decided(systems: Systems, facts: ProjectFacts, at: datetime) -> tuple[ProjectFacts, Step]:
    """Ask for facts, the cheapest first, until the decision stands."""
    while isinstance(step := next_step(facts), Ask):
        facts = _asked(systems, facts, step, at)
    return facts, step


def _asked(systems: Systems, facts: ProjectFacts, fact: Ask, at: datetime) -> ProjectFacts:
    match fact:
        case Ask.ROWS:
            try:
                fingerprint = systems.procore.read_fingerprint(facts.project_id, facts.view_id)
            except NotVisible:
                # The view was deleted, perhaps: the whole reading finds the one that is configured now.
                return _looked_out(systems, facts, at)
            return replace(facts, fingerprint=fingerprint)
        case Ask.LOCK:
            return replace(facts, is_locked=systems.procore.read_locked(facts.project_id))
        case Ask.OUTLOOK:
            return _looked_out(systems, facts, at)
        case _:
            assert_never(fact)


def _looked_out(systems: Systems, facts: ProjectFacts, at: datetime) -> ProjectFacts:
    sender = facts.base.submitted_by if facts.base else ""
    budget, proposal = read_and_plan(systems, facts.project_id, Kind.UPDATE, sender, sent_at=at)
    is_empty = proposal.is_unchanged
    return replace(
        facts,
        fingerprint=budget.fingerprint,
        is_locked=budget.locked,
        outlook=Outlook(is_blocked=proposal.is_blocked, is_empty=is_empty, view_id=budget.view_id),
    )


def _name(listed: Mapping[int, Project], project_id: int) -> str:
    return listed[project_id].name if project_id in listed else ""


def _words(problem: Exception) -> str:
    return f"{type(problem).__name__}: {problem}"
