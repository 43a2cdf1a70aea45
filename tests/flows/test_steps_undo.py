"""Taking an export back: everything as it was before, accepted like every export; refused where anything moved."""

from decimal import Decimal

import pytest

from connectors.journal.records import ExportRecord
from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from sandbox.procore import people
from sandbox.vista import people as vista_people
from tasks.steps.undoing import NotUndoable
from tests.flows.test_steps_applying import Killed
from tests.flows.workbench import ALEX, PRIYA, Workbench


@pytest.fixture
def updated(bench: Workbench) -> Workbench:
    """A budget that was exported, and then updated by one corrected original and one change."""
    bench.exported()
    people.correct_original(bench.procore.state, "1000-105", "600.00")
    people.make_change(bench.procore.state, "More", {"1000-103": "70.00"})
    assert bench.carried(bench.update()).state is ExportState.VERIFIED
    return bench


def _last(bench: Workbench) -> ExportRecord:
    return bench.journal.history(1, "GEN  -0001")[0]


def test_an_update_is_taken_back_line_by_line_and_order_by_order(updated: Workbench) -> None:
    export = updated.undo(_last(updated))

    assert (export.state, export.kind) == (ExportState.AWAITING_ACCEPTANCE, Kind.UNDO)
    assert updated.carried(export).state is ExportState.VERIFIED
    assert updated.estimates()["1000-105"] == Decimal("822.06")
    assert updated.change_orders() == {"BC-1": Decimal("70.00"), "BC-1R": Decimal("-70.00")}


def test_what_was_taken_back_is_not_exported_again_by_itself(updated: Workbench) -> None:
    undone = _last(updated)
    undo = updated.carried(updated.undo(undone))

    orders = updated.journal.exported_change_orders(1, "GEN  -0001")

    assert {aco: (one.export_id, one.undone_by) for aco, one in orders.items()} == {
        "BC-1": (undone.id, undo.id),
        "BC-1R": (undo.id, ""),
    }
    taken_back_by = updated.journal.undone_by(undone.id)
    assert taken_back_by is not None
    assert taken_back_by.id == undo.id
    plan = updated.journal.plan(updated.update().id)
    assert (plan.change_orders, [line.phase for line in plan.changes]) == ((), ["1000-105"])


def test_a_first_export_is_taken_back_to_zero_and_nothing_is_deleted(bench: Workbench) -> None:
    export = bench.exported()

    assert bench.carried(bench.undo(export)).state is ExportState.VERIFIED

    assert set(bench.estimates().values()) == {Decimal(0)}
    assert len(bench.vista("SELECT 1 FROM JCCH")) == 6
    # The budget can be brought to Vista again.
    assert bench.carried(bench.update()).state is ExportState.VERIFIED
    assert sum(bench.estimates().values()) == Decimal("2877.21")


def test_after_an_undo_the_export_before_can_be_taken_back_too(updated: Workbench) -> None:
    second, first = updated.journal.history(1, "GEN  -0001")
    assert updated.rules(updated.undo(first)) == {"undo-not-the-last", "undo-line-moved", "undo-changes-moved"}

    updated.carried(updated.undo(second))

    assert updated.carried(updated.undo(first)).state is ExportState.VERIFIED
    assert set(updated.estimates().values()) == {Decimal(0)}


def test_a_line_that_moved_in_vista_since_forbids_the_undo_and_is_named(updated: Workbench) -> None:
    vista_people.change_estimate(updated.vista_url, "1000-105", 1, cost="601.00")

    export = updated.undo(_last(updated))

    assert (export.state, updated.rules(export)) == (ExportState.BLOCKED, {"undo-line-moved"})
    assert "Phase 1000-105 cost type 1" in str(updated.journal.findings(export.id)[0])


def test_what_moves_between_acceptance_and_undo_makes_it_stale(updated: Workbench) -> None:
    accepted = updated.answer(updated.undo(_last(updated)))
    vista_people.change_estimate(updated.vista_url, "1000-105", 1, cost="601.00")

    stale = updated.apply(accepted)

    assert (stale.state, updated.estimates()["1000-105"]) == (ExportState.STALE, Decimal("601.00"))


def test_an_unlocked_budget_does_not_forbid_an_undo_and_its_reject_unlocks_nothing(updated: Workbench) -> None:
    updated.project.locked = False
    export = updated.undo(_last(updated))
    assert export.state is ExportState.AWAITING_ACCEPTANCE
    updated.project.locked = True

    returned = updated.give_back(updated.reject(export, "No, it was right."))

    assert (updated.project.locked, returned.budget_returned_at is not None) == (True, True)
    assert updated.journal.budgets_to_return() == ()


def test_the_sender_of_an_undo_does_not_accept_it(updated: Workbench) -> None:
    refused = updated.answer(updated.undo(_last(updated), sender=ALEX), approver=ALEX)
    assert "the sender of a budget cannot decide" in updated.refusal(refused)


@pytest.mark.parametrize("point", ["after_half_of_lines", "after_change_orders", "before_commit", "after_commit"])
def test_a_process_that_ends_while_taking_back_takes_back_once(updated: Workbench, point: str) -> None:
    export = updated.answer(updated.undo(_last(updated)))

    with updated.breaking_at(point, Killed()), pytest.raises(Killed):
        updated.apply(export)

    assert updated.verify(updated.apply(export))[0].state is ExportState.VERIFIED
    assert updated.change_orders() == {"BC-1": Decimal("70.00"), "BC-1R": Decimal("-70.00")}


def test_only_what_is_in_vista_is_taken_back(bench: Workbench) -> None:
    waiting = bench.send()
    with pytest.raises(NotUndoable, match="awaiting acceptance"):
        bench.undo(waiting)
    rejected = bench.reject(waiting, "No.")
    with pytest.raises(NotUndoable, match="there is nothing to do"):
        bench.undo(rejected)
    assert bench.journal.open_exports() == ()


def test_a_second_undo_of_the_same_export_is_refused(updated: Workbench) -> None:
    export = _last(updated)
    updated.carried(updated.undo(export))
    again = updated.undo(export)
    assert again.state is ExportState.BLOCKED
    assert updated.rules(again) == {"undo-not-the-last", "undo-line-moved", "undo-changes-moved", "undo-number"}


def test_a_change_whose_undo_was_taken_back_is_not_folded_in_a_second_time(updated: Workbench) -> None:
    undo = updated.carried(updated.undo(_last(updated)))
    assert updated.carried(updated.undo(undo)).state is ExportState.VERIFIED
    updated.configure(changes={"policy": "fold_into_original"})

    export = updated.update()

    assert (export.state, updated.rules(export)) == (ExportState.BLOCKED, {"change-orders-and-folding"})
    assert sum(updated.change_orders().values()) == Decimal("70.00")


def test_a_repeated_run_goes_on_with_the_undo_it_has(updated: Workbench) -> None:
    export = updated.undo(_last(updated), run="monday")
    assert updated.undo(updated.journal.export(updated.journal.proposed_plan(export.id).undoes), run="monday") == export
    assert export.submitted_by == PRIYA
