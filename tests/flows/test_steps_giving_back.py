"""Reject and retrieve: Vista stays as it was, and the project manager gets the budget back with the reason."""

import pytest

from connectors.procore.errors import UnlockRefused
from jobcost.lifecycle import ExportState
from tests.flows.workbench import ALEX, PRIYA, Workbench

REASON = "Line 1000-103 belongs to the client."


def test_a_reject_leaves_vista_untouched_and_returns_the_budget_editable(bench: Workbench) -> None:
    bench.add_modification("1000-100", "1000-101", "50.00")
    before = bench.vista_rows()

    export = bench.give_back(bench.reject(bench.send(), REASON))

    assert (export.state, bench.reason(export)) == (ExportState.REJECTED, REASON)
    assert bench.journal.transitions(export.id)[-1].actor == ALEX
    assert export.budget_returned_at is not None
    assert not bench.project.locked
    assert len(bench.project.modifications) == 1
    assert bench.apply(export).state is ExportState.REJECTED
    assert bench.vista_rows() == before


def test_a_budget_is_given_back_once(bench: Workbench) -> None:
    export = bench.give_back(bench.reject(bench.send(), REASON))
    bench.project.locked = True

    assert bench.give_back(export) == export
    assert bench.project.locked


def test_a_budget_that_was_accepted_is_not_given_back(bench: Workbench) -> None:
    export = bench.accepted()
    assert bench.give_back(export) == export
    assert bench.project.locked


def test_while_procore_refuses_to_unlock_the_reject_stands_and_giving_back_is_tried_again(bench: Workbench) -> None:
    export = bench.reject(bench.send(), REASON)
    bench.project.unlock_refusal = "Remove the budget modifications first."

    with pytest.raises(UnlockRefused, match="Remove the budget modifications first"):
        bench.give_back(export)
    assert (bench.now(export).state, bench.now(export).budget_returned_at) == (ExportState.REJECTED, None)
    assert bench.journal.budgets_to_return() == (export,)

    bench.project.unlock_refusal = None
    assert bench.give_back(export).budget_returned_at is not None
    assert not bench.project.locked


def test_a_budget_sent_again_meanwhile_is_not_unlocked_under_its_approver(bench: Workbench) -> None:
    first = bench.reject(bench.send(), REASON)
    # Giving back failed; the project manager unlocked, corrected and locked by hand, and sent again.
    second = bench.send()

    given_back = bench.give_back(first)

    assert bench.project.locked
    assert given_back.budget_returned_at is not None
    assert bench.verify(bench.apply(bench.answer(second)))[0].state is ExportState.VERIFIED


def test_after_correction_the_budget_is_sent_again_and_keeps_its_thread(bench: Workbench) -> None:
    first = bench.give_back(bench.reject(bench.send(), REASON))
    del bench.project.lines[bench.project.line("1000-103").id]

    second = bench.send(lock=True)

    assert second.state is ExportState.AWAITING_ACCEPTANCE
    assert (second.id, second.plan_code) != (first.id, first.plan_code)
    assert f"{first.id}, sent by {PRIYA}: rejected. {REASON}" in bench.review(second)
    assert bench.verify(bench.apply(bench.answer(second)))[0].state is ExportState.VERIFIED
    assert "1000-103" not in bench.estimates()


def test_an_acceptance_of_the_rejected_plan_does_not_count_for_the_next(bench: Workbench) -> None:
    first = bench.give_back(bench.reject(bench.send(), REASON))
    bench.project.line("1000-103").original_budget_amount += 1
    second = bench.send(lock=True)

    answered = bench.answer(second, code=first.plan_code)

    assert answered.state is ExportState.AWAITING_ACCEPTANCE
    assert "not the code of this plan" in bench.refusal(answered)


def test_a_retrieved_budget_stays_locked_and_can_no_longer_be_accepted(bench: Workbench) -> None:
    before = bench.vista_rows()
    export = bench.send()

    bench.journal.retrieve(export.id, actor=PRIYA, reason="Sent too early.", at=bench.at)

    assert bench.answer(export).state is ExportState.RETRIEVED
    assert bench.apply(export).state is ExportState.RETRIEVED
    assert bench.give_back(export).budget_returned_at is None
    assert bench.project.locked
    assert bench.vista_rows() == before
    assert bench.send().state is ExportState.AWAITING_ACCEPTANCE
