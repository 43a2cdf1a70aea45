"""What people read of a sync: a page, a mail, the name of the run's end."""

from datetime import UTC, datetime

import pytest

from jobcost.rendering.sync import SyncNews, step_sentence, sync_markdown, sync_message, sync_state_name
from jobcost.sync import Failed, Skip, Start, Step, SyncLine, SyncReport, Unchanged, Why

SIX = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
ZONE = "America/New_York"
START = Start("pm@contractor.example", "EX-1", "key")


def line(project_id: int, step: Step, name: str = "Library") -> SyncLine:
    return SyncLine(project_id=project_id, name=name, job="1204-", step=step, run=f"run-{project_id}")


def page(*lines: SyncLine) -> str:
    links = {"run-1": "https://prefect.example/run-1"}
    return sync_markdown(SyncReport(lines=lines, never_exported=3), at=SIX, zone_name=ZONE, links=links)


def test_the_page_counts_all_and_lists_what_somebody_must_know() -> None:
    text = page(line(1, START), line(2, Unchanged()), line(3, Skip(Why.OPEN, "EX-9")), line(4, Failed("no answer")))
    assert text.startswith("# Sync: 1 started, 1 unchanged, 1 skipped, 1 failed\n\nAs of Mon 2026-11-23 06:00 EST")
    assert [text.index(title) for title in ("## Failed: 1", "## Started: 1", "## Skipped: 1")] == sorted(
        text.index(title) for title in ("## Failed: 1", "## Started: 1", "## Skipped: 1")
    )
    assert "https://prefect.example/run-1" in text
    assert "EX-9 is still open" in text
    assert "1 budget is as exported. 3 linked projects were never exported" in text
    assert "2 Library" not in text


def test_a_name_from_procore_makes_no_markup() -> None:
    text = page(line(1, START, name="<b>A</b> | [x](https://evil.example)\n# B"))
    assert "<b>" not in text
    assert "](https://evil" not in text
    assert "\n# B" not in text


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ((), "Nothing to start"),
        ((line(1, Unchanged()), line(2, Skip(Why.STOPPED))), "Nothing to start"),
        ((line(1, START), line(2, START)), "Started 2"),
        ((line(1, Failed("x")), line(2, START)), "Failed for 1, started 1"),
    ],
)
def test_the_end_of_the_run_is_named_by_what_it_came_to(lines: tuple[SyncLine, ...], name: str) -> None:
    assert sync_state_name(SyncReport(lines=lines)) == name


@pytest.mark.parametrize("why", list(Why))
@pytest.mark.parametrize("about", ["EX-7", ""])
def test_every_reason_to_skip_is_a_whole_sentence(why: Why, about: str) -> None:
    said = step_sentence(Skip(why, about))
    assert "{" not in said
    assert said.strip()


def test_a_stopped_schedule_says_how_it_goes_on() -> None:
    assert "budget-export clear EX-7 --by MAIL --reason TEXT" in step_sentence(Skip(Why.VERIFICATION_FAILED, "EX-7"))
    assert "take it out of [sync] stopped_projects" in step_sentence(Skip(Why.STOPPED))


def test_the_mail_tells_each_thing_once_with_its_project() -> None:
    news = [
        SyncNews(what="failed", project_id=4, name="Depot", words="Procore did not answer"),
        SyncNews(what="started", project_id=1, name="Library", words=step_sentence(START)),
    ]
    mail = sync_message(news, at=SIX, zone_name=ZONE)
    text = " ".join(mail.text.split())
    assert mail.subject == "Sync of budgets: 1 started, 1 failed"
    assert "4 Depot: Procore did not answer" in text
    assert "1 Library: The budget moved since EX-1; an update is put before an approver" in text
    assert "Skipped" not in text
