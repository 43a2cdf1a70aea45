import json as plain_json
import logging

import httpx
import pytest

from connectors.procore.errors import AccessDenied, AnswerUnexpected, LoginRefused, ProcoreFailed, ProcoreUnreachable
from tests.connectors.procore_script import SECRET, TOKEN, Script, json, lost

BUDGET = "GET /rest/v1.0/projects/1/budget"
LOGIN = "POST /oauth/token"


def test_one_token_serves_many_calls_and_every_call_names_the_company() -> None:
    script = Script()
    script.tell(BUDGET, json({"locked": True}))
    with script.calls() as calls:
        calls.get("/rest/v1.0/projects/1/budget")
        calls.get("/rest/v1.0/projects/1/budget")
    assert script.calls_made() == [LOGIN, BUDGET, BUDGET]
    assert [request.headers["Procore-Company-Id"] for request in script.seen[1:]] == ["8089", "8089"]
    assert {request.headers["Authorization"] for request in script.seen[1:]} == {f"Bearer {TOKEN}-1"}


def test_client_credentials_are_sent_to_the_login_server_only() -> None:
    script = Script()
    script.tell(BUDGET, json({"locked": True}))
    with script.calls() as calls:
        calls.get("/rest/v1.0/projects/1/budget")
    login, read = script.seen
    assert (login.url.host, read.url.host) == ("login.procore.test", "api.procore.test")
    assert plain_json.loads(login.content) == {
        "grant_type": "client_credentials",
        "client_id": "the-client-id",
        "client_secret": SECRET,
    }
    assert SECRET not in str(read.headers)


def test_a_token_is_renewed_before_its_told_life_ends() -> None:
    script = Script()
    script.token_seconds = 900
    script.tell(BUDGET, json({"locked": True}))
    with script.calls() as calls:
        calls.get("/rest/v1.0/projects/1/budget")
        script.clock.time += 839
        calls.get("/rest/v1.0/projects/1/budget")
        script.clock.time += 1
        calls.get("/rest/v1.0/projects/1/budget")
    assert script.calls_made() == [LOGIN, BUDGET, BUDGET, LOGIN, BUDGET]


def test_a_token_refused_once_is_renewed_once() -> None:
    script = Script()
    script.tell(BUDGET, json({"message": "expired"}, 401), json({"locked": True}))
    with script.calls() as calls:
        calls.get("/rest/v1.0/projects/1/budget")
    assert script.calls_made() == [LOGIN, BUDGET, LOGIN, BUDGET]
    assert script.seen[-1].headers["Authorization"] == f"Bearer {TOKEN}-2"


def test_a_token_refused_twice_is_a_clear_error() -> None:
    script = Script()
    script.tell(BUDGET, json({"message": "Unauthorized"}, 401))
    with script.calls() as calls, pytest.raises(AccessDenied, match=r"/budget: Procore answered 401: Unauthorized\."):
        calls.get("/rest/v1.0/projects/1/budget")
    assert script.calls_made() == [LOGIN, BUDGET, LOGIN, BUDGET]


def test_a_wrong_secret_is_told_in_procores_words_and_tried_once() -> None:
    script = Script()
    script.tell(LOGIN, json({"error": "invalid_client", "error_description": f"unknown {SECRET}"}, 401))
    with script.calls() as calls, pytest.raises(LoginRefused) as caught:
        calls.get("/rest/v1.0/projects/1/budget")
    assert str(caught.value).startswith("POST /oauth/token: Procore answered 401: invalid_client; unknown [secret].")
    assert script.calls_made() == [LOGIN]


def test_a_login_server_that_fails_for_a_moment_is_asked_again() -> None:
    script = Script()
    good = json({"access_token": TOKEN, "expires_in": 900})
    script.tell(LOGIN, lost, json({}, 503, Retry_After="5"), good)
    script.tell(BUDGET, json({"locked": True}))
    with script.calls() as calls:
        assert calls.get("/rest/v1.0/projects/1/budget").value == {"locked": True}
    assert script.clock.slept == [1.0, 5.0]


def test_a_login_server_that_stays_away_is_a_clear_error() -> None:
    script = Script()
    script.tell(LOGIN, lost)
    with script.calls() as calls, pytest.raises(ProcoreUnreachable, match="POST /oauth/token"):
        calls.get("/rest/v1.0/projects/1/budget")
    script.tell(LOGIN, json({}, 500))
    with script.calls() as calls, pytest.raises(ProcoreFailed, match="POST /oauth/token"):
        calls.get("/rest/v1.0/projects/1/budget")


@pytest.mark.parametrize(
    "answer",
    [{"access_token": TOKEN}, {"access_token": 5, "expires_in": 900}, {"access_token": "", "expires_in": 900}, [TOKEN]],
)
def test_an_answer_without_a_usable_token_is_refused_without_showing_it(answer: object) -> None:
    script = Script()
    script.tell(LOGIN, json(answer))
    with script.calls() as calls, pytest.raises(AnswerUnexpected) as caught:
        calls.get("/rest/v1.0/projects/1/budget")
    assert TOKEN not in str(caught.value)


def test_neither_secret_nor_token_shows_in_an_error_or_a_log(caplog: pytest.LogCaptureFixture) -> None:
    """Even where a server or a proxy echoes both back."""
    caplog.set_level(logging.DEBUG)
    script = Script()
    echo = f"you sent {SECRET} and {TOKEN}-1"
    script.tell(
        BUDGET,
        httpx.ReadTimeout(echo),
        httpx.Response(200, text=echo),
        json({"message": echo}, 500),
        json({"errors": [echo]}, 422),
    )
    with script.calls() as calls, pytest.raises(Exception, match="secret") as caught:
        calls.get("/rest/v1.0/projects/1/budget")
    told = f"{caught.value!r} {caught.value} {caught.value.__cause__!r} {caplog.text}"
    assert "you sent [secret] and [secret]" in told
    assert SECRET not in told
    assert TOKEN not in told
