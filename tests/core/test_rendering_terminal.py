from dataclasses import replace

from jobcost.rendering.tables import Heading
from jobcost.rendering.terminal import findings_table, plan_lines_table, plan_tables, verified_lines_table
from jobcost.verification import Verification, VerifiedLine
from tests.core.rendered_plans import DEDUCTION, FINDINGS, NOT_LOCKED, long_plan, plan, source, values


def test_the_totals_and_the_counts_come_as_rows_with_amounts_to_the_right() -> None:
    totals, counts = plan_tables(plan())
    assert totals.headings == (Heading("Original Estimate of the job"), Heading("Amount", "right"))
    assert totals.rows[:3] == (
        ("Vista now", "386,000.00"),
        ("Vista after the export", "1,643,845.67"),
        ("Difference", "+1,257,845.67"),
    )
    assert counts.rows == (
        ("Phases added", "1"),
        ("Cost types added", "2"),
        ("Estimates changed", "1"),
        ("Unchanged", "1"),
        ("Only in Vista, untouched", "1"),
    )


def test_the_lines_of_a_plan_come_in_the_order_of_their_phases() -> None:
    table = plan_lines_table(plan())
    assert [(row[0], row[5], row[6], row[7]) for row in table.rows] == [
        ("02-210 / L", "no row", "1,250,000.00", "+1,250,000.00"),
        ("02-260, 02-261 (2 lines) / M", "300,000.00", "312,345.67", "+12,345.67"),
        ("02-260 / O", "no row", "-4,500.00", "-4,500.00"),
        ("03-200 / S", "80,000.00", "80,000.00", "0.00"),
        ("", "6,000.00", "6,000.00", "0.00"),
    ]


def test_the_top_lines_are_those_that_move_the_most_up_or_down() -> None:
    assert [row[7] for row in plan_lines_table(long_plan(50), top=3).rows] == ["-50.00", "+49.00", "-48.00"]


def test_a_terminal_gets_no_control_sequences_from_a_name() -> None:
    red = replace(DEDUCTION, sources=(source("02-260", "\x1b[31mPipe\x07", "O", "-4500.00"),))
    assert plan_lines_table(plan(lines=(red,), untouched=())).rows[0][1] == " [31mPipe "


def test_blocking_findings_come_first() -> None:
    table = findings_table((*FINDINGS, NOT_LOCKED))
    assert [row[:2] for row in table.rows] == [
        ("block", "budget-not-locked"),
        ("warning", "estimate-after-costs"),
        ("warning", "amount-negative"),
        ("warning", "only-in-vista"),
        ("note", "changes-not-in-original"),
    ]


def test_only_the_wrong_lines_are_listed_on_demand() -> None:
    pipe = plan().lines[1]
    right = VerifiedLine(phase="X", cost_type=1, expected=pipe.after, found=pipe.after, problems=(), planned=False)
    wrong = VerifiedLine(
        phase=pipe.phase,
        cost_type=2,
        expected=pipe.after,
        found=values("1.00"),
        problems=("cost: expected 312,345.67, found 1.00",),
        planned=True,
    )
    verification = Verification(
        lines=(right, wrong),
        expected_total=plan().total_after,
        found_total=plan().total_after,
        job_problems=(),
    )
    rows = verified_lines_table(verification, plan(), only_wrong=True).rows
    assert [(row[0], row[1], row[4]) for row in rows] == [("✗", "0260-   -", "1.00")]
