"""What each budget line means in Vista: its phase, cost type, unit of measure and texts."""

import pytest
from pydantic import ValidationError

from jobcost.config import ExportConfig
from jobcost.plan import Kind
from tests.core.budgets import config, propose
from tests.core.estimates import estimate
from tests.core.sightings import Said, blocks, rules_in, warns

CONCRETE = "Line 03-310 / M"
KNOWN_ELSEWHERE = "phase | description\n 07-100 | Roofing"
PROCORE_NAMES = config(mapping={"phases": {"description": "procore"}})


def test_blanks_around_a_cost_code_are_dropped_and_shown() -> None:
    proposal = propose('code | type | amount\n " 03-310 " | M | 10.00')
    assert warns(proposal, "code-has-outer-blanks") == [Said("Line  03-310  / M", "'03-310'", "' 03-310 '")]
    assert proposal.plan is not None
    assert [planned.phase for planned in proposal.plan.lines] == ["03-310-  "]


def test_a_code_that_vista_would_cut_is_refused() -> None:
    proposal = propose("code | type | amount\n 003-310 | M | 10.00")
    assert blocks(proposal, "phase-format") == [
        Said(
            "Line 003-310 / M",
            "a code in the format",
            "'003-310': part '003' has 3 characters, the format 2R-3R-2RN allows 2",
        )
    ]


def test_a_code_with_a_part_too_many_is_refused() -> None:
    proposal = propose("code | type | amount\n 03-310-01-5 | M | 10.00")
    assert blocks(proposal, "phase-format") == [
        Said(
            "Line 03-310-01-5 / M",
            "a code in the format",
            "'03-310-01-5': '-5' is left over after the last part of the format 2R-3R-2RN",
        )
    ]


def test_a_mapped_code_takes_the_configured_phase() -> None:
    mapped = config(mapping={"phases": {"codes": {"Concrete": "03-310"}}})
    proposal = propose("code | type | amount\n Concrete | M | 10.00", configured=mapped)
    assert proposal.findings == ()
    assert proposal.plan is not None
    assert [planned.phase for planned in proposal.plan.lines] == ["03-310-  "]


def test_a_code_is_never_mapped_to_nothing() -> None:
    with pytest.raises(ValidationError, match="at least 1 character"):
        config(mapping={"phases": {"codes": {"03-310": "  "}}})


def test_a_phase_that_vista_does_not_know_blocks_the_export() -> None:
    proposal = propose("code | type | amount\n 09-900 | M | 10.00")
    assert blocks(proposal, "phase-not-on-file") == [
        Said("Line 09-900 / M", "a phase of the job or the phase master", "'09-900-  '")
    ]


def test_with_a_valid_part_the_phase_master_vouches_for_finer_phases() -> None:
    by_part = estimate(valid_phase_chars=6)
    proposal = propose("code | type | amount\n 03-310-05 | M | 10.00", by_part)
    assert proposal.findings == ()
    assert proposal.plan is not None
    assert [added.description for added in proposal.plan.add_phases] == ["Concrete"]
    assert blocks(propose("code | type | amount\n 03-310-05 | M | 10.00"), "phase-not-on-file") != []


def test_no_phase_is_added_to_a_job_with_locked_phases() -> None:
    proposal = propose(on=estimate(phases="phase\n 01-100", lock_phases=True))
    assert blocks(proposal, "phase-locked") == [
        Said(CONCRETE, "a phase the job has, or unlocked phases", "'03-310-  '")
    ]


def test_phases_that_a_locked_job_has_are_exported() -> None:
    proposal = propose(on=estimate(phases="phase\n 01-100\n 03-310", lock_phases=True))
    assert proposal.findings == ()


@pytest.mark.parametrize(
    ("items", "item_of_phase", "found"),
    [
        ("item | month\n 1 | none", "1", "'               1': no start month"),
        ("item | month\n 1 | 2026-01", "2", "'               2': an item that does not exist"),
    ],
)
def test_a_contract_item_that_cannot_carry_estimates_blocks_the_export(
    items: str, item_of_phase: str, found: str
) -> None:
    on_job = estimate(items=items, phases=f"phase | item\n 03-310 | {item_of_phase}")
    proposal = propose("code | type | amount\n 03-310 | M | 10.00", on_job)
    assert blocks(proposal, "contract-item-without-month") == [Said(CONCRETE, "an item with a start month", found)]


