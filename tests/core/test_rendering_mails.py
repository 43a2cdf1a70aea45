"""Mails and channel messages: what each recipient reads, and what no text in them can do."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobcost.lifecycle import ExportState
from jobcost.notices import NoticeKind, Story
from jobcost.rendering.letters import Message
from jobcost.rendering.mails import message_of
from jobcost.rendering.people_mails import (
    EnrolmentNews,
    damaged_message,
    digest_message,
    enrolled_message,
    locked_message,
)
from tests.core.golden_files import golden
from tests.core.stories import (
    ANA,
    ASKED,
    BEN,
    CHANNEL,
    DEADLINE,
    DENVER,
    DORA,
    HOUR,
    OLIVIA,
    PM,
    SENT,
    TOO_CHEAP,
    decision,
    ended,
    story,
)

ABOUT_PEOPLE = {NoticeKind.LOCKED, NoticeKind.ENROLLED, NoticeKind.DIGEST, NoticeKind.DAMAGED, NoticeKind.SYNC}
ABOUT_PEOPLE |= {NoticeKind.DIFFERS}
ABOUT_EXPORTS = sorted(set(NoticeKind) - ABOUT_PEOPLE)

NEWS = EnrolmentNews(
    change="confirmed",
    role="approver",
    name="Ana Ruiz",
    by=OLIVIA,
    at=SENT,
    companies=(1, 3),
    amount_limit=Decimal("250000.00"),
    deputy=f"{DORA} from 2026-08-17 to 2026-08-28",
    new_authenticator=True,
)


def mail(kind: NoticeKind, about: Story, recipient: str = ANA, **changed: Any) -> Message:
    return message_of(kind, about, **{"recipient": recipient, "at": ASKED, "zone_name": DENVER, **changed})


# One message of each kind, as it would be sent.
SENT_MAILS = {
    "receipt": mail(NoticeKind.RECEIPT, story(), PM),
    "receipt_blocked": mail(
        NoticeKind.RECEIPT, ended(ExportState.BLOCKED, blocks=2, plan_code=None, difference=None, total_after=None), PM
    ),
    "question": mail(NoticeKind.QUESTION, story()),
    "question_resent_second": mail(
        NoticeKind.QUESTION, story(thread=(TOO_CHEAP,), lines_revised=2, accepted_by=(ANA,)), BEN
    ),
    "reminder": mail(NoticeKind.REMINDER, story(), at=DEADLINE - 20 * HOUR),
    "escalation": mail(NoticeKind.ESCALATION, story(), DORA, at=DEADLINE - 7 * HOUR),
    "decided": mail(
        NoticeKind.DECIDED,
        story(state=ExportState.ACCEPTED, accepted_by=(DORA,), decisions=(decision("accept", DORA, deputy_for=ANA),)),
    ),
    "expired": mail(NoticeKind.EXPIRED, ended(ExportState.EXPIRED), PM),
    "rejected": mail(
        NoticeKind.REJECTED,
        ended(ExportState.REJECTED, decisions=(decision("reject", ANA, reason="Too cheap.\nSee the quote."),)),
        PM,
    ),
    "verified": mail(NoticeKind.VERIFIED, ended(ExportState.VERIFIED, accepted_by=(ANA,)), PM),
    "verification_failed": mail(
        NoticeKind.VERIFICATION_FAILED, ended(ExportState.VERIFICATION_FAILED, reason="1 line differs"), OLIVIA
    ),
    "stale": mail(NoticeKind.STALE, ended(ExportState.STALE, reason="2 things moved"), PM),
    "failed": mail(NoticeKind.FAILED, ended(ExportState.FAILED, reason="Vista refused the login"), OLIVIA),
    "retrieved": mail(NoticeKind.RETRIEVED, ended(ExportState.RETRIEVED, moved_by=PM, reason="a line was missing")),
    "locked": locked_message(BEN, locked_until=SENT + HOUR / 2, recipient=OLIVIA, zone_name=DENVER),
    "enrolled": enrolled_message(NEWS, recipient=ANA, zone_name=DENVER),
    "digest": digest_message(
        (story(), story(export_id="EX-20260813-9ZZZ22", asked_at=ASKED - 30 * HOUR, deadline_at=ASKED + HOUR)),
        recipient=ANA,
        at=ASKED + 2 * HOUR,
        zone_name=DENVER,
    ),
}


class Page(HTMLParser):
    """The tags and words of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str | None] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.words += f" {data}"


def plain(text: str) -> str:
    return " ".join(text.split())


def test_every_mail_reads_as_it_was_read_and_found_good() -> None:
    made = "".join(f"{'=' * 78}\n{name}\nSubject: {one.subject}\n\n{one.text}\n" for name, one in SENT_MAILS.items())
    assert made == golden("mails.txt", made)


def test_a_mail_in_html_is_as_it_was_looked_at_and_found_good() -> None:
    made = SENT_MAILS["question_resent_second"].html
    assert made == golden("mail_question.html", made)


@pytest.mark.parametrize("name", sorted(SENT_MAILS))
def test_a_mail_fits_80_columns_but_for_addresses(name: str) -> None:
    lines = SENT_MAILS[name].text.splitlines()
    assert [line for line in lines if len(line) > 80 and not line.startswith("http")] == []


