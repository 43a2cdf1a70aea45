"""What Vista did with what was sent is checked before the commit; and what each guard prevents."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.vista import line_writer, writer
from connectors.vista.errors import (
    PostingDisagrees,
    StaleEstimate,
)
from connectors.vista.sql import SqlVista
from jobcost.plan import Plan
from tests.vista_plans import (
    CHANGE_AND_ADD,
    JOB,
    SW1,
    SW2,
    Lines,
    add_header,
    asked_of_sandbox,
    job_with_one_estimate,
    permit_for,
    plan_of,
    run_in_sandbox,
    sandbox_vista,
    values,
)

ESTIMATES = "SELECT Phase, CostType, OrigCost FROM JCCH ORDER BY Phase, CostType"
EVERYTHING = "SELECT 'h', Phase, OrigCost FROM JCCH UNION ALL SELECT 'd', Phase, EstCost FROM bJCCD ORDER BY 1, 2, 3"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return job_with_one_estimate(tmp_path)


@pytest.fixture
def vista(url: str) -> Iterator[SqlVista]:
    with SqlVista(url, 1, lock_timeout_seconds=1) as vista:
        yield vista


def _plan(vista: SqlVista, wanted: Lines) -> Plan:
    return plan_of(vista.read_estimate(JOB), wanted)


def _no_guard(*_arguments: object) -> None:
    """Stand where a guard was."""


SWALLOWS_UPDATES = (
    "CREATE TRIGGER swallow BEFORE UPDATE OF OrigCost ON JCCH WHEN NEW.OrigCost = '41200.00' "
    "BEGIN SELECT RAISE(IGNORE); END"
)


def test_a_change_that_reached_no_row_is_named(vista: SqlVista, url: str) -> None:
    run_in_sandbox(url, SWALLOWS_UPDATES)
    plan = _plan(vista, CHANGE_AND_ADD)

    with pytest.raises(StaleEstimate, match=r"cost type 3: expected one row changed to cost 41,200\.00"):
        vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(url, ESTIMATES) == [(SW1, 3, "40000.00")]


def test_without_the_row_count_guard_the_check_before_the_commit_still_finds_it(
    vista: SqlVista, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_in_sandbox(url, SWALLOWS_UPDATES)
    plan = _plan(vista, CHANGE_AND_ADD)
    monkeypatch.setattr(line_writer, "_require_one_row", _no_guard)

    with pytest.raises(PostingDisagrees, match=r"new detail rows: expected 1, found 0"):
        vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(url, ESTIMATES) == [(SW1, 3, "40000.00")]


def test_without_both_guards_a_line_would_be_lost_in_silence(
    vista: SqlVista, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_in_sandbox(url, SWALLOWS_UPDATES)
    plan = _plan(vista, CHANGE_AND_ADD)
    monkeypatch.setattr(line_writer, "_require_one_row", _no_guard)
    monkeypatch.setattr(writer, "_require_posted_as_planned", _no_guard)

    vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(url, ESTIMATES) == [(SW1, 3, "40000.00"), (SW2, 3, "7.25")]


@pytest.mark.parametrize("row_count", [-1, 0, 2])
def test_a_row_count_that_a_site_trigger_spoilt_is_settled_by_reading_the_row(
    vista: SqlVista, row_count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = _plan(vista, CHANGE_AND_ADD)
    guard = line_writer._require_one_row
    monkeypatch.setattr(
        line_writer,
        "_require_one_row",
        lambda connection, plan, line, _count: guard(connection, plan, line, row_count),
    )

    assert vista.apply(plan, permit_for(plan)).estimates_changed == 1


INTERFERENCE = {
    "the estimate is changed after it was written": (
        (
            "CREATE TRIGGER hostile AFTER INSERT ON JCCH BEGIN "
            "UPDATE JCCH SET OrigCost = '8.25' WHERE KeyID = NEW.KeyID; END"
        ),
        "Phase SW   -  2- cost type 3: expected cost 7.25, hours 0.00, units 0.000, found cost 8.25",
    ),
    "nothing is posted": (
        "DROP TRIGGER btJCCHi",
        "Phase SW   -  2- cost type 3, detail (JCCD): expected cost 7.25, hours 0.00, units 0.000, found cost 0.00",
    ),
    "period totals are not kept": (
        (
            "CREATE TRIGGER hostile AFTER UPDATE OF OrigEstCost ON bJCCP WHEN NEW.OrigEstCost = '7.25' BEGIN "
            "UPDATE bJCCP SET OrigEstCost = '0.00' WHERE rowid = NEW.rowid; END"
        ),
        "Phase SW   -  2- cost type 3, period totals (JCCP): expected cost 7.25, hours 0.00, units 0.000, found cost 0",
    ),
    "another line moves": (
        "CREATE TRIGGER hostile AFTER INSERT ON JCCH BEGIN UPDATE JCCH SET OrigHours = '1.00' WHERE CostType = 4; END",
        "Phase SW   -  1- cost type 4, not in the plan: expected cost 10.00, hours 0.00",
    ),
    "another line appears": (
        (
            "CREATE TRIGGER hostile AFTER INSERT ON JCCH WHEN NEW.CostType = 3 BEGIN "
            "INSERT INTO JCCH (JCCo, Job, PhaseGroup, Phase, CostType, UM, BillFlag) "
            "VALUES (NEW.JCCo, NEW.Job, NEW.PhaseGroup, NEW.Phase, 5, 'LS', 'C'); END"
        ),
        "Phase SW   -  2- cost type 5, not in the plan: expected no such row, found cost 0.00",
    ),
    "the contract amount moves": (
        "CREATE TRIGGER hostile AFTER INSERT ON JCCH BEGIN UPDATE bJCCI SET OrigContractAmt = '7.25'; END",
        "Contract item 1, original contract amount: expected 0.00, found 7.25",
    ),
    "the phase lands on another contract item": (
        (
            "CREATE TRIGGER hostile AFTER INSERT ON JCJP BEGIN "
            "UPDATE JCJP SET Item = '               2' WHERE KeyID = NEW.KeyID; END"
        ),
        "Phase SW   -  2-, contract item: expected                1, found                2",
    ),
}


@pytest.mark.parametrize("interference", sorted(INTERFERENCE))
def test_whatever_vista_posts_differently_from_the_plan_is_rolled_back(
    vista: SqlVista, url: str, interference: str
) -> None:
    add_header(url, SW1, 4, "10.00")
    statement, message = INTERFERENCE[interference]
    run_in_sandbox(url, statement)
    plan = _plan(vista, CHANGE_AND_ADD)
    before = asked_of_sandbox(url, EVERYTHING)

    with pytest.raises(PostingDisagrees) as refused:
        vista.apply(plan, permit_for(plan))

    assert message in str(refused.value)
    assert asked_of_sandbox(url, EVERYTHING) == before


@pytest.mark.parametrize("interference", sorted(INTERFERENCE))
def test_without_the_check_before_the_commit_the_wrong_posting_would_stay(
    vista: SqlVista, url: str, interference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_header(url, SW1, 4, "10.00")
    run_in_sandbox(url, INTERFERENCE[interference][0])
    plan = _plan(vista, CHANGE_AND_ADD)
    monkeypatch.setattr(writer, "_require_posted_as_planned", _no_guard)

    assert vista.apply(plan, permit_for(plan)).cost_types_added == 1


def test_costs_booked_on_other_lines_meanwhile_do_not_stop_an_export(vista: SqlVista, url: str) -> None:
    """Others may book costs at any time; they are no part of the estimate."""
    run_in_sandbox(
        url,
        "CREATE TRIGGER bookings AFTER INSERT ON JCCH BEGIN INSERT INTO bJCCD "
        "(JCCo, Mth, CostTrans, Job, PhaseGroup, Phase, CostType, PostedDate, ActualDate, JCTransType, Source, UM, "
        "ActualCost) VALUES (1, '2026-02-01 00:00:00.000000', 900, '1164I-001', 1, 'SW   -  1-   ', 3, "
        "'2026-02-05 00:00:00.000000', '2026-02-01 00:00:00.000000', 'AP', 'AP Entry', 'LS', '99.95'); END",
    )
    plan = _plan(vista, {(SW2, 3): values("7.25")})

    assert vista.apply(plan, permit_for(plan)).cost_types_added == 1


def test_revenue_moves_by_exactly_the_planned_difference_where_the_job_adds_to_it(tmp_path: Path) -> None:
    url = sandbox_vista(tmp_path, "auto_add_item")
    add_header(url, SW1, 3, "40000.00")
    with SqlVista(url, 1) as vista:
        plan = _plan(vista, CHANGE_AND_ADD)
        vista.apply(plan, permit_for(plan))

        assert [item.orig_contract_amt for item in vista.read_estimate(JOB).contract_items] == [
            Decimal("41207.25"),
            Decimal("0.00"),
        ]
