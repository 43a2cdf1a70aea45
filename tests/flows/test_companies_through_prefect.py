"""Two companies through the real flows on a real Prefect server: a run keeps its companies, and takes no other's."""

from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client

from connectors.journal.records import ExportRecord
from jobcost.acceptance import ACCEPT
from jobcost.lifecycle import ExportState
from tasks.forms import form_for
from tasks.runs import SETUP_DEPLOYMENT, answer_run, start_run
from tests.flows.crash_site import SENDER, answer_to
from tests.flows.lone_server import LONE_SERVER
from tests.flows.mortals import Mortals
from tests.flows.two_companies import PROJECT, Twins, procores, twins, vistas
from tests.flows.workbench import ALEX

__all__ = ["procores", "twins", "vistas"]

pytestmark = [pytest.mark.prefect, *LONE_SERVER]


def test_a_run_keeps_its_companies_and_takes_no_others_export(mortals: Mortals, twins: Twins) -> None:
    run = _send(profile="south")
    assert _lived(mortals, twins, run) == ("Suspended", True)
    (export,) = twins.journal.open_exports()
    assert (export.procore_company_id, export.jcco) == (9090, 2)

    mixed = _send(profile="north", continue_export=export.id)
    name, is_told = _lived(mortals, twins, mixed, "The export belongs to other companies")
    assert (name, is_told) == ("Failed", True)
    assert twins.journal.export(export.id) == export

    # Without a profile the export tells its own, and so do all later steps.
    found = _send(continue_export=export.id)
    assert _lived(mortals, twins, found) == ("Suspended", True)
    _answer(twins, found, export)
    assert _lived(mortals, twins, found) == ("Verified", True)
    assert {jcco for jcco, _ in twins.estimates("south")} == {2}
    assert twins.estimates("north") == []
    assert twins.journal.export(export.id).state is ExportState.VERIFIED


def _send(**more: str) -> UUID:
    return start_run(SETUP_DEPLOYMENT, {"project_id": PROJECT, "submitted_by": SENDER, **more})


def _lived(mortals: Mortals, twins: Twins, run: UUID, words: str = "") -> tuple[str, bool]:
    """Let a process carry a run as far as it goes; return its state's name, and whether it says these words."""
    mortals.live(twins.environment, flow_run_id=str(run))
    with get_client(sync_client=True) as client:
        state: Any = client.read_flow_run(run).state
    return state.name, words in (state.message or "")


def _answer(twins: Twins, run: UUID, export: ExportRecord) -> None:
    form = form_for(twins.journal.proposed_plan(export.id))
    answer_run(run, answer_to(export, ACCEPT, twins.phones[ALEX], ALEX), form)