def test_a_new_phase_needs_a_start_month_of_the_first_item_too() -> None:
    proposal = propose(
        "code | type | amount\n 03-310 | M | 10.00", estimate(items="item | month\n 1 | none\n 2 | 2026-01")
    )
    assert blocks(proposal, "contract-item-without-month") == [
        Said(CONCRETE, "an item with a start month", "'               1': no start month")
    ]


@pytest.mark.parametrize("code", ["X", "Lab", "9", "256"])
def test_a_cost_type_that_vista_does_not_know_blocks_the_export(code: str) -> None:
    proposal = propose(f"code | type | amount\n 03-310 | {code} | 10.00")
    assert blocks(proposal, "cost-type-unknown") == [
        Said(f"Line 03-310 / {code}", "a number or abbreviation of Vista", repr(code))
    ]


def test_a_cost_type_mapped_to_a_number_that_vista_lacks_blocks_the_export() -> None:
    mapped = config(mapping={"cost_types": {"codes": {"M": 44}}})
    proposal = propose("code | type | amount\n 03-310 | M | 10.00", configured=mapped)
    assert blocks(proposal, "cost-type-unknown") == [Said(CONCRETE, "a number or abbreviation of Vista", "'M'")]


@pytest.mark.parametrize(("code", "number"), [("L", 1), ("l", 1), ("2", 2), ("02", 2), (" S ", 3)])
def test_a_cost_type_is_a_number_or_a_whole_abbreviation(code: str, number: int) -> None:
    proposal = propose(f'code | type | amount\n 03-310 | "{code}" | 10.00')
    assert proposal.findings == ()
    assert proposal.plan is not None
    assert [planned.cost_type for planned in proposal.plan.lines] == [number]


def test_the_beginning_of_an_abbreviation_is_not_taken_for_it() -> None:
    longer = estimate(cost_types="number | abbreviation\n 1 | LAB\n 2 | M")
    assert blocks(propose(on=longer), "cost-type-unknown") == [
        Said("Line 01-100 / L", "a number or abbreviation of Vista", "'L'")
    ]


TWO_LABORS = "number | abbreviation | hours\n 1 | L | Y\n 2 | M | N\n 8 | L | Y"


def test_an_abbreviation_of_two_cost_types_blocks_the_export() -> None:
    proposal = propose(on=estimate(cost_types=TWO_LABORS))
    assert blocks(proposal, "cost-type-ambiguous") == [Said("Line 01-100 / L", "one Vista cost type", "1, 8")]


def test_the_configuration_settles_an_ambiguous_abbreviation() -> None:
    settled = config(mapping={"cost_types": {"codes": {"L": 8}}})
    proposal = propose(on=estimate(cost_types=TWO_LABORS), configured=settled)
    assert proposal.findings == ()
    assert proposal.plan is not None
    assert [planned.cost_type for planned in proposal.plan.lines] == [8, 2]


IN_CUBIC_METRES = "code | type | amount | qty | uom\n 03-310 | M | 10.00 | 4 | m3"
REPLACING = config(mapping={"units": {"unknown": "lump_sum"}})


def test_a_unit_that_vista_does_not_know_blocks_the_export() -> None:
    proposal = propose(IN_CUBIC_METRES)
    assert blocks(proposal, "unit-unknown") == [Said(CONCRETE, "a unit of Vista", "'m3'")]
    assert warns(proposal, "unit-replaced") == []


def test_a_unit_may_be_replaced_by_a_lump_sum_openly() -> None:
    proposal = propose(IN_CUBIC_METRES, configured=REPLACING)
    assert warns(proposal, "unit-replaced") == [Said(CONCRETE, "a unit of Vista", "'m3', exported as LS")]
    assert blocks(proposal, "unit-unknown") == []
    assert proposal.plan is not None
    assert [(planned.um, str(planned.after.units)) for planned in proposal.plan.lines] == [("LS", "0.000")]


@pytest.mark.parametrize(
    "configured",
    [config(mapping={"units": {"codes": {"m3": "CY"}}}), config(mapping={"units": {"carry": False}})],
)
def test_a_mapped_or_unwanted_unit_is_no_problem(configured: ExportConfig) -> None:
    assert propose(IN_CUBIC_METRES, configured=configured).findings == ()


