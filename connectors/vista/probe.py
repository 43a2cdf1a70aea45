"""Looks at a Vista database before anything is exported: can it be reached, is the company seen, will triggers post?

Changes nothing, and raises nothing of Vista's: each failure becomes a `Check` with its way out.
Source: facts/vista.md 8 steps 1 and 2.
"""

from dataclasses import replace

from sqlalchemy import Connection, Engine

from connectors.checks import Check
from connectors.vista import statements
from connectors.vista.engine import connected, discard, shown
from connectors.vista.errors import VistaError
from connectors.vista.job_scope import rows
from connectors.vista.reader import read_company, read_masks

# The triggers an Original Estimate needs: names from facts/vista.md 2; those of JCJP and JCCP follow the same pattern
# (UNVERIFIED on current Vista releases).
TRIGGERS_NEEDED = ("btJCCHi", "btJCCHu", "btJCJPi", "btJCCDi", "btJCCPi")
# Posts change orders; its name follows the same pattern. Without change orders an export does not need it.
_TRIGGER_OF_CHANGES = "btJCODi"
_WESTERN = "Latin1_General"


def probe(engine: Engine, jcco: int) -> tuple[Check, ...]:
    """Look at everything an export needs of this database."""
    try:
        connection = connected(engine)
    except VistaError as failure:
        return (
            Check(name="Vista is reachable", ok=False, found=str(failure), way_out="Check server, login, network."),
        )
    try:
        reached = Check(name="Vista is reachable", ok=True, found=shown(engine.url))
        return (
            reached,
            *_server_checks(connection),
            *_company_checks(connection, jcco),
            _masks_check(connection),
            *_trigger_checks(connection),
        )
    finally:
        discard(connection)


def _server_checks(connection: Connection) -> tuple[Check, ...]:
    is_sqlite = connection.dialect.name == "sqlite"
    statement = statements.PROBE_SQLITE if is_sqlite else statements.PROBE_SQL_SERVER
    try:
        found = rows(connection, statement, {}, "Server")[0]
    except VistaError as failure:
        return (Check(name="Vista's server", ok=False, found=str(failure), way_out="Check the login's rights."),)
    driver = f"{connection.dialect.name}+{connection.dialect.driver}"
    is_western = is_sqlite or _WESTERN.lower() in str(found.collation).lower()
    return (
        Check(name="Vista's server", ok=True, found=f"{found.server}, driver {driver}"),
        Check(name="Vista login", ok=True, found=str(found.login)),
        Check(
            name="Vista's collation",
            ok=True if is_western else None,
            found=str(found.collation),
            way_out="" if is_western else "Descriptions are checked against code page 1252; look at accented letters.",
        ),
    )


def _company_checks(connection: Connection, jcco: int) -> tuple[Check, ...]:
    try:
        company = read_company(connection, jcco)
    except VistaError as failure:
        return (
            Check(name="Job cost company", ok=False, found=str(failure), way_out="Check company and data security."),
        )
    chars = company.valid_phase_chars
    closed = "allows" if company.post_closed_jobs or company.post_soft_closed_jobs else "refuses"
    return (
        Check(
            name="Job cost company",
            ok=True,
            found=f"{jcco} {company.name}, phase group {company.phase_group}",
        ),
        Check(
            name="Job cost settings",
            ok=True,
            found=f"valid part of a phase: {chars or 'all'} characters; Vista {closed} posting to closed jobs",
        ),
    )


def _masks_check(connection: Connection) -> Check:
    try:
        masks = read_masks(connection)
    except VistaError as failure:
        return Check(name="Input masks", ok=False, found=str(failure), way_out="Look at DD Datatypes in Vista.")
    return Check(
        name="Input masks",
        ok=True,
        found=f"job {masks.job}, phase {masks.phase}, contract {masks.contract}, item {masks.contract_item}",
    )


def _trigger_checks(connection: Connection) -> tuple[Check, ...]:
    is_sqlite = connection.dialect.name == "sqlite"
    statement = statements.TRIGGERS_SQLITE if is_sqlite else statements.TRIGGERS_SQL_SERVER
    try:
        found = {row.name: bool(row.is_disabled) for row in rows(connection, statement, {}, "Triggers")}
    except VistaError as failure:
        return (Check(name="Vista's triggers", ok=False, found=str(failure), way_out="Grant VIEW DEFINITION."),)
    return (*(_trigger_check(name, found) for name in TRIGGERS_NEEDED), _changes_check(found))


def _trigger_check(name: str, found: dict[str, bool]) -> Check:
    title = f"Trigger {name}"
    if name not in found:
        return Check(
            name=title,
            ok=False,
            found="not found",
            way_out="Without it estimates are not posted. If it is there, grant the login VIEW DEFINITION.",
        )
    if found[name]:
        return Check(name=title, ok=False, found="disabled", way_out="Enable it: without it estimates are not posted.")
    return Check(name=title, ok=True, found="enabled")


def _changes_check(found: dict[str, bool]) -> Check:
    check = _trigger_check(_TRIGGER_OF_CHANGES, found)
    if check.ok:
        return check
    way_out = "Without it change orders are not posted, and an export with change orders is rolled back."
    return replace(check, ok=None, way_out=way_out)
