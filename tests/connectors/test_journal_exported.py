"""What the journal remembers of exports: which form of a plan was accepted, and what was written before."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from connectors.journal import Journal, open_journal
from connectors.journal.errors import JournalDamaged, NotAccepted, OtherConsent, OtherPlanDecided
from connectors.journal.records import Answer, Evidence, ExportRecord
from jobcost.lifecycle import ExportState
from jobcost.plan import (
    Action,
    ChangeOrderItem,
    ChangeOrderLine,
    Digest,
    Kind,
    Plan,
    PlannedChangeOrder,
    PlannedLine,
    UntouchedHeader,
)
from tests.connectors.exports import (
    ANA,
    BEN,
    DEADLINE,
    JOB,
    MONDAY,
    PLAN,
    SENDER,
    answer_to,
    enrolled,
    line_result,
    values,
)
from tests.keys import JOURNAL_KEY

GONE = replace(PLAN.lines[0], action=Action.SET_TO_ZERO, phase="03-320-", before=values("900.00"), after=values("0.00"))
WITH_DELETED = replace(
    PLAN,
    kind=Kind.UPDATE,
    deleted=(GONE,),
    untouched=(UntouchedHeader(phase=GONE.phase, cost_type=GONE.cost_type, values=values("900.00")),),
)


@pytest.fixture
def journal(journal_url: str) -> Iterator[Journal]:
    with open_journal(journal_url, JOURNAL_KEY) as journal:
        enrolled(journal)
        yield journal


def _order(aco: str, cost: str = "70.00") -> PlannedChangeOrder:
    line = ChangeOrderLine(phase="03-310-", cost_type=2, um="LS", cost=Decimal(cost))
    return PlannedChangeOrder(
        aco=aco,
        source_kind="budget_change",
        source_id=7,
        source_number="7",
        title="More",
        month="2026-11-01",
        approval_date="2026-11-23",
        items=(ChangeOrderItem(aco_item="1", item="   1", lines=(line,)),),
    )


def _waiting(journal: Journal, plan: Plan, number: int = 1) -> ExportRecord:
    """An export of the plan that waits, the number-th of its job."""
    at = MONDAY + timedelta(minutes=number)
    record = journal.open_export(
        export_id=f"EX-{number}",
        kind=plan.kind,
        procore_company_id=8089,
        project_id=1204,
        jcco=1,
        submitted_by=SENDER,
        flow_run_id=f"run-{number}",
        at=at,
    )
    journal.assign_job(record.id, plan.job, plan.project_name, at=at)
    return journal.record_plan(
        record.id, plan, (), to_state=ExportState.AWAITING_ACCEPTANCE, deadline_at=DEADLINE, actor=SENDER, at=at
    )


def _written(journal: Journal, plan: Plan, number: int = 1, state: ExportState = ExportState.VERIFIED) -> ExportRecord:
    """An export of the plan, brought up to a state past its acceptance."""
    record = _waiting(journal, plan, number)
    journal.record_acceptance(record.id, answer_to(record), complete=True, at=record.created_at)
    last = journal.move(record.id, ExportState.APPLYING, actor="x", reason="y", at=record.created_at)
    if state in {ExportState.APPLYING, ExportState.FAILED}:
        return (
            last
            if state is last.state
            else journal.move(record.id, state, actor="x", reason="refused", at=record.created_at)
        )
    journal.move(record.id, ExportState.APPLIED, actor="x", reason="y", at=record.created_at)
    if state is ExportState.APPLIED:
        return journal.export(record.id)
    found = "41200.10" if state is ExportState.VERIFIED else "1.00"
    return journal.record_verification(
        record.id, results=(line_result(found),), evidence=(), to_state=state, reason="z", at=record.created_at
    )


def _zeroing(record: ExportRecord, approver: str = ANA) -> Answer:
    return replace(answer_to(record, approver), digest=WITH_DELETED.with_zeroing().digest)


def test_the_consent_is_the_digest_that_was_accepted(journal: Journal) -> None:
    record = _waiting(journal, WITH_DELETED)
    assert journal.plan(record.id) == WITH_DELETED

    journal.record_acceptance(record.id, _zeroing(record), complete=True, at=MONDAY)

    assert journal.plan(record.id) == WITH_DELETED.with_zeroing()
    assert journal.proposed_plan(record.id) == WITH_DELETED
    assert journal.permit(record.id).digest == WITH_DELETED.with_zeroing().digest
    assert journal.export(record.id).plan_digest == WITH_DELETED.digest
    assert journal.audit().problems == ()


def test_without_the_consent_the_plan_is_the_proposed_one(journal: Journal) -> None:
    record = _waiting(journal, WITH_DELETED)
    journal.record_acceptance(record.id, answer_to(record), complete=True, at=MONDAY)
    assert journal.plan(record.id) == WITH_DELETED
    assert journal.permit(record.id).digest == WITH_DELETED.digest


def test_where_nothing_was_deleted_no_other_digest_is_taken(journal: Journal) -> None:
    record = _waiting(journal, PLAN)
    for digest in (WITH_DELETED.with_zeroing().digest, WITH_DELETED.digest, Digest("0" * 64)):
        with pytest.raises(OtherPlanDecided):
            journal.record_acceptance(record.id, replace(answer_to(record), digest=digest), complete=True, at=MONDAY)


def test_two_approvers_accept_the_same_or_the_second_does_not_count(journal: Journal) -> None:
    record = _waiting(journal, WITH_DELETED)
    asked = journal.record_acceptance(record.id, _zeroing(record), complete=False, at=MONDAY)
    # While only one has accepted, the plan is the proposed one.
    assert journal.plan(record.id) == WITH_DELETED
    with pytest.raises(OtherConsent):
        journal.record_acceptance(record.id, answer_to(asked, BEN), complete=True, at=MONDAY)
    journal.record_acceptance(record.id, _zeroing(asked, BEN), complete=True, at=MONDAY)
    assert journal.permit(record.id).accepted_by == (ANA, BEN)


def test_a_consent_that_somebody_writes_into_the_journal_permits_nothing(journal: Journal) -> None:
    record = _waiting(journal, WITH_DELETED)
    journal.record_acceptance(record.id, answer_to(record), complete=True, at=MONDAY)
    with journal._writing() as connection:
        forged = {"digest": WITH_DELETED.with_zeroing().digest}
        connection.execute(text("UPDATE decision SET digest = :digest"), forged)
    with pytest.raises(JournalDamaged):
        journal.permit(record.id)
    with pytest.raises(JournalDamaged):
        journal.move(record.id, ExportState.APPLYING, actor="x", reason="y", at=MONDAY)


def test_a_form_that_nobody_accepted_is_no_plan(journal: Journal) -> None:
    record = _waiting(journal, WITH_DELETED)
    journal.record_acceptance(record.id, answer_to(record), complete=True, at=MONDAY)
    with journal._writing() as connection:
        connection.execute(text("UPDATE decision SET digest = :digest"), {"digest": "0" * 64})
    with pytest.raises(JournalDamaged, match="an acceptance of digest"):
        journal.plan(record.id)
    with pytest.raises(NotAccepted):
        journal.permit(record.id)


@pytest.mark.parametrize(
    ("state", "is_remembered"),
    [
        (ExportState.APPLYING, True),
        (ExportState.APPLIED, True),
        (ExportState.VERIFIED, True),
        (ExportState.VERIFICATION_FAILED, True),
        # Rolled back: nothing was written.
        (ExportState.FAILED, False),
        (ExportState.STALE, False),
    ],
)
def test_change_orders_count_as_exported_once_they_may_be_in_vista(
    journal: Journal, state: ExportState, *, is_remembered: bool
) -> None:
    plan = replace(PLAN, kind=Kind.UPDATE, change_orders=(_order("BC-7"),))
    if state is ExportState.STALE:
        record = _written(journal, plan, state=ExportState.APPLYING)
        journal.move(record.id, state, actor="x", reason="y", at=MONDAY)
    else:
        _written(journal, plan, state=state)
    assert set(journal.exported_change_orders(1, JOB)) == ({"BC-7"} if is_remembered else set())


def test_what_only_waits_or_was_accepted_was_not_exported(journal: Journal) -> None:
    plan = replace(PLAN, kind=Kind.UPDATE, change_orders=(_order("BC-7"),))
    record = _waiting(journal, plan)
    assert journal.exported_change_orders(1, JOB) == {}
    journal.record_acceptance(record.id, answer_to(record), complete=True, at=MONDAY)
    assert journal.exported_change_orders(1, JOB) == {}


def test_what_was_taken_back_says_by_whom_and_other_jobs_are_not_mixed_in(journal: Journal) -> None:
    _written(journal, PLAN, 1)
    _written(journal, replace(PLAN, kind=Kind.UPDATE, change_orders=(_order("BC-7"),)), 2)
    undo = replace(PLAN, kind=Kind.UNDO, change_orders=(_order("BC-7R", "-70.00"),), undoes="EX-2")
    _written(journal, undo, 3)

    orders = journal.exported_change_orders(1, JOB)

    assert {aco: (one.export_id, one.undone_by) for aco, one in orders.items()} == {
        "BC-7": ("EX-2", "EX-3"),
        "BC-7R": ("EX-3", ""),
    }
    assert [one.id for one in journal.later_written("EX-1")] == ["EX-2", "EX-3"]
    assert journal.later_written("EX-3") == ()
    standing, settled, undone_by = (
        journal.last_standing(1, JOB),
        journal.last_settled(1, JOB),
        journal.undone_by("EX-2"),
    )
    assert (standing and standing.id, settled and settled.id, undone_by and undone_by.id) == ("EX-1", "EX-3", "EX-3")
    assert (journal.exported_change_orders(1, "1205-"), journal.exported_change_orders(2, JOB)) == ({}, {})


def test_what_an_undo_took_back_stands_again_once_the_undo_was_taken_back(journal: Journal) -> None:
    _written(journal, PLAN, 1)
    line: PlannedLine = replace(PLAN.lines[0], phase="03-330-")
    _written(journal, replace(PLAN, kind=Kind.UPDATE, lines=(line,), change_orders=(_order("BC-7"),)), 2)
    first = replace(PLAN, kind=Kind.UNDO, lines=(line,), change_orders=(_order("BC-7R", "-70.00"),), undoes="EX-2")
    _written(journal, first, 3)
    _written(journal, replace(first, change_orders=(_order("BC-7RR"),), undoes="EX-3"), 4)

    orders = journal.exported_change_orders(1, JOB)

    assert {aco: one.undone_by for aco, one in orders.items()} == {"BC-7": "", "BC-7R": "EX-4", "BC-7RR": ""}
    standing, undone_by = journal.last_standing(1, JOB), journal.undone_by("EX-3")
    assert (standing and standing.id, undone_by and undone_by.id) == ("EX-2", "EX-4")
    assert journal.undone_by("EX-2") is None
    assert journal.past_lines(1, JOB).ours == {("03-310-", 2), ("03-330-", 2)}


def test_a_failed_verification_settles_once_it_is_cleared(journal: Journal) -> None:
    record = _written(journal, PLAN, state=ExportState.VERIFICATION_FAILED)
    assert (journal.last_settled(1, JOB), record.is_settled, journal.settled_jobs()) == (None, False, ())

    cleared = journal.clear(record.id, by="op@example.com", reason="Looked.", at=MONDAY)

    assert (journal.last_settled(1, JOB), cleared.is_settled, journal.settled_jobs()) == (cleared, True, (cleared,))
    assert journal.past_lines(1, JOB).ours == {("03-310-", 2)}


def test_the_lines_of_all_exports_that_stand_are_ours(journal: Journal) -> None:
    line: PlannedLine = replace(PLAN.lines[0], phase="03-330-")
    _written(journal, PLAN, 1)
    _written(journal, replace(PLAN, kind=Kind.UPDATE, lines=(line,)), 2)
    assert journal.past_lines(1, JOB).ours == {("03-310-", 2), ("03-330-", 2)}
    _written(journal, replace(PLAN, kind=Kind.UNDO, lines=(line,), undoes="EX-2"), 3)
    assert journal.past_lines(1, JOB).ours == {("03-310-", 2)}


def test_proofs_of_a_plan_are_kept_with_it_or_not_at_all(journal: Journal) -> None:
    record = _waiting(journal, PLAN)
    assert journal.evidence(record.id) == ()
    journal.retrieve(record.id, actor=SENDER, reason="again", at=MONDAY)
    at = MONDAY + timedelta(hours=1)
    opened = journal.open_export(
        export_id="EX-9",
        kind=Kind.SETUP,
        procore_company_id=8089,
        project_id=1204,
        jcco=1,
        submitted_by=SENDER,
        flow_run_id="run-9",
        at=at,
    )
    journal.assign_job(opened.id, JOB, PLAN.project_name, at=at)
    journal.record_plan(
        opened.id,
        PLAN,
        (),
        to_state=ExportState.AWAITING_ACCEPTANCE,
        deadline_at=DEADLINE,
        actor=SENDER,
        at=at,
        evidence=(Evidence(kind="budget", json_text='{"view_id": 1}'),),
    )
    assert [json.loads(row.json_text) for row in journal.evidence("EX-9")] == [{"view_id": 1}]
    assert journal.audit().problems == ()
