"""Two companies through the real flows on a real Prefect server: a run keeps its companies, and takes no other's."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from connectors.journal.records import ExportRecord
from demo.stack import LocalStack, Part
from jobcost.acceptance import ACCEPT
from jobcost.lifecycle import ExportState
from tasks.forms import form_for
from tasks.runs import SETUP_DEPLOYMENT, answer_run, start_run
from tests.flows.crash_site import SENDER, answer_to
from tests.flows.mortals import Mortals
from tests.flows.two_companies import PROJECT, Twins, procores, twins, vistas
from tests.flows.workbench import ALEX

__all__ = ["procores", "twins", "vistas"]

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("stack-companies")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A Prefect server with our deployments and no worker: only these tests start processes."""
    stack = LocalStack(tmp_path_factory.mktemp("companies"), parts={Part.SERVER, Part.DEPLOYMENTS})
    with stack, temporary_settings({PREFECT_API_URL: stack.prefect_api_url}):
        yield stack


@pytest.fixture(scope="module")
def mortals(server: LocalStack) -> Iterator[Mortals]:
    with Mortals("tests.flows.dying_flow", server.environment, server.folder / "lives.log") as mortals:
        yield mortals


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
