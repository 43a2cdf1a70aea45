"""Looks at the server itself: version, wire, login, collation, snapshot settings, clock. Changes nothing.

Each answer becomes a `Check` in plain words, with what follows for an export. Source: facts/vista.md 1.1, 6, 8 step 1.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.exc import SQLAlchemyError

from connectors.checks import Check
from connectors.vista import probe_statements
from connectors.vista.address import wire_of
from connectors.vista.errors import VistaError
from connectors.vista.job_scope import rows

_WESTERN = "latin1_general"
# Vista dates what it posts by its server's clock; the approver reads times of ours.
_CLOCKS_APART_MAX = timedelta(seconds=60)
_ASK = "Look at it with the database's administrator; the export does not need it."

# Microsoft counts versions and people say years. An older one is told by its number alone.
_YEARS = {"13": "2016", "14": "2017", "15": "2019", "16": "2022", "17": "2025"}

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Tell the time of this machine, in UTC."""
    return datetime.now(UTC)


def sandbox_checks(connection: Connection) -> tuple[Check, ...]:
    """Say what the sandbox's file is; it has neither logins nor collations."""
    found = rows(connection, probe_statements.SERVER_SQLITE, {}, "Server")[0]
    return (
        Check(name="Vista's server", ok=True, found=f"{found.server}, {_driver(connection)}"),
        Check(name="Vista login", ok=True, found=str(found.login)),
    )


def server_checks(connection: Connection, clock: Clock) -> tuple[Check, ...]:
    """Look at a SQL Server. What the login may not see becomes a warning, and the rest is still looked at."""
    return (
        *_seen(connection, "Vista's server", lambda: _server(connection)),
        _wire_check(connection),
        *_seen(connection, "Vista's collation", lambda: (_collation(connection),)),
        *_seen(connection, "Vista's snapshots", lambda: (_snapshots(connection),)),
        *_seen(connection, "Vista's clock", lambda: (_clock(connection, clock),)),
    )


def end_look(connection: Connection) -> None:
    """End what a look began: after an error its transaction is lost, and none is needed from one to the next."""
    with suppress(SQLAlchemyError):
        connection.rollback()


def _seen(connection: Connection, name: str, look: Callable[[], tuple[Check, ...]]) -> tuple[Check, ...]:
    try:
        return look()
    except VistaError as failure:
        return (Check(name=name, ok=None, found=str(failure), way_out=_ASK),)
    finally:
        end_look(connection)


def _server(connection: Connection) -> tuple[Check, ...]:
    found = _one(connection, probe_statements.SERVER)
    login = f"{found.login}, user {found.user_name} of database {found.database_name}"
    return (
        Check(
            name="Vista's server",
            ok=True,
            found=f"SQL Server {_version(found.server)}, {found.edition}, {_driver(connection)}",
        ),
        Check(name="Vista login", ok=True, found=login),
    )


def _version(number: str) -> str:
    year = _YEARS.get(number.partition(".")[0])
    return f"{year} ({number})" if year else number


def _driver(connection: Connection) -> str:
    return f"driver {connection.dialect.name}+{connection.dialect.driver}"


def _wire_check(connection: Connection) -> Check:
    wire = wire_of(connection.engine.url)
    login = "Kerberos" if wire.is_integrated else "SQL login"
    name = "Way to Vista"
    if wire.encrypt == "no":
        return Check(
            name=name,
            ok=None,
            found=f"not encrypted, {login}: whoever listens in reads the budget",
            way_out="Leave Encrypt=no out of VISTA_URL.",
        )
    if wire.trusts_any_certificate:
        return Check(
            name=name,
            ok=None,
            found=f"encrypted, {login}, but any certificate is taken: somebody in between would not be noticed",
            way_out="Let this machine trust the authority of the server's certificate, and leave "
            "TrustServerCertificate out of VISTA_URL.",
        )
    checked = "only the certificate that is named" if wire.certificate else "the server's certificate is checked"
    return Check(name=name, ok=True, found=f"encrypted, {checked}, {login}")


def _collation(connection: Connection) -> Check:
    found = _one(connection, probe_statements.COLLATION)
    # The column's own collation is what Vista compares phases with; the database's is only its default.
    of_phase = str(found.of_phase or found.of_database)
    words = f"database {found.of_database}, phases {of_phase}"
    codes, way_out = _of_codes(of_phase)
    names = _of_names(str(found.of_database), as_codes=_tells_capitals_apart(of_phase))
    is_western = _WESTERN in of_phase.lower()
    if not is_western:
        way_out = f"Descriptions are checked against code page 1252; look at accented letters. {way_out}".strip()
    return Check(
        name="Vista's collation",
        ok=True if is_western and not way_out else None,
        found=f"{words}: {codes}{names}",
        way_out=way_out,
    )


def _tells_capitals_apart(collation: str) -> bool:
    return collation.lower().endswith(("_bin", "_bin2")) or "_cs_" in f"{collation.lower()}_"


def _of_codes(collation: str) -> tuple[str, str]:
    """What the column's collation means for codes, and the way out."""
    if _tells_capitals_apart(collation):
        return "capital and small letters differ in codes", ""
    return (
        "Vista takes codes that differ in capital letters alone for one",
        "Keep codes in Procore spelt as in Vista: here they differ, and Vista would refuse the second of such two.",
    )


def _of_names(collation: str, *, as_codes: bool) -> str:
    """What the database's collation means for names of views; both are as here in Vista's own binary one."""
    if not _tells_capitals_apart(collation):
        return f"{', as here' if as_codes else ''}; names of views are found in any capitals"
    return (
        " and in the names of views, as here"
        if as_codes
        else "; capital and small letters differ in the names of views"
    )


def _snapshots(connection: Connection) -> Check:
    found = _one(connection, probe_statements.SNAPSHOTS)
    others = (
        "whoever reads while an export writes sees what stood before it (READ_COMMITTED_SNAPSHOT on)"
        if found.is_read_committed_snapshot_on
        else "whoever reads the job while an export writes it waits for its end (READ_COMMITTED_SNAPSHOT off)"
    )
    # 0 off, 1 on; 2 and 3 on the way between.
    snapshot = "allowed" if found.snapshot_isolation_state == 1 else "not allowed"
    return Check(
        name="Vista's snapshots",
        ok=True,
        found=f"{others}; snapshot isolation {snapshot}. The export needs neither: it holds what it reads.",
    )


def _clock(connection: Connection, clock: Clock) -> Check:
    before = clock()
    found = _one(connection, probe_statements.CLOCK)
    # The server answered somewhere between; the middle is wrong by half the way there and back at most.
    here = before + (clock() - before) / 2
    apart = found.utc.replace(tzinfo=UTC) - here
    local = found.local.strftime("%Y-%m-%d %H:%M")
    words = f"{apart.total_seconds():+.0f} seconds from this machine's; Vista dates its postings {local} now"
    if abs(apart) <= _CLOCKS_APART_MAX:
        return Check(name="Vista's clock", ok=True, found=words)
    return Check(
        name="Vista's clock",
        ok=None,
        found=words,
        way_out="Let both machines take their time from a time server (NTP): who moved a line when is told wrongly "
        "otherwise.",
    )


def _one(connection: Connection, statement: Any) -> Row[Any]:
    return rows(connection, statement, {}, "Server")[0]
