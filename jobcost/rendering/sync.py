"""What a sync came to, in words: a page, a mail, and the name of the run's final state."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from jobcost.rendering.escaping import markdown_text, single_line
from jobcost.rendering.letters import Listed, Message, Say, message
from jobcost.rendering.moments import local_text
from jobcost.rendering.tables import Column, Heading, Table, markdown_table, table_of
from jobcost.rendering.wording import counted
from jobcost.sync import Failed, Skip, Start, Step, SyncLine, SyncReport, Unchanged, Why

SYNC_ARTIFACT = "update-sync"

# "{about}" stands for the export that it is about.
_SKIPPED: dict[Why, str] = {
    Why.STOPPED: (
        "Stopped by the configuration. To let it go on, take it out of [sync] stopped_projects in the configuration"
        " file."
    ),
    Why.VERIFICATION_FAILED: (
        "Stopped: the verification of {about} failed. Look into it, then let the job's exports go on: budget-export"
        " clear {about} --by MAIL --reason TEXT"
    ),
    Why.OPEN: "{about} is still open; nothing else is started until it has ended.",
    Why.NEVER_EXPORTED: "It has no verified first export yet: budget-export setup.",
    Why.NOT_LISTED: (
        "Procore does not list it among the linked projects any more: its link to the job was removed, or the service"
        " account does not see it."
    ),
    Why.INACTIVE: "The project is inactive in Procore.",
    Why.REFUSED: (
        "A person said no to exactly this budget: {about} was rejected or taken back. It is proposed again when the"
        " budget changes, or when somebody sends it."
    ),
    Why.UNDONE: (
        "A person took exactly this budget back with {about}. It is proposed again when the budget changes, or when"
        " somebody sends it."
    ),
    Why.BLOCKED: "It moved, and findings forbid its export{about}. Correct them; the next sync looks again.",
    Why.RELINKED: (
        "Procore links the project to job {about} now; its budget was exported to another one, and findings forbid its"
        " export there. Correct the link, or export the budget to that job: budget-export setup."
    ),
    Why.UNLOCKED: "It moved and is being edited: the budget is unlocked in Procore. Lock it when it is complete.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncNews:
    """One thing that a sync's mail tells: of which project, and in which words."""

    # "started", "skipped" or "failed".
    what: str
    project_id: int
    name: str
    words: str


def step_word(step: Step) -> str:
    """Name what became of a project."""
    match step:
        case Start():
            return "started"
        case Unchanged():
            return "unchanged"
        case Skip():
            return "skipped"
        case Failed():
            return "failed"


def step_sentence(step: Step) -> str:
    """Say what became of a project, and why; "" where there is nothing to say."""
    match step:
        case Start(submitted_by=sender, since=since):
            return f"The budget moved since {since}; an update is put before an approver, in the name of {sender}."
        case Unchanged():
            return ""
        case Skip(why=Why.BLOCKED, about=about):
            return _SKIPPED[Why.BLOCKED].replace("{about}", f" (see {about})" if about else "")
        case Skip(why=why, about=about):
            return _SKIPPED[why].replace("{about}", about)
        case Failed(words=words):
            return single_line(words)


def sync_counts(report: SyncReport) -> str:
    """Count a sync's projects in one phrase.

    >>> sync_counts(SyncReport(lines=()))
    '0 started, 0 unchanged, 0 skipped, 0 failed'
    """
    kinds = (("started", Start), ("unchanged", Unchanged), ("skipped", Skip), ("failed", Failed))
    return ", ".join(f"{len(report.of(kind))} {word}" for word, kind in kinds)


def sync_state_name(report: SyncReport) -> str:
    """Name the run's final state: what a person must look into comes first."""
    failed, started = len(report.of(Failed)), len(report.of(Start))
    parts = [f"Failed for {failed}" if failed else "", f"started {started}" if started else ""]
    name = ", ".join(part for part in parts if part) or "Nothing to start"
    return name[0].upper() + name[1:]


def sync_table(lines: Iterable[SyncLine]) -> Table:
    """Lay out what became of projects. Plain text."""
    return table_of(_COLUMNS, lines)


def sync_markdown(report: SyncReport, *, at: datetime, zone_name: str, links: Mapping[str, str | None]) -> str:
    """Write the summary page.

    Args:
        report: the sync.
        at: when it was made.
        zone_name: the company's time zone.
        links: the page of each flow run that was started.
    """
    pieces = [
        f"# Sync: {sync_counts(report)}",
        f"As of {markdown_text(local_text(at, zone_name))}. Nothing is written to Vista before an approver accepts it.",
    ]
    for title, kind in (("Failed", Failed), ("Started", Start), ("Skipped", Skip)):
        lines = report.of(kind)
        if lines:
            addresses = tuple(links.get(line.run) for line in lines)
            pieces.append(f"## {title}: {len(lines)}\n\n{markdown_table(sync_table(lines), links=addresses)}")
    pieces.append(_rest(report))
    return "\n\n".join(pieces) + "\n"


def sync_message(news: Iterable[SyncNews], *, at: datetime, zone_name: str) -> Message:
    """Tell an operator what a sync started, skipped for the first time, and failed at."""
    told = tuple(news)
    by_word = {word: tuple(one for one in told if one.what == word) for word in ("started", "skipped", "failed")}
    counts = ", ".join(f"{len(ones)} {word}" for word, ones in by_word.items() if ones)
    parts = (
        Say(f"As of {local_text(at, zone_name)}. Nothing is written to Vista before an approver accepts it."),
        Listed("Failed:", _points(by_word["failed"])),
        Listed("Started:", _points(by_word["started"])),
        Listed("Skipped, for a reason that is new:", _points(by_word["skipped"])),
        Say(f"The artifact {SYNC_ARTIFACT!r} in Prefect shows every project."),
    )
    return message(f"Sync of budgets: {counts}", parts)


def _points(news: tuple[SyncNews, ...]) -> tuple[str, ...]:
    return tuple(f"{one.project_id} {one.name}: {one.words}" for one in news)


def _rest(report: SyncReport) -> str:
    unchanged = counted(len(report.of(Unchanged)), "budget is", "budgets are")
    never = counted(report.never_exported, "linked project was", "linked projects were")
    return f"{unchanged} as exported. {never} never exported (budget-export setup)."


_COLUMNS: tuple[Column[SyncLine], ...] = (
    Column(Heading("Project"), lambda line: f"{line.project_id} {line.name}".strip()),
    Column(Heading("Vista job"), lambda line: line.job.strip()),
    Column(Heading("What"), lambda line: step_word(line.step)),
    Column(Heading("Why"), lambda line: step_sentence(line.step)),
)
