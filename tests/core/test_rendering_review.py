from dataclasses import replace

from jobcost.findings import Finding, Severity
from jobcost.plan import Kind, PlannedLine
from jobcost.rendering.review import ReviewContext, blocked_markdown, review_markdown
from jobcost.revision import changes_between
from tests.core.golden_files import golden
from tests.core.rendered_plans import (
    AFTER_COSTS,
    DEDUCTION,
    EARTHWORK,
    FINDINGS,
    NOT_LOCKED,
    PAVING,
    PIPE,
    long_plan,
    plan,
    values,
    without_cost_code,
)
from tests.core.stories import DENVER, TOO_CHEAP

CONTEXT = ReviewContext(
    export_id="EX-20260814-7Q4KM2",
    submitted_by="pm@contractor.example",
    deadline_text="2026-08-19 17:00 UTC",
    earlier=(
        "EX-20260813-AAAA22 rejected by ana@contractor.example: the pipe is too cheap",
        "EX-20260813-BBBB33 expired",
    ),
    run_url="http://127.0.0.1:4200/runs/flow-run/5f0c",
    lines_url="http://127.0.0.1:4200/artifacts/artifact/77",
)
QUIET = ReviewContext(export_id="EX-1", submitted_by="pm@contractor.example")


def lines_section(page: str) -> list[str]:
    """The rows of the table of lines, without its head."""
    rows = page.partition("## Lines")[2].splitlines()
    return [row for row in rows if row.startswith("|")][2:]


def negative(number: int) -> Finding:
    return Finding(
        rule="amount-negative",
        severity=Severity.WARNING,
        where=f"Line {number}",
        what="The amount is negative.",
        expected="0.00 or more",
        found="-1.00",
        way_out="Reject the export if the line should not lower the estimate.",
    )


def test_the_review_reads_as_it_was_read_and_found_good() -> None:
    made = review_markdown(plan(), FINDINGS, CONTEXT)
    assert made == golden("review.md", made)


def test_the_first_export_of_an_empty_job_says_that_vista_has_no_rows() -> None:
    first = plan(kind=Kind.SETUP, lines=plan().lines[:1], untouched=())
    made = review_markdown(first, (), QUIET)
    assert made == golden("review_first_export.md", made)


def test_a_quiet_review_says_that_nothing_was_found() -> None:
    assert "No problems, no warnings, no notes." in review_markdown(plan(), (), QUIET)


def test_up_to_200_lines_are_all_shown_with_their_total() -> None:
    assert len(lines_section(review_markdown(long_plan(200), (), QUIET))) == 201


def test_above_200_lines_only_the_top_movers_are_shown() -> None:
    page = review_markdown(long_plan(201), (), QUIET, top=3)
    codes = [row.split("|")[1].strip() for row in lines_section(page)]
    assert codes == ["00201 / L", "00200 / L", "00199 / L"]
    assert "201 lines in all; every line is in the CSV" in page


def test_a_rule_with_many_sightings_names_ten_and_counts_the_rest() -> None:
    page = review_markdown(plan(), [negative(number) for number in range(1, 42)], QUIET)
    assert "### amount-negative: 41" in page
    assert "- Line 10: The amount is negative. Expected 0.00 or more; found -1.00.\n- and 31 more: see the CSV" in page
    assert "Line 11:" not in page


def test_a_rules_meaning_and_way_out_are_told_once() -> None:
    page = review_markdown(plan(), [negative(number) for number in range(1, 42)], QUIET)
    assert page.count("That may be meant, as a deduction, or a slip of the sign.") == 1
    assert page.count("**Way out:** Reject the export") == 1


def test_a_finding_of_a_rule_that_no_longer_exists_is_still_shown() -> None:
    gone = Finding(
        rule="gone", severity=Severity.NOTE, where="", what="Odd.", expected="even", found="odd", way_out="Wait."
    )
    assert "### gone: 1\n\n- Odd. Expected even; found odd.\n\n**Way out:** Wait." in review_markdown(
        plan(), [gone], QUIET
    )


def test_warnings_about_booked_costs_come_before_others() -> None:
    page = review_markdown(plan(), FINDINGS, QUIET)
    assert page.index("### estimate-after-costs") < page.index("### amount-negative") < page.index("### only-in-vista")


def test_a_review_of_lump_sums_says_that_no_line_carries_a_unit() -> None:
    assert "No line carries a unit of measure; 201 lines are lump sum (LS). No hours." in review_markdown(
        long_plan(201), (), QUIET
    )


def test_a_line_that_changes_in_units_only_says_so() -> None:
    units_only = replace(PIPE, before=values("312345.67", units="900.000"))
    row = lines_section(review_markdown(plan(lines=(units_only,)), (), QUIET))[0]
    assert "0.00 | change, units 900.000 to 950.000 |" in row


def test_a_blocked_export_names_every_problem_with_its_way_out() -> None:
    findings = (*(without_cost_code(number) for number in range(1, 13)), NOT_LOCKED, AFTER_COSTS)
    made = blocked_markdown(findings, CONTEXT, plan=plan())
    assert made == golden("blocked.md", made)


def test_a_blocked_export_without_a_plan_can_still_be_read() -> None:
    page = blocked_markdown((NOT_LOCKED,), QUIET)
    assert "| Found   | 1 blocking problem" in page
    assert "Job in Vista" not in page


def test_an_address_that_is_no_web_address_does_not_become_a_link() -> None:
    context = ReviewContext(export_id="EX-1", submitted_by="pm@contractor.example", run_url="javascript:alert(1)")
    assert "](javascript" not in review_markdown(plan(), (), context)


def resent(*, lines: tuple[PlannedLine, ...] = (EARTHWORK, PIPE, PAVING)) -> str:
    corrected = plan(lines=lines)
    context = replace(
        CONTEXT,
        earlier=(),
        thread=(replace(TOO_CHEAP, export_id="EX-20260811-ZZZZ99", reason="Wrong job."), TOO_CHEAP),
        revision=changes_between(plan(), corrected),
        zone_name=DENVER,
    )
    return review_markdown(corrected, (), context)


def test_the_review_of_a_corrected_budget_reads_as_it_was_read_and_found_good() -> None:
    made = resent(lines=(EARTHWORK, replace(PIPE, after=values("320000.00", units="960.000")), PAVING))
    assert made == golden("review_resent.md", made)


def test_a_corrected_budget_shows_every_earlier_reason_and_what_changed_before_anything_else() -> None:
    page = resent()
    texts = (
        "# Budget update of",
        "rejected 2 times before",
        "Wrong job.",
        "too cheap",
        "1 line differs",
        "## Totals",
        "| About",
    )
    order = [page.index(text) for text in texts]
    assert order == sorted(order)


def test_a_budget_sent_again_without_any_correction_says_so() -> None:
    assert "**No line differs from the rejected version.**" in resent(lines=(EARTHWORK, PIPE, DEDUCTION, PAVING))


def test_a_blocked_budget_keeps_its_thread() -> None:
    page = blocked_markdown((NOT_LOCKED,), replace(QUIET, thread=(TOO_CHEAP,)))
    assert "**This budget was rejected before:**" in page


def test_the_review_says_where_resume_is_and_what_is_needed() -> None:
    page = review_markdown(plan(), (), CONTEXT)
    assert "choose **Resume** (in the menu ⋮ at the top right of its page" in page
    assert "give your e-mail address and the one-time code that your authenticator app shows then" in page
