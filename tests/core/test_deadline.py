"""Until when an answer counts, by the company's clock and calendar. The expected moments are written out."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from jobcost.config import Acceptance
from jobcost.deadline import deadline_after, in_zone, is_working_day, moment_before


def acceptance(days: int = 5, zone: str = "UTC", holidays: tuple[str, ...] = ()) -> Acceptance:
    return Acceptance(deadline_working_days=days, time_zone=zone, holidays=frozenset(map(date.fromisoformat, holidays)))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_five_working_days_after_a_wednesday_are_the_next_wednesday() -> None:
    assert deadline_after(utc("2026-03-04 15:30"), acceptance()) == utc("2026-03-11 15:30")


@pytest.mark.parametrize("sent", ["2026-03-06 10:00", "2026-03-07 10:00", "2026-03-08 10:00"])
def test_what_is_sent_on_friday_or_at_the_weekend_has_until_monday(sent: str) -> None:
    assert deadline_after(utc(sent), acceptance(days=1)) == utc("2026-03-09 10:00")


def test_holidays_do_not_count() -> None:
    # Thanksgiving and the day after it; then a weekend.
    given = acceptance(days=2, holidays=("2026-11-26", "2026-11-27"))
    assert deadline_after(utc("2026-11-24 09:00"), given) == utc("2026-11-30 09:00")


def test_a_holiday_at_the_weekend_changes_nothing() -> None:
    given = acceptance(days=1, holidays=("2026-07-04",))
    assert deadline_after(utc("2026-07-03 09:00"), given) == utc("2026-07-06 09:00")


def test_the_sending_day_is_that_of_the_company_and_not_of_greenwich() -> None:
    # Friday 21:00 in Chicago is Saturday 03:00 in Greenwich: both lead to Monday, at another hour and by another road.
    assert deadline_after(utc("2026-01-10 03:00"), acceptance(1, "America/Chicago")) == utc("2026-01-13 03:00")
    # Sunday 23:30 in Chicago is Monday already in Greenwich.
    assert deadline_after(utc("2026-01-12 05:30"), acceptance(1, "America/Chicago")) == utc("2026-01-13 05:30")
    assert deadline_after(utc("2026-01-12 05:30"), acceptance(1)) == utc("2026-01-13 05:30")
    # Thursday 23:30 in Chicago, Friday in Greenwich: the answer is due on Friday there, on Monday here.
    assert deadline_after(utc("2026-01-09 05:30"), acceptance(1, "America/Chicago")) == utc("2026-01-10 05:30")
    assert deadline_after(utc("2026-01-09 05:30"), acceptance(1)) == utc("2026-01-12 05:30")


@pytest.mark.parametrize(
    ("sent", "due"),
    [
        # The clocks of New York went forward on 8 March 2026 and go back on 1 November 2026.
        ("2026-03-06 15:00", "2026-03-09 14:00"),
        ("2026-10-30 14:00", "2026-11-02 15:00"),
    ],
)
def test_the_deadline_has_the_local_clock_time_of_the_sending(sent: str, due: str) -> None:
    assert deadline_after(utc(sent), acceptance(1, "America/New_York")) == utc(due)


def test_a_time_that_the_clocks_skip_moves_to_the_next_one_there_is() -> None:
    # Cairo's clocks went from 23:59:59 on Thursday to 01:00 on Friday, 26 April 2024.
    sent = datetime(2024, 4, 25, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    due = deadline_after(sent, acceptance(1, "Africa/Cairo"))
    assert in_zone(due, acceptance(1, "Africa/Cairo")).isoformat() == "2024-04-26T01:00:00+03:00"
    assert due == utc("2024-04-25 22:00")


def test_of_a_time_that_comes_twice_the_first_counts() -> None:
    # Cairo's clocks went back from 23:59:59 to 23:00 on Thursday, 31 October 2024.
    sent = datetime(2024, 10, 30, 23, 30, tzinfo=timezone(timedelta(hours=3)))
    assert deadline_after(sent, acceptance(1, "Africa/Cairo")) == utc("2024-10-31 20:30")


def test_a_day_that_a_zone_skipped_is_no_working_day() -> None:
    # Samoa moved across the date line: there was no Friday, 30 December 2011.
    sent = datetime(2011, 12, 29, 9, 0, tzinfo=timezone(timedelta(hours=-10)))
    due = deadline_after(sent, acceptance(1, "Pacific/Apia"))
    assert in_zone(due, acceptance(1, "Pacific/Apia")).isoformat() == "2012-01-02T09:00:00+14:00"


def test_the_zone_in_which_the_moment_was_given_does_not_matter() -> None:
    in_india = datetime(2026, 3, 4, 21, 0, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert deadline_after(in_india, acceptance()) == utc("2026-03-11 15:30")


def test_a_deadline_is_in_utc_whatever_the_zone() -> None:
    assert deadline_after(utc("2026-03-04 15:30"), acceptance(zone="Asia/Kolkata")).tzinfo is UTC


def test_hours_before_a_deadline_are_counted_by_a_stopwatch() -> None:
    # Local noon on the Sunday on which the clocks went forward; a day before it was 11:00 by the local clock.
    noon = in_zone(utc("2026-03-08 16:00"), acceptance(zone="America/New_York"))
    assert noon.hour == 12
    assert moment_before(noon, 24) == utc("2026-03-07 16:00")
    assert moment_before(noon, 24).tzinfo is UTC


def test_a_moment_without_a_time_zone_is_refused() -> None:
    naive = datetime.fromisoformat("2026-03-04 15:30")
    with pytest.raises(ValueError, match="expected one in UTC, found 2026-03-04T15:30:00"):
        deadline_after(naive, acceptance())
    with pytest.raises(ValueError, match="expected one in UTC, found 2026-03-04T15:30:00"):
        moment_before(naive, 1)


@pytest.mark.parametrize(
    ("day", "works"), [("2026-03-06", True), ("2026-03-07", False), ("2026-03-08", False), ("2026-12-25", False)]
)
def test_people_work_on_weekdays_that_are_no_holidays(day: str, *, works: bool) -> None:
    assert is_working_day(date.fromisoformat(day), acceptance(holidays=("2026-12-25",))) is works
