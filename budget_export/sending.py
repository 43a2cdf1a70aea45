"""Commands of the project manager: plan (dry run), setup, update, undo, retrieve."""

from typing import Annotated, Any
from uuid import UUID

import typer
from rich.markup import escape

from budget_export.exits import Exit
from budget_export.following import follow, print_outcome
from budget_export.options import AnyProfile, AsJson, By, ExportId, NoWait, Profile, Project, Reason
from budget_export.printing import console, errors, print_findings, print_json, print_plan
from connectors.settings import load_settings
from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from tasks import runs, tidying
from tasks.profiles import profile_of_id
from tasks.steps.propose import project_number, read_and_plan
from tasks.steps.retrieve import retrieve_budget
from tasks.steps.undoing import undo_of
from tasks.systems import now, open_records, open_systems


def plan(
    project: Project,
    by: By,
    *,
    update: Annotated[bool, typer.Option("--update", help="Of a project that was exported before.")] = False,
    profile: Profile = "",
    json: AsJson = False,
) -> None:
    """Show what an export would do: everything but writing. Nothing is recorded."""
    project_id, kind = project_number(project), Kind.UPDATE if update else Kind.SETUP
    with open_systems(profile) as systems, errors.status("Reading Procore and Vista ..."):
        _, proposal = read_and_plan(systems, project_id, kind, by, sent_at=now())
    if json:
        made = proposal.plan
        code, digest = (made.code, made.digest) if made else (None, None)
        document = {"blocked": proposal.is_blocked, "plan_code": code, "digest": digest}
        print_json({**document, "plan": made, "findings": proposal.findings})
    else:
        if proposal.plan is not None:
            print_plan(proposal.plan)
        print_findings(proposal.findings)
    if proposal.is_blocked:
        raise typer.Exit(Exit.REFUSED)


Lock = Annotated[bool, typer.Option("--lock", help="Lock an unlocked budget in Procore first.")]
Continue = Annotated[str, typer.Option("--continue", metavar="EXPORT", help="Go on with an interrupted export.")]


def setup(
    project: Project,
    by: By,
    *,
    lock: Lock = False,
    continue_export: Continue = "",
    no_wait: NoWait = False,
    profile: Profile = "",
    json: AsJson = False,
) -> None:
    """Send a project's budget for acceptance, the first time: starts the setup flow."""
    project_number(project)
    named = _parameters(project, by, lock=lock, continue_export=continue_export, profile=profile)
    _send(Kind.SETUP, named, no_wait=no_wait, as_json=json)


def update(
    project: Project,
    by: By,
    *,
    lock: Lock = False,
    continue_export: Continue = "",
    no_wait: NoWait = False,
    profile: Profile = "",
    json: AsJson = False,
) -> None:
    """Send what changed in a project's budget since its first export for acceptance: starts the update flow."""
    project_number(project)
    named = _parameters(project, by, lock=lock, continue_export=continue_export, profile=profile)
    _send(Kind.UPDATE, named, no_wait=no_wait, as_json=json)


def _parameters(project: str, by: str, *, lock: bool, continue_export: str, profile: str) -> dict[str, Any]:
    """Name what a run is started with. A profile that is misspelt is told before anything is started."""
    if profile:
        load_settings(profile)
    named = {"project_id": project, "submitted_by": by, "lock_budget": lock, "continue_export": continue_export}
    return {**named, "profile": profile}


def undo(
    export_id: ExportId,
    by: By,
    *,
    continue_export: Continue = "",
    profile: AnyProfile = "",
    no_wait: NoWait = False,
    json: AsJson = False,
) -> None:
    """Send the taking back of an export for acceptance: starts the undo flow. Nothing is deleted in Vista."""
    with open_systems(profile_of_id(profile, export_id)) as systems:
        undo_of(systems, export_id, by, flow_run_id=None)
    named = {"export_id": export_id, "submitted_by": by, "continue_export": continue_export, "profile": profile}
    _send(Kind.UNDO, named, no_wait=no_wait, as_json=json)


def _send(kind: Kind, parameters: dict[str, Any], *, no_wait: bool, as_json: bool) -> None:
    """Start the run of an export and wait until it is planned."""
    run = runs.start_run(runs.DEPLOYMENTS[kind], parameters)
    if no_wait:
        _print_run(run, as_json=as_json)
        return
    with open_records() as journal:
        export = follow(journal, str(run), until=lambda one: one.state is not ExportState.PROPOSED)
        print_outcome(journal, export, as_json=as_json)


def retrieve(
    export_id: ExportId, by: By, reason: Reason = "Taken back.", *, profile: AnyProfile = "", json: AsJson = False
) -> None:
    """Take a budget back before anyone has decided: its sender may, and every operator. It stays locked in Procore."""
    with open_systems(profile_of_id(profile, export_id)) as systems:
        export = retrieve_budget(systems, export_id, by=by, reason=reason, at=now())
        if export.flow_run_id:
            _end_run(export.flow_run_id, export.id, by)
        print_outcome(systems.journal, export, as_json=json)


def _end_run(flow_run_id: str, export_id: str, by: str) -> None:
    try:
        tidying.tidy_run(flow_run_id, export_id, None, f"The budget was retrieved by {by}.")
    except runs.RunNotAnswered as problem:
        # The budget is retrieved all the same: its run, if it is ever resumed, finds that and ends.
        errors.print(f"The run that waits for an answer could not be ended: {escape(str(problem))}", highlight=False)


def _print_run(run: UUID, *, as_json: bool) -> None:
    if as_json:
        print_json({"flow_run_id": run, "url": runs.run_address(run)})
    else:
        console.print(f"Started: {runs.run_address(run)}", highlight=False)
