"""Plans for tests of the Vista connector, made from an estimate and the lines wanted, and sandboxes to apply to."""

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from jobcost.estimate import CostHeader, Estimate
from jobcost.money import dollars, hours, units
from jobcost.permit import ApplyPermit
from jobcost.plan import (
    Action,
    AddPhase,
    ChangeOrderItem,
    ChangeOrderLine,
    ChangePolicy,
    EstimateValues,
    JobImage,
    Kind,
    Plan,
    PlannedChangeOrder,
    PlannedLine,
    UntouchedHeader,
)
from sandbox.vista.build import build_vista

JOB = "1164I-001"
JCCO = 1
# Phases of the seed, as stored.
SW1, SW2, SW3 = "SW   -  1-   ", "SW   -  2-   ", "SW   -  3-   "

Lines = Mapping[tuple[str, int], EstimateValues]

# Number of a change order to what it adds to each line.
Changes = Mapping[str, Mapping[tuple[str, int], str]]


def values(cost: str, *, hours_: str = "0", units_: str = "0") -> EstimateValues:
    """Make an estimate from text."""
    return EstimateValues(hours=hours(hours_), units=units(units_), cost=dollars(cost))


# What most tests want of `job_with_one_estimate`: its estimate changed, and a line added in a new phase.
CHANGE_AND_ADD: Lines = {(SW1, 3): values("41200.00"), (SW2, 3): values("7.25")}
# And two change orders on the same lines.
TWO_ORDERS: Changes = {
    "BC-7": {(SW1, 3): "500.00", (SW2, 3): "-25.50"},
    "BM-2AO0H1D": {(SW1, 3): "-0.01"},
}


def plan_of(estimate: Estimate, wanted: Lines, *, unit_code: str = "LS") -> Plan:
    """Plan the wanted lines: new ones are added with their phases, others changed; the rest of the job is untouched."""
    assert estimate.job is not None
    headers = {(header.phase, header.cost_type): header for header in estimate.cost_headers}
    present = {phase.phase for phase in estimate.job_phases}
    item = estimate.contract_items[0].item
    missing = sorted({phase for phase, _ in wanted} - present)
    return Plan(
        kind=Kind.SETUP,
        procore_company_id=1,
        project_id=2,
        project_name="Test project",
        jcco=estimate.company.jcco,
        phase_group=estimate.company.phase_group,
        job=estimate.job.job,
        job_description=estimate.job.description,
        job_image=_image(estimate),
        add_phases=tuple(
            AddPhase(phase=phase, description=f"Phase {phase.strip()}", item=item, proj_min_pct=Decimal("0.0000"))
            for phase in missing
        ),
        lines=tuple(_line(key, after, headers.get(key), unit_code) for key, after in wanted.items()),
        untouched=tuple(
            UntouchedHeader(phase=header.phase, cost_type=header.cost_type, values=_values(header))
            for key, header in headers.items()
            if key not in wanted
        ),
    )


def with_changes(plan: Plan, estimate: Estimate, wanted: Changes, *, month: str = "2026-11-01") -> Plan:
    """Let a plan of the same estimate add change orders, on phases that are there or that the plan adds."""
    items = {phase.phase: phase.item for phase in estimate.job_phases}
    items |= {phase.phase: phase.item for phase in plan.add_phases}
    unit_codes = {(header.phase, header.cost_type): header.um for header in estimate.cost_headers}
    unit_codes |= {line.key: line.um for line in plan.lines}
    return replace(
        plan,
        kind=Kind.UPDATE,
        change_policy=ChangePolicy.CHANGE_ORDERS.value,
        change_orders=tuple(_change_order(aco, amounts, items, unit_codes, month) for aco, amounts in wanted.items()),
        changes_before=tuple(
            (header.phase, header.cost_type, header.change_cost)
            for header in estimate.cost_headers
            if header.change_cost
        ),
        contract_amounts=tuple((item.item, item.contract_amt) for item in estimate.contract_items),
    )


def with_masters_descriptions(url: str, plan: Plan) -> Plan:
    """Let the plan's new phases be called as in the sandbox's phase master, as real plans usually have it."""
    texts = {phase.rstrip(" "): text for phase, text in asked_of_sandbox(url, "SELECT Phase, Description FROM JCPM")}
    named = (replace(phase, description=texts[phase.phase.rstrip(" ")]) for phase in plan.add_phases)
    return replace(plan, add_phases=tuple(named))


