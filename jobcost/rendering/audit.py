"""The story of one export for an auditor: who, when, which digest, which lines, what was read back; and its proof.

As tables for a terminal, as a page to print, and (`audit_file`) as CSV. Times are in UTC, to the second.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from jobcost.money import money_text
from jobcost.rendering.audit_file import audit_csv
from jobcost.rendering.audit_story import (
    AuditAnswer,
    AuditEnrolment,
    AuditLine,
    AuditMove,
    AuditNotice,
    AuditStory,
)
from jobcost.rendering.audit_words import (
    companies_text,
    cost_text,
    enrolled_by_text,
    fate_text,
    job_text,
    limit_text,
    move_text,
    proof_of_person,
    proof_sentence,
    result_text,
    utc_text,
)
from jobcost.rendering.html import heading_html, list_html, page_html, paragraph_html, table_html
from jobcost.rendering.moments import local_text
from jobcost.rendering.tables import Column, Heading, Table, table_of
from jobcost.rendering.wording import phase_text, quantity_text, signed_money_text

__all__ = [
    "AuditAnswer",
    "AuditEnrolment",
    "AuditLine",
    "AuditMove",
    "AuditNotice",
    "AuditStory",
    "audit_csv",
    "audit_html",
    "audit_tables",
    "proof_sentence",
]

# Our own rules for paper: wide tables lie across, a row is not torn apart, headings repeat on each sheet.
_PRINTED = (
    "@page{size:landscape;margin:12mm}td{overflow-wrap:break-word}"
    "@media print{div{overflow:visible!important;max-width:none!important}tr{break-inside:avoid}"
    "thead{display:table-header-group}h2{break-after:avoid}}"
)


def audit_tables(story: AuditStory) -> tuple[tuple[str, Table], ...]:
    """Lay the story out: a title and a table each, the empty ones left out. Plain text."""
    tables = (
        ("This export", _facts_table(story)),
        ("What happened", table_of(_MOVES, story.moves)),
        ("Answers", table_of(_ANSWERS, _named_digests(story))),
        ("Enrolments in force of who accepted", table_of(_ENROLMENTS, story.enrolments)),
        ("Lines", table_of(_LINES, story.lines, _total(story) if story.lines else ())),
        ("Notices", table_of(_NOTICES, story.notices)),
        ("Proof", _proof_table(story)),
    )
    return tuple((title, table) for title, table in tables if table.rows)


def audit_html(story: AuditStory) -> str:
    """Write the story as one page to keep or print; it loads nothing."""
    parts = [
        heading_html(f"Audit of export {story.export_id}"),
        paragraph_html(proof_sentence(story), bold=True),
        list_html(story.problems) if story.problems else "",
        paragraph_html(
            f"Written {utc_text(story.written_at)}. Times are in UTC; the company's time zone is {story.zone_name}."
            " Amounts are US dollars."
        ),
    ]
    for title, table in audit_tables(story):
        parts += [heading_html(title, 2), table_html(table)]
    return page_html(f"Audit of export {story.export_id}", parts, width="1080px", style_sheet=_PRINTED)


def _facts_table(story: AuditStory) -> Table:
    facts = (
        ("Export", f"{story.export_id} ({story.kind})"),
        ("Project in Procore", f"{story.project_name} ({story.project_id})"),
        ("Job in Vista", f"{job_text(story)} (company {story.jcco})"),
        ("State", story.state.replace("_", " ")),
        ("Sent by", story.submitted_by),
        ("Sent", _both(story, story.sent_at)),
        ("Answer until", _both(story, story.deadline_at)),
        ("Ended", _both(story, story.ended_at)),
        ("Plan code", story.plan_code or ""),
        ("Plan digest (SHA-256)", story.plan_digest or ""),
        ("Total before", _money(story.total_before)),
        ("Total as accepted", _money(story.total_after)),
        ("Total read back from Vista", _money(story.total_read_back)),
    )
    return _fact_rows(facts)


def _proof_table(story: AuditStory) -> Table:
    facts = (
        ("Result", proof_sentence(story)),
        ("Links of this export", ", ".join(map(str, story.link_numbers))),
        ("Links in the whole chain", f"{story.links:,}"),
        ("End of the chain, to be kept", story.head),
        *((f"Problem {number}", problem) for number, problem in enumerate(story.problems, 1)),
    )
    return _fact_rows(facts)


def _fact_rows(facts: tuple[tuple[str, str], ...]) -> Table:
    known = tuple((name, value) for name, value in facts if value)
    return Table(headings=(Heading("About"), Heading("What the journal holds")), rows=known)


def _total(story: AuditStory) -> tuple[str, ...]:
    moved = None
    if story.total_before is not None and story.total_after is not None:
        moved = story.total_after - story.total_before
    totals = (_money(story.total_before), _money(story.total_after), signed_money_text(moved) if moved else "")
    return ("Total", "", "", "", *totals, _money(story.total_read_back), "")


def _named_digests(story: AuditStory) -> Iterator[AuditAnswer]:
    """Say of the plan's own digest that it is; any other is written out."""
    for answer in story.answers:
        digest = answer.digest or ""
        is_own = bool(digest) and digest == story.plan_digest
        yield replace(answer, digest=f"this plan's, {digest[:12]}..." if is_own else digest)


