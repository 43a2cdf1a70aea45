"""Input put beside a run past the Resume dialog, states forced through the API, and input that was deleted."""

import time
from typing import Any

import pytest
from prefect.states import Completed, Running, Scheduled

from jobcost.lifecycle import ExportState
from tests.attacks.siege import Case, Siege

MEGABYTE = "x" * 1_000_000


@pytest.fixture(scope="module")
def case(siege: Siege) -> Case:
    """One export that these attacks are made on, one after the other."""
    return siege.sent()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        pytest.param({"decision": "Accept", "code": "000000"}, "your e-mail address is missing", id="half an answer"),
        pytest.param(["Accept"], "choose Accept or Reject", id="a list"),
        pytest.param(1, "choose Accept or Reject", id="a number"),
        pytest.param('{"decision": "Accept"', "choose Accept or Reject", id="broken JSON"),
        pytest.param({"decision": MEGABYTE, "reason": MEGABYTE}, "choose Accept or Reject", id="a megabyte"),
        pytest.param(
            {"decision": {"__prefect_kind": "jinja", "template": "Accept"}}, "choose Accept or Reject", id="a template"
        ),
    ],
)
def test_input_posted_past_the_dialog_with_a_forced_state_is_judged_as_any_answer(
    case: Case, value: Any, said: str
) -> None:
    ask = case.export.ask
    assert case.post_input(case.key(ask), value) == 201

    case.force(Scheduled(name="Resuming"))

    case.assert_held(ask + 1)
    assert said in case.refusals[-1]
    assert len(case.refusals[-1]) < 1000
    assert len(case.decisions[-1].reason) <= 1000


def test_a_forged_answer_in_the_right_shape_without_a_code_accepts_nothing(siege: Siege, case: Case) -> None:
    ask = case.export.ask
    approver = siege.approver()
    assert case.post_input(case.key(ask), case.typed(approver, code="")) == 201
    # Nobody runs what is forced to Running: it is no worker's business.
    case.force(Running())
    time.sleep(2)
    assert case.state().is_running()
    case.assert_untouched()

    case.force(Scheduled())

    case.assert_held(ask + 1, "One-time code: it is missing.")


def test_an_answer_that_was_deleted_before_anybody_read_it_is_no_answer(siege: Siege, case: Case) -> None:
    ask = case.export.ask
    approver = siege.approver()
    with case.ordered(begins_after=3):
        case.answer(approver)
        siege.client.delete_flow_run_input(case.run, case.key(ask))
        case.assert_held(ask + 1)
    assert "your e-mail address is missing" in case.refusals[-1]


def test_without_the_form_nobody_can_answer_and_after_a_forced_retry_it_is_there_again(
    siege: Siege, case: Case
) -> None:
    ask = case.export.ask
    siege.client.delete_flow_run_input(case.run, case.key(ask, "schema"))
    answer = case.resume({"run_input": case.typed(siege.approver())})
    assert (answer.json()["status"], answer.json()["details"]["reason"]) == ("REJECT", "Run input schema not found.")
    case.assert_untouched()

    case.force(Scheduled())

    case.assert_held(ask + 1)


@pytest.mark.parametrize("is_watched", [True, False])
def test_input_planted_before_the_approver_answers_neither_counts_nor_shuts_them_out(
    siege: Siege, case: Case, *, is_watched: bool
) -> None:
    """Prefect takes no second answer to a question: the watch takes the planted one away, and so does our client."""
    ask = case.export.ask
    assert case.post_input(case.key(ask), {"decision": "Accept", "approver": "eve@example.com"}) == 201
    assert case.resume({"run_input": case.typed(siege.approver())}).status_code == 409
    case.assert_untouched()

    if is_watched:
        siege.watch()
        body = case.typed(siege.approver(), plan_code="AAAA-AAAA")
        assert case.resume({"run_input": body}).json()["status"] == "ACCEPT"
    else:
        case.answer(siege.approver(), plan_code="AAAA-AAAA")

    case.assert_held(ask + 1, "Plan code: it is not the code of this plan")


def test_a_run_forced_to_completed_has_decided_nothing_and_another_run_goes_on(siege: Siege, case: Case) -> None:
    export = case.export
    approver = siege.approver()
    case.post_input(case.key(export.ask), case.typed(approver, code=""))

    case.force(Completed(name="Verified"))

    assert case.state().name == "Verified"
    case.assert_untouched()
    assert case.export.state is ExportState.AWAITING_ACCEPTANCE
    another = siege.start(case.project, continue_export=export.id)
    another.wait_for_question(export.ask)
    another.answer(siege.approver())
    another.assert_exported()
