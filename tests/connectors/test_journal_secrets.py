"""An authenticator's secret is drawn, shown once and kept sealed; what is written of people is linked and exact."""

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from connectors.journal import Journal
from connectors.journal.errors import (
    CodeUsedBefore,
)
from connectors.journal.models import metadata
from connectors.journal.records import Actor, Deputy, EnrolmentFacts, Role
from tests.connectors.exports import ANA, BEN, MONDAY, links_of
from tests.people import OLGA, OMAR, Authenticator, enrolled_approver, enrolled_operator

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


def test_a_secret_is_drawn_once_and_again_only_when_asked_for(journal: Journal) -> None:
    first = enrolled_approver(journal, ANA).secret
    journal.request_enrolment(APPROVER, by=OLGA, reason="", at=LATER)
    assert journal.confirm_enrolment(ANA, by=OMAR, at=LATER).secret is None
    lost = journal.request_enrolment(APPROVER, by=OLGA, reason="phone lost", at=LATER, new_authenticator=True)
    assert lost.pending_new_authenticator
    second = journal.confirm_enrolment(ANA, by=OMAR, at=LATER).secret
    assert second is not None
    assert second != first
    assert journal.check_code(ANA, _code(first, LATER), given_at=LATER).is_wrong
    assert journal.check_code(ANA, _code(second, LATER), given_at=LATER).step is not None


def test_a_revocation_forgets_the_secret(journal: Journal) -> None:
    app = enrolled_approver(journal, ANA)
    assert not journal.revoke(ANA, by=OLGA, reason="", at=LATER).has_authenticator
    assert journal.check_code(ANA, _code(app.secret, LATER), given_at=LATER).problem == (
        "One-time code: no authenticator is enrolled for you; an operator can enrol one."
    )
    journal.request_enrolment(APPROVER, by=OLGA, reason="back", at=LATER)
    secret = journal.confirm_enrolment(ANA, by=OMAR, at=LATER).secret
    assert secret is not None
    assert secret != app.secret


def test_no_secret_lies_in_the_database_in_clear(journal: Journal, journal_url: str, tmp_path: Path) -> None:
    secrets = [enrolled_approver(journal, email).secret.get_secret_value() for email in (ANA, BEN)]
    with journal._reading() as connection:
        stored = "".join(repr(connection.execute(select(table)).all()) for table in metadata.sorted_tables)
    assert ANA in stored
    if journal_url.startswith("sqlite"):
        stored += "".join(file.read_bytes().decode("latin-1") for file in tmp_path.glob("journal.sqlite3*"))
    assert [secret in stored for secret in secrets] == [False, False]


def test_no_record_or_message_shows_a_secret(journal: Journal) -> None:
    journal.request_enrolment(APPROVER, by=OLGA, reason="", at=MONDAY)
    done = journal.confirm_enrolment(ANA, by=OMAR, at=MONDAY)
    assert done.secret is not None
    secret = done.secret.get_secret_value()
    assert (len(secret), secret in f"{done!r} {done.person} {done.secret}") == (32, False)


def test_an_operators_code_counts_for_one_change_and_is_kept_in_the_story(journal: Journal) -> None:
    app = enrolled_operator(journal, OPERATOR.email)
    step = journal.check_code(OPERATOR.email, _code(app.secret, MONDAY), given_at=MONDAY).step
    uma = Actor(email="UMA.operator@example.com", os_account="uma@desk", code_step=step)
    journal.request_enrolment(APPROVER, by=uma, reason="", at=MONDAY)
    assert (journal.enrolment_story(ANA)[0].actor, journal.enrolment_story(ANA)[0].code_step) == (OPERATOR.email, step)
    changes: list[Callable[[], object]] = [
        lambda: journal.request_enrolment(APPROVER, by=uma, reason="", at=MONDAY),
        lambda: journal.enrol_alone(APPROVER, by=uma, reason="", at=MONDAY),
        lambda: journal.revoke(ANA, by=uma, reason="", at=MONDAY),
    ]
    for change in changes:
        with pytest.raises(CodeUsedBefore):
            change()
    assert len(journal.enrolment_story(ANA)) == 1


def test_a_code_of_somebody_the_journal_does_not_know_never_counts(journal: Journal) -> None:
    with pytest.raises(CodeUsedBefore):
        journal.request_enrolment(APPROVER, by=Actor(email="x@example.com", code_step=7), reason="", at=MONDAY)


def test_every_entry_of_a_story_is_linked_into_the_chain(journal: Journal) -> None:
    enrolled_approver(journal, ANA)
    for _ in range(5):
        journal.count_wrong_code(ANA, at=MONDAY)
    journal.unlock(ANA, by=OLGA, at=MONDAY)
    journal.revoke(ANA, by=OLGA, reason="", at=MONDAY)
    assert [change for change, _ in [(one.change.value, one.actor) for one in journal.enrolment_story(ANA)]] == [
        "requested",
        "confirmed",
        "locked",
        "unlocked",
        "revoked",
    ]
    assert links_of(journal) == [("enrolment", ANA, position) for position in (1, 2, 3, 4, 5)]


def test_times_are_kept_as_moments_in_utc(journal: Journal) -> None:
    in_denver = datetime(2026, 11, 23, 2, 0, 0, 5, tzinfo=timezone(timedelta(hours=-7)))
    journal.request_enrolment(APPROVER, by=OLGA, reason="", at=in_denver)
    (asked,) = journal.enrolment_story(ANA)
    assert asked.at.isoformat() == "2026-11-23T09:00:00.000005+00:00"


def test_a_time_without_a_zone_is_refused(journal: Journal) -> None:
    with pytest.raises(Exception, match="expected a time with its time zone"):
        journal.request_enrolment(APPROVER, by=OLGA, reason="", at=MONDAY.replace(tzinfo=None))
    assert journal.people() == ()


def _code(secret: SecretStr, at: datetime) -> SecretStr:
    return SecretStr(Authenticator(secret).code(at))
