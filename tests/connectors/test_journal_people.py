"""Who may accept and who may enrol: nobody gets there by one person's word."""

import dataclasses
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from connectors.journal import Journal
from connectors.journal.errors import (
    EnrolmentWrong,
    NotEnrolled,
    NothingPending,
    RoleFixed,
    SamePerson,
)
from connectors.journal.records import Actor, Deputy, EnrolmentChange, EnrolmentFacts, Role
from tests.connectors.exports import ANA, BEN, MONDAY, enrolled
from tests.people import OLGA, OMAR, enrolled_approver

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


def _changes(journal: Journal, email: str) -> list[tuple[str, str]]:
    return [(record.change.value, record.actor) for record in journal.enrolment_story(email)]


def test_what_is_asked_for_waits_until_another_operator_confirms_it(journal: Journal) -> None:
    asked = journal.request_enrolment(APPROVER, by=OLGA, reason="new in accounting", at=MONDAY)
    assert (asked.is_active, asked.pending, asked.pending_by) == (False, APPROVER, OLGA.email)
    confirmed = journal.confirm_enrolment(" Ana.Ruiz@Example.com ", by=OMAR, at=LATER).person
    assert (confirmed.facts, confirmed.pending, confirmed.pending_by) == (APPROVER, None, None)
    assert (confirmed.enrolled_by, confirmed.enrolled_at) == ((OLGA.email, OMAR.email), LATER)
    assert journal.person("ANA.RUIZ@EXAMPLE.COM") == confirmed
    assert journal.people() == (confirmed,)


def test_the_story_of_an_enrolment_keeps_who_why_when_and_from_where(journal: Journal) -> None:
    journal.request_enrolment(APPROVER, by=OLGA, reason="new in accounting", at=MONDAY)
    journal.confirm_enrolment(ANA, by=OMAR, at=LATER)
    asked, confirmed = journal.enrolment_story(ANA)
    assert (asked.position, asked.change, asked.facts) == (1, EnrolmentChange.REQUESTED, APPROVER)
    assert (asked.actor, asked.os_account, asked.reason, asked.at) == (
        "olga.operator@example.com",
        "olga@desk",
        "new in accounting",
        MONDAY,
    )
    assert (confirmed.position, confirmed.change, confirmed.facts) == (2, EnrolmentChange.CONFIRMED, APPROVER)
    assert (confirmed.actor, confirmed.os_account, confirmed.at) == ("omar.operator@example.com", "omar@desk", LATER)


def test_a_change_leaves_the_old_authority_in_force_until_it_is_confirmed(journal: Journal) -> None:
    enrolled_approver(journal, ANA, limit=Decimal(100))
    higher = replace(APPROVER, amount_limit=None)
    asked = journal.request_enrolment(higher, by=OLGA, reason="promoted", at=LATER)
    assert asked.facts is not None
    assert asked.facts.amount_limit == Decimal(100)
    assert journal.confirm_enrolment(ANA, by=OMAR, at=LATER).person.facts == higher


def test_of_two_requests_the_last_one_is_confirmed(journal: Journal) -> None:
    journal.request_enrolment(APPROVER, by=OLGA, reason="", at=MONDAY)
    lower = replace(APPROVER, amount_limit=Decimal(1))
    journal.request_enrolment(lower, by=OMAR, reason="", at=MONDAY)
    with pytest.raises(SamePerson):
        journal.confirm_enrolment(ANA, by=OMAR, at=LATER)
    assert journal.confirm_enrolment(ANA, by=OLGA, at=LATER).person.facts == lower


def test_a_request_replaced_after_it_was_shown_is_not_confirmed(journal: Journal) -> None:
    journal.request_enrolment(APPROVER, by=OLGA, reason="", at=MONDAY)
    journal.request_enrolment(replace(APPROVER, amount_limit=None), by=OLGA, reason="", at=MONDAY)
    with pytest.raises(NothingPending, match=r"something else, which olga\.operator@example.com asked for meanwhile"):
        journal.confirm_enrolment(ANA, by=OMAR, at=LATER, seen=APPROVER)
    seen = replace(APPROVER, email=" ANA.RUIZ@example.com", amount_limit=None)
    assert journal.confirm_enrolment(ANA, by=OMAR, at=LATER, seen=seen).person.is_active


