"""A phase is found as Vista finds it: on the job, behind the lock, in the phase master, by its valid part."""

from dataclasses import replace
from decimal import Decimal

from jobcost.estimate import Estimate
from jobcost.phase_book import PhaseBook, PhaseLocked, PhaseMatch, PhaseNotOnFile, PhaseOnJob, PhaseToAdd
from tests.core.estimates import estimate, stored_item, stored_phase

BY_PART = 6


def found(code: str, on: Estimate) -> PhaseMatch:
    return PhaseBook(on).find(stored_phase(code))


def test_a_phase_of_the_job_wins_over_the_phase_master() -> None:
    match = found("03-310", estimate(phases="phase | description\n 03-310 | As built"))
    assert isinstance(match, PhaseOnJob)
    assert match.phase.description == "As built"


def test_a_phase_of_the_job_is_found_behind_the_lock_and_inactive_too() -> None:
    match = found("03-310", estimate(phases="phase | active\n 03-310 | N", lock_phases=True))
    assert isinstance(match, PhaseOnJob)
    assert not match.phase.active


def test_the_lock_comes_before_the_phase_master() -> None:
    assert found("03-310", estimate(lock_phases=True)) == PhaseLocked()


def test_a_new_phase_takes_the_masters_text_and_percentage_and_the_first_item() -> None:
    on = estimate(
        masters="phase | description | percent\n 03-310 | Concrete | 0.25",
        items="item | month\n 10 | 2026-01\n 2 | 2026-01\n 1 | 2026-01",
    )
    assert found("03-310", on) == PhaseToAdd("Concrete", Decimal("0.25"), stored_item("1"))


def test_a_contract_without_items_leaves_a_new_phase_hanging() -> None:
    assert found("03-310", estimate(items="")) == PhaseToAdd("Concrete", Decimal(0), None)


def test_the_valid_part_counts_for_nothing_when_none_is_set() -> None:
    assert found("03-310-07", estimate(phases="phase\n 03-310")) == PhaseNotOnFile()


def test_a_similar_phase_of_the_job_gives_its_item_and_the_master_its_text() -> None:
    on = estimate(
        valid_phase_chars=BY_PART,
        phases="phase | item | description\n 03-310-02 | 2 | Walls\n 03-310-01 | 3 | Slabs",
        items="item | month\n 1 | 2026-01\n 2 | 2026-01\n 3 | 2026-01",
    )
    assert found("03-310-07", on) == PhaseToAdd("Concrete", Decimal(0), stored_item("3"))


def test_a_similar_phase_of_the_job_is_enough_without_a_master() -> None:
    on = estimate(valid_phase_chars=BY_PART, masters="", phases="phase | description\n 03-310-02 | Walls")
    assert found("03-310-07", on) == PhaseToAdd("Walls", Decimal(0), stored_item("1"))


def test_the_first_master_with_the_valid_part_wins_and_the_whole_phase_over_it() -> None:
    on = estimate(
        valid_phase_chars=BY_PART,
        masters="phase | description\n 03-310-09 | Ninth\n 03-310-02 | Second\n 03-310-07 | Seventh",
    )
    assert found("03-310-05", on) == PhaseToAdd("Second", Decimal(0), stored_item("1"))
    assert found("03-310-07", on) == PhaseToAdd("Seventh", Decimal(0), stored_item("1"))


def test_trailing_blanks_that_vista_dropped_do_not_hide_a_phase() -> None:
    (stored,) = estimate(phases="phase\n 03-310").job_phases
    trimmed = estimate(job_phases=(replace(stored, phase="03-310-"),))
    assert isinstance(found("03-310", trimmed), PhaseOnJob)


def test_defaults_are_found_by_whole_phase_then_by_valid_part() -> None:
    table = "phase | type | um | bill\n 03-310-02 | 2 | CY | Y\n 03-310-07 | 2 | EA | N"
    exact = PhaseBook(estimate(defaults=table)).defaults(stored_phase("03-310-07"), 2)
    assert exact is not None
    assert (exact.um, exact.bill_flag) == ("EA", "N")
    by_part = PhaseBook(estimate(defaults=table, valid_phase_chars=BY_PART)).defaults(stored_phase("03-310-05"), 2)
    assert by_part is not None
    assert (by_part.um, by_part.bill_flag) == ("CY", "Y")
    assert PhaseBook(estimate(defaults=table)).defaults(stored_phase("03-310-05"), 2) is None
    assert PhaseBook(estimate(defaults=table)).defaults(stored_phase("03-310-07"), 3) is None
