"""The inbox: what waits for an answer, the oldest first, and who may give it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from jobcost.rendering.escaping import markdown_text
from jobcost.rendering.moments import local_text, short_local_text, span_text
from jobcost.rendering.tables import Column, Heading, Table, markdown_table, table_of
from jobcost.rendering.wording import counted, signed_money_text
from jobcost.story import Story

# Less than this to the deadline is marked.
SOON = timedelta(hours=24)

_NOTHING_WAITS = "Nothing waits for an answer."


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """An export that waits, and whose answer would count now."""

    story: Story
    # E-mail addresses; empty when nobody may decide.
    may_decide: tuple[str, ...]


def inbox_table(rows: Iterable[InboxRow], at: datetime, zone_name: str) -> Table:
    """Lay out what waits, the oldest first, for a terminal or a page. Plain text."""
    return table_of(_columns(at, zone_name), oldest_first(rows))


def oldest_first(rows: Iterable[InboxRow]) -> tuple[InboxRow, ...]:
    """Put first what has waited longest."""
    return tuple(sorted(rows, key=lambda row: (waiting_since(row.story), row.story.export_id)))


def waiting_since(story: Story) -> datetime:
    """Return since when it waits."""
    return story.asked_at or story.sent_at


def deadline_words(story: Story, at: datetime, zone_name: str) -> str:
    """Spell the deadline in the company's time zone, which the page names, marked in words when it is near or over."""
    if story.deadline_at is None:
        return "none"
    spelt = short_local_text(story.deadline_at, zone_name)
    left = story.deadline_at - at
    if left <= timedelta(0):
        return f"OVERDUE: {spelt}"
    return f"SOON, in {span_text(left)}: {spelt}" if left < SOON else spelt


def inbox_markdown(rows: Iterable[InboxRow], *, at: datetime, zone_name: str) -> str:
    """Write the inbox as a page."""
    ordered = oldest_first(rows)
    as_of = f"As of {markdown_text(local_text(at, zone_name))}."
    if not ordered:
        return f"# Inbox: nothing waits\n\n{_NOTHING_WAITS} {as_of}\n"
    links = tuple(row.story.run_url for row in ordered)
    table = markdown_table(table_of(_page_columns(at, zone_name), ordered), links=links)
    # Below, not in a column: addresses do not break, and would push the table out of a laptop's page.
    deciders = "\n".join(f"- {markdown_text(row.story.export_id)}: {markdown_text(_deciders(row))}" for row in ordered)
    title = f"# Inbox: {counted(len(ordered), 'budget waits', 'budgets wait')}"
    return f"{title}\n\n{as_of}\n\n{table}\n\n## Who may decide\n\n{deciders}\n"


def _columns(at: datetime, zone_name: str) -> tuple[Column[InboxRow], ...]:
    return (
        Column(Heading("Export"), lambda row: row.story.export_id),
        Column(Heading("Job"), lambda row: (row.story.job or "").strip()),
        Column(Heading("Company", "right"), lambda row: str(row.story.jcco)),
        Column(Heading("Project"), lambda row: row.story.project_name),
        Column(Heading("Change", "right"), lambda row: change_text(row.story)),
        Column(Heading("Waits", "right"), lambda row: span_text(at - waiting_since(row.story))),
        Column(Heading("Deadline"), lambda row: deadline_words(row.story, at, zone_name)),
        Column(Heading("Who may decide"), _deciders),
    )


def _page_columns(at: datetime, zone_name: str) -> tuple[Column[InboxRow], ...]:
    return (
        Column(Heading("Export"), lambda row: row.story.export_id),
        Column(Heading("Budget"), _budget),
        Column(Heading("Change", "right"), lambda row: change_text(row.story)),
        Column(Heading("Waits", "right"), lambda row: span_text(at - waiting_since(row.story))),
        Column(Heading("Answer until"), lambda row: deadline_words(row.story, at, zone_name)),
    )


def _budget(row: InboxRow) -> str:
    story = row.story
    job = f"job {story.job.strip()}" if story.job and story.job.strip() else ""
    return ", ".join(part for part in (story.project_name, job, f"company {story.jcco}") if part)


def change_text(story: Story) -> str:
    """Spell the amount that limits are held against (Plan.largest_move); "" without a plan."""
    return "" if story.difference is None else signed_money_text(story.difference)


def _deciders(row: InboxRow) -> str:
    first = f"accepted by {', '.join(row.story.accepted_by)}; now a second: " if row.story.accepted_by else ""
    return first + (", ".join(row.may_decide) or "NOBODY: an approver must be enrolled")
