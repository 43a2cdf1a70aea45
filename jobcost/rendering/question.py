"""The short text above the acceptance form. The whole review is a link away; the reasons of a refusal come first."""

from collections.abc import Iterable

from jobcost.acceptance import KEEP, SET_TO_ZERO
from jobcost.findings import Finding, Severity
from jobcost.money import money_text
from jobcost.plan import Plan
from jobcost.rendering.answering import RULES_TEXT
from jobcost.rendering.escaping import markdown_inline, markdown_link, markdown_text
from jobcost.rendering.findings_page import RuleGroup, groups_of
from jobcost.rendering.line_rows import LineRow, line_rows, top_movers
from jobcost.rendering.lines import vista_now_text
from jobcost.rendering.orders import deleted_sentence, moves_current, short_orders_markdown, short_policy
from jobcost.rendering.revisions import ASKED_LINES_MAX, line_name, revision_markdown, thread_markdown
from jobcost.rendering.summary import subject_text
from jobcost.rendering.tables import Column, Heading, markdown_table, table_of
from jobcost.rendering.wording import counted, signed_money_text
from jobcost.revision import EarlierAttempt, Revision
from jobcost.rules.change_order_rules import current_not_as_revised

TOP_CHANGES = 5
WARNINGS_NAMED_MAX = 5
_CHOICE = (
    "**To answer:** copy the plan code; choose Accept or Reject; give your e-mail address as enrolled and the one-time"
    " code that your authenticator app shows now. A code counts once. The sender cannot decide. " + RULES_TEXT
)

# At most four narrow columns: the dialog is small. The review has the rest.
_COLUMNS: tuple[Column[LineRow], ...] = (
    Column(Heading("Line"), lambda row: line_name(row.phase, row.cost_type, row.name)),
    Column(Heading("Vista now", "right"), vista_now_text),
    Column(Heading("Vista after", "right"), lambda row: money_text(row.after.cost)),
    Column(Heading("Difference", "right"), lambda row: signed_money_text(row.difference)),
)


