"""What the journal never lets anyone do to an enrolment, and that each guard is what refuses."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from connectors.journal import Journal
from connectors.journal.errors import (
    CodeUsedBefore,
    JournalError,
    RoleFixed,
    SamePerson,
)
from connectors.journal.records import Actor, Deputy, EnrolmentFacts, Role
from tests.connectors.exports import ANA, BEN, MONDAY, links_of
from tests.people import OLGA, enrolled_approver, enrolled_operator

LATER = MONDAY + timedelta(days=1)
OWNER = Actor(email="olivia.owner@example.com", os_account="olivia@desk")
HOLIDAY = Deputy(email=BEN, first_day=date(2026, 12, 21), last_day=date(2026, 12, 24))
APPROVER = EnrolmentFacts(
    email=ANA,
    role=Role.APPROVER,
    name="Ana Ruiz",
    companies=(1, 3),
    amount_limit=Decimal("250000.50"),
    deputy=HOLIDAY,
)
OPERATOR = EnrolmentFacts(email="uma.operator@example.com", role=Role.OPERATOR, name="Uma")


Act = Callable[[Journal], object]
FORBIDDEN: dict[str, tuple[str, type[JournalError], Act]] = {
    "asking for oneself": (
        "require_stranger",
        SamePerson,
        lambda journal: journal.request_enrolment(APPROVER, by=Actor(email=ANA.upper()), reason="", at=LATER),
    ),
    "asking as nobody": (
        "require_stranger",
        SamePerson,
        lambda journal: journal.request_enrolment(APPROVER, by=Actor(email=" "), reason="", at=LATER),
    ),
    "confirming for oneself": (
        "require_stranger",
        SamePerson,
        lambda journal: journal.confirm_enrolment(BEN, by=Actor(email="Ben.Okafor@example.com"), at=LATER),
    ),
    "confirming what one asked for": (
        "require_stranger",
        SamePerson,
        lambda journal: journal.confirm_enrolment(BEN, by=Actor(email="OLGA.operator@example.com"), at=LATER),
    ),
    "unlocking oneself": (
        "require_stranger",
        SamePerson,
        lambda journal: journal.unlock("carl@example.com", by=Actor(email="Carl@example.com"), at=MONDAY),
    ),
    "enrolling oneself alone a second time": (
        "require_unknown",
        SamePerson,
        lambda journal: journal.enrol_alone(OPERATOR, by=Actor(email=OPERATOR.email), reason="", at=LATER),
    ),
    "changing a role": (
        "require_role_kept",
        RoleFixed,
        lambda journal: journal.request_enrolment(replace(OPERATOR, role=Role.APPROVER), by=OLGA, reason="", at=LATER),
    ),
    "using a code again": (
        "codes.use_code_of",
        CodeUsedBefore,
        lambda journal: journal.revoke(BEN, by=Actor(email=OPERATOR.email, code_step=7), reason="", at=LATER),
    ),
}


@pytest.fixture
def peopled(journal: Journal) -> Journal:
    """Ben waits to be confirmed, Carl is locked, Uma is an operator who used a code."""
    journal.request_enrolment(replace(APPROVER, email=BEN, deputy=None), by=OLGA, reason="", at=MONDAY)
    enrolled_approver(journal, "carl@example.com")
    for _ in range(5):
        journal.count_wrong_code("carl@example.com", at=MONDAY)
    enrolled_operator(journal, OPERATOR.email)
    uma = Actor(email=OPERATOR.email, code_step=7)
    journal.request_enrolment(replace(APPROVER, email="dana@example.com"), by=uma, reason="", at=MONDAY)
    return journal


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_forbidden_change_is_refused_and_changes_nothing(peopled: Journal, name: str) -> None:
    _, kind, act = FORBIDDEN[name]
    before = peopled.people(), links_of(peopled)
    with pytest.raises(kind):
        act(peopled)
    assert (peopled.people(), links_of(peopled)) == before


@pytest.mark.parametrize("journal_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", FORBIDDEN)
def test_each_guard_is_what_refuses(peopled: Journal, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    guard, _, act = FORBIDDEN[name]
    before = peopled.people()
    monkeypatch.setattr(f"connectors.journal.people.{guard}", lambda *_args, **_names: None)
    act(peopled)
    assert peopled.people() != before