def test_nothing_is_confirmed_twice_or_without_a_request(journal: Journal) -> None:
    enrolled(journal, ANA)
    for email in (ANA, BEN):
        with pytest.raises(NothingPending, match="nothing that waits"):
            journal.confirm_enrolment(email, by=OMAR, at=LATER)
    assert len(journal.enrolment_story(ANA)) == 2
    assert journal.person(BEN) is None


def test_the_owner_enrols_alone_and_the_story_says_both_steps(journal: Journal) -> None:
    done = journal.enrol_alone(APPROVER, by=OWNER, reason="first approver", at=MONDAY)
    assert (done.person.facts, done.person.enrolled_by) == (APPROVER, (OWNER.email,))
    assert done.secret is not None
    assert _changes(journal, ANA) == [("requested", OWNER.email), ("confirmed", OWNER.email)]


def test_whoever_had_a_hand_in_the_present_authenticator_stays_named(journal: Journal) -> None:
    """They have seen its secret, or had it drawn: another change by others does not make them forget it."""
    uma, vera = Actor(email="uma@example.com"), Actor(email="vera@example.com")
    journal.request_enrolment(APPROVER, by=OLGA, reason="", at=MONDAY)
    journal.confirm_enrolment(ANA, by=OMAR, at=MONDAY)
    journal.request_enrolment(replace(APPROVER, name="Ana R."), by=uma, reason="spelling", at=LATER)
    renamed = journal.confirm_enrolment(ANA, by=vera, at=LATER)
    assert renamed.person.enrolled_by == (uma.email, vera.email, OLGA.email, OMAR.email)
    journal.request_enrolment(APPROVER, by=uma, reason="telephone lost", at=LATER, new_authenticator=True)
    redrawn = journal.confirm_enrolment(ANA, by=OLGA, at=LATER)
    assert redrawn.person.enrolled_by == (uma.email, OLGA.email)
    journal.revoke(ANA, by=OMAR, reason="left", at=LATER)
    journal.request_enrolment(APPROVER, by=vera, reason="back", at=LATER)
    assert journal.confirm_enrolment(ANA, by=OMAR, at=LATER).person.enrolled_by == (vera.email, OMAR.email)


def test_the_owner_enrols_himself_once_as_the_first_operator(journal: Journal) -> None:
    himself = EnrolmentFacts(email="Olivia.Owner@example.com", role=Role.OPERATOR, name="Olivia")
    done = journal.enrol_alone(himself, by=OWNER, reason="first start", at=MONDAY)
    assert done.person.enrolled_by == (OWNER.email,)
    for again in (himself, replace(himself, role=Role.APPROVER)):
        with pytest.raises(SamePerson):
            journal.enrol_alone(again, by=OWNER, reason="again", at=LATER, new_authenticator=True)
    journal.revoke(OWNER.email, by=OLGA, reason="left", at=LATER)
    with pytest.raises(SamePerson, match="found an address the journal knows already"):
        journal.enrol_alone(himself, by=OWNER, reason="back", at=LATER)


def test_the_owner_never_makes_himself_an_approver(journal: Journal) -> None:
    with pytest.raises(SamePerson, match="found an enrolment as approver"):
        journal.enrol_alone(replace(APPROVER, email=OWNER.email), by=OWNER, reason="", at=MONDAY)
    assert journal.people() == ()


def test_a_revoked_person_stays_known_and_comes_back_only_by_two_operators(journal: Journal) -> None:
    enrolled(journal)
    revoked = journal.revoke(ANA.upper(), by=OLGA, reason="left", at=LATER)
    assert (revoked.is_active, revoked.revoked_by, revoked.revoked_at) == (False, OLGA.email, LATER)
    assert [(one.email, one.is_active) for one in journal.people()] == [(ANA, False), (BEN, True)]
    asked = journal.request_enrolment(APPROVER, by=OLGA, reason="back", at=LATER)
    assert (asked.is_active, asked.revoked_by) == (False, OLGA.email)
    back = journal.confirm_enrolment(ANA, by=OMAR, at=LATER).person
    assert (back.is_active, back.revoked_by, back.revoked_at) == (True, None, None)


def test_a_revocation_takes_back_what_waits_too(journal: Journal) -> None:
    enrolled(journal, ANA)
    journal.request_enrolment(APPROVER, by=OLGA, reason="", at=MONDAY)
    assert journal.revoke(ANA, by=OMAR, reason="", at=MONDAY).pending is None
    journal.request_enrolment(OPERATOR, by=OLGA, reason="", at=MONDAY)
    assert journal.revoke(OPERATOR.email, by=OMAR, reason="", at=MONDAY).pending is None
    for email in (ANA, OPERATOR.email):
        with pytest.raises(NothingPending):
            journal.confirm_enrolment(email, by=OMAR, at=LATER)


