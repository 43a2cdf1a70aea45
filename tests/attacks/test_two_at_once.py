"""Two to eight clients resume one run at the same moment, through a real server; ATTACK_ROUNDS sets how often."""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors.journal.errors import ExportMoved
from connectors.journal.records import Verdict
from jobcost.acceptance import ACCEPT, REJECT
from jobcost.lifecycle import ExportState
from tests.attacks.besieged import until
from tests.attacks.siege import SENDER, Case, Siege

ROUNDS = int(os.environ.get("ATTACK_ROUNDS", "6"))
CLIENTS_MAX = 8
BUSY = 503


def _at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    gate = threading.Barrier(len(acts))

    def act(one: Callable[[], Any]) -> Any:
        gate.wait(timeout=60)
        return one()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))


def _taken(answers: Sequence[httpx.Response]) -> int:
    """How many resumes the server took. SQLite is busy for some of them; the others are told that they came late."""
    for answer in answers:
        assert answer.status_code in {200, 201, BUSY}, answer.text
    statuses = [answer.json()["status"] for answer in answers if answer.status_code != BUSY]
    assert set(statuses) <= {"ACCEPT", "ABORT"}
    return statuses.count("ACCEPT")


def _resumed_at_once(case: Case, bodies: Sequence[dict[str, Any]]) -> None:
    """Resume until one of the clients was not told that the server is busy."""
    # Two hundred rounds ask Procore more than its limit for an hour allows.
    case.siege.stack.rest_procore()
    for _ in range(20):
        taken = _taken(_at_once([lambda body=body: case.resume({"run_input": body}) for body in bodies]))  # type: ignore[misc]  # defaults bind now
        assert taken <= 1
        if taken == 1:
            return
    raise AssertionError("the server took nobody's answer")


@pytest.mark.timeout(300 + 60 * ROUNDS)
def test_of_many_resumes_at_once_one_is_judged_and_journalled(siege: Siege) -> None:
    case = siege.sent()
    # All of them would be wrong, so that the question is asked again, round after round.
    for number in range(ROUNDS - 2):
        bodies = [
            {
                "decision": ACCEPT,
                "plan_code": "AAAA-AAAA",
                "approver": f"client{client}@example.com",
                "code": "000000",
                "reason": "",
            }
            for client in range(2 + number % (CLIENTS_MAX - 1))
        ]
        _resumed_at_once(case, bodies)
        case.assert_held(number + 2)
        assert case.decisions[-1].approver in {body["approver"] for body in bodies}
    case.vista_before = siege.vista_rows()

    # Two right answers that contradict each other.
    _resumed_at_once(case, [case.typed(siege.approver(), ACCEPT), case.typed(siege.approver(), REJECT)])
    until(lambda: case.state().is_final(), case.state)
    verdicts = [one.verdict for one in case.decisions if one.verdict is not Verdict.REFUSED]
    if verdicts == [Verdict.ACCEPT]:
        case.assert_exported()
    else:
        assert verdicts == [Verdict.REJECT]
        assert case.export.state is ExportState.REJECTED
        case.assert_untouched()


def test_a_right_answer_and_a_retrieve_at_once_leave_one_of_the_two(siege: Siege) -> None:
    case = siege.sent()
    body = {"run_input": case.typed(siege.approver())}

    def answer() -> None:
        while case.resume(body).status_code == BUSY:
            pass

    def retrieve() -> bool:
        try:
            siege.journal.retrieve(case.export.id, actor=SENDER, reason="mine", at=datetime.now(UTC))
        except ExportMoved:
            return False
        return True

    _, is_retrieved = _at_once([answer, retrieve])

    until(lambda: case.state().is_final(), case.state)
    if is_retrieved:
        assert (case.export.state, case.decisions) == (ExportState.RETRIEVED, ())
        case.assert_untouched()
    else:
        case.assert_exported()
