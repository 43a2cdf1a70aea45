from typing import Any

import httpx
import pytest

from connectors.procore import errors
from tests.connectors.procore_script import Answer, Script, json, lost

BUDGET = "GET /rest/v1.0/projects/1/budget"
LOCK = "POST /rest/v1.0/projects/1/budget/lock"
UNLOCK = "DELETE /rest/v1.0/projects/1/budget/lock"
MODIFICATIONS = "GET /rest/v1.0/projects/1/budget_modifications"

LOCKED, UNLOCKED = {"locked": True}, {"locked": False}

# Answers that do not tell whether the work was done.
SILENT: list[Any] = [
    pytest.param(lost, id="time-out"),
    pytest.param(httpx.RemoteProtocolError("connection closed"), id="dropped"),
    pytest.param(json({"message": "Oops"}, 500), id="500"),
    pytest.param(json({}, 503, Retry_After="1"), id="503"),
    pytest.param(httpx.Response(201, text='{"locked": tr'), id="cut short"),
    pytest.param(httpx.Response(200, html="<h1>Hello</h1>"), id="web page"),
]


def test_locking_reads_sends_and_reads() -> None:
    script = Script()
    script.tell(BUDGET, json(UNLOCKED), json(LOCKED))
    script.tell(LOCK, json(LOCKED, 201))
    with script.procore() as procore:
        procore.lock_budget(1)
    assert script.api_calls() == [BUDGET, LOCK, BUDGET]


def test_locking_a_locked_budget_sends_nothing() -> None:
    script = Script()
    script.tell(BUDGET, json(LOCKED))
    with script.procore() as procore:
        procore.lock_budget(1)
    assert script.api_calls() == [BUDGET]


@pytest.mark.parametrize("silent", SILENT)
def test_a_lost_answer_to_a_lock_that_was_done_is_not_sent_again(silent: Answer) -> None:
    script = Script()
    script.tell(BUDGET, json(UNLOCKED), json(LOCKED))
    script.tell(LOCK, silent)
    with script.procore() as procore:
        procore.lock_budget(1)
    assert script.api_calls() == [BUDGET, LOCK, BUDGET]


@pytest.mark.parametrize("silent", SILENT)
def test_a_lost_lock_is_sent_again_only_after_reading_that_nothing_happened(silent: Answer) -> None:
    script = Script()
    script.tell(BUDGET, json(UNLOCKED), json(UNLOCKED), json(LOCKED))
    script.tell(LOCK, silent, json(LOCKED, 201))
    with script.procore() as procore:
        procore.lock_budget(1)
    assert script.api_calls() == [BUDGET, LOCK, BUDGET, LOCK, BUDGET]


def test_a_lock_that_never_shows_is_a_clear_error_after_three_requests() -> None:
    script = Script()
    script.tell(BUDGET, json(UNLOCKED))
    script.tell(LOCK, lost)
    with script.procore() as procore, pytest.raises(errors.LockNotProven) as caught:
        procore.lock_budget(1)
    assert str(caught.value).startswith(
        "Budget of Procore project 1: expected a locked budget, found an unlocked budget; last answer: POST /rest"
    )
    assert script.api_calls().count(LOCK) == 3


def test_a_refused_lock_is_told_in_procores_words() -> None:
    script = Script()
    script.tell(BUDGET, json(UNLOCKED))
    script.tell(LOCK, json({"message": "Budget tool is disabled"}, 403))
    with script.procore() as procore, pytest.raises(errors.AccessDenied, match=r"403: Budget tool is disabled\."):
        procore.lock_budget(1)
    assert script.api_calls().count(LOCK) == 1


def test_a_lock_refused_because_somebody_was_faster_is_no_error() -> None:
    script = Script()
    script.tell(BUDGET, json(UNLOCKED), json(LOCKED))
    script.tell(LOCK, json({"errors": "Budget is already locked"}, 422))
    with script.procore() as procore:
        procore.lock_budget(1)
    assert script.api_calls() == [BUDGET, LOCK, BUDGET]


def test_unlocking_always_asks_to_keep_the_modifications_and_proves_it() -> None:
    script = Script()
    script.tell(MODIFICATIONS, json([{"id": 11}, {"id": 12}]))
    script.tell(BUDGET, json(LOCKED), json(UNLOCKED))
    script.tell(UNLOCK, json(UNLOCKED))
    with script.procore() as procore:
        procore.unlock_budget(1)
    assert script.api_calls() == [MODIFICATIONS, BUDGET, UNLOCK, BUDGET, MODIFICATIONS]
    sent = next(request for request in script.seen if request.method == "DELETE")
    assert sent.url.query == b"destroy_all_budget_line_item_transfers=false"


@pytest.mark.parametrize("silent", SILENT)
def test_every_repeated_unlock_asks_to_keep_the_modifications(silent: Answer) -> None:
    script = Script()
    script.tell(MODIFICATIONS, json([]))
    script.tell(BUDGET, json(LOCKED), json(LOCKED), json(UNLOCKED))
    script.tell(UNLOCK, silent, json(UNLOCKED))
    with script.procore() as procore:
        procore.unlock_budget(1)
    sent = [request.url.query for request in script.seen if request.method == "DELETE"]
    assert sent == [b"destroy_all_budget_line_item_transfers=false"] * 2


def test_lost_modifications_are_reported_by_their_ids() -> None:
    script = Script()
    script.tell(MODIFICATIONS, json([{"id": 11}, {"id": 12}]), json([{"id": 12}, {"id": 13}]))
    script.tell(BUDGET, json(LOCKED), json(UNLOCKED))
    script.tell(UNLOCK, json(UNLOCKED))
    with script.procore() as procore, pytest.raises(errors.ModificationsDestroyed) as caught:
        procore.unlock_budget(1)
    assert "expected its 2 budget modifications to outlive the unlocking, found 1 gone (ids 11)" in str(caught.value)


def test_a_refused_unlock_keeps_procores_words_and_names_the_way_out() -> None:
    script = Script()
    script.tell(MODIFICATIONS, json([{"id": 11}]))
    script.tell(BUDGET, json(LOCKED))
    script.tell(UNLOCK, json({"errors": {"base": ["Cannot unlock a budget with modifications"]}}, 422))
    with script.procore() as procore, pytest.raises(errors.UnlockRefused) as caught:
        procore.unlock_budget(1)
    assert "422: base: Cannot unlock a budget with modifications. The budget stays locked" in str(caught.value)
    assert script.api_calls().count(UNLOCK) == 1


def test_unlocking_an_unlocked_budget_sends_nothing() -> None:
    script = Script()
    script.tell(MODIFICATIONS, json([]))
    script.tell(BUDGET, json(UNLOCKED))
    with script.procore() as procore:
        procore.unlock_budget(1)
    assert UNLOCK not in script.api_calls()


def test_an_unlock_that_procore_confirms_but_did_not_do_is_not_believed() -> None:
    script = Script()
    script.tell(MODIFICATIONS, json([]))
    script.tell(BUDGET, json(LOCKED))
    script.tell(UNLOCK, json(UNLOCKED))
    with script.procore() as procore, pytest.raises(errors.LockNotProven, match="last answer: it was done"):
        procore.unlock_budget(1)
