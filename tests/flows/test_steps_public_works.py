"""The 69 lines of a published contract, as they are: what an agency really writes, and what becomes of it."""

from decimal import Decimal
from typing import Any

import pytest

from jobcost.findings import Severity
from jobcost.lifecycle import ExportState
from tests.flows.workbench import Workbench

TOTAL = Decimal("5799933.10")


def _header(bench: Workbench, phase: str) -> tuple[Any, ...]:
    query = "SELECT CostType, UM, OrigUnits, OrigCost FROM JCCH WHERE Phase = '{}'"
    cost_type, um, units, cost = bench.vista(query.format(phase))[0]
    return cost_type, um, Decimal(units), Decimal(cost)


def _phase_text(bench: Workbench, phase: str) -> str:
    text: str = bench.vista(f"SELECT Description FROM JCJP WHERE Phase = '{phase}'")[0][0]
    return text


@pytest.fixture
def exported(real_bench: Workbench) -> Workbench:
    """The whole contract, exported once."""
    assert real_bench.exported().state is ExportState.VERIFIED
    return real_bench


def test_all_69_lines_arrive_with_their_total(exported: Workbench) -> None:
    assert sum(exported.estimates().values()) == TOTAL
    assert (len(exported.vista("SELECT 1 FROM JCCH")), exported.detail_count()) == (69, 69)
    # What the agency's odd lines become.
    assert _header(exported, "R    -12A-   ") == (3, "LF", Decimal(45), Decimal("5175.00"))
    assert _header(exported, "R    -  3-   ") == (3, "TON", Decimal(2034), Decimal("386460.00"))
    assert _header(exported, "SW   -  1-   ") == (3, "LS", Decimal(0), Decimal("150000.00"))
    assert _header(exported, "G    -  2-   ") == (5, "LS", Decimal(0), Decimal("15000.00"))
    assert exported.vista("SELECT count(*) FROM JCCH WHERE UM = 'TON'") == [(5,)]
    # The phase takes the text of the phase master.
    assert _phase_text(exported, "R    -  9-   ") == "3 ½-INCH THICK CONCRETE SIDEWALK"


def test_the_leading_blank_is_dropped_with_a_warning_and_nothing_else_is_said(real_bench: Workbench) -> None:
    export = real_bench.send()

    findings = real_bench.journal.findings(export.id)

    assert [(row.rule, row.severity, row.found, row.expected) for row in findings] == [
        ("code-has-outer-blanks", Severity.WARNING, "' SW-1'", "'SW-1'")
    ]
    assert real_bench.journal.plan(export.id).total_after == TOTAL


def test_with_procores_texts_long_ones_are_cut_with_a_warning_and_signs_are_kept(real_bench: Workbench) -> None:
    real_bench.configure(mapping={"phases": {"description": "procore"}})

    export = real_bench.exported()

    assert export.state is ExportState.VERIFIED
    cut = [row for row in real_bench.journal.findings(export.id) if row.rule == "description-cut"]
    assert (len(cut), {row.severity for row in cut}) == (43, {Severity.WARNING})
    assert _phase_text(real_bench, "G    -  4-   ") == "ALLOWANCE FOR AS- NEEDED OVERHEAD CONTRACT SYSTEM (OCS) SUPP"
    assert _phase_text(real_bench, "R    -  3-   ") == "HOT MIX ASPHALT (TYPE A, ½-INCH MAXIMUM WITH MEDIUM GRADING)"
    assert _phase_text(real_bench, "R    -  9-   ") == "3 ½-INCH THICK CONCRETE SIDEWALK"


def test_without_its_unit_mapped_the_asphalt_blocks_the_export(real_bench: Workbench) -> None:
    config = real_bench.systems.config.model_dump()
    del config["mapping"]["units"]["codes"]["US SHORT TON"]
    real_bench.configure(mapping=config["mapping"])

    export = real_bench.send()

    assert (export.state, real_bench.rules(export)) == (ExportState.BLOCKED, {"unit-unknown"})
    assert {row.found for row in real_bench.journal.findings(export.id) if row.rule == "unit-unknown"} == {
        "'US SHORT TON'"
    }


def test_an_unknown_unit_can_be_taken_as_lump_sum_with_a_warning(real_bench: Workbench) -> None:
    config = real_bench.systems.config.model_dump()
    del config["mapping"]["units"]["codes"]["US SHORT TON"]
    config["mapping"]["units"]["unknown"] = "lump_sum"
    real_bench.configure(mapping=config["mapping"])

    export = real_bench.exported()

    assert (export.state, sum(real_bench.estimates().values())) == (ExportState.VERIFIED, TOTAL)
    assert "unit-replaced" in real_bench.rules(export, Severity.WARNING)
    assert real_bench.vista("SELECT count(*) FROM JCCH WHERE UM = 'TON'") == [(0,)]
