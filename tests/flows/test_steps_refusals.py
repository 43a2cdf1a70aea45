"""Every budget that may not be exported: the reason is found, all reasons at once, and Vista is not touched."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from jobcost.findings import Severity
from jobcost.lifecycle import ExportState
from sandbox.procore.world import BudgetLine, SubJob
from sandbox.vista import people
from tests.flows.bench_setting import OpenBench
from tests.flows.workbench import Workbench

Act = Callable[[Workbench], object]


def _line(bench: Workbench) -> BudgetLine:
    return bench.project.line("1000-101")


def _unlock(bench: Workbench) -> None:
    bench.project.locked = False


def _unlink(bench: Workbench) -> None:
    bench.project.is_erp_integrated = False


def _link_elsewhere(bench: Workbench) -> None:
    bench.project.origin_code = "GEN-0002"


def _link_to_nonsense(bench: Workbench) -> None:
    bench.project.origin_code = "the tower by the river"


def _empty(bench: Workbench) -> None:
    bench.project.lines.clear()


def _into_sub_job(bench: Workbench) -> None:
    bench.project.sub_jobs[1] = SubJob(id=1, code="A", name="Annex")
    wbs_code = bench.project.wbs_codes[_line(bench).wbs_code_id]
    bench.project.cost_codes[wbs_code.cost_code_id].sub_job_id = 1


def _unknown_cost_type(bench: Workbench) -> None:
    next(kind for kind in bench.procore.state.line_item_types.values() if kind.code == "M").code = "XY"


def _without_cost_type(bench: Workbench) -> None:
    next(kind for kind in bench.procore.state.line_item_types.values() if kind.code == "M").code = ""


def _without_cost_code(bench: Workbench) -> None:
    wbs_code = bench.project.wbs_codes[_line(bench).wbs_code_id]
    bench.project.cost_codes[wbs_code.cost_code_id].full_code = ""


def _too_large(bench: Workbench) -> None:
    _line(bench).original_budget_amount = Decimal("10000000000.00")


def _below_a_cent(bench: Workbench) -> None:
    _line(bench).original_budget_amount = Decimal("274.025")


def _in_euros(bench: Workbench) -> None:
    bench.procore.state.company.currency_iso_code = "EUR"


def _unknown_unit(bench: Workbench) -> None:
    _line(bench).uom = "FURLONG"


def _sender_left(bench: Workbench) -> None:
    next(user for user in bench.procore.state.users if user.id == 901).is_active = False


def _estimate_typed_in_by_hand(bench: Workbench) -> None:
    people.add_estimate(bench.vista_url, "1000-101", 2, "15.00")


def _two_units_on_one_phase(bench: Workbench) -> None:
    _line(bench).uom, _line(bench).quantity = "EA", Decimal(2)
    bench.add_line("1000-101", "M", "5.00")


def _nothing(_: Workbench) -> None:
    """Vista's variant alone is the reason."""


REFUSALS: tuple[tuple[str, Act, tuple[str, ...], set[str]], ...] = (
    ("an unlocked budget", _unlock, (), {"budget-not-locked"}),
    ("a budget without lines", _empty, (), {"budget-empty"}),
    ("a project that is not linked", _unlink, (), {"project-not-linked"}),
    ("a job that Vista does not have", _link_elsewhere, (), {"job-not-found"}),
    ("a link that is no job number", _link_to_nonsense, (), {"job-number-format"}),
    ("a sender who left", _sender_left, (), {"sender-unknown"}),
    ("a job that is gone", _nothing, ("job_missing",), {"job-not-found"}),
    ("a pending job", _nothing, ("job_pending",), {"job-not-open", "contract-not-open"}),
    ("a soft-closed job", _nothing, ("job_soft_closed",), {"job-not-open", "contract-not-open"}),
    ("a hard-closed job", _nothing, ("job_hard_closed",), {"job-not-open", "contract-not-open"}),
    ("a closed contract", _nothing, ("contract_closed",), {"contract-not-open"}),
    ("a contract without an item", _nothing, ("no_contract_item",), {"contract-item-missing"}),
    ("an item without a month", _nothing, ("item_without_start_month",), {"contract-item-without-month"}),
    ("estimates already in Vista", _nothing, ("estimates_already_there",), {"estimates-not-ours"}),
    ("one estimate typed in by hand", _estimate_typed_in_by_hand, (), {"estimates-not-ours"}),
    ("revenue that would move", _nothing, ("auto_add_item",), {"revenue-would-change"}),
    ("rows that PM owns", _nothing, ("pm_rows",), {"row-owned-by-pm", "estimates-not-ours"}),
    ("figures that disagree", _nothing, ("drifted_detail",), {"estimate-out-of-step", "estimates-not-ours"}),
    ("an inactive phase", _nothing, ("phase_inactive:1000-101",), {"phase-inactive"}),
    ("an unknown phase", _nothing, ("phase_missing:1000-101",), {"phase-not-on-file"}),
    ("locked phases", _nothing, ("phases_locked",), {"phase-locked"}),
    ("an inactive cost type", _nothing, ("cost_type_inactive:1000-101",), {"cost-type-inactive"}),
    ("a code outside the format", lambda b: b.add_line("10000-1", "L", "1.00"), (), {"phase-format"}),
    ("an unknown cost type", _unknown_cost_type, (), {"cost-type-unknown"}),
    ("a line without cost type", _without_cost_type, (), {"line-without-cost-type"}),
    ("a line without cost code", _without_cost_code, (), {"line-without-cost-code"}),
    ("a line of a sub job", _into_sub_job, (), {"line-of-sub-job"}),
    ("a partial line", lambda b: b.add_partial_line("1000-105", "E"), (), {"line-not-budgeted"}),
    ("an amount beyond Vista", _too_large, (), {"amount-too-large"}),
    ("an amount below a cent", _below_a_cent, (), {"amount-below-a-cent"}),
    ("another currency", _in_euros, (), {"line-currency"}),
    ("an unknown unit", _unknown_unit, (), {"unit-unknown"}),
    ("two units on one phase", _two_units_on_one_phase, (), {"lines-in-different-units"}),
)


