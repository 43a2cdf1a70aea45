"""Looks at a Vista database before anything is exported: can it be reached, is the company seen, will triggers post?

Changes nothing, and raises nothing of Vista's: each failure becomes a `Check` with its way out.
Source: facts/vista.md 8 steps 1 and 2.
"""

from collections.abc import Callable, Collection, Iterator

from sqlalchemy import Connection, Engine

from connectors.checks import Check
from connectors.vista import statements
from connectors.vista.address import shown
from connectors.vista.engine import connected, discard
from connectors.vista.errors import VistaError, VistaUnavailable
from connectors.vista.job_scope import rows
from connectors.vista.probe_rights import rights_checks
from connectors.vista.probe_server import Clock, end_look, sandbox_checks, server_checks, system_clock
from connectors.vista.probe_triggers import trigger_checks
from connectors.vista.reader import read_company, read_masks


def probe(
    engine: Engine, jcco: int, known_triggers: Collection[str] = (), clock: Clock = system_clock
) -> tuple[Check, ...]:
    """Look at everything an export needs of this database."""
    try:
        connection = connected(engine)
    except VistaUnavailable as failure:
        return (Check(name="Vista is reachable", ok=False, found=failure.cause, way_out=failure.way_out),)
    try:
        checks = [Check(name="Vista is reachable", ok=True, found=shown(engine.url))]
        for look in _looks(connection, jcco, known_triggers, clock):
            checks += look()
            end_look(connection)
        return tuple(checks)
    finally:
        discard(connection)


def _looks(
    connection: Connection, jcco: int, known_triggers: Collection[str], clock: Clock
) -> Iterator[Callable[[], tuple[Check, ...]]]:
    if connection.dialect.name == "sqlite":
        yield lambda: sandbox_checks(connection)
    else:
        yield lambda: server_checks(connection, clock)
        yield lambda: rights_checks(connection)
    yield lambda: _company_checks(connection, jcco)
    yield lambda: (_masks_check(connection),)
    yield lambda: trigger_checks(connection, known_triggers)


def _company_checks(connection: Connection, jcco: int) -> tuple[Check, ...]:
    """The row-security trap: a login without Vista's data security sees an empty HQCO and gets no error."""
    try:
        seen = rows(connection, statements.COMPANIES, {}, "Companies")
        company = read_company(connection, jcco)
    except VistaError as failure:
        return (
            Check(name="Job cost company", ok=False, found=str(failure), way_out="Check company and data security."),
        )
    chars = company.valid_phase_chars
    closed = "allows" if company.post_closed_jobs or company.post_soft_closed_jobs else "refuses"
    listed = ", ".join(f"{row.HQCo} (phase group {row.PhaseGroup})" for row in sorted(seen, key=lambda row: row.HQCo))
    return (
        Check(name="Companies that the login sees", ok=True, found=listed),
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
