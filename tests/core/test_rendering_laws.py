"""Laws of text from other systems on our pages.

1. It never changes the number of columns or rows of a table.
2. It never becomes HTML, a link, a heading or any other Markdown.
3. It reads on the page as it was sent, on one line.
"""

import re
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from jobcost.findings import Finding, Severity
from jobcost.lifecycle import ExportState
from jobcost.plan import PlannedLine
from jobcost.rendering.escaping import markdown_text, single_line
from jobcost.rendering.lines import line_dicts, lines_csv
from jobcost.rendering.outcome import outcome_sentence, rejected_markdown
from jobcost.rendering.question import question_markdown
from jobcost.rendering.review import ReviewContext, review_markdown
from jobcost.rendering.tables import Heading, Table, markdown_table
from jobcost.revision import changes_between
from tests.core.rendered_plans import PAVING, plan, source, values
from tests.core.stories import TOO_CHEAP

# A reader that, as Prefect's does, lets HTML through.
READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

# Signs that mean something in Markdown, HTML, CSV or on a terminal, among any others.
TRICKY = st.text(st.sampled_from("|\\`*_[]()<>&#!~-+=:;/.\n\r\t\"'@{}$ \x1b\u2028\u202e1aé漢"), max_size=40)
TEXTS = st.one_of(st.text(max_size=40), TRICKY)

# A slow machine breaks no law.
LAW = settings(deadline=None, max_examples=60)

WORD_JOINER = "\u2060"


def tokens(page: str) -> list[Token]:
    found: list[Token] = []
    for token in READER.parse(page):
        found += [token, *(token.children or [])]
    return found


def shape(page: str) -> list[str]:
    """The kinds of everything on the page, without its words."""
    return [token.type for token in tokens(page) if token.type not in {"text", "text_special"}]


def read(page: str) -> str:
    """The words of the page."""
    words = "".join(token.content for token in tokens(page) if token.type in {"text", "text_special"})
    return words.replace(WORD_JOINER, "")


def renamed(name: str, cost: str = "80000.00") -> PlannedLine:
    """A line of the budget by another name."""
    return replace(PAVING, phase_description=name, um=name, after=values(cost, units="1.000"))


def page_with(text: str) -> str:
    """A review in which every text that may come from outside is the given one."""
    odd = replace(PAVING, sources=(source(f"a{text}", f"b{text}", f"c{text}", "80000.00"),), um=f"u{text}")
    finding = Finding(
        rule="amount-negative",
        severity=Severity.WARNING,
        where=f"d{text}",
        what=f"e{text}",
        expected=f"f{text}",
        found=f"g{text}",
        way_out=f"h{text}",
    )
    context = ReviewContext(
        export_id="EX-1",
        submitted_by=f"i{text}",
        deadline_text=f"j{text}",
        earlier=(f"k{text}",),
        thread=(replace(TOO_CHEAP, sent_by=f"p{text}", rejected_by=f"q{text}", reason=f"r{text}"),),
        revision=changes_between(plan(lines=(renamed(f"s{text}"),)), plan(lines=(renamed(f"t{text}", "9.00"),))),
    )
    whole = plan(lines=(odd,), project_name=f"m{text}", job=f"n{text}", job_description=f"o{text}")
    return review_markdown(whole, [finding], context)


@LAW
@given(TEXTS)
@example("|")
@example("\\|")
@example("\\\\|")
@example("a\n\n# Accepted\n\n|x|y|")
@example("<img src=x onerror=alert(1)>")
@example("[here](http://evil.example)")
@example("http://evil.example")
@example("```mermaid")
@example("&lt;b&gt;&#60;i&#62;")
def test_no_text_changes_the_shape_of_a_review(text: str) -> None:
    assert shape(page_with(text)) == shape(page_with(""))


@LAW
@given(TEXTS)
@example("# Accepted")
@example("&lt;b&gt;&#60;i&#62;&copy;")
@example("1. one")
@example("- - -")
@example("~~gone~~")
@example("===")
def test_a_text_stays_one_paragraph_and_reads_as_it_was_sent(text: str) -> None:
    made = markdown_text(text)
    assert shape(made) in ([], ["paragraph_open", "inline", "paragraph_close"])
    assert read(made) == single_line(text).strip()


@LAW
@given(TEXTS)
@example("|")
@example("\\|")
@example("\\\\|")
@example("a|b|c")
def test_a_table_shows_every_cell_as_it_was_sent(text: str) -> None:
    name = f"a{text}z"
    table = Table(headings=(Heading(name), Heading("B", "right")), rows=((name, name), (name, "2")))
    cells = [token.content for token in READER.parse(markdown_table(table)) if token.type == "inline"]
    shown = single_line(name)
    assert [read(cell) for cell in cells] == [shown, "B", shown, shown, shown, "2"]


@LAW
@given(TEXTS)
def test_no_text_puts_an_angle_bracket_on_any_page(text: str) -> None:
    pages = page_with(text) + rejected_markdown(
        export_id=text, project=text, approver=text, reason=text, budget_is_returned=True
    )
    asked = question_markdown(
        plan(project_name=text),
        (),
        export_id=text,
        refused_reasons=(text,),
        accepted_by=(text,),
        thread=(replace(TOO_CHEAP, sent_by=text, rejected_by=text, reason=text),),
        revision=changes_between(plan(lines=(renamed(text),)), plan(lines=(renamed(text, "9.00"),))),
        deadline_text=text,
    )
    assert not set("<>") & set(pages + asked)


@LAW
@given(TEXTS)
def test_no_text_leaves_a_bare_address_that_a_page_would_link(text: str) -> None:
    assert not re.search(r"(?i)https?://|\bwww\.", markdown_text(f"http://{text} www.{text}"))


@LAW
@given(TEXTS)
def test_a_line_stays_one_row_in_every_file_and_table(text: str) -> None:
    odd = plan(lines=(replace(PAVING, sources=(source(text, text, text, "80000.00"),)),), untouched=())
    assert lines_csv(odd).count("\r\n") == 2
    assert all(cell.isprintable() for row in line_dicts(odd) for cell in row.values() if cell.isascii())


@LAW
@given(TEXTS, st.sampled_from(ExportState))
def test_an_outcome_stays_one_line(text: str, state: ExportState) -> None:
    assert len(outcome_sentence(state, project=text, job=text, detail=text).splitlines()) == 1
