"""Names every moment of an export, and kills the process at one of them.

A moment is "before" or "after" a call to one of the three systems ("after journal.record_plan"), or a checkpoint of the
writer inside Vista's transaction ("at vista.before_commit"). The second of a kind is called "... #2". Calls are also
counted: "after call 7", whatever the seventh is.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import pytest

from connectors.journal.journal import open_journal
from connectors.procore.http import HttpProcore
from connectors.vista.sql import SqlVista
from tasks import systems


class Watch:
    """Sees the moments of one process pass; at the one named it dies as a killed process does, with no goodbye."""

    def __init__(self, die_at: str = "") -> None:
        self.moments: list[str] = []
        self.calls = 0
        self._die_at = die_at
        self._kinds = Counter[str]()

    def see(self, kind: str) -> None:
        self._kinds[kind] += 1
        number = self._kinds[kind]
        moment = kind if number == 1 else f"{kind} #{number}"
        self.moments.append(moment)
        self.calls += kind.startswith("after ")
        if self._die_at in {moment, f"after call {self.calls}"}:
            os.kill(os.getpid(), signal.SIGKILL)

    def over_all_systems(self) -> None:
        """See every call that the tasks of this process make from now on."""
        patch = pytest.MonkeyPatch()
        patch.setattr(systems, "HttpProcore", lambda access: Watched("procore", HttpProcore(access), self))
        patch.setattr(systems, "open_journal", lambda url, key: Watched("journal", open_journal(url, key), self))
        patch.setattr(systems, "SqlVista", self._vista)

    def _vista(self, url: str, jcco: int, **named: Any) -> "Watched":
        vista = SqlVista(url, jcco, checkpoint=lambda name: self.see(f"at vista.{name}"), **named)
        return Watched("vista", vista, self)


class Watched:
    """A system whose calls are seen; otherwise the system itself."""

    def __init__(self, name: str, system: Any, watch: Watch) -> None:
        self._name = name
        self._system = system
        self._watch = watch

    def __enter__(self) -> Self:
        self._system.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._system.__exit__(kind, error, trace)

    def __getattr__(self, method: str) -> Callable[..., Any]:
        call = getattr(self._system, method)

        def seen(*given: Any, **named: Any) -> Any:
            # The journal's `move` is used for several moves: they are told apart by where they lead.
            what = f"{self._name}.{method}" + (f" to {given[1]}" if method == "move" else "")
            self._watch.see(f"before {what}")
            result = call(*given, **named)
            self._watch.see(f"after {what}")
            return result

        return seen
