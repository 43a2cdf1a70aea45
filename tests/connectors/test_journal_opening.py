"""Opening, naming the job, planning, adopting."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from connectors.journal import Journal
from connectors.journal.errors import (
    ExportIdTaken,
    ExportMoved,
    JournalDamaged,
    NoPlan,
    OpenExportExists,
    PlanMismatch,
    UnknownExport,
)
from jobcost.lifecycle import OPEN_STATES, ExportState
from jobcost.plan import Kind, canonical_text
from tests.connectors.exports import (
    BLOCK,
    DEADLINE,
    JOB,
    MONDAY,
    PLAN,
    SENDER,
    WARNING,
    accepted,
    answer_to,
    awaiting,
    enrolled,
    plan_of,
    sent,
    verified,
)

LATER = MONDAY + timedelta(minutes=5)


def test_a_sent_budget_is_a_proposed_export(journal: Journal) -> None:
    record = sent(journal)
    assert (record.id, record.kind, record.state, record.ask) == ("EX-1204", Kind.SETUP, ExportState.PROPOSED, 1)
    assert (record.submitted_by, record.created_at, record.ended_at) == (SENDER, MONDAY, None)
    assert journal.export("EX-1204") == record
    (opened,) = journal.transitions("EX-1204")
    assert (opened.from_state, opened.to_state, opened.actor, opened.at) == (
        None,
        ExportState.PROPOSED,
        SENDER,
        MONDAY,
    )


def test_a_second_export_of_the_project_is_refused_and_names_the_first(journal: Journal) -> None:
    awaiting(journal)
    with pytest.raises(OpenExportExists) as refused:
        sent(journal, export_id="EX-SECOND")
    assert refused.value.first.id == "EX-1204"
    assert str(refused.value) == (
        "Project 1204, job 1204- in company 1: An export of this job is already open. Expected no open export; found"
        " EX-1204, which is awaiting_acceptance, sent by pm@example.com on 2026-11-23 09:00 UTC."
        " Decide EX-1204 (accept or reject), or retrieve it and send the budget anew."
    )
    with pytest.raises(UnknownExport):
        journal.export("EX-SECOND")


def test_the_database_itself_allows_one_open_export_per_project_and_any_number_of_ended_ones(journal: Journal) -> None:
    sent(journal)
    for state in ExportState:
        with journal._writing() as connection:
            connection.execute(text("UPDATE export SET state = :state WHERE id = 'EX-1204'"), {"state": state.value})
        is_refused = False
        try:
            record = sent(journal, export_id=f"EX-{state}")
        except OpenExportExists:
            is_refused = True
        else:
            journal.retrieve(record.id, actor=SENDER, reason="only a try", at=MONDAY)
        assert is_refused is (state in OPEN_STATES), state


def test_another_project_of_the_same_job_is_refused_when_its_job_is_known(journal: Journal) -> None:
    awaiting(journal)
    other = sent(journal, project_id=77)
    with pytest.raises(OpenExportExists) as refused:
        journal.assign_job(other.id, "1204-", "The same tower", at=LATER)
    assert refused.value.first.id == "EX-1204"
    assert journal.export(other.id) == other


def test_the_same_job_number_in_another_company_is_another_job(journal: Journal) -> None:
    awaiting(journal)
    other = journal.open_export(
        export_id="EX-C2",
        kind=Kind.SETUP,
        procore_company_id=8089,
        project_id=77,
        jcco=2,
        submitted_by=SENDER,
        flow_run_id=None,
        at=MONDAY,
    )
    assert journal.assign_job(other.id, "1204-", "Tower of company 2", at=MONDAY).job == "1204-"


def test_after_its_end_a_project_can_be_sent_again(journal: Journal) -> None:
    verified(journal)
    assert awaiting(journal, export_id="EX-AGAIN").state is ExportState.AWAITING_ACCEPTANCE


def test_opening_replayed_by_the_same_flow_run_gives_the_same_export(journal: Journal) -> None:
    assert sent(journal) == sent(journal)
    assert len(journal.transitions("EX-1204")) == 1


def test_an_export_id_is_used_once(journal: Journal) -> None:
    sent(journal)
    with pytest.raises(
        ExportIdTaken, match=r"an export of project 1204 sent by pm@example.com; it differs in project_id"
    ):
        sent(journal, project_id=77, export_id="EX-1204")


def test_a_job_keeps_its_blanks(journal: Journal) -> None:
    sent(journal)
    assert journal.assign_job("EX-1204", JOB, "Riverside Tower", at=LATER).job == " 1204-"
    assert journal.export("EX-1204").project_name == "Riverside Tower"


def test_an_export_that_is_planned_keeps_its_job(journal: Journal) -> None:
    awaiting(journal)
    with pytest.raises(ExportMoved):
        journal.assign_job("EX-1204", "9999-", "Another", at=LATER)
    assert journal.export("EX-1204").job == "1204-"


def test_a_plan_and_its_findings_come_back_as_they_were(journal: Journal) -> None:
    record = awaiting(journal)
    plan = plan_of(1204)
    assert journal.plan(record.id) == plan
    assert journal.plan(record.id).lines[0].after.cost == Decimal("41200.10")
    assert journal.findings(record.id) == (WARNING,)
    assert (record.plan_digest, record.plan_code) == (plan.digest, plan.code)
    assert (record.state, record.deadline_at) == (ExportState.AWAITING_ACCEPTANCE, DEADLINE)


def test_a_budget_that_cannot_be_planned_is_blocked_without_a_plan(journal: Journal) -> None:
    sent(journal)
    record = journal.record_plan(
        "EX-1204", None, (BLOCK, WARNING), to_state=ExportState.BLOCKED, deadline_at=None, actor=SENDER, at=LATER
    )
    assert (record.state, record.plan_digest, record.ended_at) == (ExportState.BLOCKED, None, LATER)
    assert journal.findings("EX-1204") == (BLOCK, WARNING)
    with pytest.raises(NoPlan):
        journal.plan("EX-1204")


def test_a_plan_that_writes_nothing_ends_unchanged(journal: Journal) -> None:
    sent(journal)
    journal.assign_job("EX-1204", JOB, "Riverside Tower", at=MONDAY)
    record = journal.record_plan(
        "EX-1204",
        replace(PLAN, lines=()),
        (),
        to_state=ExportState.UNCHANGED,
        deadline_at=None,
        actor=SENDER,
        at=LATER,
    )
    assert (record.state, record.ended_at) == (ExportState.UNCHANGED, LATER)


@pytest.mark.parametrize(
    ("changed", "findings", "to_state"),
    [
        ({"project_id": 77}, (), ExportState.AWAITING_ACCEPTANCE),
        ({"job": "9999-"}, (), ExportState.AWAITING_ACCEPTANCE),
        ({"jcco": 2}, (), ExportState.AWAITING_ACCEPTANCE),
        ({"kind": Kind.UPDATE}, (), ExportState.AWAITING_ACCEPTANCE),
        ({}, (BLOCK,), ExportState.AWAITING_ACCEPTANCE),
        ({}, (WARNING,), ExportState.BLOCKED),
        ({}, (), ExportState.UNCHANGED),
        ({"lines": ()}, (), ExportState.AWAITING_ACCEPTANCE),
        ({}, (), ExportState.ACCEPTED),
    ],
    ids=str,
)
def test_a_plan_that_does_not_fit_the_export_is_refused_and_changes_nothing(
    journal: Journal, changed: dict[str, object], findings: tuple[()], to_state: ExportState
) -> None:
    sent(journal)
    before = journal.assign_job("EX-1204", JOB, "Riverside Tower", at=MONDAY)
    with pytest.raises(PlanMismatch):
        journal.record_plan(
            "EX-1204",
            replace(PLAN, **changed),  # type: ignore[arg-type]  # each case changes another field
            findings,
            to_state=to_state,
            deadline_at=DEADLINE,
            actor=SENDER,
            at=LATER,
        )
    assert journal.export("EX-1204") == before
    with pytest.raises(NoPlan):
        journal.plan("EX-1204")


def test_a_plan_is_recorded_once(journal: Journal) -> None:
    record = awaiting(journal)
    with pytest.raises(ExportMoved):
        journal.record_plan(
            record.id,
            plan_of(1204),
            (),
            to_state=ExportState.AWAITING_ACCEPTANCE,
            deadline_at=None,
            actor=SENDER,
            at=LATER,
        )
    assert journal.findings(record.id) == (WARNING,)


def test_a_plan_changed_in_the_database_is_never_read_nor_permitted(journal: Journal) -> None:
    record = accepted(journal)
    forged = canonical_text(plan_of(1204)).replace("41200.10", "91200.10")
    with journal._writing() as connection:
        connection.execute(text("UPDATE plan SET canonical_text = :forged"), {"forged": forged})
    with pytest.raises(JournalDamaged, match=f"expected digest {record.plan_digest}".capitalize()):
        journal.plan(record.id)
    with pytest.raises(JournalDamaged):
        journal.permit(record.id)


def test_a_plan_forged_together_with_its_own_digest_is_found_by_the_export_digest(journal: Journal) -> None:
    record = accepted(journal)
    forged = canonical_text(plan_of(1204)).replace("41200.10", "91200.10")
    digest = hashlib.sha256(forged.encode()).hexdigest()
    with journal._writing() as connection:
        connection.execute(text("UPDATE plan SET canonical_text = :f, digest = :d"), {"f": forged, "d": digest})
    with pytest.raises(JournalDamaged):
        journal.plan(record.id)
    with pytest.raises(JournalDamaged):
        journal.permit(record.id)


def test_a_text_that_is_no_plan_is_damage_and_is_not_repeated(journal: Journal) -> None:
    record = awaiting(journal)
    digest = hashlib.sha256(b'{"secret":1}').hexdigest()
    with journal._writing() as connection:
        connection.execute(text("UPDATE plan SET canonical_text = :t, digest = :d"), {"t": '{"secret":1}', "d": digest})
        connection.execute(text("UPDATE export SET plan_digest = :d"), {"d": digest})
    with pytest.raises(JournalDamaged) as damaged:
        journal.plan(record.id)
    assert "a text that is no plan" in str(damaged.value)
    assert "secret" not in str(damaged.value)
    assert damaged.value.__context__ is None


def test_a_flow_run_finds_its_export_again(journal: Journal) -> None:
    record = sent(journal)
    assert journal.export_of_flow_run("run-of-1204") == record
    assert journal.export_of_flow_run("another-run") is None


def test_a_new_flow_run_adopts_an_interrupted_export(journal: Journal) -> None:
    record = awaiting(journal)
    adopted = journal.adopt(record.id, "second-run", at=LATER)
    assert (adopted.flow_run_id, adopted.state) == ("second-run", ExportState.AWAITING_ACCEPTANCE)
    assert journal.export_of_flow_run("second-run") == adopted
    assert journal.export_of_flow_run("run-of-1204") is None
    (note,) = journal.evidence(record.id)
    assert (note.kind, note.json_text) == (
        "adopted",
        '{"from_flow_run": "run-of-1204", "to_flow_run": "second-run"}',
    )
    assert journal.adopt(record.id, "second-run", at=LATER) == adopted
    assert len(journal.evidence(record.id)) == 1


def test_an_ended_export_is_not_adopted(journal: Journal) -> None:
    enrolled(journal)
    record = awaiting(journal)
    journal.record_rejection(record.id, answer_to(record, reason="wrong phase"), at=LATER)
    with pytest.raises(ExportMoved):
        journal.adopt(record.id, "second-run", at=LATER)
    assert journal.export(record.id).flow_run_id == "run-of-1204"


def test_an_unknown_export_is_named(journal: Journal) -> None:
    with pytest.raises(UnknownExport, match="Export EX-NONE: There is no such export"):
        journal.export("EX-NONE")
    for question in (journal.decisions, journal.transitions, journal.findings, journal.evidence, journal.line_results):
        with pytest.raises(UnknownExport):
            question("EX-NONE")