def test_a_known_unit_is_taken_in_any_case_with_its_quantity() -> None:
    proposal = propose("code | type | amount | qty | uom\n 03-310 | M | 10.00 | 4.5 | cy")
    assert proposal.findings == ()
    assert proposal.plan is not None
    assert [(planned.um, str(planned.after.units)) for planned in proposal.plan.lines] == [("CY", "4.500")]


def test_a_lump_sum_with_a_quantity_loses_it_openly() -> None:
    proposal = propose("code | type | amount | qty | uom\n 03-310 | M | 10.00 | 12 | LS")
    assert warns(proposal, "quantity-on-lump-sum") == [Said(CONCRETE, "quantity 0 or 1", "12 LS")]
    assert proposal.plan is not None
    assert [str(planned.after.units) for planned in proposal.plan.lines] == ["0.000"]


@pytest.mark.parametrize("quantity", ["0", "1", "1.000"])
def test_a_lump_sum_of_one_is_an_ordinary_one(quantity: str) -> None:
    proposal = propose(f"code | type | amount | qty | uom\n 03-310 | M | 10.00 | {quantity} | LS")
    assert proposal.findings == ()


WITH_HOURS = config(mapping={"hours": {"cost_types": ["L", "M"]}})
BOTH_WORKED = """
    code   | type | amount | hours
    01-100 | L    | 10.00  | 40
    03-310 | M    | 10.00  | 8
"""


def test_hours_on_a_cost_type_that_does_not_track_them_are_left_out_openly() -> None:
    proposal = propose(BOTH_WORKED, configured=WITH_HOURS)
    assert warns(proposal, "hours-not-tracked") == [Said(CONCRETE, "a cost type that tracks hours", "8 hours")]
    assert proposal.plan is not None
    assert [str(planned.after.hours) for planned in proposal.plan.lines] == ["40.00", "0.00"]


def test_hours_that_nobody_asked_for_are_no_problem() -> None:
    proposal = propose(BOTH_WORKED)
    assert proposal.findings == ()
    assert proposal.plan is not None
    assert [str(planned.after.hours) for planned in proposal.plan.lines] == ["0.00", "0.00"]


def test_a_long_name_of_a_new_phase_is_cut_openly() -> None:
    name = "N" * 60
    proposal = propose(f"code | type | amount | name\n 03-310 | M | 10.00 | {name}X", configured=PROCORE_NAMES)
    assert warns(proposal, "description-cut") == [Said(CONCRETE, "at most 60 characters", f"61: {name}X")]
    assert proposal.plan is not None
    assert [added.description for added in proposal.plan.add_phases] == [name]
    fitting = propose(f"code | type | amount | name\n 03-310 | M | 10.00 | {name}", configured=PROCORE_NAMES)
    assert fitting.findings == ()


def test_a_name_that_vistas_code_page_cannot_hold_blocks_the_export() -> None:
    proposal = propose("code | type | amount | name\n 03-310 | M | 10.00 | Łódź façade", configured=PROCORE_NAMES)
    assert blocks(proposal, "description-characters") == [Said(CONCRETE, "characters of code page 1252", "Ł ź")]


def test_the_name_of_an_existing_phase_is_never_sent() -> None:
    on_job = estimate(phases="phase | description\n 03-310 | As it was")
    proposal = propose("code | type | amount | name\n 03-310 | M | 10.00 | Łódź", on_job, configured=PROCORE_NAMES)
    assert proposal.findings == ()
    assert proposal.plan is not None
    assert [planned.phase_description for planned in proposal.plan.lines] == ["As it was"]


def test_vistas_own_names_are_used_unless_asked_otherwise() -> None:
    proposal = propose("code | type | amount | name\n 03-310 | M | 10.00 | Łódź")
    assert proposal.findings == ()
    assert proposal.plan is not None
    assert [added.description for added in proposal.plan.add_phases] == ["Concrete"]


def test_an_update_judges_the_lines_like_a_setup() -> None:
    proposal = propose("code | type | amount\n 09-900 | M | 10.00", kind=Kind.UPDATE)
    assert rules_in(proposal.findings) == ["phase-not-on-file"]
