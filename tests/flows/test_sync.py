"""The sync over both sandboxes and a journal: what it starts, what it leaves, and that it starts nothing twice."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete

from connectors.journal.models import evidence
from jobcost.lifecycle import ExportState
from jobcost.sync import Failed, Skip, SyncReport, Why
from tasks.runs import RunNotAnswered
from tests.flows.syncs import (
    KeyedRuns,
    add_projects,
    exported_long_ago,
    exported_once,
    move,
    send_update,
    synced,
    words,
)
from tests.flows.workbench import ALEX, MONDAY, PRIYA, Workbench


def test_nothing_moved_so_nothing_is_started_and_nothing_is_recorded(bench: Workbench) -> None:
    export = exported_once(bench)
    before = bench.journal.evidence(export.id)
    runs = KeyedRuns()
    assert words(synced(bench, runs)) == {7000: "Unchanged"}
    assert runs.started == []
    assert bench.journal.evidence(export.id) == before


def test_a_budget_that_moved_is_started_once_in_the_name_of_its_sender(bench: Workbench) -> None:
    exported_once(bench)
    move(bench.project)
    runs = KeyedRuns()
    assert words(synced(bench, runs)) == {7000: "Start"}
    assert words(synced(bench, runs, name="tuesday")) == {7000: "Start"}
    assert runs.started == [(7000, PRIYA)]


def test_looking_only_starts_and_records_nothing(bench: Workbench) -> None:
    export = exported_once(bench)
    before = bench.journal.evidence(export.id)
    move(bench.project)
    report = synced(bench, None)
    assert (words(report), report.is_dry_run) == ({7000: "Start"}, True)
    assert bench.journal.evidence(export.id) == before


def test_a_project_that_was_never_exported_is_counted_and_not_looked_at(bench: Workbench) -> None:
    report = synced(bench, KeyedRuns())
    assert (words(report), report.never_exported) == ({}, 1)
    assert words(synced(bench, KeyedRuns(), project_id=7000)) == {7000: "Skip never_exported"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda project: setattr(project, "locked", False), "Skip unlocked"),
        (lambda project: setattr(project, "active", False), "Skip inactive"),
        (lambda project: setattr(project, "origin_id", None), "Skip not_listed"),
    ],
)
def test_a_project_that_procore_shows_as_not_ready_is_skipped(
    bench: Workbench, change: Callable[[Any], object], said: str
) -> None:
    exported_once(bench)
    move(bench.project)
    change(bench.project)
    assert words(synced(bench, KeyedRuns())) == {7000: said}


def test_the_company_can_stop_a_project(bench: Workbench) -> None:
    exported_once(bench)
    move(bench.project)
    bench.configure(sync={"stopped_projects": (7000,)})
    assert words(synced(bench, KeyedRuns())) == {7000: "Skip stopped"}


def test_an_open_export_is_named(bench: Workbench) -> None:
    world = bench.procore.state
    add_projects(world, bench.project, [1])
    exported_long_ago(bench.journal, world, [1])
    move(world.projects[1])
    exported_long_ago(bench.journal, world, [1], state=ExportState.AWAITING_ACCEPTANCE, name="EX-OPEN")
    assert synced(bench, KeyedRuns()).lines[0].step == Skip(Why.OPEN, "EX-OPEN-1")


def test_a_budget_that_a_person_rejected_is_proposed_again_once_it_changes(bench: Workbench) -> None:
    world = bench.procore.state
    add_projects(world, bench.project, [1])
    exported_long_ago(bench.journal, world, [1])
    move(world.projects[1])
    exported_long_ago(bench.journal, world, [1], state=ExportState.REJECTED, name="EX-NO")
    assert synced(bench, KeyedRuns()).lines[0].step == Skip(Why.REFUSED, "EX-NO-1")
    move(world.projects[1])
    assert words(synced(bench, KeyedRuns(), name="tuesday")) == {1: "Start"}


def test_a_failed_verification_stops_the_project_until_a_person_clears_it(bench: Workbench) -> None:
    world = bench.procore.state
    add_projects(world, bench.project, [1, 2])
    exported_long_ago(bench.journal, world, [1], state=ExportState.VERIFICATION_FAILED)
    exported_long_ago(bench.journal, world, [2])
    move(world.projects[1])
    assert synced(bench, KeyedRuns()).lines[0].step == Skip(Why.VERIFICATION_FAILED, "EX-1")

    bench.journal.clear("EX-1", by=ALEX, reason="corrected in Vista", at=MONDAY)
    assert words(synced(bench, KeyedRuns())) == {1: "Start", 2: "Unchanged"}


def test_one_broken_project_never_holds_up_the_others(bench: Workbench) -> None:
    world = bench.procore.state
    add_projects(world, bench.project, [1, 2, 3])
    exported_long_ago(bench.journal, world, [1, 2, 3])
    for number in (1, 2, 3):
        move(world.projects[number])
    world.projects[2].disabled_tools.append("budget")
    runs = KeyedRuns()

    report = synced(bench, runs)

    assert words(report) == {1: "Start", 2: "Failed", 3: "Start"}
    assert [number for number, _ in runs.started] == [1, 3]
    (failed,) = report.of(Failed)
    assert isinstance(failed.step, Failed)
    assert "AccessDenied: GET /rest/v1.0/budget_views/" in failed.step.words


def test_after_the_update_was_exported_there_is_nothing_to_start(bench: Workbench) -> None:
    exported_once(bench)
    move(bench.project)
    assert words(synced(bench, KeyedRuns())) == {7000: "Start"}

    sent = send_update(bench)
    assert synced(bench, KeyedRuns()).lines[0].step == Skip(Why.OPEN, sent.id)
    updated, _ = bench.verify(bench.apply(bench.answer(sent)))

    assert updated.state is ExportState.VERIFIED
    assert words(synced(bench, KeyedRuns(), name="tuesday")) == {7000: "Unchanged"}


def test_an_update_that_was_rejected_is_not_started_again(bench: Workbench) -> None:
    exported_once(bench)
    move(bench.project)
    rejected = bench.reject(send_update(bench), "Too early.")
    assert synced(bench, KeyedRuns()).lines[0].step == Skip(Why.REFUSED, rejected.id)


def test_what_findings_forbid_is_started_once_they_are_put_right(bench: Workbench) -> None:
    exported_once(bench)
    move(bench.project)
    bench.configure(limits={"currency": "CAD"})
    blocked = send_update(bench)
    assert blocked.state is ExportState.BLOCKED
    assert synced(bench, KeyedRuns()).lines[0].step == Skip(Why.BLOCKED, blocked.id)
    bench.configure(limits={"currency": "USD"})
    assert words(synced(bench, KeyedRuns(), name="tuesday")) == {7000: "Start"}


def test_any_exception_at_all_is_told_with_its_words(bench: Workbench) -> None:
    exported_once(bench)
    move(bench.project)

    def break_down() -> None:
        raise ZeroDivisionError("a defect nobody foresaw")

    report = synced(bench, KeyedRuns(before=break_down))
    assert report.lines[0].step == Failed("ZeroDivisionError: a defect nobody foresaw")


def test_prefect_out_of_reach_fails_the_project_and_the_next_sync_starts_it(bench: Workbench) -> None:
    exported_once(bench)
    move(bench.project)

    def refuse() -> None:
        raise RunNotAnswered("Prefect cannot be reached.")

    runs = KeyedRuns(before=refuse)
    assert words(synced(bench, runs)) == {7000: "Failed"}
    runs.before = lambda: None
    assert words(synced(bench, runs, name="tuesday")) == {7000: "Start"}
    assert runs.started == [(7000, PRIYA)]


def test_a_run_that_died_before_it_opened_an_export_is_started_anew_and_a_living_one_is_not(bench: Workbench) -> None:
    exported_once(bench)
    move(bench.project)
    runs = KeyedRuns()
    synced(bench, runs)
    runs.ended.add("run-of-sync-1")

    second = synced(bench, runs, name="tuesday")
    third = synced(bench, runs, name="wednesday")

    assert [line.run for report in (second, third) for line in report.lines] == ["run-of-sync-2", "run-of-sync-2"]
    assert len(runs.started) == 2


def test_runs_that_always_die_are_left_to_a_person(bench: Workbench) -> None:
    exported_once(bench)
    move(bench.project)
    runs = KeyedRuns(ended={f"run-of-sync-{n}" for n in range(100)})
    (line,) = synced(bench, runs).lines
    assert isinstance(line.step, Failed)
    assert "50 flow runs of this update ended before they opened an export" in line.step.words


def test_a_view_that_was_made_anew_costs_one_whole_reading_and_then_one_call_again(bench: Workbench) -> None:
    exported_once(bench)
    views = bench.procore.state.views
    (old,) = [view for view in views.values() if view.name == "Vista Export"]
    del views[old.id]
    views[old.id + 500] = replace(old, id=old.id + 500)

    first, first_calls = _counting(bench, "monday")
    second, second_calls = _counting(bench, "tuesday")

    assert (words(first), words(second)) == ({7000: "Unchanged"}, {7000: "Unchanged"})
    assert first_calls > 5
    # One of them for the view's columns.
    assert second_calls == 3


def test_an_export_that_kept_no_fingerprint_is_planned_once_and_then_compared(bench: Workbench) -> None:
    export = bench.exported()
    _forget_budget(bench, export.id)
    first, first_calls = _counting(bench, "monday")
    second, second_calls = _counting(bench, "tuesday")
    assert (words(first), words(second)) == ({7000: "Unchanged"}, {7000: "Unchanged"})
    assert first_calls > 5
    # One of them for the view's columns.
    assert second_calls == 3
    move(bench.project)
    assert words(synced(bench, KeyedRuns(), name="wednesday")) == {7000: "Start"}


def _forget_budget(bench: Workbench, export_id: str) -> None:
    with bench.journal._writing() as connection:
        connection.execute(delete(evidence).where(evidence.c.export_id == export_id, evidence.c.kind == "budget"))


def _counting(bench: Workbench, name: str) -> tuple[SyncReport, int]:
    bench.procore.requests.clear()
    report = synced(bench, KeyedRuns(), name=name)
    return report, len([seen for seen in bench.procore.requests if seen.path != "/oauth/token"])
