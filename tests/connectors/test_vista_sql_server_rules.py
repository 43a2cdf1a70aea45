"""The ten rules of a connector that speaks with SQL Server (facts/sqlserver.md), one test or more each, by number.

More of what is visible in the compiled text is in `test_vista_sql_server_text.py`.
"""

import ast
import re
from decimal import Decimal

import pytest

from connectors.vista import tables
from connectors.vista.amounts import Amount
from connectors.vista.engine import make_engine
from connectors.vista.errors import PostingDisagrees, StaleEstimate, VistaRefused
from connectors.vista.sql import SqlVista
from jobcost.plan import Plan
from tests.connectors.played_sql_server import plan, server, url, vista
from tests.core.sources import sources
from tests.odbc_on_sqlite import ADDRESS, OdbcOnSqlite
from tests.odbc_script import kind_of, refused_by_trigger
from tests.vista_plans import (
    CHANGE_AND_ADD,
    JOB,
    SW1,
    SW2,
    SW3,
    asked_of_sandbox,
    permit_for,
    plan_of,
    values,
    with_masters_descriptions,
)

__all__ = ["plan", "server", "url", "vista"]

ESTIMATES = "SELECT Phase, CostType, OrigCost FROM JCCH ORDER BY Phase, CostType"
BEFORE = [(SW1, 3, "40000.00")]
CODE = sources("connectors")


def _told(server: OdbcOnSqlite) -> list[str]:
    return [kind_of(told) for told in server.told]


def test_rule_1_no_insert_into_a_view_with_triggers_asks_for_what_was_inserted(server: OdbcOnSqlite) -> None:
    """OUTPUT on a table with triggers is error 334; the statement that really goes out has none."""
    with SqlVista(ADDRESS, 1) as vista:
        plan = plan_of(vista.read_estimate(JOB), CHANGE_AND_ADD)
        vista.apply(plan, permit_for(plan))

    assert [told for told in server.told if re.search(r"\bOUTPUT\b|scope_identity", told, re.IGNORECASE)] == []
    assert [name for name, view in tables.metadata.tables.items() if view.implicit_returning] == []


def test_rule_2_rows_are_never_gathered_into_one_insert(server: OdbcOnSqlite) -> None:
    """With it on, a driver kept 177 of 10,000 rows without an error."""
    engine = make_engine(ADDRESS, login_timeout_seconds=1, lock_timeout_seconds=1, timeout_seconds=2)
    try:
        assert engine.dialect.use_insertmanyvalues is False
    finally:
        engine.dispose()
    assert server.told == []


def test_rule_2_a_row_that_did_not_arrive_is_noticed_although_no_error_came(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str
) -> None:
    server.script.lose("INSERT INTO [JCCH]")

    with pytest.raises(StaleEstimate, match=r"Phase SW   -  2- cost type 3: expected one row"):
        vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(url, ESTIMATES) == BEFORE


def test_rule_2_a_phase_that_did_not_arrive_is_noticed_too(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str
) -> None:
    server.script.lose("INSERT INTO [JCJP]")

    with pytest.raises(PostingDisagrees, match="expected the phase added, found no such row"):
        vista.apply(plan, permit_for(plan))

    assert asked_of_sandbox(url, ESTIMATES) == BEFORE


def test_rule_2_a_triggers_count_is_not_taken_for_the_statements(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan
) -> None:
    """A site's trigger without NOCOUNT tells its count first; the change itself reached no row."""
    server.script.noisy = {"UPDATE [JCCH]": 1}
    server.script.meanwhile("UPDATE [JCCH]", f"UPDATE JCCH SET OrigCost = '1.00' WHERE Phase = '{SW1}'")

    with pytest.raises(StaleEstimate, match=r"Phase SW   -  1- cost type 3: expected one row changed"):
        vista.apply(plan, permit_for(plan))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_rule_2_whatever_triggers_count_an_export_that_arrived_is_taken(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, count: int
) -> None:
    server.script.noisy = dict.fromkeys(("UPDATE [JCCH]", "INSERT INTO [JCCH]", "INSERT INTO [JCJP]"), count)

    assert vista.apply(plan, permit_for(plan)).estimates_changed == 1


def test_rule_3_each_row_is_its_own_statement(vista: SqlVista, server: OdbcOnSqlite) -> None:
    wanted = {
        (SW1, 3): values("41200.00"),
        (SW2, 3): values("7.25"),
        (SW2, 4): values("1.00"),
        (SW3, 3): values("2.00"),
    }
    plan = plan_of(vista.read_estimate(JOB), wanted)
    server.told.clear()

    vista.apply(plan, permit_for(plan))

    told = _told(server)
    assert (told.count("insert JCJP"), told.count("insert JCCH"), told.count("update JCCH")) == (2, 3, 1)


def test_rule_4_nothing_merges_copies_in_bulk_or_sends_many_at_once() -> None:
    forbidden = {"executemany", "bulkcopy", "bulk_insert", "fast_executemany", "callproc", "bulk_save_objects"}
    used = {
        (source.name, node.attr if isinstance(node, ast.Attribute) else node.arg)
        for source in CODE
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute | ast.keyword)
        and (node.attr if isinstance(node, ast.Attribute) else node.arg) in forbidden
    }

    assert {name for name, _ in used if "/vista/" in name} == set()


def test_rule_5_the_application_lock_comes_before_everything_that_is_read_or_written(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan
) -> None:
    vista.apply(plan, permit_for(plan))

    told = [one for one in _told(server) if not one.startswith(("connect", "set "))]
    assert told[0] == "lock"
    assert told.count("lock") == 1


