from jobcost.findings import Finding, Severity
from jobcost.rendering.question import question_markdown
from tests.core.golden_files import golden
from tests.core.rendered_plans import FINDINGS, long_plan, plan

REVIEW = "http://127.0.0.1:4200/artifacts/artifact/76"
WRONG_CODE = "Plan code: it is not the code of this plan; copy it from the review above."


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
