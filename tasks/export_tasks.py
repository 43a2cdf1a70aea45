"""The steps of an export as Prefect tasks: open the systems, take the step, say what came of it.

Each step reads the journal first, so it may be taken again at any time.
"""

from dataclasses import replace
from typing import Any

from prefect import get_run_logger, runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from connectors.journal.errors import JournalUnavailable
from connectors.journal.records import ExportRecord
from connectors.procore.errors import ProcoreError
from connectors.vista.errors import LoginRefused, VistaUnavailable
from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from tasks import publishing, runs, stored_answers, telling_people
from tasks.profiles import profile_of, profile_of_id
from tasks.steps import apply, decide, give_back, propose, undoing, verify
from tasks.systems import Systems, now, open_systems

# Nobody is told anything between the acceptance and the verification: no mail server may hold up the money's path.
_ON_ITS_WAY = frozenset({ExportState.ACCEPTED, ExportState.APPLYING, ExportState.APPLIED})

# A step may be taken again at any time; what it did is in the journal, never in a cache.
_STEP: Any = {"cache_policy": NO_CACHE, "persist_result": False}


def _is_out_of_reach(_task: Any, _run: TaskRun, state: State[Any]) -> bool:
    """Repeat a step only when a system could not be reached; any other failure needs a person."""
    problem = state.result(raise_on_failure=False)
    if isinstance(problem, ProcoreError):
        return problem.is_temporary
    return isinstance(problem, VistaUnavailable | JournalUnavailable) and not isinstance(problem, LoginRefused)


REPEATED: Any = {
    "retries": 2,
    "retry_delay_seconds": [5.0, 30.0],
    "retry_condition_fn": _is_out_of_reach,
}


@task(name="propose", **_STEP)
def propose_export(
    kind: Kind, project_id: str, submitted_by: str, *, lock_budget: bool, continue_export: str, profile: str = ""
) -> ExportRecord:
    """Read both systems, plan, and publish the review; an export that is further already comes back as it is."""
    sending = propose.Sending(
        kind=kind,
        project=project_id,
        submitted_by=submitted_by,
        lock_budget=lock_budget,
        flow_run_id=str(runtime.flow_run.id),
        continue_export=continue_export,
    )
    named = profile_of_id(profile, continue_export) if continue_export else profile
    with open_systems(named) as systems:
        return _proposed(systems, sending)


@task(name="propose undo", **_STEP)
def propose_undo(export_id: str, submitted_by: str, *, continue_export: str, profile: str = "") -> ExportRecord:
    """Plan how an export is taken back, and publish the review; one that is further already comes back as it is."""
    with open_systems(profile_of_id(profile, export_id)) as systems:
        sending = undoing.undo_of(systems, export_id, submitted_by, flow_run_id=str(runtime.flow_run.id))
        return _proposed(systems, replace(sending, continue_export=continue_export))


@task(name="decide", **_STEP, **REPEATED)
def decide_export(export: ExportRecord, given: decide.Given, profile: str = "") -> ExportRecord:
    """Judge an approver's answer, record what it was worth, and forget what was typed."""
    with open_systems(profile_of(profile, export)) as systems:
        judged = decide.take_answer(systems, export.id, export.ask, given, now())
        _forget_answers(judged)
        return _told(systems, judged)


@task(name="apply", **_STEP, **REPEATED)
def apply_export(export: ExportRecord, profile: str = "") -> ExportRecord:
    """Write the accepted plan to Vista in one transaction, unless something moved."""
    with open_systems(profile_of(profile, export)) as systems:
        export = apply.apply_plan(systems, export.id, now())
        publishing.publish_stale(systems, export)
        return _told(systems, export)


@task(name="verify", **_STEP, **REPEATED)
def verify_export(export: ExportRecord, profile: str = "") -> ExportRecord:
    """Read the job back, compare it with the plan line by line, and publish the report."""
    with open_systems(profile_of(profile, export)) as systems:
        export, verification = verify.verify_export(systems, export.id, now())
        if verification is not None:
            publishing.publish_verification(systems, export, verification)
        return _told(systems, export)


@task(name="give budget back", **_STEP, **REPEATED)
def give_budget_back(export: ExportRecord, profile: str = "") -> ExportRecord:
    """Make the rejected budget editable again in Procore."""
    with open_systems(profile_of(profile, export)) as systems:
        export = give_back.give_budget_back(systems, export.id, now())
        publishing.publish_reject(systems, export)
        return _told(systems, export)


def _proposed(systems: Systems, sending: propose.Sending) -> ExportRecord:
    export = propose.propose(systems, sending, now())
    publishing.publish_review(systems, export, now())
    return _told(systems, export)


def _forget_answers(export: ExportRecord) -> None:
    # An answer that nobody has judged is kept: whoever takes the step again needs it.
    unjudged = export.ask if export.state is ExportState.AWAITING_ACCEPTANCE else None
    try:
        stored_answers.forget_answers(runtime.flow_run.id, export.id, before=unjudged)
    except runs.RunNotAnswered as problem:
        # The watch over the acceptances deletes it later (tasks/steps/watch.py); the export goes on.
        get_run_logger().warning("The answer could not be deleted from Prefect yet. %s", problem)


def _told(systems: Systems, export: ExportRecord) -> ExportRecord:
    get_run_logger().info("Export %s of project %s is %s.", export.id, export.project_id, export.state)
    if export.state not in _ON_ITS_WAY:
        telling_people.tell_of(systems, export)
    return export
