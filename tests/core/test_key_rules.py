"""All budget lines that fall on one phase and cost type, and the row Vista has for it."""

from decimal import Decimal

import pytest

from jobcost.estimate import Estimate
from jobcost.plan import Action, Kind
from jobcost.verification import verify
from tests.core.budgets import config, propose
from tests.core.changed_budgets import HEADERS, PHASES, plan_of, update
from tests.core.estimates import estimate
from tests.core.sightings import Said, blocks, rules_in, warns

KEY = "Phase 03-310- cost type 2"
ON_JOB = "phase\n 03-310"
ONE_LINE = "code | type | amount\n 03-310 | M | 10.00"


def test_two_lines_of_one_phase_and_cost_type_are_added_up_openly() -> None:
    proposal = propose(
        """
        code   | type | amount
        03-310 | M    | 100.10
        03-310 | 2    | 200.20
        """
    )
    assert warns(proposal, "lines-added-up") == [Said(KEY, "one line", "2: 03-310 / 2, 03-310 / M")]
    assert proposal.plan is not None
    (planned,) = proposal.plan.lines
    assert str(planned.after.cost) == "300.30"
    assert [str(source.original_budget) for source in planned.sources] == ["200.20", "100.10"]


def test_quantities_in_different_units_are_not_added() -> None:
    proposal = propose(
        """
        code   | type | amount | qty | uom
        03-310 | M    | 100.00 | 4   | CY
        03-310 | 2    | 200.00 | 9   | SF
        """
    )
    assert blocks(proposal, "lines-in-different-units") == [Said(KEY, "one unit of measure", "CY, SF")]


def test_a_quantity_is_not_added_to_a_line_without_one() -> None:
    proposal = propose(
        """
        code   | type | amount | qty | uom
        03-310 | M    | 100.00 | 4   | CY
        03-310 | 2    | 200.00 |     |
        """
    )
    assert blocks(proposal, "lines-in-different-units") == [Said(KEY, "one unit of measure", "CY, LS")]


def test_quantities_in_one_unit_are_added_up() -> None:
    proposal = propose(
        """
        code   | type | amount | qty | uom
        03-310 | M    | 100.00 | 4   | CY
        03-310 | 2    | 200.00 | 0.5 | cy
        """
    )
    assert blocks(proposal, "lines-in-different-units") == []
    assert proposal.plan is not None
    assert [(planned.um, str(planned.after.units)) for planned in proposal.plan.lines] == [("CY", "4.500")]


def test_lines_that_are_too_large_together_block_the_export() -> None:
    proposal = propose(
        """
        code   | type | amount
        03-310 | M    | 9,999,999,999.99
        03-310 | 2    | 0.01
        """
    )
    assert blocks(proposal, "total-too-large") == [Said(KEY, "at most 9,999,999,999.99", "10,000,000,000.00")]


def test_quantities_and_hours_that_are_too_large_together_block_the_export() -> None:
    proposal = propose(
        """
        code   | type | amount | qty             | uom | hours
        01-100 | L    | 1.00   | 999,999,999.999 | CY  | 99,999,999.99
        01-100 | 1    | 1.00   | 0.001           | CY  | 0.01
        """,
        configured=config(mapping={"hours": {"cost_types": ["L", "1"]}}),
    )
    where = "Phase 01-100- cost type 1"
    assert blocks(proposal, "total-too-large") == [
        Said(where, "at most 999,999,999.999", "1,000,000,000.000"),
        Said(where, "at most 99,999,999.99", "100,000,000.00"),
    ]


def test_an_inactive_cost_type_of_the_phase_blocks_the_export() -> None:
    proposal = propose(ONE_LINE, estimate("phase | type | active\n 03-310 | 2 | N", phases=ON_JOB))
    assert blocks(proposal, "cost-type-inactive") == [Said(KEY, "an active cost type", "2")]


def test_an_inactive_phase_blocks_the_export() -> None:
    proposal = propose(ONE_LINE, estimate(phases="phase | active\n 03-310 | N\n 01-100 | Y"))
    assert blocks(proposal, "phase-inactive") == [Said(KEY, "an active phase", "'03-310-  '")]


