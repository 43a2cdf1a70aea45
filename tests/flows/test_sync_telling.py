"""Whom a sync tells what: the operators, by one mail, and only what is new."""

from datetime import timedelta

import pytest

from tasks.steps.noting import note_syncs
from tests.flows.post import OPERATOR, Post, post
from tests.flows.syncs import KeyedRuns, add_projects, exported_long_ago, exported_once, move, synced
from tests.flows.workbench import MONDAY
from tests.people import enrolled_operator

__all__ = ["post"]


@pytest.fixture
def office(post: Post) -> Post:
    """Three exported projects; one operator is there to be told. What else was due has been delivered."""
    world = post.bench.procore.state
    add_projects(world, post.bench.project, (1, 2, 3))
    exported_long_ago(post.bench.journal, world, (1, 2, 3))
    enrolled_operator(post.bench.journal, OPERATOR, at=MONDAY)
    for _ in range(3):
        post.deliver()
    return post


def take(office: Post, runs: KeyedRuns, name: str) -> list[str]:
    """One sync and what it tells; the subjects of the mails that follow."""
    days = {"monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3}
    at = MONDAY + timedelta(days=days[name])
    synced(office.bench, runs, name=name)
    note_syncs(office.bench.systems, at)
    office.deliver(at)
    return [subject for _, subject in office.taken()]


def test_a_sync_that_found_nothing_new_tells_nobody(office: Post) -> None:
    assert take(office, KeyedRuns(), "monday") == []


def test_one_mail_tells_what_was_started_skipped_and_failed(office: Post) -> None:
    projects = office.bench.procore.state.projects
    for number in (1, 2, 3):
        move(projects[number])
    projects[2].locked = False
    projects[3].disabled_tools.append("budget")

    synced(office.bench, KeyedRuns())
    note_syncs(office.bench.systems, MONDAY)
    office.deliver()

    (mail,) = office.server.mails
    text = " ".join(mail.part("plain").split())
    assert mail.recipients == (OPERATOR,)
    assert str(mail.message["Subject"]).strip() == "Sync of budgets: 1 started, 1 skipped, 1 failed"
    assert "1 Project 1: The budget moved since EX-1; an update is put before an approver" in text
    assert "2 Project 2: It moved and is being edited: the budget is unlocked in Procore." in text
    assert "3 Project 3: AccessDenied: GET /rest/v1.0/budget_views/" in text


def test_a_reason_to_skip_is_told_when_it_is_new_and_not_every_day(office: Post) -> None:
    project = office.bench.procore.state.projects[2]
    move(project)
    project.locked = False
    runs = KeyedRuns()
    assert take(office, runs, "monday") == ["Sync of budgets: 1 skipped"]
    assert take(office, runs, "tuesday") == []
    project.active = False
    assert take(office, runs, "wednesday") == ["Sync of budgets: 1 skipped"]


def test_a_reason_that_went_away_and_comes_back_is_told_again(office: Post) -> None:
    project = office.bench.procore.state.projects[2]
    runs = KeyedRuns()
    project.active = False
    told = [take(office, runs, "monday")]
    project.active = True
    told.append(take(office, runs, "tuesday"))
    project.active = False
    told.append(take(office, runs, "wednesday"))
    assert told == [["Sync of budgets: 1 skipped"], [], ["Sync of budgets: 1 skipped"]]


def test_a_project_that_fails_is_told_each_time(office: Post) -> None:
    office.bench.procore.state.projects[3].disabled_tools.append("budget")
    told = [take(office, KeyedRuns(), name) for name in ("monday", "tuesday")]
    assert told == [["Sync of budgets: 1 failed"]] * 2


def test_a_sync_that_died_before_it_told_anybody_is_told_of_by_the_watch(post: Post) -> None:
    exported_once(post.bench)
    enrolled_operator(post.bench.journal, OPERATOR, at=MONDAY)
    move(post.bench.project)
    synced(post.bench, KeyedRuns())
    post.round()
    assert (OPERATOR, "Sync of budgets: 1 started") in post.taken()
    post.round()
    assert post.taken() == []


def test_what_is_new_is_marked_in_the_report(office: Post) -> None:
    move(office.bench.procore.state.projects[1])
    runs = KeyedRuns()
    marks = [
        [line.project_id for line in synced(office.bench, runs, name=name).lines if line.is_news]
        for name in ("monday", "tuesday")
    ]
    assert marks == [[1], []]
