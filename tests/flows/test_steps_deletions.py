"""A line that was deleted in Procore stays in Vista, unless the approver consents to set it to zero."""

from dataclasses import replace
from decimal import Decimal

import pytest

from jobcost.acceptance import KEEP, SET_TO_ZERO
from jobcost.findings import Severity
from jobcost.lifecycle import ExportState
from jobcost.plan import Action
from sandbox.procore import people
from tasks.forms import AcceptanceForm, DeletionsForm, form_for, typed_into
from tests.flows.workbench import ALEX, BLAKE, SMALL_TOTAL, Workbench

GONE = Decimal("548.04")


@pytest.fixture
def without_a_line(bench: Workbench) -> Workbench:
    """A budget that was exported, and then lost the line 1000-103."""
    assert bench.exported().state is ExportState.VERIFIED
    people.delete_a_line(bench.procore.state, "1000-103")
    return bench


def test_a_deleted_line_is_a_warning_and_waits_for_a_choice(without_a_line: Workbench) -> None:
    export = without_a_line.update()

    plan = without_a_line.journal.plan(export.id)
    assert (export.state, without_a_line.rules(export, Severity.WARNING)) == (
        ExportState.AWAITING_ACCEPTANCE,
        {"deleted-in-procore"},
    )
    assert [(line.phase, line.action, line.after.cost) for line in plan.deleted] == [
        ("1000-103", Action.SET_TO_ZERO, Decimal(0))
    ]
    assert plan.changes == ()


def test_accepted_without_the_consent_the_line_stays(without_a_line: Workbench) -> None:
    before = without_a_line.estimates()

    export = without_a_line.carried(without_a_line.update())

    assert (export.state, without_a_line.estimates()) == (ExportState.VERIFIED, before)
    assert without_a_line.journal.plan(export.id).deleted != ()


def test_with_the_consent_the_line_is_set_to_zero_and_the_journal_proves_it(without_a_line: Workbench) -> None:
    bench = without_a_line
    proposed = bench.update()

    accepted = bench.accept_zeroing(proposed)

    plan = bench.journal.plan(accepted.id)
    assert plan == bench.journal.proposed_plan(accepted.id).with_zeroing()
    assert bench.journal.permit(accepted.id).digest == plan.digest != proposed.plan_digest
    export = bench.verify(bench.apply(accepted))[0]
    assert (export.state, bench.reason(export)) == (
        ExportState.VERIFIED,
        "All 6 lines and the total are as planned.",
    )
    assert bench.estimates()["1000-103"] == 0
    assert sum(bench.estimates().values()) == SMALL_TOTAL - GONE
    assert bench.journal.audit().problems == ()
    # What is zero already asks nobody again.
    assert bench.update().state is ExportState.UNCHANGED


def test_nobody_is_asked_again_about_a_kept_line_alone(without_a_line: Workbench) -> None:
    without_a_line.carried(without_a_line.update())

    again = without_a_line.update()

    assert again.state is ExportState.UNCHANGED
    assert "deleted-in-procore" in without_a_line.rules(again, Severity.WARNING)


def test_a_kept_line_is_told_again_with_the_next_update_that_changes_anything(without_a_line: Workbench) -> None:
    without_a_line.carried(without_a_line.update())
    people.correct_original(without_a_line.procore.state, "1000-104", "1.00")

    again = without_a_line.update()
    assert "deleted-in-procore" in without_a_line.rules(again, Severity.WARNING)
    assert without_a_line.verify(without_a_line.apply(without_a_line.accept_zeroing(again)))[0].state is (
        ExportState.VERIFIED
    )
    assert without_a_line.estimates()["1000-103"] == 0


