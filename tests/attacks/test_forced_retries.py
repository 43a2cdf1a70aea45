"""Runs that ended, begun again by force: nobody's answer is taken for a yes, and nothing is written twice."""

import sys
from typing import Any

import pytest
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Crashed

from connectors.journal.records import Verdict
from jobcost.acceptance import REJECT
from jobcost.lifecycle import ExportState
from tests.attacks.siege import REASON, Case, Siege

NOBODY = "Approver: your e-mail address is missing."


@pytest.fixture(scope="module")
def case(siege: Siege) -> Case:
    """One export whose run is brought to one end after the other."""
    with siege.ordered(times_out_after=4):
        case = siege.start()
        case.wait_for_end("Failed")
    return case


def test_a_run_that_timed_out_and_is_retried_asks_again(siege: Siege, case: Case) -> None:
    assert case.state().message == "The flow was paused and never resumed."
    assert case.export.state is ExportState.AWAITING_ACCEPTANCE

    command = (sys.executable, "-m", "prefect", "flow-run", "retry", str(case.run))
    assert "scheduled" in siege.stack.run_program("retry", *command)

    # Prefect hands over an answer made of the form's defaults.
    case.assert_held(2, NOBODY)


@pytest.mark.parametrize("state", [Cancelled(), Crashed(message="Process exited with status code: -9.")])
def test_a_run_that_was_cancelled_or_crashed_while_waiting_asks_again_when_retried(
    siege: Siege, case: Case, state: State[Any]
) -> None:
    ask = case.export.ask
    case.force(state)
    assert case.state().is_final()

    case.retry()

    case.assert_held(ask + 1, NOBODY)
    siege.walked |= {"cancelled", "crashed"}


def test_a_second_run_that_sends_the_same_budget_is_refused_and_the_first_is_named(siege: Siege, case: Case) -> None:
    second = siege.start(case.project)
    second.wait_for_end("Failed")
    assert case.export.id in str(second.state().message)
    case.assert_untouched()
    assert case.state().is_paused()


def test_an_export_taken_over_by_a_second_run_is_decided_there_and_nowhere_else(siege: Siege, case: Case) -> None:
    export = case.export
    second = siege.start(case.project, continue_export=export.id)
    second.wait_for_question(export.ask)
    assert case.state().is_paused()

    case.answer(siege.approver())

    # The first run carries nothing any more: what is said to it decides nothing.
    case.wait_for_end("Failed")
    assert export.id in str(case.state().message)
    case.assert_untouched()
    assert second.state().is_paused()
    assert case.export.state is ExportState.AWAITING_ACCEPTANCE
    second.answer(siege.approver())
    second.assert_exported()


def test_an_export_killed_after_its_acceptance_and_one_that_is_verified_are_written_once(siege: Siege) -> None:
    case = siege.sent()
    with case.ordered(dies_at="after journal.record_acceptance"):
        case.answer(siege.approver())
        case.wait_for_end("Crashed")
    assert case.export.state is ExportState.ACCEPTED
    case.assert_untouched()

    case.retry()
    case.assert_exported()
    written = siege.vista_rows()

    case.retry()
    case.wait_for_end("Verified")
    assert siege.vista_rows() == written
    case.assert_exported()


def test_a_rejected_run_begun_again_rejects_and_writes_nothing(siege: Siege) -> None:
    case = siege.sent()
    case.answer(siege.approver(), REJECT, reason=REASON)
    case.wait_for_end("Rejected")

    case.retry()

    case.wait_for_end("Rejected")
    case.assert_untouched()
    assert [(one.verdict, one.reason) for one in case.decisions] == [(Verdict.REJECT, REASON)]
    assert case.export.state is ExportState.REJECTED
    siege.walked.add("rejected")
