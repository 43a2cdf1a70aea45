"""What people of several companies are told: each company's news by itself, and everything once."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from prefect import Flow

from flows.budget_retrieve import budget_retrieve
from flows.budget_setup import budget_setup
from flows.budget_undo import budget_undo
from flows.budget_update import budget_update
from flows.daily_digest import daily_digest
from flows.inbox import inbox
from flows.reconcile import reconcile
from flows.update_sync import update_sync
from flows.watch_acceptances import watch_acceptances
from jobcost.sync import SyncLine, SyncReport, Unchanged
from tasks import acceptance_tasks, telling_people
from tasks.profiles import ProfilesFailed, in_each_profile
from tasks.steps.delivering import Told, deliver
from tasks.steps.noting import note_digest, note_everything, note_syncs
from tasks.steps.sync import SyncOrder, sync
from tasks.steps.sync_news import sync_name
from tasks.sync_tasks import all_reports, starting_in
from tasks.systems import Systems, open_systems
from tests.flows.calm_runs import CalmRuns
from tests.flows.post import OPERATOR, linked
from tests.flows.syncs import KeyedRuns, move
from tests.flows.two_companies import PAIRS, Twins, procores, twins, vistas
from tests.flows.workbench import ALEX, MONDAY
from tests.mail_server import LocalMailServer
from tests.people import enrolled_operator

__all__ = ["procores", "twins", "vistas"]

LATER = MONDAY + timedelta(hours=1)


@pytest.fixture
def post(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalMailServer]:
    """One mail server for both companies."""
    del twins
    with LocalMailServer() as server:
        monkeypatch.setenv("MAIL_SERVER", server.url)
        monkeypatch.setenv("MAIL_FROM", "export@example.com")
        yield server


def tell(systems: Systems) -> Told:
    return deliver(systems, lambda: LATER, linked=linked, tell_channel=lambda *_: None)


def taken(post: LocalMailServer, recipient: str) -> list[str]:
    """The texts of somebody's mails about budgets since the last look, in the order in which they came."""
    texts = [" ".join(mail.part("plain").split()) for mail in post.mails if mail.recipients == (recipient,)]
    post.mails.clear()
    # Their enrolment is told, too, by whoever comes first.
    return [text for text in texts if "EX-" in text]


def test_a_company_tells_of_its_own_exports_alone(twins: Twins, post: LocalMailServer) -> None:
    sent = {profile: twins.send(profile).id for profile in PAIRS}
    with open_systems("south") as systems:
        note_everything(systems, LATER)
        told = tell(systems)
    (text,) = taken(post, ALEX)
    assert (sent["south"] in text, sent["north"] in text, told.given_up) == (True, False, 0)


def test_what_one_company_noted_is_left_to_it(twins: Twins, post: LocalMailServer) -> None:
    north = twins.send("north")
    with open_systems("north") as systems:
        note_everything(systems, LATER)
    with open_systems("south") as systems:
        assert tell(systems).given_up == 0
    assert taken(post, ALEX) == []
    with open_systems("north") as systems:
        tell(systems)
    (text,) = taken(post, ALEX)
    assert north.id in text


def test_everybody_gets_one_digest_for_each_company(twins: Twins, post: LocalMailServer) -> None:
    sent = [twins.send(profile).id for profile in PAIRS]
    for _ in range(2):
        # Both are noted before either is delivered, as after an outage of the mail server.
        noted = in_each_profile("", lambda systems: note_digest(systems, LATER)).whole()
        told = in_each_profile("", tell).whole()
    assert noted == (0, 0)
    assert [one.given_up for one in told] == [0, 0]
    texts = taken(post, ALEX)
    assert [[export in text for export in sent] for text in texts] == [[True, False], [False, True]]


