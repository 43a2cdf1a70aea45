"""The commands sync and receive-webhooks: what they show, what they start, and how they leave."""

from decimal import Decimal

import pytest

from budget_export import receiving, syncing
from tasks import runs
from tests.cli.desk import Desk
from tests.flows.syncs import KeyedRuns, move


@pytest.fixture
def started(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> KeyedRuns:
    """What the command starts at a Prefect that keeps keys; the clock is the desk's."""
    started = KeyedRuns()
    monkeypatch.setattr(syncing, "starting_in", lambda _: started)
    monkeypatch.setattr(syncing, "now", lambda: desk.at)
    return started


def test_a_dry_run_shows_what_would_be_started_and_starts_nothing(desk: Desk, started: KeyedRuns) -> None:
    export = desk.exported()
    move(desk.bench.project)
    kept = desk.bench.journal.evidence(export.id)

    said = desk.run("sync", "--dry-run")

    assert (said.code, started.started) == (0, [])
    assert "7000 Generated project" in said.out
    assert "What a sync would do: 1 started, 0 unchanged, 0 skipped, 0 failed." in said.out
    assert desk.bench.journal.evidence(export.id) == kept


def test_the_command_starts_what_moved_and_says_so_as_json(desk: Desk, started: KeyedRuns) -> None:
    export = desk.exported()
    move(desk.bench.project)
    said = desk.run("sync", "7000", "--json")
    (project,) = said.document["projects"]
    assert (said.code, started.started) == (0, [(7000, "priya.pm@example.com")])
    assert (project["step"], project["flow_run_id"]) == ("started", "run-of-sync-1")
    assert f"The budget moved since {export.id}" in project["why"]


def test_a_project_that_fails_is_told_by_the_exit_code(desk: Desk, started: KeyedRuns) -> None:
    desk.exported()
    desk.bench.project.disabled_tools.append("budget")
    said = desk.run("sync")
    assert (said.code, started.started) == (5, [])
    assert "0 started, 0 unchanged, 0 skipped, 1 failed" in said.out


def test_without_prefect_the_update_that_could_not_be_started_is_a_failure(desk: Desk) -> None:
    desk.exported()
    desk.bench.project.line("1000-100").original_budget_amount += Decimal("1.00")
    said = desk.run("sync")
    assert said.code == 5
    assert "Prefect cannot be reached" in " ".join(said.out.split())


def test_a_file_is_no_project(desk: Desk) -> None:
    assert desk.run("sync", "budget.csv").code == 3


def test_the_receiver_does_not_listen_without_a_header_and_the_names_of_resources(desk: Desk) -> None:
    said = desk.run("receive-webhooks")
    assert said.code == 5
    assert "WEBHOOK_AUTHORIZATION: expected the whole Authorization header" in said.out
    assert "[sync] webhook_resources: expected the names of the resources that concern budgets, found none" in said.out


def test_a_header_that_could_be_guessed_is_refused_and_not_repeated(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_AUTHORIZATION", "Bearer hush")
    said = desk.run("receive-webhooks")
    assert said.code == 5
    assert "hush" not in said.out + said.err


def test_a_delivery_starts_the_sync_of_one_project_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, str], str]] = []
    monkeypatch.setattr(runs, "start_run_once", lambda *given: asked.append(given))
    receiving.start_sync(7000, "webhook:7000:01JD")
    assert asked == [("update-sync/weekdays-at-six", {"project_id": "7000", "profile": ""}, "webhook:7000:01JD")]
