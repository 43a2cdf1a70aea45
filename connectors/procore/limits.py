"""Procore's rate limits, obeyed before they are hit.

Two windows run at once, an hourly one and one of 10 seconds; each answer describes, in X-Rate-Limit-Limit,
-Remaining and -Reset (unix seconds), whichever would be hit first (facts 2.2). So both are kept in mind, told apart by
their limit, and each call counts against both. No number of calls is assumed: only what the headers say.
A 429 is waited out by Retry-After, or by -Reset where that is missing; Procore's pages name either.
"""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from connectors.procore.errors import RateLimitExhausted

logger = logging.getLogger(__name__)

# Reset is told in whole seconds, and two clocks never agree exactly.
_MARGIN_SECONDS = 1.0
# Waits when a 429 names no time at all: 1, 2, 4 ... seconds, then 10: the length of the short window.
_UNTOLD_WAIT_SECONDS_MAX = 10.0


@dataclass(slots=True)
class Window:
    """One rate limit as last told: calls allowed, calls left, and when it starts anew (unix seconds)."""

    limit: int
    remaining: int
    reset: float


class RateLimits:
    """What Procore told of its limits, and the waiting they ask for."""

    def __init__(self, *, sleep: Callable[[float], None], now: Callable[[], float], wait_seconds_max: float) -> None:
        self._sleep = sleep
        self._now = now
        self._wait_seconds_max = wait_seconds_max
        self._windows: dict[int, Window] = {}
        self.last_told: Window | None = None
        self.waited_seconds = 0.0

    def wait_for_room(self, method: str, path: str) -> None:
        """Wait until every known window allows one more call, and count that call against all of them.

        Raises:
            RateLimitExhausted: if the wait would be longer than the configured maximum.
        """
        now = self._now()
        full = [window for window in self._open_windows(now) if window.remaining <= 0]
        if full:
            wait = max(window.reset for window in full) - now + _MARGIN_SECONDS
            self._wait(method, path, wait, 0.0, "All calls of this window are used.")
        for window in self._open_windows(self._now()):
            window.remaining -= 1

    def note(self, headers: Mapping[str, str]) -> None:
        """Remember what an answer tells of the limits."""
        told = [_number(headers.get(f"x-rate-limit-{name}")) for name in ("limit", "remaining", "reset")]
        limit, remaining, reset = told
        if limit is None or remaining is None or reset is None:
            return
        window = Window(int(limit), int(remaining), reset)
        self._windows[window.limit] = window
        # A copy: what was told must not be counted down.
        self.last_told = Window(window.limit, window.remaining, window.reset)

    def wait_after_refusal(
        self, method: str, path: str, headers: Mapping[str, str], *, refusals: int, waited: float, words: str
    ) -> float:
        """Wait as long as a 429 asks for; return the seconds waited.

        Args:
            method: what was asked.
            path: where.
            headers: of the 429.
            refusals: how many 429s this call has now met, 1 for the first.
            waited: seconds this call has waited already.
            words: Procore's own.

        Raises:
            RateLimitExhausted: if the wait would be longer than the configured maximum.
        """
        wait = asked_wait(headers, self._now())
        if wait is None:
            reset = _number(headers.get("x-rate-limit-reset"))
            wait = reset - self._now() + _MARGIN_SECONDS if reset is not None else None
        # A time that has passed already, again and again, is no answer: wait longer each time.
        at_least = min(2.0 ** (refusals - 1), _UNTOLD_WAIT_SECONDS_MAX)
        wait = max(wait or 0.0, at_least)
        self._wait(method, path, wait, waited, words)
        return wait

    def _wait(self, method: str, path: str, seconds: float, waited: float, words: str) -> None:
        if waited + seconds > self._wait_seconds_max:
            raise RateLimitExhausted(method, path, waited + seconds, self._wait_seconds_max, words)
        logger.info("Waiting %.1f s for Procore's rate limit before %s %s", seconds, method, path)
        self.waited_seconds += seconds
        self._sleep(seconds)

    def _open_windows(self, now: float) -> list[Window]:
        self._windows = {limit: window for limit, window in self._windows.items() if window.reset > now}
        return list(self._windows.values())


def asked_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Read Retry-After, seconds or an HTTP date (RFC 9110, 10.2.3), as seconds from now; None if not told."""
    told = headers.get("retry-after", "").strip()
    seconds = _number(told)
    if seconds is not None:
        return max(seconds, 0.0)
    try:
        date = parsedate_to_datetime(told)
    except ValueError:
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max((date - datetime.fromtimestamp(now, UTC)).total_seconds(), 0.0)


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None
