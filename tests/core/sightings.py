"""What a proposal says under one rule: where, expected, found; asked for with the severity that the test relies on."""

from typing import NamedTuple

from jobcost.findings import Finding, Severity
from jobcost.planning import Proposal


class Said(NamedTuple):
    """One finding, reduced to its facts."""

    where: str
    expected: str
    found: str


def blocks(proposal: Proposal, rule: str) -> list[Said]:
    """Return what the rule blocks, and make sure that the whole proposal is blocked by it."""
    said = _said(proposal, rule, Severity.BLOCK)
    if said and not proposal.is_blocked:
        raise AssertionError(f"Rule {rule} found something, yet the proposal is not blocked.")
    return said


def warns(proposal: Proposal, rule: str) -> list[Said]:
    """Return what the rule warns of."""
    return _said(proposal, rule, Severity.WARNING)


def notes(proposal: Proposal, rule: str) -> list[Said]:
    """Return what the rule merely tells."""
    return _said(proposal, rule, Severity.NOTE)


def rules_in(findings: tuple[Finding, ...]) -> list[str]:
    """Name the rules that found something, in the order of the findings."""
    return [finding.rule for finding in findings]


def _said(proposal: Proposal, rule: str, severity: Severity) -> list[Said]:
    found = [finding for finding in proposal.findings if finding.rule == rule]
    for finding in found:
        if finding.severity is not severity:
            raise AssertionError(f"Rule {rule}: expected severity {severity}, found {finding.severity}.")
    return [Said(finding.where, finding.expected, finding.found) for finding in found]
