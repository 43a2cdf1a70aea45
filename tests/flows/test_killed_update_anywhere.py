"""The real update and undo flows on a real Prefect server: whole, and killed at a few moments.

All moments of the steps are in `test_killed_update_between_calls`; here it is Prefect's part that is tried.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.states import Crashed, Scheduled
from pydantic import SecretStr

from connectors.vista.sql import SqlVista
from demo.stack import LocalStack
from jobcost.acceptance import ACCEPT, Answer
from jobcost.plan import Kind
from sandbox.procore import people
from tasks.forms import form_for
from tasks.runs import UNDO_DEPLOYMENT, UPDATE_DEPLOYMENT, RunNotAnswered, answer_run, start_run
from tests.flows.crash_of_updates import (
    CASEY,
    Exported,
    assert_undone_once,
    assert_updated_once,
    export_once,
    is_updated,
    update_site,
    with_casey,
)
from tests.flows.crash_site import APPROVER, JOB, PHONE, PROJECT, SENDER, CrashSite, answer_to
from tests.flows.lone_server import LONE_SERVER
from tests.flows.mortals import KILLED, Mortals
from tests.people import Authenticator

pytestmark = [pytest.mark.crash, pytest.mark.prefect, *LONE_SERVER]


@pytest.fixture(scope="module")
def exported(server: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    folder = tmp_path_factory.mktemp("exported")
    with Mortals("tests.flows.dying_steps", server.environment, folder / "lives.log") as steps:
        return export_once(folder, steps)


@pytest.fixture
def site(exported: Exported, tmp_path: Path) -> Iterator[CrashSite]:
    with update_site(exported, tmp_path) as site:
        yield site


def _started(mortals: Mortals, site: CrashSite) -> UUID:
    """Start an update and let a process carry it to its question."""
    run = start_run(UPDATE_DEPLOYMENT, {"project_id": PROJECT, "submitted_by": SENDER})
    assert _live(mortals, site, run) == 0
    return run


def _live(mortals: Mortals, site: CrashSite, run: UUID, die_at: str = "") -> int:
    return mortals.live(site.environment, flow_run_id=str(run), die_at=die_at)


def _answer(site: CrashSite, run: UUID, answer: Answer, kind: Kind = Kind.UPDATE) -> None:
    with site.journal() as journal:
        form = form_for(journal.proposed_plan(site.export(kind).id))
    answer_run(run, answer, form)


def _refusals(site: CrashSite) -> list[str]:
    with site.journal() as journal:
        return [one.refusal for one in journal.decisions(site.export(Kind.UPDATE).id)]


def _name(run: UUID) -> str | None:
    with get_client(sync_client=True) as client:
        state = client.read_flow_run(run).state
    return state.name if state else None


@pytest.mark.parametrize(
    "moment", ["after journal.record_acceptance", "at vista.after_change_orders", "at vista.after_commit"]
)
def test_an_update_killed_on_its_way_is_retried_and_happens_once(
    mortals: Mortals, site: CrashSite, moment: str
) -> None:
    run = _started(mortals, site)
    _answer(site, run, answer_to(site.export(Kind.UPDATE), ACCEPT, site.phone))

    assert _live(mortals, site, run, moment) == KILLED
    assert is_updated(site) is (moment == "at vista.after_commit")
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run, Crashed(message="Process exited with status code: -9."))
        client.set_flow_run_state(run, Scheduled(message="Retried via CLI"), force=True)
    assert _live(mortals, site, run) == 0

    assert _name(run) == "Verified"
    assert_updated_once(site)


def test_an_update_is_accepted_and_taken_back_through_prefect(mortals: Mortals, site: CrashSite) -> None:
    run = _started(mortals, site)
    _answer(site, run, answer_to(site.export(Kind.UPDATE), ACCEPT, site.phone))
    assert (_live(mortals, site, run), _name(run)) == (0, "Verified")
    phone = Authenticator(SecretStr(with_casey(site)[PHONE]))

    undo = start_run(UNDO_DEPLOYMENT, {"export_id": site.export(Kind.UPDATE).id, "submitted_by": SENDER})
    assert (_live(mortals, site, undo), _name(undo)) == (0, "Suspended")
    _answer(site, undo, answer_to(site.export(Kind.UNDO), ACCEPT, phone, CASEY), Kind.UNDO)

    assert (_live(mortals, site, undo), _name(undo)) == (0, "Verified")
    assert_undone_once(site)


@pytest.mark.parametrize("is_zeroed", [True, False])
def test_the_choice_about_deleted_lines_goes_through_the_form(
    mortals: Mortals, site: CrashSite, monkeypatch: pytest.MonkeyPatch, *, is_zeroed: bool
) -> None:
    people.delete_a_line(site.procore.state, "R-10")
    run = _started(mortals, site)
    waiting = site.export(Kind.UPDATE)
    # The server itself insists on the choice.
    monkeypatch.setattr("tasks.runs._TRIES", 1)
    with pytest.raises(RunNotAnswered, match="deleted_lines"):
        answer_run(run, Answer(decision=ACCEPT, approver=APPROVER, plan_code=str(waiting.plan_code), reason=""))
    monkeypatch.undo()

    _answer(site, run, replace(answer_to(waiting, ACCEPT, site.phone), zero_deleted=is_zeroed))

    assert (_live(mortals, site, run), _name(run)) == (0, "Verified"), _refusals(site)
    with SqlVista(f"sqlite:///{site.vista_file}", 1) as vista:
        held = {row.phase.replace(" ", ""): row.orig_cost for row in vista.read_estimate(JOB).cost_headers}
    assert (held["R-10-"] == 0) is is_zeroed
