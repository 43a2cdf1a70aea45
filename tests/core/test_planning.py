"""What a plan does to each phase and cost type, with the values written out."""

from decimal import Decimal

import pytest

from jobcost.mapping import job_code_of
from jobcost.plan import Action, EstimateValues, Kind, Plan
from jobcost.planning import Proposal
from tests.core.budgets import budget, config, line, lines, project, propose
from tests.core.estimates import estimate, header
from tests.core.sightings import Said, blocks

BUDGET = """
    code   | type | amount    | changes
    01-100 | L    | 12,000.00 |
    03-310 | M    |  9,000.00 | 250.00
    03-310 | L    |  5,000.00 |
"""
JOB = {
    "headers": """
        phase  | type | cost
        01-100 | 1    | 12,000.00
        03-310 | 2    |  8,500.00
        05-120 | 3    |    700.00
    """,
    "phases": "phase\n 01-100\n 03-310\n 05-120",
}


def plan_of(proposal: Proposal) -> Plan:
    assert proposal.plan is not None
    return proposal.plan


def test_each_line_is_added_changed_or_left() -> None:
    plan = plan_of(propose(BUDGET, estimate(JOB["headers"], phases=JOB["phases"]), kind=Kind.UPDATE))
    assert [(row.phase, row.cost_type, row.action, str(row.difference)) for row in plan.lines] == [
        ("01-100-  ", 1, Action.UNCHANGED, "0.00"),
        ("03-310-  ", 1, Action.ADD_COST_TYPE, "5000.00"),
        ("03-310-  ", 2, Action.CHANGE_ESTIMATE, "500.00"),
    ]
    assert plan.add_phases == ()
    assert [row.cost_type for row in plan.changes] == [1, 2]


def test_the_totals_count_untouched_lines() -> None:
    plan = plan_of(propose(BUDGET, estimate(JOB["headers"], phases=JOB["phases"]), kind=Kind.UPDATE))
    assert plan.total_before == Decimal("21200.00")
    assert plan.total_after == Decimal("26700.00")
    assert plan.total_untouched == Decimal("700.00")
    assert plan.total_difference == Decimal("5500.00")


def test_a_changed_line_keeps_its_before_image() -> None:
    plan = plan_of(propose(BUDGET, estimate(JOB["headers"], phases=JOB["phases"]), kind=Kind.UPDATE))
    assert plan.lines[2].before == EstimateValues(
        hours=Decimal("0.00"), units=Decimal("0.000"), cost=Decimal("8500.00")
    )
    assert plan.lines[1].before is None


def test_the_approver_sees_budget_changes_beside_the_original() -> None:
    (source,) = plan_of(propose(BUDGET)).lines[2].sources
    assert (source.cost_code, source.line_item_type) == ("03-310", "M")
    assert (source.original_budget, source.budget_changes, source.revised_estimate) == (
        Decimal("9000.00"),
        Decimal("250.00"),
        Decimal("9250.00"),
    )


def test_one_phase_is_added_once_for_all_its_cost_types() -> None:
    plan = plan_of(propose(BUDGET))
    assert [(added.phase, added.description, added.item) for added in plan.add_phases] == [
        ("01-100-  ", "General conditions", "               1"),
        ("03-310-  ", "Concrete", "               1"),
    ]


def test_a_new_row_takes_the_phase_masters_flags_or_vistas_own_defaults() -> None:
    with_defaults = estimate(defaults="phase | type | um | bill | item_unit | phase_unit\n 03-310 | 2 | CY | Y | Y | Y")
    _, plain, given = plan_of(propose(BUDGET, with_defaults)).lines
    assert (plain.bill_flag, plain.item_unit_flag, plain.phase_unit_flag) == ("C", "N", "N")
    assert (given.bill_flag, given.item_unit_flag, given.phase_unit_flag) == ("Y", "Y", "Y")


def test_the_unit_comes_from_the_budget_never_from_the_masters_default() -> None:
    with_defaults = estimate(defaults="phase | type | um\n 03-310 | 2 | CY")
    assert plan_of(propose(BUDGET, with_defaults)).lines[2].um == "LS"


