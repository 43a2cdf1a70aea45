"""Commands of the auditor: verify the journal's sealed chain, tell one export's story; and draw a journal key."""

from pathlib import Path
from typing import Annotated

import typer

from budget_export.exits import Exit
from budget_export.options import AsJson
from budget_export.printing import print_json, print_table, say
from connectors.journal.audit_records import AuditReport
from connectors.journal.vault import new_key as drawn_key
from jobcost.rendering.audit import AuditStory, audit_csv, audit_html, audit_tables
from tasks.profiles import first_profile
from tasks.steps.audit import audit_story
from tasks.systems import now, open_systems

_SEAL_LENGTH = 64

_KEEPING = """
Set it as JOURNAL_KEY wherever the export runs, and keep a copy in the company's password safe, apart from the
journal's own backups. Without it nobody's one-time code can be checked and the journal cannot be verified: everybody
would have to be enrolled anew. To change it later, set the new key before the old one, separated by a comma.
It is shown this once and stored nowhere."""


def audit(
    export_id: Annotated[
        str | None, typer.Argument(metavar="EXPORT", help="Tell the story of this export, too.", show_default=False)
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the story to this CSV file.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write the story as a page to keep or print.")] = None,
    anchor: Annotated[
        str | None,
        typer.Option("--anchor", metavar="N:SEAL", help="A link and its seal, as noted at an earlier audit."),
    ] = None,
    *,
    json: AsJson = False,
) -> None:
    """Verify that the journal holds what was recorded, all of it, in its order; and tell the story of one export."""
    if export_id is None and (csv or html):
        raise typer.BadParameter("--csv and --html write the story of one export; name it: audit EXPORT")
    noted = _anchor(anchor) if anchor is not None else None
    with open_systems(first_profile()) as systems:
        report = systems.journal.audit(noted)
        story = audit_story(systems, export_id, report, now()) if export_id is not None else None
    if story is not None:
        _write(story, csv, html)
    is_unbroken = not (report.problems or (story and story.problems))
    if json:
        told = {"links": report.links, "head": _head(report), "unbroken": is_unbroken, "problems": report.problems}
        print_json(told if story is None else {**told, "story": story})
    else:
        _tell(report, story, csv, html)
    if not is_unbroken:
        raise typer.Exit(Exit.NOT_AS_PLANNED)


def new_key(*, json: AsJson = False) -> None:
    """Draw a new JOURNAL_KEY, and say how to keep it."""
    key = drawn_key()
    if json:
        print_json({"journal_key": key})
        return
    say(key)
    say(_KEEPING)


def _tell(report: AuditReport, story: AuditStory | None, *files: Path | None) -> None:
    if story is not None:
        for title, made in audit_tables(story):
            print_table(title, made)
    problems = story.problems if story is not None else tuple(map(str, report.problems))
    for problem in problems:
        say(f"✗ {problem}")
    if problems:
        say(f"The journal is not as it was recorded: {len(problems)} problems, {report.links} links.")
    else:
        say(f"The journal is as it was recorded: {report.links} links, unbroken.")
    say(f"Note this for the next audit: --anchor {_head(report)}")
    for file in filter(None, files):
        say(f"The story is in {file}.")


def _head(report: AuditReport) -> str:
    return f"{report.links}:{report.head}"


def _anchor(text: str) -> tuple[int, str]:
    number, _, seal = text.strip().partition(":")
    is_seal = len(seal) == _SEAL_LENGTH and not set(seal.lower()) - set("0123456789abcdef")
    if not (number.isascii() and number.isdecimal() and is_seal):
        raise typer.BadParameter(
            f"--anchor: expected a link's number, a colon and its seal, as an earlier audit printed it, found {text!r}"
        )
    return int(number), seal.lower()


def _write(story: AuditStory, csv: Path | None, html: Path | None) -> None:
    written = ((csv, audit_csv, "utf-8-sig"), (html, audit_html, "utf-8"))
    for file, made, encoding in written:
        if file is None:
            continue
        try:
            file.write_text(made(story), encoding=encoding, newline="")
        except OSError as problem:
            raise typer.BadParameter(f"{file} cannot be written: {problem.strerror}") from None
