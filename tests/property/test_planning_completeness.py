"""No budget line is lost: each one is planned, unchanged, or named by a finding that blocks it (never two of these)."""

from collections import Counter
from dataclasses import replace

from hypothesis import given

from jobcost.budget import BudgetLineItem
from jobcost.findings import Severity
from jobcost.planning import PlanRequest, Proposal, make_proposal
from tests.property.laws import LAW
from tests.property.strategies import wild_requests


def planned_ids(proposal: Proposal) -> Counter[int]:
    lines = proposal.plan.lines if proposal.plan else ()
    return Counter(source.budget_line_item_id for line in lines for source in line.sources)


def blocked_places(proposal: Proposal) -> set[str]:
    return {finding.where for finding in proposal.findings if finding.severity is Severity.BLOCK}


def is_planned(line: BudgetLineItem, proposal: Proposal) -> bool:
    return line.id is not None and planned_ids(proposal)[line.id] > 0


@LAW
@given(request=wild_requests)
def test_no_line_is_planned_twice_and_no_line_is_lost(request: PlanRequest) -> None:
    proposal = make_proposal(request)
    assert all(count == 1 for count in planned_ids(proposal).values())
    lost = [
        line.label
        for line in request.budget.line_items
        if not is_planned(line, proposal) and f"Line {line.label}" not in blocked_places(proposal)
    ]
    assert lost == []


@LAW
@given(request=wild_requests)
def test_a_line_alone_is_either_planned_or_blocked_never_both(request: PlanRequest) -> None:
    for line in request.budget.line_items:
        alone = make_proposal(replace(request, budget=replace(request.budget, line_items=(line,))))
        blocked = any(place.startswith("Line ") for place in blocked_places(alone))
        assert is_planned(line, alone) != blocked


@LAW
@given(request=wild_requests)
def test_whether_a_line_is_planned_does_not_depend_on_its_neighbours(request: PlanRequest) -> None:
    together = make_proposal(request)
    for line in request.budget.line_items:
        alone = make_proposal(replace(request, budget=replace(request.budget, line_items=(line,))))
        assert is_planned(line, alone) == is_planned(line, together)


@LAW
@given(request=wild_requests)
def test_a_blocked_proposal_always_says_why(request: PlanRequest) -> None:
    proposal = make_proposal(request)
    assert proposal.is_blocked == bool(blocked_places(proposal))


@LAW
@given(request=wild_requests)
def test_every_finding_says_what_was_expected_found_and_the_way_out(request: PlanRequest) -> None:
    for finding in make_proposal(request).findings:
        assert finding.what
        assert finding.expected
        assert finding.found
        assert finding.way_out
