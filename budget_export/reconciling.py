"""The command reconcile: do Procore and Vista agree, line by line? Writes nothing anywhere but the file asked for."""

from collections.abc import Sequence
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.status import Status

from budget_export.options import AnyProfile, AsJson
from budget_export.printing import errors, print_json, print_table, say
from connectors.journal.records import ExportRecord
from jobcost.deadline import in_zone
from jobcost.reconciliation_results import NotCompared, Outcome, Reconciliation
from jobcost.rendering.reconciliation import (
    as_of_text,
    classes_table,
    explanations,
    job_heading,
    lines_table,
    outcomes_sentence,
    outcomes_table,
    policy_text,
    reconciliations_csv,
)
from tasks.profiles import Broken, Round, in_each_profile
from tasks.reconcile_tasks import knowing
from tasks.steps.reconcile import NothingToReconcile, Progress, exported_jobs, jobs_meant, reconcile_jobs
from tasks.systems import Systems, now

# Of this command alone: a program asks it whether the systems agree.
DIFFERENCES = 1
NOT_COMPARED = 2


def reconcile(
    named: Annotated[
        str | None,
        typer.Argument(metavar="[JOB|PROJECT]", help="A Vista job, or a Procore project's number.", show_default=False),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DAY", help="As it was at the end of this day, such as 2026-11-30."),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write every line to this CSV file.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Compare every exported job.")] = False,
    profile: AnyProfile = "",
    json: AsJson = False,
) -> None:
    """Compare Procore, Vista and what was last verified. Exit code: 0 agree, 1 differ, 2 could not be compared."""
    if every is (named is not None):
        raise typer.BadParameter("name a job or a project, or ask for --all of them")
    day = _day(as_of)
    try:
        found = _compared(named, day, profile)
    except NothingToReconcile as problem:
        if json:
            print_json({"error": type(problem).__name__, "message": str(problem), "exit_code": NOT_COMPARED})
        else:
            say(str(problem))
        raise typer.Exit(NOT_COMPARED) from None
    outcomes = tuple(chain.from_iterable(found.made))
    if csv is not None:
        _write(csv, outcomes)
    if json:
        _print_json(outcomes, day, found.broken)
    else:
        _print(outcomes, day, csv)
        for broken in found.broken:
            say(f"✗ {broken}")
    if code := NOT_COMPARED if found.broken else exit_code(outcomes):
        raise typer.Exit(code)


def _compared(named: str | None, day: date | None, profile: str) -> Round[tuple[Outcome, ...]]:
    with errors.status("Reading the journal ...") as status:

        def compared(systems: Systems) -> tuple[Outcome, ...]:
            _require_past(systems, day)
            records = exported_jobs(systems, day) if named is None else jobs_meant(systems, named)
            return reconcile_jobs(systems, records, as_of=day, progress=_telling(status))

        return in_each_profile(profile, compared, if_it=knowing(named or ""))


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """Return 0 if all agree, 2 if one could not be compared, 1 if one differs."""
    if any(isinstance(one, NotCompared) for one in outcomes):
        return NOT_COMPARED
    return 0 if all(isinstance(one, Reconciliation) and one.agrees for one in outcomes) else DIFFERENCES


def _telling(status: Status) -> Progress:
    def tell(record: ExportRecord, number: int, total: int) -> None:
        name = escape(f"{(record.job or '').strip()} {record.project_name}")
        told = f"{number} of {total}: job {name} ..."
        # A log has no line that could change.
        status.update(told) if errors.is_terminal else errors.print(told, highlight=False)

    return tell


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text is not None else None
    except ValueError:
        raise typer.BadParameter(f"--as-of: expected a day such as 2026-11-30, found {text!r}") from None


def _require_past(systems: Systems, day: date | None) -> None:
    today = in_zone(now(), systems.config.acceptance).date()
    if day is not None and day > today:
        raise typer.BadParameter(f"--as-of: expected a day until today, {today}, found {day}")


def _print(outcomes: Sequence[Outcome], day: date | None, csv: Path | None) -> None:
    for outcome in outcomes:
        if isinstance(outcome, NotCompared):
            say(f"Job {outcome.job.strip()} could not be compared: {outcome.why}")
        else:
            _print_job(outcome)
    if len(outcomes) != 1:
        print_table("Exported jobs", outcomes_table(outcomes))
    say(f"{outcomes_sentence(outcomes)}.")
    say(as_of_text(day))
    if csv is not None:
        say(f"Every line is in {csv}.")


def _print_job(made: Reconciliation) -> None:
    told = explanations(made)
    if made.differences:
        print_table(job_heading(made), lines_table(made))
    if not made.agrees:
        print_table("", classes_table(made))
        say(policy_text(made))
    for one in told:
        say(f"- {one}")


def _print_json(outcomes: Sequence[Outcome], day: date | None, broken: Sequence[Broken]) -> None:
    told = [
        {"not_compared": one} if isinstance(one, NotCompared) else {"reconciliation": one, "agrees": one.agrees}
        for one in outcomes
    ]
    summary = {"summary": outcomes_sentence(outcomes), "broken_profiles": broken}
    print_json({"as_of": day, "meaning": as_of_text(day), "jobs": told, **summary})


def _write(file: Path, outcomes: Sequence[Outcome]) -> None:
    try:
        # The byte order mark tells spreadsheets that the text is UTF-8.
        file.write_text(reconciliations_csv(outcomes), encoding="utf-8-sig", newline="")
    except OSError as problem:
        raise typer.BadParameter(f"--csv: {file} cannot be written: {problem.strerror}") from None
