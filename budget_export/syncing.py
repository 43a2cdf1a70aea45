"""The command sync: what the scheduled sync does, now; or only shows."""

from typing import Annotated
from uuid import uuid4

import typer

from budget_export.exits import Exit
from budget_export.options import AnyProfile, AsJson
from budget_export.printing import errors, print_json, print_table, say
from jobcost.rendering.sync import step_sentence, step_word, sync_counts, sync_table
from jobcost.sync import Failed, SyncReport, Unchanged
from tasks import runs
from tasks.profiles import in_each_profile
from tasks.steps.noting import note_syncs
from tasks.steps.propose import project_number
from tasks.steps.sync import SyncOrder
from tasks.steps.sync import sync as look_at_projects
from tasks.steps.sync_news import sync_name
from tasks.sync_tasks import all_reports, concerned_by, starting_in
from tasks.systems import Systems, now


def sync(
    project: Annotated[
        str, typer.Argument(metavar="[PROJECT]", help="One Procore project's number; without it, every exported one.")
    ] = "",
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be started; nothing is started or recorded.")
    ] = False,
    profile: AnyProfile = "",
    json: AsJson = False,
) -> None:
    """Start an update for every exported project whose budget moved; each waits for its approver."""
    number = project_number(project) if project else None
    name = f"command-{uuid4()}"

    def looked(systems: Systems) -> SyncReport:
        order = SyncOrder(
            sync_id=sync_name(name, systems.profile),
            project_id=number,
            start=None if dry_run else starting_in(systems.profile),
            say=status.update,
        )
        report = look_at_projects(systems, order, now())
        if not dry_run:
            note_syncs(systems, now())
        return report

    with errors.status("Reading Procore ...") as status:
        found = in_each_profile(profile, looked, if_it=concerned_by(number))
    report = all_reports(found.made)
    _print(report, as_json=json)
    found.whole()
    if report.of(Failed):
        raise typer.Exit(Exit.SURROUNDINGS)


def _print(report: SyncReport, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {"is_dry_run": report.is_dry_run, "never_exported": report.never_exported, "projects": _rows(report)}
        )
        return
    title = "What a sync would do" if report.is_dry_run else "Sync"
    told = tuple(line for line in report.lines if not isinstance(line.step, Unchanged))
    if told:
        print_table(title, sync_table(told))
    say(f"{title}: {sync_counts(report)}. Linked in Procore and never exported: {report.never_exported}.")


def _rows(report: SyncReport) -> list[dict[str, str | int | None]]:
    return [
        {
            "project_id": line.project_id,
            "project": line.name,
            "job": line.job.strip(),
            "step": step_word(line.step),
            "why": step_sentence(line.step),
            "flow_run_id": line.run or None,
            "url": runs.run_address(line.run or None),
        }
        for line in report.lines
    ]
