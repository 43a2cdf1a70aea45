"""A budget lives on: what changed in Procore after the first export reaches Vista, exactly once each."""

from decimal import Decimal

import pytest

from jobcost.findings import Severity
from jobcost.lifecycle import ExportState
from jobcost.plan import Action
from sandbox.procore import people
from sandbox.vista import people as vista_people
from tests.flows.test_steps_applying import Killed
from tests.flows.workbench import PRIYA, SMALL_TOTAL, Workbench

AMOUNT = "600.00"


@pytest.fixture
def exported(bench: Workbench) -> Workbench:
    """A workbench whose budget was exported once."""
    assert bench.exported().state is ExportState.VERIFIED
    return bench


def _change(bench: Workbench, **amounts: str) -> None:
    people.make_change(bench.procore.state, "More", {"1000-103": "70.00", "1000-104": "-20.00"} | amounts)


def test_no_update_before_a_first_export(bench: Workbench) -> None:
    export = bench.update()
    assert (export.state, bench.rules(export)) == (ExportState.BLOCKED, {"never-exported"})


def test_a_budget_that_did_not_change_ends_unchanged_and_nothing_is_written(exported: Workbench) -> None:
    before = exported.vista_rows()
    export = exported.update()
    assert (export.state, exported.rules(export)) == (ExportState.UNCHANGED, set())
    assert exported.vista_rows() == before


def test_one_corrected_original_writes_one_line(exported: Workbench) -> None:
    people.correct_original(exported.procore.state, "1000-103", AMOUNT)

    export = exported.update()

    plan = exported.journal.plan(export.id)
    (line,) = plan.changes
    assert (line.phase, line.action, line.before and line.before.cost, line.after.cost) == (
        "1000-103",
        Action.CHANGE_ESTIMATE,
        Decimal("548.04"),
        Decimal(AMOUNT),
    )
    assert exported.carried(export).state is ExportState.VERIFIED
    assert exported.estimates()["1000-103"] == Decimal(AMOUNT)
    # One more row of detail: unchanged lines are not even mentioned.
    assert exported.detail_count() == 7


def test_a_new_line_is_added_and_the_others_stay(exported: Workbench) -> None:
    vista_people.add_phase(exported.vista_url, "1000-110")
    exported.add_line("1000-110", "L", "55.50")

    export = exported.carried(exported.update())

    assert export.state is ExportState.VERIFIED
    assert exported.estimates()["1000-110"] == Decimal("55.50")
    assert sum(exported.estimates().values()) == SMALL_TOTAL + Decimal("55.50")
    assert exported.detail_count() == 7


def test_an_approved_change_becomes_one_change_order_dated_the_day_it_was_sent(exported: Workbench) -> None:
    _change(exported)

    export = exported.update()
    plan = exported.journal.plan(export.id)
    (order,) = plan.change_orders

    assert (order.aco, order.title, order.approval_date, order.month) == ("BC-1", "More", "2026-11-23", "2026-11-01")
    assert exported.carried(export).state is ExportState.VERIFIED
    assert exported.change_orders() == {"BC-1": Decimal("50.00")}
    assert (sum(exported.estimates().values()), exported.detail_count()) == (SMALL_TOTAL, 6)


def test_a_change_is_exported_once_for_ever(exported: Workbench) -> None:
    _change(exported)
    export = exported.carried(exported.update())
    before = exported.vista_rows()

    again = exported.update()

    assert (again.state, exported.vista_rows()) == (ExportState.UNCHANGED, before)
    # Neither the old export's steps nor its answer do anything once more.
    assert exported.verify(exported.apply(exported.answer(export))) == (export, None)
    assert exported.vista_rows() == before
    _change(exported)
    exported.carried(exported.update())
    assert exported.change_orders() == {"BC-1": Decimal("50.00"), "BC-2": Decimal("50.00")}


@pytest.mark.parametrize(
    "point", ["after_lock", "after_phases", "after_change_orders", "before_commit", "after_commit"]
)
def test_a_process_that_ends_while_writing_writes_change_orders_once(exported: Workbench, point: str) -> None:
    _change(exported)
    people.correct_original(exported.procore.state, "1000-105", AMOUNT)
    export = exported.answer(exported.update())
    before = exported.vista_rows()

    with exported.breaking_at(point, Killed()), pytest.raises(Killed):
        exported.apply(export)

    assert (exported.vista_rows() == before) is (point != "after_commit")
    assert exported.verify(exported.apply(export))[0].state is ExportState.VERIFIED
    assert (exported.change_orders(), exported.detail_count()) == ({"BC-1": Decimal("50.00")}, 7)


def test_of_what_is_being_written_nobody_plans_the_change_once_more(exported: Workbench) -> None:
    _change(exported)
    export = exported.answer(exported.update())
    with exported.breaking_at("after_commit", Killed()), pytest.raises(Killed):
        exported.apply(export)

    orders = exported.journal.exported_change_orders(1, "GEN  -0001")

    assert [(aco, one.export_id) for aco, one in orders.items()] == [("BC-1", export.id)]


def test_a_change_that_replaces_a_void_one_waits_until_vista_is_put_right(exported: Workbench) -> None:
    people.make_change(exported.procore.state, "Steel", {"1000-103": "70.00"})
    exported.carried(exported.update())
    people.set_status(exported.procore.state, 1, "void")

    # Not "unchanged": the sender hears of it.
    alone = exported.update()
    assert (alone.state, exported.rules(alone)) == (ExportState.BLOCKED, {"changed-after-export"})

    people.make_change(exported.procore.state, "Steel, corrected", {"1000-103": "70.00"})
    assert exported.update().state is ExportState.BLOCKED
    assert exported.change_orders() == {"BC-1": Decimal("70.00")}

    vista_people.approve_change_order(exported.vista_url, "1000-103", 4, "-70.00", aco="12")
    assert exported.carried(exported.update()).state is ExportState.VERIFIED
    assert exported.change_orders() == {"12": Decimal("-70.00"), "BC-1": Decimal("70.00"), "BC-2": Decimal("70.00")}


