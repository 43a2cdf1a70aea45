"""Several Procore and Vista companies in one installation: a run never mixes them, whatever tries to."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from connectors.journal.errors import WrongCompany
from connectors.journal.records import ExportRecord
from connectors.profile_files import ProfileProblem, UnknownProfile
from jobcost.acceptance import ACCEPT, Answer
from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from tasks.profiles import ProfilesFailed, in_each_profile, profile_of, profile_of_id, profiles_meant
from tasks.steps.apply import apply_plan
from tasks.steps.decide import Given, take_answer
from tasks.steps.give_back import give_budget_back
from tasks.steps.reconcile import exported_jobs, reconcile_job
from tasks.steps.retrieve import retrieve_budget
from tasks.steps.sync import SyncOrder, sync
from tasks.steps.undoing import undo_of
from tasks.steps.verify import verify_export
from tasks.steps.watch import watch
from tasks.sync_tasks import concerned_by
from tasks.systems import Systems, open_systems
from tasks.telling_people import inbox_rows
from tests.core.sources import sources
from tests.flows.calm_runs import CalmRuns
from tests.flows.two_companies import OTHER, PAIRS, Twins, procores, twins, vistas
from tests.flows.workbench import ALEX, MONDAY, PRIYA

__all__ = ["procores", "twins", "vistas"]

_S = ExportState
CASEY = "casey.site@example.com"


def test_each_companys_budget_goes_to_its_own_vista_company(twins: Twins) -> None:
    line = next(iter(twins.procores["south"].state.projects[7000].lines.values()))
    line.original_budget_amount = Decimal("5000.00")

    done = {profile: twins.exported(profile) for profile in PAIRS}

    assert {one.state for one in done.values()} == {_S.VERIFIED}
    assert {name: (one.procore_company_id, one.jcco) for name, one in done.items()} == PAIRS
    # The first line is 137.01 in the north.
    assert twins.estimates("north")[0] == (1, "137.01")
    assert twins.estimates("south")[0] == (2, "5000.00")
    assert [{jcco for jcco, _ in twins.estimates(name)} for name in PAIRS] == [{1}, {2}]


def test_both_companies_may_have_an_open_export_of_the_same_project_number_and_job(twins: Twins) -> None:
    assert {twins.send(profile).state for profile in PAIRS} == {_S.AWAITING_ACCEPTANCE}
    assert [(one.project_id, one.job, one.jcco) for one in twins.journal.inbox()] == [
        (7000, "GEN  -0001", 1),
        (7000, "GEN  -0001", 2),
    ]


def _late_answer(systems: Systems, export: ExportRecord) -> ExportRecord:
    """An answer after the deadline, which would end the export before it is looked at."""
    answer = Answer(decision=ACCEPT, approver=ALEX, plan_code=export.plan_code or "", reason="")
    return take_answer(systems, export.id, export.ask, Given(answer=answer), MONDAY + timedelta(days=300))


Step = Callable[[Systems, ExportRecord], object]
STEPS: dict[str, tuple[ExportState, Step]] = {
    "an answer": (_S.AWAITING_ACCEPTANCE, _late_answer),
    "a retrieve": (
        _S.AWAITING_ACCEPTANCE,
        lambda systems, export: retrieve_budget(systems, export.id, by=PRIYA, reason="r", at=MONDAY),
    ),
    "the write": (_S.ACCEPTED, lambda systems, export: apply_plan(systems, export.id, MONDAY)),
    "the verification": (_S.APPLIED, lambda systems, export: verify_export(systems, export.id, MONDAY)),
    "the giving back": (_S.REJECTED, lambda systems, export: give_budget_back(systems, export.id, MONDAY)),
    "an undo": (_S.VERIFIED, lambda systems, export: undo_of(systems, export.id, PRIYA, flow_run_id="run")),
    "a comparison": (_S.VERIFIED, reconcile_job),
}


@pytest.mark.parametrize("profile", PAIRS)
@pytest.mark.parametrize("name", STEPS)
def test_no_step_touches_another_companys_export(twins: Twins, name: str, profile: str) -> None:
    state, step = STEPS[name]
    export = _brought_to(twins, profile, state)
    other = twins.procores[OTHER[profile]]
    before = twins.rows("north"), twins.rows("south"), len(other.requests), twins.journal.transitions(export.id)

    with open_systems(OTHER[profile]) as systems, pytest.raises(WrongCompany) as refused:
        step(systems, export)

    company, jcco = PAIRS[profile]
    assert f"Expected Procore company {company} with Vista company {jcco}" in str(refused.value)
    assert f"(profile {OTHER[profile]})" in str(refused.value)
    after = twins.rows("north"), twins.rows("south"), len(other.requests), twins.journal.transitions(export.id)
    assert after == before
    assert twins.journal.export(export.id).state is state


def _brought_to(twins: Twins, profile: str, state: ExportState) -> ExportRecord:
    export = twins.send(profile)
    if state is _S.AWAITING_ACCEPTANCE:
        return export
    if state is _S.REJECTED:
        return twins.reject(profile, export)
    for step in (twins.accept, twins.apply, twins.verify):
        export = step(profile, export)
        if export.state is state:
            return export
    raise AssertionError(f"{export.id} is {export.state}")


@pytest.mark.parametrize("kind", [Kind.SETUP, Kind.UPDATE])
def test_another_companys_export_cannot_be_continued(twins: Twins, kind: Kind) -> None:
    export = twins.send("north")
    with pytest.raises(WrongCompany):
        twins.send("south", kind=kind, continue_export=export.id)
    assert twins.journal.export(export.id) == export


@pytest.mark.parametrize("state", [_S.AWAITING_ACCEPTANCE, _S.ACCEPTED])
def test_a_profile_that_was_changed_under_an_export_writes_nothing(twins: Twins, state: ExportState) -> None:
    export = twins.send("north", run="the run")
    if state is _S.ACCEPTED:
        export = twins.accept("north", export)
    before = twins.rows("north"), twins.rows("south")

    twins.write_profile("north", like="south")

    # A run that goes on starts from the top.
    with pytest.raises(WrongCompany):
        twins.send("north", run="the run")
    with pytest.raises(WrongCompany):
        twins.apply("north", export)
    assert (twins.rows("north"), twins.rows("south")) == before
    assert twins.journal.export(export.id) == export
    twins.write_profile("north")
    assert twins.send("north", run="the run") == export


@pytest.mark.parametrize("changed", ["VISTA_COMPANY", "PROCORE_COMPANY_ID"])
def test_one_changed_company_is_enough_to_refuse(twins: Twins, changed: str) -> None:
    export = twins.accept("north", twins.send("north"))
    other = dict(zip(("PROCORE_COMPANY_ID", "VISTA_COMPANY"), map(str, PAIRS["south"]), strict=True))
    twins.write_profile("north", **{changed: other[changed]})
    with pytest.raises(WrongCompany):
        twins.apply("north", export)
    assert twins.journal.export(export.id) == export


def test_without_the_guard_another_companys_export_would_move(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    export = twins.accept("north", twins.send("north"))
    monkeypatch.setattr(Systems, "require_own", lambda _, record: record)
    moved = twins.apply("south", export)
    assert moved.state is not export.state


def test_who_decides_for_one_company_alone_does_not_decide_for_the_other(twins: Twins) -> None:
    twins.enrol(CASEY, 1)
    for name in PAIRS:
        user = next(user for user in twins.procores[name].state.users if user.email_address == CASEY)
        user.erp_integrated_accountant = True
    north, south = twins.send("north"), twins.send("south")

    refused = twins.accept("south", south, CASEY)

    assert refused.state is _S.AWAITING_ACCEPTANCE
    assert "company 2" in twins.journal.decisions(south.id)[-1].refusal
    assert twins.accept("north", north, CASEY).state is _S.ACCEPTED
    may = {row.story.export_id: row.may_decide for rows in in_each_profile("", inbox_rows).whole() for row in rows}
    assert CASEY not in may[south.id]
    assert ALEX in may[south.id]


def test_the_profile_is_found_from_the_export(twins: Twins) -> None:
    south = twins.send("south")
    assert (profile_of("", south), profile_of_id("", south.id)) == ("south", "south")
    # What is named is taken, and refused by the step itself.
    assert profile_of("north", south) == "north"


def test_an_export_of_companies_that_no_profile_has_is_refused(twins: Twins) -> None:
    south = twins.send("south")
    (twins.folder / "profiles" / "south.env").unlink()
    twins.write_profile("west", like="north", VISTA_COMPANY="9")
    with pytest.raises(WrongCompany, match="found no such pair in north, west"):
        profile_of("", south)


def test_two_profiles_of_the_same_companies_are_not_guessed_between(twins: Twins) -> None:
    south = twins.send("south")
    twins.write_profile("twin", like="south")
    with pytest.raises(ProfileProblem, match="found south, twin"):
        profile_of("", south)
    assert profiles_meant("") == ("north", "south")


def test_where_there_are_only_profiles_one_must_be_named(twins: Twins) -> None:
    with pytest.raises(UnknownProfile, match="one of north, south"), open_systems():
        pass
    assert twins.journal.open_exports() == ()


def test_the_companies_of_the_environment_come_first(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    south = twins.send("south")
    for line in twins.write_profile("south").read_text("utf-8").splitlines():
        monkeypatch.setenv(*line.split("=", 1))
    assert (profile_of("", south), profiles_meant("")) == ("", ("", "north"))
    with open_systems() as systems:
        assert systems.companies == PAIRS["south"]
    with open_systems("north") as systems:
        assert systems.companies == PAIRS["north"]


def test_the_watch_expires_what_is_overdue_in_every_company(twins: Twins) -> None:
    sent = {profile: twins.send(profile).id for profile in PAIRS}
    at = MONDAY + timedelta(days=30)
    watched = in_each_profile("", lambda systems: watch(systems, at, CalmRuns()).expired).whole()
    assert [[one.id for one in expired] for expired in watched] == [[sent["north"]], [sent["south"]]]


def test_a_broken_profile_holds_up_no_other_and_is_told(twins: Twins) -> None:
    sent = twins.send("south")
    twins.write_profile("north", VISTA_URL="s3cr3t")
    at = MONDAY + timedelta(days=30)

    found = in_each_profile("", lambda systems: watch(systems, at, CalmRuns()).expired)

    assert [[one.id for one in expired] for expired in found.made] == [[sent.id]]
    with pytest.raises(ProfilesFailed, match="Profile north: SettingsProblem: 1 of 20 settings") as told:
        found.whole()
    assert "s3cr3t" not in str(told.value)


def test_a_company_without_its_configuration_does_not_stop_the_others_comparison(twins: Twins) -> None:
    done = {profile: twins.exported(profile) for profile in PAIRS}
    twins.write_profile("north", EXPORT_CONFIG="/nowhere.toml")
    found = in_each_profile("", exported_jobs)
    assert [[one.id for one in jobs] for jobs in found.made] == [[done["south"].id]]
    assert [broken.profile for broken in found.broken] == ["north"]


def test_only_what_a_company_exported_is_compared_and_synced_there(twins: Twins) -> None:
    done = {profile: twins.exported(profile) for profile in PAIRS}
    for profile, export in done.items():
        with open_systems(profile) as systems:
            (job,) = exported_jobs(systems)
            assert (job.id, reconcile_job(systems, job).agrees) == (export.id, True)
            report = sync(systems, SyncOrder(sync_id="s"), MONDAY)
            assert [line.project_id for line in report.lines] == [7000]


def test_a_sync_of_one_project_is_for_the_companies_that_exported_it(twins: Twins) -> None:
    twins.exported("south")
    found = in_each_profile("", lambda systems: systems.profile, if_it=concerned_by(7000))
    assert found.whole() == ("south",)
    # Nobody exported it: the first says so.
    assert in_each_profile("", lambda systems: systems.profile, if_it=concerned_by(1)).whole() == ("north",)


def test_the_rule_has_one_door(twins: Twins) -> None:
    del twins
    past_it = [source.name for source in sources("tasks", "flows", "budget_export") if "journal.export(" in source.text]
    # The audit is of all companies, and the finding of the profile comes before its opening.
    assert past_it == ["tasks/profiles.py", "tasks/steps/audit.py", "tasks/systems.py"]
