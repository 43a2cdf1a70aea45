"""What moved between the accepted plan and now, in words."""

from dataclasses import replace
from typing import Any

from jobcost.plan import Kind, Plan
from jobcost.staleness import what_moved
from tests.core.budgets import config, propose
from tests.core.estimates import estimate

BUDGET = "id | code | type | amount\n 1 | 03-310 | M | 9,000.00"
HELD = "phase | type | cost\n 03-310 | 2 | 8,500.00\n 05-120 | 3 | 700.00"
PHASES = "phase\n 01-100\n 03-310\n 05-120"


def planned(budget: str = BUDGET, headers: str = HELD, **job: Any) -> Plan:
    plan = propose(budget, estimate(headers, phases=PHASES, **job), kind=Kind.UPDATE).plan
    assert plan is not None
    return plan


def test_the_same_reading_twice_has_not_moved() -> None:
    assert what_moved(planned(), planned()) == ()


def test_a_new_amount_in_procore_is_named() -> None:
    assert what_moved(planned(), planned(BUDGET.replace("9,000.00", "9,000.01"))) == (
        (
            "Phase 03-310- cost type 2: moved in Procore: planned 9,000.00 (0.000 units, 0.00 hours),"
            " now 9,000.01 (0.000 units, 0.00 hours)"
        ),
    )


def test_a_new_amount_in_vista_is_named() -> None:
    assert what_moved(planned(), planned(headers=HELD.replace("8,500.00", "8,600.00"))) == (
        (
            "Phase 03-310- cost type 2: moved in Vista: planned against 8,500.00 (0.000 units, 0.00 hours),"
            " now 8,600.00 (0.000 units, 0.00 hours)"
        ),
    )


def test_a_line_that_the_budget_does_not_mention_is_watched_too() -> None:
    assert what_moved(planned(), planned(headers=HELD.replace("700.00", "0.00"))) == (
        (
            "Phase 05-120- cost type 3: moved in Vista: was 700.00 (0.000 units, 0.00 hours),"
            " now 0.00 (0.000 units, 0.00 hours)"
        ),
    )


def test_new_and_lost_budget_lines_are_named() -> None:
    longer = BUDGET + "\n 2 | 01-100 | L | 10.00"
    assert what_moved(planned(), planned(longer)) == ("Phase 01-100- cost type 1: new in Procore with 10.00",)
    assert what_moved(planned(longer), planned()) == (
        "Phase 01-100- cost type 1: no longer in Procore's budget, planned with 10.00",
    )


def test_a_row_that_appeared_in_vista_is_named() -> None:
    assert what_moved(planned(), planned(headers=HELD + "\n 01-100 | 1 | 5.00")) == (
        "Phase 01-100- cost type 1: moved in Vista: was no row, now 5.00 (0.000 units, 0.00 hours)",
    )


def test_the_same_sum_from_other_lines_has_moved() -> None:
    split = "id | code | type | amount\n 1 | 03-310 | M | 4,000.00\n 2 | 03-310 | M | 5,000.00"
    assert what_moved(planned(), planned(split)) == (
        "Phase 03-310- cost type 2: moved in Procore: its budget lines or their budget changes are different now",
    )


def test_another_unit_is_named() -> None:
    in_yards = planned(headers="phase | type | cost | um\n 03-310 | 2 | 8,500.00 | CY\n 05-120 | 3 | 700.00 |")
    assert what_moved(planned(), in_yards) == ("Phase 03-310- cost type 2: unit of measure: planned LS, now CY",)


def test_a_closed_or_locked_job_is_named() -> None:
    assert what_moved(planned(), planned(job_status=2)) == ("Vista job  1204-  , job_status: planned 1, now 2",)
    assert what_moved(planned(), planned(lock_phases=True)) == (
        "Vista job  1204-  , lock_phases: planned False, now True",
    )


def test_moved_revenue_is_named_by_contract_item() -> None:
    richer = planned(items="item | month | revenue\n 1 | 2026-01 | 500,000.01\n 2 | 2026-01 | 7.00")
    assert what_moved(planned(), richer) == (
        "Vista job  1204-  , contract_items: planned item 1 with 500,000.00, now item 1 with 500,000.01",
        "Vista job  1204-  , contract_items: planned no item 2, now item 2 with 7.00",
    )


def test_another_job_is_named() -> None:
    assert what_moved(planned(), replace(planned(), job=" 1205-  ")) == ("job: planned ' 1204-  ', now ' 1205-  '",)


def test_a_change_that_has_no_name_of_its_own_is_not_kept_quiet() -> None:
    renamed = propose(
        "id | code | type | amount | name\n 1 | 01-100 | L | 1.00 | Site",
        configured=config(mapping={"phases": {"description": "procore"}}),
    ).plan
    plain = propose("id | code | type | amount | name\n 1 | 01-100 | L | 1.00 | Site").plan
    assert renamed is not None
    assert plain is not None
    assert what_moved(plain, renamed) == (
        "The plan would be made differently now (configuration or phase master changed).",
    )
