"""Input put beside a run past the Resume dialog, states forced through the API, and input that was deleted."""

import json
import time
from typing import Any

import pytest
from prefect.states import Completed, Running, Scheduled

from jobcost.acceptance import EXCHANGED, REJECT
from jobcost.lifecycle import ExportState
from tests.attacks.siege import REASON, Case, Siege

PAST_RESUME = f"{EXCHANGED} it was put there past the Resume dialog."
MEGABYTE = "x" * 1_000_000


@pytest.fixture(scope="module")
def case(siege: Siege) -> Case:
    """One export that these attacks are made on, one after the other."""
    return siege.sent()


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"decision": "Accept", "code": "000000"}, id="half an answer"),
        pytest.param(["Accept"], id="a list", marks=pytest.mark.nightly),
        pytest.param(1, id="a number", marks=pytest.mark.nightly),
        pytest.param('{"decision": "Accept"', id="broken JSON", marks=pytest.mark.nightly),
        pytest.param({"decision": MEGABYTE, "reason": MEGABYTE, "approver": MEGABYTE}, id="a megabyte"),
        pytest.param(
            {"decision": {"__prefect_kind": "jinja", "template": "Accept"}}, id="a template", marks=pytest.mark.nightly
        ),
    ],
)
def test_input_posted_past_the_dialog_with_a_forced_state_is_refused(case: Case, value: Any) -> None:
    ask = case.export.ask
    assert case.post_input(case.key(ask), value) == 201

    case.force(Scheduled())

    case.assert_held(ask + 1, PAST_RESUME)
    kept = case.decisions[-1]
    assert max(len(text) for text in (kept.refusal, kept.reason, kept.approver, kept.plan_code_given)) <= 1000


def test_a_forged_answer_in_the_right_shape_without_a_code_accepts_nothing(siege: Siege, case: Case) -> None:
    """Forced under the very name of a resume, it is at best an answer like any other."""
    ask = case.export.ask
    approver = siege.approver()
    assert case.post_input(case.key(ask), case.typed(approver, code="")) == 201

    case.force(Scheduled(name="Resuming"))

    case.assert_held(ask + 1)
    assert case.refusals[-1] == "One-time code: it is missing." or EXCHANGED in case.refusals[-1]


def test_a_right_answer_with_a_right_code_counts_only_through_resume(siege: Siege, case: Case) -> None:
    """A borrowed code, posted by somebody who forces the state, is refused; nobody is blamed, and the code is spent."""
    ask = case.export.ask
    approver = siege.approver()
    assert case.post_input(case.key(ask), case.typed(approver)) == 201
    # Nobody runs what is forced to Running: it is no worker's business.
    case.force(Running())
    time.sleep(2)
    assert case.state().is_running()
    case.assert_untouched()

    case.force(Scheduled())

    case.assert_held(ask + 1, PAST_RESUME)
    assert siege.wrong_codes(approver) == 0
    assert case.decisions[-1].code_step is not None


def test_an_answer_that_was_deleted_before_anybody_read_it_is_no_answer(siege: Siege, case: Case) -> None:
    ask = case.export.ask
    approver = siege.approver()
    with case.ordered(begins_after=3):
        case.answer(approver)
        siege.client.delete_flow_run_input(case.run, case.key(ask))
        case.assert_held(ask + 1, "it was taken away after Resume")


def test_a_reject_that_was_made_an_acceptance_before_anybody_read_it_accepts_nothing(siege: Siege, case: Case) -> None:
    """With the code of the reject, which counts; only the moment when it was stored tells (deployments/README.md)."""
    ask = case.export.ask
    approver = siege.approver()
    with case.ordered(begins_after=15):
        case.answer(approver, REJECT, reason=REASON)
        stolen = json.loads(case.inputs()[case.key(ask)])
        time.sleep(6)
        siege.client.delete_flow_run_input(case.run, case.key(ask))
        assert case.post_input(case.key(ask), stolen | {"decision": "Accept", "reason": ""}) == 201
        case.assert_held(ask + 1, "it is not what was sent with Resume")
    # The code has been shown, so it is used up.
    assert case.decisions[-1].code_step is not None


def test_a_run_that_is_resumed_twice_for_one_answer_takes_neither(siege: Siege, case: Case) -> None:
    ask = case.export.ask
    approver = siege.approver()
    with case.ordered(begins_after=6):
        case.answer(approver, REJECT, reason=REASON)
        stolen = json.loads(case.inputs()[case.key(ask)])
        siege.client.delete_flow_run_input(case.run, case.key(ask))
        assert case.post_input(case.key(ask), stolen | {"decision": "Accept", "reason": ""}) == 201
        case.force(Scheduled(name="Resuming"))
        case.assert_held(ask + 1, "it is not what was sent with Resume")


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


@pytest.mark.parametrize("is_watched", [True, pytest.param(False, marks=pytest.mark.nightly)])
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
