"""The command history: every export of a job, and the value of one of its lines over time. Changes nothing."""

from typing import Annotated

import typer

from budget_export.options import AsJson, JobCode, Profile
from budget_export.printing import print_json, print_table, say
from jobcost.history import PastExport, line_over_time
from jobcost.money import money_text
from jobcost.rendering.history import history_sentence, history_table, kind_text, line_table
from tasks.steps.history import LineUnknown, line_key, past_exports
from tasks.systems import Systems, open_systems


def history(
    job: JobCode,
    line: Annotated[
        str | None,
        typer.Option("--line", metavar="PHASE/TYPE", help="The value of this line over time, such as 1000-101/2."),
    ] = None,
    *,
    profile: Profile = "",
    json: AsJson = False,
) -> None:
    """List all exports of a Vista job, the latest first; or tell what one of its lines was worth over time."""
    with open_systems(profile) as systems:
        if line is not None:
            _tell_line(systems, job, line, as_json=json)
            return
        stored = systems.vista.read_estimate(job).job
        records = systems.journal.history(systems.jcco, stored.job if stored else job)
        exports = past_exports(systems, stored.job if stored else job)
        zone = systems.config.acceptance.time_zone
    if json:
        totals = {one.export_id: money_text(one.plan.total_difference) for one in exports if one.plan}
        print_json({"exports": records, "differences": totals, "history": [_told(one) for one in exports]})
        return
    print_table(f"Exports of job {job}", history_table(exports, zone))
    for one in exports:
        say(history_sentence(one))


def _tell_line(systems: Systems, job: str, line: str, *, as_json: bool) -> None:
    try:
        stored, key = line_key(systems, job, line)
    except LineUnknown as problem:
        raise typer.BadParameter(f"--line: {problem}") from None
    points = line_over_time(past_exports(systems, stored), key)
    if as_json:
        print_json({"job": stored, "phase": key[0], "cost_type": key[1], "points": points})
        return
    print_table(
        f"Job {job}, phase {key[0]}, cost type {key[1]}", line_table(points, systems.config.acceptance.time_zone)
    )
    if not points:
        say("No export of the job knows this line.")


def _told(of: PastExport) -> dict[str, object]:
    plan = of.plan
    return {
        "export": of.export_id,
        "kind": kind_text(of),
        "state": of.state,
        "digest": plan.digest if plan else None,
        "plan_code": plan.code if plan else None,
        "original_before": plan.total_before if plan else None,
        "original_after": plan.total_after if plan else None,
        "current_before": plan.total_current_before if plan else None,
        "current_after": plan.total_current_after if plan else None,
        "change_orders": [{"number": one.aco, "amount": one.total} for one in plan.change_orders] if plan else [],
        "decisions": of.decisions,
    }
