"""Draw budgets, jobs and configurations: wild ones, where anything may be wrong, and ones that can be sent."""

from dataclasses import dataclass, replace
from decimal import Decimal

from hypothesis import strategies as st

from jobcost.budget import Budget, BudgetLineItem, CostCode, LineItemType
from jobcost.estimate import CostHeader, Estimate
from jobcost.plan import Kind
from jobcost.planning import PlanRequest
from tests.core.budgets import EXPORTED_ONCE, NEVER_EXPORTED, SENDER, budget, config
from tests.core.estimates import estimate, header, stored_phase

CLEAN_CODES = ("01-100", "03-310", "05-120")
# Unknown, too long, a part too many, blank, with blanks around, only by valid part.
ODD_CODES = ("09-900", "003-310", "03-310-01-5", "  ", " 05-120 ", "03-310-07")
CLEAN_TYPES = {"L": 1, "M": 2, "S": 3, "E": 4}
ODD_TYPES = ("1", "X", " ", "m", "300")
UNITS = (None, "CY", "EA")


def decimals(low: int, high: int, places: int) -> st.SearchStrategy[Decimal]:
    """Draw decimals between two whole numbers with up to so many places; quicker than Hypothesis's own."""
    scale = 10**places
    return st.integers(low * scale, high * scale).map(lambda number: Decimal(number).scaleb(-places))


dollars_to_the_cent = decimals(-99_999, 999_999, 2)
any_dollars = dollars_to_the_cent | st.sampled_from(
    tuple(map(Decimal, ("0", "0.125", "9999999999.99", "10000000000", "-1E+20", "1E-9", "5.500")))
)
quantities = st.none() | decimals(-9, 99_999, 4)
any_hours = st.none() | decimals(0, 9_999, 3)
whole_units = st.integers(0, 9).map(Decimal)


@st.composite
def wild_lines(draw: st.DrawFn, number: int = 1) -> BudgetLineItem:
    """Draw a line in which anything may be missing, odd or too large."""
    code = draw(st.sampled_from((None, *CLEAN_CODES, *CLEAN_CODES, *ODD_CODES)))
    kind = draw(st.sampled_from((None, *CLEAN_TYPES, *CLEAN_TYPES, *ODD_TYPES)))
    return BudgetLineItem(
        id=draw(st.sampled_from((number, number, number, number, None))),
        wbs_code_id=None,
        cost_code=None if code is None else CostCode(id=1, full_code=code, name="Work", origin_id=None),
        line_item_type=None if kind is None else LineItemType(id=1, code=kind, name="Kind", origin_id=None),
        cost_code_text=draw(st.sampled_from(("", "02-999 Old code"))),
        line_item_type_text="",
        biller_type=draw(st.sampled_from(("Project", "Project", "Project", "SubJob"))),
        biller="Harbor Office",
        original_budget_amount=draw(any_dollars),
        budget_modifications=draw(any_dollars),
        quantity=draw(quantities),
        uom=draw(st.sampled_from((None, None, "CY", "cy", "EA", "m3", "LS", " "))),
        hours=draw(any_hours),
        currency_iso_code=draw(st.sampled_from((None, "USD", "USD", "CAD"))),
    )


@st.composite
def wild_budgets(draw: st.DrawFn) -> Budget:
    """Draw a budget of up to seven wild lines."""
    count = draw(st.integers(0, 7))
    return budget(tuple(draw(wild_lines(number)) for number in range(1, count + 1)), locked=draw(st.booleans()))


@st.composite
def wild_headers(draw: st.DrawFn, code: str, cost_type: int) -> CostHeader:
    """Draw a row of Vista, now and then inactive, owned by PM or out of step with its detail."""
    cost = draw(st.sampled_from((Decimal("0.00"), Decimal("5000.00"), Decimal("-0.01"))))
    return header(
        phase=stored_phase(code),
        cost_type=cost_type,
        um=draw(st.sampled_from(("LS", "LS", "CY"))),
        active=draw(st.sampled_from((True, True, True, False))),
        source_status=draw(st.sampled_from(("J", "J", "I", "Y"))),
        orig_cost=cost,
        detail_cost=cost,
        period_cost=draw(st.sampled_from((cost, cost, cost, Decimal("1.00")))),
        has_actual_cost=draw(st.booleans()),
        has_change_orders=draw(st.booleans()),
    )


@st.composite
def wild_estimates(draw: st.DrawFn) -> Estimate:
    """Draw a job that may be closed, locked, half built or without contract items."""
    on_job = draw(st.lists(st.sampled_from(CLEAN_CODES), unique=True))
    keys = (
        draw(st.lists(st.sampled_from([(code, number) for code in on_job for number in (1, 2)]), unique=True))
        if (on_job)
        else []
    )
    table = "phase | active\n" + "\n".join(f"{code} | {draw(st.sampled_from('YYN'))}" for code in on_job)
    return estimate(
        phases=table,
        items=draw(st.sampled_from(("", "item | month\n 1 | 2026-01\n 2 | 2026-02", "item | month\n 1 | none"))),
        cost_headers=tuple(draw(wild_headers(code, number)) for code, number in keys),
        valid_phase_chars=draw(st.sampled_from((0, 6))),
        lock_phases=draw(st.booleans()),
        job_status=draw(st.sampled_from((1, 1, 1, 2))),
        auto_add_item=draw(st.sampled_from((False, False, True))),
    )


