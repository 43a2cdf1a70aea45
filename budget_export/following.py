"""Wait for an export to come to rest, with progress, and say how it stands. The journal alone is believed."""

import time
from collections.abc import Callable

import typer
from rich.markup import escape

from budget_export.exits import Exit
from budget_export.printing import console, errors, print_findings, print_json
from connectors.journal.journal import Journal
from connectors.journal.records import ExportRecord
from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from tasks import runs

_PAUSE_SECONDS = 0.5
_WAIT_SECONDS_MAX = 900.0

_EXITS = {
    ExportState.BLOCKED: Exit.REFUSED,
    ExportState.STALE: Exit.REFUSED,
    ExportState.EXPIRED: Exit.REFUSED,
    ExportState.FAILED: Exit.REFUSED,
    ExportState.VERIFICATION_FAILED: Exit.NOT_AS_PLANNED,
}


def follow(journal: Journal, flow_run_id: str, until: Callable[[ExportRecord], bool]) -> ExportRecord:
    """Wait until the export of a flow run is where it should be, or its run ended without one.

    Raises:
        RunNotAnswered: if the run ended before it opened an export, or nothing happened for a quarter of an hour.
    """
    waited = 0.0
    with errors.status("Waiting for the flow run ...") as status:
        while waited < _WAIT_SECONDS_MAX:
            export = journal.export_of_flow_run(flow_run_id)
            if export is not None:
                status.update(f"{export.id}: {str(export.state).replace('_', ' ')} ...")
                if until(export):
                    return export
            if problem := runs.ended_without_success(flow_run_id):
                raise runs.RunNotAnswered(problem)
            time.sleep(_PAUSE_SECONDS)
            waited += _PAUSE_SECONDS
    raise runs.RunNotAnswered(f"Flow run {flow_run_id} did not get there in {_WAIT_SECONDS_MAX:.0f} seconds.")


def continue_command(journal: Journal, export: ExportRecord) -> str:
    """Spell the command that lets a new run go on with an interrupted export."""
    subject = str(export.project_id)
    if export.kind is Kind.UNDO:
        subject = journal.proposed_plan(export.id).undoes
    return f"budget-export {export.kind} {subject} --by MAIL --continue {export.id}"


def print_outcome(journal: Journal, export: ExportRecord, *, as_json: bool) -> None:
    """Print how the export stands and leave with its exit code."""
    last = journal.transitions(export.id)[-1]
    findings = journal.findings(export.id)
    address = runs.run_address(export.flow_run_id)
    if as_json:
        print_json({"export": export, "reason": last.reason, "findings": findings, "url": address})
    else:
        if export.state is ExportState.BLOCKED:
            print_findings(findings)
        state = str(export.state).replace("_", " ")
        code = f", plan {export.plan_code}" if export.plan_code else ""
        console.print(f"[bold]{export.id}[/] is {state}{code}. {escape(last.reason)}", highlight=False)
        if export.is_open and address:
            console.print(f"Decide here (⋮ menu, Resume): {address}", highlight=False)
    if exit_code := _EXITS.get(export.state):
        raise typer.Exit(exit_code)
