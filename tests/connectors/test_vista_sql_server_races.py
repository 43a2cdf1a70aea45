"""Others who write at the same time, and a commit whose reply is lost, on the road that SQL Server takes.

The server is played (`tests/odbc_on_sqlite.py`): this proves what the export makes of each case. Lock hints are dropped
by the played server, so nothing here rests on them. A fault at each statement: `test_vista_sql_server_faults.py`. The
same cases on a real engine: `test_vista_sql_server_live.py`.
"""

import threading

import pytest

from connectors.vista.errors import OutcomeUnknown, StaleEstimate, VistaError, VistaUnavailable
from connectors.vista.gateway import Applied
from connectors.vista.sql import SqlVista
from jobcost.plan import Plan
from tests.connectors.played_sql_server import plan, server, url, vista
from tests.odbc_on_sqlite import ADDRESS, OdbcOnSqlite
from tests.odbc_script import kind_of, lost_connection, server_error
from tests.vista_plans import (
    CHANGE_AND_ADD,
    JOB,
    SW1,
    SW2,
    asked_of_sandbox,
    permit_for,
    plan_of,
    run_in_sandbox,
    values,
)

__all__ = ["plan", "server", "url", "vista"]

ESTIMATES = "SELECT Phase, CostType, OrigCost FROM JCCH ORDER BY Phase, CostType"
BEFORE = [(SW1, 3, "40000.00")]
AFTER = [(SW1, 3, "41200.00"), (SW2, 3, "7.25")]
WRITTEN = Applied(
    phases_added=1, cost_types_added=1, estimates_changed=1, change_orders_added=0, was_already_applied=False
)
# Somebody types over the line that the plan changes.
TYPED_OVER = f"UPDATE JCCH SET OrigCost = '39999.99' WHERE Phase = '{SW1}'"


def _second_export(plan: Plan, server: OdbcOnSqlite) -> tuple[Applied, Applied | VistaError]:
    """Apply the first plan; a second session sends `plan` while the first one holds the lock."""
    outcome: list[Applied | VistaError] = []

    def second() -> None:
        with SqlVista(ADDRESS, 1) as other:
            try:
                outcome.append(other.apply(plan, permit_for(plan)))
            except VistaError as refused:
                outcome.append(refused)

    thread = threading.Thread(target=second)

    def once_locked(name: str) -> None:
        if name == "after_lock":
            thread.start()
            assert server.script.is_waited_for.wait(30)

    with SqlVista(ADDRESS, 1, checkpoint=once_locked) as first:
        own = plan_of(first.read_estimate(JOB), CHANGE_AND_ADD)
        applied = first.apply(own, permit_for(own))
    thread.join(30)
    return applied, outcome[0]


def test_two_exports_of_the_same_plan_write_it_once(plan: Plan, server: OdbcOnSqlite, url: str) -> None:
    first, second = _second_export(plan, server)

    assert first == WRITTEN
    assert isinstance(second, Applied)
    assert second.was_already_applied
    assert asked_of_sandbox(url, ESTIMATES) == AFTER
    assert asked_of_sandbox(url, "SELECT count(*) FROM bJCCD") == [(3,)]


def test_of_two_exports_of_one_job_the_second_finds_its_before_image_gone(
    vista: SqlVista, server: OdbcOnSqlite, url: str
) -> None:
    other = plan_of(vista.read_estimate(JOB), {(SW1, 3): values("1.00")})

    first, second = _second_export(other, server)

    assert first == WRITTEN
    assert isinstance(second, StaleEstimate)
    assert (
        "Phase SW   -  1- cost type 3: expected cost 40,000.00, hours 0.00, units 0.000, found cost 41,200.00"
        in str(second)
    )
    assert asked_of_sandbox(url, ESTIMATES) == AFTER


def test_an_export_that_waits_too_long_for_another_gives_up(plan: Plan, server: OdbcOnSqlite, url: str) -> None:
    outcome: list[str] = []

    def second_gives_up(name: str) -> None:
        if name == "after_lock":
            with SqlVista(ADDRESS, 1, lock_timeout_seconds=0) as other, pytest.raises(VistaUnavailable) as refused:
                other.apply(plan, permit_for(plan))
            outcome.append(str(refused.value))

    with SqlVista(ADDRESS, 1, checkpoint=second_gives_up) as first:
        assert first.apply(plan, permit_for(plan)) == WRITTEN

    assert "another export writes this job. Nothing was written. Run it again." in outcome[0]
    assert asked_of_sandbox(url, ESTIMATES) == AFTER
    assert [kind_of(told) for told in server.told].count("update JCCH") == 1


