"""The sandbox's time: the real one, moved forward at will, so that no test waits for a window or a token to end."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(slots=True)
class Clock:
    """Seconds since 1970, ahead of the real time by what tests added."""

    ahead: float = 0.0

    def now(self) -> float:
        """Tell the sandbox's time."""
        return time.time() + self.ahead

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        self.ahead += seconds

    def text(self) -> str:
        """Spell the time as Procore does, to the second."""
        return datetime.fromtimestamp(self.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
