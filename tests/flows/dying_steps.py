"""An export by its steps alone, without Prefect, from the top: what a life in `tests.flows.mortals` does."""

import os
from pathlib import Path

from pydantic import SecretStr

from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from tasks.steps import apply, decide, give_back, propose, undoing, verify
from tasks.systems import Systems, now, open_systems
from tests.flows.crash_site import APPROVER, PHONE, PROJECT, SENDER, answer_to
from tests.flows.watch import Watch
from tests.people import Authenticator

_S = ExportState


def live(
    *,
    decision: str,
    kind: str = "setup",
    undoes: str = "",
    approver: str = APPROVER,
    die_at: str = "",
    moments: str = "",
) -> None:
    """Go through the steps as the flow does; the approver answers as soon as they are asked.

    Args:
        decision: the approver's.
        kind: of the export; there is one run of each.
        undoes: the export that an undo takes back.
        approver: who answers, with the authenticator app that the environment names.
        die_at: the moment to be killed at; "" lives to the end.
        moments: file for the names of all moments of a life that reached its end.
    """
    watch = Watch(die_at)
    watch.over_all_systems()
    with open_systems() as systems:
        export = propose.propose(systems, _sending(systems, Kind(kind), undoes), now())
    if export.state is _S.AWAITING_ACCEPTANCE:
        with open_systems() as systems:
            given = decide.Given(answer=answer_to(export, decision, _phone(), approver))
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


def _sending(systems: Systems, kind: Kind, undoes: str) -> propose.Sending:
    run = f"the only run of {kind}"
    if undoes:
        return undoing.undo_of(systems, undoes, SENDER, flow_run_id=run)
    return propose.Sending(kind=kind, project=PROJECT, submitted_by=SENDER, lock_budget=True, flow_run_id=run)


def _phone() -> Authenticator:
    return Authenticator(SecretStr(os.environ[PHONE]))
