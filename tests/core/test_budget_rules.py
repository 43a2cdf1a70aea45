"""May the budget be sent at all? Each rule speaks when it should, and is silent right beside it."""

from dataclasses import replace

import pytest

from jobcost.findings import Finding
from jobcost.plan import Kind
from jobcost.planning import make_proposal
from jobcost.rules.budget_rules import PROJECT_REFERENCE_RULES
from jobcost.rules.registry import PastExports
from tests.core.budgets import SENDER, budget, budget_change, config, project, propose, request, user
from tests.core.sightings import Said, blocks, notes, rules_in, warns


def judged(reference: str) -> tuple[Finding, ...]:
    return tuple(finding for rule in PROJECT_REFERENCE_RULES for finding in rule.findings(reference))


@pytest.mark.parametrize(
    "reference", ["budget.csv", " BUDGET.XLSX ", "exports/600123", "C:\\budgets\\600123", "b.json"]
)
def test_a_file_is_no_budget_whatever_it_is_called(reference: str) -> None:
    (finding,) = judged(reference)
    assert finding.rule == "source-is-a-file"
    assert finding.expected == "a Procore project number"
    assert finding.found == repr(reference)


@pytest.mark.parametrize("reference", ["", "Harbor Office", "0", "-600123", "6.5", "٦٠٠", "600 123", "1e5"])
def test_what_is_no_procore_number_is_refused_as_a_project(reference: str) -> None:
    (finding,) = judged(reference)
    assert finding.rule == "project-number-unreadable"
    assert finding.expected == "a Procore project number such as 600123"
    assert finding.found == repr(reference)


@pytest.mark.parametrize(("reference", "is_taken"), [("9223372036854775807", True), ("9223372036854775808", False)])
def test_a_project_number_may_be_as_large_as_64_bits_hold_and_no_larger(reference: str, is_taken: bool) -> None:
    assert (judged(reference) == ()) is is_taken


def test_a_number_of_thousands_of_digits_is_refused_like_any_other_text() -> None:
    (finding,) = judged("7" * 5000)
    assert finding.rule == "project-number-unreadable"


@pytest.mark.parametrize("reference", ["600123", " 600123 ", "1"])
def test_a_procore_project_number_is_taken(reference: str) -> None:
    assert judged(reference) == ()


def test_an_unlocked_budget_is_not_exported() -> None:
    proposal = propose(budget(locked=False))
    assert blocks(proposal, "budget-not-locked") == [Said("", "a locked budget", "an unlocked one")]
    assert rules_in(proposal.findings) == ["budget-not-locked"]


def test_a_budget_without_lines_is_not_exported() -> None:
    proposal = propose(budget(()))
    assert blocks(proposal, "budget-empty") == [
        Said("", "at least one budget line", "none in view 'Procore Standard Budget'")
    ]


@pytest.mark.parametrize(
    "unlinked",
    [
        {"is_erp_integrated": False},
        {"origin_id": None, "origin_code": None},
        {"origin_id": "", "origin_code": ""},
        {"origin_id": None, "origin_code": "  "},
    ],
)
def test_a_project_without_a_vista_job_is_not_exported(unlinked: dict[str, object]) -> None:
    asked = replace(request(budget(project=project(**unlinked))), estimate=None)
    proposal = make_proposal(asked)
    assert blocks(proposal, "project-not-linked") == [Said("", "a project synchronised with the ERP", "no link")]
    assert rules_in(proposal.findings) == ["project-not-linked"]


def test_a_configured_job_links_the_project() -> None:
    named = config(mapping={"jobs": {"600123": "1204"}})
    proposal = propose(budget(project=project(is_erp_integrated=False)), configured=named)
    assert blocks(proposal, "project-not-linked") == []


def test_an_inactive_project_is_pointed_out() -> None:
    proposal = propose(budget(project=project(active=False)))
    assert warns(proposal, "project-inactive") == [Said("", "an active project", "an inactive one")]
    assert not proposal.is_blocked


def test_a_sender_whom_procore_does_not_know_is_refused() -> None:
    proposal = propose(submitted_by="eve@elsewhere.example")
    assert blocks(proposal, "sender-unknown") == [Said("", "an active user", "'eve@elsewhere.example'")]


def test_a_sender_with_an_inactive_account_is_refused() -> None:
    proposal = propose(budget(users=(user(SENDER, is_active=False),)))
    assert blocks(proposal, "sender-unknown") == [Said("", "an active user", SENDER)]


def test_the_sender_is_known_in_any_spelling_of_the_address() -> None:
    assert blocks(propose(submitted_by=" Pat@Builder.Example "), "sender-unknown") == []


def test_a_second_setup_of_a_job_is_refused() -> None:
    proposal = propose(past=PastExports(last_verified="exp-1"))
    assert blocks(proposal, "already-exported") == [Said("", "a job without an export", "export exp-1")]
    assert blocks(propose(kind=Kind.UPDATE), "already-exported") == []


def test_an_update_before_the_first_export_is_refused() -> None:
    proposal = propose(kind=Kind.UPDATE, past=PastExports())
    assert blocks(proposal, "never-exported") == [Said("", "a verified first export", "none")]
    assert blocks(propose(), "never-exported") == []


@pytest.mark.parametrize("kind", [Kind.SETUP, Kind.UPDATE])
def test_an_uncleared_verification_stops_every_further_export(kind: Kind) -> None:
    proposal = propose(kind=kind, past=PastExports(uncleared_failure="exp-9"))
    assert blocks(proposal, "verification-not-cleared") == [Said("", "no open failure", "export exp-9")]


@pytest.mark.parametrize("status", ["ready_to_export", "exporting", "exportging"])
def test_a_change_under_way_in_procores_own_tool_is_pointed_out(status: str) -> None:
    proposal = propose(budget(changes=(budget_change(erp_status=status), budget_change(number="005"))))
    assert warns(proposal, "held-by-procore-erp-tool") == [Said("", "no other export under way", f"status {status}")]


def test_budget_changes_are_told_to_stay_out_of_the_original() -> None:
    proposal = propose(
        """
        code   | type | amount    | changes
        01-100 | L    | 12,000.00 |    500.25
        03-310 | M    |  9,000.00 | -1,000.00
        """
    )
    assert notes(proposal, "changes-not-in-original") == [Said("", "none or some", "changes of -499.75")]
    assert proposal.plan is not None
    assert [str(planned.after.cost) for planned in proposal.plan.lines] == ["12000.00", "9000.00"]


def test_changes_that_cancel_out_are_told_all_the_same() -> None:
    proposal = propose(
        """
        code   | type | amount    | changes
        01-100 | L    | 12,000.00 |  500.00
        03-310 | M    |  9,000.00 | -500.00
        """
    )
    assert notes(proposal, "changes-not-in-original") == [Said("", "none or some", "changes of 0.00")]
