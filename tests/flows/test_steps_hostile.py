"""Attempts to get a false word into the journal: two workers at once, and people who are not who they seem."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from connectors.vista.errors import VistaRefused, VistaUnavailable
from jobcost.budget import Budget
from jobcost.lifecycle import ExportState, IllegalTransition
from tests.flows.interference import ProcoreWith
from tests.flows.workbench import Workbench


class ProcoreReadBy(ProcoreWith):
    """Procore, where somebody does something once, just before our next reading of the budget."""

    def __init__(self, bench: Workbench, happens: Callable[[], object]) -> None:
        super().__init__(bench.systems.procore, bench.systems.procore.read_users)
        self._read_budget, self._meant = bench.systems.procore.read_budget, [happens]
        self.read_budget = self._after_what_happens

    def _after_what_happens(self, project_id: int) -> Budget:
        while self._meant:
            self._meant.pop()()
        return self._read_budget(project_id)


def _before_the_budget_is_read(bench: Workbench, happens: Callable[[Workbench], object]) -> Workbench:
    """Another worker, who does something just before this one reads the budget."""
    other = replace(bench)
    bench.systems = replace(bench.systems, procore=ProcoreReadBy(bench, lambda: happens(other)))
    return other


def _dies_after_the_commit(bench: Workbench) -> None:
    export = bench.journal.open_exports()[0]
    with pytest.raises(KeyboardInterrupt), bench.breaking_at("after_commit", KeyboardInterrupt()):
        bench.apply(export)


def test_what_a_faster_worker_wrote_is_not_taken_for_a_move_by_a_slower_one(bench: Workbench) -> None:
    export = bench.accepted()
    _before_the_budget_is_read(bench, _dies_after_the_commit)

    with pytest.raises(
        IllegalTransition, match="applying cannot become stale for what was found while it was accepted"
    ):
        bench.apply(export)

    # Not stale, "nothing was written": the next run finds what was written, and verifies it.
    assert bench.now(export).state is ExportState.APPLYING
    assert bench.verify(bench.apply(export))[0].state is ExportState.VERIFIED
    assert bench.detail_count() == 6


def _takes_over_and_dies_after_the_commit(bench: Workbench) -> None:
    export = bench.journal.open_exports()[0]
    bench.answer(bench.send(run="second run", continue_export=export.id))
    _dies_after_the_commit(bench)
    raise VistaUnavailable("the line is down")


def test_a_run_whose_reading_fails_late_does_not_end_the_export_that_another_run_is_writing(bench: Workbench) -> None:
    _before_the_budget_is_read(bench, _takes_over_and_dies_after_the_commit)

    with pytest.raises(VistaUnavailable):
        bench.send(run="first run")

    export = bench.journal.open_exports()[0]
    assert (export.state, bench.detail_count()) == (ExportState.APPLYING, 6)
    assert bench.verify(bench.apply(export))[0].state is ExportState.VERIFIED


REFUSED = VistaRefused("Estimates of job GEN  -0001", "The SELECT permission was denied", "Grant it.")


def test_a_refusal_after_an_interruption_does_not_say_that_nothing_was_written(bench: Workbench) -> None:
    export = bench.accepted()
    _dies_after_the_commit(bench)

    with bench.breaking_at("after_lock", REFUSED):
        ended = bench.apply(export)

    assert (ended.state, bench.detail_count()) == (ExportState.VERIFICATION_FAILED, 6)
    assert bench.reason(ended).startswith("An earlier attempt was interrupted, and the job is not as it was before it.")


def test_a_refusal_after_an_interruption_that_wrote_nothing_is_a_failure(bench: Workbench) -> None:
    export = bench.accepted()
    with pytest.raises(KeyboardInterrupt), bench.breaking_at("before_commit", KeyboardInterrupt()):
        bench.apply(export)

    with bench.breaking_at("after_lock", REFUSED):
        ended = bench.apply(export)

    assert (ended.state, bench.detail_count()) == (ExportState.FAILED, 0)
