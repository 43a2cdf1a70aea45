"""Races, lost connections, the procedure and the doctor on a real engine: where VISTA_TEST_URL names one.

The database must be empty or a sandbox Vista: it is built anew. The same cases with a played server, always:
`test_vista_sql_server_races.py`. Where the two engines known differ, the test says what both may answer.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from connectors.vista.engine import make_engine
from connectors.vista.errors import StaleEstimate, VistaError, VistaRefused, VistaUnavailable
from connectors.vista.gateway import Applied
from connectors.vista.sql import SqlVista
from jobcost.plan import Plan
from sandbox.vista.build import build_vista
from tests.cut_wire import wired
from tests.vista_plans import JCCO, JOB, free_lines, permit_for, plan_of, values

pytestmark = pytest.mark.sqlserver
NOT_SET = "VISTA_TEST_URL is not set: races and lost connections were not tried on a Microsoft SQL Server"
# Statements of a Vista user, behind the connector's back.
TYPE_OVER = (
    "UPDATE JCCH SET OrigCost = :cost WHERE JCCo = 1 AND Job = :job AND Phase = :phase AND CostType = :cost_type"
)
TAKE_A_NUMBER = "UPDATE bHQTC SET LastTrans = LastTrans + 1 WHERE TableName = 'bJCCD' AND Co = 1"

Line = tuple[str, int]


@pytest.fixture(scope="module")
def url() -> str:
    url = os.environ.get("VISTA_TEST_URL")
    if not url:
        pytest.skip(NOT_SET)
    build_vista(url)
    return url


@pytest.fixture
def vista(url: str) -> Iterator[SqlVista]:
    with SqlVista(url, JCCO, lock_timeout_seconds=2, statement_timeout_seconds=60) as vista:
        yield vista


@pytest.fixture
def lines(vista: SqlVista) -> tuple[Line, Line, Line]:
    """A line that stands at 100.00, in a phase of the job; and two that do not exist yet."""
    first, second, third = free_lines(vista.read_estimate(JOB), 3)
    plan = plan_of(vista.read_estimate(JOB), {first: values("100.00")})
    vista.apply(plan, permit_for(plan))
    return first, second, third


@pytest.fixture
def plan(vista: SqlVista, lines: tuple[Line, Line, Line]) -> Plan:
    """Changes the first line and adds the second."""
    return plan_of(vista.read_estimate(JOB), {lines[0]: values("150.00"), lines[1]: values("7.25")})


def held(url: str, *wanted: Line) -> list[str]:
    with SqlVista(url, JCCO) as vista:
        found = {(one.phase, one.cost_type): f"{one.orig_cost}" for one in vista.read_estimate(JOB).cost_headers}
    return [found.get(line, "nothing") for line in wanted]


@contextmanager
def vista_user(url: str) -> Iterator[Connection]:
    """Somebody else's session, in a transaction that ends with the block."""
    engine = make_engine(url, login_timeout_seconds=15, lock_timeout_seconds=20, timeout_seconds=60)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def typed_over(connection: Connection, line: Line, cost: str) -> None:
    values = {"cost": cost, "job": JOB, "phase": line[0], "cost_type": line[1]}
    connection.execute(text(TYPE_OVER), values)


def at(point: str, happening: Callable[[], None]) -> Callable[[str], None]:
    return lambda name: happening() if name == point else None


def two_exports(url: str, first: Plan, second: Plan) -> tuple[Applied | VistaError, Applied | VistaError]:
    """Let the second export begin while the first one holds the job's lock."""
    outcome: list[Applied | VistaError] = []

    def go() -> None:
        with SqlVista(url, JCCO, lock_timeout_seconds=30) as other:
            try:
                outcome.append(other.apply(second, permit_for(second)))
            except VistaError as refused:
                outcome.append(refused)

    thread = threading.Thread(target=go)
    with SqlVista(url, JCCO, checkpoint=at("after_lock", thread.start)) as own:
        applied = own.apply(first, permit_for(first))
    thread.join(60)
    return applied, outcome[0]


def test_two_exports_of_the_same_plan_write_it_once(url: str, plan: Plan, lines: tuple[Line, Line, Line]) -> None:
    first, second = two_exports(url, plan, plan)

    assert isinstance(first, Applied)
    assert isinstance(second, Applied)
    assert (first.was_already_applied, second.was_already_applied) == (False, True)
    assert held(url, *lines) == ["150.00", "7.25", "nothing"]


def test_of_two_exports_of_one_job_the_second_finds_its_before_image_gone(
    vista: SqlVista, url: str, plan: Plan, lines: tuple[Line, Line, Line]
) -> None:
    other = plan_of(vista.read_estimate(JOB), {lines[0]: values("1.00")})

    first, second = two_exports(url, plan, other)

    assert isinstance(first, Applied)
    assert isinstance(second, StaleEstimate)
    assert held(url, *lines) == ["150.00", "7.25", "nothing"]


