"""What a SQL Server's catalogue answers to `budget-export doctor`, as tests write it, and what doctor makes of it."""

import sqlite3
from datetime import UTC, datetime, timedelta

from connectors.checks import Check
from connectors.vista import probe_statements
from connectors.vista.probe import probe
from connectors.vista.probe_triggers import text_hash
from connectors.vista.sql import SqlVista
from tests.odbc_on_sqlite import ADDRESS
from tests.odbc_script import Answer

# The parts of the statements by which the played server knows them.
SERVER, COLLATION, SNAPSHOTS = "'Edition'", "collation_name", "sys.databases"
CLOCK, BEYOND, RIGHTS, TRIGGERS = "SYSUTCDATETIME()", "IS_SRVROLEMEMBER", "AS permission", "sys.triggers"
SERVER_ANSWER: Answer = (
    [("16.0.4003.1", "Standard Edition (64-bit)", "exporter", "exporter", "Viewpoint")],
    ("server", "edition", "login", "user_name", "database_name"),
)
NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
TRIGGER_TEXT = "create trigger {name} on {table} as begin /* posts */ end"
NAMES = {
    "btJCCHi": "bJCCH", "btJCCHu": "bJCCH", "btJCJPi": "bJCJP", "btJCCDi": "bJCCD", "btJCCPi": "bJCCP",
    "btJCODi": "bJCOD",
}  # fmt: skip


def triggers(**changed: tuple[int, str | None]) -> Answer:
    """Vista's triggers, enabled and readable, but for what is changed: (is_disabled, text)."""
    rows = [
        (table, name, *changed.get(name, (0, TRIGGER_TEXT.format(name=name, table=table))))
        for name, table in NAMES.items()
    ]
    return rows, ("table_name", "name", "is_disabled", "definition")


def rights(**changed: int | None) -> Answer:
    """All rights of an export, but for what is changed, named as JCCH_INSERT."""
    asked = (
        *probe_statements.READS,
        *probe_statements.WRITES_OF_ESTIMATES,
        *probe_statements.WRITES_OF_CHANGES,
        probe_statements.PROCEDURE,
    )
    rows = [(name, permission, changed.get(f"{name}_{permission}", 1)) for name, permission in asked]
    return rows, ("name", "permission", "granted")


def beyond(*held: tuple[str, str]) -> Answer:
    """A login that holds, of what no export needs, just these: ("db_owner", "member"), ("JCCH", "DELETE")."""
    rows = [(name, permission, int((name, permission) in held)) for name, permission in probe_statements.NOT_ASKED]
    assert {(name, permission) for name, permission, granted in rows if granted} == set(held)
    return rows, ("name", "permission", "granted")


def clock(seconds: int) -> Answer:
    """A server whose clock is so far from ours, five hours west of Greenwich."""
    utc = (NOON + timedelta(seconds=seconds)).replace(tzinfo=None)
    return [(utc, utc - timedelta(hours=5))], ("utc", "local")


KNOWN = tuple(f"{name} {text_hash(TRIGGER_TEXT.format(name=name, table=table))}" for name, table in NAMES.items())


def in_order() -> dict[str, Answer | sqlite3.Error]:
    """A server with which nothing is wrong."""
    return {
        SERVER: SERVER_ANSWER,
        COLLATION: ([("Latin1_General_BIN", "Latin1_General_BIN")], ("of_database", "of_phase")),
        SNAPSHOTS: ([(True, 0)], ("is_read_committed_snapshot_on", "snapshot_isolation_state")),
        CLOCK: clock(2),
        BEYOND: beyond(),
        RIGHTS: rights(),
        TRIGGERS: triggers(),
    }


def checks(address: str = ADDRESS, known: tuple[str, ...] = KNOWN) -> dict[str, Check]:
    with SqlVista(address, 1) as vista:
        return {check.name: check for check in probe(vista._engine, 1, known, lambda: NOON)}
