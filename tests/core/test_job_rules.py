"""May anything be written to the Vista job?"""

from dataclasses import replace

import pytest

from jobcost.plan import Kind
from jobcost.planning import make_proposal
from jobcost.rules.registry import PastExports
from tests.core.budgets import budget, config, project, propose, request
from tests.core.estimates import estimate
from tests.core.sightings import Said, blocks, rules_in, warns

JOB = "Job  1204-  "
CONTRACT = "Contract  1204-  "
OLD_PHASES = "phase\n 01-100\n 03-310"
ESTIMATED = """
    phase  | type | cost
    01-100 | 1    |     0.00
    03-310 | 2    | 5,000.00
"""


def test_a_job_that_vista_does_not_have_is_named_as_the_project_has_it() -> None:
    proposal = propose(budget(project=project(origin_code="1299")), estimate(job=None, contract=None))
    assert blocks(proposal, "job-not-found") == [Said("", "a job in company 1", "'1299'")]
    assert rules_in(proposal.findings) == ["job-not-found"]
    assert proposal.plan is None


def test_a_link_that_is_no_job_number_is_named() -> None:
    problem = "Job '1234567-1': part '1234567' has 7 characters, the format 5R-2RN allows 5"
    asked = replace(request(), estimate=None, job_number_problem=problem)
    proposal = make_proposal(asked)
    assert blocks(proposal, "job-number-format") == [Said("", "a code in Vista's job format", problem)]
    assert rules_in(proposal.findings) == ["job-number-format"]


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (0, "status 0 (pending)"),
        (2, "status 2 (soft-closed)"),
        (3, "status 3 (hard-closed)"),
        (7, "status 7 (unknown)"),
    ],
)
def test_only_an_open_job_is_written_to(status: int, found: str) -> None:
    proposal = propose(on=estimate(job_status=status))
    assert blocks(proposal, "job-not-open") == [Said(JOB, "status 1 (open)", found)]


def test_a_job_without_contract_is_refused() -> None:
    proposal = propose(on=estimate(contract=None))
    assert blocks(proposal, "contract-not-found") == [
        Said(JOB, "a contract", "contract ' 1204-  ', which does not exist")
    ]
    assert proposal.plan is None


@pytest.mark.parametrize(("status", "found"), [(0, "status 0 (pending)"), (2, "status 2 (soft-closed)")])
def test_only_an_open_contract_is_written_to(status: int, found: str) -> None:
    proposal = propose(on=estimate(contract_status=status))
    assert blocks(proposal, "contract-not-open") == [Said(CONTRACT, "status 1 (open)", found)]


def test_a_contract_without_items_is_refused() -> None:
    proposal = propose(on=estimate(items=""))
    assert blocks(proposal, "contract-item-missing") == [Said(CONTRACT, "at least one item", "none")]


def test_estimates_that_somebody_else_entered_forbid_the_first_export() -> None:
    proposal = propose(on=estimate(ESTIMATED, phases=OLD_PHASES))
    assert blocks(proposal, "estimates-not-ours") == [
        Said(JOB, "a job without any", "1 with 5,000.00 in all, the first on phase 03-310-  ")
    ]


@pytest.mark.parametrize("column", ["hours", "units", "cost"])
def test_any_figure_other_than_zero_is_an_estimate(column: str) -> None:
    foreign = estimate(f"phase | type | {column}\n 05-120 | 1 | 1", phases="phase\n 05-120")
    assert len(blocks(propose(on=foreign), "estimates-not-ours")) == 1


def test_headers_without_an_estimate_do_not_forbid_the_first_export() -> None:
    empty = estimate("phase | type\n 01-100 | 1", phases=OLD_PHASES)
    assert blocks(propose(on=empty), "estimates-not-ours") == []


def test_our_own_estimates_do_not_forbid_an_update() -> None:
    ours = estimate(ESTIMATED, phases=OLD_PHASES)
    assert blocks(propose(on=ours, kind=Kind.UPDATE), "estimates-not-ours") == []
    again = propose(on=ours, past=PastExports(last_verified="exp-1"))
    assert blocks(again, "estimates-not-ours") == []


def test_contract_revenue_does_not_move_without_consent() -> None:
    proposal = propose(on=estimate(auto_add_item=True))
    assert blocks(proposal, "revenue-would-change") == [Said(JOB, "AutoAddItemYN N, or consent", "Y")]
    assert warns(proposal, "revenue-will-change") == []


@pytest.mark.parametrize("named", ["1204", " 1204-  ", " 1204-"])
def test_with_consent_the_approver_is_still_told_that_revenue_moves(named: str) -> None:
    # The configuration drops outer blanks, so the stored form is given past it.
    consenting = config()
    limits = consenting.limits.model_copy(update={"revenue_consent_jobs": frozenset({named})})
    proposal = propose(on=estimate(auto_add_item=True), configured=consenting.model_copy(update={"limits": limits}))
    assert blocks(proposal, "revenue-would-change") == []
    assert warns(proposal, "revenue-will-change") == [Said(JOB, "the configured consent", "AutoAddItemYN Y")]


def test_consent_for_another_job_is_no_consent() -> None:
    consenting = config(limits={"revenue_consent_jobs": ["1205"]})
    proposal = propose(on=estimate(auto_add_item=True), configured=consenting)
    assert len(blocks(proposal, "revenue-would-change")) == 1


def test_consent_says_nothing_on_a_job_whose_revenue_stays() -> None:
    consenting = config(limits={"revenue_consent_jobs": ["1204"]})
    assert warns(propose(configured=consenting), "revenue-will-change") == []