def test_the_consent_counts_for_limits(without_a_line: Workbench) -> None:
    bench = without_a_line
    bench.configure(limits={"two_approvers_above": Decimal("500.00")})
    export = bench.update()

    first = bench.accept_zeroing(export)

    assert (first.state, first.ask) == (ExportState.AWAITING_ACCEPTANCE, 2)
    # The plan of which nothing was zeroed writes nothing: one would suffice. But both must mean the same.
    refused = bench.answer(first, approver=BLAKE)
    assert (refused.state, "the first approver chose Set to zero" in bench.refusal(refused)) == (
        ExportState.AWAITING_ACCEPTANCE,
        True,
    )
    accepted = bench.accept_zeroing(refused, approver=BLAKE)
    assert accepted.state is ExportState.ACCEPTED
    assert bench.journal.permit(accepted.id).accepted_by == (ALEX, BLAKE)
    assert bench.verify(bench.apply(accepted))[0].state is ExportState.VERIFIED


def test_who_may_not_accept_so_much_may_not_consent(without_a_line: Workbench) -> None:
    bench = without_a_line
    bench.enrol("casey@example.com", limit=Decimal("500.00"))
    bench.configure(acceptance={"require_procore_flag": False})
    export = bench.update()

    refused = bench.accept_zeroing(export, approver="casey@example.com")

    assert (refused.state, "above your limit" in bench.refusal(refused)) == (ExportState.AWAITING_ACCEPTANCE, True)
    assert bench.answer(refused, approver="casey@example.com").state is ExportState.ACCEPTED


def test_a_line_that_came_back_in_procore_makes_the_consent_stale(without_a_line: Workbench) -> None:
    bench = without_a_line
    accepted = bench.accept_zeroing(bench.update())
    people.add_line(bench.procore.state, "1000-103", "E", "Back again", "548.04")

    stale = bench.apply(accepted)

    assert (stale.state, bench.estimates()["1000-103"]) == (ExportState.STALE, GONE)


@pytest.mark.parametrize(
    "typed", ["", KEEP, "set to zero", "Set to Zero", "Set to zero ", True, 1, None, ["Set to zero"]]
)
def test_nothing_but_exactly_the_words_consents(typed: object) -> None:
    assert DeletionsForm.model_validate({"deleted_lines": typed}).answer().zero_deleted is False


def test_the_forms_default_keeps_and_only_the_choice_zeroes() -> None:
    assert DeletionsForm().answer().zero_deleted is False
    assert DeletionsForm(deleted_lines=SET_TO_ZERO).answer().zero_deleted is True
    assert DeletionsForm.model_json_schema()["properties"]["deleted_lines"]["enum"] == [KEEP, SET_TO_ZERO]
    assert "default" not in DeletionsForm.model_json_schema()["properties"]["deleted_lines"]
    assert "deleted_lines" in DeletionsForm.model_json_schema()["required"]


def test_a_plan_without_deleted_lines_asks_nothing_of_the_kind(bench: Workbench) -> None:
    export = bench.send()
    form = form_for(bench.journal.plan(export.id))
    assert form is AcceptanceForm
    assert "deleted_lines" not in form.model_json_schema()["properties"]
    # A forged field is dropped.
    assert form.model_validate({"deleted_lines": SET_TO_ZERO}).answer().zero_deleted is False
    # Even where somebody got a consent in: there is nothing it could mean.
    accepted = bench.accept_zeroing(export)
    assert bench.journal.permit(accepted.id).digest == export.plan_digest


def test_the_command_line_types_the_choice_into_the_form(without_a_line: Workbench) -> None:
    form = form_for(without_a_line.journal.plan(without_a_line.update().id))
    answer = DeletionsForm(decision="Accept").answer()
    assert typed_into(form, answer)["deleted_lines"] == KEEP
    assert typed_into(form, replace(answer, zero_deleted=True))["deleted_lines"] == SET_TO_ZERO
    assert "deleted_lines" not in typed_into(AcceptanceForm, answer)


def test_a_rejection_zeroes_nothing_whatever_was_chosen(without_a_line: Workbench) -> None:
    before = without_a_line.vista_rows()
    export = without_a_line.reject(without_a_line.update(), "Wait.")
    assert (export.state, without_a_line.vista_rows()) == (ExportState.REJECTED, before)
