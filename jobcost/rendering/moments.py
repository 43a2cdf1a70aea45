"""Moments and spans of time as people in the company read them: in its own time zone, named."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from jobcost.rendering.wording import counted, moment_text

# Not strftime: it would name the days in the language of the machine.
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def local_text(moment: datetime, zone_name: str) -> str:
    """Spell a moment in the company's time zone, with the day of the week and both names of the zone.

    >>> from datetime import UTC
    >>> local_text(datetime(2026, 8, 19, 23, 0, tzinfo=UTC), "America/Denver")
    'Wed 2026-08-19 17:00 MDT (America/Denver)'

    Raises:
        ValueError: for a moment without a time zone.
        zoneinfo.ZoneInfoNotFoundError: for a zone nobody knows; the configuration refuses it.
    """
    short = short_local_text(moment, zone_name)
    return short if short.endswith(f" {zone_name}") else f"{short} ({zone_name})"


def short_local_text(moment: datetime, zone_name: str) -> str:
    """Spell a moment in the company's time zone for a narrow column, on a page that names the zone.

    >>> from datetime import UTC
    >>> short_local_text(datetime(2026, 8, 19, 23, 0, tzinfo=UTC), "America/Denver")
    'Wed 2026-08-19 17:00 MDT'

    Raises:
        ValueError: for a moment without a time zone.
        zoneinfo.ZoneInfoNotFoundError: for a zone nobody knows.
    """
    # Checked first: a moment without a zone would be taken for the machine's own.
    moment_text(moment)
    local = moment.astimezone(ZoneInfo(zone_name))
    return f"{_WEEKDAYS[local.weekday()]} {moment_text(local)}"


def span_text(span: timedelta) -> str:
    """Spell how long something takes or waits, in the largest unit that says enough; nothing is shorter than a minute.

    >>> span_text(timedelta(days=2, hours=5)), span_text(timedelta(hours=30)), span_text(timedelta(minutes=90))
    ('2 days', '30 hours', '90 minutes')
    """
    if span >= 2 * _DAY:
        return counted(span // _DAY, "day")
    if span >= 2 * _HOUR:
        return counted(span // _HOUR, "hour")
    return counted(max(span // timedelta(minutes=1), 1), "minute")