def question_markdown(  # noqa: PLR0913 - each is named where it is given, and most may be left out
    plan: Plan,
    findings: Iterable[Finding],
    *,
    export_id: str,
    refused_reasons: tuple[str, ...] = (),
    accepted_by: tuple[str, ...] = (),
    accepted_zeroing: bool = False,
    review_url: str | None = None,
    thread: tuple[EarlierAttempt, ...] = (),
    revision: Revision | None = None,
    deadline_text: str = "",
    zone_name: str = "UTC",
) -> str:
    """Write what the approver reads above the form.

    First why the last answer did not count, then the verdict in few lines: the job, how much, the plan code, who
    accepted first, warnings. Then what a budget that was rejected before changed, then the largest changes.
    """
    found = tuple(findings)
    parts = [
        _refusal(refused_reasons),
        _title(plan, accepted_by),
        _verdict(plan, found, deadline_text),
        _first_approver(plan, accepted_by, accepted_zeroing=accepted_zeroing),
        f"Export {markdown_text(export_id)}. {_review(review_url)}",
        thread_markdown(thread, zone_name),
        revision_markdown(revision, lines_max=ASKED_LINES_MAX, narrow=True),
        _largest_changes(plan),
        short_orders_markdown(plan, TOP_CHANGES),
        _deleted(plan),
        _warnings(found),
        _CHOICE,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _title(plan: Plan, accepted_by: tuple[str, ...]) -> str:
    who = "As second approver: accept" if accepted_by else "Accept"
    # Bold, not a heading: V1 shows hardly more than four lines above its form on a laptop.
    what = subject_text(plan.kind, plan.project_name)
    back = f", which takes back {markdown_text(plan.undoes)}" if plan.undoes else ""
    return f"**{who} {markdown_text(what)} for Vista job {markdown_text(plan.job)}{back}?**"


def _verdict(plan: Plan, findings: tuple[Finding, ...], deadline_text: str) -> str:
    warnings = sum(finding.severity is Severity.WARNING for finding in findings)
    told = counted(warnings, "warning") if warnings else "no warnings"
    # Short, so that the plan code stands among those lines, too.
    totals = f"from {money_text(plan.total_before)} to {money_text(plan.total_after)}"
    lines = [
        f"- Difference **{signed_money_text(plan.total_difference)}**, {totals}{_for_limits(plan)}",
        f"- Plan code **{plan.code}**, {told}",
    ]
    if moves_current(plan):
        before, after = plan.total_current_before, plan.total_current_after
        moved = f"from {money_text(before)} to {money_text(after)}"
        lines.append(f"- Current Estimate, with change orders: **{signed_money_text(after - before)}**, {moved}")
    if any(finding.rule == current_not_as_revised.id for finding in findings):
        current, revised = money_text(plan.total_current_after), money_text(plan.total_revised)
        lines.append(f"- **Not as in Procore:** Current Estimate {current} after the export, revised budget {revised}")
    if policy := short_policy(plan):
        lines.append(f"- Budget changes are {policy}")
    if deadline_text:
        lines.append(f"- Answer until {markdown_inline(deadline_text)}")
    return "\n".join(lines)


def _for_limits(plan: Plan) -> str:
    """Name the amount that limits are held against where it is not the difference of the total."""
    is_the_same = plan.largest_move == plan.total_difference
    return "" if is_the_same else f"; it counts as {signed_money_text(plan.largest_move)} for limits"


def _refusal(reasons: tuple[str, ...]) -> str:
    if not reasons:
        return ""
    listed = "\n".join(f"- {markdown_text(reason)}" for reason in reasons)
    return f"**Your last answer did not count. Nothing was written. Please answer again:**\n\n{listed}"


def _first_approver(plan: Plan, accepted_by: tuple[str, ...], *, accepted_zeroing: bool) -> str:
    if not accepted_by:
        return ""
    names = ", ".join(markdown_text(email) for email in accepted_by)
    told = f"**{names} accepted this plan already.** Its amount needs a second, different approver."
    if not plan.deleted:
        return told
    choice = SET_TO_ZERO if accepted_zeroing else KEEP
    return f"{told} For the deleted lines the choice was **{choice}**; to accept, choose the same."


def _review(review_url: str | None) -> str:
    if review_url is None:
        return "Read the whole review among the artifacts of this run first."
    return f"{markdown_link('Read the whole review', review_url)} first."


def _largest_changes(plan: Plan) -> str:
    number = len(plan.changes)
    movers = top_movers(line_rows(plan), TOP_CHANGES)
    if not movers:
        return ""
    title = f"The {len(movers)} largest of {counted(number, 'change')}:" if number > len(movers) else "All changes:"
    return f"{title}\n\n{markdown_table(table_of(_COLUMNS, movers))}"


def _deleted(plan: Plan) -> str:
    sentence = deleted_sentence(plan)
    return f"**Deleted lines:** {markdown_text(sentence)}" if sentence else ""


def _warnings(findings: Iterable[Finding]) -> str:
    groups = [group for group in groups_of(findings) if group.severity is Severity.WARNING]
    if not groups:
        return "No warnings."
    number = sum(len(group.findings) for group in groups)
    listed = [f"- {_warning(group)}" for group in groups[:WARNINGS_NAMED_MAX]]
    rest = sum(len(group.findings) for group in groups[WARNINGS_NAMED_MAX:])
    if rest:
        listed.append(f"- and {rest:,} more: see the review")
    return "\n".join([f"**{counted(number, 'warning')}:**", "", *listed])


def _warning(group: RuleGroup) -> str:
    first = group.findings[0]
    place = f" ({first.where}{_others(len(group.findings) - 1)})" if first.where else ""
    return f"{len(group.findings):,} × {markdown_text(first.what + place)}"


def _others(number: int) -> str:
    return f" and {counted(number, 'other')}" if number else ""
