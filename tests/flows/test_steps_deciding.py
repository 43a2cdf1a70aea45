"""Answers of approvers: only a clear yes, in time, by somebody who may, to exactly this plan, accepts."""

from datetime import timedelta
from decimal import Decimal

import pytest

from jobcost.acceptance import Answer
from jobcost.lifecycle import ExportState
from tasks.forms import AcceptanceForm
from tasks.steps import decide
from tasks.steps.decide import Given
from tests.flows.workbench import ALEX, BLAKE, MONDAY, PRIYA, Workbench

CASEY = "casey.site@example.com"
DREW = "drew.former@example.com"


def _enrol(bench: Workbench, email: str, limit: str | None = None) -> None:
    amount = None if limit is None else Decimal(limit)
    bench.enrol(email, limit=amount)


def test_an_acceptance_names_the_person_and_the_plan(bench: Workbench) -> None:
    export = bench.accepted()

    decision = bench.journal.decisions(export.id)[-1]
    assert export.state is ExportState.ACCEPTED
    assert (decision.approver, decision.digest, decision.verdict) == (ALEX, export.plan_digest, "accept")


def test_a_code_typed_in_small_letters_with_blanks_is_the_same_code(bench: Workbench) -> None:
    export = bench.send()
    typed = f" {(export.plan_code or '').lower().replace('-', ' ')} "
    assert bench.answer(export, "accept", approver=f" {ALEX.upper()} ", code=typed).state is ExportState.ACCEPTED


@pytest.mark.parametrize(
    ("decision", "approver", "code", "reason", "said"),
    [
        pytest.param("", "", "", "", "your e-mail address is missing", id="nothing at all"),
        pytest.param("", ALEX, None, "", "choose Accept or Reject", id="no decision"),
        pytest.param("Yes", ALEX, None, "", "choose Accept or Reject", id="another word"),
        pytest.param("True", ALEX, None, "", "choose Accept or Reject", id="a forced yes"),
        pytest.param("Accept", "", None, "", "your e-mail address is missing", id="nobody"),
        pytest.param("Accept", "eve@example.com", None, "", "expected an enrolled approver", id="a stranger"),
        pytest.param("Accept", CASEY, None, "", "expected an enrolled approver", id="a colleague not enrolled"),
        pytest.param("Accept", ALEX, "", "", "not the code of this plan", id="no plan code"),
        pytest.param("Accept", ALEX, "AAAA-AAAA", "", "not the code of this plan", id="another plan's code"),
        pytest.param("Reject", ALEX, None, "", "a reject needs one", id="a reject without reason"),
        pytest.param("Reject", ALEX, None, "  \n ", "a reject needs one", id="a reject with a blank reason"),
        pytest.param("Accept", ALEX, None, "x" * 1001, "at most 1000 characters", id="a reason without end"),
        pytest.param("A\x00ccept", ALEX, "\ud800", "\x00", "choose Accept or Reject", id="garbage"),
    ],
)
def test_an_answer_that_is_no_decision_is_kept_and_asked_again(
    bench: Workbench, decision: str, approver: str, code: str | None, reason: str, said: str
) -> None:
    export = bench.send()

    again = bench.answer(export, decision, approver=approver, code=code, reason=reason)

    assert (again.state, again.ask) == (ExportState.AWAITING_ACCEPTANCE, 2)
    assert said in bench.refusal(again)
    assert bench.apply(again).state is ExportState.AWAITING_ACCEPTANCE
    # The next answer is judged on its own.
    assert bench.answer(again).state is ExportState.ACCEPTED


def test_the_same_answer_read_twice_counts_once(bench: Workbench) -> None:
    export = bench.send()
    first = bench.answer(export, code="AAAA-AAAA")
    assert bench.answer(export, code="AAAA-AAAA") == first
    assert len(bench.journal.decisions(export.id)) == 1


def test_an_old_answer_never_decides_a_later_question(bench: Workbench) -> None:
    export = bench.send()
    asked_again = bench.answer(export, code="AAAA-AAAA")
    # A correct yes, but to the question before.
    assert bench.answer(export) == asked_again


