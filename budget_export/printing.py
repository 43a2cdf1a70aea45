"""Print for people (tables) or for programs (JSON, one document on standard output)."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

import rich.table
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from jobcost.findings import Finding
from jobcost.money import money_text
from jobcost.plan import Plan
from jobcost.rendering.orders import deleted_sentence
from jobcost.rendering.tables import Heading, Table
from jobcost.rendering.terminal import findings_table, plan_lines_table, plan_tables, verified_lines_table
from jobcost.verification import Verification

# On a narrow terminal a line of a table goes on below; a column that is squeezed to nothing would be lost.
_SENTENCE_WIDTH_MIN = 12
# Columns of sentences, which may be broken over lines.
_SENTENCES = frozenset(
    {
        "Procore project",
        "Sent by",
        "Name",
        "What",
        "Expected",
        "Found",
        "Way out",
        "Where",
        "Why",
        "Reason",
        "Problem",
        "What happens",
        "What happened",
        "What the journal holds",
        "What became of it",
        "Last problem",
        "In the name of",
        "As deputy for",
        "One-time code",
        "Plan digest",
        "Reason, or why it did not count",
        "To",
        "By",
        "Given",
        "Recorded",
        "Who may decide",
        "Deadline",
        "Project",
        "Deputy",
        "How it stands",
        "Enrolled by",
    }
)

# Wide enough for a line of a plan where there is no terminal to measure (a log, a pipe).
_WIDTH_WITHOUT_TERMINAL = 150

console = Console(width=None if Console().is_terminal else _WIDTH_WITHOUT_TERMINAL)
errors = Console(stderr=True)


def print_json(document: Any) -> None:
    """Print one JSON document; amounts as text, exact to the last place."""
    print(json.dumps(document, default=_plain, indent=2, ensure_ascii=False))  # noqa: T201 - this is the output


def say(text: str) -> None:
    """Print a sentence as it is: no markup in it, and nothing broken that somebody may want to copy."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def table(
    title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], right: frozenset[str] = frozenset()
) -> None:
    """Print a table; headings in `right` are aligned to the right."""
    made = tuple(Heading(name, "right" if name in right else "left") for name in headings)
    print_table(title, Table(headings=made, rows=tuple(tuple(row) for row in rows)))


def print_table(title: str, made: Table) -> None:
    """Print a table of the core's; its cells are plain text, never markup."""
    drawn = rich.table.Table(title=title or None, title_justify="left", title_style="bold")
    rows = (*made.rows, *([made.total] if made.total else []))
    names = tuple(heading.text for heading in made.headings)
    for position, heading in enumerate(made.headings):
        # An amount or a code that is broken over two lines, or cut, is misread; sentences may be broken.
        is_whole = heading.text not in _SENTENCES
        width = max(cell_len(row[position]) for row in (names, *rows))
        width = width if is_whole else min(width, _SENTENCE_WIDTH_MIN)
        drawn.add_column(heading.text, justify=heading.justify, no_wrap=is_whole, min_width=width, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    console.print(drawn, crop=False)


def print_findings(findings: Sequence[Finding]) -> None:
    """Print all findings, the forbidding ones first, each with its way out."""
    if findings:
        print_table("Findings", findings_table(findings))


def print_plan(plan: Plan) -> None:
    """Print what a plan would do, line by line."""
    print_table(f"Job {plan.job} {plan.job_description}: plan {plan.code}", plan_lines_table(plan))
    for made in plan_tables(plan):
        print_table("", made)
    if plan.deleted:
        say(f"Deleted in Procore: {deleted_sentence(plan)}")


def print_verification(verification: Verification, plan: Plan) -> None:
    """Print a tick or a cross per line, and the totals."""
    print_table("Original Estimate, read back from Vista", verified_lines_table(verification, plan))
    for problem in verification.job_problems:
        console.print(Text(f"✗ {problem}"))
    right = sum(line.is_right for line in verification.lines)
    console.print(
        f"{right} of {len(verification.lines)} lines are as planned; total planned"
        f" {money_text(verification.expected_total)}, in Vista {money_text(verification.found_total)}.",
        highlight=False,
    )
    expected, found = verification.expected_current_total, verification.found_current_total
    if (expected, found) != (verification.expected_total, verification.found_total):
        totals = f"planned {money_text(expected)}, in Vista {money_text(found)}"
        say(f"Current Estimate, with change orders: {totals}.")


def moment(at: datetime | None) -> str:
    """Write a moment for people, in the machine's time zone."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M") if at else ""


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)
