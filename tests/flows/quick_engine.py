"""`python -m tests.flows.quick_engine`: Prefect's engine with a heart that beats every second.

Prefect lets nobody set less than 30 seconds, so the limit is lifted here. With DIES_AT set to a file, the first process
that finds a moment (tests.flows.watch) written there dies at it, and takes its worker along.
"""

import os
import runpy
import signal
from pathlib import Path

import pytest
from prefect import flow_engine

from tests.flows.watch import Watch

BEAT_SECONDS = 1


class LastWatch(Watch):
    """At its moment the machine goes down: the worker first, so that nobody reports what happened."""

    def see(self, kind: str) -> None:
        if kind == self._die_at:
            os.kill(os.getppid(), signal.SIGKILL)
        super().see(kind)


def main() -> None:
    patch = pytest.MonkeyPatch()
    patch.setattr(flow_engine, "MINIMUM_HEARTBEAT_INTERVAL", BEAT_SECONDS)
    patch.setattr(flow_engine.BaseFlowRunEngine, "heartbeat_seconds", BEAT_SECONDS)
    order = Path(os.environ.get("DIES_AT", os.devnull))
    if order.is_file():
        moment = order.read_text()
        order.unlink()
        LastWatch(moment).over_all_systems()
    runpy.run_module("prefect.engine", run_name="__main__")


if __name__ == "__main__":
    main()
