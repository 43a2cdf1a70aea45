"""Faults of the sandbox Procore: each one is seen as a client sees it."""

import time
from collections.abc import Iterator

import httpx
import pytest

from sandbox.procore.faults import KINDS
from sandbox.procore.limits import UNLIMITED, Limits, RateLimiter
from sandbox.procore.running import RunningProcore, running_procore
from tests.contract.procore_caller import BUDGET, PROJECT, ROWS, UNUSED_TLS, Caller

ME = "/rest/v1.0/me"


@pytest.fixture(scope="module")
def served() -> Iterator[RunningProcore]:
    with running_procore("public_works", UNLIMITED) as running:
        yield running


@pytest.fixture
def caller(served: RunningProcore) -> Iterator[Caller]:
    served.sandbox.reset()
    with Caller.logged_in(served) as caller:
        yield caller


@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("500", 500), ("502", 502), ("503", 503)])
def test_a_failing_answer_does_no_work_and_is_over_after_its_count(caller: Caller, kind: str, status: int) -> None:
    caller.control("faults", {"kind": kind, "method": "DELETE", "path": "budget/lock", "count": 2})
    assert [caller.delete(f"{BUDGET}/lock").status_code for _ in range(2)] == [status, status]
    assert caller.project.locked
    assert caller.delete(f"{BUDGET}/lock").status_code == 200


def test_a_429_tells_when_to_come_back_in_both_ways(caller: Caller) -> None:
    caller.procore.faults.add("429", retry_after=4)
    headers = caller.get(ME).headers
    assert headers["Retry-After"] == "4"
    assert 3 <= int(headers["X-Rate-Limit-Reset"]) - time.time() <= 6


def test_a_429_can_leave_retry_after_out(caller: Caller) -> None:
    caller.procore.faults.add("429", retry_after=None)
    headers = caller.get(ME).headers
    assert "Retry-After" not in headers
    assert headers["X-Rate-Limit-Remaining"] == "0"


def test_a_502_is_a_web_page(caller: Caller) -> None:
    caller.procore.faults.add("502")
    assert caller.get(ME).headers["Content-Type"].startswith("text/html")


def test_a_missing_permission_is_forbidden(caller: Caller) -> None:
    caller.procore.faults.add("forbidden", path="budget_views")
    assert caller.get(ROWS, project_id=PROJECT).status_code == 403


def test_an_expired_token_stays_expired_until_a_new_one_is_asked(caller: Caller) -> None:
    caller.procore.faults.add("expired_token")
    assert [caller.get(ME).status_code for _ in range(2)] == [401, 401]
    caller.http.headers["Authorization"] = f"Bearer {caller.new_token()}"
    assert caller.get(ME).status_code == 200


def test_a_connection_dropped_before_does_no_work(caller: Caller) -> None:
    caller.procore.faults.add("drop_before", method="DELETE")
    with pytest.raises(httpx.RemoteProtocolError, match="disconnected without sending a response"):
        caller.delete(f"{BUDGET}/lock")
    assert caller.project.locked


def test_a_connection_dropped_after_has_done_the_work(caller: Caller) -> None:
    caller.procore.faults.add("drop_after", method="DELETE")
    with pytest.raises(httpx.RemoteProtocolError, match="disconnected without sending a response"):
        caller.delete(f"{BUDGET}/lock")
    assert not caller.project.locked
    assert caller.procore.requests[-1].status == 0


@pytest.mark.parametrize(("kind", "locked"), [("timeout", True), ("timeout_after", False)])
def test_a_silent_server_has_or_has_not_done_the_work(caller: Caller, kind: str, locked: bool) -> None:
    caller.control("faults", {"kind": kind, "method": "DELETE", "seconds": 20})
    with pytest.raises(httpx.ReadTimeout):
        caller.http.delete(f"{BUDGET}/lock", timeout=0.3)
    assert caller.project.locked is locked


def test_half_an_answer_is_no_json(caller: Caller) -> None:
    caller.procore.faults.add("truncated_json", path="detail_rows")
    answer = caller.get(ROWS, project_id=PROJECT)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"line 1 column"):
        answer.json()
    assert len(caller.rows()) == 69


def test_a_web_page_instead_of_json_has_status_200(caller: Caller) -> None:
    caller.procore.faults.add("html")
    answer = caller.get(ROWS, project_id=PROJECT)
    assert (answer.status_code, answer.text[:6]) == (200, "<html>")


