"""Between a delivery and a sync: each delivery counts once, and many of one project become one sync.

All of it is kept in memory: what is lost with the process is found by the schedule.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from types import TracebackType
from typing import Self

logger = logging.getLogger(__name__)

# Somebody who edits a budget makes a delivery with every line; the sync is for when they paused.
CALM_SECONDS = 60.0
_REMEMBERED_MAX = 10_000
_WAITING_MAX = 5_000

# Starts a sync of one project under a key; whoever starts twice with one key starts once.
StartSync = Callable[[int, str], object]


class Reception:
    """Takes deliveries without waiting, and starts syncs from a thread of its own inside a `with` block."""

    def __init__(
        self,
        start: StartSync,
        *,
        calm_seconds: float = CALM_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; `calm_seconds` is how long after a project's first delivery its sync starts."""
        self._start = start
        self._calm_seconds = calm_seconds
        self._now = now
        self._seen: OrderedDict[str, None] = OrderedDict()
        # Project -> when its sync is due, and the delivery that it is named after.
        self._waiting: dict[int, tuple[float, str]] = {}
        self._changed = threading.Condition()
        self._is_over = False
        self._thread = threading.Thread(target=self._work, name="webhook syncs", daemon=True)

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the thread; what still waits is left to the schedule."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        self._thread.join()

    def take(self, delivery_id: str, project_id: int) -> str:
        """Note that a project should be looked at; say what becomes of it. Never waits for a sync."""
        with self._changed:
            if delivery_id in self._seen:
                return "ignored: taken before"
            self._seen[delivery_id] = None
            if len(self._seen) > _REMEMBERED_MAX:
                self._seen.popitem(last=False)
            if project_id in self._waiting:
                return "taken: with the sync that is due"
            if len(self._waiting) >= _WAITING_MAX:
                return "ignored: too many projects wait; the schedule looks at all of them"
            self._waiting[project_id] = (self._now() + self._calm_seconds, delivery_id)
            self._changed.notify_all()
            return "taken"

    def _work(self) -> None:
        while (due := self._next_due()) is not None:
            project_id, delivery_id = due
            try:
                self._start(project_id, f"webhook:{project_id}:{delivery_id}")
            except Exception:
                # The schedule finds what moved; a receiver that died of one failure would miss the next as well.
                logger.exception("The sync of project %s could not be started; the schedule looks at it.", project_id)

    def _next_due(self) -> tuple[int, str] | None:
        """Wait for the next project that is due; None once it is over."""
        with self._changed:
            while not self._is_over:
                first = min(self._waiting, key=lambda project_id: self._waiting[project_id][0], default=None)
                left = None if first is None else self._waiting[first][0] - self._now()
                if first is not None and left is not None and left <= 0:
                    return first, self._waiting.pop(first)[1]
                self._changed.wait(left)
            return None
