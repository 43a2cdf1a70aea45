"""What an auditor is given: the whole story of one export, and the proof that nobody changed it."""

import csv
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobcost.plan import Digest
from jobcost.rendering.audit import AuditStory, audit_csv, audit_html, audit_tables, proof_sentence
from jobcost.rendering.tables import Table
from tests.core.golden_files import golden
from tests.core.stories import PM, audit_story


def table(about: AuditStory, title: str) -> Table:
    return dict(audit_tables(about))[title]


def rows(about: AuditStory) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(audit_csv(about), newline="")))


class Tags(HTMLParser):
    """The tags and addresses of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.addresses: list[str | None] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.addresses += [value for name, value in attrs if name in {"href", "src"}]


def test_the_auditors_file_reads_as_it_was_read_and_found_good() -> None:
    made = audit_csv(audit_story())
    assert made == golden("audit.csv", made)


def test_the_auditors_page_is_as_it_was_looked_at_and_found_good() -> None:
    made = audit_html(audit_story())
    assert made == golden("audit.html", made)


def test_the_terminal_gets_every_chapter() -> None:
    assert [title for title, _ in audit_tables(audit_story())] == [
        "This export",
        "What happened",
        "Answers",
        "Enrolments in force of who accepted",
        "Lines",
        "Notices",
        "Proof",
    ]


def test_chapters_without_content_are_left_out() -> None:
    young = audit_story(moves=(), answers=(), enrolments=(), lines=(), notices=())
    assert [title for title, _ in audit_tables(young)] == ["This export", "Proof"]


def test_an_answer_says_who_in_whose_place_with_what_proof_about_which_plan() -> None:
    assert table(audit_story(), "Answers").rows == (
        (
            "2026-08-14 18:00:00 UTC",
            "",
            "1",
            "refused",
            "pm@contractor.example",
            "",
            "no",
            "",
            "Approver: the sender of a budget cannot decide on it; ask another approver.",
        ),
        (
            "2026-08-14 19:00:08 UTC",
            "2026-08-14 19:00:00 UTC",
            "2",
            "accept",
            "dora@contractor.example",
            "ana@contractor.example",
            "yes",
            "this plan's, 42abcdc281a8...",
            "",
        ),
    )


def test_an_answer_about_another_plan_shows_that_plans_whole_digest() -> None:
    other = Digest("b" * 64)
    about = audit_story(answers=(replace(audit_story().answers[1], digest=other),))
    assert table(about, "Answers").rows[0][7] == "b" * 64


def test_a_line_shows_what_was_accepted_beside_what_was_read_back() -> None:
    lines = table(audit_story(), "Lines")
    assert [row[4:] for row in lines.rows] == [
        ("300,000.00", "312,345.67", "+12,345.67", "312,345.67", "right"),
        ("no row", "-4,500.00", "-4,500.00", "no row", "WRONG"),
    ]
    assert lines.total == ("Total", "", "", "", "300,000.00", "307,845.67", "+7,845.67", "307,845.67", "")


def test_a_line_that_was_never_read_back_is_not_called_right() -> None:
    unread = replace(audit_story().lines[0], read_back=None, is_right=None)
    assert table(audit_story(lines=(unread,)), "Lines").rows[0][7:] == ("", "not read back")


def test_an_unbroken_chain_is_told_with_its_end_to_keep() -> None:
    proof = {row[0]: row[1] for row in table(audit_story(), "Proof").rows}
    assert proof["Result"] == (
        "Proven: the journal's chain of 1,240 sealed links is unbroken, and 4 links belong to this export."
    )
    assert proof["End of the chain, to be kept"] == f"1240:{'f00d' * 16}"


def test_a_broken_chain_is_told_before_everything_else() -> None:
    broken = audit_story(problems=("Link 12 (transition EX-1, 2): the row was edited.",))
    assert proof_sentence(broken).startswith("NOT PROVEN: 1 problem found in the journal")
    page = audit_html(broken)
    assert page.index("NOT PROVEN") < page.index("the row was edited") < page.index("This export")
    assert rows(broken)[-1]["Reason or problem"] == "Link 12 (transition EX-1, 2): the row was edited."


def test_an_export_that_no_link_speaks_of_is_not_proven() -> None:
    unlinked = audit_story(link_numbers=())
    assert not unlinked.is_proven
    assert proof_sentence(unlinked) == "NOT PROVEN: no link of the journal's chain belongs to this export."


def test_the_file_has_the_events_in_order_of_time_then_a_row_per_line_then_the_proof() -> None:
    assert [row["Row"] for row in rows(audit_story())] == [
        *("sent", "move", "move", "notice", "answer", "answer", "move", "notice"),
        *("enrolment", "line", "line", "proof"),
    ]


def test_the_file_holds_amounts_as_numbers_and_no_formula() -> None:
    line = rows(audit_story())[9]
    assert (line["Cost before"], line["Cost as accepted"], line["Cost read back"]) == (
        "300000.00",
        "312345.67",
        "312345.67",
    )
    assert line["Name"] == "'=HYPERLINK(evil) <Storm> drain | pipe"


def test_the_page_stands_alone() -> None:
    tags = Tags(audit_html(audit_story()))
    assert not {"script", "img", "link", "iframe", "a"} & set(tags.found)
    assert tags.addresses == []
    assert "url(" not in audit_html(audit_story())


def test_a_moment_without_a_time_zone_is_refused() -> None:
    vague = audit_story(sent_at=datetime.fromisoformat("2026-08-14T17:00"))
    for write in (audit_html, audit_csv):
        with pytest.raises(ValueError, match="expected one with a time zone, found none"):
            write(vague)


@settings(deadline=None, max_examples=40)
@given(st.one_of(st.text(max_size=30), st.text(st.sampled_from("<>&\"'=+-@|\r\n\t ,"), max_size=30)))
def test_no_text_makes_html_a_formula_or_another_row(text: str) -> None:
    def told(value: str) -> AuditStory:
        plain = audit_story()
        return audit_story(
            project_name=value,
            submitted_by=value,
            moves=tuple(replace(move, actor=value, reason=value) for move in plain.moves),
            answers=tuple(replace(answer, approver=value, refusal=value, reason=value) for answer in plain.answers),
            lines=tuple(replace(line, name=value) for line in plain.lines),
            notices=tuple(replace(notice, recipient=value, problem=value) for notice in plain.notices),
            problems=(value,),
        )

    # Facts without a value are left out, so the words that replace nothing are none that is nothing.
    odd = f"a{text}"
    assert Tags(audit_html(told(odd))).found == Tags(audit_html(told("a"))).found
    assert len(rows(told(text))) == len(rows(told(PM)))
    cells = [cell for row in rows(told(text)) for cell in row.values()]
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "@"))]
