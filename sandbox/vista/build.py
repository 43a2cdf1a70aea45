"""Builds the local Vista in one transaction: tables, seed rows, views, triggers, then the variants asked for."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

from sqlalchemy.engine import make_url

from sandbox.vista.periods import carried_to_periods
from sandbox.vista.schema import spelling_statements, table_statements
from sandbox.vista.seeds import Site, seeded
from sandbox.vista.sqltext import statements
from sandbox.vista.variants import apply_variants, parsed_variants

# Trigger that calls Vista's procedures -> how Vista ends their refusals there.
_CALLERS = {
    "JCCH": " - Could not add phase <phase> - cannot insert Cost Header!",
    "JCJP": " - cannot insert Job Phase!",
    "JCCD": " - cannot insert Cost Detail Trans # <trans> Phase <phase> Cost Type <cost type>",
    "JCOD": " - cannot insert Change Order Detail!",
}
_PHASE_KEY = "'JCCo: ' || {row}.JCCo || ' Job: ' || {row}.Job || ' Phase: ' || {row}.Phase"
_ORDER_KEY = "'JCCo: ' || NEW.JCCo || ' Job: ' || NEW.Job || ' ACO: ' || NEW.ACO"
_HEADER_KEY = _PHASE_KEY + " || ' CostType: ' || {row}.CostType"


class NotASandbox(ValueError):
    """The file holds something else than a local Vista; building would have destroyed it."""


def build_vista(url: str, seed: str = "public_works", variants: tuple[str, ...] = (), *, jcco: int = 1) -> Site:
    """Build the database anew, whatever a sandbox Vista held there before, and say what it holds.

    Args:
        url: `sqlite:///FILE`.
        seed: `public_works` or `generated:<number of phases>`.
        variants: names of `sandbox/vista/variants.py`, some with an argument, `phase_inactive:R-1`.
        jcco: number of the job cost company.

    Raises:
        NotASandbox: the URL is no SQLite file, or the file belongs to something else.
        ValueError: an unknown seed or variant.
    """
    wanted = parsed_variants(variants)
    with closing(sqlite3.connect(database_file(url), isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        _drop_everything(connection)
        for statement in _schema():
            connection.execute(statement)
        site = seeded(connection, seed, jcco)
        for statement in _behaviour():
            connection.execute(statement)
        apply_variants(connection, site, wanted)
        connection.execute("COMMIT")
    return site


def database_file(url: str) -> str:
    """The file of a `sqlite:///FILE` URL.

    Raises:
        NotASandbox: for any other URL.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise NotASandbox(f"Vista sandbox: expected sqlite:///FILE, found {parsed!r}. Name a file to build it in.")
    Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    return parsed.database


@cache
def _schema() -> tuple[str, ...]:
    return (*table_statements(), *statements("views.sql"))


@cache
def _behaviour() -> tuple[str, ...]:
    return tuple(_trigger_statements())


def _trigger_statements() -> Iterator[str]:
    yield from statements("company.sql")
    for caller, suffix in _CALLERS.items():
        yield from statements("procedures.sql", caller=caller, suffix=suffix)
    other_detail = (
        "EXISTS (SELECT 1 FROM bJCCD AS d WHERE d.JCCo = OLD.JCCo AND d.Job = OLD.Job AND d.Phase = OLD.Phase"
        " AND d.CostType = OLD.CostType AND d.PhaseGroup = OLD.PhaseGroup AND d.JCTransType <> 'OE')"
    )
    yield from statements("cost_headers.sql", has_other_detail=other_detail, **_keys(_HEADER_KEY))
    yield from statements("job_phases.sql", **_keys(_PHASE_KEY))
    carried = {"add_new": carried_to_periods("NEW", "+"), "take_old": carried_to_periods("OLD", "-")}
    yield from statements("cost_detail.sql", suffix=_CALLERS["JCCD"], **carried)
    yield from statements("contracts.sql")
    yield from statements("change_orders.sql", order_key=_ORDER_KEY)
    yield from spelling_statements()


def _keys(pattern: str) -> dict[str, str]:
    return {"new_key": pattern.replace("{row}", "NEW"), "old_key": pattern.replace("{row}", "OLD")}


def _drop_everything(connection: sqlite3.Connection) -> None:
    names = dict(connection.execute("SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')"))
    names.pop("sqlite_sequence", None)
    if names and "sandbox_login" not in names:
        raise NotASandbox(
            f"Vista sandbox: the file already holds {', '.join(sorted(names)[:5])}, which no sandbox made."
            " Name another file."
        )
    for name, kind in sorted(names.items(), key=lambda item: item[1], reverse=True):
        connection.execute(f"DROP {kind} {name}")
