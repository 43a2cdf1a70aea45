"""Every line stands in exactly one way, nothing is left out, and the sums are those of the two systems."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from jobcost.estimate import Estimate
from jobcost.money import ZERO_DOLLARS
from jobcost.plan import Kind, Plan
from jobcost.planned import ChangePolicy
from jobcost.planning import PlanRequest, make_proposal
from jobcost.reconciliation import Comparison, reconcile
from jobcost.reconciliation_results import Reconciliation
from jobcost.reconciliation_sides import (
    SettledExport,
    procore_as_sent,
    procore_now,
    verified_by,
    vista_now,
    vista_posted,
)
from jobcost.reconciliation_values import (
    AGREEING,
    Amounts,
    InFlight,
    Key,
    LineClass,
    OurChangeOrder,
    ProcoreLine,
    ProcoreSide,
    UnexportedChange,
    VerifiedSide,
    VistaSide,
)
from tests.property.laws import CHEAP_LAW, LAW
from tests.property.memory_vista import applied
from tests.property.strategies import Sendable, sendable, wild_requests

AT = datetime(2026, 11, 23, tzinfo=UTC)
KEYS: tuple[Key, ...] = (("01-100", 1), ("03-310", 2), ("05-120", 1))

_cents = st.sampled_from(tuple(map(Decimal, ("0.00", "1.00", "1.01", "2.00", "-1.00"))))
_amounts = st.builds(Amounts, original=_cents, changes=_cents)
_lines = st.dictionaries(st.sampled_from(KEYS), _amounts)
_some_keys = st.frozensets(st.sampled_from(KEYS))
_order_amounts = st.dictionaries(st.sampled_from(KEYS), _cents, min_size=1)
_orders = st.lists(
    st.builds(
        lambda number, amounts, undone: OurChangeOrder(
            aco=f"BC-{number}", export_id="EX-1", source=("budget_change", number), amounts=amounts, is_undone=undone
        ),
        st.integers(1, 3),
        _order_amounts,
        st.booleans(),
    ),
    unique_by=lambda order: order.aco,
    max_size=2,
).map(tuple)
_waiting = st.dictionaries(
    st.sampled_from(KEYS),
    st.builds(lambda amount: (UnexportedChange(number="9", title="", amount=amount),), _cents),
)
_procore_lines = st.dictionaries(
    st.sampled_from(KEYS),
    st.builds(
        lambda cents, fraction: ProcoreLine(
            name="", exact=replace(cents, original=cents.original + fraction), in_cents=cents
        ),
        _amounts,
        st.sampled_from(tuple(map(Decimal, ("0", "0", "0.004", "-0.002")))),
    ),
)
comparisons = st.builds(
    lambda procore, waiting, vista, standing, verified, ours, orders, policy, flights: Comparison(
        jcco=1,
        job="1204",
        project_id=1,
        project_name="Harbor Office",
        policy=policy,
        procore=ProcoreSide(lines=procore, unexported=waiting),
        vista=VistaSide(lines=vista, change_orders=standing),
        verified=VerifiedSide(export_id="EX-1", at=AT, lines=verified, ours=ours, change_orders=orders),
        in_flight=flights,
    ),
    _procore_lines,
    _waiting,
    _lines,
    st.none() | st.dictionaries(st.sampled_from(("BC-1", "BC-2", "7")), _order_amounts),
    _lines,
    _some_keys,
    _orders,
    st.sampled_from(ChangePolicy),
    st.sampled_from(((), (), (InFlight(words="open", keys=frozenset(KEYS[:1])),), (InFlight(words="", keys=None),))),
)


@CHEAP_LAW
@given(of=comparisons)
def test_the_classes_part_all_lines_and_every_line_is_there_once(of: Comparison) -> None:
    made = reconcile(of)
    keys = [line.key for line in made.lines]
    assert sorted(keys) == sorted({*of.procore.lines, *of.vista.lines, *of.verified.lines})
    assert sum(total.count for total in made.by_class.values()) == len(keys)


@CHEAP_LAW
@given(of=comparisons)
def test_a_line_agrees_exactly_if_vista_holds_what_it_should_to_the_cent(of: Comparison) -> None:
    for line in reconcile(of).lines:
        if line.stands is LineClass.AGREES:
            assert line.difference == Amounts()
        elif line.stands is not LineClass.ROUNDING:
            assert line.difference != Amounts() or line.certain
            # It is said what happened, unless a later policy alone makes the difference.
            assert line.causes or of.policy is ChangePolicy.FOLD_INTO_ORIGINAL


@CHEAP_LAW
@given(of=comparisons)
def test_the_sums_of_the_columns_are_those_of_the_systems(of: Comparison) -> None:
    made = reconcile(of)
    assert made.procore_total.original == sum((one.exact.original for one in of.procore.lines.values()), ZERO_DOLLARS)
    assert made.vista_total.changes == sum((one.changes for one in of.vista.lines.values()), ZERO_DOLLARS)
    assert made.verified_total.current == sum((one.current for one in of.verified.lines.values()), ZERO_DOLLARS)
    differences = [total.difference.current for total in made.by_class.values()]
    assert sum(differences, ZERO_DOLLARS) == sum((line.difference.current for line in made.lines), ZERO_DOLLARS)


@CHEAP_LAW
@given(of=comparisons)
def test_only_differences_that_are_not_in_flight_have_a_fingerprint(of: Comparison) -> None:
    made = reconcile(of)
    told = [line for line in made.lines if line.stands not in {*AGREEING, LineClass.IN_FLIGHT}]
    assert len(made.fingerprints()) == len(told)


def accepted_plan(request: PlanRequest) -> Plan:
    plan = make_proposal(request).plan
    assert plan is not None
    return plan


def after_export(request: PlanRequest, plan: Plan, now: Estimate, policy: ChangePolicy) -> Reconciliation:
    verified = verified_by((SettledExport(export_id="EX-1", at=AT, plan=plan),))
    return reconcile(
        Comparison(
            jcco=1,
            job=plan.job,
            project_id=plan.project_id,
            project_name=plan.project_name,
            policy=policy,
            procore=procore_now(request.budget, now, request.config, verified.change_orders),
            vista=vista_now(now),
            verified=verified,
        )
    )


def allowed(request: PlanRequest) -> set[LineClass]:
    """What may differ right after an export: what is not ours, and changes, which a first export does not write."""
    writes_orders = request.config.changes.policy is ChangePolicy.CHANGE_ORDERS
    first = writes_orders and request.kind is Kind.SETUP
    return {LineClass.ONLY_IN_VISTA, LineClass.CHANGE_NOT_EXPORTED} if first else {LineClass.ONLY_IN_VISTA}


@LAW
@given(sent=sendable())
def test_nothing_of_ours_differs_right_after_an_export(sent: Sendable) -> None:
    plan = accepted_plan(sent.request)
    made = after_export(sent.request, plan, applied(plan, sent.estimate), sent.request.config.changes.policy)
    assert {line.stands for line in made.differences} <= allowed(sent.request)
    assert made.unmapped == ()
    assert made.verified_total.original == made.vista_total.original == plan.total_after


@LAW
@given(sent=sendable())
def test_the_day_of_the_export_agrees_with_the_budget_as_it_was_sent(sent: Sendable) -> None:
    plan = accepted_plan(sent.request)
    now = applied(plan, sent.estimate)
    posted = {(row.phase, row.cost_type): (row.orig_cost, row.change_cost) for row in now.cost_headers}
    verified = verified_by((SettledExport(export_id="EX-1", at=AT, plan=plan),))
    of = Comparison(
        jcco=1,
        job=plan.job,
        project_id=plan.project_id,
        project_name=plan.project_name,
        policy=sent.request.config.changes.policy,
        procore=procore_as_sent(plan, verified.change_orders),
        vista=vista_posted(posted),
        verified=verified,
    )
    assert {line.stands for line in reconcile(of).differences} <= allowed(sent.request)


@LAW
@given(request=wild_requests)
def test_any_budget_is_compared_with_any_job_and_no_money_is_lost(request: PlanRequest) -> None:
    plan = make_proposal(request).plan
    if plan is None or request.estimate is None:
        return
    made = after_export(request, plan, request.estimate, request.config.changes.policy)
    in_procore = [row.revised_budget_amount for row in request.budget.line_items]
    assert made.procore_total.current == sum(in_procore, ZERO_DOLLARS)
    assert made.vista_total.original == request.estimate.total_cost
