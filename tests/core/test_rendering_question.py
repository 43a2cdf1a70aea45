from dataclasses import replace

from jobcost.findings import Finding, Severity
from jobcost.rendering.question import question_markdown
from jobcost.revision import changes_between
from tests.core.golden_files import golden
from tests.core.rendered_plans import DEDUCTION, EARTHWORK, FINDINGS, PAVING, PIPE, long_plan, plan, values
from tests.core.stories import DENVER, TOO_CHEAP

REVIEW = "http://127.0.0.1:4200/artifacts/artifact/76"
WRONG_CODE = "Plan code: it is not the code of this plan; copy it from the review."


def test_the_question_reads_as_it_was_read_and_found_good() -> None:
    made = question_markdown(plan(), FINDINGS, export_id="EX-20260814-7Q4KM2", review_url=REVIEW)
    assert made == golden("question.md", made)


def test_a_second_question_begins_with_why_the_first_answer_did_not_count() -> None:
    made = question_markdown(
        plan(),
        FINDINGS,
        export_id="EX-20260814-7Q4KM2",
        refused_reasons=(WRONG_CODE, "Decision: choose Accept or Reject."),
        accepted_by=("ana@contractor.example",),
    )
    assert made.startswith("**Your last answer did not count. Nothing was written. Please answer again:**\n\n- Plan")
    assert made == golden("question_again.md", made)


def test_the_question_names_the_five_largest_changes_only() -> None:
    text = question_markdown(long_plan(40), (), export_id="EX-1")
    assert "The 5 largest of 40 changes:" in text
    assert [code for code in ("00040", "00036", "00035") if code in text] == ["00040", "00036"]


def test_the_question_names_five_kinds_of_warnings_and_counts_the_rest() -> None:
    warnings = [
        Finding(
            rule=f"rule-{number}",
            severity=Severity.WARNING,
            where=f"Line {number}",
            what="Odd.",
            expected="even",
            found="odd",
            way_out="",
        )
        for number in range(1, 9)
    ]
    text = question_markdown(plan(), warnings, export_id="EX-1")
    assert "**8 warnings:**" in text
    assert "- 1 × Odd. (Line 5)\n- and 3 more: see the review" in text


def test_several_sightings_of_one_warning_take_one_line() -> None:
    text = question_markdown(plan(), [FINDINGS[1], FINDINGS[1], FINDINGS[1]], export_id="EX-1")
    assert "- 3 × The amount is negative. (Line 02-260 / O and 2 others)" in text


def test_a_corrected_budget_shows_the_reasons_and_what_changed_before_the_largest_changes() -> None:
    dearer = replace(PIPE, after=values("320000.00", units="960.000"))
    corrected = plan(lines=(EARTHWORK, dearer, PAVING))
    made = question_markdown(
        corrected,
        FINDINGS,
        export_id="EX-20260814-7Q4KM2",
        review_url=REVIEW,
        thread=(TOO_CHEAP,),
        revision=changes_between(plan(), corrected),
        deadline_text="Fri 2026-08-21 11:00 MDT (America/Denver)",
        zone_name=DENVER,
    )
    assert made == golden("question_resent.md", made)
    order = [made.index(text) for text in ("Difference **", "rejected before", "2 lines differ", "All changes:")]
    assert order == sorted(order)


def test_the_dialog_begins_with_the_verdict_in_few_lines() -> None:
    text = question_markdown(plan(lines=(EARTHWORK, PIPE, PAVING)), (), export_id="EX-1", deadline_text="Friday")
    assert text.splitlines()[:5] == [
        "**Accept the budget update of River Street Drainage for Vista job 1164I-?**",
        "",
        "- Difference **+1,262,345.67**, from 386,000.00 to 1,648,345.67",
        "- Plan code **P4QK-GZED**, no warnings",
        "- Answer until Friday",
    ]


def test_a_move_between_lines_is_told_though_the_total_stays() -> None:
    level = plan(lines=(EARTHWORK, replace(DEDUCTION, after=values("-1250000.00"))))
    text = question_markdown(level, (), export_id="EX-1")
    assert "- Difference **0.00**, from 6,000.00 to 6,000.00; it counts as +1,250,000.00 for limits" in text


def test_no_table_of_the_dialog_has_more_than_four_columns() -> None:
    text = question_markdown(long_plan(40), FINDINGS, export_id="EX-1", revision=changes_between(plan(), long_plan(40)))
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace("&#124;", "").count("|") for line in tables} == {5}
    assert "and 37 more" in text


def test_how_to_answer_names_the_plan_code_the_address_and_the_one_time_code() -> None:
    text = question_markdown(plan(), (), export_id="EX-1")
    assert "copy the plan code; choose Accept or Reject; give your e-mail address as enrolled and the one-time" in text


def test_the_second_approver_reads_what_the_first_chose_about_deleted_lines() -> None:
    deleting = replace(plan(), deleted=plan().lines[:1])
    kept = question_markdown(deleting, (), export_id="EX-1", accepted_by=("ana@contractor.example",))
    zeroed = question_markdown(
        deleting, (), export_id="EX-1", accepted_by=("ana@contractor.example",), accepted_zeroing=True
    )
    assert "the choice was **Keep**; to accept, choose the same" in kept
    assert "the choice was **Set to zero**; to accept, choose the same" in zeroed