def test_rule_5_writers_are_apart_without_any_hint(vista: SqlVista, server: OdbcOnSqlite, plan: Plan) -> None:
    """The played server drops all hints; a line changed after the re-read is found by the change's own WHERE."""
    server.script.meanwhile("UPDATE [JCCH]", f"UPDATE JCCH SET OrigCost = '1.00' WHERE Phase = '{SW1}'")

    with pytest.raises(StaleEstimate):
        vista.apply(plan, permit_for(plan))


def test_rule_6_after_a_triggers_rollback_nothing_more_is_sent_on_that_connection(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str
) -> None:
    server.script.fail("UPDATE [JCCH]", refused_by_trigger("Invalid UM - cannot update JCCH!"))

    with pytest.raises(VistaRefused, match="Invalid UM - cannot update JCCH!"):
        vista.apply(plan, permit_for(plan))

    assert _told(server)[-2:] == ["update JCCH", "rollback"]
    assert asked_of_sandbox(url, ESTIMATES) == BEFORE
    vista.apply(plan, permit_for(plan))
    assert sum(told.startswith("connect") for told in server.told) == 2


def test_rule_6_an_error_that_a_trigger_raises_after_a_count_is_not_missed(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str
) -> None:
    """A driver shows the first answer alone; the refusal behind it would be taken for a missing row."""
    late = refused_by_trigger("Cannot Post to a Hard-Closed Job - cannot insert Cost Header!")
    server.script.fail_late("INSERT INTO [JCCH]", late)

    with pytest.raises(VistaRefused, match="Cannot Post to a Hard-Closed Job"):
        vista.apply(plan, permit_for(plan))

    assert _told(server)[-2:] == ["insert JCCH", "rollback"]
    assert asked_of_sandbox(url, ESTIMATES) == BEFORE


def test_rule_10_a_message_before_a_batchs_rows_is_passed_over(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str
) -> None:
    plan = with_masters_descriptions(url, plan)
    server.script.may_add_phase = 1
    server.script.talkative = {"sp_getapplock", "bspJCADDPHASE @jcco"}

    assert vista.apply(plan, permit_for(plan)).phases_by_procedure == 1


def test_rule_7_vistas_words_count_before_the_number(vista: SqlVista, server: OdbcOnSqlite, plan: Plan) -> None:
    """All of Vista's refusals are 50000, and 3609 stands beside each: only the text tells them apart."""
    server.script.fail("INSERT INTO [JCCH]", refused_by_trigger("Invalid CostType - cannot insert Cost Header!"))

    with pytest.raises(VistaRefused) as refused:
        vista.apply(plan, permit_for(plan))

    assert refused.value.where == "Phase SW   -  2- cost type 3"
    assert refused.value.vista_words == "Invalid CostType - cannot insert Cost Header!"
    assert refused.value.way_out.startswith("Add the cost type in JC Cost Types")


@pytest.mark.parametrize(
    ("kind", "given", "bound"),
    [
        (tables.DOLLARS, "0.005", "0.01"),
        (tables.DOLLARS, "-0.005", "-0.01"),
        (tables.HOURS, "1.234", "1.23"),
        (tables.UNITS, "1.0005", "1.001"),
        (tables.UNITS, "-0.0004", "0.000"),
    ],
)
def test_rule_8_amounts_are_rounded_by_us_before_they_are_bound(
    server: OdbcOnSqlite, kind: Amount, given: str, bound: str
) -> None:
    engine = make_engine(ADDRESS, login_timeout_seconds=1, lock_timeout_seconds=1, timeout_seconds=2)
    try:
        assert server.told == []
        sent = kind.process_bind_param(Decimal(given), engine.dialect)
    finally:
        engine.dispose()

    assert isinstance(sent, Decimal)
    assert str(sent) == bound


def test_rule_9_nothing_is_reflected_created_or_commented() -> None:
    """What the compatible engine lacks is not used: reflection, comments, MERGE, synonyms."""
    forbidden = {"create_all", "drop_all", "reflect", "inspect", "autoload_with", "autoload"}
    used = {
        source.name
        for source in CODE
        if "/vista/" in source.name
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.Attribute) and node.attr in forbidden)
        or (isinstance(node, ast.Name) and node.id in forbidden)
        or (isinstance(node, ast.keyword) and node.arg in forbidden)
    }

    assert used == set()


def test_rule_10_the_procedure_is_a_batch_whose_return_code_is_checked(
    vista: SqlVista, server: OdbcOnSqlite, plan: Plan, url: str
) -> None:
    plan = with_masters_descriptions(url, plan)
    server.script.may_add_phase = 1
    server.script.procedure_refuses = "Phase SW   -  2-    not on file!"

    with pytest.raises(VistaRefused) as refused:
        vista.apply(plan, permit_for(plan))

    assert refused.value.where == "Phase SW   -  2-"
    assert refused.value.vista_words == "Phase SW   -  2-    not on file!"
    batch = next(told for told in server.told if "bspJCADDPHASE @jcco" in told)
    assert batch.startswith("SET NOCOUNT ON; DECLARE @rc int, @message varchar(255); EXEC @rc = dbo.bspJCADDPHASE ")
    assert batch.endswith("SELECT @rc AS return_code, @message AS message")
    assert asked_of_sandbox(url, ESTIMATES) == BEFORE
