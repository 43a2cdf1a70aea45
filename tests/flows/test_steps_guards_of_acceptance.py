"""What would happen without the guards that stand before the write. The same scenario is held first, then not."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from decimal import Decimal

import pytest

from connectors.journal import Journal, decision_guards, ending
from connectors.journal.errors import JournalDamaged, JournalError, NotAccepted, OpenExportExists, SenderMayNotAccept
from connectors.journal.records import ExportRecord
from connectors.procore import answers
from connectors.procore.calls import Calls
from connectors.procore.errors import AnswerUnexpected, ModificationsDestroyed
from jobcost import acceptance
from jobcost.acceptance import Accepted, lost_acceptances
from jobcost.config import ExportConfig
from jobcost.lifecycle import ExportState
from jobcost.permit import ApplyPermit
from sandbox.vista import people
from tasks.steps import apply, decide
from tests.flows.guards import nothing, without_all_but, without_rules
from tests.flows.workbench import ALEX, MONDAY, PRIYA, SMALL_TOTAL, Workbench

LATE = MONDAY + timedelta(days=30)


def _in_the_journal(bench: Workbench, statement: str) -> None:
    with closing(sqlite3.connect(bench.folder / "journal.db", isolation_level=None)) as connection:
        connection.execute(statement)


def _blind_permit(_: object, existing: ExportRecord) -> ApplyPermit:
    assert existing.plan_digest is not None
    return ApplyPermit(export_id=existing.id, digest=existing.plan_digest, accepted_by=())


def test_without_the_journals_permit_a_state_forced_to_accepted_is_written(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = bench.send()
    before = bench.vista_rows()
    _in_the_journal(bench, "UPDATE export SET state = 'accepted'")
    with pytest.raises((NotAccepted, JournalDamaged)):
        bench.apply(export)
    assert bench.vista_rows() == before

    monkeypatch.setattr(ending, "permit_for", _blind_permit)
    # Even then the acceptances are counted again.
    assert lost_acceptances(decide.question_of(bench.systems, export), [], bench.systems.config)
    monkeypatch.setattr(apply, "lost_acceptances", nothing)

    assert bench.apply(export).state is ExportState.APPLIED
    assert (bench.journal.decisions(export.id), sum(bench.estimates().values())) == ((), SMALL_TOTAL)


def test_without_judging_the_answer_an_answer_without_a_decision_accepts(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = bench.answer(bench.send(), "", code="")
    assert export.state is ExportState.AWAITING_ACCEPTANCE

    monkeypatch.setattr(decide, "judge", lambda *_: Accepted(approver=ALEX, complete=True))

    assert bench.answer(export, "", code="").state is ExportState.ACCEPTED


@pytest.mark.parametrize("kept", ["expiry", "the journal's deadline", None])
def test_without_the_deadlines_a_late_answer_accepts(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, kept: str | None
) -> None:
    export = bench.send()
    guards: dict[str, Callable[[], None]] = {
        "expiry": lambda: monkeypatch.setattr(Journal, "expire_overdue", nothing),
        "the journal's deadline": lambda: monkeypatch.setattr(decision_guards, "_require_in_time", nothing),
    }
    without_all_but(guards, kept)

    try:
        bench.answer(export, at=LATE)
    except JournalError:
        assert kept == "the journal's deadline"

    assert (bench.now(export).state is ExportState.ACCEPTED) is (kept is None)


@pytest.mark.parametrize("kept", ["judgement", "journal", None])
def test_without_the_rule_of_two_people_a_sender_accepts_their_own_budget(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, kept: str | None
) -> None:
    bench.enrol(PRIYA)
    guards: dict[str, Callable[[], None]] = {
        "judgement": lambda: monkeypatch.setattr(acceptance, "authority_problems", nothing),
        "journal": lambda: monkeypatch.setattr(decision_guards, "_require_not_sender", nothing),
    }
    export = bench.send()
    without_all_but(guards, kept)

    try:
        bench.answer(export, approver=PRIYA)
    except SenderMayNotAccept:
        assert kept == "journal"

    assert (bench.now(export).state is ExportState.ACCEPTED) is (kept is None)


def test_without_the_second_approver_one_person_accepts_any_amount(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.configure(limits={"two_approvers_above": Decimal(1000)})
    export = bench.accepted()
    assert export.state is ExportState.AWAITING_ACCEPTANCE
    bench.journal.expire_overdue(MONDAY + timedelta(days=8))

    monkeypatch.setattr(ExportConfig, "needs_two_approvers", lambda *_: False)

    assert bench.accepted().state is ExportState.ACCEPTED


def test_without_asking_procore_to_keep_them_the_modifications_vanish(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.add_modification("1000-100", "1000-101", "50.00")
    bench.give_back(bench.reject(bench.send(), "Wrong."))
    assert len(bench.project.modifications) == 1
    export = bench.reject(bench.send(lock=True), "Still wrong.")
    send_once = Calls.send_once

    monkeypatch.setattr(Calls, "send_once", lambda calls, method, path, *_: send_once(calls, method, path))

    with pytest.raises(ModificationsDestroyed):
        bench.give_back(export)
    assert bench.project.modifications == {}


def test_without_the_unique_indexes_two_exports_of_one_job_are_open(bench: Workbench) -> None:
    first = bench.send()
    with pytest.raises(OpenExportExists):
        bench.send()

    _in_the_journal(bench, "DROP INDEX one_open_export_per_project")
    _in_the_journal(bench, "DROP INDEX one_open_export_per_job")

    second = bench.send()
    assert {one.id for one in bench.journal.open_exports()} == {first.id, second.id}


def test_without_decimals_a_budget_in_whole_cents_is_taken_for_fractions(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = bench.send()
    assert export.state is ExportState.AWAITING_ACCEPTANCE
    bench.journal.retrieve(export.id, actor=PRIYA, reason="Again.", at=MONDAY)

    monkeypatch.setattr(answers, "decimal_from", lambda value: Decimal(float(value)))

    assert bench.rules(bench.send()) == {"amount-below-a-cent"}


def test_without_the_rule_of_the_cost_code_a_line_is_dropped_in_silence(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    wbs_code = bench.project.wbs_codes[bench.project.line("1000-101").wbs_code_id]
    bench.project.cost_codes[wbs_code.cost_code_id].full_code = ""
    assert bench.rules(bench.send()) == {"line-without-cost-code"}

    without_rules(monkeypatch, "line-without-cost-code")

    export = bench.exported()
    assert (export.state, bench.journal.findings(export.id)) == (ExportState.VERIFIED, ())
    assert sum(bench.estimates().values()) == SMALL_TOTAL - Decimal("274.02")


def test_without_the_rule_of_the_first_export_a_second_setup_rewrites_the_job(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.exported()
    bench.project.line("1000-103").original_budget_amount = Decimal("9999.00")
    assert bench.rules(bench.send()) == {"already-exported"}

    without_rules(monkeypatch, "already-exported")

    assert bench.exported().state is ExportState.VERIFIED
    assert bench.estimates()["1000-103"] == Decimal("9999.00")


def test_without_its_rule_a_budget_is_joined_to_an_estimate_that_was_built_in_vista(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.add_estimate(bench.vista_url, "1000-103", 4, "15.00")
    assert bench.rules(bench.send()) == {"estimates-not-ours"}

    without_rules(monkeypatch, "estimates-not-ours")

    assert bench.exported().state is ExportState.VERIFIED
    assert bench.estimates()["1000-103"] == Decimal("548.04")


def test_without_parsing_numbers_as_decimals_cents_are_lost() -> None:
    body = b'{"amount": 12345678901234567.89}'
    assert answers.record(answers.parse_json(body), "row").amount("amount") == Decimal("12345678901234567.89")

    careless = json.loads(body)

    assert Decimal(careless["amount"]) == Decimal(12345678901234568)
    # A float that came in all the same is refused where it would become an amount.
    with pytest.raises(AnswerUnexpected, match="expected an amount"):
        answers.record(careless, "row").amount("amount")
