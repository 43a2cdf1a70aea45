"""Asks a SQL Server what the login may do, view by view, and says what is missing or too much. Changes nothing.

Source: facts/vista.md 1.2 (rights are on the views), 2.8 (bspJCADDPHASE).
"""

from collections.abc import Collection

from sqlalchemy import Connection

from connectors.checks import Check
from connectors.vista import probe_statements
from connectors.vista.errors import VistaError
from connectors.vista.job_scope import rows

_Right = tuple[str, str]

_GRANT = "Have it granted (docs/sql-server.md), or make the login a member of Vista's role that holds it."
# Read by the month-end comparison alone, to say who moved a line.
_AUDIT = ("HQMA", "SELECT")
# Read and written where change orders are exported, and nowhere else.
_OF_CHANGES = frozenset({("JCOH", "SELECT"), ("JCOI", "SELECT"), ("JCOD", "SELECT")})


def rights_checks(connection: Connection) -> tuple[Check, ...]:
    """Look at every right that an export needs, and at the way in which it will add phases."""
    try:
        found = rows(connection, probe_statements.PERMISSIONS, {}, "Rights")
        beyond = rows(connection, probe_statements.BEYOND_NEED, {}, "Rights")
    except VistaError as failure:
        return (Check(name="Vista rights", ok=None, found=str(failure), way_out="Rehearse with `plan` on a copy."),)
    granted = {(row.name, row.permission): row.granted for row in found}
    return (
        _needed("Vista rights to read", probe_statements.READS, granted, without=_AUDIT),
        _needed("Vista rights to write", probe_statements.WRITES_OF_ESTIMATES, granted),
        _wanted(
            "Vista rights for change orders",
            probe_statements.WRITES_OF_CHANGES,
            granted,
            'an export with change orders is refused; grant them, or set [changes] policy = "off"',
        ),
        _wanted("Vista right to the audit", (_AUDIT,), granted, "the comparison cannot say who moved a line; grant it"),
        _way_of_phases(granted),
        _too_much({(row.name, row.permission) for row in beyond if row.granted == 1}),
    )


def _needed(
    name: str, rights: tuple[_Right, ...], granted: dict[_Right, int | None], *, without: _Right | None = None
) -> Check:
    asked = tuple(right for right in rights if right != without)
    missing = _missing(asked, granted)
    if missing:
        return Check(name=name, ok=False, found=f"missing: {missing}", way_out=_GRANT)
    return Check(name=name, ok=True, found=f"all {len(asked)}")


def _wanted(name: str, rights: tuple[_Right, ...], granted: dict[_Right, int | None], way_out: str) -> Check:
    missing = _missing(rights, granted)
    if missing:
        return Check(name=name, ok=None, found=f"missing: {missing}", way_out=f"Without it {way_out}.")
    return Check(name=name, ok=True, found=f"all {len(rights)}" if len(rights) > 1 else "granted")


def _missing(rights: tuple[_Right, ...], granted: dict[_Right, int | None]) -> str:
    return ", ".join(
        f"{permission} on {name}" + (" (not found, or hidden)" if granted.get((name, permission)) is None else "")
        for name, permission in rights
        if granted.get((name, permission)) != 1
    )


def _way_of_phases(granted: dict[_Right, int | None]) -> Check:
    may_run = granted.get(probe_statements.PROCEDURE)
    words = {
        1: "by Vista's procedure bspJCADDPHASE, where it writes what the plan says; else by the export's own insert",
        0: "by the export's own insert: the login may not run Vista's procedure bspJCADDPHASE",
    }
    found = words.get(-1 if may_run is None else may_run, "by the export's own insert: there is no bspJCADDPHASE here")
    return Check(name="How phases are added", ok=True, found=found)


def _too_much(held: Collection[_Right]) -> Check:
    name = "Vista rights beyond need"
    # Whoever may do everything holds the others, too: they are not listed.
    found = [one for one in probe_statements.EVERYTHING if one in held][:1] or held
    if not found:
        return Check(
            name=name,
            ok=True,
            found="none: no role that may do everything, no CONTROL of the database, no DELETE, no UPDATE but of an "
            "estimate's hours, units and cost, nothing on the tables beneath the views",
        )
    return Check(
        name=name,
        ok=None,
        found=f"the login {_in_words(found)}",
        way_out="Use a login with the rights of docs/sql-server.md and no more: Vista's row security and grants mean "
        "little to this one. What everybody has through public, in many installations UPDATE on whole views, can be "
        "taken from this user alone: DENY.",
    )


def _in_words(held: Collection[_Right]) -> str:
    """Say roles first, then each right with all that it is held on."""
    ordered = [one for one in probe_statements.NOT_ASKED if one in held]
    roles = [name for name, permission in ordered if permission == "member"]
    words = [f"is {' and '.join(roles)}"] if roles else []
    words += ["has CONTROL of the database" for name, _ in ordered if name == "database"]
    objects = [one for one in ordered if one[1] not in {"member", "CONTROL"}]
    for permission in dict.fromkeys(permission for _, permission in objects):
        words.append(f"may {permission} on {', '.join(name for name, of in objects if of == permission)}")
    return "; ".join(words)
