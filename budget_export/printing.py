"""Print for people (tables) or for programs (JSON, one document on standard output)."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from connectors.journal.records import ExportRecord
from jobcost.findings import Finding, Severity
from jobcost.money import money_text
from jobcost.plan import Action, Plan
from jobcost.verification import Verification

# Wide enough for a line of a plan where there is no terminal to measure (a log, a pipe).
_WIDTH_WITHOUT_TERMINAL = 150

console = Console(width=None if Console().is_terminal else _WIDTH_WITHOUT_TERMINAL)
errors = Console(stderr=True)

# A phase or an amount that is broken over two lines is misread.
_UNBROKEN = frozenset(
    {"Procore code", "Vista phase", "Type", "U/M", "Units", "Procore original", "Vista now", "Difference", "Planned"}
) | {"In Vista", "Export", "State", "When"}

_SEVERITY_STYLES = {Severity.BLOCK: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}
_ACTION_WORDS = {Action.ADD_COST_TYPE: "add", Action.CHANGE_ESTIMATE: "change", Action.UNCHANGED: "unchanged"}


def print_json(document: Any) -> None:
    """Print one JSON document; amounts as text, exact to the last place."""
    print(json.dumps(document, default=_plain, indent=2, ensure_ascii=False))  # noqa: T201 - this is the output


def table(
    title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], right: frozenset[str] = frozenset()
) -> None:
    """Print a table; headings in `right` are aligned to the right."""
    made = Table(title=title, title_justify="left", title_style="bold")
    for heading in headings:
        made.add_column(
            heading, justify="right" if heading in right else "left", overflow="fold", no_wrap=heading in _UNBROKEN
        )
    for row in rows:
        made.add_row(*(escape(cell) for cell in row))
    console.print(made)


def print_findings(findings: Sequence[Finding]) -> None:
    """Print all findings, the forbidding ones first."""
    order = list(Severity)
    for finding in sorted(findings, key=lambda one: order.index(one.severity)):
        place = f"{finding.where}: " if finding.where else ""
        head = f"[{_SEVERITY_STYLES[finding.severity]}]{finding.severity:8}[/] "
        console.print(f"{head}{escape(place + finding.what)} Expected {escape(finding.expected)};", highlight=False)
        found = f"found {finding.found}. {finding.way_out} ({finding.rule})"
        console.print(f"         {escape(found)}", highlight=False)


def print_plan(plan: Plan) -> None:
    """Print what a plan would do, line by line."""
    rows = [
        (
            ", ".join(source.cost_code.strip() for source in line.sources),
            line.phase.rstrip(),
            str(line.cost_type),
            line.um,
            f"{line.after.units.normalize():f}" if line.after.units else "",
            money_text(sum((source.original_budget for source in line.sources), start=line.after.cost * 0)),
            money_text(line.cost_before),
            money_text(line.difference),
            _ACTION_WORDS[line.action],
        )
        for line in plan.lines
    ]
    headings = (
        "Procore code",
        "Vista phase",
        "Type",
        "U/M",
        "Units",
        "Procore original",
        "Vista now",
        "Difference",
        "",
    )
    right = frozenset({"Units", "Procore original", "Vista now", "Difference"})
    table(f"Job {plan.job} {plan.job_description}: plan {plan.code}", headings, rows, right)
    console.print(
        f"Original Estimate before {money_text(plan.total_before)}, after {money_text(plan.total_after)},"
        f" difference {money_text(plan.total_difference)}; {len(plan.add_phases)} phases to add,"
        f" {len(plan.changes)} lines to write, {len(plan.lines) - len(plan.changes)} unchanged.",
        highlight=False,
    )


def print_verification(verification: Verification) -> None:
    """Print a tick or a cross per line, and the totals."""
    rows = [
        (
            "✓" if line.is_right else "✗",
            line.phase.rstrip(),
            str(line.cost_type),
            money_text(line.expected.cost),
            money_text(line.found.cost) if line.found else "no row",
            "; ".join(line.problems),
        )
        for line in verification.lines
    ]
    headings = ("", "Vista phase", "Type", "Planned", "In Vista", "Problem")
    table("Original Estimate, read back from Vista", headings, rows, frozenset({"Planned", "In Vista"}))
    for problem in verification.job_problems:
        console.print(f"[red]✗[/] {escape(problem)}", highlight=False)
    right = sum(line.is_right for line in verification.lines)
    console.print(
        f"{right} of {len(verification.lines)} lines are as planned; total planned"
        f" {money_text(verification.expected_total)}, in Vista {money_text(verification.found_total)}.",
        highlight=False,
    )


def print_exports(title: str, exports: Sequence[ExportRecord], totals: dict[str, str]) -> None:
    """Print a list of exports with the change each makes or made."""
    rows = [
        (
            export.id,
            str(export.state).replace("_", " "),
            f"{export.project_id} {export.project_name}".strip(),
            (export.job or "").rstrip(),
            totals.get(export.id, ""),
            export.submitted_by,
            moment(export.created_at),
            moment(export.deadline_at),
        )
        for export in exports
    ]
    headings = ("Export", "State", "Procore project", "Vista job", "Difference", "Sent by", "Sent", "Deadline")
    table(title, headings, rows, frozenset({"Difference"}))


def moment(at: datetime | None) -> str:
    """Write a moment for people, in the machine's time zone."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M") if at else ""


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)
