"""Commands of the approver: accept, reject; and clear, after somebody looked into a failed verification."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

import typer
from rich.markup import escape

from budget_export.exits import Exit
from budget_export.following import continue_command, follow, print_outcome
from budget_export.options import AnyProfile, ApproverMail, AsJson, By, Code, ExportId, NoWait, Reason
from budget_export.printing import console, print_json
from budget_export.proving import given_code
from connectors.journal.errors import ExportMoved
from connectors.journal.records import ExportRecord, Verdict
from jobcost.acceptance import ACCEPT, REJECT, Answer
from jobcost.lifecycle import ExportState
from tasks import runs
from tasks.forms import form_for
from tasks.profiles import profile_of_id
from tasks.systems import Systems, now, open_systems

# An export that has come to rest after an answer: ended, or waiting for the next one.
_ON_ITS_WAY = frozenset({ExportState.ACCEPTED, ExportState.APPLYING, ExportState.APPLIED})

PlanCodeOption = Annotated[str, typer.Option("--plan", metavar="CODE", help="The plan code you read in the review.")]


def accept(
    export_id: ExportId,
    plan: PlanCodeOption,
    approver: ApproverMail,
    *,
    set_deleted_to_zero: Annotated[
        bool,
        typer.Option(
            "--set-deleted-to-zero", help="Consent to set lines to zero that Procore no longer has; else they are kept."
        ),
    ] = False,
    code: Code = None,
    no_wait: NoWait = False,
    profile: AnyProfile = "",
    json: AsJson = False,
) -> None:
    """Accept exactly the plan with this code: answers the suspended run, as the Resume dialog does."""
    answer = Answer(decision=ACCEPT, approver=approver, plan_code=plan, reason="", zero_deleted=set_deleted_to_zero)
    _answer(export_id, answer, code, profile, no_wait=no_wait, as_json=json)


def reject(
    export_id: ExportId,
    reason: Reason,
    approver: ApproverMail,
    plan: PlanCodeOption = "",
    *,
    code: Code = None,
    no_wait: NoWait = False,
    profile: AnyProfile = "",
    json: AsJson = False,
) -> None:
    """Reject: the budget goes back to Procore's Budget tool, editable, with your reason."""
    answer = Answer(decision=REJECT, approver=approver, plan_code=plan, reason=reason)
    _answer(export_id, answer, code, profile, no_wait=no_wait, as_json=json)


def clear(export_id: ExportId, by: By, reason: Reason, *, profile: AnyProfile = "", json: AsJson = False) -> None:
    """Let a job's exports go on after its verification failed and somebody compared job and report."""
    with open_systems(profile_of_id(profile, export_id)) as systems:
        export = systems.journal.clear(systems.export(export_id).id, by=by, reason=reason, at=now())
    if json:
        print_json({"export": export})
    else:
        console.print(f"[bold]{export.id}[/] was cleared by {escape(by)}.", highlight=False)


def _answer(export_id: str, answer: Answer, code: str | None, profile: str, *, no_wait: bool, as_json: bool) -> None:
    with open_systems(profile_of_id(profile, export_id)) as systems:
        asked = systems.export(export_id)
        if asked.state is not ExportState.AWAITING_ACCEPTANCE:
            waiting = frozenset({ExportState.AWAITING_ACCEPTANCE})
            raise ExportMoved(asked.id, expected=waiting, found=asked.state)
        if asked.flow_run_id is None:
            raise runs.RunNotAnswered(
                f"{asked.id} is carried by no flow run that could take an answer. Continue it with a new one:"
                f" {continue_command(systems.journal, asked)}."
            )
        proposed = systems.journal.proposed_plan(asked.id)
        if answer.zero_deleted and not proposed.deleted:
            raise typer.BadParameter(f"--set-deleted-to-zero: plan {proposed.code} of {asked.id} has no deleted lines")
        plan_code = answer.plan_code or (asked.plan_code or "") if answer.decision == REJECT else answer.plan_code
        # Asked last: a code is worth something for a minute only.
        given = replace(answer, plan_code=plan_code, code=given_code(code))
        runs.answer_run(UUID(asked.flow_run_id), given, form_for(proposed))
        if no_wait:
            return
        export = follow(systems.journal, asked.flow_run_id, until=lambda one: _is_answered(one, asked))
        _leave_if_refused(systems, export, as_json=as_json)
        print_outcome(systems.journal, export, as_json=as_json)


def _is_answered(export: ExportRecord, asked: ExportRecord) -> bool:
    if export.state is ExportState.REJECTED:
        return export.budget_returned_at is not None
    return export.state not in _ON_ITS_WAY and (export.state is not asked.state or export.ask > asked.ask)


def _leave_if_refused(systems: Systems, export: ExportRecord, *, as_json: bool) -> None:
    decisions = systems.journal.decisions(export.id)
    last = decisions[-1] if decisions else None
    if export.state is not ExportState.AWAITING_ACCEPTANCE or last is None or last.verdict is not Verdict.REFUSED:
        return
    if as_json:
        print_json({"export": export, "refused": last.refusal.splitlines()})
    else:
        console.print("[bold red]Your answer was not taken:[/]", highlight=False)
        for reason in last.refusal.splitlines():
            console.print(f"  {escape(reason)}", highlight=False)
    raise typer.Exit(Exit.REFUSED)