def test_the_sender_cannot_accept_their_own_budget(bench: Workbench) -> None:
    _enrol(bench, PRIYA)
    bench.procore.state.users[0].erp_integrated_accountant = True

    export = bench.answer(bench.send(), approver=PRIYA.upper())

    assert export.state is ExportState.AWAITING_ACCEPTANCE
    assert "the sender of a budget cannot decide" in bench.refusal(export)


def test_an_approver_accepts_up_to_the_limit_and_not_a_cent_more(bench: Workbench) -> None:
    _enrol(bench, ALEX, "2877.20")
    export = bench.answer(bench.send())
    assert export.state is ExportState.AWAITING_ACCEPTANCE
    assert "the change of 2,877.21 is above your limit of 2,877.20" in bench.refusal(export)

    _enrol(bench, ALEX, "2877.21")
    assert bench.answer(export).state is ExportState.ACCEPTED


def test_a_limit_counts_for_a_reduction_too(bench: Workbench) -> None:
    _enrol(bench, ALEX, "1000")
    for line in bench.project.lines.values():
        line.original_budget_amount = -line.original_budget_amount

    export = bench.answer(bench.send())

    assert "the change of -2,877.21 is above your limit" in bench.refusal(export)


def test_somebody_without_procores_accounting_flag_cannot_accept(bench: Workbench) -> None:
    _enrol(bench, CASEY)
    export = bench.answer(bench.send(), approver=CASEY)
    assert "Procore does not list you as an accounting approver" in bench.refusal(export)


def test_procores_flag_can_be_left_out_of_it_by_configuration(bench: Workbench) -> None:
    _enrol(bench, CASEY)
    bench.configure(acceptance={"require_procore_flag": False})
    assert bench.answer(bench.send(), approver=CASEY).state is ExportState.ACCEPTED


def test_somebody_who_left_the_company_cannot_accept(bench: Workbench) -> None:
    _enrol(bench, DREW)
    export = bench.answer(bench.send(), approver=DREW)
    assert "your Procore account is inactive" in bench.refusal(export)


def test_somebody_whom_procores_directory_does_not_know_cannot_accept(bench: Workbench) -> None:
    _enrol(bench, "stranger@example.com")
    export = bench.answer(bench.send(), approver="stranger@example.com")
    assert "Procore's directory has no user with this e-mail address" in bench.refusal(export)


def test_an_approver_revoked_while_the_answer_is_judged_is_asked_again_and_told_why(bench: Workbench) -> None:
    export = bench.send()
    bench.while_users_are_read(lambda: bench.revoke(ALEX))

    asked_again = bench.answer(export)

    assert (asked_again.state, asked_again.ask) == (ExportState.AWAITING_ACCEPTANCE, 2)
    assert ALEX in bench.refusal(asked_again)


def test_a_revoked_approver_cannot_accept(bench: Workbench) -> None:
    bench.revoke(ALEX)
    export = bench.answer(bench.send())
    assert "expected an enrolled approver" in bench.refusal(export)


def test_while_procore_cannot_be_asked_nobody_accepts(bench: Workbench) -> None:
    export = bench.send()
    bench.procore.faults.add("503", path="users", count=4)

    asked_again = bench.answer(export)

    assert asked_again.state is ExportState.AWAITING_ACCEPTANCE
    assert "Procore could not be asked about your authority" in bench.refusal(asked_again)
    assert bench.answer(asked_again).state is ExportState.ACCEPTED


def test_above_the_configured_amount_two_different_approvers_must_accept(bench: Workbench) -> None:
    bench.configure(limits={"two_approvers_above": Decimal("2877.20")})
    export = bench.send()

    first = bench.answer(export)
    assert (first.state, first.ask) == (ExportState.AWAITING_ACCEPTANCE, 2)
    assert bench.apply(first).state is ExportState.AWAITING_ACCEPTANCE

    same_person = bench.answer(first, approver=ALEX.upper())
    assert (same_person.state, same_person.ask) == (ExportState.AWAITING_ACCEPTANCE, 3)
    assert "a different second approver must follow" in bench.refusal(same_person)

    second = bench.answer(same_person, approver=BLAKE)
    assert second.state is ExportState.ACCEPTED
    assert bench.journal.permit(export.id).accepted_by == (ALEX, BLAKE)
    assert bench.verify(bench.apply(second))[0].state is ExportState.VERIFIED


