import csv
from dataclasses import replace
from io import StringIO

import pytest

from jobcost.rendering.escaping import csv_cell
from jobcost.rendering.findings_page import findings_csv
from jobcost.rendering.lines import line_dicts, lines_csv
from tests.core.golden_files import golden
from tests.core.rendered_plans import DEDUCTION, FINDINGS, long_plan, plan, source


def test_the_file_of_lines_reads_as_it_was_read_and_found_good() -> None:
    made = lines_csv(plan())
    assert made == golden("lines.csv", made)


def test_the_file_of_findings_reads_as_it_was_read_and_found_good() -> None:
    made = findings_csv(FINDINGS)
    assert made == golden("findings.csv", made)


def test_the_file_holds_every_line_of_a_long_job() -> None:
    assert len(lines_csv(long_plan(10_000)).splitlines()) == 10_001


def test_the_difference_column_adds_up_to_the_difference_of_the_job() -> None:
    rows = list(csv.DictReader(StringIO(lines_csv(plan()), newline="")))
    assert [row["Difference"] for row in rows] == ["1250000.00", "12345.67", "-4500.00", "0.00", "0.00"]
    assert str(plan().total_difference) == "1257845.67"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=HYPERLINK(0)", "'=HYPERLINK(0)"),
        ("+1 555 0100", "'+1 555 0100"),
        ("-cmd", "'-cmd"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1+1", "' =1+1"),
        ("\r\n=1+1", "'  =1+1"),
        ("＝1+1", "'＝1+1"),
        ("-12.50", "-12.50"),
        ("-4,500.00", "-4,500.00"),
        ("-4,5", "'-4,5"),
        ("+3", "+3"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_a_spreadsheet_takes_no_text_for_a_formula(text: str, cell: str) -> None:
    assert csv_cell(text) == cell


def test_a_text_with_commas_quotes_and_breaks_stays_one_cell() -> None:
    odd = replace(DEDUCTION, sources=(source("02-260", 'Pipe, 12"\nclass V', "O", "-4500.00"),))
    rows = list(csv.reader(StringIO(lines_csv(plan(lines=(odd,), untouched=())), newline="")))
    assert rows[1][:3] == ["02-260", 'Pipe, 12" class V', "O"]
    assert {len(row) for row in rows} == {22}


def test_the_table_of_lines_has_headings_for_people_and_text_in_every_cell() -> None:
    assert line_dicts(plan())[1] == {
        "Procore code": "02-260, 02-261 (2 lines) / M",
        "Vista phase": "0260-   -",
        "Type": "2",
        "Units": "950 LF",
        "Original budget": "312,345.67",
        "Budget changes": "-345.67",
        "Revised estimate": "312,000.00",
        "Vista now": "300,000.00",
        "Difference": "+12,345.67",
        "What happens": "change, units 900.000 to 950.000",
        "Name": "Storm drain pipe, Storm drain fittings",
    }
