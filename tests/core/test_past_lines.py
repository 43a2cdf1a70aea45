"""What earlier exports did to the lines of a job: whose they are, how they were left, and what an update says of it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from jobcost.past_lines import LeftLine, PastPlan, key_of, lines_left
from jobcost.plan import Action, EstimateValues, Kind, PlannedLine
from jobcost.planning import Proposal
from jobcost.rules.registry import PastExports
from tests.core.budgets import config, propose
from tests.core.changed_budgets import plan_of
from tests.core.estimates import estimate
from tests.core.sightings import Said, blocks, warns

LABOR, CONCRETE = ("01-100-", 1), ("03-310-", 2)
BUDGET = "code | type | amount\n 01-100 | L | 12,000.00\n 03-310 | M | 500.00"
KEPT = "code | type | amount\n 01-100 | L | 12,000.00"
PHASES = "phase\n 01-100\n 03-310"
WHERE = "Phase 03-310- cost type 2"
SETUP = plan_of(propose(BUDGET))
LINE = next(line for line in SETUP.lines if key_of(line) == CONCRETE)


def worth(cost: str, *, units: str = "0.000", hours: str = "0.00") -> EstimateValues:
    return EstimateValues(hours=Decimal(hours), units=Decimal(units), cost=Decimal(cost))


def written(number: int, *lines: PlannedLine, verified: bool = True, **facts: object) -> PastPlan:
    """The number-th export of the job; an update that wrote these lines unless the test says otherwise."""
    told: dict[str, Any] = {"kind": Kind.UPDATE, "lines": lines, **facts}
    plan = replace(SETUP, **told)
    return PastPlan(export_id=f"EX-{number}", is_verified=verified, plan=plan)


def undone(number: int, undoes: int, *lines: PlannedLine) -> PastPlan:
    return written(number, *lines, kind=Kind.UNDO, undoes=f"EX-{undoes}")


def left_with(cost: str) -> PlannedLine:
    return replace(LINE, after=worth(cost))


FIRST = written(1, *SETUP.lines, kind=Kind.SETUP)


def test_a_line_stays_ours_however_many_updates_follow_it() -> None:
    past = lines_left((FIRST, written(2, SETUP.lines[0]), written(3, SETUP.lines[0])))
    assert past.ours == {LABOR, CONCRETE}
    assert {key: one.export_id for key, one in past.left.items()} == {LABOR: "EX-3", CONCRETE: "EX-1"}


def test_a_line_of_an_export_that_was_taken_back_is_not_ours() -> None:
    update, undo = written(2, left_with("600.00")), undone(3, 2, left_with("0.00"))
    past = lines_left((written(1, SETUP.lines[0]), update, undo))
    assert past.ours == {LABOR}
    assert past.left[CONCRETE] == LeftLine(
        export_id="EX-3", values=worth("0.00"), budget_lines=frozenset({2}), takes_back="EX-2"
    )


def test_a_line_of_an_export_whose_undo_was_taken_back_is_ours_again() -> None:
    undo, again = undone(3, 2, left_with("0.00")), undone(4, 3, left_with("600.00"))
    past = lines_left((written(1, SETUP.lines[0]), written(2, left_with("600.00")), undo, again))
    assert past.ours == {LABOR, CONCRETE}
    assert (past.left[CONCRETE].values, past.left[CONCRETE].takes_back) == (worth("600.00"), "")


def test_nobody_can_say_what_an_export_left_whose_verification_failed() -> None:
    past = lines_left((FIRST, written(2, left_with("600.00"), verified=False)))
    assert past.left[CONCRETE] == LeftLine(export_id="EX-2", values=None, budget_lines=frozenset({2}))


def test_the_budget_lines_of_a_line_are_remembered_after_it_was_set_to_zero() -> None:
    zeroed = replace(left_with("0.00"), action=Action.SET_TO_ZERO, sources=())
    past = lines_left((FIRST, written(2, zeroed)))
    assert (past.left[CONCRETE].values, past.left[CONCRETE].budget_lines) == (worth("0.00"), frozenset({2}))


def test_a_job_without_exports_has_no_past() -> None:
    past = lines_left(())
    assert (past.ours, past.kept, dict(past.left)) == (frozenset(), frozenset(), {})


def updated(budget: str, cost: str, left: LeftLine, **asked: object) -> Proposal:
    """An update on a job whose concrete line costs so much now, and that an export left so."""
    job = estimate(f"phase | type | cost\n 01-100 | 1 | 12,000.00\n 03-310 | 2 | {cost}", phases=PHASES)
    past = PastExports(last_verified="EX-1", lines=frozenset({LABOR, CONCRETE}), left={CONCRETE: left})
    return propose(budget, job, **{"kind": Kind.UPDATE, "past": past, **asked})


LEFT = LeftLine(export_id="EX-1", values=worth("500.00"), budget_lines=frozenset({2}))


def test_an_update_says_that_it_writes_over_what_somebody_changed_in_vista() -> None:
    proposal = updated(BUDGET, "700.00", LEFT)
    said = Said(WHERE, "500.00, as verified by EX-1", "700.00 now; Procore did not change")
    assert warns(proposal, "moved-in-vista") == [said]
    proposal = updated(BUDGET.replace("500.00", "550.00"), "700.00", LEFT)
    found = "700.00 now; Procore changed too, to 550.00"
    assert [said.found for said in warns(proposal, "moved-in-vista")] == [found]


def test_an_update_is_silent_where_vista_is_as_it_was_left_or_as_procore_has_it() -> None:
    assert updated(BUDGET.replace("500.00", "550.00"), "500.00", LEFT).findings == ()
    assert updated(BUDGET.replace("500.00", "700.00"), "700.00", LEFT).findings == ()
    assert updated(BUDGET, "700.00", replace(LEFT, values=None)).findings == ()


def test_units_that_are_not_written_are_not_said_to_be_written_over() -> None:
    left = replace(LEFT, values=worth("500.00", units="3.000"))
    assert updated(BUDGET.replace("500.00", "550.00"), "500.00", left).findings == ()


def test_units_that_somebody_changed_in_vista_are_spelled() -> None:
    carried = config(mapping={"units": {"carry": True, "codes": {}}})
    job = estimate("phase | type | cost | units | um\n 03-310 | 2 | 500.00 | 9.000 | CY", phases=PHASES)
    left = replace(LEFT, values=worth("500.00", units="3.000"))
    past = PastExports(last_verified="EX-1", left={CONCRETE: left})
    budget = "code | type | amount | qty | uom\n 03-310 | M | 500.00 | 3.000 | CY"
    (said,) = warns(propose(budget, job, kind=Kind.UPDATE, past=past, configured=carried), "moved-in-vista")
    found = "9.000 units now; Procore did not change"
    assert said == Said(WHERE, "3.000 units, as verified by EX-1", found)


def test_an_update_says_that_it_writes_again_what_an_undo_took_back() -> None:
    taken_back = LeftLine(export_id="EX-3", values=worth("400.00"), takes_back="EX-2")
    found = "EX-2, taken back by EX-3; this export writes 500.00"
    said = warns(updated(BUDGET, "400.00", taken_back), "taken-back-before")
    assert said == [Said(WHERE, "a line that no undo is about", found)]
    assert warns(updated(BUDGET, "500.00", taken_back), "taken-back-before") == []


def test_a_deleted_line_that_somebody_changed_in_vista_is_theirs_and_not_offered() -> None:
    proposal = updated(KEPT, "700.00", replace(LEFT, values=worth("0.00")))
    (said,) = warns(proposal, "deleted-in-procore")
    reason = "EX-1 left it with 0.00, and it was changed in Vista since"
    assert said.found == f"still in Vista with 700.00; it cannot be set to zero: {reason}"
    assert plan_of(proposal).deleted == ()
    assert len(plan_of(updated(KEPT, "500.00", LEFT)).deleted) == 1


def test_a_line_whose_budget_line_falls_on_another_one_now_was_not_deleted_in_procore() -> None:
    moved = "code | type | amount | id\n 01-100 | L | 12,000.00 | 1\n 01-100 | M | 500.00 | 2"
    (finding,) = (one for one in updated(moved, "500.00", LEFT).findings if one.rule == "deleted-in-procore")
    assert finding.what == "No budget line falls on it any more."
    assert finding.found == "still in Vista with 500.00; 01-100 / M falls on another line now"


def test_a_line_that_cannot_be_read_any_more_is_neither_deleted_nor_only_in_vista() -> None:
    proposal = updated(BUDGET.replace("| M |", "| none |"), "500.00", LEFT)
    assert blocks(proposal, "line-without-cost-type") != []
    assert (warns(proposal, "deleted-in-procore"), warns(proposal, "only-in-vista")) == ([], [])