@pytest.mark.parametrize(("act", "variants", "rules"), [pytest.param(*row[1:], id=row[0]) for row in REFUSALS])
def test_a_budget_is_blocked_by(open_bench: OpenBench, act: Act, variants: tuple[str, ...], rules: set[str]) -> None:
    bench = open_bench(*variants)
    act(bench)
    before = bench.vista_rows()

    export = bench.send()

    assert (export.state, bench.rules(export)) == (ExportState.BLOCKED, rules)
    assert all(finding.way_out for finding in bench.journal.findings(export.id))
    # A blocked budget stays blocked, whoever answers and whatever runs again.
    assert bench.apply(bench.answer(export, code=export.plan_code or "")).state is ExportState.BLOCKED
    assert bench.vista_rows() == before


def test_every_problem_of_a_budget_is_found_at_once(open_bench: OpenBench) -> None:
    bench = open_bench("auto_add_item", "phase_missing:1000-100", "phase_inactive:1000-102")
    _unlock(bench)
    _too_large(bench)
    bench.add_partial_line("1000-105", "E")

    export = bench.send()

    assert bench.rules(export) == {
        "budget-not-locked",
        "revenue-would-change",
        "phase-not-on-file",
        "phase-inactive",
        "amount-too-large",
        "line-not-budgeted",
    }


def test_a_job_that_was_exported_is_not_set_up_again(bench: Workbench) -> None:
    first = bench.exported()
    bench.project.line("1000-101").original_budget_amount = Decimal("9999.00")
    before = bench.vista_rows()

    second = bench.send()

    assert (second.state, bench.rules(second)) == (ExportState.BLOCKED, {"already-exported"})
    assert bench.journal.findings(second.id)[0].found == f"export {first.id}"
    assert bench.vista_rows() == before


def test_revenue_moves_with_the_budget_where_the_company_agreed_to_it(open_bench: OpenBench) -> None:
    bench = open_bench("auto_add_item")
    bench.configure(limits={"revenue_consent_jobs": {"GEN-0001"}})
    revenue = "SELECT OrigContractAmt FROM bJCCI"
    before = Decimal(bench.vista(revenue)[0][0])

    export = bench.exported()

    assert export.state is ExportState.VERIFIED
    assert bench.rules(export, Severity.WARNING) == {"revenue-will-change"}
    assert Decimal(bench.vista(revenue)[0][0]) - before == Decimal("2877.21")


def test_lines_that_fall_on_one_phase_and_cost_type_are_added_up_and_say_so(bench: Workbench) -> None:
    bench.add_line(" 1000-101", "M", "25.98")

    export = bench.exported()

    assert export.state is ExportState.VERIFIED
    assert bench.rules(export, Severity.WARNING) == {"lines-added-up", "code-has-outer-blanks"}
    assert bench.estimates()["1000-101"] == Decimal("300.00")


def test_a_negative_line_lowers_and_a_zero_line_stands_there(bench: Workbench) -> None:
    bench.project.line("1000-101").original_budget_amount = Decimal("-274.02")
    bench.project.line("1000-102").original_budget_amount = Decimal(0)

    assert bench.exported().state is ExportState.VERIFIED
    assert bench.estimates()["1000-101"] == Decimal("-274.02")
    assert bench.estimates()["1000-102"] == Decimal("0.00")
