"""Rules about one planned (phase, cost type): all budget lines that fall on it, and the row Vista has for it."""

from collections.abc import Iterator
from decimal import Decimal

from jobcost.findings import Severity
from jobcost.money import DOLLARS_MAX, HOURS_MAX, UNITS_MAX, ZERO_DOLLARS, ZERO_HOURS, ZERO_UNITS, money_text
from jobcost.phase_book import PhaseOnJob
from jobcost.rules.registry import KeyCase, Problem, Rule, rule

_TOTALS: tuple[tuple[str, Decimal, Decimal], ...] = (
    ("cost", DOLLARS_MAX, ZERO_DOLLARS),
    ("units", UNITS_MAX, ZERO_UNITS),
    ("hours", HOURS_MAX, ZERO_HOURS),
)


@rule(
    "lines-added-up", Severity.WARNING, way_out="Nothing to do if they belong together; else map one of them elsewhere."
)
def lines_added_up(case: KeyCase) -> Iterator[Problem]:
    """Several budget lines fall on one phase and cost type of Vista. They are added up."""
    if len(case.readings) > 1:
        labels = ", ".join(reading.line.label for reading in case.readings)
        yield Problem("Several budget lines are added up.", "one line", f"{len(case.readings)}: {labels}")


@rule("lines-in-different-units", Severity.BLOCK, way_out="Give the lines one unit in Procore, or map them to one.")
def lines_in_different_units(case: KeyCase) -> Iterator[Problem]:
    """Several budget lines fall on one phase and cost type, with different units: their quantities cannot be added."""
    if len(ums := sorted({reading.um for reading in case.readings})) > 1:
        yield Problem("The lines have different units.", "one unit of measure", ", ".join(ums))


@rule("total-too-large", Severity.BLOCK, way_out="Split the lines over several phases in Procore.")
def total_too_large(case: KeyCase) -> Iterator[Problem]:
    """The lines of one phase and cost type add up to more than Vista's fields hold."""
    for name, largest, zero in _TOTALS:
        total = sum((getattr(reading, name) for reading in case.readings), zero)
        if len(case.readings) > 1 and abs(total) > largest:
            yield Problem(f"The {name} of the lines together is too large.", f"at most {largest:,}", f"{total:,}")


@rule("phase-inactive", Severity.BLOCK, way_out="Activate the phase on the job in Vista (JC Job Phases).")
def phase_inactive(case: KeyCase) -> Iterator[Problem]:
    """The job has the phase, but inactive: Vista refuses estimates on it. What stays as it is may lie on it."""
    for match in {reading.match for reading in case.readings if case.is_written}:
        if isinstance(match, PhaseOnJob) and not match.phase.active:
            yield Problem("The phase is inactive on the job.", "an active phase", f"{match.phase.phase!r}")


@rule("cost-type-inactive", Severity.BLOCK, way_out="Activate the cost type on the phase in Vista (JC Job Phases).")
def cost_type_inactive(case: KeyCase) -> Iterator[Problem]:
    """The phase has the cost type, but inactive: Vista refuses estimates on it. What stays as it is may lie on it."""
    if case.is_written and case.header is not None and not case.header.active:
        yield Problem("The cost type is inactive on the phase.", "an active cost type", str(case.header.cost_type))


@rule(
    "row-owned-by-pm",
    Severity.BLOCK,
    way_out="Interface the row in Vista (PM Interface) or take it out there, then send again.",
)
def row_owned_by_pm(case: KeyCase) -> Iterator[Problem]:
    """The estimate still belongs to Vista's Project Management module, whose next interface would overwrite ours."""
    if case.header is not None and case.header.is_owned_by_pm:
        yield Problem("The row belongs to Vista PM.", "source J or I", f"source {case.header.source_status}")


@rule(
    "unit-would-change",
    Severity.BLOCK,
    way_out="Map the unit in the configuration to the one Vista has, or have it changed in Vista first.",
)
def unit_would_change(case: KeyCase) -> Iterator[Problem]:
    """Vista's row has another unit of measure. The unit of an existing row is never changed from outside."""
    header = case.header
    for um in sorted({reading.um for reading in case.readings if reading.unit_is_carried}):
        if header is not None and um != header.um:
            yield Problem("The unit of measure would change.", header.um, um)


@rule(
    "estimate-out-of-step",
    Severity.BLOCK,
    way_out="In Vista, enter the line's estimate once more in JC Original Estimates: Vista then posts what is missing.",
)
def estimate_out_of_step(case: KeyCase) -> Iterator[Problem]:
    """Vista's own figures of the line disagree: header, detail and period totals must hold the same estimate."""
    header = case.header
    if header is not None and not header.agrees_with_detail:
        found = f"detail {money_text(header.detail_cost)}, periods {money_text(header.period_cost)}"
        yield Problem("Vista's figures of the line disagree.", f"everywhere {money_text(header.orig_cost)}", found)
    elif header is not None and not header.agrees_with_periods:
        found = f"periods {money_text(header.period_current_cost)}"
        yield Problem("Vista's Current Estimates disagree.", f"everywhere {money_text(header.current_cost)}", found)


KEY_RULES: tuple[Rule[KeyCase], ...] = (
    lines_added_up,
    lines_in_different_units,
    total_too_large,
    phase_inactive,
    cost_type_inactive,
    row_owned_by_pm,
    unit_would_change,
    estimate_out_of_step,
)
