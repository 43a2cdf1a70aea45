"""Whatever moves between plan and apply is named, nothing is written, and the acceptance is dropped."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from connectors.procore.errors import ProcoreFailed
from connectors.vista.errors import VistaUnavailable
from jobcost.lifecycle import ExportState
from sandbox.procore.world import AdjustmentLine, BudgetChange
from sandbox.vista import people
from tests.flows.workbench import ALEX, BLAKE, PRIYA, Workbench

Act = Callable[[Workbench], object]


def _raise_amount(bench: Workbench) -> None:
    bench.project.line("1000-103").original_budget_amount += 1


def _other_unit(bench: Workbench) -> None:
    bench.project.line("1000-105").uom = "EA"


def _delete_line(bench: Workbench) -> None:
    del bench.project.lines[bench.project.line("1000-103").id]


def _unlock(bench: Workbench) -> None:
    bench.project.locked = False


def _unlink(bench: Workbench) -> None:
    bench.project.is_erp_integrated = False


def _approve_change(bench: Workbench) -> None:
    line = AdjustmentLine(
        id=1, wbs_code_id=bench.project.line("1000-103").wbs_code_id, type="budget_change", amount=Decimal(70)
    )
    change = BudgetChange(id=2, number=1, title="More", status="approved", adjustments=[line])
    bench.project.changes[change.id] = change


def _rename_code(bench: Workbench) -> None:
    next(iter(bench.project.cost_codes.values())).name = "Another name"


def _map_otherwise(bench: Workbench) -> None:
    bench.configure(mapping={"phases": {"codes": {"1000-103": "1000-104"}}})


def _move_month(bench: Workbench) -> None:
    people.move_start_month(bench.vista_url, "1", "2026-02-01")


def _raise_revenue(bench: Workbench) -> None:
    bench.vista("UPDATE bJCCI SET OrigContractAmt = '1.00'")


def _add_estimate(bench: Workbench) -> None:
    people.add_estimate(bench.vista_url, "1000-103", 4, "15.00")


def _add_other_estimate(bench: Workbench) -> None:
    people.add_estimate(bench.vista_url, "1000-103", 1, "15.00")


MOVES: tuple[tuple[str, Act, str], ...] = (
    ("an amount in Procore", _raise_amount, "Phase 1000-103 cost type 4: moved in Procore: planned 548.04"),
    ("a unit in Procore", _other_unit, "Phase 1000-105 cost type 1: unit of measure: planned LS, now EA"),
    ("a line deleted in Procore", _delete_line, "Phase 1000-103 cost type 4: no longer in Procore's budget"),
    ("a line added in Procore", lambda b: b.add_line("1000-103", "L", "5.00"), "new in Procore with 5.00"),
    ("a budget change", _approve_change, "its budget lines or their budget changes are different now"),
    ("an unlocked budget", _unlock, "[budget-not-locked]"),
    ("a link taken away", _unlink, "[project-not-linked]"),
    ("a cost code renamed", _rename_code, "renamed in Procore"),
    ("the posting month", _move_month, "planned 1 in 2026-01, now 1 in 2026-02"),
    ("the mapping", _map_otherwise, "Phase 1000-103 cost type 4: no longer in Procore's budget"),
    ("an estimate typed in Vista", _add_estimate, "planned against no row, now 15.00"),
    ("another line typed in Vista", _add_other_estimate, "Phase 1000-103 cost type 1: moved in Vista: was no row"),
    ("a phase added in Vista", lambda b: people.add_phase(b.vista_url, "1000-103"), "The plan would be made"),
    ("a row of PM", lambda b: people.add_pm_row(b.vista_url, "1000-103", 4, "9.00"), "now 9.00"),
    ("a closed job", lambda b: people.close_job(b.vista_url), "job_status: planned 1, now 2"),
    ("locked phases", lambda b: people.lock_phases(b.vista_url), "lock_phases: planned False, now True"),
    ("revenue in Vista", _raise_revenue, "contract_items: planned"),
)


@pytest.mark.parametrize(("move", "said"), [pytest.param(*row[1:], id=row[0]) for row in MOVES])
def test_a_move_makes_the_accepted_plan_stale(bench: Workbench, move: Act, said: str) -> None:
    export = bench.accepted()
    move(bench)
    before = bench.vista_rows()

    stale = bench.apply(export)

    assert stale.state is ExportState.STALE
    assert bench.reason(stale).startswith("Nothing was written. ")
    assert said in bench.moves(stale)
    assert bench.vista_rows() == before
    # The approval went with the plan: neither another run nor the old answer writes.
    assert bench.apply(bench.answer(stale)).state is ExportState.STALE
    assert bench.vista_rows() == before


def _revoke(bench: Workbench) -> None:
    bench.revoke(ALEX)


def _lower_limit(bench: Workbench) -> None:
    bench.enrol(ALEX, limit=Decimal(100))


def _take_flag(bench: Workbench) -> None:
    bench.procore.state.users[1].erp_integrated_accountant = False


def _dismiss(bench: Workbench) -> None:
    bench.procore.state.users[1].is_active = False


def _ask_for_two(bench: Workbench) -> None:
    bench.configure(limits={"two_approvers_above": Decimal(1000)})


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        pytest.param(_revoke, f"{ALEX}: Approver: expected an enrolled approver", id="revoked"),
        pytest.param(_lower_limit, f"{ALEX}: Approver: the change of 2,877.21 is above your limit", id="lower limit"),
        pytest.param(_take_flag, f"{ALEX}: Approver: Procore does not list you", id="no flag in Procore"),
        pytest.param(_dismiss, f"{ALEX}: Approver: your Procore account is inactive", id="left"),
        pytest.param(_ask_for_two, "A change of 2,877.21 needs two approvers now; one accepted", id="two needed now"),
    ],
)
def test_authority_lost_between_acceptance_and_apply_drops_the_acceptance(
    bench: Workbench, lost: Act, said: str
) -> None:
    export = bench.accepted()
    before = bench.vista_rows()
    lost(bench)

    stale = bench.apply(export)

    assert (stale.state, bench.vista_rows()) == (ExportState.STALE, before)
    assert said in bench.reason(stale)


def test_authority_lost_is_seen_although_procores_directory_is_read_only_once(bench: Workbench) -> None:
    export = bench.accepted()
    _take_flag(bench)
    bench.procore.faults.add("503", path="users", skip=1, count=4)

    assert bench.apply(export).state is ExportState.STALE


def test_authority_lost_by_the_second_approver_counts_too(bench: Workbench) -> None:
    bench.configure(limits={"two_approvers_above": Decimal(1000)})
    export = bench.answer(bench.accepted(), approver=BLAKE)
    _revoke(bench)

    stale = bench.apply(export)

    assert (export.state, stale.state) == (ExportState.ACCEPTED, ExportState.STALE)


def test_everything_that_moved_is_kept_and_counted(bench: Workbench) -> None:
    export = bench.accepted()
    _raise_amount(bench)
    bench.project.line("1000-104").original_budget_amount += 1
    _unlock(bench)

    stale = bench.apply(export)

    assert bench.reason(stale).endswith(" And 2 more.")
    assert len(bench.moves(stale).splitlines()) == 3


def test_after_a_stale_export_the_budget_is_sent_again_for_a_new_plan(bench: Workbench) -> None:
    first = bench.accepted()
    _raise_amount(bench)
    bench.apply(first)

    second = bench.send()

    assert (second.state, second.plan_code == first.plan_code) == (ExportState.AWAITING_ACCEPTANCE, False)
    assert f"{first.id}, sent by {PRIYA}: stale." in bench.review(second)
    assert bench.verify(bench.apply(bench.answer(second)))[0].state is ExportState.VERIFIED
    assert bench.estimates()["1000-103"] == Decimal("549.04")


def test_a_move_between_the_last_look_and_the_write_is_found_inside_the_transaction(bench: Workbench) -> None:
    export = bench.accepted()
    bench.while_vista_is_read(lambda: people.add_estimate(bench.vista_url, "1000-103", 4, "15.00"))

    stale = bench.apply(export)

    assert stale.state is ExportState.STALE
    assert "Phase 1000-103 cost type 4" in bench.moves(stale)
    assert bench.estimates() == {"1000-103": Decimal("15.00")}


def test_a_procore_that_cannot_be_read_again_leaves_the_acceptance_as_it_is(bench: Workbench) -> None:
    export = bench.accepted()
    before = bench.vista_rows()
    bench.procore.faults.add("503", path="detail_rows", count=4)

    with pytest.raises(ProcoreFailed):
        bench.apply(export)

    assert (bench.now(export).state, bench.vista_rows()) == (ExportState.ACCEPTED, before)
    assert bench.verify(bench.apply(export))[0].state is ExportState.VERIFIED


def test_a_vista_that_cannot_be_read_again_leaves_the_acceptance_as_it_is(bench: Workbench) -> None:
    export = bench.accepted()
    vista, hidden = bench.folder / "vista.db", bench.folder / "hidden.db"
    vista.rename(hidden)

    with pytest.raises(VistaUnavailable):
        bench.apply(export)
    hidden.rename(vista)

    assert bench.now(export).state is ExportState.ACCEPTED
    assert bench.verify(bench.apply(export))[0].state is ExportState.VERIFIED
