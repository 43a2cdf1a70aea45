"""The two rate limits of Procore: an hour and ten seconds, told in the X-Rate-Limit headers."""

import math
from dataclasses import dataclass, field

from sandbox.procore.clock import Clock

SURPASSED = "You have surpassed the max number of requests for an hour. Please wait until your limit resets."
HOUR = 3600
SPIKE = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests allowed in each window; None means no limit. The numbers are those documented since March 2026."""

    per_hour: int | None = 600
    per_10_seconds: int | None = 25


DOCUMENTED = Limits()
UNLIMITED = Limits(per_hour=None, per_10_seconds=None)


@dataclass(slots=True)
class Window:
    """A fixed window that starts with its first request."""

    allowed: int
    seconds: int
    ends: float = 0.0
    used: int = 0

    def refresh(self, now: float) -> None:
        """Start a new window when the last one is over."""
        if now >= self.ends:
            self.ends = now + self.seconds
            self.used = 0

    @property
    def remaining(self) -> int:
        """Requests left in this window."""
        return max(self.allowed - self.used, 0)


@dataclass(slots=True)
class RateLimiter:
    """Counts requests against both windows."""

    limits: Limits
    clock: Clock
    windows: list[Window] = field(init=False)

    def __post_init__(self) -> None:
        """Open the windows that have a limit."""
        pairs = ((self.limits.per_hour, HOUR), (self.limits.per_10_seconds, SPIKE))
        self.windows = [Window(allowed, seconds) for allowed, seconds in pairs if allowed is not None]

    def admit(self) -> tuple[bool, dict[str, str]]:
        """Count one request; tell whether it may pass, and the headers about the window that is nearest to its end."""
        now = self.clock.now()
        for window in self.windows:
            window.refresh(now)
        if not self.windows:
            return True, {}
        admitted = all(window.remaining > 0 for window in self.windows)
        if admitted:
            for window in self.windows:
                window.used += 1
        # Of two exhausted windows the later end is the one to wait for.
        nearest = min(self.windows, key=lambda window: (window.remaining, -window.ends))
        return admitted, limit_headers(nearest.allowed, nearest.remaining, nearest.ends)


def limit_headers(allowed: int, remaining: int, ends: float) -> dict[str, str]:
    """Write the three headers; Reset is in unix seconds, rounded up so that waiting for it is enough."""
    return {
        "X-Rate-Limit-Limit": str(allowed),
        "X-Rate-Limit-Remaining": str(remaining),
        "X-Rate-Limit-Reset": str(math.ceil(ends)),
    }
