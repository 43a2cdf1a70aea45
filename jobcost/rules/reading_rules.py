"""Rules about what a budget line means in Vista: its phase, cost type, unit of measure and texts."""

from collections.abc import Iterator

from jobcost.config import LUMP_SUM
from jobcost.findings import Severity
from jobcost.phase_book import PhaseLocked, PhaseNotOnFile, PhaseOnJob, PhaseToAdd
from jobcost.rules.registry import LineCase, Problem, Rule, rule

# Vista bItemDesc varchar(60); single-byte code page 1252 (facts/vista.md 1.1).
DESCRIPTION_LENGTH_MAX = 60
CODE_PAGE = "cp1252"


@rule("code-has-outer-blanks", Severity.WARNING, way_out="Correct the cost code in Procore when convenient.")
def code_has_outer_blanks(case: LineCase) -> Iterator[Problem]:
    """The cost code starts or ends with a blank. It is read without, as Vista's own connector does."""
    code = case.line.cost_code
    if code is not None and code.full_code != code.full_code.strip():
        yield Problem("Blanks around the cost code are dropped.", repr(code.full_code.strip()), repr(code.full_code))


@rule(
    "phase-format",
    Severity.BLOCK,
    way_out="Correct the cost code in Procore, or give its phase under [mapping.phases.codes] in the configuration.",
)
def phase_format(case: LineCase) -> Iterator[Problem]:
    """The cost code cannot be written in Vista's phase format. Vista itself would cut it silently."""
    reading = case.reading
    if reading is not None and reading.phase_problem:
        what = "The cost code does not fit Vista's phase format."
        yield Problem(what, "a code in the format", f"{reading.phase_code!r}: {reading.phase_problem}")


@rule(
    "phase-not-on-file",
    Severity.BLOCK,
    way_out="Add the phase to the phase master in Vista (JC Phases), or map the cost code to an existing one.",
)
def phase_not_on_file(case: LineCase) -> Iterator[Problem]:
    """Neither the job nor the phase master has the phase, whole or by its valid part."""
    reading = case.reading
    if reading is not None and isinstance(reading.match, PhaseNotOnFile):
        yield Problem("Vista does not know the phase.", "a phase of the job or the phase master", f"{reading.phase!r}")


@rule(
    "phase-characters", Severity.BLOCK, way_out="Correct the cost code in Procore, or map it to a phase Vista can hold."
)
def phase_characters(case: LineCase) -> Iterator[Problem]:
    """The new phase has characters that Vista's code page 1252 cannot hold, or that nobody can see."""
    reading = case.reading
    if reading is not None and reading.phase is not None and isinstance(reading.match, PhaseToAdd):
        lost = sorted({sign for sign in reading.phase if not _is_in_code_page(sign)})
        if lost:
            yield Problem("The phase cannot be kept.", "characters of code page 1252", " ".join(map(ascii, lost)))


@rule(
    "phase-locked", Severity.BLOCK, way_out="Unlock the job's phases in Vista (JC Jobs, Lock Phases), then send again."
)
def phase_locked(case: LineCase) -> Iterator[Problem]:
    """The job's phases are locked, and the job does not have this one."""
    reading = case.reading
    if reading is not None and isinstance(reading.match, PhaseLocked):
        yield Problem("The phase cannot be added.", "a phase the job has, or unlocked phases", f"{reading.phase!r}")


@rule(
    "contract-item-without-month",
    Severity.BLOCK,
    way_out="Give the contract item a start month in Vista (JC Contract Items).",
)
def contract_item_without_month(case: LineCase) -> Iterator[Problem]:
    """The phase's contract item is missing or has no start month, the month in which Vista posts its estimates."""
    if case.reading is None or case.book is None:
        return
    match case.reading.match:
        case PhaseOnJob(phase):
            wanted = phase.item
        case PhaseToAdd(item=str(item)):
            wanted = item
        case _:
            return
    item_row = case.book.item(wanted)
    if item_row is None or item_row.start_month is None:
        found = "an item that does not exist" if item_row is None else "no start month"
        yield Problem("The contract item cannot carry estimates.", "an item with a start month", f"{wanted!r}: {found}")


@rule(
    "cost-type-unknown",
    Severity.BLOCK,
    way_out="Name the Vista cost type under [mapping.cost_types.codes] in the configuration.",
)
def cost_type_unknown(case: LineCase) -> Iterator[Problem]:
    """Vista has no cost type with this number or abbreviation, and the configuration names none."""
    kind = case.line.line_item_type
    if case.reading is not None and kind is not None and kind.code.strip() and not case.reading.cost_types:
        yield Problem("Vista does not know the cost type.", "a number or abbreviation of Vista", repr(kind.code))


@rule(
    "cost-type-ambiguous",
    Severity.BLOCK,
    way_out="Name the right Vista cost type under [mapping.cost_types.codes] in the configuration.",
)
def cost_type_ambiguous(case: LineCase) -> Iterator[Problem]:
    """Several Vista cost types have this abbreviation."""
    if case.reading is not None and len(case.reading.cost_types) > 1:
        found = ", ".join(str(number) for number in sorted(row.cost_type for row in case.reading.cost_types))
        yield Problem("The cost type is ambiguous.", "one Vista cost type", found)