def test_hours_that_vista_does_not_track_leave_those_it_has_alone() -> None:
    worked = "code | type | amount | hours\n 03-310 | M | 8,500.00 | 12"
    asked = config(mapping={"hours": {"cost_types": ["M"]}})
    held = estimate("phase | type | cost | hours\n 03-310 | 2 | 8,500.00 | 7.50", phases=JOB["phases"])
    (row,) = plan_of(propose(worked, held, configured=asked, kind=Kind.UPDATE)).lines
    assert (row.action, row.after.hours) == (Action.UNCHANGED, Decimal("7.50"))


def test_hours_go_to_a_cost_type_that_tracks_them_when_they_are_asked_for() -> None:
    worked = "code | type | amount | hours\n 03-310 | L | 10.00 | 40.5"
    asked = config(mapping={"hours": {"cost_types": ["L"]}})
    assert plan_of(propose(worked, configured=asked)).lines[0].after.hours == Decimal("40.50")
    assert plan_of(propose(worked)).lines[0].after.hours == Decimal("0.00")


def test_the_lines_of_a_plan_stand_in_vistas_order() -> None:
    plan = plan_of(propose("code | type | amount\n 03-310 | E | 1.00\n 03-310 | S | 2.00\n 01-100 | M | 3.00"))
    assert [row.key for row in plan.lines] == [("01-100-  ", 2), ("03-310-  ", 3), ("03-310-  ", 4)]


def test_a_quantity_that_differs_is_a_change_even_when_the_cost_is_the_same() -> None:
    held = estimate("phase | type | um | units | cost\n 03-310 | 2 | CY | 4 | 10.00", phases="phase\n 03-310")
    in_yards = "code | type | amount | qty | uom\n 03-310 | M | 10.00 | 5 | CY"
    (planned,) = plan_of(propose(in_yards, held, kind=Kind.UPDATE)).lines
    assert (planned.action, str(planned.after.units), str(planned.difference)) == (
        Action.CHANGE_ESTIMATE,
        "5.000",
        "0.00",
    )


def test_a_job_that_holds_the_budget_already_gives_an_empty_plan() -> None:
    held = estimate("phase | type | cost\n 03-310 | 2 | 1,000.00", phases="phase\n 03-310")
    plan = plan_of(propose(budget((line(),)), held, kind=Kind.UPDATE))
    assert plan.is_empty
    assert plan.changes == ()


def test_a_row_whose_trailing_blanks_vista_dropped_is_the_same_row() -> None:
    shortened = estimate(phases="phase\n 03-310", cost_headers=(header(phase="03-310-", orig_cost=Decimal("9.00")),))
    (planned,) = plan_of(propose(budget((line(),)), shortened, kind=Kind.UPDATE)).lines
    assert (planned.action, planned.phase) == (Action.CHANGE_ESTIMATE, "03-310-")


def test_partial_lines_are_told_in_one_order_whatever_procores_is() -> None:
    partial = lines("id | code | type | amount\n none | 03-310 | M | 0.001\n none | 03-310 | M | 0.002")
    forward, backward = propose(budget(partial)), propose(budget(partial[::-1]))
    assert blocks(forward, "amount-below-a-cent") == [
        Said("Line 03-310 / M", "whole cents", "0.001"),
        Said("Line 03-310 / M", "whole cents", "0.002"),
    ]
    assert forward.findings == backward.findings


@pytest.mark.parametrize(
    ("linked", "configured", "job"),
    [
        ({}, {}, "1204"),
        ({"origin_code": None}, {}, "10204"),
        ({"origin_code": "  "}, {}, "10204"),
        ({"origin_code": " 1204 "}, {}, "1204"),
        ({"is_erp_integrated": False}, {}, None),
        ({"is_erp_integrated": False}, {"600123": "1300"}, "1300"),
        ({}, {"600123": "1300"}, "1300"),
        ({}, {"600124": "1300"}, "1204"),
    ],
)
def test_the_configured_job_wins_then_the_erps_code_then_its_key(
    linked: dict[str, object], configured: dict[str, str], job: str | None
) -> None:
    mapping = config(mapping={"jobs": configured}).mapping
    assert job_code_of(project(**linked), mapping) == job


def test_a_finding_reads_as_sentences() -> None:
    (finding,) = propose("code | type | amount\n 09-900 | M | 10.00").findings
    assert str(finding) == (
        "[phase-not-on-file] Line 09-900 / M: Vista does not know the phase."
        " Expected a phase of the job or the phase master; found '09-900-  '."
        " Add the phase to the phase master in Vista (JC Phases), or map the cost code to an existing one."
    )