wild_configs = st.builds(
    lambda unknown, carry, names, hours, codes: config(
        mapping={
            "units": {"unknown": unknown, "carry": carry},
            "phases": {"description": names, "codes": codes},
            "hours": {"cost_types": hours},
        }
    ),
    st.sampled_from(("refuse", "lump_sum")),
    st.booleans(),
    st.sampled_from(("vista", "procore")),
    st.sampled_from(([], ["L"], ["L", "M"])),
    st.sampled_from(({}, {"09-900": "03-310"})),
)


@st.composite
def wild_requests(draw: st.DrawFn) -> PlanRequest:
    """Draw a request in which anything may be wrong, on a job that was read."""
    kind = draw(st.sampled_from(tuple(Kind)))
    return PlanRequest(
        kind=kind,
        budget=draw(wild_budgets()),
        estimate=draw(wild_estimates()),
        config=draw(wild_configs),
        submitted_by=SENDER,
        past=draw(st.sampled_from((NEVER_EXPORTED, EXPORTED_ONCE))),
    )


@dataclass(frozen=True, slots=True)
class Sendable:
    """A request that nothing forbids, with the job it will be applied to."""

    request: PlanRequest
    estimate: Estimate


@st.composite
def sendable(draw: st.DrawFn, *, lines_min: int = 1) -> Sendable:
    """Draw a budget that can be sent: each cost type has one unit, in Procore and in Vista."""
    units = {name: draw(st.sampled_from(UNITS)) for name in CLEAN_TYPES}
    count = draw(st.integers(lines_min, 6))
    lines = tuple(draw(_clean_line(number, units)) for number in range(1, count + 1))
    kind = draw(st.sampled_from(tuple(Kind)))
    on_job = draw(_clean_job(kind, units))
    asked = PlanRequest(
        kind=kind,
        budget=budget(lines),
        estimate=on_job,
        config=draw(st.sampled_from((config(), config(mapping={"hours": {"cost_types": ["L", "M"]}})))),
        submitted_by=SENDER,
        past=NEVER_EXPORTED if kind is Kind.SETUP else EXPORTED_ONCE,
    )
    return Sendable(asked, on_job)


@st.composite
def _clean_line(draw: st.DrawFn, number: int, units: dict[str, str | None]) -> BudgetLineItem:
    code, kind = draw(st.sampled_from(CLEAN_CODES)), draw(st.sampled_from(tuple(CLEAN_TYPES)))
    return BudgetLineItem(
        id=number,
        wbs_code_id=number,
        cost_code=CostCode(id=1, full_code=code, name="Work", origin_id=None),
        line_item_type=LineItemType(id=1, code=kind, name="Kind", origin_id=None),
        cost_code_text="",
        line_item_type_text="",
        biller_type="Project",
        biller="Harbor Office",
        original_budget_amount=draw(dollars_to_the_cent),
        budget_modifications=draw(dollars_to_the_cent),
        quantity=draw(quantities) if units[kind] else None,
        uom=units[kind],
        hours=draw(any_hours),
        currency_iso_code="USD",
    )


@st.composite
def _clean_job(draw: st.DrawFn, kind: Kind, units: dict[str, str | None]) -> Estimate:
    on_job = draw(st.lists(st.sampled_from(CLEAN_CODES), unique=True))
    keys = [(code, name) for code in on_job for name in CLEAN_TYPES if draw(st.booleans())]
    headers = tuple(draw(_clean_header(code, name, kind, units)) for code, name in keys)
    return estimate(
        phases="phase\n" + "\n".join(on_job),
        items="item | month | revenue\n 1 | 2026-01 | 500,000.00\n 2 | 2026-02 | 9.00",
        cost_headers=headers,
    )


@st.composite
def _clean_header(draw: st.DrawFn, code: str, name: str, kind: Kind, units: dict[str, str | None]) -> CostHeader:
    empty = header(
        phase=stored_phase(code),
        cost_type=CLEAN_TYPES[name],
        um=units[name] or "LS",
        orig_cost=Decimal("0.00"),
        detail_cost=Decimal("0.00"),
        period_cost=Decimal("0.00"),
    )
    if kind is Kind.SETUP:
        return empty
    cost, hours, quantity = draw(dollars_to_the_cent), draw(whole_units), draw(whole_units)
    return holding(empty, cost=cost, hours=hours.quantize(Decimal("0.01")), units=quantity.quantize(Decimal("0.001")))


def holding(row: CostHeader, *, cost: Decimal, hours: Decimal, units: Decimal) -> CostHeader:
    """Return the row with another estimate, header, detail and periods in step as Vista's triggers keep them."""
    return replace(
        row,
        orig_cost=cost,
        detail_cost=cost,
        period_cost=cost,
        orig_hours=hours,
        detail_hours=hours,
        period_hours=hours,
        orig_units=units,
        detail_units=units,
        period_units=units,
    )
