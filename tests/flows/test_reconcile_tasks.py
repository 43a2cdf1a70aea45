"""What a scheduled reconciliation publishes and tells; Prefect's own calls are caught."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from connectors.reports import Reports
from flows.reconcile import reconcile
from jobcost.reconciliation_results import NotCompared, Outcome
from sandbox.vista import people as accountants
from tasks import profiles, reconcile_tasks
from tasks.systems import Systems
from tests.flows.post import OPERATOR, Post, post
from tests.flows.workbench import MONDAY, PRIYA
from tests.people import enrolled_operator

__all__ = ["post"]


class Page:
    """What was published."""

    def __init__(self) -> None:
        self.markdown = ""
        self.rows: list[dict[str, str]] = []


@pytest.fixture
def office(post: Post) -> Post:
    """An exported job, an operator, and an empty mail box."""
    enrolled_operator(post.bench.journal, OPERATOR)
    post.bench.exported()
    post.round()
    post.taken()
    bench = post.bench
    bench.systems = replace(bench.systems, reports=Reports(bench.folder / "reports", "https://files.example.com"))
    return post


@pytest.fixture
def page(office: Post, monkeypatch: pytest.MonkeyPatch) -> Page:
    """Catch what is published, and let the task open the workbench's systems."""
    made = Page()

    @contextmanager
    def opened(*_: Any, **__: Any) -> Iterator[Systems]:
        yield office.bench.systems

    def markdown(text: str, **_: str) -> None:
        made.markdown = text

    def table(rows: list[dict[str, str]], **_: str) -> None:
        made.rows = rows

    monkeypatch.setattr(profiles, "open_systems", opened)
    monkeypatch.setattr(reconcile_tasks, "now", lambda: MONDAY)
    monkeypatch.setattr("tasks.telling_people.now", lambda: MONDAY)
    monkeypatch.setattr(reconcile_tasks, "get_run_logger", lambda: logging.getLogger("reconcile"))
    monkeypatch.setattr(reconcile_tasks, "create_markdown_artifact", markdown)
    monkeypatch.setattr(reconcile_tasks, "create_table_artifact", table)
    return made


def run(as_of: date | None = None) -> tuple[Outcome, ...]:
    outcomes: tuple[Outcome, ...] = reconcile_tasks.reconcile_exported.fn("", as_of)
    return outcomes


def test_jobs_that_agree_are_published_and_mailed_to_nobody(office: Post, page: Page) -> None:
    state = reconcile_tasks.reconciliation_state(run())
    assert (state.name, page.rows) == ("Agree", [])
    assert page.markdown.startswith("# Reconciliation: 1 of 1 job agrees")
    assert "https://files.example.com/reconciliation/2026-11-23.csv" in page.markdown
    assert office.taken() == []


def test_a_difference_is_published_each_time_and_mailed_once(office: Post, page: Page) -> None:
    accountants.change_estimate(office.bench.vista_url, "1000-101", 2, cost="300.00")
    for _ in range(2):
        state = reconcile_tasks.reconciliation_state(run())
        assert state.name == "Differences"
        assert [row["Vista"] for row in page.rows] == ["300.00"]
    assert [recipient for recipient, _ in office.taken()] == [OPERATOR, PRIYA]
    file = office.bench.folder / "reports" / "reconciliation" / "2026-11-23.csv"
    assert "300.00" in file.read_text("utf-8-sig")


def test_an_earlier_day_is_mailed_to_nobody(office: Post, page: Page) -> None:
    accountants.change_estimate(office.bench.vista_url, "1000-101", 2, cost="300.00")
    office.bench.vista("UPDATE bJCCD SET PostedDate = '2026-11-23 00:00:00.000000'")
    run(date(2026, 11, 23))
    assert "As of 2026-11-23" in page.markdown
    assert office.taken() == []


def test_a_job_that_cannot_be_compared_fails_the_run_and_is_named() -> None:
    broken = NotCompared(job="1204", project_id=7, project_name="Depot", export_id="EX-1", why="no answer")
    state = reconcile_tasks.reconciliation_state((broken,))
    assert (state.name, state.is_failed()) == ("NotCompared", True)


def test_the_flow_asks_for_nothing_but_a_job_a_day_and_a_profile() -> None:
    assert list(reconcile.parameters.properties) == ["job", "as_of", "profile"]
    assert reconcile.retries == 0
