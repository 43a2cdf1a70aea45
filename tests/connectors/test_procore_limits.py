import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from connectors.procore.errors import ProcoreFailed, RateLimitExhausted
from tests.connectors.procore_script import START, Script, json

PATH = "/rest/v1.0/projects/1/budget"


def told(limit: int, remaining: int, reset: float, status: int = 200, **headers: str) -> httpx.Response:
    limits = {
        "X_Rate_Limit_Limit": str(limit),
        "X_Rate_Limit_Remaining": str(remaining),
        "X_Rate_Limit_Reset": f"{reset:.0f}",
    }
    return json({"locked": True}, status, **limits, **headers)


def test_a_used_up_window_is_waited_out_before_the_next_call() -> None:
    script = Script()
    script.tell(f"GET {PATH}", told(25, 0, START + 7), told(25, 24, START + 18))
    with script.calls() as calls:
        calls.get(PATH)
        assert script.clock.slept == []
        calls.get(PATH)
    assert script.clock.slept == [8.0]


def test_calls_left_are_not_waited_for() -> None:
    script = Script()
    script.tell(f"GET {PATH}", told(25, 3, START + 7))
    with script.calls() as calls:
        calls.get(PATH)
        calls.get(PATH)
    assert script.clock.slept == []


def test_a_window_that_is_over_is_forgotten() -> None:
    script = Script()
    script.tell(f"GET {PATH}", told(25, 0, START + 7), told(25, 24, START + 18))
    with script.calls() as calls:
        calls.get(PATH)
        script.clock.time += 7
        calls.get(PATH)
    assert script.clock.slept == []


def test_the_hourly_window_is_remembered_while_headers_tell_of_the_short_one() -> None:
    """The headers describe one window at a time; calls count against both."""
    script = Script()
    script.tell(
        f"GET {PATH}",
        told(600, 2, START + 1800),
        told(25, 20, START + 10),
        told(25, 19, START + 10),
        told(600, 599, START + 5400),
    )
    with script.calls() as calls:
        for _ in range(4):
            calls.get(PATH)
    assert script.clock.slept == [1801.0]


@pytest.mark.parametrize("missing", ["Limit", "Remaining", "Reset"])
def test_half_a_description_of_a_window_is_ignored(missing: str) -> None:
    script = Script()
    answer = told(25, 0, START + 7)
    del answer.headers[f"X-Rate-Limit-{missing}"]
    script.tell(f"GET {PATH}", answer)
    with script.calls() as calls:
        calls.get(PATH)
        calls.get(PATH)
    assert script.clock.slept == []


@pytest.mark.parametrize(
    ("headers", "slept"),
    [
        pytest.param({"Retry-After": "12"}, 12.0, id="seconds"),
        pytest.param(
            {"Retry-After": format_datetime(datetime.fromtimestamp(START, UTC) + timedelta(seconds=30), usegmt=True)},
            30.0,
            id="date",
        ),
        pytest.param({"X-Rate-Limit-Reset": f"{START + 9:.0f}"}, 10.0, id="reset"),
        pytest.param({"Retry-After": "soon"}, 1.0, id="nonsense"),
        pytest.param({}, 1.0, id="nothing"),
    ],
)
def test_a_429_is_waited_out_as_long_as_it_asks(headers: dict[str, str], slept: float) -> None:
    script = Script()
    script.tell(f"GET {PATH}", httpx.Response(429, headers=headers), told(25, 24, START + 99))
    with script.calls() as calls:
        calls.get(PATH)
    assert script.clock.slept == [slept]


def test_a_429_that_names_no_time_is_waited_out_longer_each_time_and_not_for_ever() -> None:
    script = Script()
    script.tell(f"GET {PATH}", json({"message": "Too many requests"}, 429))
    with script.calls() as calls, pytest.raises(RateLimitExhausted, match=r"Too many requests\. Try again after"):
        calls.get(PATH)
    assert script.clock.slept == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0]


def test_a_lock_refused_by_429_is_sent_again_because_nothing_was_done() -> None:
    script = Script()
    script.tell(f"GET {PATH}", json({"locked": False}), json({"locked": True}))
    script.tell(f"POST {PATH}/lock", json({}, 429, Retry_After="3"), json({"locked": True}, 201))
    with script.procore() as procore:
        procore.lock_budget(1)
    assert script.api_calls() == [f"GET {PATH}", f"POST {PATH}/lock", f"POST {PATH}/lock", f"GET {PATH}"]
    assert script.clock.slept == [3.0]


def test_a_longer_wait_than_configured_is_a_clear_error_and_no_wait() -> None:
    script = Script()
    script.tell(f"GET {PATH}", json({"message": "Hourly limit"}, 429, Retry_After="3000"))
    with script.calls(wait_seconds_max=60) as calls, pytest.raises(RateLimitExhausted) as caught:
        calls.get(PATH)
    assert str(caught.value).startswith(
        f"GET {PATH}: Procore's rate limit asks to wait 3000 s; expected at most 60 s. Hourly limit."
    )
    assert script.clock.slept == []


def test_a_used_up_hour_beyond_the_configured_wait_stops_before_the_call() -> None:
    script = Script()
    script.tell(f"GET {PATH}", told(600, 0, START + 3000))
    with script.calls(wait_seconds_max=60) as calls:
        calls.get(PATH)
        with pytest.raises(RateLimitExhausted, match="asks to wait 3001 s; expected at most 60 s"):
            calls.get(PATH)
    assert script.api_calls() == [f"GET {PATH}"]


def test_an_overloaded_procore_is_asked_again_after_its_retry_after() -> None:
    script = Script()
    script.tell(f"GET {PATH}", json({}, 503, Retry_After="17"), json({"locked": True}))
    with script.calls() as calls:
        calls.get(PATH)
    assert script.clock.slept == [17.0]


def test_an_overloaded_procore_that_asks_for_too_long_a_wait_is_a_clear_error() -> None:
    script = Script()
    script.tell(f"GET {PATH}", json({"message": "Down"}, 503, Retry_After="7200"))
    with (
        script.calls() as calls,
        pytest.raises(RateLimitExhausted, match="asks to wait 7200 s; expected at most 3660 s"),
    ):
        calls.get(PATH)
    assert script.clock.slept == []


def test_a_procore_that_keeps_failing_is_asked_four_times() -> None:
    script = Script()
    script.tell(f"GET {PATH}", json({"message": "Oops"}, 500))
    with script.calls() as calls, pytest.raises(ProcoreFailed, match=r"Procore answered 500: Oops\."):
        calls.get(PATH)
    assert len(script.api_calls()) == 4
    assert script.clock.slept == [1.0, 2.0, 4.0]


def test_a_wait_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="connectors.procore")
    script = Script()
    script.tell(f"GET {PATH}", json({}, 429, Retry_After="12"), json({"locked": True}))
    with script.calls() as calls:
        calls.get(PATH)
    assert f"Waiting 12.0 s for Procore's rate limit before GET {PATH}" in caplog.messages
