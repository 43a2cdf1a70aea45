"""The inbox: what waits, the oldest first, and who may decide."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from jobcost.rendering.inbox import InboxRow, inbox_markdown, inbox_table
from jobcost.rendering.moments import span_text
from jobcost.rendering.tables import Heading
from tests.core.golden_files import golden
from tests.core.stories import ANA, ASKED, BEN, DEADLINE, DENVER, HOUR, story

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

YOUNG = InboxRow(story=story(), may_decide=(ANA, BEN))
HALF = InboxRow(
    story=story(
        export_id="EX-20260813-AAAA22",
        project_name="Elm School <annex> | north",
        job="1170-",
        jcco=2,
        asked_at=ASKED - 50 * HOUR,
        deadline_at=ASKED + 4 * HOUR,
        accepted_by=(ANA,),
        run_url=None,
    ),
    may_decide=(BEN,),
)
NOBODYS = InboxRow(
    story=story(export_id="EX-20260812-BBBB33", asked_at=ASKED - 51 * HOUR, deadline_at=ASKED), may_decide=()
)
ROWS = (YOUNG, HALF, NOBODYS)
AT = ASKED + HOUR


def page(*rows: InboxRow) -> str:
    return inbox_markdown(rows, at=AT, zone_name=DENVER)


def test_the_inbox_reads_as_it_was_read_and_found_good() -> None:
    made = page(*ROWS)
    assert made == golden("inbox.md", made)


def test_what_waits_longest_comes_first() -> None:
    table = inbox_table(ROWS, AT, DENVER)
    assert [(row[0], row[5]) for row in table.rows] == [
        ("EX-20260812-BBBB33", "2 days"),
        ("EX-20260813-AAAA22", "2 days"),
        ("EX-20260814-7Q4KM2", "60 minutes"),
    ]


def test_a_deadline_is_marked_in_words_when_it_is_near_or_over() -> None:
    assert [row[6] for row in inbox_table(ROWS, AT, DENVER).rows] == [
        "OVERDUE: Fri 2026-08-14 11:01 MDT",
        "SOON, in 3 hours: Fri 2026-08-14 15:01 MDT",
        "Fri 2026-08-21 11:00 MDT",
    ]


def test_the_columns_of_the_inbox() -> None:
    assert inbox_table((), AT, DENVER).headings == (
        Heading("Export"),
        Heading("Job"),
        Heading("Company", "right"),
        Heading("Project"),
        Heading("Change", "right"),
        Heading("Waits", "right"),
        Heading("Deadline"),
        Heading("Who may decide"),
    )


def test_who_accepted_first_and_that_nobody_may_decide_are_told() -> None:
    assert [row[7] for row in inbox_table(ROWS, AT, DENVER).rows] == [
        "NOBODY: an approver must be enrolled",
        "accepted by ana@contractor.example; now a second: ben@contractor.example",
        "ana@contractor.example, ben@contractor.example",
    ]


def test_an_empty_inbox_says_so() -> None:
    assert page() == (
        "# Inbox: nothing waits\n\nNothing waits for an answer. As of Fri 2026-08-14 12:01 MDT (America/Denver).\n"
    )


def test_an_export_links_to_its_run() -> None:
    assert "[EX-20260814-7Q4KM2](http://127.0.0.1:4200/runs/flow-run/5f0c)" in page(YOUNG)
    assert "](" not in page(HALF)


def test_an_export_without_a_deadline_says_none() -> None:
    endless = InboxRow(story=story(deadline_at=None), may_decide=(ANA,))
    assert inbox_table((endless,), AT, DENVER).rows[0][6] == "none"


def test_a_clock_that_runs_behind_shows_no_negative_age() -> None:
    assert span_text(timedelta(minutes=-5)) == "1 minute"
    assert inbox_table((YOUNG,), ASKED - HOUR, DENVER).rows[0][5] == "1 minute"


@settings(deadline=None, max_examples=60)
@given(st.one_of(st.text(max_size=30), st.text(st.sampled_from("|\\`*_[]()<>&#!~\n\r'\"@ http:/w."), max_size=30)))
def test_no_text_changes_the_shape_of_the_inbox(text: str) -> None:
    def shape(value: str) -> list[str]:
        odd = story(
            project_name=f"a{value}",
            job=f"b{value}",
            accepted_by=(f"c{value}",),
            run_url=f"http://127.0.0.1:4200/{value}",
            deadline_at=DEADLINE,
        )
        tokens = READER.parse(page(InboxRow(story=odd, may_decide=(f"d{value}",))))
        every = [child for token in tokens for child in (token, *(token.children or []))]
        return [token.type for token in every if token.type not in {"text", "text_special"}]

    assert shape(text) == shape("x")
