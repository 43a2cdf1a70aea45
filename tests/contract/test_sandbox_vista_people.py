"""People working in the local Vista move exactly what they would move in Vista."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.vista import people
from sandbox.vista.build import NotASandbox, build_vista

_TOTALS = (
    "SELECT h.OrigCost, (SELECT group_concat(EstCost) FROM JCCD WHERE JCTransType = 'OE'),"
    " (SELECT group_concat(OrigEstCost) FROM JCCP), (SELECT group_concat(CurrEstCost) FROM JCCP) FROM JCCH AS h"
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A public works job with one estimate of 150,000.00 on SW-1, subcontract."""
    url = f"sqlite:///{tmp_path / 'vista.db'}"
    build_vista(url)
    people.add_estimate(url, "SW-1", 3, "150000")
    return url


def _asked(url: str, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return connection.execute(query).fetchall()


def test_an_added_estimate_is_posted(url: str) -> None:
    assert _asked(url, _TOTALS) == [("150000.00", "150000.00", "150000.00", "150000.00")]


def test_a_changed_estimate_posts_the_difference(url: str) -> None:
    people.change_estimate(url, "SW-1", 3, cost="149999.99")
    assert _asked(url, _TOTALS) == [("149999.99", "150000.00,-0.01", "149999.99", "149999.99")]


def test_a_changed_estimate_keeps_the_amounts_not_given(url: str) -> None:
    people.change_estimate(url, "SW-1", 3, hours="12.5", units="3")
    assert _asked(url, "SELECT OrigHours, OrigUnits, OrigCost FROM JCCH") == [("12.50", "3.000", "150000.00")]


def test_a_line_that_is_not_there_cannot_be_changed(url: str) -> None:
    with pytest.raises(LookupError, match="SW-2 with cost type 3"):
        people.change_estimate(url, "SW-2", 3, cost="1")


def test_a_phase_added_by_hand_hangs_on_the_first_item(url: str) -> None:
    people.add_phase(url, "R-1", "By hand")
    query = "SELECT Phase, Item, Description FROM JCJP WHERE Description = 'By hand'"
    assert _asked(url, query) == [("R    -  1-   ", "               1", "By hand")]


def test_pm_rows_are_posted_when_they_are_interfaced(url: str) -> None:
    people.add_pm_row(url, "SW-2", 3, "20")
    people.add_pm_row(url, "SW-3", 3, "30", status="N")
    people.interface_pm_rows(url)
    query = "SELECT SourceStatus, (SELECT EstCost FROM JCCD WHERE Phase = h.Phase) FROM JCCH AS h ORDER BY Phase"
    assert _asked(url, query) == [("J", "150000.00"), ("I", "20.00"), ("N", None)]


def test_a_closed_job_takes_no_new_line(url: str) -> None:
    people.close_job(url)
    with pytest.raises(sqlite3.IntegrityError, match="Cannot Post to a Soft-Closed Job"):
        people.add_estimate(url, "SW-2", 3, "1")
    assert _asked(url, "SELECT count(*) FROM JCCH") == [(1,)]


def test_a_locked_job_takes_no_new_phase(url: str) -> None:
    people.lock_phases(url)
    with pytest.raises(sqlite3.IntegrityError, match="Job Phase Locked"):
        people.add_estimate(url, "SW-2", 3, "1")


def test_an_inactive_phase_takes_no_new_cost_type(url: str) -> None:
    people.deactivate_phase(url, "SW-1")
    with pytest.raises(sqlite3.IntegrityError, match="is inactive"):
        people.add_estimate(url, "SW-1", 1, "1")


def test_actual_cost_leaves_the_estimate_alone(url: str) -> None:
    people.post_actual_cost(url, "SW-1", 3, "99.95")
    assert _asked(url, _TOTALS)[0][:2] == ("150000.00", "150000.00")
    assert _asked(url, "SELECT ActualCost FROM JCCP WHERE Mth LIKE '2026-02%'") == [("99.95",)]


def test_an_approved_change_order_raises_the_current_estimate(url: str) -> None:
    people.approve_change_order(url, "SW-1", 3, "-81933")
    assert _asked(url, _TOTALS) == [("150000.00", "150000.00", "150000.00,0.00", "150000.00,-81933.00")]


def test_a_commitment_is_open_and_leaves_the_estimates_alone(url: str) -> None:
    people.post_commitment(url, "SW-1", 3, "99.95")
    assert _asked(url, "SELECT TotalCmtdCost, RemainCmtdCost FROM JCCP WHERE Mth LIKE '2026-02%'") == [
        ("99.95", "99.95")
    ]
    assert _asked(url, "SELECT group_concat(CurrEstCost) FROM JCCP") == [("150000.00,0.00",)]


def test_a_change_order_taken_out_takes_its_detail_along_and_leaves_the_others(url: str) -> None:
    people.approve_change_order(url, "SW-1", 3, "10", aco="1")
    people.approve_change_order(url, "SW-1", 3, "20", aco="2")

    people.take_out_change_order(url, "1")

    assert _asked(url, "SELECT ACO, EstCost FROM JCCD WHERE JCTransType = 'CO'") == [("2", "20.00")]
    assert _asked(url, "SELECT (SELECT group_concat(ACO) FROM JCOH), (SELECT group_concat(ACO) FROM JCOD)") == [
        ("2", "2")
    ]
    assert _asked(url, "SELECT CurrEstCost FROM JCCP WHERE Mth LIKE '2026-02%'") == [("20.00",)]
    with pytest.raises(LookupError, match="no change order 1"):
        people.take_out_change_order(url, "1")


def test_after_a_change_order_was_taken_out_vistas_trigger_guards_the_others_again(url: str) -> None:
    people.approve_change_order(url, "SW-1", 3, "10", aco="1")
    people.approve_change_order(url, "SW-1", 3, "20", aco="2")
    people.take_out_change_order(url, "1")
    with (
        pytest.raises(sqlite3.IntegrityError, match="add another change order"),
        people.vista_session(url) as connection,
    ):
        connection.execute("DELETE FROM JCOD")


def test_the_audit_names_who_worked_and_is_kept_only_where_it_is_on(url: str) -> None:
    people.set_audit(url, is_on=False)
    people.change_estimate(url, "SW-1", 3, cost="1")
    people.set_audit(url, is_on=True)
    people.change_estimate(url, "SW-1", 3, cost="2")
    query = "SELECT OldValue, NewValue, UserName FROM HQMA WHERE FieldName = 'OrigCost'"
    assert _asked(url, query) == [("1.00", "2.00", "BUILDER\\accountant")]


def test_the_exports_own_login_is_back_after_somebody_worked(url: str) -> None:
    with pytest.raises(LookupError):
        people.change_estimate(url, "SW-2", 3, cost="1")
    people.change_estimate(url, "SW-1", 3, cost="1")
    assert _asked(url, "SELECT VPUserName FROM sandbox_login") == [("procore_export",)]


def test_a_moved_start_month_moves_the_estimate(url: str) -> None:
    people.move_start_month(url, "1", "2026-05-01")
    assert _asked(url, "SELECT Mth, CostTrans, EstCost FROM JCCD") == [("2026-05-01 00:00:00.000000", 1, "150000.00")]
    assert _asked(url, _TOTALS) == [("150000.00", "150000.00", "0.00,150000.00", "0.00,150000.00")]


def test_a_job_nobody_has_is_named(url: str) -> None:
    with pytest.raises(LookupError, match="no job 9999"):
        people.add_phase(url, "R-1", job="9999")


def test_people_who_cannot_work_on_a_sql_server_say_where_they_can() -> None:
    with pytest.raises(
        NotASandbox, match=r"expected sqlite:///FILE, found mssql\+mssqlpython://nobody:\*\*\*@server/vista"
    ):
        people.close_job("mssql+mssqlpython://nobody:secret@server/vista")


@pytest.mark.parametrize("login", ["procore_export", "budget_export"])
def test_the_logins_that_the_documents_name_see_the_company(url: str, login: str) -> None:
    with people.vista_session(url, login) as connection:
        assert connection.execute("SELECT HQCo FROM HQCO").fetchall()[0][0] == 1
