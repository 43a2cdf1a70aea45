"""Findings for people: grouped by severity and rule, each rule's meaning once, each with its way out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jobcost.findings import Finding, Severity
from jobcost.rendering.escaping import markdown_text
from jobcost.rendering.tables import csv_of
from jobcost.rendering.wording import counted
from jobcost.rules.catalogue import ALL_RULES

# Places named per rule where the page must stay readable; the CSV has them all.
PLACES_MAX = 10

_MEANINGS = {rule.id: rule.meaning for rule in ALL_RULES}
_RULE_ORDER = {rule.id: position for position, rule in enumerate(ALL_RULES)}
_SEVERITY_NAMES = {
    Severity.BLOCK: ("blocking problem", "blocking problems"),
    Severity.WARNING: ("warning", "warnings"),
    Severity.NOTE: ("note", "notes"),
}
# Warnings that touch revenue, booked costs or the total come before those about spelling.
MOST_IMPORTANT = (
    "revenue-will-change",
    "current-not-as-revised",
    "change-order-gone",
    "change-order-moved",
    "moved-in-vista",
    "taken-back-before",
    "deleted-in-procore",
    "estimate-after-costs",
    "estimate-after-change-orders",
    "held-by-procore-erp-tool",
    "amount-negative",
    "only-in-vista",
    "lines-added-up",
)


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """All findings of one rule and severity."""

    rule: str
    severity: Severity
    findings: tuple[Finding, ...]

    @property
    def meaning(self) -> str:
        """The rule's meaning; "" for a rule that this version no longer has."""
        return _MEANINGS.get(self.rule, "")

    @property
    def ways_out(self) -> tuple[str, ...]:
        """The ways out, each once."""
        return tuple(dict.fromkeys(finding.way_out for finding in self.findings if finding.way_out))


def groups_of(findings: Iterable[Finding]) -> tuple[RuleGroup, ...]:
    """Group the findings: blocking ones first, within a severity the most important rules first."""
    grouped: dict[tuple[Severity, str], list[Finding]] = {}
    for finding in findings:
        grouped.setdefault((finding.severity, finding.rule), []).append(finding)
    groups = (RuleGroup(rule, severity, tuple(members)) for (severity, rule), members in grouped.items())
    return tuple(sorted(groups, key=_importance))


def count_sentence(findings: Iterable[Finding]) -> str:
    """Count the findings by severity: "2 blocking problems, 14 warnings"."""
    severities = [finding.severity for finding in findings]
    present = ((severity, severities.count(severity)) for severity in Severity)
    return ", ".join(counted(number, *_SEVERITY_NAMES[severity]) for severity, number in present if number) or "none"


def findings_markdown(findings: Iterable[Finding], *, places_max: int | None = PLACES_MAX) -> str:
    """Write all findings as sections of a page; `places_max` None names every place."""
    parts: list[str] = []
    groups = groups_of(findings)
    for severity in Severity:
        members = [group for group in groups if group.severity is severity]
        if members:
            number = sum(len(group.findings) for group in members)
            name = _SEVERITY_NAMES[severity][1].capitalize()
            parts.append(f"## {name}: {number:,}")
            parts += [_group_markdown(group, places_max) for group in members]
    return "\n\n".join(parts)


def findings_csv(findings: Iterable[Finding]) -> str:
    """Write every finding as CSV."""
    headings = ("Severity", "Rule", "Where", "What", "Expected", "Found", "Way out")
    cells = (
        (str(row.severity), row.rule, row.where, row.what, row.expected, row.found, row.way_out) for row in findings
    )
    return csv_of(headings, cells)


def finding_sentence(finding: Finding) -> str:
    """Say one finding without its way out. Plain text, not escaped."""
    place = f"{finding.where}: " if finding.where else ""
    return f"{place}{finding.what} Expected {finding.expected}; found {finding.found}."


def _group_markdown(group: RuleGroup, places_max: int | None) -> str:
    heading = f"### {markdown_text(group.rule)}: {len(group.findings):,}"
    meaning = [markdown_text(group.meaning)] if group.meaning else []
    ways_out = [f"**Way out:** {markdown_text(way_out)}" for way_out in group.ways_out]
    return "\n\n".join([heading, *meaning, "\n".join(_places(group, places_max)), *ways_out])


def _places(group: RuleGroup, places_max: int | None) -> Iterator[str]:
    for finding in group.findings[:places_max]:
        yield f"- {markdown_text(finding_sentence(finding))}"
    rest = len(group.findings) - (places_max if places_max is not None else len(group.findings))
    if rest > 0:
        yield f"- and {rest:,} more: see the CSV"


def _importance(group: RuleGroup) -> tuple[int, int, int]:
    severity = tuple(Severity).index(group.severity)
    important = MOST_IMPORTANT.index(group.rule) if group.rule in MOST_IMPORTANT else len(MOST_IMPORTANT)
    return (severity, important, _RULE_ORDER.get(group.rule, len(_RULE_ORDER)))
