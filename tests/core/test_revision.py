"""What a corrected budget changed since it was rejected."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from jobcost.plan import Action, Plan, UntouchedHeader
from jobcost.revision import ChangeKind, changes_between
from tests.core.rendered_plans import DEDUCTION, EARTHWORK, PAVING, PIPE, line, plan, source, values

UNTOUCHED = plan().untouched[0]


def kinds(earlier: Plan, later: Plan) -> list[tuple[str, int, str]]:
    return [(row.phase, row.cost_type, row.kind.value) for row in changes_between(earlier, later).lines]


def test_the_same_budget_sent_again_differs_in_nothing() -> None:
    revision = changes_between(plan(), plan())
    assert revision.is_empty
    assert revision.difference == Decimal("0.00")


def test_a_corrected_amount_is_named_with_both_values() -> None:
    dearer = replace(PIPE, after=values("320000.00", units="950.000"))
    revision = changes_between(plan(), plan(lines=(EARTHWORK, dearer, DEDUCTION, PAVING)))
    (row,) = revision.lines
    assert (row.phase, row.name, row.cost_type, row.kind) == ("0260-   -", "Storm drain pipe", 2, ChangeKind.CHANGED)
    assert row.earlier is not None
    assert row.later is not None
    assert (row.earlier.cost, row.later.cost) == (Decimal("312345.67"), Decimal("320000.00"))
    assert row.difference == Decimal("7654.33")
    assert (revision.earlier_total, revision.later_total) == (Decimal("1643845.67"), Decimal("1651500.00"))
    assert revision.difference == Decimal("7654.33")


def test_a_correction_of_units_alone_is_a_change() -> None:
    longer = replace(PIPE, after=values("312345.67", units="960.000"))
    assert kinds(plan(), plan(lines=(EARTHWORK, longer, DEDUCTION, PAVING))) == [("0260-   -", 2, "changed")]


def test_another_unit_of_measure_is_a_change() -> None:
    other = replace(EARTHWORK, um="TON")
    assert kinds(plan(), plan(lines=(other, PIPE, DEDUCTION, PAVING))) == [("0210-   -", 1, "changed")]


def test_a_line_taken_out_that_vista_does_not_hold_leaves_no_row() -> None:
    revision = changes_between(plan(), plan(lines=(EARTHWORK, PIPE, PAVING)))
    (row,) = revision.lines
    assert (row.kind, row.later, row.difference) == (ChangeKind.REMOVED, None, Decimal("4500.00"))


def test_a_line_taken_out_that_vista_holds_keeps_what_vista_holds() -> None:
    stays = UntouchedHeader(phase=PIPE.phase, cost_type=PIPE.cost_type, values=values("300000.00", units="900.000"))
    revision = changes_between(plan(), plan(lines=(EARTHWORK, DEDUCTION, PAVING), untouched=(UNTOUCHED, stays)))
    (row,) = revision.lines
    assert (row.kind, row.later, row.difference) == (ChangeKind.REMOVED, stays.values, Decimal("-12345.67"))


def test_a_line_that_was_forgotten_is_added() -> None:
    curb = line(Action.ADD_COST_TYPE, "0330-   -   ", 4, source("03-300", "Curb", "S", "9000.00"))
    revision = changes_between(plan(), plan(lines=(*plan().lines, curb)))
    (row,) = revision.lines
    assert (row.kind, row.name, row.earlier, row.difference) == (ChangeKind.ADDED, "Curb", None, Decimal("9000.00"))


def test_what_somebody_moved_in_vista_meanwhile_is_not_called_a_correction() -> None:
    moved = replace(UNTOUCHED, values=values("7000.00"))
    assert kinds(plan(), plan(untouched=(moved,))) == [("0900-   -", 3, "moved in Vista")]


def test_another_before_image_alone_is_no_difference_to_the_rejected_version() -> None:
    moved = replace(PIPE, before=values("301000.00", units="900.000"))
    assert kinds(plan(), plan(lines=(EARTHWORK, moved, DEDUCTION, PAVING))) == []


AMOUNTS = st.decimals(min_value=-10_000, max_value=10_000, places=2)
LINES = st.dictionaries(st.tuples(st.sampled_from(["A-", "B-", "C-  "]), st.integers(1, 3)), AMOUNTS, max_size=6)


def job_of(planned: dict[tuple[str, int], Decimal], untouched: dict[tuple[str, int], Decimal]) -> Plan:
    lines = tuple(
        line(Action.ADD_COST_TYPE, phase, number, source("1", "Item", "L", str(cost)))
        for (phase, number), cost in planned.items()
    )
    left = tuple(
        UntouchedHeader(phase=phase, cost_type=number, values=values(str(cost)))
        for (phase, number), cost in untouched.items()
        if (phase, number) not in planned
    )
    return plan(lines=lines, untouched=left, add_phases=())


@settings(deadline=None, max_examples=60)
@given(LINES, LINES, LINES, LINES)
def test_the_lines_that_differ_explain_the_difference_of_the_totals_to_the_cent(
    planned: dict[tuple[str, int], Decimal],
    untouched: dict[tuple[str, int], Decimal],
    planned_later: dict[tuple[str, int], Decimal],
    untouched_later: dict[tuple[str, int], Decimal],
) -> None:
    earlier, later = job_of(planned, untouched), job_of(planned_later, untouched_later)
    revision = changes_between(earlier, later)
    assert sum((row.difference for row in revision.lines), Decimal(0)) == later.total_after - earlier.total_after
    assert len({(row.phase, row.cost_type) for row in revision.lines}) == len(revision.lines)
