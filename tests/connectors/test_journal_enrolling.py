"""Who may accept."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from connectors.journal import Journal
from connectors.journal.errors import ApproverNotEnrolled
from tests.connectors.exports import ANA, BEN, MONDAY, enrolled

LATER = MONDAY + timedelta(days=1)


def test_an_approver_is_found_in_any_case_with_an_exact_limit(journal: Journal) -> None:
    journal.enrol(
        email=" Ana.Ruiz@Example.com ",
        name="Ana Ruiz",
        amount_limit=Decimal("250000.50"),
        enrolled_by="operator",
        at=MONDAY,
    )
    approver = journal.approver("ANA.RUIZ@EXAMPLE.COM")
    assert approver is not None
    assert (approver.email, approver.name, str(approver.amount_limit)) == (ANA, "Ana Ruiz", "250000.50")
    assert (approver.active, approver.enrolled_by, approver.enrolled_at) == (True, "operator", MONDAY)
    assert journal.approver(BEN) is None


def test_one_person_is_one_enrolment_and_the_last_one_stands(journal: Journal) -> None:
    enrolled(journal, ANA)
    journal.enrol(email=ANA.upper(), name="Ana", amount_limit=Decimal(0), enrolled_by="chief", at=LATER)
    (only,) = journal.approvers()
    assert (only.name, only.amount_limit, only.enrolled_by, only.enrolled_at) == ("Ana", Decimal(0), "chief", LATER)


def test_a_revoked_approver_stays_known_until_enrolled_again(journal: Journal) -> None:
    enrolled(journal)
    revoked = journal.revoke(ANA.upper(), by="operator", at=LATER)
    assert (revoked.active, revoked.revoked_by, revoked.revoked_at) == (False, "operator", LATER)
    assert [(one.email, one.active) for one in journal.approvers()] == [(ANA, False), (BEN, True)]
    with pytest.raises(ApproverNotEnrolled, match="revoked by operator before"):
        journal.revoke(ANA, by="someone", at=LATER)
    enrolled(journal, ANA)
    again = journal.approver(ANA)
    assert again is not None
    assert (again.active, again.revoked_by, again.revoked_at) == (True, None, None)


def test_nobody_is_revoked_who_was_never_enrolled(journal: Journal) -> None:
    with pytest.raises(ApproverNotEnrolled, match=r"Approver x@example.com: .* found nobody of that address"):
        journal.revoke("x@example.com", by="operator", at=LATER)


@pytest.mark.parametrize(("email", "limit"), [("ana", None), ("", None), (ANA, Decimal(-1))])
def test_an_enrolment_that_makes_no_sense_is_refused(journal: Journal, email: str, limit: Decimal | None) -> None:
    with pytest.raises(ValueError, match="expected"):
        journal.enrol(email=email, name="Ana", amount_limit=limit, enrolled_by="operator", at=MONDAY)
    assert journal.approvers() == ()


def test_times_are_kept_as_moments_in_utc(journal: Journal) -> None:
    in_denver = datetime(2026, 11, 23, 2, 0, 0, 5, tzinfo=timezone(timedelta(hours=-7)))
    approver = journal.enrol(email=ANA, name="Ana", amount_limit=None, enrolled_by="operator", at=in_denver)
    assert approver.enrolled_at.isoformat() == "2026-11-23T09:00:00.000005+00:00"


def test_a_time_without_a_zone_is_refused(journal: Journal) -> None:
    with pytest.raises(Exception, match="expected a time with its time zone"):
        journal.enrol(
            email=ANA,
            name="Ana",
            amount_limit=None,
            enrolled_by="operator",
            at=MONDAY.replace(tzinfo=None),
        )
    assert journal.approvers() == ()
