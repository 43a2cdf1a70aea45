"""An export by its steps alone, without Prefect, from the top: what a life in `tests.flows.mortals` does."""

import os
from pathlib import Path

from pydantic import SecretStr

from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from tasks.steps import apply, decide, give_back, propose, verify
from tasks.systems import now, open_systems
from tests.flows.crash_site import PHONE, PROJECT, SENDER, answer_to
from tests.flows.watch import Watch
from tests.people import Authenticator

_S = ExportState
SENDING = propose.Sending(
    kind=Kind.SETUP, project=PROJECT, submitted_by=SENDER, lock_budget=True, flow_run_id="the only run"
)


def live(*, decision: str, die_at: str = "", moments: str = "") -> None:
    """Go through the steps as the flow does; the approver answers as soon as they are asked.

    Args:
        decision: the approver's.
        die_at: the moment to be killed at; "" lives to the end.
        moments: file for the names of all moments of a life that reached its end.
    """
    watch = Watch(die_at)
    watch.over_all_systems()
    with open_systems() as systems:
        export = propose.propose(systems, SENDING, now())
    if export.state is _S.AWAITING_ACCEPTANCE:
        with open_systems() as systems:
            given = decide.Given(answer=answer_to(export, decision, _phone()))
            export = decide.take_answer(systems, export.id, export.ask, given, now())
    if export.state in {_S.ACCEPTED, _S.APPLYING}:
        with open_systems() as systems:
            export = apply.apply_plan(systems, export.id, now())
    if export.state is _S.APPLIED:
        with open_systems() as systems:
            export, _ = verify.verify_export(systems, export.id, now())
    if export.state is _S.REJECTED:
        with open_systems() as systems:
            give_back.give_budget_back(systems, export.id, now())
    if moments:
        Path(moments).write_text("\n".join(watch.moments), encoding="utf-8")


def _phone() -> Authenticator:
    return Authenticator(SecretStr(os.environ[PHONE]))
