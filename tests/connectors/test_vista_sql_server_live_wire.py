"""Lost connections, Vista's procedure and the doctor on a real engine: where VISTA_TEST_URL names one."""

from dataclasses import replace

import pytest

from connectors.vista.errors import VistaRefused, VistaUnavailable
from connectors.vista.gateway import Applied
from connectors.vista.sql import SqlVista
from jobcost.plan import Plan
from tests.cut_wire import wired
from tests.live_vista import Lines, at, held
from tests.vista_plans import JCCO, JOB, permit_for, plan_of, values

pytestmark = pytest.mark.sqlserver


@pytest.mark.parametrize("point", ["after_lock", "after_phases", "after_half_of_lines"])
def test_a_connection_lost_before_the_commit_wrote_nothing(
    sandbox_on_sql_server: str, live_plan: Plan, lines: Lines, point: str
) -> None:
    with (
        wired(sandbox_on_sql_server) as (wire, through),
        at(point, wire.cut) as checkpoint,
        SqlVista(through, JCCO, checkpoint=checkpoint) as cut_off,
        pytest.raises(VistaUnavailable, match="Nothing was written"),
    ):
        cut_off.apply(live_plan, permit_for(live_plan))

    assert held(sandbox_on_sql_server, *lines) == ["100.00", "nothing", "nothing"]
    assert repeated(sandbox_on_sql_server, live_plan).was_already_applied is False


@pytest.mark.parametrize(
    ("point", "told"),
    [("after_lock", "Nothing was written"), ("before_commit", r"stands as before\. Nothing was written")],
)
def test_a_server_that_falls_silent_is_not_waited_for_without_end(
    sandbox_on_sql_server: str, live_plan: Plan, lines: Lines, point: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the driver's limit of a statement nor anything else ends a wait in which nothing comes back."""
    monkeypatch.setattr("connectors.vista.patience._GRACE_SECONDS", 5.0)
    with (
        wired(sandbox_on_sql_server) as (wire, through),
        at(point, wire.fall_silent) as checkpoint,
        SqlVista(through, JCCO, statement_timeout_seconds=15, checkpoint=checkpoint) as cut_off,
        pytest.raises(VistaUnavailable, match=told),
    ):
        cut_off.apply(live_plan, permit_for(live_plan))

    assert held(sandbox_on_sql_server, *lines) == ["100.00", "nothing", "nothing"]
    assert repeated(sandbox_on_sql_server, live_plan).was_already_applied is False


def test_a_commit_that_never_arrives_is_read_back_as_not_written(
    sandbox_on_sql_server: str, live_plan: Plan, lines: Lines
) -> None:
    with (
        wired(sandbox_on_sql_server) as (wire, through),
        at("before_commit", wire.cut) as checkpoint,
        SqlVista(through, JCCO, checkpoint=checkpoint) as cut_off,
        pytest.raises(VistaUnavailable, match=r"stands as before\. Nothing was written"),
    ):
        cut_off.apply(live_plan, permit_for(live_plan))

    assert held(sandbox_on_sql_server, *lines) == ["100.00", "nothing", "nothing"]
    assert repeated(sandbox_on_sql_server, live_plan).was_already_applied is False


def test_a_commit_whose_reply_is_lost_is_read_back_as_written_and_not_sent_again(
    sandbox_on_sql_server: str, live_plan: Plan, lines: Lines
) -> None:
    with (
        wired(sandbox_on_sql_server) as (wire, through),
        at("before_commit", wire.lose_the_next_answer) as checkpoint,
        SqlVista(through, JCCO, checkpoint=checkpoint) as cut_off,
    ):
        applied = cut_off.apply(live_plan, permit_for(live_plan))

    assert (applied.was_already_applied, applied.estimates_changed) == (False, 1)
    assert held(sandbox_on_sql_server, *lines) == ["150.00", "7.25", "nothing"]
    assert repeated(sandbox_on_sql_server, live_plan).was_already_applied


def test_a_connection_lost_after_the_commit_changes_nothing(
    sandbox_on_sql_server: str, live_plan: Plan, lines: Lines
) -> None:
    with (
        wired(sandbox_on_sql_server) as (wire, through),
        at("after_commit", wire.cut) as checkpoint,
        SqlVista(through, JCCO, checkpoint=checkpoint) as cut_off,
    ):
        assert cut_off.apply(live_plan, permit_for(live_plan)).estimates_changed == 1

    assert held(sandbox_on_sql_server, *lines) == ["150.00", "7.25", "nothing"]


def test_phases_are_added_by_vistas_procedure_where_the_plan_says_what_it_writes(live_vista: SqlVista) -> None:
    estimate = live_vista.read_estimate(JOB)
    masters = {phase.phase: phase.description for phase in estimate.master_phases}
    on_job = {phase.phase for phase in estimate.job_phases}
    own, others = sorted(phase for phase in masters if phase not in on_job)[:2]
    plan = plan_of(estimate, {(own, 3): values("1.00"), (others, 3): values("2.00")})
    plan = _described(plan, {own: masters[own], others: "Another description"})

    applied = live_vista.apply(plan, permit_for(plan))

    assert (applied.phases_added, applied.phases_by_procedure) == (2, 1)
    written = {phase.phase: phase.description for phase in live_vista.read_estimate(JOB).job_phases}
    assert (written[own], written[others]) == (masters[own], "Another description")


def test_what_the_procedure_refuses_is_told_with_its_phase(live_vista: SqlVista, sandbox_on_sql_server: str) -> None:
    estimate = live_vista.read_estimate(JOB)
    masters = {phase.phase: phase.description for phase in estimate.master_phases}
    phase = min(masters.keys() - {one.phase for one in estimate.job_phases})
    plan = _described(plan_of(estimate, {(phase, 3): values("1.00")}), {phase: masters[phase]}, item=f"{99:>16}")

    with pytest.raises(VistaRefused) as refused:
        live_vista.apply(plan, permit_for(plan))

    assert refused.value.where == f"Phase {phase.rstrip()}"
    assert "99" in refused.value.vista_words
    assert held(sandbox_on_sql_server, (phase, 3)) == ["nothing"]


def test_the_doctor_finds_the_engine_in_order(live_vista: SqlVista) -> None:
    seen = {check.name: check for check in live_vista.probe()}

    assert [f"{check.name}: {check.found}" for check in seen.values() if check.ok is False] == []
    assert seen["Vista's server"].found.startswith("SQL Server ")
    assert "capital and small letters differ in codes" in seen["Vista's collation"].found
    assert seen["Trigger btJCCHi"].found == "enabled"
    assert seen["How phases are added"].found.startswith("by Vista's procedure bspJCADDPHASE")
    # Nobody has looked at the sandbox's triggers.
    assert sum(name.startswith("Text of bt") for name in seen) >= 6


def repeated(url: str, plan: Plan) -> Applied:
    """Apply once more, and wait until the server has noticed that the other session is gone."""
    with SqlVista(url, JCCO, lock_timeout_seconds=60) as patient:
        return patient.apply(plan, permit_for(plan))


def _described(plan: Plan, texts: dict[str, str], *, item: str | None = None) -> Plan:
    phases = (replace(phase, description=texts[phase.phase], item=item or phase.item) for phase in plan.add_phases)
    return replace(plan, add_phases=tuple(phases))