def test_at_the_configured_amount_one_approver_is_enough(bench: Workbench) -> None:
    bench.configure(limits={"two_approvers_above": Decimal("2877.21")})
    assert bench.accepted().state is ExportState.ACCEPTED


def test_the_second_of_two_approvers_may_reject(bench: Workbench) -> None:
    bench.configure(limits={"two_approvers_above": Decimal(1)})
    first = bench.accepted()
    assert bench.reject(first, "Wrong crew rate.", approver=BLAKE).state is ExportState.REJECTED


@pytest.mark.parametrize("late_by", [timedelta(0), timedelta(seconds=1), timedelta(days=30)])
def test_an_answer_at_or_after_the_deadline_never_accepts(bench: Workbench, late_by: timedelta) -> None:
    before = bench.vista_rows()
    export = bench.send()
    assert export.deadline_at == MONDAY + timedelta(days=7)

    late = bench.answer(export, at=MONDAY + timedelta(days=7) + late_by)

    assert late.state is ExportState.EXPIRED
    assert bench.reason(late) == "nobody decided before 2026-11-30 09:00 UTC"
    assert bench.apply(late).state is ExportState.EXPIRED
    assert bench.vista_rows() == before


def test_an_answer_just_before_the_deadline_counts(bench: Workbench) -> None:
    export = bench.send()
    assert bench.answer(export, at=MONDAY + timedelta(days=7) - timedelta(minutes=1)).state is ExportState.ACCEPTED


def test_after_expiry_the_budget_can_be_sent_again_and_needs_a_new_answer(bench: Workbench) -> None:
    first = bench.send()
    later = MONDAY + timedelta(days=8)

    second = bench.send(at=later)

    assert (bench.now(first).state, second.state) == (ExportState.EXPIRED, ExportState.AWAITING_ACCEPTANCE)
    assert second.id != first.id
    assert bench.answer(first, at=later).state is ExportState.EXPIRED
    assert bench.now(second).state is ExportState.AWAITING_ACCEPTANCE


def test_two_approvers_answering_at_once_are_judged_one_after_the_other(bench: Workbench) -> None:
    bench.configure(limits={"two_approvers_above": Decimal(1)})
    export = bench.send()
    bench.while_users_are_read(lambda: bench.answer(export, approver=BLAKE))

    mine = bench.answer(export)

    # Blake was first: Alex answered a question that is no longer asked.
    assert (mine.state, mine.ask) == (ExportState.AWAITING_ACCEPTANCE, 2)
    assert [decision.approver for decision in bench.journal.decisions(export.id)] == [BLAKE]
    assert bench.answer(mine).state is ExportState.ACCEPTED


def test_a_form_that_nobody_filled_in_accepts_nothing(bench: Workbench) -> None:
    # A forced retry of a suspended run builds the form from its defaults.
    export = bench.send()

    again = decide.take_answer(bench.systems, export.id, export.ask, Given(answer=AcceptanceForm().answer()), MONDAY)

    assert (again.state, again.ask) == (ExportState.AWAITING_ACCEPTANCE, 2)


@pytest.mark.parametrize("value", [None, True, 1, 1.5, ["Accept"], {"decision": "Accept"}, b"Accept"])
def test_a_form_of_other_kinds_than_text_counts_as_not_filled_in(value: object) -> None:
    form = AcceptanceForm.model_validate(dict.fromkeys(("decision", "plan_code", "approver", "code", "reason"), value))
    assert form.answer() == Answer(decision="", approver="", plan_code="", reason="")


def test_the_form_demands_a_decision_and_preselects_none() -> None:
    schema = AcceptanceForm.model_json_schema()
    assert schema["required"] == ["decision", "plan_code", "approver", "code"]
    assert schema["properties"]["decision"]["enum"] == ["Accept", "Reject"]
    assert "default" not in schema["properties"]["decision"]
