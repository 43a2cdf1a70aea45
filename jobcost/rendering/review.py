"""The approver's page of one export: everything needed to accept or reject it, and the page of a blocked one."""

from collections.abc import Iterable
from dataclasses import dataclass

from jobcost.findings import Finding
from jobcost.plan import Plan
from jobcost.rendering.answering import RESUME_PLACE, RULES_TEXT
from jobcost.rendering.escaping import markdown_link, markdown_text
from jobcost.rendering.findings_page import count_sentence, findings_markdown
from jobcost.rendering.line_rows import line_rows, top_movers
from jobcost.rendering.lines import lines_table
from jobcost.rendering.orders import (
    current_table,
    deleted_markdown,
    moves_current,
    orders_markdown,
    policy_sentence,
)
from jobcost.rendering.revisions import REVIEWED_LINES_MAX, revision_markdown, thread_markdown
from jobcost.rendering.summary import counts_table, kind_text, subject_text, totals_table, units_sentence
from jobcost.rendering.tables import Heading, Table, markdown_table
from jobcost.rendering.wording import counted
from jobcost.revision import EarlierAttempt, Revision

# A page shows all lines up to this number; above it, the largest movers.
ALL_LINES_MAX = 200
TOP_MOVERS = 25
# As many hexadecimal characters of the digest as people compare at a glance.
SHORT_DIGEST_LENGTH = 12

_BLOCKED = (
    "Nothing was written to Vista, and nobody was asked to accept. Correct what is listed below, then send the budget"
    " again; it is checked anew from the start."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewContext:
    """What the pages of an export say besides its plan and findings."""

    export_id: str
    # E-mail address of the sender, who may not accept.
    submitted_by: str
    # Until when an answer counts, in words; "" where none is awaited.
    deadline_text: str = ""
    # What became of earlier exports of this job, one text each, oldest first.
    earlier: tuple[str, ...] = ()
    # Where the run that waits for the answer is shown.
    run_url: str | None = None
    # Where all lines can be had as CSV or as a table.
    lines_url: str | None = None
    # Earlier versions of this budget that were rejected, oldest first.
    thread: tuple[EarlierAttempt, ...] = ()
    # What changed since the last of them.
    revision: Revision | None = None
    # The company's time zone, in which the thread's times are told.
    zone_name: str = "UTC"


def review_markdown(plan: Plan, findings: Iterable[Finding], context: ReviewContext, *, top: int = TOP_MOVERS) -> str:
    """Write the approver's page: figures first, then findings, how to answer, and the lines."""
    found = tuple(findings)
    parts = [
        f"# {markdown_text(_subject(plan))} for Vista job {markdown_text(plan.job)}",
        _since_the_reject(context),
        "## Totals",
        markdown_table(totals_table(plan)),
        markdown_table(current_table(plan)) if moves_current(plan) else "",
        markdown_text(policy_sentence(plan)),
        "## This export",
        markdown_table(_facts(plan, found, context)),
        markdown_table(counts_table(plan)),
        markdown_text(units_sentence(plan)),
        orders_markdown(plan, found),
        deleted_markdown(plan),
        _earlier(context),
        findings_markdown(found) or "## Findings\n\nNo problems, no warnings, no notes.",
        _answering(plan, context),
        _lines(plan, context, top),
    ]
    return _page(parts)


def blocked_markdown(findings: Iterable[Finding], context: ReviewContext, *, plan: Plan | None = None) -> str:
    """Write the page of a blocked export: every finding at once, each with its way out."""
    found = tuple(findings)
    facts = [("Export", context.export_id), ("Sent by", context.submitted_by), ("Found", count_sentence(found))]
    if plan is not None:
        facts = [("Project in Procore", _project(plan)), ("Job in Vista", _job(plan)), *facts]
    parts = [
        "# Budget not sent: problems to correct first",
        _BLOCKED,
        markdown_table(_fact_table(facts)),
        _run_link(context),
        _since_the_reject(context),
        _earlier(context),
        findings_markdown(found, places_max=None),
    ]
    return _page(parts)


def _facts(plan: Plan, findings: tuple[Finding, ...], context: ReviewContext) -> Table:
    facts = [
        ("Project in Procore", _project(plan)),
        ("Job in Vista", _job(plan)),
        ("Kind", kind_text(plan)),
        ("Export", context.export_id),
        ("Sent by", context.submitted_by),
        ("Answer until", context.deadline_text),
        ("Plan code", plan.code),
        ("Plan digest", f"{plan.digest[:SHORT_DIGEST_LENGTH]}..."),
        ("Findings", count_sentence(findings)),
    ]
    return _fact_table(facts)


def _fact_table(facts: Iterable[tuple[str, str]]) -> Table:
    rows = tuple((name, value) for name, value in facts if value)
    return Table(headings=(Heading("About"), Heading("This export")), rows=rows)


def _project(plan: Plan) -> str:
    return f"{plan.project_name} ({plan.project_id})"


def _job(plan: Plan) -> str:
    return f"{plan.job.strip()} {plan.job_description} (company {plan.jcco})"


def _answering(plan: Plan, context: ReviewContext) -> str:
    run = markdown_link("Open the run", context.run_url) if context.run_url else "Open the run of this export"
    return (
        "## How to answer\n\n"
        f"1. {run}, and choose **Resume** ({RESUME_PLACE}).\n"
        f"2. Copy the plan code **{plan.code}** into the form, choose Accept or Reject, and give your e-mail address"
        " and the one-time code that your authenticator app shows then.\n"
        f"3. {RULES_TEXT}\n\n"
        "If anything moves in Procore or Vista before the plan is written, nothing is written and a new plan is made."
        " The sender cannot accept."
    )


def _since_the_reject(context: ReviewContext) -> str:
    parts = [
        thread_markdown(context.thread, context.zone_name),
        revision_markdown(context.revision, lines_max=REVIEWED_LINES_MAX),
    ]
    shown = [part for part in parts if part]
    return "\n\n".join(["## What changed since the rejected version", *shown]) if shown else ""


def _earlier(context: ReviewContext) -> str:
    if not context.earlier:
        return ""
    texts = "\n".join(f"- {markdown_text(text)}" for text in context.earlier)
    return f"## Earlier exports of this job\n\n{texts}"


def _lines(plan: Plan, context: ReviewContext, top: int) -> str:
    rows = line_rows(plan)
    if len(rows) <= ALL_LINES_MAX:
        table = lines_table(rows, with_total=True)
        introduction = f"All lines of the job: {len(rows):,}."
    else:
        movers = top_movers(rows, top)
        table = lines_table(movers)
        introduction = (
            f"The {counted(len(movers), 'line')} that move the most. {len(rows):,} lines in all; every line is in the"
            " CSV."
        )
    link = f" {markdown_link('All lines', context.lines_url)}" if context.lines_url else ""
    return f"## Lines\n\n{introduction}{link}\n\n{markdown_table(table)}"


def _subject(plan: Plan) -> str:
    subject = subject_text(plan.kind, plan.project_name).removeprefix("the ")
    return subject[0].upper() + subject[1:]


def _run_link(context: ReviewContext) -> str:
    return markdown_link("Open the run", context.run_url) if context.run_url else ""


def _page(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
