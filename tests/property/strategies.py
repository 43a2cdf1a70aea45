"""Draw budgets, jobs and configurations: wild ones, where anything may be wrong, and ones that can be sent."""

from dataclasses import dataclass, replace
from decimal import Decimal

from hypothesis import assume
from hypothesis import strategies as st

from jobcost.budget import BudgetLineItem, CostCode, LineItemType
from jobcost.estimate import CostHeader, Estimate
from jobcost.plan import ChangePolicy, Kind
from jobcost.planning import PlanRequest
from tests.core.budgets import EXPORTED_ONCE, NEVER_EXPORTED, SENDER, SENT_ON, budget, config
from tests.core.estimates import estimate, header, stored_phase
from tests.property.amounts import any_dollars, any_hours, decimals, dollars_to_the_cent, quantities
from tests.property.budget_changes import DRAFT, clean_changes, wild_changes

CLEAN_CODES = ("01-100", "03-310", "05-120")
# Unknown, too long, a part too many, blank, with blanks around, only by valid part.
ODD_CODES = ("09-900", "003-310", "03-310-01-5", "  ", " 05-120 ", "03-310-07")
CLEAN_TYPES = {"L": 1, "M": 2, "S": 3, "E": 4}
ODD_TYPES = ("1", "X", " ", "m", "300")
UNITS = (None, "CY", "EA")


# Strategies stand here ready-made: building one anew for each example costs more than drawing from it.
_codes = st.sampled_from((None, *CLEAN_CODES, *CLEAN_CODES, *ODD_CODES)).map(
    lambda code: None if code is None else CostCode(id=1, full_code=code, name="Work", origin_id=None)
)
_kinds = st.sampled_from((None, *CLEAN_TYPES, *CLEAN_TYPES, *ODD_TYPES)).map(
    lambda kind: None if kind is None else LineItemType(id=1, code=kind, name="Kind", origin_id=None)
)


def _wild_line(number: int) -> st.SearchStrategy[BudgetLineItem]:
    """Draw a line in which anything may be missing, odd or too large."""
    return st.builds(
        BudgetLineItem,
        id=st.sampled_from((number, number, number, number, None)),
        wbs_code_id=st.sampled_from((None, number, number, number, 1)),
        cost_code=_codes,
        line_item_type=_kinds,
        cost_code_text=st.sampled_from(("", "02-999 Old code")),
        line_item_type_text=st.just(""),
        biller_type=st.sampled_from(("Project", "Project", "Project", "SubJob")),
        biller=st.just("Harbor Office"),
        original_budget_amount=any_dollars,
        budget_modifications=any_dollars,
        quantity=quantities,
        uom=st.sampled_from((None, None, "CY", "cy", "EA", "m3", "LS", " ")),
        hours=any_hours,
        currency_iso_code=st.sampled_from((None, "USD", "USD", "CAD")),
    )


def _up_to(most: tuple[st.SearchStrategy[BudgetLineItem], ...]) -> st.SearchStrategy[tuple[BudgetLineItem, ...]]:
    """Draw none, one or more of the lines, numbered from the first."""
    return st.one_of([st.tuples(*most[:count]) for count in range(len(most) + 1)])


# Any budget of up to five wild lines, locked or not, with changes that need not fit to them.
wild_budgets = st.builds(
    lambda lines, locked, changes: budget(lines, locked=locked, changes=changes),
    _up_to(tuple(map(_wild_line, range(1, 6)))),
    st.booleans(),
    wild_changes,
)


def _wild_row(cost: Decimal, um: str, state: str, *, drifted: bool, in_use: bool) -> CostHeader:
    row = header(um=um, active=state != "inactive", source_status=state if len(state) == 1 else "J")
    in_step = holding(row, cost=cost, hours=Decimal("0.00"), units=Decimal("0.000"))
    return replace(
        in_step,
        period_cost=Decimal("1.00") if drifted else cost,
        has_actual_cost=in_use,
        has_change_orders=in_use,
    )


# A row of Vista that is now and then inactive, owned by PM or out of step with its detail.
_wild_rows = st.builds(
    _wild_row,
    st.sampled_from((Decimal("0.00"), Decimal("5000.00"), Decimal("-0.01"))),
    st.sampled_from(("LS", "LS", "CY")),
    st.sampled_from(("J", "J", "J", "I", "Y", "inactive")),
    drifted=st.sampled_from((False, False, True)),
    in_use=st.booleans(),
)
_phases_on_job = st.dictionaries(st.sampled_from(CLEAN_CODES), st.sampled_from("YYN"))
_rows_of_phase = st.dictionaries(st.sampled_from((1, 2)), _wild_rows)


@st.composite
def wild_estimates(draw: st.DrawFn) -> Estimate:
    """Draw a job that may be closed, locked, half built or without contract items."""
    on_job = draw(_phases_on_job)
    rows = tuple(
        replace(row, phase=stored_phase(code), cost_type=number)
        for code in on_job
        for number, row in draw(_rows_of_phase).items()
    )
    return estimate(
        phases="phase | active\n" + "\n".join(f"{code} | {active}" for code, active in on_job.items()),
        items=draw(_items),
        cost_headers=rows,
        valid_phase_chars=draw(_valid_phase_chars),
        lock_phases=draw(_booleans),
        job_status=draw(_job_statuses),
        auto_add_item=draw(_auto_add),
    )


_items = st.sampled_from(("", "item | month\n 1 | 2026-01\n 2 | 2026-02", "item | month\n 1 | none"))
_valid_phase_chars = st.sampled_from((0, 6))
_booleans = st.booleans()
_job_statuses = st.sampled_from((1, 1, 1, 2))
_auto_add = st.sampled_from((False, False, True))

