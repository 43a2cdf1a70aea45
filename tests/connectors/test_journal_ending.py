"""Retrieving, expiring, verifying, returning the budget, clearing a failure; and what the journal can tell later."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from connectors.journal import Journal
from connectors.journal.errors import AcceptedByOne, ExportMoved, NotClearable, ReasonMissing, VerificationContradicted
from connectors.journal.records import Deputy, Evidence, LineResult
from jobcost.lifecycle import ExportState, IllegalTransition
from jobcost.plan import EstimateValues
from tests.connectors.exports import (
    ANA,
    DEADLINE,
    MONDAY,
    PROOF,
    SENDER,
    accepted,
    answer_to,
    applied,
    awaiting,
    enrolled,
    line_result,
    sent,
    values,
    verified,
)
from tests.people import enrolled_approver

LATER = MONDAY + timedelta(hours=1)


def test_a_budget_is_retrieved_before_anyone_decided(journal: Journal) -> None:
    awaiting(journal)
    record = journal.retrieve("EX-1204", actor=SENDER, reason="one line is missing", at=LATER)
    assert (record.state, record.ended_at) == (ExportState.RETRIEVED, LATER)
    assert journal.transitions("EX-1204")[-1].reason == "one line is missing"


def test_an_accepted_budget_is_not_retrieved(journal: Journal) -> None:
    record = accepted(journal)
    with pytest.raises(ExportMoved, match="found accepted"):
        journal.retrieve(record.id, actor=SENDER, reason="too late", at=LATER)
    assert journal.export(record.id) == record


@pytest.mark.parametrize("deputy_for", [None, "cay@example.com"])
def test_a_budget_that_the_first_of_two_accepted_is_not_retrieved(journal: Journal, deputy_for: str | None) -> None:
    enrolled(journal)
    monday = MONDAY.date()
    enrolled_approver(journal, "cay@example.com", deputy=Deputy(email=ANA, first_day=monday, last_day=monday))
    waiting = awaiting(journal)
    first = answer_to(waiting, deputy_for=deputy_for)
    asked = journal.record_acceptance(waiting.id, first, complete=False, at=LATER)
    with pytest.raises(AcceptedByOne) as refused:
        journal.retrieve(waiting.id, actor=SENDER, reason="mine", at=LATER)
    who = ANA if deputy_for is None else f"{ANA} (for {deputy_for})"
    assert refused.value.found == f"{who} accepted it on 2026-11-23 10:00 UTC"
    assert journal.export(waiting.id) == asked


def test_a_budget_whose_answer_was_refused_is_still_retrieved(journal: Journal) -> None:
    enrolled(journal)
    waiting = awaiting(journal)
    journal.record_refused_answer(waiting.id, answer_to(waiting), refusal="wrong plan code", at=LATER)
    assert journal.retrieve(waiting.id, actor=SENDER, reason="mine", at=LATER).state is ExportState.RETRIEVED


def test_only_what_was_asked_for_expires(journal: Journal) -> None:
    for project_id in (11, 22, 33):
        awaiting(journal, project_id)
    assert [one.id for one in journal.expire_overdue(DEADLINE, export_id="EX-22")] == ["EX-22"]
    assert [one.id for one in journal.expire_overdue(DEADLINE, project_id=33)] == ["EX-33"]
    assert journal.expire_overdue(DEADLINE, export_id="EX-11", project_id=33) == ()
    assert [one.id for one in journal.inbox()] == ["EX-11"]


def test_what_nobody_decided_expires_at_its_deadline_and_not_before(journal: Journal) -> None:
    awaiting(journal)
    accepted(journal, project_id=77)
    assert journal.expire_overdue(DEADLINE - timedelta(microseconds=1)) == ()
    (record,) = journal.expire_overdue(DEADLINE)
    assert (record.id, record.state, record.ended_at) == ("EX-1204", ExportState.EXPIRED, DEADLINE)
    assert journal.transitions("EX-1204")[-1].reason == "nobody decided before 2026-11-26 09:00 UTC"
    assert journal.expire_overdue(DEADLINE) == ()
    assert journal.export("EX-77").state is ExportState.ACCEPTED


def test_a_verified_export_keeps_every_line_to_the_cent_and_its_proof(journal: Journal) -> None:
    record = verified(journal, at=LATER)
    assert (record.state, record.ended_at) == (ExportState.VERIFIED, LATER)
    (line,) = journal.line_results("EX-1204")
    assert (line.expected, line.found, line.ok) == (values("41200.10"), values("41200.10"), True)
    (proof,) = journal.evidence("EX-1204")
    assert (proof.kind, proof.json_text, proof.at) == ("read back", '{"total":"41200.10"}', LATER)


def test_decimals_come_back_with_every_place_they_had(journal: Journal) -> None:
    applied(journal)
    exact = EstimateValues(hours=Decimal("99999999.99"), units=Decimal("0.100"), cost=Decimal("-9999999999.90"))
    result = LineResult(phase=" 1-  -", cost_type=255, expected=exact, found=None, ok=False)
    journal.record_verification(
        "EX-1204",
        results=(result,),
        evidence=(),
        to_state=ExportState.VERIFICATION_FAILED,
        reason="a line is missing",
        at=LATER,
    )
    (found,) = journal.line_results("EX-1204")
    assert found == result
    assert found.expected is not None
    assert [str(n) for n in (found.expected.hours, found.expected.units, found.expected.cost)] == [
        "99999999.99",
        "0.100",
        "-9999999999.90",
    ]


def test_a_float_never_enters_the_journal(journal: Journal) -> None:
    applied(journal)
    inexact = replace(values("1.00"), cost=41200.10)  # type: ignore[arg-type]  # the very thing that is refused
    result = LineResult(phase="03-310-", cost_type=2, expected=inexact, found=inexact, ok=True)
    with pytest.raises(Exception, match="expected a finite Decimal"):
        journal.record_verification(
            "EX-1204", results=(result,), evidence=(), to_state=ExportState.VERIFIED, reason="read back", at=LATER
        )
    assert journal.export("EX-1204").state is ExportState.APPLIED
    assert journal.line_results("EX-1204") == ()


@pytest.mark.parametrize("results", [(), (line_result("41200.11"),)], ids=["nothing read", "one cent off"])
def test_an_export_is_not_verified_without_every_line_right(journal: Journal, results: tuple[LineResult, ...]) -> None:
    applied(journal)
    with pytest.raises(VerificationContradicted):
        journal.record_verification(
            "EX-1204", results=results, evidence=(), to_state=ExportState.VERIFIED, reason="hoped", at=LATER
        )
    assert journal.export("EX-1204").state is ExportState.APPLIED


def test_line_results_before_the_write_are_refused_and_leave_nothing(journal: Journal) -> None:
    accepted(journal)
    with pytest.raises(IllegalTransition):
        journal.record_verification(
            "EX-1204",
            results=(line_result(),),
            evidence=(PROOF,),
            to_state=ExportState.VERIFIED,
            reason="too early",
            at=LATER,
        )
    assert (journal.line_results("EX-1204"), journal.evidence("EX-1204")) == ((), ())


def test_evidence_is_numbered_in_the_order_in_which_it_came(journal: Journal) -> None:
    sent(journal)
    journal.record_evidence("EX-1204", Evidence(kind="budget as read", json_text="{}"), at=MONDAY)
    journal.move(
        "EX-1204",
        ExportState.FAILED,
        actor="budget-export",
        reason="Vista did not answer",
        at=LATER,
        evidence=(Evidence(kind="words of Vista", json_text='"time-out"'),),
    )
    assert [(e.position, e.kind) for e in journal.evidence("EX-1204")] == [(1, "budget as read"), (2, "words of Vista")]


def test_evidence_that_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        Evidence(kind="words", json_text="not json")


def test_a_budget_is_returned_once(journal: Journal) -> None:
    enrolled(journal)
    record = awaiting(journal)
    with pytest.raises(ExportMoved):
        journal.mark_budget_returned(record.id, at=LATER)
    journal.record_rejection(record.id, answer_to(record, reason="wrong phase"), at=LATER)
    assert [one.id for one in journal.budgets_to_return()] == ["EX-1204"]
    returned = journal.mark_budget_returned(record.id, at=LATER)
    assert returned.budget_returned_at == LATER
    assert journal.mark_budget_returned(record.id, at=DEADLINE) == returned
    assert journal.budgets_to_return() == ()


def test_a_failed_verification_stops_the_job_until_a_person_clears_it(journal: Journal) -> None:
    failed = verified(journal, found="41200.11")
    assert failed.state is ExportState.VERIFICATION_FAILED
    assert journal.uncleared_failure(1, "1204-") == failed
    assert journal.uncleared_failure(1, "77-") is None
    cleared = journal.clear(failed.id, by=ANA, reason="Corrected in Vista by hand", at=LATER)
    assert (cleared.cleared_by, cleared.clear_reason, cleared.cleared_at) == (ANA, "Corrected in Vista by hand", LATER)
    assert cleared.state is ExportState.VERIFICATION_FAILED
    assert journal.uncleared_failure(1, "1204-") is None


def test_a_failure_is_cleared_once_with_a_reason_and_nothing_else_is_cleared(journal: Journal) -> None:
    failed = verified(journal, found="41200.11")
    good = verified(journal, project_id=77)
    with pytest.raises(ReasonMissing):
        journal.clear(failed.id, by=ANA, reason=" ", at=LATER)
    with pytest.raises(NotClearable, match="found verified"):
        journal.clear(good.id, by=ANA, reason="all is well", at=LATER)
    journal.clear(failed.id, by=ANA, reason="corrected", at=LATER)
    with pytest.raises(NotClearable, match=r"cleared by ana.ruiz@example.com on 2026-11-23 10:00 UTC: corrected"):
        journal.clear(failed.id, by="someone", reason="me too", at=LATER)


def test_the_inbox_shows_what_waits_longest_first(journal: Journal) -> None:
    awaiting(journal, project_id=77, at=LATER)
    awaiting(journal)
    accepted(journal, project_id=88)
    sent(journal, project_id=99)
    assert [record.id for record in journal.inbox()] == ["EX-1204", "EX-77"]
    assert {record.id for record in journal.open_exports()} == {"EX-1204", "EX-77", "EX-88", "EX-99"}


def test_a_job_s_history_is_told_latest_first(journal: Journal) -> None:
    first = verified(journal)
    second = awaiting(journal, export_id="EX-B", at=LATER)
    verified(journal, project_id=77)
    assert journal.history(1, "1204-") == (second, first)
    assert journal.history(2, "1204-") == ()
    assert journal.last_verified(1, "1204-") == first
    assert journal.last_verified(1, "88-") is None
