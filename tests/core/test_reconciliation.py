"""Do the two systems agree? One example for each way in which a line can stand."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from jobcost.planned import ChangePolicy
from jobcost.reconciliation import Comparison, reconcile
from jobcost.reconciliation_audit import NO_TRACE, who_moved
from jobcost.reconciliation_results import ReconciledLine
from jobcost.reconciliation_values import (
    Amounts,
    InFlight,
    LineClass,
    OurChangeOrder,
    Trace,
    UnmappedLine,
)
from tests.core.comparisons import CONCRETE, comparison, with_exported, with_unexported

MOVED_IN_VISTA = """
    phase  | procore    | vista      | verified
    03-310 | 310,000.50 | 310,500.50 | 310,000.50
"""


def only_line(of: Comparison) -> ReconciledLine:
    (line,) = reconcile(of).lines
    return line


@pytest.mark.parametrize(
    ("table", "stands"),
    [
        ("phase | procore | vista | verified\n 03-310 | 100.00 | 100.00 | 100.00", LineClass.AGREES),
        ("phase | procore | vista | verified\n 03-310 | 120.00 | 100.00 | 100.00", LineClass.MOVED_IN_PROCORE),
        ("phase | procore | vista | verified\n 03-310 | 100.00 | 90.00 | 100.00", LineClass.MOVED_IN_VISTA),
        ("phase | procore | vista | verified\n 03-310 | 120.00 | 90.00 | 100.00", LineClass.MOVED_IN_BOTH),
        ("phase | procore | vista | verified\n 03-310 | | 100.00 | 100.00", LineClass.DELETED_IN_PROCORE),
        ("phase | procore | vista | verified\n 03-310 | | 100.00 |", LineClass.ONLY_IN_VISTA),
        ("phase | procore | vista | verified | ours\n 03-310 | | 100.00 | 100.00 | no", LineClass.ONLY_IN_VISTA),
        ("phase | procore | vista | verified\n 03-310 | 100.00 | |", LineClass.NEVER_EXPORTED),
        ("phase | procore | vista | verified\n 03-310 | 100.125 | 100.13 | 100.13", LineClass.ROUNDING),
        ("phase | procore | vista | verified\n 03-310 | 100.125 | 100.12 | 100.12", LineClass.ROUNDING),
        ("phase | procore | vista | verified\n 03-310 | 100.00 | 100.01 | 100.00", LineClass.MOVED_IN_VISTA),
    ],
    ids=[
        "a line that nobody touched agrees",
        "an original corrected in Procore moved there",
        "an estimate typed over in Vista moved there",
        "a line corrected in both moved in both",
        "a line deleted in Procore is still in Vista",
        "a line added in Vista is nothing of ours",
        "a line that Vista had before us is nothing of ours",
        "a line added in Procore was never exported",
        "a fraction of a cent in Procore is rounding",
        "a fraction of a cent rounded down is rounding too",
        "a whole cent is no rounding",
    ],
)
def test_a_line_stands_as_its_three_amounts_say(table: str, stands: LineClass) -> None:
    assert only_line(comparison(table)).stands is stands


def test_a_line_deleted_in_procore_and_typed_over_in_vista_moved_in_both() -> None:
    line = only_line(comparison("phase | procore | vista | verified\n 03-310 | | 90.00 | 100.00"))
    assert line.stands is LineClass.MOVED_IN_BOTH
    assert line.causes == (
        "No budget line falls on it any more, still in Vista with 90.00",
        "Original Estimate in Vista: 100.00 verified, now 90.00",
    )


def test_a_deleted_line_that_somebody_set_to_zero_in_vista_agrees() -> None:
    line = only_line(comparison("phase | procore | vista | verified\n 03-310 | | 0.00 | 100.00"))
    assert line.stands is LineClass.AGREES


def test_an_approved_change_without_a_change_order_is_not_exported() -> None:
    table = "phase | procore | vista | verified\n 03-310 | 100.00 + 25.00 | 100.00 | 100.00"
    line = only_line(with_unexported(comparison(table), "25.00"))
    assert line.stands is LineClass.CHANGE_NOT_EXPORTED
    assert line.causes == ("Approved, without a change order in Vista: 007 Deeper piles with 25.00",)
    assert line.difference == Amounts(changes=Decimal("-25.00"))


def test_a_change_order_of_ours_that_is_gone_in_vista_is_named() -> None:
    table = "phase | procore | vista | verified\n 03-310 | 100.00 + 25.00 | 100.00 | 100.00 + 25.00"
    line = only_line(with_exported(comparison(table), "25.00", in_vista=None))
    assert line.stands is LineClass.CHANGE_ORDER_MOVED
    assert line.causes == ("Change order BC-7 of export EX-1 is gone: 25.00",)
    assert line.who == NO_TRACE


def test_a_change_order_of_ours_with_another_amount_is_named() -> None:
    table = "phase | procore | vista | verified\n 03-310 | 100.00 + 25.00 | 100.00 + 20.00 | 100.00 + 25.00"
    line = only_line(with_exported(comparison(table), "25.00", in_vista="20.00"))
    assert line.stands is LineClass.CHANGE_ORDER_MOVED
    assert line.causes == ("Change order BC-7: 25.00 exported, now 20.00",)


def test_an_exported_change_that_is_void_in_procore_now_moved_there() -> None:
    table = "phase | procore | vista | verified\n 03-310 | 100.00 | 100.00 + 25.00 | 100.00 + 25.00"
    line = only_line(with_exported(comparison(table), "25.00", in_vista="25.00"))
    assert line.stands is LineClass.MOVED_IN_PROCORE
    assert line.causes == ("Changes of Procore: 25.00 exported, now 0.00",)


def test_a_change_order_that_a_vista_user_posted_since_moved_in_vista() -> None:
    table = "phase | procore | vista | verified\n 03-310 | 100.00 | 100.00 + 8.00 | 100.00"
    line = only_line(comparison(table))
    assert line.stands is LineClass.MOVED_IN_VISTA
    assert line.causes == ("Other change orders in Vista: 0.00 verified, now 8.00",)


def test_a_change_order_that_vista_had_before_our_export_is_only_in_vista() -> None:
    table = "phase | procore | vista | verified\n 03-310 | 100.00 | 100.00 + 8.00 | 100.00 + 8.00"
    assert only_line(comparison(table)).stands is LineClass.ONLY_IN_VISTA


def test_a_change_typed_into_vista_by_hand_agrees_but_is_told() -> None:
    """The next update would write it a second time."""
    table = "phase | procore | vista | verified\n 03-310 | 100.00 + 25.00 | 100.00 + 25.00 | 100.00"
    line = only_line(with_unexported(comparison(table), "25.00"))
    assert line.stands is LineClass.AGREES
    assert line.causes == (
        "The amounts are the same, although:",
        "Approved, without a change order in Vista: 007 Deeper piles with 25.00",
        "Other change orders in Vista: 0.00 verified, now 25.00",
    )


def test_a_change_that_was_taken_back_waits_for_its_export_again() -> None:
    table = "phase | procore | vista | verified\n 03-310 | 100.00 + 25.00 | 100.00 | 100.00"
    of = with_unexported(comparison(table), "25.00")
    undone = tuple(
        OurChangeOrder(aco=aco, export_id=by, source=("budget_change", 7), amounts={CONCRETE: amount}, is_undone=True)
        for aco, by, amount in (("BC-7", "EX-1", Decimal("25.00")), ("BC-7R", "EX-2", Decimal("-25.00")))
    )
    standing = {order.aco: order.amounts for order in undone}
    of = replace(
        of, verified=replace(of.verified, change_orders=undone), vista=replace(of.vista, change_orders=standing)
    )
    assert only_line(of).stands is LineClass.CHANGE_NOT_EXPORTED


def test_a_line_of_an_open_export_is_in_flight() -> None:
    flight = InFlight(words="Export EX-2 waits for an approver", keys=frozenset({CONCRETE}))
    table = "phase | procore | vista | verified\n 03-310 | 120.00 | 100.00 | 100.00"
    line = only_line(comparison(table, in_flight=(flight,)))
    assert line.stands is LineClass.IN_FLIGHT
    assert line.causes == (
        "Export EX-2 waits for an approver",
        "Original in Procore: 100.00 verified, now 120.00",
    )


def test_an_open_export_excuses_no_line_that_it_does_not_move() -> None:
    flight = InFlight(words="Export EX-2 waits for an approver", keys=frozenset({("05-120", 2)}))
    assert only_line(comparison(MOVED_IN_VISTA, in_flight=(flight,))).stands is LineClass.MOVED_IN_VISTA


def test_an_export_that_is_not_planned_yet_may_be_about_any_line() -> None:
    flight = InFlight(words="Export EX-2 is being read", keys=None)
    assert only_line(comparison(MOVED_IN_VISTA, in_flight=(flight,))).stands is LineClass.IN_FLIGHT


def test_a_line_that_agrees_is_not_in_flight() -> None:
    flight = InFlight(words="Export EX-2 is being read", keys=None)
    table = "phase | procore | vista | verified\n 03-310 | 100.00 | 100.00 | 100.00"
    assert only_line(comparison(table, in_flight=(flight,))).stands is LineClass.AGREES


def test_a_company_that_folds_changes_expects_them_in_the_original() -> None:
    table = "phase | procore | vista | verified\n 03-310 | 100.00 + 25.00 | 125.00 | 125.00"
    folds = comparison(table, policy=ChangePolicy.FOLD_INTO_ORIGINAL)
    assert only_line(folds).stands is LineClass.AGREES
    table = "phase | procore | vista | verified\n 03-310 | 100.00 + 25.00 | 100.00 | 100.00"
    folds = with_unexported(comparison(table, policy=ChangePolicy.FOLD_INTO_ORIGINAL), "25.00")
    assert only_line(folds).stands is LineClass.MOVED_IN_PROCORE


def test_a_company_that_exports_no_changes_compares_originals_alone() -> None:
    table = "phase | procore | vista | verified\n 03-310 | 100.00 + 25.00 | 100.00 + 3.00 | 100.00"
    assert only_line(comparison(table, policy=ChangePolicy.OFF)).stands is LineClass.AGREES


def test_a_budget_line_that_cannot_be_mapped_is_a_difference_if_it_has_money() -> None:
    table = "phase | procore | vista | verified\n 03-310 | 100.00 | 100.00 | 100.00"
    of = comparison(table)
    stray = UnmappedLine(label="99-999 / X", amounts=Amounts(original=Decimal("7.00")), why="Vista does not know it")
    with_stray = reconcile(replace(of, procore=replace(of.procore, unmapped=(stray,))))
    assert not with_stray.agrees
    assert with_stray.procore_total == Amounts(original=Decimal("107.00"))
    empty = replace(stray, amounts=Amounts())
    assert reconcile(replace(of, procore=replace(of.procore, unmapped=(empty,)))).agrees


def test_the_totals_of_the_classes_add_up_to_the_difference_of_the_systems() -> None:
    made = reconcile(
        comparison("""
            phase  | procore  | vista    | verified
            01-100 | 1,000.00 | 1,000.00 | 1,000.00
            03-310 | 2,500.00 | 2,000.00 | 2,000.00
            05-120 |          | 300.00   | 300.00
            09-900 | 40.00    |          |
        """)
    )
    assert (made.procore_total.original, made.vista_total.original) == (Decimal("3540.00"), Decimal("3300.00"))
    found = {stands: (total.count, total.difference.original) for stands, total in made.by_class.items()}
    assert found == {
        LineClass.AGREES: (1, Decimal("0.00")),
        LineClass.NEVER_EXPORTED: (1, Decimal("-40.00")),
        LineClass.DELETED_IN_PROCORE: (1, Decimal("300.00")),
        LineClass.MOVED_IN_PROCORE: (1, Decimal("-500.00")),
    }


def test_the_same_difference_has_the_same_fingerprint_until_its_amount_moves() -> None:
    first, again = reconcile(comparison(MOVED_IN_VISTA)), reconcile(comparison(MOVED_IN_VISTA))
    assert first.fingerprints() == again.fingerprints()
    assert list(first.fingerprints().values()) == ["03-310 / 2"]
    moved_on = reconcile(comparison(MOVED_IN_VISTA.replace("310,500.50", "310,600.50")))
    assert not first.fingerprints().keys() & moved_on.fingerprints().keys()


def trace(**changed: Any) -> Trace:
    given: dict[str, Any] = {
        "table": "bJCCH",
        "key_text": "JCCo: 1 Job:  1204-   PhaseGroup: 1 Phase: 03-310-    CostType: 2",
        "kind": "C",
        "field": "OrigCost",
        "old_value": "100.00",
        "new_value": "90.00",
        "user": "VIEWPOINT\\mia",
        "at": datetime.fromisoformat("2026-11-30T16:05"),
    }
    return Trace(**{**given, **changed})


def test_who_moved_a_line_in_vista_is_told_from_its_audit() -> None:
    of = comparison("phase | procore | vista | verified\n 03-310 | 100.00 | 90.00 | 100.00", traces=(trace(),))
    assert only_line(of).who == r"VIEWPOINT\mia on 2026-11-30 16:05 (Vista's clock), OrigCost 100.00 to 90.00"


def test_somebody_who_moved_another_line_is_not_accused() -> None:
    others = (
        trace(key_text="JCCo: 1 Job:  1204-   PhaseGroup: 1 Phase: 03-310-    CostType: 1"),
        trace(key_text="JCCo: 1 Job:  1204-   PhaseGroup: 1 Phase: 103-310-   CostType: 2"),
        trace(field="ActiveYN", old_value="Y", new_value="N"),
    )
    assert who_moved(others, CONCRETE) == NO_TRACE


def test_our_own_export_is_not_named_as_who_moved_a_line() -> None:
    ours = (trace(kind="A", field="", user="procore_export"), trace(new_value="100.00", user="procore_export"))
    of = comparison("phase | procore | vista | verified\n 03-310 | 100.00 | 90.00 | 100.00", traces=ours)
    assert only_line(of).who == NO_TRACE


def test_the_number_of_the_company_is_no_cost_type() -> None:
    assert who_moved((trace(),), ("03-310", 1)) == NO_TRACE


def test_a_line_that_did_not_move_in_vista_needs_no_audit() -> None:
    table = "phase | procore | vista | verified\n 03-310 | 120.00 | 100.00 | 100.00"
    assert only_line(comparison(table, traces=(trace(),))).who == ""
