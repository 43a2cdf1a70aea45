import csv
from dataclasses import dataclass, replace
from decimal import Decimal
from io import StringIO

from jobcost.plan import EstimateValues, Plan
from jobcost.rendering.verification import verification_csv, verification_dicts, verification_markdown
from jobcost.verification import Verification, VerifiedLine
from tests.core.golden_files import golden
from tests.core.rendered_plans import long_plan, plan, values


@dataclass(frozen=True)
class Written:
    """What the writer would report."""

    phases_added: int = 1
    cost_types_added: int = 2
    estimates_changed: int = 1
    was_already_applied: bool = False
    phases_by_procedure: int = 0


def as_planned(accepted: Plan) -> Verification:
    """The job holds exactly the plan."""
    planned = [verified(line.phase, line.cost_type, line.after, planned=True) for line in accepted.lines]
    untouched = [verified(row.phase, row.cost_type, row.values, planned=False) for row in accepted.untouched]
    return Verification(
        lines=(*planned, *untouched),
        expected_total=accepted.total_after,
        found_total=accepted.total_after,
        job_problems=(),
    )


def verified(phase: str, cost_type: int, expected: EstimateValues, *, planned: bool) -> VerifiedLine:
    """A line that is right."""
    return VerifiedLine(
        phase=phase, cost_type=cost_type, expected=expected, found=expected, problems=(), planned=planned
    )


def with_wrong_lines() -> Verification:
    """The pipe has 10.00 too little, the deduction never arrived, and somebody added a row."""
    right = as_planned(plan())
    earthwork, pipe, deduction, *others = right.lines
    pipe = replace(
        pipe,
        found=values("312335.67", units="950.000"),
        problems=("cost: expected 312,345.67, found 312,335.67",),
    )
    deduction = replace(deduction, found=None, problems=("the row is missing in Vista",))
    return replace(
        right,
        lines=(earthwork, pipe, deduction, *others),
        found_total=right.found_total + Decimal("4490.00"),
        job_problems=("phase 0999-   - cost type 1: a row nobody planned, 0.00",),
    )


def page(verification: Verification, accepted: Plan, **changed: bool) -> str:
    return verification_markdown(
        verification,
        accepted,
        export_id="EX-20260814-7Q4KM2",
        approved_by=("ana@contractor.example", "ben@contractor.example"),
        applied=Written(**changed),
        lines_url="http://127.0.0.1:4200/artifacts/artifact/78",
    )


def marks(text: str) -> list[str]:
    """The ticks and crosses of the lines, from the top."""
    rows = text.partition("## Lines")[2].splitlines()
    return [row.split("|")[1].strip() for row in rows if row.startswith("|")][2:]


def test_a_verified_export_reads_as_it_was_read_and_found_good() -> None:
    made = page(as_planned(plan()), plan())
    assert made == golden("verification.md", made)


def test_a_failed_verification_reads_as_it_was_read_and_found_good() -> None:
    made = page(with_wrong_lines(), plan())
    assert made == golden("verification_failed.md", made)


def test_wrong_lines_come_first() -> None:
    assert marks(page(with_wrong_lines(), plan())) == ["✗", "✗", "✓", "✓", "✓"]


def test_a_long_job_shows_every_wrong_line_and_the_first_200_right_ones() -> None:
    job = long_plan(500)
    right = as_planned(job)
    wrong = tuple(replace(row, problems=("units: expected 1.000, found 2.000",)) for row in right.lines[-250:])
    text = page(replace(right, lines=(*right.lines[:250], *wrong)), job)
    assert marks(text) == ["✗"] * 250 + ["✓"] * 200
    assert "50 more right lines are in the CSV." in text


def test_an_export_that_was_found_written_says_so() -> None:
    assert "nothing now: an earlier attempt had written everything" in page(
        as_planned(plan()), plan(), was_already_applied=True
    )


def test_a_total_that_differs_gets_a_cross_though_every_line_is_right() -> None:
    right = as_planned(plan())
    text = page(replace(right, found_total=right.found_total - Decimal("0.01")), plan())
    assert text.startswith("# ✗ Not as accepted")
    assert "1,643,845.66 ✗" in text


def test_the_file_of_a_verification_has_every_line_with_plain_decimals() -> None:
    rows = list(csv.DictReader(StringIO(verification_csv(with_wrong_lines(), plan()), newline="")))
    assert [(row["Vista phase"], row["Right"], row["Expected cost"], row["Found cost"]) for row in rows] == [
        ("0260-   -", "no", "312345.67", "312335.67"),
        ("0260-   -", "no", "-4500.00", ""),
        ("0210-   -", "yes", "1250000.00", "1250000.00"),
        ("0320-   -", "yes", "80000.00", "80000.00"),
        ("0900-   -", "yes", "6000.00", "6000.00"),
    ]


def test_the_table_of_a_verification_has_headings_for_people() -> None:
    first = verification_dicts(with_wrong_lines(), plan())[0]
    assert first == {
        "Right": "✗",
        "Vista phase": "0260-   -",
        "Name": "Storm drain pipe",
        "Cost type": "2",
        "U/M": "LF",
        "Units": "950",
        "Hours": "",
        "Expected": "312,345.67",
        "Found in Vista": "312,335.67",
        "Difference": "-10.00",
        "In the budget": "yes",
        "What is wrong": "cost: expected 312,345.67, found 312,335.67",
    }
