"""Translates what the database said into this product's errors: by Vista's text first, by engine text and number then.

All of Vista's own messages share one number (50000), so the text decides. mssql-python hides numbers altogether.
Source: facts/vista.md 9, facts/sqlserver.md rule 7. Nothing here decides about the transaction: callers roll back.
"""

import re

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from connectors.vista.errors import VistaError, VistaNotUnderstood, VistaRefused, VistaUnavailable

# An export deletes nothing, so whoever raises one of these is a trigger of the site's own.
_SITE_DELETE = "An export deletes nothing in Vista: look at the site's own triggers on JCCH and JCJP."

# (part of Vista's message, way out), the more specific first.
_VISTA_WORDS = (
    ("Phase Group for HQ Company", "Give the login the company in Vista's data security (data type bHQCo)."),
    ("does not match Phase Group", "The phase group of the company changed; send the budget again."),
    ("Invalid Job Cost Company", "Check the job cost company of the configuration."),
    ("Not a valid HQ Company", "Check the job cost company of the configuration."),
    ("Soft-Closed Job", "Reopen the job in JC Contracts, or allow posting to soft-closed jobs in JC Company."),
    ("Hard-Closed Job", "Reopen the job in JC Contracts, or allow posting to closed jobs in JC Company."),
    ("Missing contract item", "Give the phase a contract item."),
    ("Missing contract for job", "Give the job a contract in JC Jobs."),
    ("contract does not match the contract for the job", "The job's contract changed; send the budget again."),
    ("ACO Item is invalid", "Look at the change order in JC Change Orders: its item has no detail."),
    # UNVERIFIED: what JCOH and JCOI answer; these are the sandbox's words.
    ("Invalid Change Order", "Look at the change order in JC Change Orders, then apply the same plan again."),
    ("Invalid Contract Item", "Add the contract item in JC Contract Items, or choose another one."),
    ("is an invalid Contract Item", "Add the contract item in JC Contract Items, or choose another one."),
    ("Contract Item Start Month must be supplied", "Set the start month of the contract item in JC Contract Items."),
    ("Cannot add Contract Item", "Add the contract item in JC Contract Items."),
    ("is an invalid Contract", "Check the job's contract in JC Contracts."),
    ("Job Phase Locked", "Unlock the job's phases in JC Jobs, or add the phase in JC Job Phases."),
    ("not setup on Job", "Unlock the job's phases in JC Jobs, or add the cost type in JC Job Phases."),
    ("CostType must be between", "Map the line to one of Vista's cost types, 1 to 255."),
    ("Inactive Cost Type", "Make the cost type of the phase active in JC Job Phases, or map the line elsewhere."),
    ("is inactive", "Make the phase active in JC Job Phases, or map the line to another phase."),
    ("not setup in Cost Type Master", "Add the cost type in JC Cost Types, or map the line elsewhere."),
    ("has not been set up in either Phase Master", "Add the cost type to the phase in JC Phases."),
    ("Invalid CostType", "Add the cost type in JC Cost Types, or map the line elsewhere."),
    ("Cannot change UM", "Keep the unit of measure that Vista has for the line."),
    ("Invalid UM", "Add the unit of measure in HQ Units of Measure, or map it to one Vista has."),
    ("is not a valid percentage", "Check the minimum percentage of the phase in JC Phases."),
    ("ActiveYN must be", "Tell the maintainers: the row was written with an active flag Vista does not know."),
    ("not on file", "Add the phase in JC Phases, or map the line to a phase that exists."),
    ("not set up", "Add the contract item in JC Contract Items."),
    ("not setup!", "Check the job's contract in JC Contracts."),
    ("Could not add phase", "Add the phase to the job in JC Job Phases."),
    ("may not be changed", "Tell the maintainers: a key was written that Vista keeps fixed."),
    ("Update to ", "Tell the maintainers: a key was written that Vista keeps fixed."),
    ("do not net zero", _SITE_DELETE),
    ("Approved Change Order Detail exists", _SITE_DELETE),
    ("PM Change Order Detail exists", _SITE_DELETE),
    ("PM Subcontract Detail exists", _SITE_DELETE),
    ("PM Material Detail exists", _SITE_DELETE),
    ("Invalid Trans Type", "Look at the site's own triggers on JC Cost Detail: the type is Vista's own."),
    ("Invalid Source", "Look at the site's own triggers on JC Cost Detail: the source is Vista's own."),
    ("Unable to get next available trans", "Run it again; if it stays, look at HQTC for the job's posting month."),
    ("Invalid Job", "Check that the job exists in this company and that the login may see it."),
    ("not found!", "Check that the job exists in this company and that the login may see it."),
)

