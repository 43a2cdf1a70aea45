"""The watch over the acceptances tidies up after what ended, and leaves alone what is still asked."""

import pytest

from tasks.steps.watch import watch
from tests.flows.workbench import MONDAY, Workbench


@pytest.mark.parametrize("tidied", [True, False])
def test_the_run_of_an_ended_export_is_tidied_up_after_once_it_lets_itself(bench: Workbench, tidied: bool) -> None:
    export = bench.reject(bench.send(), "Wrong.")
    calls: list[tuple[str, str, int | None, str]] = []

    def tidy(run: str, export_id: str, ask: int | None, why: str) -> bool:
        calls.append((run, export_id, ask, why))
        return tidied

    first, second = (watch(bench.systems, MONDAY, tidy_run=tidy, revive_run=lambda _: False) for _ in range(2))

    assert (first.tidied, second.tidied) == ((1, 0) if tidied else (0, 0))
    assert len(calls) == (1 if tidied else 2)
    assert calls[0][:3] == (export.flow_run_id, export.id, None)


def test_an_open_question_keeps_its_run_and_its_unjudged_answer(bench: Workbench) -> None:
    asked_again = bench.answer(bench.send(), code="wrong")
    calls: list[tuple[int | None, str]] = []

    def tidy(_run: str, _export_id: str, ask: int | None, why: str) -> bool:
        calls.append((ask, why))
        return True

    watch(bench.systems, MONDAY, tidy_run=tidy, revive_run=lambda _: False)
    assert (asked_again.ask, calls) == (2, [(2, "")])


def test_of_what_waits_every_run_is_looked_at_whether_it_can_be_answered(bench: Workbench) -> None:
    waiting = bench.send()
    looked_at: list[str] = []

    def revive(run: str) -> bool:
        looked_at.append(run)
        return True

    watched = watch(bench.systems, MONDAY, tidy_run=lambda *_: True, revive_run=revive)

    assert (looked_at, watched.revived) == ([waiting.flow_run_id], (waiting,))