def permit_for(plan: Plan) -> ApplyPermit:
    """Permit exactly this plan."""
    return ApplyPermit(export_id="export-1", digest=plan.digest, accepted_by=("approver@example.com",))


def sandbox_vista(directory: Path, *variants: str) -> str:
    """Make a new sandbox Vista in a test's own directory and give its address; built once a session, then copied."""
    template = directory.parent / f"vista-{'-'.join(variants) or 'plain'}.db"
    if not template.exists():
        unfinished = template.with_suffix(".unfinished")
        build_vista(f"sqlite:///{unfinished}", seed="public_works", variants=variants)
        unfinished.rename(template)
    copy = directory / "vista.db"
    shutil.copyfile(template, copy)
    return f"sqlite:///{copy}"


def job_with_one_estimate(directory: Path, *variants: str) -> str:
    """Make a sandbox whose job holds one estimate already: phase SW-1, cost type 3, 40,000.00."""
    url = sandbox_vista(directory, *variants)
    add_header(url, SW1, 3, "40000.00")
    return url


def free_lines(estimate: Estimate, count: int) -> tuple[tuple[str, int], ...]:
    """Find (phase, cost type) of the master that the job does not have yet."""
    taken = {(header.phase, header.cost_type) for header in estimate.cost_headers}
    free = tuple(
        (master.phase, cost_type.cost_type)
        for master in estimate.master_phases
        for cost_type in estimate.cost_types
        if (master.phase, cost_type.cost_type) not in taken
    )
    assert len(free) >= count, f"the sandbox has only {len(free)} free lines"
    return free[:count]


def _change_order(
    aco: str,
    amounts: Mapping[tuple[str, int], str],
    items: Mapping[str, str],
    unit_codes: Mapping[tuple[str, int], str],
    month: str,
) -> PlannedChangeOrder:
    used = sorted({items[phase] for phase, _ in amounts})
    return PlannedChangeOrder(
        aco=aco,
        source_kind="budget_change",
        source_id=7,
        source_number=aco.removeprefix("BC-"),
        title=f"Change {aco}",
        month=month,
        approval_date="2026-11-23",
        items=tuple(
            ChangeOrderItem(
                aco_item=str(number),
                item=item,
                lines=tuple(
                    ChangeOrderLine(phase=key[0], cost_type=key[1], um=unit_codes[key], cost=dollars(cost))
                    for key, cost in amounts.items()
                    if items[key[0]] == item
                ),
            )
            for number, item in enumerate(used, start=1)
        ),
    )


def _line(key: tuple[str, int], after: EstimateValues, header: CostHeader | None, unit_code: str) -> PlannedLine:
    before = _values(header) if header else None
    action = Action.ADD_COST_TYPE if header is None else Action.CHANGE_ESTIMATE
    return PlannedLine(
        action=Action.UNCHANGED if before == after else action,
        phase=key[0],
        phase_description=f"Phase {key[0].strip()}",
        cost_type=key[1],
        um=header.um if header else unit_code,
        bill_flag="C",
        item_unit_flag="N",
        phase_unit_flag="N",
        before=before,
        after=after,
        sources=(),
    )


def _values(header: CostHeader) -> EstimateValues:
    return EstimateValues(hours=header.orig_hours, units=header.orig_units, cost=header.orig_cost)


def _image(estimate: Estimate) -> JobImage:
    assert estimate.job is not None
    return JobImage(
        contract=estimate.job.contract or "",
        job_status=estimate.job.job_status,
        lock_phases=estimate.job.lock_phases,
        auto_add_item=estimate.job.auto_add_item,
        contract_items=tuple((item.item, item.orig_contract_amt) for item in estimate.contract_items),
    )


def run_in_sandbox(url: str, *statements: str) -> None:
    """Do something to a sandbox behind the connector's back."""
    file = url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def asked_of_sandbox(url: str, query: str) -> list[tuple[Any, ...]]:
    """Look into a sandbox without the connector."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return connection.execute(query).fetchall()


def add_header(url: str, phase: str, cost_type: int, cost: str, *, status: str = "J") -> None:
    """Let somebody else add a cost header to the sandbox's job, with its phase."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        connection.execute(
            "INSERT INTO JCCH (JCCo, Job, PhaseGroup, Phase, CostType, UM, BillFlag, OrigCost, SourceStatus) "
            "VALUES (?, ?, 1, ?, ?, 'LS', 'C', ?, ?)",
            (JCCO, JOB, phase, cost_type, cost, status),
        )
