"""Looks at the triggers that post what an export writes: are they there, enabled, and is their text known?

A trigger's text is known if its hash is in the configuration ([vista] known_triggers); the hash ignores white space.
Without the triggers an estimate would stand in JCCH and be posted nowhere. Source: facts/vista.md 2, 8 step 1.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from hashlib import sha256

from sqlalchemy import Connection

from connectors.checks import Check
from connectors.vista import probe_statements
from connectors.vista.errors import VistaError
from connectors.vista.job_scope import rows

# The triggers an Original Estimate needs: names from facts/vista.md 2; those of JCJP and JCCP follow the same pattern
# (UNVERIFIED on current Vista releases).
TRIGGERS_NEEDED = ("btJCCHi", "btJCCHu", "btJCJPi", "btJCCDi", "btJCCPi")
# Posts change orders; its name follows the same pattern. Without change orders an export does not need it.
_TRIGGER_OF_CHANGES = "btJCODi"
# Digits of a hash that are shown and kept: enough to tell texts apart, short enough to read out.
_DIGITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """One trigger of a table that an export fills."""

    name: str
    is_disabled: bool
    # "" where the database keeps none of its own.
    table: str = ""
    # None where the login may not read it, or it is encrypted.
    text: str | None = None

    @property
    def mark(self) -> str:
        """Its name and its text's hash, as the configuration holds them; "" where the text cannot be read."""
        return "" if self.text is None else f"{self.name} {text_hash(self.text)}"


def text_hash(text: str) -> str:
    """Hash a trigger's text without its white space, which tools that script databases change.

    >>> text_hash("create  trigger ") == text_hash("create trigger")
    True
    """
    return sha256("".join(text.split()).encode()).hexdigest()[:_DIGITS]


def trigger_checks(connection: Connection, known: Collection[str]) -> tuple[Check, ...]:
    """Look at every trigger that an export needs; on SQL Server also at those that nobody has looked at."""
    is_sqlite = connection.dialect.name == "sqlite"
    try:
        triggers = _triggers_of_sandbox(connection) if is_sqlite else _triggers(connection)
    except VistaError as failure:
        return (Check(name="Vista's triggers", ok=False, found=str(failure), way_out="Grant VIEW DEFINITION."),)
    # A database that is not binary may show its names in other capitals than Vista's scripts have.
    found = {trigger.name.lower(): trigger.is_disabled for trigger in triggers}
    checks = (*(_trigger_check(name, found) for name in TRIGGERS_NEEDED), _changes_check(found))
    # The sandbox's triggers are this product's own.
    return checks if is_sqlite else (*checks, *_texts(triggers, known))


def _triggers_of_sandbox(connection: Connection) -> tuple[Trigger, ...]:
    found = rows(connection, probe_statements.TRIGGERS_SQLITE, {}, "Triggers")
    return tuple(Trigger(name=row.name, is_disabled=bool(row.is_disabled)) for row in found)


def _triggers(connection: Connection) -> tuple[Trigger, ...]:
    found = rows(connection, probe_statements.TRIGGERS, {}, "Triggers")
    triggers = (
        Trigger(table=row.table_name, name=row.name, is_disabled=bool(row.is_disabled), text=row.definition)
        for row in found
    )
    return tuple(sorted(triggers, key=lambda trigger: (trigger.table, trigger.name)))


def _trigger_check(name: str, found: dict[str, bool]) -> Check:
    title = f"Trigger {name}"
    is_disabled = found.get(name.lower())
    if is_disabled is None:
        return Check(
            name=title,
            ok=False,
            found="not found",
            way_out="Without it estimates are not posted. If it is there, grant the login VIEW DEFINITION.",
        )
    if is_disabled:
        return Check(name=title, ok=False, found="disabled", way_out="Enable it: without it estimates are not posted.")
    return Check(name=title, ok=True, found="enabled")


def _changes_check(found: dict[str, bool]) -> Check:
    check = _trigger_check(_TRIGGER_OF_CHANGES, found)
    if check.ok:
        return check
    way_out = "Without it change orders are not posted, and an export with change orders is rolled back."
    return replace(check, ok=None, way_out=way_out)


def _texts(triggers: tuple[Trigger, ...], known: Collection[str]) -> tuple[Check, ...]:
    """One check each for a text that is not known, that cannot be read, and for the others together."""
    unknown = [trigger for trigger in triggers if trigger.mark and trigger.mark not in known]
    hidden = [trigger for trigger in triggers if not trigger.mark]
    counted = len(triggers) - len(unknown) - len(hidden)
    checks = [_unknown_check(trigger, known) for trigger in unknown]
    if hidden:
        names = ", ".join(f"{trigger.name} on {trigger.table}" for trigger in hidden)
        way_out = "Grant the login VIEW DEFINITION; an encrypted text cannot be compared."
        checks.append(Check(name="Triggers that cannot be read", ok=None, found=names, way_out=way_out))
    return (*checks, Check(name="Triggers with a known text", ok=True, found=f"{counted} of {len(triggers)}"))


def _unknown_check(trigger: Trigger, known: Collection[str]) -> Check:
    was_known = any(mark.startswith(f"{trigger.name} ") for mark in known)
    state = ", disabled" if trigger.is_disabled else ""
    return Check(
        name=f"Text of {trigger.name}",
        ok=None,
        found=f"{trigger.mark} on {trigger.table}{state}: "
        + ("changed since it was looked at" if was_known else "nobody has looked at it yet"),
        way_out="Rehearse on a copy of the database, then add the line to [vista] known_triggers.",
    )