def test_an_export_that_waits_too_long_for_another_gives_up(
    url: str, plan: Plan, lines: tuple[Line, Line, Line]
) -> None:
    said: list[str] = []

    def second_gives_up() -> None:
        with SqlVista(url, JCCO, lock_timeout_seconds=1) as other, pytest.raises(VistaUnavailable) as refused:
            other.apply(plan, permit_for(plan))
        said.append(str(refused.value))

    with SqlVista(url, JCCO, checkpoint=at("after_lock", second_gives_up)) as first:
        first.apply(plan, permit_for(plan))

    assert "another export writes this job" in said[0]
    assert held(url, *lines) == ["150.00", "7.25", "nothing"]


def test_a_line_that_a_vista_user_changed_since_the_plan_is_refused(
    vista: SqlVista, url: str, plan: Plan, lines: tuple[Line, Line, Line]
) -> None:
    with vista_user(url) as user:
        typed_over(user, lines[0], "99.00")
        user.commit()

    with pytest.raises(StaleEstimate, match=r"found cost 99\.00"):
        vista.apply(plan, permit_for(plan))

    assert held(url, *lines) == ["99.00", "nothing", "nothing"]


def test_a_line_that_a_vista_user_holds_is_waited_for_and_then_given_up(
    vista: SqlVista, url: str, plan: Plan, lines: tuple[Line, Line, Line]
) -> None:
    with vista_user(url) as user:
        typed_over(user, lines[0], "99.00")
        with pytest.raises(VistaUnavailable, match="held by others"):
            vista.apply(plan, permit_for(plan))
        user.rollback()

    assert held(url, *lines) == ["100.00", "nothing", "nothing"]
    assert vista.apply(plan, permit_for(plan)).estimates_changed == 1


def test_a_vista_user_who_saves_while_the_export_waits_is_not_overwritten(
    url: str, plan: Plan, lines: tuple[Line, Line, Line]
) -> None:
    """The user's save comes between the export's re-read and its change, or before both; it must never be lost."""
    with vista_user(url) as user:
        typed_over(user, lines[0], "99.00")
        saving = threading.Timer(2, user.commit)
        with SqlVista(url, JCCO, lock_timeout_seconds=30) as patient:
            saving.start()
            with pytest.raises(VistaError):
                patient.apply(plan, permit_for(plan))
        saving.join()

    assert held(url, *lines) == ["99.00", "nothing", "nothing"]


def test_a_posting_that_holds_the_transaction_counter_is_waited_for_and_then_given_up(
    vista: SqlVista, url: str, plan: Plan, lines: tuple[Line, Line, Line]
) -> None:
    with vista_user(url) as poster:
        poster.execute(text(TAKE_A_NUMBER))
        with pytest.raises(VistaUnavailable, match="held by others"):
            vista.apply(plan, permit_for(plan))
        poster.rollback()

    assert held(url, *lines) == ["100.00", "nothing", "nothing"]
    assert vista.apply(plan, permit_for(plan)).estimates_changed == 1


def test_of_a_deadlock_exactly_one_survives_and_nothing_is_half_written(
    url: str, plan: Plan, lines: tuple[Line, Line, Line]
) -> None:
    """A posting holds the counter and wants the export's line, whose change waits for the counter."""
    posted: list[str] = []
    with vista_user(url) as poster:
        poster.execute(text(TAKE_A_NUMBER))

        def want_the_line() -> None:
            try:
                typed_over(poster, lines[0], "99.00")
                poster.commit()
                posted.append("posted")
            except DBAPIError:
                poster.rollback()
                posted.append("victim")

        wanting = threading.Timer(1.5, want_the_line)
        with SqlVista(url, JCCO, lock_timeout_seconds=15, checkpoint=at("after_phases", wanting.start)) as export:
            try:
                export.apply(plan, permit_for(plan))
                outcome = "written"
            except (VistaUnavailable, StaleEstimate):
                outcome = "refused"
        wanting.join()

    assert (outcome, posted[0]) in {("written", "victim"), ("refused", "posted")}
    written = ["150.00", "7.25", "nothing"]
    assert held(url, *lines) == (written if outcome == "written" else ["99.00", "nothing", "nothing"])


