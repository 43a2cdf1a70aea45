"""A deadline leaves as many working days as promised, in every zone, also when the clocks are changed."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from jobcost.config import Acceptance
from jobcost.deadline import deadline_after, in_zone, is_working_day, moment_before
from tests.property.laws import CHEAP_LAW

HOUR = timedelta(hours=1)

# Clocks that change at night, at midnight, by half an hour, and not at all; far from Greenwich on both sides.
zones = st.sampled_from(
    [
        *("UTC", "America/New_York", "America/Sao_Paulo", "Africa/Cairo", "Asia/Kolkata"),
        *("Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Honolulu", "America/Nuuk", "Europe/Dublin"),
    ]
)
moments = st.builds(
    lambda since: datetime(2015, 1, 1, tzinfo=UTC) + since, st.timedeltas(timedelta(0), timedelta(days=5500))
)
days_off = st.frozensets(st.dates(date(2015, 1, 1), date(2030, 6, 1)), max_size=4)
choices = st.builds(
    Acceptance,
    deadline_working_days=st.integers(1, 12) | st.just(90),
    time_zone=zones,
    holidays=days_off,
)


def near(sent: datetime, offset: int) -> date:
    """A day shortly after the sending, where a holiday matters."""
    return (sent + timedelta(days=offset)).date()


def with_holiday(acceptance: Acceptance, day: date) -> Acceptance:
    return acceptance.model_copy(update={"holidays": acceptance.holidays | {day}})


@CHEAP_LAW
@given(sent=moments, acceptance=choices)
def test_a_deadline_leaves_at_least_the_promised_days(sent: datetime, acceptance: Acceptance) -> None:
    due = deadline_after(sent, acceptance)
    days = acceptance.deadline_working_days
    assert in_zone(due, acceptance).date() - in_zone(sent, acceptance).date() >= timedelta(days=days)
    # A day on which the clocks go forward is an hour short.
    assert due - sent >= timedelta(days=days) - HOUR


@CHEAP_LAW
@given(sent=moments, acceptance=choices, offset=st.integers(0, 15))
def test_a_deadline_is_on_a_working_day(sent: datetime, acceptance: Acceptance, offset: int) -> None:
    acceptance = with_holiday(acceptance, near(sent, offset))
    day = in_zone(deadline_after(sent, acceptance), acceptance).date()
    assert day.isoweekday() <= 5
    assert day not in acceptance.holidays


@CHEAP_LAW
@given(sent=moments, acceptance=choices)
def test_exactly_the_promised_number_of_working_days_lies_between(sent: datetime, acceptance: Acceptance) -> None:
    first = in_zone(sent, acceptance).date()
    last = in_zone(deadline_after(sent, acceptance), acceptance).date()
    between = [first + timedelta(days=number) for number in range(1, (last - first).days + 1)]
    worked = [day for day in between if day.isoweekday() <= 5 and day not in acceptance.holidays]
    assert len(worked) == acceptance.deadline_working_days


@CHEAP_LAW
@given(sent=moments, acceptance=choices)
def test_a_deadline_keeps_the_clock_time_unless_the_clocks_skip_it(sent: datetime, acceptance: Acceptance) -> None:
    before, after = in_zone(sent, acceptance), in_zone(deadline_after(sent, acceptance), acceptance)
    late = datetime.combine(after.date(), after.time()) - datetime.combine(after.date(), before.time())
    assert timedelta(0) <= late <= HOUR
    if late:
        just_before = in_zone(after.astimezone(UTC) - timedelta(microseconds=1), acceptance)
        assert just_before.utcoffset() != after.utcoffset()


@CHEAP_LAW
@given(sent=moments, acceptance=choices, later=st.timedeltas(timedelta(0), timedelta(days=6)))
def test_who_sends_later_has_no_earlier_deadline(sent: datetime, acceptance: Acceptance, later: timedelta) -> None:
    first, second = deadline_after(sent, acceptance), deadline_after(sent + later, acceptance)
    assert in_zone(second, acceptance).date() >= in_zone(first, acceptance).date()
    # Saturday morning and Friday evening lead to the same day, each with its own clock time; and an hour comes twice.
    if is_working_day(in_zone(sent + later, acceptance).date(), acceptance):
        assert second >= first - HOUR


@CHEAP_LAW
@given(sent=moments, acceptance=choices, offset=st.integers(-2, 20))
def test_a_holiday_never_brings_a_deadline_forward(sent: datetime, acceptance: Acceptance, offset: int) -> None:
    with_one_more = with_holiday(acceptance, near(sent, offset))
    assert deadline_after(sent, with_one_more) >= deadline_after(sent, acceptance)


@CHEAP_LAW
@given(sent=moments, acceptance=choices, hours=st.integers(1, 200))
def test_a_reminder_comes_that_many_hours_before_the_deadline(
    sent: datetime, acceptance: Acceptance, hours: int
) -> None:
    due = deadline_after(sent, acceptance)
    assert (due - moment_before(due, hours)).total_seconds() == hours * 3600
    assert moment_before(in_zone(due, acceptance), hours) == moment_before(due, hours)