# (number, part of the engine's message on SQL Server or SQLite, way out)
_ENGINE_WORDS = (
    (515, r"Cannot insert the value NULL|NOT NULL constraint", "A site column needs a value: give it a default."),
    (2601, r"Cannot insert duplicate key|UNIQUE constraint", "The row exists already: send the budget again."),
    (8115, r"Arithmetic overflow", "The amount is larger than Vista's column holds: split the line."),
    (8152, r"would be truncated", "The text is longer than Vista's column: shorten it in Procore."),
    (334, r"cannot have any enabled triggers", "Tell the maintainers: the statement asked for OUTPUT."),
    (229, r"permission was denied|readonly database", "Grant the login SELECT, INSERT and UPDATE on the views."),
    (547, r"conflicted with the|CHECK constraint", "A value is outside what the column allows."),
    (3609, r"ended in the trigger", "A trigger refused without a reason; look at the site's own triggers."),
)
_DEFAULT_WAY_OUT = "Look the message up in Vista, correct the cause, and apply the same plan again."

# (number, part of the message, what was found, way out)
_TEMPORARY = (
    (1205, r"deadlock", "that they deadlocked with another session", "Run it again."),
    (
        1222,
        r"Lock request time ?out|lock timeout|database is locked|database table is locked",
        "them held by others",
        "Run it again.",
    ),
    (
        -2,
        r"Timeout expired|Query timeout",
        "a statement that took too long",
        "Run it again, and if it stays, look at what the server is busy with, or raise VISTA_STATEMENT_SECONDS.",
    ),
)
# What drivers say of a connection that is gone, where SQLAlchemy does not recognise it.
_LOST = r"Communication link failure|TCP Provider|connection is broken|Connection reset|closed connection"
_MISSING_VIEW = r"no such table|no such column|Invalid object name|Invalid column name"
# The number that ends a message; a number in brackets inside Vista's own words is none.
_NUMBER = re.compile(r"\((\d{3,5})\)(?= \(SQL|;|\"|'|$)")
_SERVER_WORDS = re.compile(r"\[SQL Server\](.*?)(?=\s*\(\d{3,5}\)|;\s*\[|\"\)|'\)|$)", re.DOTALL)


def error_from(failure: SQLAlchemyError, where: str) -> VistaError:
    """Say in this product's words why a statement failed. The transaction it was in is lost."""
    words = vista_words(failure)
    if not isinstance(failure, DBAPIError):
        return VistaNotUnderstood(f"{where}: the statement could not be made: {words}")
    # The first message is the reason; what ended in the trigger (3609) comes after it.
    found = _NUMBER.search(str(failure.orig))
    number = int(found.group(1)) if found else None
    return (
        _refused_by_vista(where, words)
        or _temporary(where, words, number)
        or _lost(failure, where, words)
        or _not_vista(where, words)
        or _refused_by_engine(where, words, number)
    )


def refused(where: str, words: str) -> VistaRefused:
    """Say no with Vista's own words, which did not come as an error: a procedure's message."""
    return _refused_by_vista(where, words) or VistaRefused(where, words, _DEFAULT_WAY_OUT)


def driver_text(failure: SQLAlchemyError) -> str:
    """Everything that the driver said, with its brackets and numbers."""
    return str(getattr(failure, "orig", None) or failure)


def vista_words(failure: SQLAlchemyError) -> str:
    """Take the server's own words out of what the driver and SQLAlchemy wrapped around them.

    The first message is the reason; "The transaction ended in the trigger" comes after it.
    """
    text = driver_text(failure)
    found = _SERVER_WORDS.search(text)
    return (found.group(1) if found else text).strip()


def _refused_by_vista(where: str, words: str) -> VistaRefused | None:
    for part, way_out in _VISTA_WORDS:
        if part in words:
            return VistaRefused(where, words, way_out)
    return None


def _temporary(where: str, words: str, told: int | None) -> VistaUnavailable | None:
    """Before a lost connection: SQLAlchemy takes every time-out of the driver for one, too."""
    for number, pattern, found, way_out in _TEMPORARY:
        if number == told or re.search(pattern, words, re.IGNORECASE):
            return VistaUnavailable(
                f"{where}: expected to have Vista's rows within the waiting time, found {found}: {words}.", way_out
            )
    return None


def _lost(failure: DBAPIError, where: str, words: str) -> VistaUnavailable | None:
    if not failure.connection_invalidated and not re.search(_LOST, words, re.IGNORECASE):
        return None
    return VistaUnavailable(f"{where}: expected an answer, found the connection to Vista lost: {words}.")


def _not_vista(where: str, words: str) -> VistaNotUnderstood | None:
    if not re.search(_MISSING_VIEW, words, re.IGNORECASE):
        return None
    return VistaNotUnderstood(f"{where}: expected Vista's views, found: {words}. Check that this is a Vista database.")


def _refused_by_engine(where: str, words: str, told: int | None) -> VistaRefused:
    for number, pattern, way_out in _ENGINE_WORDS:
        if number == told or re.search(pattern, words, re.IGNORECASE):
            return VistaRefused(where, words, way_out)
    return VistaRefused(where, words, _DEFAULT_WAY_OUT)
