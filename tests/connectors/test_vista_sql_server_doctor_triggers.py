"""What `budget-export doctor` says of the triggers on a SQL Server: there, enabled, and is their text known?"""

import re
from pathlib import Path

import pytest
from sqlalchemy import Insert, Update

from connectors.vista import change_statements, probe_statements, statements
from connectors.vista.sql import SqlVista
from tests.odbc_on_sqlite import ADDRESS, OdbcOnSqlite, plugged_in
from tests.odbc_script import server_error
from tests.vista_catalogue import KNOWN, TRIGGER_TEXT, TRIGGERS, checks, in_order, triggers
from tests.vista_plans import sandbox_vista


@pytest.fixture
def url(tmp_path: Path) -> str:
    return sandbox_vista(tmp_path)


@pytest.fixture(autouse=True)
def server(url: str, monkeypatch: pytest.MonkeyPatch) -> OdbcOnSqlite:
    server = plugged_in(url, monkeypatch)
    server.script.answers = in_order()
    return server


def test_a_disabled_trigger_fails(server: OdbcOnSqlite) -> None:
    server.script.answers[TRIGGERS] = triggers(btJCCHu=(1, TRIGGER_TEXT.format(name="btJCCHu", table="bJCCH")))

    check = checks()["Trigger btJCCHu"]

    assert (check.ok, check.found) == (False, "disabled")


def test_a_trigger_nobody_has_looked_at_is_shown_with_its_hash_and_warned_of(server: OdbcOnSqlite) -> None:
    rows, names = triggers()
    server.script.answers[TRIGGERS] = ([*rows, ("bJCCH", "site_audit", 0, "create trigger site_audit")], names)

    seen = checks()

    assert seen["Text of site_audit"].ok is None
    assert seen["Text of site_audit"].found == "site_audit da216789f334ae67 on bJCCH: nobody has looked at it yet"
    assert "[vista] known_triggers" in seen["Text of site_audit"].way_out
    assert seen["Triggers with a known text"].found == "6 of 7"


def test_a_trigger_that_was_changed_since_is_told_as_changed(server: OdbcOnSqlite) -> None:
    server.script.answers[TRIGGERS] = triggers(btJCCHi=(0, "create trigger btJCCHi on bJCCH as return"))

    assert checks()["Text of btJCCHi"].found.endswith("on bJCCH: changed since it was looked at")


def test_white_space_alone_does_not_make_a_trigger_another_one(server: OdbcOnSqlite) -> None:
    text = TRIGGER_TEXT.format(name="btJCCHi", table="bJCCH").replace(" ", "\r\n\t")
    server.script.answers[TRIGGERS] = triggers(btJCCHi=(0, text))

    assert checks()["Triggers with a known text"].found == "6 of 6"


def test_a_trigger_whose_text_cannot_be_read_is_a_warning(server: OdbcOnSqlite) -> None:
    server.script.answers[TRIGGERS] = triggers(btJCCDi=(0, None))

    seen = checks()

    assert (seen["Triggers that cannot be read"].ok, seen["Triggers that cannot be read"].found) == (
        None,
        "btJCCDi on bJCCD",
    )
    assert seen["Trigger btJCCDi"].ok is True


def test_triggers_that_cannot_be_asked_for_fail_the_check(server: OdbcOnSqlite) -> None:
    server.script.answers[TRIGGERS] = server_error(229, "The SELECT permission was denied on the object 'triggers'")

    assert checks()["Vista's triggers"].ok is False


def test_the_configured_triggers_reach_the_doctor() -> None:
    with SqlVista(ADDRESS, 1, known_triggers=KNOWN) as vista:
        seen = {check.name: check for check in vista.probe()}

    assert seen["Triggers with a known text"].found == "6 of 6"


def test_a_database_that_shows_names_in_other_capitals_is_understood(server: OdbcOnSqlite) -> None:
    rows, names = triggers()
    server.script.answers[TRIGGERS] = ([(row[0], row[1].lower(), *row[2:]) for row in rows], names)

    assert checks()["Trigger btJCCHi"].found == "enabled"


def test_every_table_that_an_export_fills_is_asked_for_its_triggers() -> None:
    written = [one for module in (statements, change_statements) for one in vars(module).values()]
    filled = {f"b{one.table}" for one in written if isinstance(one, Insert | Update)}
    # Vista's own triggers fill these.
    filled |= {"bJCCD", "bJCCP"}

    assert filled == {"bJCCH", "bJCJP", "bJCCD", "bJCCP", "bJCOH", "bJCOI", "bJCOD"}
    assert set(probe_statements.FILLED) == filled
    assert set(re.findall(r"'(b\w+)'", str(probe_statements.TRIGGERS))) == filled


@pytest.mark.parametrize("table", ["bJCOH", "bJCOI"])
def test_a_trigger_of_a_change_order_nobody_has_looked_at_is_warned_of(server: OdbcOnSqlite, table: str) -> None:
    rows, names = triggers()
    server.script.answers[TRIGGERS] = ([*rows, (table, "site_orders", 0, "create trigger site_orders")], names)

    check = checks()["Text of site_orders"]

    assert check.ok is None
    assert check.found.endswith(f"on {table}: nobody has looked at it yet")
