"""Our export outside Prefect: the steps as the flow's tasks take them, each with its time.

`python -m benchmarks.pipeline setup` exports once, as the settings in the environment say, and prints its seconds.
So does `update`; with `--new-code` it first waits, untimed, for codes that did not count yet.
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from time import perf_counter
from typing import Any, cast
from uuid import uuid4

from benchmarks.sandboxes import APPROVERS, PROJECT, SENDER, code_of
from connectors.journal.codes import STEP_SECONDS
from connectors.journal.records import ExportRecord
from connectors.settings import Settings, load_settings
from connectors.vista.gateway import Applied, VistaGateway
from jobcost.acceptance import ACCEPT, Answer
from jobcost.lifecycle import ExportState
from jobcost.permit import ApplyPermit
from jobcost.plan import Kind, Plan
from tasks.steps import apply, decide, propose, verify
from tasks.systems import now, open_systems

_NEW_CODE = "--new-code"


@dataclass(slots=True)
class Timed:
    """How an export ended, and the seconds that each of its steps took."""

    state: str
    seconds: dict[str, float] = field(default_factory=dict)
    # Part of "apply": the one transaction in Vista, from the lock of the job to the commit.
    transaction_seconds: float = 0.0

    @property
    def total_seconds(self) -> float:
        """All steps together."""
        return sum(self.seconds.values())


class _TimedVista:
    """A Vista whose transaction is timed."""

    def __init__(self, vista: VistaGateway, timed: Timed) -> None:
        self._vista = vista
        self._timed = timed

    def apply(self, plan: Plan, permit: ApplyPermit) -> Applied:
        """Write, and note how long it took."""
        began = perf_counter()
        try:
            return self._vista.apply(plan, permit)
        finally:
            self._timed.transaction_seconds = perf_counter() - began

    def __getattr__(self, name: str) -> Any:
        """Everything else is Vista's own."""
        return getattr(self._vista, name)


def export_once(environment: Mapping[str, str], kind: Kind) -> Timed:
    """Propose; if something has to be written, let the approvers of the site accept, apply and verify.

    Opening and closing the systems for each step is part of its time, as it is in the flow.
    """
    timed, settings = Timed(ExportState.PROPOSED), load_settings(environ=environment, env_file=None)
    sending = propose.Sending(
        kind=kind, project=PROJECT, submitted_by=SENDER, lock_budget=False, flow_run_id=str(uuid4())
    )
    began = perf_counter()
    with open_systems(settings=settings) as systems:
        export = propose.propose(systems, sending, now())
    timed.seconds["propose"] = perf_counter() - began
    if export.state is ExportState.AWAITING_ACCEPTANCE:
        export = _accepted(environment, export, timed)
        export = _written(settings, export, timed)
    timed.state = export.state
    return timed


def _accepted(environment: Mapping[str, str], export: ExportRecord, timed: Timed) -> ExportRecord:
    settings = load_settings(environ=environment, env_file=None)
    began = perf_counter()
    for approver in APPROVERS:
        # A small change needs one of them alone.
        if export.state is not ExportState.AWAITING_ACCEPTANCE:
            break
        answer = Answer(
            decision=ACCEPT,
            approver=approver,
            plan_code=str(export.plan_code),
            reason="",
            code=code_of(approver, environment),
        )
        with open_systems(settings=settings) as systems:
            export = decide.take_answer(systems, export.id, export.ask, decide.Given(answer=answer), now())
    timed.seconds["accept"] = perf_counter() - began
    return export


def _written(settings: Settings, export: ExportRecord, timed: Timed) -> ExportRecord:
    began = perf_counter()
    with open_systems(settings=settings) as systems:
        vista = cast("VistaGateway", _TimedVista(systems.vista, timed))
        export = apply.apply_plan(replace(systems, vista=vista), export.id, now())
    timed.seconds["apply"] = perf_counter() - began
    began = perf_counter()
    with open_systems(settings=settings) as systems:
        export, _ = verify.verify_export(systems, export.id, now())
    timed.seconds["verify"] = perf_counter() - began
    return export


def sleep_into_a_new_code() -> None:
    """Wait for the half minute of the next one-time code: a code counts once."""
    time.sleep(STEP_SECONDS - time.time() % STEP_SECONDS + 0.1)


if __name__ == "__main__":
    if _NEW_CODE in sys.argv:
        sleep_into_a_new_code()
    print(json.dumps(asdict(export_once(os.environ, Kind(sys.argv[1])))))