@rule(
    "unit-unknown",
    Severity.BLOCK,
    way_out="Name Vista's unit (3 characters at most) under [mapping.units.codes] in the configuration, or set"
    ' mapping.units.unknown = "lump_sum".',
)
def unit_unknown(case: LineCase) -> Iterator[Problem]:
    """Vista does not know the line's unit of measure, and the configuration gives none for it."""
    if case.reading is not None and not case.reading.unit_is_known and case.config.mapping.units.unknown == "refuse":
        yield Problem("Vista does not know the unit of measure.", "a unit of Vista", repr(case.line.uom))


@rule("unit-replaced", Severity.WARNING, way_out="Map the unit in the configuration to keep the quantity.")
def unit_replaced(case: LineCase) -> Iterator[Problem]:
    """Vista does not know the unit of measure; the line is exported as lump sum, without its quantity."""
    if case.reading is not None and not case.reading.unit_is_known and case.config.mapping.units.unknown == "lump_sum":
        yield Problem("The quantity is not exported.", "a unit of Vista", f"{case.line.uom!r}, exported as LS")


@rule("quantity-on-lump-sum", Severity.WARNING, way_out="Map the unit to another one if the quantity matters.")
def quantity_on_lump_sum(case: LineCase) -> Iterator[Problem]:
    """The line is a lump sum, or has no unit, with a quantity other than 0 or 1: such a quantity is not sent."""
    reading, quantity = case.reading, case.line.quantity
    carried = case.config.mapping.units.carry and reading is not None and reading.unit_is_known
    if carried and reading is not None and reading.um == LUMP_SUM and quantity is not None and quantity not in {0, 1}:
        found = f"{quantity} {(case.line.uom or '').strip() or 'without a unit'}"
        yield Problem("A lump sum keeps no quantity.", "quantity 0 or 1", found)


@rule("unit-without-quantity", Severity.WARNING, way_out="Give the line its quantity in Procore if it matters.")
def unit_without_quantity(case: LineCase) -> Iterator[Problem]:
    """The line has a unit of measure, but no quantity: it is exported with 0 units, whatever Vista had."""
    reading = case.reading
    if reading is not None and reading.um != LUMP_SUM and case.line.quantity is None:
        yield Problem("The quantity is missing.", f"a number of {reading.um}", "none, exported as 0")


@rule("hours-not-tracked", Severity.WARNING, way_out="Switch on Track Hours for the cost type in Vista to keep them.")
def hours_not_tracked(case: LineCase) -> Iterator[Problem]:
    """Hours are mapped for this cost type, but Vista does not track hours on it: they are not exported."""
    reading = case.reading
    if reading is None or not reading.hours_are_carried or reading.cost_type is None or reading.cost_type.track_hours:
        return
    if case.line.hours:
        yield Problem("The hours are not exported.", "a cost type that tracks hours", f"{case.line.hours} hours")


@rule("description-cut", Severity.WARNING, way_out="Shorten the name in Procore if the end matters.")
def description_cut(case: LineCase) -> Iterator[Problem]:
    """The new phase takes Procore's name, which is longer than the 60 characters Vista keeps."""
    name = _new_description(case)
    if name is not None and len(name) > DESCRIPTION_LENGTH_MAX:
        yield Problem("The description is cut.", f"at most {DESCRIPTION_LENGTH_MAX} characters", f"{len(name)}: {name}")


@rule("description-characters", Severity.BLOCK, way_out="Correct the cost code's name in Procore.")
def description_characters(case: LineCase) -> Iterator[Problem]:
    """The new phase takes Procore's name, which has characters that Vista's code page 1252 cannot hold."""
    name = _new_description(case)
    if name is not None and (lost := sorted({sign for sign in name if not _is_in_code_page(sign)})):
        yield Problem("The description cannot be kept.", "characters of code page 1252", " ".join(lost))


def _new_description(case: LineCase) -> str | None:
    """Return Procore's name if it becomes the text of a new phase."""
    reading = case.reading
    is_new = reading is not None and isinstance(reading.match, PhaseToAdd)
    if not is_new or case.config.mapping.phases.description != "procore" or case.line.cost_code is None:
        return None
    return case.line.cost_code.name.strip()


def _is_in_code_page(sign: str) -> bool:
    try:
        sign.encode(CODE_PAGE)
    except UnicodeEncodeError:
        return False
    return sign.isprintable()


READING_RULES: tuple[Rule[LineCase], ...] = (
    code_has_outer_blanks,
    phase_format,
    phase_not_on_file,
    phase_characters,
    phase_locked,
    contract_item_without_month,
    cost_type_unknown,
    cost_type_ambiguous,
    unit_unknown,
    unit_replaced,
    quantity_on_lump_sum,
    unit_without_quantity,
    hours_not_tracked,
    description_cut,
    description_characters,
)