def test_each_companys_sync_is_told_by_itself(twins: Twins, post: LocalMailServer) -> None:
    enrolled_operator(twins.journal, OPERATOR)
    for profile in PAIRS:
        twins.exported(profile)
        move(twins.procores[profile].state.projects[7000])
    runs = KeyedRuns()

    def synced(systems: Systems) -> SyncReport:
        report = sync(systems, SyncOrder(sync_id=sync_name("run-1", systems.profile), start=runs), LATER)
        note_syncs(systems, LATER)
        return report

    report = all_reports(in_each_profile("", synced).whole())
    in_each_profile("", tell).whole()

    assert [line.run for line in report.lines] == ["run-of-sync-1", "run-of-sync-2"]
    assert ["an update is put before an approver" in text for text in taken(post, OPERATOR)] == [True, True]


def test_an_update_is_started_in_the_companies_whose_budget_moved(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    twins.exported("south")
    move(twins.procores["south"].state.projects[7000])
    started: list[dict[str, str]] = []

    def start(_: str, parameters: dict[str, str], key: str) -> str:
        started.append(parameters)
        return key

    monkeypatch.setattr("tasks.runs.start_run_once", start)
    with open_systems("south") as systems:
        sync(systems, SyncOrder(sync_id="s", start=starting_in(systems.profile)), LATER)
    assert [one["profile"] for one in started] == ["south"]


def test_the_reports_of_all_companies_are_one() -> None:
    line = SyncLine(project_id=1, name="n", job="j", step=Unchanged())
    both = all_reports((SyncReport(lines=(line,), never_exported=2), SyncReport(lines=(line, line), never_exported=3)))
    assert (len(both.lines), both.never_exported, both.is_dry_run) == (3, 5, False)


def test_the_watch_the_digest_and_the_inbox_go_through_all_companies(
    twins: Twins, post: LocalMailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = {profile: twins.send(profile).id for profile in PAIRS}
    pages: list[str] = []

    def published(systems: Systems) -> str:
        pages.append(systems.key("inbox"))
        return systems.key("inbox")

    for module in (acceptance_tasks, telling_people):
        monkeypatch.setattr(module, "now", lambda: LATER)
    monkeypatch.setattr(acceptance_tasks, "get_run_logger", lambda: logging.getLogger("watch"))
    monkeypatch.setattr(acceptance_tasks, "tidying", CalmRuns(silent=1))
    monkeypatch.setattr("tasks.runs.server_clock", lambda: LATER)
    monkeypatch.setattr(telling_people, "publish_inbox", published)

    said = acceptance_tasks.watch_over_acceptances.fn().splitlines()
    assert [line.partition(":")[0] for line in said[:-1]] == ["Profile north", "Profile south"]
    # Runs are of the server, not of a company: they are looked through once.
    assert said[-1] == "Runs whose process is gone: 1."
    assert pages == ["inbox-north", "inbox-south"]
    assert [[export in text for export in sent.values()] for text in taken(post, ALEX)] == [
        [True, False],
        [False, True],
    ]
    assert len(acceptance_tasks.send_digest.fn().splitlines()) == 2
    assert len(taken(post, ALEX)) == 2
    assert acceptance_tasks.show_inbox.fn("south") == "inbox-south"

    twins.write_profile("north", EXPORT_CONFIG="/nowhere.toml")
    pages.clear()
    with pytest.raises(ProfilesFailed, match="Profile north"):
        acceptance_tasks.watch_over_acceptances.fn()
    assert pages == ["inbox-south"]


@pytest.mark.parametrize(
    "flow",
    [
        budget_setup,
        budget_update,
        budget_undo,
        budget_retrieve,
        daily_digest,
        inbox,
        reconcile,
        update_sync,
        watch_acceptances,
    ],
    ids=lambda flow: flow.name,
)
def test_every_form_lets_the_profile_be_left_empty(flow: Flow[..., Any]) -> None:
    field = flow.parameters.properties["profile"]
    assert (field["default"], field["description"].startswith("Leave empty")) == ("", True)
    assert "profile" not in flow.parameters.required