def test_a_line_that_a_vista_user_changed_since_the_plan_is_named(vista: SqlVista, plan: Plan, url: str) -> None:
    run_in_sandbox(url, TYPED_OVER)

    with pytest.raises(StaleEstimate, match=r"expected cost 40,000\.00, .* found cost 39,999\.99"):
        vista.apply(plan, permit_for(plan))


def test_a_line_that_a_vista_user_changes_after_the_re_read_is_found_by_the_change_itself(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str
) -> None:
    """Without lock hints somebody may still come between: the old values in the WHERE are then not met."""
    server.script.meanwhile("UPDATE [JCCH]", TYPED_OVER)

    with pytest.raises(StaleEstimate, match=r"Phase SW   -  1- cost type 3: expected one row changed"):
        vista.apply(plan, permit_for(plan))

    assert kind_of(server.told[-1]) == "rollback"
    assert asked_of_sandbox(url, ESTIMATES) == BEFORE


def test_a_line_that_appears_after_the_re_read_is_found_by_the_check_before_the_commit(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str
) -> None:
    """A phantom: somebody adds a cost type that the plan knows nothing of."""
    server.script.meanwhile(
        "UPDATE [JCCH]",
        "INSERT INTO JCCH (JCCo, Job, PhaseGroup, Phase, CostType, UM, BillFlag, OrigCost) "
        f"VALUES (1, '{JOB}', 1, '{SW1}', 4, 'LS', 'C', '5.00')",
    )

    with pytest.raises(VistaError, match=r"Phase SW   -  1- cost type 4, not in the plan"):
        vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(url, ESTIMATES) == BEFORE


def test_the_same_line_added_by_a_vista_user_is_a_duplicate_and_nothing_is_written(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str
) -> None:
    error = server_error(2601, "Cannot insert duplicate key row in object 'dbo.bJCCH' with unique index 'biJCCH'.")
    server.script.fail("INSERT INTO [JCCH]", error)

    with pytest.raises(VistaError, match=r"Phase SW   -  2- cost type 3: .* send the budget again"):
        vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(url, ESTIMATES) == BEFORE


def test_a_commit_whose_reply_is_lost_is_found_written_and_not_sent_again(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str
) -> None:
    server.script.fail("COMMIT", lost_connection(), after=True)

    assert vista.apply(plan, permit_for(plan)) == WRITTEN

    told = [kind_of(told) for told in server.told]
    assert (told.count("commit"), told.count("update JCCH"), told.count("lock")) == (1, 1, 2)
    assert asked_of_sandbox(url, ESTIMATES) == AFTER


def test_a_commit_whose_reply_is_lost_with_the_server_leaves_the_outcome_unknown(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str
) -> None:
    def gone() -> None:
        server.script.fail("COMMIT", lost_connection(), after=True)
        server.script.fail("connect", lost_connection())

    with (
        SqlVista(ADDRESS, 1, checkpoint=lambda name: gone() if name == "before_commit" else None) as cut_off,
        pytest.raises(OutcomeUnknown, match="Do not type the budget in by hand") as unknown,
    ):
        cut_off.apply(plan, permit_for(plan))

    assert "othing was written" not in str(unknown.value)
    assert vista.apply(plan, permit_for(plan)).was_already_applied
    assert asked_of_sandbox(url, ESTIMATES) == AFTER


def test_a_commit_whose_reply_is_lost_before_a_right_is_taken_away_leaves_the_outcome_unknown(
    server: OdbcOnSqlite, plan: Plan, url: str
) -> None:
    def closed() -> None:
        server.script.fail("COMMIT", lost_connection(), after=True)
        server.script.fail("FROM [JCJM]", server_error(229, "The SELECT permission was denied on 'JCJM'.", "42000"))

    with (
        SqlVista(ADDRESS, 1, checkpoint=lambda name: closed() if name == "before_commit" else None) as cut_off,
        pytest.raises(OutcomeUnknown, match="permission was denied") as unknown,
    ):
        cut_off.apply(plan, permit_for(plan))

    assert "othing was written" not in str(unknown.value)
    assert asked_of_sandbox(url, ESTIMATES) == AFTER


def test_a_connection_lost_after_the_commit_changes_nothing(server: OdbcOnSqlite, plan: Plan, url: str) -> None:
    with SqlVista(
        ADDRESS, 1, checkpoint=lambda name: _lose_next(server) if name == "after_commit" else None
    ) as cut_off:
        assert cut_off.apply(plan, permit_for(plan)) == WRITTEN

    assert asked_of_sandbox(url, ESTIMATES) == AFTER


def _lose_next(server: OdbcOnSqlite) -> None:
    server.script.fail("ROLLBACK", lost_connection())