def test_nobody_is_revoked_who_is_not_enrolled(journal: Journal) -> None:
    with pytest.raises(NotEnrolled, match=r"Person x@example.com: .* found nobody of that address"):
        journal.revoke("x@example.com", by=OLGA, reason="", at=LATER)
    enrolled(journal, ANA)
    journal.revoke(ANA, by=OLGA, reason="", at=LATER)
    with pytest.raises(NotEnrolled, match=r"revoked by olga.operator@example.com before"):
        journal.revoke(ANA, by=OMAR, reason="", at=LATER)
    assert len(journal.enrolment_story(ANA)) == 3


def test_a_role_ends_before_another_begins(journal: Journal) -> None:
    enrolled(journal, ANA)
    operator = EnrolmentFacts(email=ANA, role=Role.OPERATOR, name="Ana")
    with pytest.raises(RoleFixed, match="Expected an enrolment as approver, which is in force; found one as operator"):
        journal.request_enrolment(operator, by=OLGA, reason="", at=LATER)
    with pytest.raises(RoleFixed):
        journal.enrol_alone(operator, by=OWNER, reason="", at=LATER)
    journal.revoke(ANA, by=OLGA, reason="", at=LATER)
    assert journal.enrol_alone(operator, by=OWNER, reason="", at=LATER).person.facts == operator


@pytest.mark.parametrize(
    "changed",
    [
        {"email": "ana"},
        {"email": ""},
        {"email": "ana ruiz@example.com"},
        {"email": "ana@example.com\nbcc: all@example.com"},
        {"email": "a" * 250 + "@example.com"},
        {"amount_limit": Decimal(-1)},
        {"amount_limit": Decimal("NaN")},
        {"companies": (-1,)},
        {"deputy": replace(HOLIDAY, email="ben")},
        {"deputy": replace(HOLIDAY, email="Ana.Ruiz@example.com")},
        {"deputy": replace(HOLIDAY, last_day=date(2026, 12, 20))},
        {"role": Role.OPERATOR},
    ],
    ids=lambda changed: str(changed)[:40],
)
def test_an_enrolment_that_makes_no_sense_is_refused(journal: Journal, changed: dict[str, object]) -> None:
    facts = dataclasses.replace(APPROVER, **changed)  # type: ignore[arg-type]  # a table of single wrong fields
    with pytest.raises(EnrolmentWrong, match="makes no sense"):
        journal.request_enrolment(facts, by=OLGA, reason="", at=MONDAY)
    with pytest.raises(EnrolmentWrong):
        journal.enrol_alone(facts, by=OWNER, reason="", at=MONDAY)
    assert journal.people() == ()


def test_addresses_and_companies_are_kept_in_one_spelling(journal: Journal) -> None:
    spelled = replace(
        APPROVER, email=" Ana.RUIZ@example.com", companies=(3, 1, 3), deputy=replace(HOLIDAY, email=BEN.upper())
    )
    assert journal.request_enrolment(spelled, by=OLGA, reason="", at=MONDAY).pending == APPROVER


def test_a_deputy_stands_in_on_the_first_and_the_last_day_and_not_around_them(journal: Journal) -> None:
    enrolled_approver(journal, ANA, deputy=HOLIDAY)
    enrolled_approver(journal, "carl@example.com", deputy=replace(HOLIDAY, last_day=date(2026, 12, 21)))
    days = [date(2026, 12, day) for day in (20, 21, 24, 25)]
    principals = [[one.email for one in journal.deputised_by(BEN.upper(), day)] for day in days]
    assert principals == [[], [ANA, "carl@example.com"], [ANA], []]
    assert journal.deputised_by(ANA, days[1]) == ()


def test_a_revoked_or_unconfirmed_approver_has_no_deputy(journal: Journal) -> None:
    enrolled_approver(journal, ANA, deputy=HOLIDAY)
    journal.revoke(ANA, by=OLGA, reason="", at=MONDAY)
    journal.request_enrolment(APPROVER, by=OLGA, reason="", at=MONDAY)
    assert journal.deputised_by(BEN, date(2026, 12, 22)) == ()