CLOSED = {
    "phase-inactive": estimate(HEADERS, phases="phase | active\n 01-100 | Y\n 03-310 | N"),
    "cost-type-inactive": estimate(
        """
        phase  | type | cost      | active
        01-100 | 1    | 12,000.00 | Y
        03-310 | 2    |  9,000.00 | N
        """,
        phases=PHASES,
    ),
}


@pytest.mark.parametrize("job", CLOSED.values(), ids=CLOSED.keys())
def test_a_finished_line_that_stays_as_it_is_holds_nothing_up(job: Estimate) -> None:
    proposal = update("number | line | amount\n 7 | 1 | 500.00", job)
    assert not proposal.is_blocked
    assert plan_of(proposal).change_orders != ()
    assert [line.problems for line in verify(plan_of(proposal), job).lines] == [
        ("change orders: expected 500.00, found 0.00",),
        (),
    ]


@pytest.mark.parametrize("rule", CLOSED)
def test_a_budget_change_on_a_finished_line_blocks_the_export(rule: str) -> None:
    proposal = update("number | line | amount\n 7 | 2 | 500.00", CLOSED[rule])
    assert [said.where for said in blocks(proposal, rule)] == [KEY]


@pytest.mark.parametrize("source", ["Y", "N"])
def test_a_row_that_waits_in_project_management_blocks_the_export(source: str) -> None:
    proposal = propose(ONE_LINE, estimate(f"phase | type | source\n 03-310 | 2 | {source}", phases=ON_JOB))
    assert blocks(proposal, "row-owned-by-pm") == [Said(KEY, "source J or I", f"source {source}")]


@pytest.mark.parametrize("source", ["J", "I"])
def test_a_live_row_is_written_to_wherever_it_was_entered(source: str) -> None:
    proposal = propose(ONE_LINE, estimate(f"phase | type | source\n 03-310 | 2 | {source}", phases=ON_JOB))
    assert proposal.findings == ()
    assert proposal.plan is not None
    assert [planned.action for planned in proposal.plan.lines] == [Action.CHANGE_ESTIMATE]


def test_the_unit_of_an_existing_row_is_never_changed() -> None:
    in_cubic_yards = "code | type | amount | qty | uom\n 03-310 | M | 10.00 | 4 | CY"
    proposal = propose(in_cubic_yards, estimate("phase | type | um\n 03-310 | 2 | SF", phases=ON_JOB))
    assert blocks(proposal, "unit-would-change") == [Said(KEY, "SF", "CY")]


def test_a_budget_without_units_leaves_those_of_vista_alone() -> None:
    on_job = estimate("phase | type | um | units | hours | cost\n 03-310 | 2 | CY | 7 | 3 | 1.00", phases=ON_JOB)
    proposal = propose(ONE_LINE, on_job, kind=Kind.UPDATE)
    assert proposal.findings == ()
    assert proposal.plan is not None
    (planned,) = proposal.plan.lines
    assert planned.um == "CY"
    assert (planned.after.units, planned.after.hours, planned.after.cost) == (
        Decimal("7.000"),
        Decimal("3.00"),
        Decimal("10.00"),
    )


@pytest.mark.parametrize(
    ("column", "found"),
    [
        ("detail_cost", "detail 9.99, periods 0.00"),
        ("period_cost", "detail 0.00, periods 9.99"),
        ("detail_units", "detail 0.00, periods 0.00"),
        ("detail_hours", "detail 0.00, periods 0.00"),
        ("period_units", "detail 0.00, periods 0.00"),
        ("period_hours", "detail 0.00, periods 0.00"),
    ],
)
def test_a_row_whose_own_figures_disagree_blocks_the_export(column: str, found: str) -> None:
    proposal = propose(ONE_LINE, estimate(f"phase | type | {column}\n 03-310 | 2 | 9.99", phases=ON_JOB))
    assert blocks(proposal, "estimate-out-of-step") == [Said(KEY, "everywhere 0.00", found)]


def test_a_row_elsewhere_on_the_job_is_not_judged() -> None:
    elsewhere = "phase | type | active | source | detail_cost\n 03-310 | 3 | N | Y | 9.99"
    assert rules_in(propose(ONE_LINE, estimate(elsewhere, phases=ON_JOB)).findings) == []