def _both(story: AuditStory, moment: datetime | None) -> str:
    if moment is None:
        return ""
    local = f", {local_text(moment, story.zone_name)}" if story.zone_name != "UTC" else ""
    return f"{utc_text(moment)}{local}"


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else money_text(amount)


def _quantities(line: AuditLine) -> str:
    worked = f", {quantity_text(line.after.hours)} hours" if line.after.hours else ""
    return f"{quantity_text(line.after.units)} {line.um}{worked}".strip()


def _read_back(line: AuditLine) -> str:
    return "" if line.is_right is None else cost_text(line.read_back)


_MOVES: tuple[Column[AuditMove], ...] = (
    Column(Heading("When"), lambda row: utc_text(row.at)),
    Column(Heading("What"), move_text),
    Column(Heading("By"), lambda row: row.actor),
    Column(Heading("Reason"), lambda row: row.reason),
)

_ANSWERS: tuple[Column[AuditAnswer], ...] = (
    Column(Heading("Recorded"), lambda row: utc_text(row.recorded_at)),
    Column(Heading("Given"), lambda row: utc_text(row.given_at)),
    Column(Heading("Question", "right"), lambda row: str(row.ask)),
    Column(Heading("Verdict"), lambda row: row.verdict),
    Column(Heading("In the name of"), lambda row: row.approver),
    Column(Heading("As deputy for"), lambda row: row.deputy_for or ""),
    Column(Heading("One-time code"), proof_of_person),
    Column(Heading("Plan digest"), lambda row: row.digest or ""),
    Column(Heading("Reason, or why it did not count"), lambda row: row.refusal or row.reason),
)

_ENROLMENTS: tuple[Column[AuditEnrolment], ...] = (
    Column(Heading("Who"), lambda row: row.email),
    Column(Heading("Name"), lambda row: row.name),
    Column(Heading("As"), lambda row: row.role),
    Column(Heading("Companies"), companies_text),
    Column(Heading("Limit", "right"), limit_text),
    Column(Heading("Deputy"), lambda row: row.deputy),
    Column(Heading("Enrolled by"), enrolled_by_text),
    Column(Heading("Since"), lambda row: utc_text(row.enrolled_at)),
)

_LINES: tuple[Column[AuditLine], ...] = (
    Column(Heading("Vista phase"), lambda row: phase_text(row.phase)),
    Column(Heading("Type", "right"), lambda row: str(row.cost_type)),
    Column(Heading("Name"), lambda row: row.name),
    Column(Heading("Units", "right"), _quantities),
    Column(Heading("Before", "right"), lambda row: cost_text(row.before)),
    Column(Heading("As accepted", "right"), lambda row: money_text(row.after.cost)),
    Column(
        Heading("Difference", "right"),
        lambda row: signed_money_text(row.after.cost - (row.before.cost if row.before else Decimal(0))),
    ),
    Column(Heading("Read back", "right"), _read_back),
    Column(Heading("Result"), result_text),
)

_NOTICES: tuple[Column[AuditNotice], ...] = (
    Column(Heading("Caused"), lambda row: utc_text(row.created_at)),
    Column(Heading("What"), lambda row: row.kind.replace("_", " ")),
    Column(Heading("To"), lambda row: row.recipient),
    Column(Heading("What became of it"), fate_text),
    Column(Heading("Last problem"), lambda row: row.problem),
)
