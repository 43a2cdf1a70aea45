"""The connector in front of the sandbox: size, rate limits, secrets, and the probe of an access that is not right."""

import logging
import traceback
from collections.abc import Iterator
from decimal import Decimal

import httpx
import pytest
from pydantic import SecretStr

from connectors.procore import errors
from sandbox.procore.limits import Limits
from sandbox.procore.running import RunningProcore, running_procore
from tests.connectors.procore_sandbox import PROJECT, staged

# One token; project, lock (twice), views, columns, users, types, changes, modifications, totals; 5 pages each of
# 10,000 lines and 10,000 cost codes. One look at the lock would be enough for the bare data.
MINIMUM_CALLS_FOR_10000_LINES = 20


@pytest.fixture(scope="module")
def server() -> Iterator[RunningProcore]:
    with running_procore() as running:
        yield running


@pytest.fixture
def fresh(server: RunningProcore) -> RunningProcore:
    server.sandbox.reset()
    return server


def test_ten_thousand_lines_are_read_whole_within_the_documented_limits_and_hardly_more_calls_than_needed() -> None:
    with running_procore("generated:10000") as server, staged(server) as stage:
        budget = stage.gateway.read_budget(7000)
    assert len(budget.line_items) == len({line.id for line in budget.line_items}) == 10_000
    assert sum(line.original_budget_amount for line in budget.line_items) == Decimal("492389950.00")
    first = budget.line_items[0]
    assert (first.label, first.original_budget_amount, first.quantity, first.uom, first.hours) == (
        "1000-100 / L",
        Decimal("137.01"),
        Decimal(1),
        "LS",
        Decimal(1),
    )
    assert all(line.cost_code and line.line_item_type for line in budget.line_items)
    assert len(stage.calls()) == 21
    assert len(stage.calls()) <= MINIMUM_CALLS_FOR_10000_LINES * 1.2
    assert 429 not in {int(seen.status) for seen in server.requests}


def test_the_short_window_is_waited_out_before_it_is_hit() -> None:
    with running_procore(limits=Limits(per_hour=None, per_10_seconds=5)) as server, staged(server) as stage:
        budget = stage.gateway.read_budget(PROJECT)
    assert len(budget.line_items) == 69
    assert {int(seen.status) for seen in server.requests} == {200}
    assert len(stage.slept) == 2
    assert all(5 < seconds < 13 for seconds in stage.slept)


def test_the_hourly_window_is_waited_out_before_it_is_hit() -> None:
    with running_procore(limits=Limits(per_hour=20, per_10_seconds=None)) as server, staged(server) as stage:
        stage.gateway.read_budget(PROJECT)
        assert stage.slept == []
        stage.gateway.read_budget(PROJECT)
    assert {int(seen.status) for seen in server.requests} == {200}
    assert len(stage.slept) == 1
    assert 3500 < stage.slept[0] < 3603


def test_both_windows_at_once_are_waited_out_before_they_are_hit() -> None:
    with running_procore(limits=Limits(per_hour=30, per_10_seconds=7)) as server, staged(server) as stage:
        for _ in range(4):
            stage.gateway.read_budget(PROJECT)
    assert {int(seen.status) for seen in server.requests} == {200}
    assert len([seconds for seconds in stage.slept if seconds > 3000]) == 1
    assert len([seconds for seconds in stage.slept if seconds < 13]) == len(stage.slept) - 1 >= 4


def test_an_hour_that_is_longer_than_the_configured_wait_is_a_clear_error() -> None:
    limits = Limits(per_hour=5, per_10_seconds=None)
    with running_procore(limits=limits) as server, staged(server, wait_seconds_max=120) as stage:
        with pytest.raises(errors.RateLimitExhausted, match="expected at most 120 s"):
            stage.gateway.read_budget(PROJECT)
        assert stage.slept == []
        assert 429 not in {int(seen.status) for seen in server.requests}


def test_calls_that_somebody_else_used_up_are_waited_out_after_the_429() -> None:
    limits = Limits(per_hour=None, per_10_seconds=20)
    with running_procore(limits=limits) as server, staged(server) as other, staged(server) as stage:
        other.gateway.read_budget(PROJECT)
        stage.gateway.read_budget(PROJECT)
        other.gateway.read_budget(PROJECT)
    assert {int(seen.status) for seen in server.requests} <= {200, 429}
    assert stage.slept or other.slept


def test_a_token_that_ended_in_between_is_renewed_unasked(fresh: RunningProcore) -> None:
    with staged(fresh) as stage:
        stage.gateway.read_users()
        fresh.clock.advance(5400)
        stage.gateway.read_users()
    assert {int(seen.status) for seen in fresh.requests} == {200}
    assert stage.calls().count("POST /oauth/token") == 2


def test_a_budget_without_configured_columns_is_read_without_them_and_with_one_call_less(fresh: RunningProcore) -> None:
    with staged(fresh, quantity_column=None, uom_column=None, hours_column=None) as stage:
        lines = stage.gateway.read_budget(PROJECT).line_items
    assert {(line.quantity, line.uom, line.hours) for line in lines} == {(None, None, None)}
    assert len(stage.calls()) == 13


def test_a_missing_column_is_told_with_the_columns_there_are(fresh: RunningProcore) -> None:
    with staged(fresh, hours_column="Man Hours") as stage, pytest.raises(errors.BudgetColumnMissing) as caught:
        stage.gateway.read_budget(PROJECT)
    assert "expected exactly one column named 'Man Hours', found 'Original Budget Amount'," in str(caught.value)