@pytest.mark.parametrize("point", ["after_lock", "after_phases", "after_half_of_lines"])
def test_a_connection_lost_before_the_commit_wrote_nothing(
    vista: SqlVista, url: str, plan: Plan, lines: tuple[Line, Line, Line], point: str
) -> None:
    with (
        wired(url) as (wire, through),
        SqlVista(through, JCCO, checkpoint=at(point, wire.cut)) as cut_off,
        pytest.raises(VistaUnavailable, match="Nothing was written"),
    ):
        cut_off.apply(plan, permit_for(plan))

    assert held(url, *lines) == ["100.00", "nothing", "nothing"]
    assert vista.apply(plan, permit_for(plan)).was_already_applied is False


def test_a_commit_that_never_arrives_is_read_back_as_not_written(
    vista: SqlVista, url: str, plan: Plan, lines: tuple[Line, Line, Line]
) -> None:
    with (
        wired(url) as (wire, through),
        SqlVista(through, JCCO, checkpoint=at("before_commit", wire.cut)) as cut_off,
        pytest.raises(VistaUnavailable, match="stands as before: nothing was written"),
    ):
        cut_off.apply(plan, permit_for(plan))

    assert held(url, *lines) == ["100.00", "nothing", "nothing"]
    assert vista.apply(plan, permit_for(plan)).was_already_applied is False


def test_a_commit_whose_reply_is_lost_is_read_back_as_written_and_not_sent_again(
    vista: SqlVista, url: str, plan: Plan, lines: tuple[Line, Line, Line]
) -> None:
    with wired(url) as (wire, through):
        lost = at("before_commit", wire.lose_the_next_answer)
        with SqlVista(through, JCCO, checkpoint=lost) as cut_off:
            applied = cut_off.apply(plan, permit_for(plan))

    assert (applied.was_already_applied, applied.estimates_changed) == (False, 1)
    assert held(url, *lines) == ["150.00", "7.25", "nothing"]
    assert vista.apply(plan, permit_for(plan)).was_already_applied


def test_a_connection_lost_after_the_commit_changes_nothing(
    url: str, plan: Plan, lines: tuple[Line, Line, Line]
) -> None:
    with wired(url) as (wire, through), SqlVista(through, JCCO, checkpoint=at("after_commit", wire.cut)) as cut_off:
        assert cut_off.apply(plan, permit_for(plan)).estimates_changed == 1

    assert held(url, *lines) == ["150.00", "7.25", "nothing"]


def test_phases_are_added_by_vistas_procedure_where_the_plan_says_what_it_writes(vista: SqlVista) -> None:
    estimate = vista.read_estimate(JOB)
    masters = {phase.phase: phase.description for phase in estimate.master_phases}
    on_job = {phase.phase for phase in estimate.job_phases}
    own, others = sorted(phase for phase in masters if phase not in on_job)[:2]
    plan = plan_of(estimate, {(own, 3): values("1.00"), (others, 3): values("2.00")})
    plan = _described(plan, {own: masters[own], others: "Another description"})

    applied = vista.apply(plan, permit_for(plan))

    assert (applied.phases_added, applied.phases_by_procedure) == (2, 1)
    written = {phase.phase: phase.description for phase in vista.read_estimate(JOB).job_phases}
    assert (written[own], written[others]) == (masters[own], "Another description")


def test_what_the_procedure_refuses_is_told_with_its_phase(vista: SqlVista, url: str) -> None:
    estimate = vista.read_estimate(JOB)
    masters = {phase.phase: phase.description for phase in estimate.master_phases}
    phase = min(masters.keys() - {one.phase for one in estimate.job_phases})
    plan = _described(plan_of(estimate, {(phase, 3): values("1.00")}), {phase: masters[phase]}, item=f"{99:>16}")

    with pytest.raises(VistaRefused) as refused:
        vista.apply(plan, permit_for(plan))

    assert refused.value.where == f"Phase {phase.rstrip()}"
    assert "99" in refused.value.vista_words
    assert held(url, (phase, 3)) == ["nothing"]


def test_the_doctor_finds_the_engine_in_order(vista: SqlVista) -> None:
    seen = {check.name: check for check in vista.probe()}

    assert [f"{check.name}: {check.found}" for check in seen.values() if check.ok is False] == []
    assert seen["Vista's server"].found.startswith("SQL Server ")
    assert "binary" in seen["Vista's collation"].found
    assert seen["Trigger btJCCHi"].found == "enabled"
    assert seen["How phases are added"].found.startswith("by Vista's procedure bspJCADDPHASE")
    # Nobody has looked at the sandbox's triggers.
    assert sum(name.startswith("Text of bt") for name in seen) >= 6


def _described(plan: Plan, texts: dict[str, str], *, item: str | None = None) -> Plan:
    phases = (replace(phase, description=texts[phase.phase], item=item or phase.item) for phase in plan.add_phases)
    return replace(plan, add_phases=tuple(phases))
