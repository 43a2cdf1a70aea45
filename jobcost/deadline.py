"""Until when an answer counts: working days by the company's clock and calendar.

Working days are Mondays to Fridays without the configured holidays. The deadline has the local clock time of the
sending, so that "five working days" means the same to people in a week in which the clocks are changed.
Nothing here reads a clock. Source of the zones' rules: the IANA time zone database.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from jobcost.config import Acceptance

_SATURDAY = 5
_DAY = timedelta(days=1)


def deadline_after(sent_at: datetime, acceptance: Acceptance) -> datetime:
    """Return the moment, in UTC, from which an answer to a plan sent at that moment no longer counts.

    The sending day is day 0, working day or not; the deadline is on the last of `deadline_working_days` working days
    after it. A local time that the clocks skip moves to the next one that exists; of one that comes twice the first
    counts.

    Raises:
        ValueError: if the moment has no time zone.
    """
    local = in_zone(sent_at, acceptance)
    zone = ZoneInfo(acceptance.time_zone)
    day, days_left = local.date(), acceptance.deadline_working_days
    while True:
        day += _DAY
        days_left -= is_working_day(day, acceptance)
        if days_left > 0 or not is_working_day(day, acceptance):
            continue
        deadline = _moment(day, local.time(), zone)
        # Zones have skipped a time across midnight, and a whole day: then the next working day has to do.
        if deadline.astimezone(zone).date() == day:
            return deadline


def is_working_day(day: date, acceptance: Acceptance) -> bool:
    """Tell whether people work on this day in the company's time zone."""
    return day.weekday() < _SATURDAY and day not in acceptance.holidays


def moment_before(deadline: datetime, hours: int) -> datetime:
    """Return the moment, in UTC, that many hours before a deadline, by a stopwatch and not by the local clock.

    Raises:
        ValueError: if the deadline has no time zone.
    """
    return _known(deadline).astimezone(UTC) - timedelta(hours=hours)


def in_zone(at: datetime, acceptance: Acceptance) -> datetime:
    """Return a moment by the company's clock, for people and for the question which day it is.

    Raises:
        ValueError: if the moment has no time zone.
    """
    return _known(at).astimezone(ZoneInfo(acceptance.time_zone))


def _known(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError(f"A moment without a time zone: expected one in UTC, found {at.isoformat()}.")
    return at


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Find when the local clock shows this time on this day, or first shows a later one if it skips it; in UTC."""
    wall = datetime.combine(day, clock.replace(fold=0), tzinfo=zone)
    # By the clock as it was before the change, and as it is after (PEP 495). Only a skipped time comes back another.
    before = wall.astimezone(UTC)
    if before.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return before
    return _end_of_gap(wall.replace(fold=1).astimezone(UTC), before, zone)


def _end_of_gap(earlier: datetime, later: datetime, zone: ZoneInfo) -> datetime:
    """Find the moment between two, to the second, at which the zone's clock is put forward."""
    earlier, later = earlier.replace(microsecond=0), later.replace(microsecond=0) + timedelta(seconds=1)
    offset_before = earlier.astimezone(zone).utcoffset()
    while later - earlier > timedelta(seconds=1):
        middle = earlier + timedelta(seconds=(later - earlier) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == offset_before:
            earlier = middle
        else:
            later = middle
    return later