def test_a_budget_locked_while_it_is_read_is_read_again_and_is_locked(fresh: RunningProcore) -> None:
    project = fresh.state.projects[PROJECT]
    project.locked = False

    def lock_it(request: httpx.Request) -> None:
        project.locked = project.locked or request.url.path.endswith("/detail_rows")

    with staged(fresh, meanwhile=lock_it) as stage:
        assert stage.gateway.read_budget(PROJECT).locked is True
    assert len([call for call in stage.calls() if call.endswith("/detail_rows")]) == 2


def test_a_budget_whose_lock_never_stands_still_is_a_clear_error(fresh: RunningProcore) -> None:
    project = fresh.state.projects[PROJECT]

    def turn_it(request: httpx.Request) -> None:
        project.locked ^= request.url.path.endswith("/detail_rows")

    with staged(fresh, meanwhile=turn_it) as stage, pytest.raises(errors.BudgetMovedWhileReading) as caught:
        stage.gateway.read_budget(PROJECT)
    assert "expected a budget that stays unlocked, found one that is locked (read 4 times)" in str(caught.value)


def test_an_amount_moved_between_two_pages_is_noticed_by_the_total(fresh: RunningProcore) -> None:
    """No row comes or goes, so only the sum gives it away: page 1 is old, page 2 is new."""
    project = fresh.state.projects[PROJECT]
    moved: list[bool] = []

    def move_it(request: httpx.Request) -> None:
        if request.url.path.endswith("/detail_rows") and not moved:
            moved.append(True)
            project.line("G-1").original_budget_amount -= Decimal(100)
            project.line("SW-43").original_budget_amount += Decimal(100)

    with staged(fresh, meanwhile=move_it, per_page=40) as stage:
        lines = stage.gateway.read_budget(PROJECT).line_items
    assert sum(line.original_budget_amount for line in lines) == Decimal("5799933.10")
    assert [lines[0].original_budget_amount, lines[-1].original_budget_amount] == [
        Decimal("2300.00"),
        Decimal("95100.00"),
    ]


def test_the_wrong_company_is_told_in_procores_words(fresh: RunningProcore) -> None:
    with staged(fresh, company_id=1) as stage, pytest.raises(errors.ProjectNotVisible, match='company "1"'):
        stage.gateway.read_budget(PROJECT)


def test_no_secret_shows_in_any_log_or_error(fresh: RunningProcore, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    for kind in ("500", "drop_after", "html", "expired_token", "forbidden"):
        fresh.faults.clear()
        fresh.faults.add(kind, path="/rest/", count=1000)
        with staged(fresh) as stage, pytest.raises(errors.ProcoreError) as caught:
            stage.gateway.read_budget(PROJECT)
        told += traceback.format_exception(caught.value)
    with (
        staged(fresh, client_secret=SecretStr("a-wrong-secret")) as stage,
        pytest.raises(errors.LoginRefused) as refused,
    ):
        stage.gateway.read_budget(PROJECT)
    told += traceback.format_exception(refused.value)
    text = "\n".join(told) + caplog.text
    assert "/rest/v1.0/projects/1164" in text
    assert [secret for secret in ("sandbox-secret", "a-wrong-secret", *fresh.sandbox.tokens) if secret in text] == []


def test_a_probe_of_a_good_access_says_what_it_saw(fresh: RunningProcore) -> None:
    with staged(fresh) as stage:
        checks = stage.gateway.probe()
    assert [(check.name, check.ok, check.found) for check in checks] == [
        ("Procore login", True, "a token was given"),
        ("Procore company", True, "company 8089, 1 visible projects"),
        ("Procore budget view", True, "'Vista Export' is there in project 1164"),
        ("Procore users", True, "5 read; Procore tells who is an accounting approver"),
        ("Procore rate limit", True, "22 of 25 calls left in this window"),
    ]
    assert {seen.method for seen in fresh.requests if seen.path != "/oauth/token"} == {"GET"}


def test_a_probe_with_a_wrong_secret_stops_at_the_login(fresh: RunningProcore) -> None:
    with staged(fresh, client_secret=SecretStr("wrong")) as stage:
        checks = stage.gateway.probe()
    assert [(check.name, check.ok) for check in checks] == [("Procore login", False)]
    assert "401: invalid_client" in checks[0].found
    assert checks[0].way_out.startswith("Check client id")


def test_a_probe_with_a_wrong_company_says_so(fresh: RunningProcore) -> None:
    with staged(fresh, company_id=1) as stage:
        checks = stage.gateway.probe()
    assert [(check.name, check.ok) for check in checks] == [("Procore company", False)]


def test_a_probe_tells_missing_projects_view_and_users_apart(fresh: RunningProcore) -> None:
    fresh.state.access.denied_tools.append("directory")
    with staged(fresh, budget_view="Elsewhere") as stage:
        seen = {check.name: check.ok for check in stage.gateway.probe()}
    assert seen["Procore budget view"] is None
    assert seen["Procore users"] is False
    fresh.state.access.permitted_projects = []
    with staged(fresh) as stage:
        seen = {check.name: check.ok for check in stage.gateway.probe()}
    assert seen["Procore company"] is False
    assert seen["Procore budget view"] is None
