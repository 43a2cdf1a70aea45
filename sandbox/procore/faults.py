"""Faults to switch on, per method and path, for a number of requests: what goes wrong, where, and how often."""

import re
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal, get_args

FaultKind = Literal[
    # Answered instead of the work; nothing is done.
    "429",
    "500",
    "502",
    "503",
    "forbidden",  # 403: the account lacks a permission
    "expired_token",  # 401, and the token presented is no longer valid
    # The work is not done and no answer comes.
    "drop_before",  # connection closed
    "timeout",  # silence for `seconds`, then the connection is closed
    # The work IS done, but the answer suffers.
    "drop_after",  # connection closed without an answer
    "timeout_after",  # silence for `seconds`, then the connection is closed
    "truncated_json",  # half of the body, with a length that fits
    "html",  # status 200 and a web page
    "slow_body",  # the body arrives in pieces over `seconds`
    # The answer is right, and then the budget changes under the reader.
    "row_inserted_after",
    "row_removed_after",
]
KINDS: tuple[str, ...] = get_args(FaultKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault. `path` is searched as a regular expression in the path and in "path?query"."""

    kind: FaultKind
    method: str = ".*"
    path: str = ".*"
    # How many matching requests it hits, after sparing the first `skip` of them.
    count: int = 1
    skip: int = 0
    # Seconds, told in Retry-After (and X-Rate-Limit-Reset of a 429); None leaves Retry-After out.
    retry_after: int | None = 1
    # How long silence or a slow body lasts.
    seconds: float = 30.0

    def matches(self, method: str, path: str, query: str) -> bool:
        """Tell whether a request is meant."""
        return re.fullmatch(self.method, method) is not None and any(
            re.search(self.path, target) for target in (path, f"{path}?{query}")
        )


@dataclass(slots=True)
class Faults:
    """The faults that are switched on, in the order they were."""

    # Matching requests still to be spared and to be hit, beside each fault.
    _waiting: list[tuple[Fault, int, int]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)
    # Set while the server stops: whoever sleeps wakes up.
    stopping: bool = False

    def add(
        self,
        kind: FaultKind,
        *,
        method: str = ".*",
        path: str = ".*",
        count: int = 1,
        skip: int = 0,
        retry_after: int | None = 1,
        seconds: float = 30.0,
    ) -> None:
        """Switch a fault on."""
        self.switch_on(
            Fault(kind=kind, method=method, path=path, count=count, skip=skip, retry_after=retry_after, seconds=seconds)
        )

    def switch_on(self, fault: Fault) -> None:
        """Switch a fault on; re-compiles nothing later, so a bad pattern is told now.

        Raises:
            ValueError: for a pattern that is no regular expression.
        """
        for pattern in (fault.method, fault.path):
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"fault {fault.kind}: {pattern!r} is no regular expression: {error}") from None
        with self._lock:
            self._waiting.append((fault, fault.skip, fault.count))

    def clear(self) -> None:
        """Switch all faults off."""
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> tuple[Fault, ...]:
        """List the faults that have not yet hit as often as they should."""
        with self._lock:
            return tuple(fault for fault, _, _ in self._waiting)

    def take(self, method: str, path: str, query: str) -> Fault | None:
        """Find the fault that hits this request, if any, and count it."""
        with self._lock:
            for number, (fault, spared, left) in enumerate(self._waiting):
                if not fault.matches(method, path, query):
                    continue
                if spared > 0:
                    self._waiting[number] = (fault, spared - 1, left)
                    continue
                if left > 1:
                    self._waiting[number] = (fault, 0, left - 1)
                else:
                    del self._waiting[number]
                return fault
        return None
