"""`python -m tests.attacks.engine`: Prefect's engine, in a process that may be told to die, or that its clock is wrong.

The orders stand in the JSON file that ATTACK_ORDERS names; each process reads them when it begins. Those for one "run"
concern no other.
"""

import json
import os
import runpy
import time
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from prefect import suspend_flow_run

from tasks import acceptance_tasks, asking, export_tasks, systems, telling_people
from tasks.steps import propose
from tests.flows.watch import Watch

ORDERS = "ATTACK_ORDERS"
# Everybody who asks this machine for the time.
_CLOCKS = (acceptance_tasks, asking, export_tasks, systems, telling_people)


def _suspend(seconds: int, **named: Any) -> Any:
    return suspend_flow_run(**{**named, "timeout": seconds})


def main() -> None:
    orders = Path(os.environ[ORDERS])
    given: dict[str, Any] = json.loads(orders.read_text()) if orders.is_file() else {}
    if given.get("run", os.environ["PREFECT__FLOW_RUN_ID"]) != os.environ["PREFECT__FLOW_RUN_ID"]:
        given = {}
    patch = pytest.MonkeyPatch()
    if given.get("dies_at"):
        orders.unlink()
        Watch(given["dies_at"]).over_all_systems()
    if apart := timedelta(seconds=given.get("clock_apart", 0)):
        right_now = systems.now
        for module in _CLOCKS:
            patch.setattr(module, "now", lambda: right_now() + apart)
    if deadline := given.get("deadline"):
        patch.setattr(propose, "deadline_after", lambda *_: datetime.fromisoformat(deadline))
    if timeout := given.get("times_out_after"):
        patch.setattr("tasks.asking.suspend_flow_run", partial(_suspend, timeout))
    time.sleep(given.get("begins_after", 0))
    runpy.run_module("prefect.engine", run_name="__main__")


if __name__ == "__main__":
    main()
