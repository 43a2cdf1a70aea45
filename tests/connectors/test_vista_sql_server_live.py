"""Others who write at the same time, on a real engine: where VISTA_TEST_URL names one.

The same cases with a played server, always: `test_vista_sql_server_races.py`. Where the two engines known differ, the
test says what both may answer.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from connectors.vista.errors import PostingDisagrees, StaleEstimate, VistaError, VistaUnavailable
from connectors.vista.gateway import Applied
from connectors.vista.sql import SqlVista
from jobcost.plan import Plan
from tests.live_vista import TAKE_A_NUMBER, Lines, at, held, typed_over, vista_user
from tests.vista_plans import JCCO, JOB, permit_for, plan_of, values

pytestmark = pytest.mark.sqlserver

ROUNDING = """CREATE TRIGGER dbo.site_rounding ON dbo.bJCCP AFTER INSERT AS
BEGIN
    SET NOCOUNT ON
    UPDATE p SET OrigEstCost = p.OrigEstCost + 0.01
    FROM dbo.bJCCP AS p JOIN inserted AS i ON i.JCCo = p.JCCo AND i.Job = p.Job AND i.PhaseGroup = p.PhaseGroup
        AND i.Phase = p.Phase AND i.CostType = p.CostType AND i.Mth = p.Mth
END"""


def two_exports(url: str, first: Plan, second: Plan) -> tuple[Applied | VistaError, Applied | VistaError]:
    """Let the second export begin while the first one holds the job's lock."""
    outcome: list[Applied | VistaError] = []

    def go() -> None:
        with SqlVista(url, JCCO, lock_timeout_seconds=120) as other:
            try:
                outcome.append(other.apply(second, permit_for(second)))
            except VistaError as refused:
                outcome.append(refused)

    thread = threading.Thread(target=go)
    with at("after_lock", thread.start) as checkpoint, SqlVista(url, JCCO, checkpoint=checkpoint) as own:
        applied = own.apply(first, permit_for(first))
    thread.join(180)
    return applied, outcome[0]


def test_two_exports_of_the_same_plan_write_it_once(sandbox_on_sql_server: str, live_plan: Plan, lines: Lines) -> None:
    first, second = two_exports(sandbox_on_sql_server, live_plan, live_plan)

    assert isinstance(first, Applied)
    assert isinstance(second, Applied)
    assert (first.was_already_applied, second.was_already_applied) == (False, True)
    assert held(sandbox_on_sql_server, *lines) == ["150.00", "7.25", "nothing"]


def test_of_two_exports_of_one_job_the_second_finds_its_before_image_gone(
    live_vista: SqlVista, sandbox_on_sql_server: str, live_plan: Plan, lines: Lines
) -> None:
    other = plan_of(live_vista.read_estimate(JOB), {lines[0]: values("1.00")})

    first, second = two_exports(sandbox_on_sql_server, live_plan, other)

    assert isinstance(first, Applied)
    assert isinstance(second, StaleEstimate)
    assert held(sandbox_on_sql_server, *lines) == ["150.00", "7.25", "nothing"]


def test_an_export_that_waits_too_long_for_another_gives_up(
    sandbox_on_sql_server: str, live_plan: Plan, lines: Lines
) -> None:
    said: list[str] = []

    def second_gives_up() -> None:
        with (
            SqlVista(sandbox_on_sql_server, JCCO, lock_timeout_seconds=1) as other,
            pytest.raises(VistaUnavailable) as refused,
        ):
            other.apply(live_plan, permit_for(live_plan))
        said.append(str(refused.value))

    with (
        at("after_lock", second_gives_up) as checkpoint,
        SqlVista(sandbox_on_sql_server, JCCO, checkpoint=checkpoint) as first,
    ):
        first.apply(live_plan, permit_for(live_plan))

    assert "another export writes this job" in said[0]
    assert held(sandbox_on_sql_server, *lines) == ["150.00", "7.25", "nothing"]


def test_a_line_that_a_vista_user_changed_since_the_plan_is_refused(
    live_vista: SqlVista, sandbox_on_sql_server: str, live_plan: Plan, lines: Lines
) -> None:
    with vista_user(sandbox_on_sql_server) as user:
        typed_over(user, lines[0], "99.00")
        user.commit()

    with pytest.raises(StaleEstimate, match=r"found cost 99\.00"):
        live_vista.apply(live_plan, permit_for(live_plan))

    assert held(sandbox_on_sql_server, *lines) == ["99.00", "nothing", "nothing"]


