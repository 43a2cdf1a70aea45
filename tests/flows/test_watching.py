"""The watch lets go on what died, tidies up after what ended, and leaves alone what is still asked."""

import pytest

from jobcost.lifecycle import ExportState
from jobcost.notices import REVIVALS_MAX
from tasks.steps.watch import watch
from tests.flows.calm_runs import CalmRuns
from tests.flows.workbench import MONDAY, Workbench


@pytest.mark.parametrize("lets_itself", [True, False])
def test_the_run_of_an_ended_export_is_tidied_up_after_once_it_lets_itself(bench: Workbench, lets_itself: bool) -> None:
    export = bench.give_back(bench.reject(bench.send(), "Wrong."))
    runs = CalmRuns(lets_itself=lets_itself)

    first, second = (watch(bench.systems, MONDAY, runs) for _ in range(2))

    assert (first.tidied, second.tidied) == ((1, 0) if lets_itself else (0, 0))
    assert len(runs.tidied) == (1 if lets_itself else 2)
    assert runs.tidied[0][:3] == (export.flow_run_id, export.id, None)


def test_an_open_question_keeps_its_run_and_its_unjudged_answer(bench: Workbench) -> None:
    asked_again = bench.answer(bench.send(), code="wrong")
    runs = CalmRuns()
    watch(bench.systems, MONDAY, runs)
    assert (asked_again.ask, [call[2:] for call in runs.tidied]) == (2, [(2, "")])


def test_a_run_whose_export_another_run_took_over_is_ended(bench: Workbench) -> None:
    first = bench.send(run="run-old")
    bench.send(run="run-new", continue_export=first.id)
    runs = CalmRuns()

    watch(bench.systems, MONDAY, runs)

    assert {(run, bool(why)) for run, _, _, why in runs.tidied} == {("run-old", True), ("run-new", False)}


@pytest.mark.parametrize("state", [ExportState.AWAITING_ACCEPTANCE, ExportState.ACCEPTED, ExportState.REJECTED])
def test_an_export_whose_run_died_goes_on_a_few_times_then_waits_for_a_person(
    bench: Workbench, state: ExportState
) -> None:
    export = bench.send()
    if state is ExportState.ACCEPTED:
        export = bench.answer(export)
    if state is ExportState.REJECTED:
        export = bench.reject(export, "Wrong.")
    assert export.state is state
    runs = CalmRuns(dead={str(export.flow_run_id)})

    watched = [watch(bench.systems, MONDAY, runs) for _ in range(REVIVALS_MAX + 2)]

    assert runs.revived == [export.flow_run_id] * REVIVALS_MAX
    assert [len(one.revived) for one in watched] == [1, 1, 1, 0, 0]


def test_a_run_that_lives_or_has_done_its_work_is_not_started_again(bench: Workbench) -> None:
    bench.exported()
    runs = CalmRuns(dead={"run-1"})
    assert watch(bench.systems, MONDAY, runs).revived == ()