@pytest.mark.parametrize("name", sorted(SENT_MAILS))
def test_html_and_text_say_the_same(name: str) -> None:
    one = SENT_MAILS[name]
    body = one.html.partition("<body")[2]
    said = set(plain(Page(f"<body{body}").words.replace(":", " ")).split())
    written = set(plain(one.text.replace(":", " ")).split())
    missing = {word for word in said if word not in written}
    assert missing == set()


@pytest.mark.parametrize("name", sorted(SENT_MAILS))
def test_a_mail_loads_nothing_and_runs_nothing(name: str) -> None:
    page = Page(SENT_MAILS[name].html)
    assert not {"img", "script", "link", "iframe", "form", "style"} & set(page.tags)
    assert all(address and address.startswith("http://127.0.0.1:4200/") for address in page.addresses)


def test_the_question_names_the_deadline_in_the_companys_zone_and_where_resume_is() -> None:
    text = plain(SENT_MAILS["question"].text)
    assert "Answer until: Fri 2026-08-21 11:00 MDT (America/Denver)" in text
    assert "choose Resume (in the menu ⋮ at the top right of its page" in text
    assert "You need the plan code, your e-mail address, and the one-time code that your authenticator app" in text


def test_a_corrected_budget_begins_with_its_thread_and_what_changed() -> None:
    text = plain(SENT_MAILS["question_resent_second"].text)
    assert text.index("It was rejected before") < text.index("2 lines differ") < text.index("Job in Vista")


def test_a_mail_that_was_held_up_says_how_much_time_is_left_when_it_is_sent() -> None:
    assert mail(NoticeKind.REMINDER, story(), at=DEADLINE - 3 * HOUR).subject.startswith("Reminder, 3 hours left: ")
    late = mail(NoticeKind.REMINDER, story(), at=DEADLINE + HOUR)
    assert late.subject.startswith("Reminder, the deadline has passed: ")


def test_the_reason_of_a_reject_comes_from_the_decision_not_from_the_last_move() -> None:
    assert "Reason: Too cheap. See the quote." in SENT_MAILS["rejected"].text


def test_a_large_move_between_lines_is_told_though_the_total_stays() -> None:
    level = story(total_after=Decimal("386000.00"), difference=Decimal("2000000.00"))
    assert "Difference: 0.00" in plain(mail(NoticeKind.QUESTION, level).text)
    assert "Counts for limits: +2,000,000.00" in plain(mail(NoticeKind.QUESTION, level).text)


def test_a_project_that_was_never_read_is_named_by_its_number() -> None:
    unread = ended(
        ExportState.FAILED,
        project_name="",
        job=None,
        difference=None,
        total_before=None,
        total_after=None,
        asked_at=None,
    )
    assert mail(NoticeKind.FAILED, unread).subject == "Export failed, nothing written: project 600123"


def test_a_budget_that_is_still_waiting_can_be_taken_back_by_its_sender() -> None:
    assert "budget-export retrieve EX-20260814-7Q4KM2 --by pm@contractor.example" in plain(SENT_MAILS["receipt"].text)
    assert "retrieve" not in SENT_MAILS["receipt_blocked"].text


def test_a_digest_of_nothing_says_so() -> None:
    assert digest_message((), recipient=ANA, at=ASKED, zone_name=DENVER).subject == "Nothing waits for your answer"


@pytest.mark.parametrize("kind", sorted(ABOUT_PEOPLE))
def test_a_notice_about_people_has_a_function_of_its_own(kind: NoticeKind) -> None:
    with pytest.raises(ValueError, match=f"found {kind}; use locked_message"):
        mail(kind, story())


@settings(deadline=None, max_examples=60)
@given(
    kind=st.sampled_from(ABOUT_EXPORTS),
    state=st.sampled_from(ExportState),
    recipient=st.sampled_from([PM, ANA, CHANNEL]),
    text=st.one_of(st.text(max_size=40), st.text(st.sampled_from("<>&\"'\r\n\x00\u2028\u202e:/whtp.@ "), max_size=40)),
)
def test_no_text_breaks_a_subject_makes_html_or_becomes_a_link(
    kind: NoticeKind, state: ExportState, recipient: str, text: str
) -> None:
    one = mail(kind, _with_text(state, text), recipient)
    quiet = mail(kind, _with_text(state, "x"), recipient)
    assert one.subject.isprintable() or not one.subject.isascii()
    assert len(one.subject.splitlines()) == 1
    assert len(one.subject) <= 110
    assert Page(one.html).tags == Page(quiet.html).tags
    assert Page(one.html).addresses == Page(quiet.html).addresses
    own = "http://127.0.0.1:4200/"
    assert not re.search(r"(?i)https?://|\bwww\.", one.text.replace(own, ""))


def _with_text(state: ExportState, text: str) -> Story:
    """An export in which every text that people or systems chose is the given one, beside something of ours."""
    odd = f"http://{text} www.{text}"
    return story(
        state=state,
        project_name=f"a{odd}",
        job=f"b{odd}",
        reason=f"c{odd}",
        moved_by=f"d{odd}",
        decisions=(decision("reject", ANA, reason=f"e{odd}"),),
        accepted_by=(f"f{odd}",),
        thread=(replace(TOO_CHEAP, reason=f"g{odd}", rejected_by=f"h{odd}", rejected_at=SENT - timedelta(days=1)),),
        lines_revised=1,
    )


def test_operators_are_told_what_to_do_about_a_journal_that_was_changed() -> None:
    told = damaged_message("EX-20260814-7Q4KM2")
    assert told.subject == "The journal was changed: EX-20260814-7Q4KM2"
    assert "budget-export audit" in told.text
