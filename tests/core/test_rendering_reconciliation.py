"""The month-end answer as people read it: a page, a table, a CSV, a mail, a line's value over time."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

from jobcost.history import LinePoint, PastExport, line_over_time
from jobcost.lifecycle import ExportState
from jobcost.plan import Kind, UntouchedHeader
from jobcost.reconciliation import reconcile
from jobcost.reconciliation_results import NotCompared
from jobcost.reconciliation_values import Amounts, UnmappedLine
from jobcost.rendering.history import line_table
from jobcost.rendering.reconciliation import (
    as_of_text,
    classes_table,
    difference_dicts,
    explanations,
    lines_table,
    outcomes_sentence,
    outcomes_table,
    reconciliation_markdown,
    reconciliations_csv,
)
from jobcost.rendering.reconciliation_mail import DifferenceNews, differs_message, told_differences
from tests.core.comparisons import comparison
from tests.core.rendered_plans import EARTHWORK, PIPE, plan, values
from tests.core.stories import DENVER

AT = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)
BROKEN = NotCompared(
    job="=1+1", project_id=7, project_name="<b>Depot</b>", export_id="EX-2", why="Vista: no <i>answer</i>"
)
MADE = reconcile(
    comparison("""
        phase  | procore           | vista    | verified
        01-100 | 1,000.00          | 1,000.00 | 1,000.00
        03-310 | 2,500.00          | 2,000.00 | 2,000.00
        05-120 | 400.00            | 399.00   | 400.00
    """)
)
STRAY = UnmappedLine(label="99-999 / X", amounts=Amounts(original=Decimal("7.00")), why="Vista does not know the phase")


def test_a_table_of_differences_ends_with_the_sums_of_the_whole_job() -> None:
    table = lines_table(MADE)
    assert [row[0] for row in table.rows] == ["03-310", "05-120"]
    assert table.total == ("All lines", "", "3,900.00", "3,399.00", "3,400.00", "-501.00", "", "")


def test_changes_stand_beside_the_original_they_change() -> None:
    table = "phase | procore | vista | verified\n 03-310 | 100.00 + 25.00 | 100.00 | 100.00"
    (row,) = lines_table(reconcile(comparison(table))).rows
    assert row[2:6] == ("100.00 +25.00", "100.00", "100.00", "0.00 -25.00")


def test_the_classes_are_told_with_their_sums_and_ways_out() -> None:
    rows = {row[0]: row[1:4] for row in classes_table(MADE).rows}
    assert rows == {
        "agrees": ("1", "0.00", "0.00"),
        "moved in Procore": ("1", "-500.00", "0.00"),
        "moved in Vista": ("1", "-1.00", "0.00"),
    }
    assert classes_table(MADE).total[1:3] == ("3", "-501.00")


def test_the_page_shows_no_markup_of_names_and_says_what_is_compared() -> None:
    page = reconciliation_markdown(
        (MADE, BROKEN), as_of=date(2026, 11, 30), at=AT, zone_name=DENVER, csv_url="https://files.example.com/x.csv"
    )
    assert page.startswith("# Reconciliation: 0 of 2 jobs agree, 1 differs in 2 lines, 1 could not be compared")
    assert "<b>" not in page
    assert "<i>" not in page
    assert "As of 2026-11-30: the budget as it was last sent" in page
    assert "[Every line as CSV](https://files.example.com/x.csv)" in page
    assert "Original Estimate in Vista: 400.00 verified, now 399.00" in page


def test_a_page_of_jobs_that_agree_names_them_and_nothing_else() -> None:
    agreeing = reconcile(comparison("phase | procore | vista | verified\n 03-310 | 1.00 | 1.00 | 1.00"))
    page = reconciliation_markdown((agreeing,), as_of=None, at=AT, zone_name=DENVER, csv_url=None)
    assert "##" not in page
    assert "Harbor Office" in page
    assert outcomes_sentence((agreeing,)) == "1 of 1 job agrees"


def test_the_csv_is_safe_for_a_spreadsheet_and_holds_what_cannot_be_mapped() -> None:
    rows = list(csv.DictReader(StringIO(reconciliations_csv((replace(MADE, unmapped=(STRAY,)), BROKEN)))))
    assert [row["How it stands"] for row in rows] == [
        *("agrees", "moved in Procore", "moved in Vista", "not mapped", "could not be compared")
    ]
    assert rows[4]["Job"] == "'=1+1"
    assert rows[3]["Procore original"] == "7.00"


def test_the_table_artifact_has_the_differing_lines_alone() -> None:
    rows = difference_dicts((MADE, BROKEN), 1)
    assert [(row["Job"], row["Vista phase"]) for row in rows] == [("1204-", "03-310")]
    assert outcomes_table((BROKEN,)).rows[0][-1] == "could not be compared: Vista: no <i>answer</i>"


def test_now_is_said_otherwise_than_a_day() -> None:
    assert as_of_text(None).startswith("Procore's budget and Vista's estimate as they are now")


def test_the_mail_names_what_is_new_and_counts_the_rest() -> None:
    made = replace(MADE, unmapped=(STRAY,))
    told = told_differences(made, frozenset({"05-120 / 2", "99-999 / X"}))
    assert [one.partition(":")[0] for one in told] == ["05-120 / 2", "99-999 / X"]
    news = DifferenceNews(
        job=made.job,
        project_id=made.project_id,
        project_name=made.project_name,
        export_id=made.export_id,
        new_count=30,
        standing_count=31,
        told=told,
        procore_total="3,907.00",
        vista_total="3,399.00",
    )
    mail = differs_message(news, at=AT, zone_name=DENVER)
    assert mail.subject == "Procore and Vista differ: Harbor Office, job 1204-, 30 lines"
    assert "and 28 more" in mail.text
    assert "budget-export reconcile 1204-" in mail.text


def test_a_line_is_explained_with_who_moved_it() -> None:
    assert explanations(MADE)[1].endswith("By: not told: Vista's audit is off for this, or was passed by.")


def past(export_id: str, day: int, **changed: Any) -> PastExport:
    made = PastExport(
        export_id=export_id,
        kind=Kind.SETUP,
        state=ExportState.VERIFIED,
        sent_by="pm@contractor.example",
        sent_at=datetime(2026, 8, day, 17, 0, tzinfo=UTC),
        ended_at=None,
        plan=plan(),
        decisions=(),
        read_back={},
    )
    return replace(made, **changed)


def test_a_lines_value_over_time_is_told_the_oldest_first() -> None:
    key = (PIPE.phase.rstrip(), PIPE.cost_type)
    kept = UntouchedHeader(phase=PIPE.phase, cost_type=PIPE.cost_type, values=values("312345.67"))
    later = replace(plan(), lines=(EARTHWORK,), untouched=(kept,), kind=Kind.UPDATE)
    exports = (
        past("EX-3", 20, plan=None, state=ExportState.BLOCKED),
        past("EX-2", 18, plan=later, kind=Kind.UPDATE, state=ExportState.REJECTED),
        past("EX-1", 14, read_back={key: Decimal("312345.67")}),
    )
    first, second = line_over_time(exports, key)
    assert (first.export_id, first.original_before, first.original_after, first.read_back) == (
        *("EX-1", Decimal("300000.00")),
        *(Decimal("312345.67"), Decimal("312345.67")),
    )
    assert (second.export_id, second.was_written, second.original_after) == ("EX-2", False, Decimal("312345.67"))
    assert second.procore_original is None
    assert line_over_time(exports, ("9999", 1)) == ()


def test_a_line_over_time_is_laid_out_for_people() -> None:
    point = LinePoint(
        export_id="EX-1",
        kind=Kind.UPDATE,
        state=ExportState.VERIFICATION_FAILED,
        at=AT,
        was_written=True,
        original_before=None,
        original_after=Decimal("100.00"),
        read_back=Decimal("90.00"),
        changes_before=Decimal("0.00"),
        changes_after=Decimal("25.00"),
        change_orders=(("BC-7", Decimal("25.00")),),
        procore_original=Decimal("100.00"),
        procore_changes=Decimal("25.00"),
    )
    (row,) = line_table((point,), DENVER).rows
    assert row[5:] == ("no row", "100.00", "90.00", "25.00", "125.00", "BC-7 +25.00")
