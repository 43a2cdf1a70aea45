"""Rows of the journal edited by hand before the writing: nothing is written, and the audit names the row."""

import sqlite3
from contextlib import closing

import pytest
from prefect.states import Scheduled

from jobcost.lifecycle import ExportState
from tests.attacks.siege import SENDER, Case, Siege
from tests.nightly import at_night

EVE = "eve@example.com"
# table, the row's column and id, what is set, and how the audit calls the row.
EDITS = {
    "the sender": ("export", "id", f"submitted_by = '{EVE}'", "what the export's own row says of its job, sender"),
    "who accepted": ("decision", "export_id", f"approver = '{EVE}'", "decision 1 of"),
    "the approver's limit": ("enrolment", "email", "amount_limit = '99999999'", "enrolment 1 of"),
    "the plan": ("plan", "export_id", "canonical_text = replace(canonical_text, '1', '2')", "plan"),
}


@pytest.fixture(scope="module")
def accepted(siege: Siege) -> Case:
    """An export whose process was killed right after the acceptance."""
    case = siege.sent()
    with case.ordered(dies_at="after journal.record_acceptance"):
        case.answer(siege.approver())
        case.wait_for_end("Crashed")
    assert case.export.state is ExportState.ACCEPTED
    return case


@pytest.mark.parametrize("what", ["the sender", "the plan", *at_night("who accepted", "the approver's limit")])
def test_an_accepted_export_whose_rows_were_edited_is_not_written(siege: Siege, accepted: Case, what: str) -> None:
    table, column, changed, named = EDITS[what]
    row = accepted.decisions[0].approver if column == "email" else accepted.export.id
    with closing(sqlite3.connect(siege.journal_file, isolation_level=None)) as journal:
        # The names are our own.
        kept = journal.execute(f"SELECT * FROM {table} WHERE {column} = ?", [row]).fetchall()
        journal.execute(f"UPDATE {table} SET {changed} WHERE {column} = ?", [row])

        accepted.retry()
        accepted.wait_for_end("Failed")

        assert siege.vista_rows() == accepted.vista_before
        problems = siege.problems()
        assert any(named in problem for problem in problems), problems
        assert siege.journal.export(accepted.export_id).state in {ExportState.ACCEPTED, ExportState.STALE}
        journal.execute(f"DELETE FROM {table} WHERE {column} = ?", [row])
        journal.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(kept[0]))})", kept)
    assert siege.problems() == []


def test_put_right_again_the_same_export_is_written_once(accepted: Case) -> None:
    accepted.retry()
    accepted.assert_exported()


def test_a_state_forced_to_accepted_with_a_forged_decision_writes_nothing(siege: Siege) -> None:
    case, approver = siege.sent(), siege.approver()
    export = case.export
    siege.edit_journal("UPDATE export SET state = 'accepted' WHERE id = ?", export.id)
    siege.edit_journal(
        "INSERT INTO decision (export_id, position, verdict, ask, approver, reason, plan_code_given, digest, refusal,"
        " code_step, given_at, at) VALUES (?, 1, 'accept', 1, ?, '', ?, ?, '', 59000000, ?, ?)",
        *(export.id, approver, export.plan_code, export.plan_digest, *[f"{export.updated_at.isoformat()}"] * 2),
    )
    assert approver != SENDER

    case.force(Scheduled())
    case.wait_for_end("Failed")

    assert siege.vista_rows() == case.vista_before
    problems = "\n".join(siege.problems())
    assert f"decision 1 of {export.id}: It has no link" in problems
    assert f"export of {export.id}" in problems
    # Found out and put right, the export still waits for its decision.
    siege.edit_journal("DELETE FROM decision WHERE export_id = ?", export.id)
    siege.edit_journal("UPDATE export SET state = 'awaiting_acceptance' WHERE id = ?", export.id)
    case.retry()
    case.wait_for_question(2)
    case.answer(siege.approver())
    case.assert_exported()