def test_what_is_not_approved_is_told_and_not_sent(exported: Workbench) -> None:
    people.make_change(exported.procore.state, "Perhaps", {"1000-103": "70.00"}, status="draft")

    export = exported.update()

    assert export.state is ExportState.UNCHANGED
    assert "change-not-sent" in exported.rules(export, Severity.NOTE)


def test_a_change_approved_between_acceptance_and_write_makes_the_export_stale(exported: Workbench) -> None:
    people.correct_original(exported.procore.state, "1000-105", AMOUNT)
    export = exported.answer(exported.update())
    _change(exported)
    before = exported.vista_rows()

    stale = exported.apply(export)

    assert (stale.state, exported.vista_rows()) == (ExportState.STALE, before)
    assert "BC-1" in exported.moves(stale)
    # Sent again, both go together.
    assert exported.carried(exported.update()).state is ExportState.VERIFIED
    assert exported.change_orders() == {"BC-1": Decimal("50.00")}


def test_a_change_order_that_vista_users_post_meanwhile_makes_the_export_stale(exported: Workbench) -> None:
    people.correct_original(exported.procore.state, "1000-103", AMOUNT)
    export = exported.answer(exported.update())
    vista_people.approve_change_order(exported.vista_url, "1000-103", 4, "12.00", aco="77")

    stale = exported.apply(export)

    assert (stale.state, exported.estimates()["1000-103"]) == (ExportState.STALE, Decimal("548.04"))


def test_an_update_planned_on_one_day_and_accepted_on_another_keeps_its_date(exported: Workbench) -> None:
    _change(exported)
    export = exported.update()
    later = exported.at.replace(month=12, day=1) - exported.at

    accepted = exported.answer(export, at=exported.at + later / 4)

    assert exported.verify(exported.apply(accepted))[0].state is ExportState.VERIFIED
    assert exported.vista("SELECT substr(ApprovalDate, 1, 10) FROM JCOH") == [("2026-11-23",)]


def test_the_update_is_possible_again_after_a_failure_was_cleared(exported: Workbench) -> None:
    people.correct_original(exported.procore.state, "1000-105", AMOUNT)
    export = exported.apply(exported.answer(exported.update()))
    vista_people.change_estimate(exported.vista_url, "1000-105", 1, cost="1.00")
    failed = exported.verify(export)[0]
    assert failed.state is ExportState.VERIFICATION_FAILED
    assert "verification-not-cleared" in exported.rules(exported.update())

    exported.journal.clear(
        failed.id, by="op@example.com", reason="Typed over; the update puts it right.", at=exported.at
    )
    again = exported.carried(exported.update())

    assert (again.state, exported.estimates()["1000-105"]) == (ExportState.VERIFIED, Decimal(AMOUNT))


def test_after_a_first_export_that_failed_and_was_cleared_an_update_is_possible(bench: Workbench) -> None:
    export = bench.apply(bench.accepted())
    vista_people.change_estimate(bench.vista_url, "1000-103", 4, cost="1.00")
    failed = bench.verify(export)[0]
    bench.journal.clear(failed.id, by="op@example.com", reason="Typed over.", at=bench.at)

    assert bench.carried(bench.update()).state is ExportState.VERIFIED
    assert sum(bench.estimates().values()) == SMALL_TOTAL


@pytest.mark.parametrize("policy", ["change_orders", "fold_into_original", "off"])
def test_the_review_says_which_policy_for_changes_is_in_force(bench: Workbench, policy: str) -> None:
    bench.configure(changes={"policy": policy})
    assert bench.exported().state is ExportState.VERIFIED
    _change(bench)
    people.correct_original(bench.procore.state, "1000-105", AMOUNT)

    export = bench.update()

    assert bench.journal.plan(export.id).change_policy == policy
    assert bench.carried(export).state is ExportState.VERIFIED
    folded = Decimal("618.04") if policy == "fold_into_original" else Decimal("548.04")
    assert bench.estimates()["1000-103"] == folded
    assert bench.change_orders() == ({"BC-1": Decimal("50.00")} if policy == "change_orders" else {})


def test_a_rejected_update_gives_the_budget_back_and_vista_stays(exported: Workbench) -> None:
    _change(exported)
    before = exported.vista_rows()

    export = exported.give_back(exported.reject(exported.update(), "Not this month."))

    assert (export.state, exported.project.locked, exported.vista_rows()) == (ExportState.REJECTED, False, before)
    assert len(exported.project.changes) == 1


def test_a_run_of_another_kind_does_not_take_an_update_over(exported: Workbench) -> None:
    _change(exported)
    export = exported.update()
    with pytest.raises(Exception, match="of another kind"):
        exported.send(run="tuesday", continue_export=export.id)
    assert exported.update(run="tuesday", continue_export=export.id).flow_run_id == "tuesday"


def test_what_an_update_was_planned_from_is_kept_for_the_schedule(exported: Workbench) -> None:
    export = exported.update(sender=PRIYA)
    (kept,) = [row.json_text for row in exported.journal.evidence(export.id) if row.kind == "budget"]
    assert '"view_id": 502' in kept
    assert exported.systems.procore.read_fingerprint(export.project_id, 502) in kept