def test_a_line_that_the_plan_leaves_alone_and_a_vista_user_changed_is_refused_too(
    live_vista: SqlVista, sandbox_on_sql_server: str, lines: Lines
) -> None:
    """No statement of the export touches it: only the comparison with the plan's before-image can see it."""
    bystander = plan_of(live_vista.read_estimate(JOB), {lines[2]: values("30.00")})
    live_vista.apply(bystander, permit_for(bystander))
    plan = plan_of(live_vista.read_estimate(JOB), {lines[0]: values("150.00"), lines[1]: values("7.25")})
    with vista_user(sandbox_on_sql_server) as user:
        typed_over(user, lines[2], "31.00")
        user.commit()

    with pytest.raises(StaleEstimate, match=r"expected cost 30\.00, .* found cost 31\.00") as refused:
        live_vista.apply(plan, permit_for(plan))

    assert f"{lines[2][0].rstrip()} cost type {lines[2][1]}" in str(refused.value)
    assert held(sandbox_on_sql_server, *lines) == ["100.00", "nothing", "31.00"]


@contextmanager
def rounding_trigger(url: str) -> Iterator[None]:
    """A site's own trigger, which adds a cent to each new period total."""
    with vista_user(url) as owner:
        owner.execute(text(ROUNDING))
        owner.commit()
    try:
        yield
    finally:
        with vista_user(url) as owner:
            owner.execute(text("DROP TRIGGER dbo.site_rounding"))
            owner.commit()


def test_what_vista_posted_otherwise_than_planned_is_found_before_the_commit(
    live_vista: SqlVista, sandbox_on_sql_server: str, live_plan: Plan, lines: Lines
) -> None:
    told = r"period totals \(JCCP\): expected cost 7\.25, .* found cost 7\.26"
    with rounding_trigger(sandbox_on_sql_server), pytest.raises(PostingDisagrees, match=told):
        live_vista.apply(live_plan, permit_for(live_plan))

    assert held(sandbox_on_sql_server, *lines) == ["100.00", "nothing", "nothing"]


def test_a_line_that_a_vista_user_holds_is_waited_for_and_then_given_up(
    live_vista: SqlVista, hasty_vista: SqlVista, sandbox_on_sql_server: str, live_plan: Plan, lines: Lines
) -> None:
    with vista_user(sandbox_on_sql_server) as user:
        typed_over(user, lines[0], "99.00")
        with pytest.raises(VistaUnavailable, match="held by others"):
            hasty_vista.apply(live_plan, permit_for(live_plan))
        user.rollback()

    assert held(sandbox_on_sql_server, *lines) == ["100.00", "nothing", "nothing"]
    assert live_vista.apply(live_plan, permit_for(live_plan)).estimates_changed == 1


def test_a_vista_user_who_saves_while_the_export_waits_is_not_overwritten(
    sandbox_on_sql_server: str, live_plan: Plan, lines: Lines
) -> None:
    """The user's save comes between the export's re-read and its change, or before both; it must never be lost."""
    with vista_user(sandbox_on_sql_server) as user:
        typed_over(user, lines[0], "99.00")
        saving = threading.Timer(2, user.commit)
        with SqlVista(sandbox_on_sql_server, JCCO, lock_timeout_seconds=30) as patient:
            saving.start()
            with pytest.raises(VistaError):
                patient.apply(live_plan, permit_for(live_plan))
        saving.join()

    assert held(sandbox_on_sql_server, *lines) == ["99.00", "nothing", "nothing"]


def test_a_posting_that_holds_the_transaction_counter_is_waited_for_and_then_given_up(
    live_vista: SqlVista, hasty_vista: SqlVista, sandbox_on_sql_server: str, live_plan: Plan, lines: Lines
) -> None:
    with vista_user(sandbox_on_sql_server) as poster:
        poster.execute(text(TAKE_A_NUMBER))
        with pytest.raises(VistaUnavailable, match="held by others"):
            hasty_vista.apply(live_plan, permit_for(live_plan))
        poster.rollback()

    assert held(sandbox_on_sql_server, *lines) == ["100.00", "nothing", "nothing"]
    assert live_vista.apply(live_plan, permit_for(live_plan)).estimates_changed == 1


def test_of_a_deadlock_exactly_one_survives_and_nothing_is_half_written(
    sandbox_on_sql_server: str, live_plan: Plan, lines: Lines
) -> None:
    """A posting holds the counter and wants the export's line, whose change waits for the counter."""
    posted: list[str] = []
    with vista_user(sandbox_on_sql_server) as poster:
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
        with (
            at("after_phases", wanting.start) as checkpoint,
            SqlVista(sandbox_on_sql_server, JCCO, lock_timeout_seconds=15, checkpoint=checkpoint) as export,
        ):
            try:
                export.apply(live_plan, permit_for(live_plan))
                outcome = "written"
            except (VistaUnavailable, StaleEstimate):
                outcome = "refused"
        wanting.join()

    assert (outcome, posted[0]) in {("written", "victim"), ("refused", "posted")}
    written = ["150.00", "7.25", "nothing"]
    assert held(sandbox_on_sql_server, *lines) == (written if outcome == "written" else ["99.00", "nothing", "nothing"])
