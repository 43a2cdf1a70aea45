"""The real flow in a process of its own, for a flow run that exists: what a life in `tests.flows.mortals` does."""

from typing import Any
from uuid import UUID

import pytest
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.engine import handle_engine_signals
from prefect.flow_engine import run_flow

from connectors.journal.records import ExportRecord
from flows.budget_setup import budget_setup
from flows.budget_undo import budget_undo
from flows.budget_update import budget_update
from tasks.forms import AcceptanceForm
from tasks.outcome import final_state
from tests.flows.watch import Watch

FLOWS: dict[str, Flow[..., Any]] = {
    "budget-setup": budget_setup,
    "budget-update": budget_update,
    "budget-undo": budget_undo,
}
FORM_NOT_STORED = "before form.save"
ALL_BUT_TOLD = "after final_state"


def live(*, flow_run_id: str, die_at: str = "") -> None:
    """Run the flow as Prefect's engine does in a worker's process, until it suspends, ends, or dies.

    Args:
        flow_run_id: an existing run of the deployment.
        die_at: the moment to be killed at; "" lives on.
    """
    watch = Watch(die_at)
    watch.over_all_systems()
    _see_the_form_being_stored(watch)
    with get_client(sync_client=True) as client:
        flow_run = client.read_flow_run(UUID(flow_run_id))
        flow = FLOWS[client.read_flow(flow_run.flow_id).name]
    _see_the_end(watch, flow.fn.__module__)
    with handle_engine_signals(flow_run.id):
        run_flow(flow, flow_run=flow_run, parameters=flow_run.parameters)


def _see_the_form_being_stored(watch: Watch) -> None:
    """Between "Suspended" and its form lies a moment in which the run waits and nobody could answer it."""
    save = vars(AcceptanceForm)["save"].__func__

    def seen(form: type[AcceptanceForm], *given: Any, **named: Any) -> None:
        watch.see(FORM_NOT_STORED)
        save(form, *given, **named)

    # A form made with a description is a subclass, so it finds this one.
    pytest.MonkeyPatch().setattr(AcceptanceForm, "save", classmethod(seen))


def _see_the_end(watch: Watch, module: str) -> None:
    """Between the last step and Prefect's knowing of it lies a moment in which all is done and the run still runs."""

    def seen(export: ExportRecord, profile: str = "") -> State[Any]:
        state = final_state(export, profile)
        watch.see(ALL_BUT_TOLD)
        return state

    pytest.MonkeyPatch().setattr(f"{module}.final_state", seen)
