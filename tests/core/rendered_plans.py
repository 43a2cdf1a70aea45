"""A small job and its plan, as the rendering tests show it to people. All names and amounts are invented."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from jobcost.findings import Finding, Severity
from jobcost.plan import (
    Action,
    AddPhase,
    EstimateValues,
    JobImage,
    Kind,
    Plan,
    PlannedLine,
    SourceLine,
    UntouchedHeader,
)


def values(cost: str, units: str = "0.000", hours: str = "0.00") -> EstimateValues:
    """An Original Estimate."""
    return EstimateValues(hours=Decimal(hours), units=Decimal(units), cost=Decimal(cost))


def source(code: str, name: str, kind: str, original: str, changes: str = "0.00") -> SourceLine:
    """A Procore budget line."""
    return SourceLine(
        budget_line_item_id=1,
        cost_code=code,
        cost_code_name=name,
        line_item_type=kind,
        original_budget=Decimal(original),
        budget_changes=Decimal(changes),
    )


def line(action: Action, phase: str, cost_type: int, *sources: SourceLine, **changed: Any) -> PlannedLine:
    """A planned line: a lump sum unless told otherwise, becoming the sum of its sources."""
    plain = PlannedLine(
        action=action,
        phase=phase,
        phase_description=sources[0].cost_code_name,
        cost_type=cost_type,
        um="LS",
        bill_flag="C",
        item_unit_flag="N",
        phase_unit_flag="N",
        before=None,
        after=values(str(sum((row.original_budget for row in sources), Decimal("0.00")))),
        sources=sources,
    )
    return replace(plain, **changed)


EARTHWORK = line(
    Action.ADD_COST_TYPE,
    "0210-   -   ",
    1,
    source("02-210", "Earthwork <north> | cut & fill", "L", "1250000.00", "12500.00"),
    um="CY",
    after=values("1250000.00", units="4200.000", hours="1310.50"),
)
PIPE = line(
    Action.CHANGE_ESTIMATE,
    "0260-   -   ",
    2,
    source("02-260", "Storm drain pipe", "M", "300000.00"),
    source("02-261", "Storm drain fittings", "M", "12345.67", "-345.67"),
    um="LF",
    before=values("300000.00", units="900.000"),
    after=values("312345.67", units="950.000"),
)
PAVING = line(
    Action.UNCHANGED,
    "0320-   -   ",
    4,
    source("03-200", "Paving *by others*", "S", "80000.00"),
    before=values("80000.00"),
)
DEDUCTION = line(
    Action.ADD_COST_TYPE,
    "0260-   -   ",
    5,
    source("02-260", "Storm drain pipe", "O", "-4500.00"),
)


def plan(**changed: Any) -> Plan:
    """An update of a job in which each thing happens once."""
    whole = Plan(
        kind=Kind.UPDATE,
        procore_company_id=8089,
        project_id=600123,
        project_name="River Street Drainage",
        jcco=1,
        phase_group=1,
        job="1164I-",
        job_description="River St Drainage",
        job_image=JobImage(
            contract="1164I-",
            job_status=1,
            lock_phases=False,
            auto_add_item=False,
            contract_items=(("               1", Decimal("1900000.00")),),
        ),
        add_phases=(
            AddPhase(
                phase="0210-   -   ",
                description="Earthwork",
                item="               1",
                proj_min_pct=Decimal("0.0000"),
            ),
        ),
        lines=(EARTHWORK, PIPE, DEDUCTION, PAVING),
        untouched=(UntouchedHeader(phase="0900-   -   ", cost_type=3, values=values("6000.00")),),
    )
    return replace(whole, **changed)


def long_plan(number: int) -> Plan:
    """An update of so many lines: line n gains n dollars, every second one loses them."""
    lines = tuple(
        line(
            Action.CHANGE_ESTIMATE,
            f"{index:05d}-   -   ",
            1,
            source(f"{index:05d}", f"Item {index}", "L", f"{_moved(index)}.00"),
            before=values("100000.00"),
        )
        for index in range(1, number + 1)
    )
    return plan(lines=lines, untouched=(), add_phases=())


def _moved(index: int) -> int:
    return 100000 + (index if index % 2 else -index)


NEGATIVE = Finding(
    rule="amount-negative",
    severity=Severity.WARNING,
    where="Line 02-260 / O",
    what="The amount is negative.",
    expected="0.00 or more",
    found="-4,500.00",
    way_out="Reject the export if the line should not lower the estimate.",
)
ONLY_IN_VISTA = Finding(
    rule="only-in-vista",
    severity=Severity.WARNING,
    where="Phase 0900-   - cost type 3",
    what="The line is only in Vista.",
    expected="a line in the budget",
    found="still 6,000.00",
    way_out="Nothing is deleted in Vista; set the line to zero there if it is void.",
)
AFTER_COSTS = Finding(
    rule="estimate-after-costs",
    severity=Severity.WARNING,
    where="Phase 0260-   - cost type 2",
    what="Costs are booked on the line already.",
    expected="no costs yet",
    found="actual cost",
    way_out="Consider a budget change instead of a new original amount.",
)
CHANGES = Finding(
    rule="changes-not-in-original",
    severity=Severity.NOTE,
    where="",
    what="Budget changes are not part of the Original Estimate.",
    expected="none or some",
    found="changes of 12,154.33",
    way_out="Nothing to do: budget changes follow as an update after this export.",
)
FINDINGS = (CHANGES, NEGATIVE, ONLY_IN_VISTA, AFTER_COSTS)

NOT_LOCKED = Finding(
    rule="budget-not-locked",
    severity=Severity.BLOCK,
    where="",
    what="The budget is open for editing in Procore.",
    expected="a locked budget",
    found="an unlocked one",
    way_out="Lock the budget in Procore (Budget > Lock Budget), or send it with the option to lock it.",
)


def without_cost_code(number: int) -> Finding:
    """A line that nobody gave a cost code."""
    return Finding(
        rule="line-without-cost-code",
        severity=Severity.BLOCK,
        where=f"Line (no cost code) / L{number}",
        what="The line has no cost code.",
        expected="a cost code",
        found="none",
        way_out="Correct the line in Procore's Budget tool (unlock, correct, lock), then send again.",
    )