def test_a_slow_body_is_complete_in_the_end(caller: Caller) -> None:
    caller.procore.faults.add("slow_body", seconds=0.2)
    assert len(caller.rows()) == 69


def test_a_row_removed_between_pages_makes_the_reader_miss_one(caller: Caller) -> None:
    whole = [row["id"] for row in caller.rows()]
    caller.procore.faults.add("row_removed_after", path="detail_rows")
    read = [row["id"] for page in (1, 2) for row in caller.rows(page=page, per_page=40)]
    assert whole[40] not in read
    assert len(read) == 68


def test_a_row_inserted_between_pages_makes_the_reader_see_one_twice(caller: Caller) -> None:
    caller.procore.faults.add("row_inserted_after", path="page=1&")
    read = [row["id"] for page in (1, 2) for row in caller.rows(page=page, per_page=40)]
    assert len(read) == 70
    assert len(set(read)) == 69
    assert read[39] == read[40]


def test_a_fault_strikes_only_its_route_and_spares_the_first_calls(caller: Caller) -> None:
    caller.procore.faults.add("500", method="GET", path="/me$", skip=1)
    assert [caller.get(path).status_code for path in (BUDGET, ME, ME, ME)] == [200, 200, 500, 200]


def test_faults_are_listed_and_switched_off(caller: Caller) -> None:
    caller.control("faults", {"kind": "500", "path": "/me"})
    assert [fault["kind"] for fault in caller.http.get("/sandbox/faults").json()] == ["500"]
    assert caller.delete("/sandbox/faults").status_code == 204
    assert caller.get(ME).status_code == 200


def test_a_fault_that_does_not_exist_is_refused_with_the_known_ones(caller: Caller) -> None:
    answer = caller.control("faults", {"kind": "418"})
    assert answer.status_code == 400
    assert all(kind in answer.json()["message"] for kind in KINDS)


def test_a_pattern_that_is_none_is_refused(caller: Caller) -> None:
    answer = caller.control("faults", {"kind": "500", "path": "("})
    assert (answer.status_code, caller.procore.faults.waiting()) == (400, ())


def test_a_fault_waits_while_others_pass(caller: Caller) -> None:
    caller.procore.faults.add("500", path="never")
    assert caller.get(ME).status_code == 200
    assert len(caller.procore.faults.waiting()) == 1


def _limit(caller: Caller, per_hour: int | None, per_10_seconds: int | None) -> None:
    caller.procore.sandbox.limiter = RateLimiter(Limits(per_hour, per_10_seconds), caller.procore.clock)


def test_a_spike_is_over_after_ten_seconds(caller: Caller) -> None:
    _limit(caller, 600, 2)
    assert [caller.get(ME).status_code for _ in range(3)] == [200, 200, 429]
    caller.procore.clock.advance(10)
    assert caller.get(ME).status_code == 200


def test_an_hour_used_up_is_not_over_after_ten_seconds(caller: Caller) -> None:
    _limit(caller, 1, 25)
    assert caller.get(ME).status_code == 200
    caller.procore.clock.advance(10)
    assert caller.get(ME).status_code == 429
    caller.procore.clock.advance(3600)
    assert caller.get(ME).status_code == 200


def test_waiting_until_the_reset_told_is_enough(caller: Caller) -> None:
    _limit(caller, None, 1)
    caller.get(ME)
    reset = int(caller.get(ME).headers["X-Rate-Limit-Reset"])
    caller.procore.clock.advance(reset - caller.procore.clock.now())
    assert caller.get(ME).status_code == 200


def test_a_refused_call_does_not_count(caller: Caller) -> None:
    _limit(caller, 2, 1)
    assert [caller.get(ME).status_code for _ in range(3)] == [200, 429, 429]
    caller.procore.clock.advance(10)
    assert caller.get(ME).status_code == 200


def test_without_limits_no_headers_speak_of_them(caller: Caller) -> None:
    assert "X-Rate-Limit-Limit" not in caller.get(ME).headers


def test_logging_in_is_not_limited(caller: Caller) -> None:
    _limit(caller, 1, 1)
    assert [len(caller.new_token()) for _ in range(3)] == [32, 32, 32]


def test_stopping_does_not_wait_for_a_silent_fault() -> None:
    with running_procore("empty", UNLIMITED) as running, Caller.logged_in(running) as caller:
        running.faults.add("timeout", seconds=600)
        with pytest.raises(httpx.ReadTimeout):
            caller.http.get(ME, timeout=0.2)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{running.api_url}{ME}", verify=UNUSED_TLS)