wild_configs = st.builds(
    lambda unknown, carry, names, hours, codes, policy: config(
        changes={"policy": policy},
        mapping={
            "units": {"unknown": unknown, "carry": carry},
            "phases": {"description": names, "codes": codes},
            "hours": {"cost_types": hours},
        },
    ),
    st.sampled_from(("refuse", "lump_sum")),
    st.booleans(),
    st.sampled_from(("vista", "procore")),
    st.sampled_from(([], ["L"], ["L", "M"])),
    st.sampled_from(({}, {"09-900": "03-310"})),
    st.sampled_from(ChangePolicy),
)


# A request in which anything may be wrong, on a job that was read.
wild_requests = st.builds(
    PlanRequest,
    kind=st.sampled_from((Kind.SETUP, Kind.UPDATE)),
    budget=wild_budgets,
    estimate=wild_estimates(),
    config=wild_configs,
    submitted_by=st.just(SENDER),
    past=st.sampled_from((NEVER_EXPORTED, EXPORTED_ONCE)),
)


@dataclass(frozen=True, slots=True)
class Sendable:
    """A request that nothing forbids, with the job it will be applied to."""

    request: PlanRequest
    estimate: Estimate


_unit_choices = st.fixed_dictionaries({name: st.sampled_from(UNITS) for name in CLEAN_TYPES})
_kinds_of_export = st.sampled_from((Kind.SETUP, Kind.UPDATE))
_clean_keys = st.tuples(st.sampled_from(CLEAN_CODES), st.sampled_from(tuple(CLEAN_TYPES)))
_clean_phases = st.lists(st.sampled_from(CLEAN_CODES), unique=True)
_held = st.tuples(dollars_to_the_cent, decimals(0, 9, 2), decimals(0, 9, 3))
_row_keys = st.frozensets(_clean_keys, max_size=5)
_clean_configs = st.sampled_from(
    (
        config(),
        config(mapping={"hours": {"cost_types": ["L", "M"]}}),
        config(changes={"policy": ChangePolicy.FOLD_INTO_ORIGINAL}),
        config(changes={"policy": ChangePolicy.OFF}),
    )
)
_clean_facts = st.lists(
    st.tuples(_clean_keys, dollars_to_the_cent, dollars_to_the_cent, quantities, any_hours), min_size=1, max_size=5
)


@st.composite
def sendable(draw: st.DrawFn, *, lines_min: int = 1) -> Sendable:
    """Draw a budget that can be sent: each cost type has one unit, in Procore and in Vista."""
    units = draw(_unit_choices)
    facts = draw(_clean_facts)
    assume(len(facts) >= lines_min)
    lines = tuple(_clean_line(number, units, *fact) for number, fact in enumerate(facts, start=1))
    # Each line's changes stand in one of three budget changes, beside one that nobody approved.
    numbers = draw(st.lists(st.integers(1, 3), min_size=len(lines), max_size=len(lines)))
    kind = draw(_kinds_of_export)
    on_job = draw(_clean_jobs(kind, units))
    asked = PlanRequest(
        kind=kind,
        budget=budget(lines, changes=(*clean_changes(lines, numbers), DRAFT)),
        estimate=on_job,
        config=draw(_clean_configs),
        submitted_by=SENDER,
        past=NEVER_EXPORTED if kind is Kind.SETUP else EXPORTED_ONCE,
        sent_on=SENT_ON,
    )
    return Sendable(asked, on_job)


def _clean_line(
    number: int,
    units: dict[str, str | None],
    key: tuple[str, str],
    original: Decimal,
    modifications: Decimal,
    quantity: Decimal | None,
    hours: Decimal | None,
) -> BudgetLineItem:
    code, kind = key
    return BudgetLineItem(
        id=number,
        wbs_code_id=number,
        cost_code=CostCode(id=1, full_code=code, name="Work", origin_id=None),
        line_item_type=LineItemType(id=1, code=kind, name="Kind", origin_id=None),
        cost_code_text="",
        line_item_type_text="",
        biller_type="Project",
        biller="Harbor Office",
        original_budget_amount=original,
        budget_modifications=modifications,
        quantity=quantity if units[kind] else None,
        uom=units[kind],
        hours=hours,
        currency_iso_code="USD",
    )


@st.composite
def _clean_jobs(draw: st.DrawFn, kind: Kind, units: dict[str, str | None]) -> Estimate:
    on_job = draw(_clean_phases)
    rows = []
    for code, name in sorted(draw(_row_keys)):
        if code in on_job:
            row = header(phase=stored_phase(code), cost_type=CLEAN_TYPES[name], um=units[name] or "LS")
            # A first export finds rows without an estimate only.
            cost, hours, quantity = draw(_held) if kind is Kind.UPDATE else _NOTHING
            rows.append(holding(row, cost=cost, hours=hours, units=quantity))
    return estimate(
        phases="phase\n" + "\n".join(on_job),
        items="item | month | revenue\n 1 | 2026-01 | 500,000.00\n 2 | 2026-02 | 9.00",
        cost_headers=tuple(rows),
    )


_NOTHING = (Decimal("0.00"), Decimal("0.00"), Decimal("0.000"))


def holding(row: CostHeader, *, cost: Decimal, hours: Decimal, units: Decimal) -> CostHeader:
    """Return the row with another estimate, header, detail and periods in step as Vista's triggers keep them."""
    return replace(
        row,
        orig_cost=cost,
        detail_cost=cost,
        period_cost=cost,
        period_current_cost=cost + row.change_cost,
        orig_hours=hours,
        detail_hours=hours,
        period_hours=hours,
        orig_units=units,
        detail_units=units,
        period_units=units,
    )
