"""What would happen without the guards around the write. The same scenario is held first, then not."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import Connection, bindparam, event, update

from connectors.journal import ending
from connectors.journal import statements as journal_statements
from connectors.vista import statements, writer
from connectors.vista.errors import VistaError, VistaUnavailable
from connectors.vista.sql import SqlVista
from connectors.vista.tables import JCCH
from jobcost.estimate import Estimate
from jobcost.lifecycle import ExportState
from jobcost.plan import Plan
from jobcost.verification import Verification
from jobcost.verification import verify as compare
from sandbox.vista import people
from tasks.steps import apply, verify
from tests.flows.bench_setting import OpenBench
from tests.flows.guards import nothing, without_all_but, without_rules
from tests.flows.workbench import SMALL_TOTAL, Workbench


class Killed(BaseException):
    """The process ends here."""


def _line(bench: Workbench) -> Decimal:
    return bench.estimates()["1000-103"]


def test_without_the_after_image_a_written_export_is_taken_for_lost(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = bench.accepted()
    with bench.breaking_at("after_commit", Killed()), pytest.raises(Killed):
        bench.apply(export)

    monkeypatch.setattr(writer, "holds_after_image", lambda *_: False)

    # With the guard: see test_a_process_that_ends_while_writing_writes_once_all_the_same.
    assert bench.apply(export).state is ExportState.VERIFICATION_FAILED


def test_without_the_table_of_moves_a_slower_worker_calls_a_verified_export_stale(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = bench.accepted()
    bench.while_vista_is_read(lambda: bench.verify(bench.apply(export)))

    monkeypatch.setattr(journal_statements, "checked_move", nothing)
    monkeypatch.setattr(ending, "require_state", nothing)

    # With the guard: see test_of_two_workers_with_one_accepted_export_one_writes.
    assert bench.apply(export).state is ExportState.STALE
    assert [move.to_state for move in bench.journal.transitions(export.id)][-2:] == ["verified", "stale"]


def _keeps_what_was_written(connection: Connection) -> None:
    connection.commit()
    connection.close()


def test_without_rolling_back_half_a_budget_stays_in_vista(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    export = bench.accepted()
    lost = VistaUnavailable("the line is down")
    with bench.breaking_at("after_half_of_lines", lost), pytest.raises(VistaUnavailable):
        bench.apply(export)
    assert bench.estimates() == {}

    monkeypatch.setattr(writer, "discard", _keeps_what_was_written)
    with bench.breaking_at("after_half_of_lines", lost), pytest.raises(VistaUnavailable):
        bench.apply(export)

    assert list(bench.estimates()) == ["1000-100", "1000-101", "1000-102"]


def _blind(plan: Plan, estimate: Estimate) -> Verification:
    honest = compare(plan, estimate)
    lines = tuple(replace(line, found=line.expected, problems=()) for line in honest.lines)
    return replace(honest, lines=lines, found_total=honest.expected_total, job_problems=())


def test_without_reading_back_an_altered_line_goes_unnoticed(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.while_vista_is_written(lambda: people.change_estimate(bench.vista_url, "1000-103", 4, cost="1.00"))
    applied = bench.apply(bench.accepted())

    monkeypatch.setattr(verify, "verify", _blind)

    # With the guard: see test_an_edit_between_commit_and_reading_back_fails_the_verification.
    assert (bench.verify(applied)[0].state, _line(bench)) == (ExportState.VERIFIED, Decimal("1.00"))


def _empty_the_job(bench: Workbench) -> None:
    for number, kind in enumerate((1, 2, 3, 4, 5, 1), start=100):
        people.change_estimate(bench.vista_url, f"1000-{number}", kind, cost=0, hours=0, units=0)


def test_without_its_rule_a_job_goes_on_although_nobody_looked_into_its_failure(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.while_vista_is_written(lambda: _empty_the_job(bench))
    assert bench.exported().state is ExportState.VERIFICATION_FAILED
    assert bench.rules(bench.send()) == {"verification-not-cleared"}

    without_rules(monkeypatch, "verification-not-cleared")

    assert bench.exported().state is ExportState.VERIFIED


def test_without_the_last_look_an_amount_that_moved_in_procore_is_written_as_it_was(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = bench.accepted()
    bench.project.line("1000-103").original_budget_amount = Decimal("600.00")

    monkeypatch.setattr(apply, "what_moved", nothing)

    # With the guard: see test_a_move_makes_the_accepted_plan_stale.
    assert bench.verify(bench.apply(export))[0].state is ExportState.VERIFIED
    assert _line(bench) == Decimal("548.04")


_CHANGE_WITHOUT_OLD_VALUES = (
    update(JCCH)
    .where(statements._OF_LINE)
    .values({name: bindparam(f"new_{name[4:].lower()}") for name in ("OrigHours", "OrigUnits", "OrigCost")})
)


@pytest.mark.parametrize("kept", ["the last look", "the before-image", "the old values in WHERE", None])
def test_without_all_three_looks_at_the_old_values_an_estimate_typed_meanwhile_is_overwritten(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, kept: str | None
) -> None:
    people.add_estimate(bench.vista_url, "1000-103", 4, "0.00")
    export = bench.accepted()
    people.change_estimate(bench.vista_url, "1000-103", 4, cost="50.00")
    guards: dict[str, Callable[[], None]] = {
        "the last look": lambda: monkeypatch.setattr(apply, "_moved_since", nothing),
        "the before-image": lambda: monkeypatch.setattr(writer, "_require_before_image", nothing),
        "the old values in WHERE": lambda: monkeypatch.setattr(
            statements, "CHANGE_ESTIMATE", _CHANGE_WITHOUT_OLD_VALUES
        ),
    }
    without_all_but(guards, kept)

    applied = bench.apply(export)

    if kept is None:
        assert (bench.verify(applied)[0].state, _line(bench)) == (ExportState.VERIFIED, Decimal("548.04"))
    else:
        assert (applied.state, _line(bench)) == (ExportState.STALE, Decimal("50.00"))


@pytest.mark.parametrize("kept", ["the rule", "the before-image", "the check of the posting", None])
def test_without_its_guards_a_row_of_project_management_is_overwritten(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, kept: str | None
) -> None:
    people.add_pm_row(bench.vista_url, "1000-103", 4, "0.00")
    guards: dict[str, Callable[[], None]] = {
        "the rule": lambda: without_rules(monkeypatch, "row-owned-by-pm"),
        "the before-image": lambda: monkeypatch.setattr(writer, "_require_before_image", nothing),
        "the check of the posting": lambda: monkeypatch.setattr(writer, "_require_posted_as_planned", nothing),
    }
    without_all_but(guards, kept)

    ended = bench.apply(bench.accepted())

    states = {
        "the rule": ExportState.BLOCKED,
        "the before-image": ExportState.STALE,
        "the check of the posting": ExportState.FAILED,
        None: ExportState.APPLIED,
    }
    assert (ended.state, _line(bench) == Decimal("548.04")) == (states[kept], kept is None)


@pytest.mark.parametrize("kept", ["the rules", "the before-image", None])
def test_without_its_guards_a_pending_job_is_written(
    open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch, kept: str | None
) -> None:
    bench = open_bench("job_pending")
    guards: dict[str, Callable[[], None]] = {
        "the rules": lambda: without_rules(monkeypatch, "job-not-open", "contract-not-open"),
        "the before-image": lambda: monkeypatch.setattr(writer, "_require_before_image", nothing),
    }
    without_all_but(guards, kept)

    bench.apply(bench.accepted())

    assert (sum(bench.estimates().values()) == SMALL_TOTAL) is (kept is None)


def test_without_its_rule_company_revenue_moves_without_consent(
    open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = open_bench("auto_add_item")
    revenue = "SELECT OrigContractAmt FROM bJCCI"
    before = Decimal(bench.vista(revenue)[0][0])
    assert bench.rules(bench.send()) == {"revenue-would-change"}

    without_rules(monkeypatch, "revenue-would-change")

    assert bench.exported().state is ExportState.VERIFIED
    assert Decimal(bench.vista(revenue)[0][0]) - before == SMALL_TOTAL


def test_without_its_rule_a_budget_whose_unit_differs_is_exported_in_vistas_unit(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.add_estimate(bench.vista_url, "1000-103", 4, "0.00", um="EA")
    assert bench.rules(bench.send()) == {"unit-would-change"}

    without_rules(monkeypatch, "unit-would-change")

    assert bench.exported().state is ExportState.VERIFIED
    assert bench.vista("SELECT UM FROM JCCH WHERE Phase = '1000-103'") == [("EA",)]
    assert bench.project.line("1000-103").uom == "LS"


def test_nothing_but_job_phases_and_cost_headers_is_written_and_of_an_old_row_only_its_estimate(
    bench: Workbench,
) -> None:
    people.add_estimate(bench.vista_url, "1000-103", 4, "0.00")
    written: list[str] = []

    def watch(*call: object) -> None:
        statement = str(call[2])
        if not statement.lstrip().upper().startswith(("SELECT", "BEGIN", "PRAGMA")):
            written.append(" ".join(statement.split()))

    vista = bench.systems.vista
    assert isinstance(vista, SqlVista)
    event.listen(vista._engine, "before_cursor_execute", watch)
    try:
        assert bench.exported().state is ExportState.VERIFIED
    finally:
        event.remove(vista._engine, "before_cursor_execute", watch)

    by_start = sorted({statement.split(" (")[0].split(" WHERE")[0] for statement in written})
    assert by_start == [
        'INSERT INTO "JCCH"',
        'INSERT INTO "JCJP"',
        'UPDATE "JCCH" SET "OrigHours"=?, "OrigUnits"=?, "OrigCost"=?',
    ]
    assert len(written) == 5 + 5 + 1


def test_a_failing_vista_error_is_never_taken_for_success(bench: Workbench) -> None:
    export = bench.accepted()
    with bench.breaking_at("before_commit", VistaError("something new")), pytest.raises(VistaError):
        bench.apply(export)
    assert (bench.now(export).state, bench.estimates()) == (ExportState.APPLYING, {})
