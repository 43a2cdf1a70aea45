"""Commands that only look: inbox, show, verify, doctor."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from budget_export.exits import Exit
from budget_export.options import AnyProfile, AsJson, ExportId, JobCode, Profile
from budget_export.printing import (
    console,
    errors,
    moment,
    print_findings,
    print_json,
    print_plan,
    print_table,
    print_verification,
    table,
)
from connectors.journal.errors import JournalError, NoPlan
from connectors.journal.records import DecisionRecord, ExportRecord, TransitionRecord
from jobcost.money import ZERO_DOLLARS, money_text
from jobcost.plan import Plan
from jobcost.rendering.inbox import InboxRow, inbox_table
from jobcost.rendering.lines import lines_csv
from tasks import runs
from tasks.profiles import in_each_profile, profile_of_id
from tasks.steps.verify import read_back
from tasks.surroundings import examine
from tasks.systems import Systems, now, open_systems
from tasks.telling_people import inbox_rows


def inbox(
    company: Annotated[
        int | None, typer.Option("--company", metavar="N", help="Only what concerns this Vista company.")
    ] = None,
    *,
    profile: AnyProfile = "",
    json: AsJson = False,
) -> None:
    """List what waits for an approver, the oldest first, and who may decide."""
    at = now()
    waiting: dict[str, ExportRecord] = {}
    rows: list[InboxRow] = []
    zones: list[str] = []

    def gather(systems: Systems) -> None:
        systems.journal.expire_overdue(at, companies=systems.companies)
        inbox = systems.own(systems.journal.inbox())
        mine = {export.id: export for export in inbox if company in {None, export.jcco}}
        waiting.update(mine)
        rows.extend(row for row in inbox_rows(systems) if row.story.export_id in mine)
        zones.append(systems.config.acceptance.time_zone)

    found = in_each_profile(profile, gather)
    # What waits elsewhere is shown all the same.
    rows.sort(key=lambda row: row.story.sent_at)
    if json:
        differences = {row.story.export_id: money_text(row.story.difference or ZERO_DOLLARS) for row in rows}
        deciders = {row.story.export_id: row.may_decide for row in rows}
        print_json({"inbox": list(waiting.values()), "differences": differences, "may_decide": deciders})
    else:
        print_table(f"{len(rows)} waiting for acceptance", inbox_table(rows, at, zones[0] if zones else "UTC"))
    found.whole()


def show(
    export_id: ExportId,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write every line to this CSV file.")] = None,
    *,
    profile: AnyProfile = "",
    json: AsJson = False,
) -> None:
    """Show one export: its plan line by line, findings, decisions and every transition."""
    with open_systems(profile_of_id(profile, export_id)) as systems:
        export = systems.export(export_id)
        plan = _plan_of(systems, export)
        findings = systems.journal.findings(export_id)
        decisions = systems.journal.decisions(export_id)
        transitions = systems.journal.transitions(export_id)
    if csv is not None:
        _write_csv(csv, export, plan)
    if json:
        print_json(
            {
                "export": export,
                "plan": plan,
                "findings": findings,
                "decisions": decisions,
                "transitions": transitions,
                "url": runs.run_address(export.flow_run_id),
            }
        )
        return
    if plan is not None:
        print_plan(plan)
    print_findings(findings)
    _print_story(export, decisions, transitions)
    if csv is not None:
        console.print(f"Every line is in {escape(str(csv))}.", highlight=False)


def _write_csv(file: Path, export: ExportRecord, plan: Plan | None) -> None:
    if plan is None:
        raise typer.BadParameter(
            f"--csv: {export.id} is {export.state} and has no plan, so there are no lines to write"
        )
    try:
        file.write_text(lines_csv(plan), encoding="utf-8", newline="")
    except OSError as problem:
        raise typer.BadParameter(f"--csv: {file} cannot be written: {problem.strerror}") from None


def _print_story(
    export: ExportRecord, decisions: Sequence[DecisionRecord], transitions: Sequence[TransitionRecord]
) -> None:
    rows = [(moment(d.at), d.verdict, _decider(d), d.reason or d.refusal.replace("\n", " ")) for d in decisions]
    if rows:
        table("Answers", ("When", "Verdict", "Approver", "Reason"), rows)
    moves = [(moment(t.at), str(t.to_state).replace("_", " "), t.actor, t.reason) for t in transitions]
    table(f"Export {export.id}", ("When", "State", "By", "Why"), moves)


def verify(job: JobCode, *, profile: Profile = "", json: AsJson = False) -> None:
    """Read a job back now and compare it with what was last verified there. Changes nothing."""
    with open_systems(profile) as systems, errors.status("Reading the job from Vista ..."):
        estimate = systems.vista.read_estimate(job)
        stored = estimate.job.job if estimate.job else job
        last = systems.journal.last_verified(systems.jcco, stored)
        if last is None:
            raise JournalError(
                "There is nothing to compare the job with.",
                where=f"Job {job}",
                expected="a verified export of the job",
                found="none",
                way_out="Export its budget first, or look at all attempts with budget-export history JOB.",
            )
        plan = systems.journal.plan(last.id)
        verification = read_back(systems, plan)
    if json:
        print_json({"export": last, "as_planned": verification.is_right, "verification": verification})
    else:
        print_verification(verification, plan)
        console.print(f"In Vista: JC Job Phases of job {escape(stored.rstrip())}, Original Estimate.", highlight=False)
    if not verification.is_right:
        raise typer.Exit(Exit.NOT_AS_PLANNED)


def doctor(*, json: AsJson = False) -> None:
    """Check settings, Procore access, Vista login, triggers, masks, journal and Prefect, in one table."""
    checks = examine()
    if json:
        print_json({"checks": checks, "healthy": all(check.ok is not False for check in checks)})
    else:
        marks = {True: "✓", False: "✗", None: "!"}
        rows = [(marks[check.ok], check.name, check.found, check.way_out) for check in checks]
        table("Doctor", ("", "What", "Found", "Way out"), rows)
    if any(check.ok is False for check in checks):
        raise typer.Exit(Exit.SURROUNDINGS)


def _decider(decision: DecisionRecord) -> str:
    return f"{decision.approver} (for {decision.deputy_for})" if decision.deputy_for else decision.approver


def _plan_of(systems: Systems, export: ExportRecord) -> Plan | None:
    try:
        return systems.journal.plan(export.id)
    except NoPlan:
        return None
