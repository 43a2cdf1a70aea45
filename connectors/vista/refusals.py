"""Translates what the database said into this product's errors: by Vista's text first, by engine text and number then.

All of Vista's own messages share one number (50000), so the text decides. mssql-python hides numbers altogether.
Source: facts/vista.md 9, facts/sqlserver.md rule 7. Nothing here decides about the transaction: callers roll back.
"""

import re
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from connectors.vista.errors import VistaError, VistaNotUnderstood, VistaRefused, VistaUnavailable

# An export deletes nothing, so whoever raises one of these is a trigger of the site's own.
_SITE_DELETE = "An export deletes nothing in Vista: look at the site's own triggers on JCCH and JCJP."

# Nothing more of the thing's name: `Invalid Job`, and not `Invalid Job Status`.
_END = r"(?!\s*\w)"
# (pattern in Vista's message, way out), the more specific first. Each names the thing that it is about, because
# triggers say the same of vendors, materials and departments. Dots stand for a code, as long as Vista has them.
_VISTA_WORDS = (
    ("Phase Group for HQ Company", "Give the login the company in Vista's data security (data type bHQCo)."),
    ("does not match Phase Group", "The phase group of the company changed; send the budget again."),
    ("Invalid Job Cost Company", "Check the job cost company of the configuration."),
    ("Not a valid HQ Company", "Check the job cost company of the configuration."),
    (
        "Post to a Soft-Closed Job",
        "Reopen the job in JC Contracts, or allow posting to soft-closed jobs in JC Company.",
    ),
    ("Post to a Hard-Closed Job", "Reopen the job in JC Contracts, or allow posting to closed jobs in JC Company."),
    ("Missing contract item", "Give the phase a contract item."),
    ("Missing contract for job", "Give the job a contract in JC Jobs."),
    ("contract does not match the contract for the job", "The job's contract changed; send the budget again."),
    ("ACO Item is invalid", "Look at the change order in JC Change Orders: its item has no detail."),
    # UNVERIFIED: what JCOH and JCOI answer; these are the sandbox's words.
    (f"Invalid Change Order{_END}", "Look at the change order in JC Change Orders, then apply the same plan again."),
    (f"Invalid Contract Item{_END}", "Add the contract item in JC Contract Items, or choose another one."),
    (f"is an invalid Contract Item{_END}", "Add the contract item in JC Contract Items, or choose another one."),
    ("Contract Item Start Month must be supplied", "Set the start month of the contract item in JC Contract Items."),
    ("Cannot add Contract Item", "Add the contract item in JC Contract Items."),
    (f"is an invalid Contract{_END}", "Check the job's contract in JC Contracts."),
    ("Job Phase Locked", "Unlock the job's phases in JC Jobs, or add the phase in JC Job Phases."),
    (
        "Phase: .{1,20} Cost Type:.{1,11} not setup on Job",
        "Unlock the job's phases in JC Jobs, or add the cost type in JC Job Phases.",
    ),
    ("CostType must be between", "Map the line to one of Vista's cost types, 1 to 255."),
    ("Inactive Cost Type", "Make the cost type of the phase active in JC Job Phases, or map the line elsewhere."),
    (
        "Phase .{1,20}(?: for JC Co .{1,20})? is inactive",
        "Make the phase active in JC Job Phases, or map the line to another phase.",
    ),
    ("not setup in Cost Type Master", "Add the cost type in JC Cost Types, or map the line elsewhere."),
    ("has not been set up in either Phase Master", "Add the cost type to the phase in JC Phases."),
    (f"Invalid CostType{_END}", "Add the cost type in JC Cost Types, or map the line elsewhere."),
    ("Cannot change UM for", "Keep the unit of measure that Vista has for the line."),
    (f"Invalid UM{_END}", "Add the unit of measure in HQ Units of Measure, or map it to one Vista has."),
    (
        "is not a valid percentage.? - cannot (?:insert|update) Job Phase",
        "Check the minimum percentage of the phase in JC Phases.",
    ),
    ("ActiveYN must be", "Tell the maintainers: the row was written with an active flag Vista does not know."),
    ("Phase .{1,20} not on file", "Add the phase in JC Phases, or map the line to a phase that exists."),
    ("Contract Item .{1,16} not set up", "Add the contract item in JC Contract Items."),
    ("Contract .{1,10} not setup!", "Check the job's contract in JC Contracts."),
    ("Could not add phase", "Add the phase to the job in JC Job Phases."),
    ("The following fields may not be changed", "Tell the maintainers: a key was written that Vista keeps fixed."),
    (
        "Update to (?:JC Company|JCCo|Job|Phase) not allowed",
        "Tell the maintainers: a key was written that Vista keeps fixed.",
    ),
    ("do not net zero", _SITE_DELETE),
    ("Approved Change Order Detail exists", _SITE_DELETE),
    ("PM Change Order Detail exists", _SITE_DELETE),
    ("PM Subcontract Detail exists", _SITE_DELETE),
    ("PM Material Detail exists", _SITE_DELETE),
    (f"Invalid Trans Type{_END}", "Look at the site's own triggers on JC Cost Detail: the type is Vista's own."),
    (f"Invalid Source{_END}", "Look at the site's own triggers on JC Cost Detail: the source is Vista's own."),
    ("Unable to get next available trans", "Run it again; if it stays, look at HQTC for the job's posting month."),
    (f"Invalid Job{_END}", "Check that the job exists in this company and that the login may see it."),
    ("Job .{1,10} not found!", "Check that the job exists in this company and that the login may see it."),
)

# (number, part of the engine's message on SQL Server or SQLite, or mssql-python's name of its SQLSTATE, way out)
_ENGINE_WORDS = (
    (515, r"Cannot insert the value NULL|NOT NULL constraint", "A site column needs a value: give it a default."),
    (2601, r"Cannot insert duplicate key|UNIQUE constraint", "The row exists already: send the budget again."),
    (
        8115,
        r"Arithmetic overflow|Numeric value out of range",
        "The amount is larger than Vista's column holds: split the line.",
    ),
    (
        8152,
        r"would be truncated|String data, right.truncated",
        "The text is longer than Vista's column: shorten it in Procore.",
    ),
    (334, r"cannot have any enabled triggers", "Tell the maintainers: the statement asked for OUTPUT."),
    (
        229,
        r"permission was denied",
        "Grant the login the right that the message names (docs/sql-server.md, section 1).",
    ),
    (
        3906,
        r"is read-only|readonly database",
        "The database takes no writes: check VISTA_URL, or who may write the file.",
    ),
    (547, r"conflicted with the|CHECK constraint", "A value is outside what the column allows."),
    (3609, r"ended in the trigger", "A trigger refused without a reason; look at the site's own triggers."),
)
_DEFAULT_WAY_OUT = "Look the message up in Vista, correct the cause, and apply the same plan again."

# (number, part of the message, what was found, way out)
_TEMPORARY = (
    (
        1222,
        r"Lock request time ?out|lock timeout|database is locked|database table is locked",
        "them held by others",
        "Run it again.",
    ),
    (1205, r"deadlock|Serialization failure", "that they deadlocked with another session", "Run it again."),
    (
        -2,
        r"Timeout expired|Query timeout",
        "a statement that took too long",
        "Run it again, and if it stays, look at what the server is busy with, or raise VISTA_STATEMENT_SECONDS.",
    ),
)
# What drivers say of a connection that is gone, where SQLAlchemy does not recognise it.
_LOST = (
    r"Communication link failure|TCP Provider|connection is broken|Connection reset|closed connection|"
    r"Connection failure during transaction|Connection not open"
)
_MISSING_VIEW = (
    r"no such table|no such column|Invalid object name|Invalid column name|"
    r"Base table or view not found|Driver Error: Column not found"
)
# mssql-python's name of the SQLSTATE, always in English, before the server's words in the server's language.
_STATE = re.compile(r"Driver Error: (?P<state>.*?); DDBC Error: ")
# pyodbc ends each message with its number, and the first with the call as well. Brackets with a number inside Vista's
# own words are none of these.
_MESSAGE_END = r"\s*\((?P<number>\d{1,5})\)(?: \(SQL\w+\)|; \[\w{5}\]|[\"']\)$|$)"
_NUMBER = re.compile(_MESSAGE_END)
_SERVER_WORDS = re.compile(rf"\[SQL Server\](.*?)(?={_MESSAGE_END}|[\"']\)$|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Said:
    """What came with one error."""

    # The server's own words, or the driver's where the server said nothing.
    words: str
    # What mssql-python put before them: its name of the SQLSTATE. "" for other drivers.
    state: str
    # SQL Server's number, where the driver shows it.
    number: int | None

    def means(self, number: int | None, pattern: str) -> bool:
        is_number = number is not None and number == self.number
        return is_number or bool(re.search(pattern, f"{self.state}\n{self.words}", re.IGNORECASE))


def error_from(failure: SQLAlchemyError, where: str) -> VistaError:
    """Say in this product's words why a statement failed. The transaction it was in is lost."""
    words = vista_words(failure)
    if not isinstance(failure, DBAPIError):
        return VistaNotUnderstood(f"{where}: the statement could not be made: {words}")
    text = driver_text(failure)
    state = _STATE.match(text)
    # The first message is the reason; what ended in the trigger (3609) comes after it.
    found = None if state else _NUMBER.search(text)
    said = _Said(words, state.group() if state else "", int(found["number"]) if found else None)
    return (
        _refused_by_vista(where, words)
        or _temporary(where, said)
        or _lost(failure, where, said)
        or _not_vista(where, said)
        or _refused_by_engine(where, said)
    )


def refused(where: str, words: str) -> VistaRefused:
    """Say no with Vista's own words, which did not come as an error: a procedure's message."""
    return _refused_by_vista(where, words) or VistaRefused(where, words, _DEFAULT_WAY_OUT)


def driver_text(failure: SQLAlchemyError) -> str:
    """Everything that the driver said, with its brackets and numbers."""
    orig = getattr(failure, "orig", None) or failure
    # pyodbc's errors are pairs of SQLSTATE and text; as one string, the text would be quoted.
    match orig.args:
        case (str(), str(text)):
            return text
    return str(orig)


def vista_words(failure: SQLAlchemyError) -> str:
    """Take the server's own words out of what the driver and SQLAlchemy wrapped around them.

    The first message is the reason; "The transaction ended in the trigger" comes after it.
    """
    text = driver_text(failure)
    if _STATE.match(text):
        # mssql-python hands on the first message alone, up to the end of the text.
        before, found_server, words = text.partition("[SQL Server]")
        return (words if found_server else before).strip()
    found = _SERVER_WORDS.search(text)
    return (found.group(1) if found else text).strip()


def _refused_by_vista(where: str, words: str) -> VistaRefused | None:
    for pattern, way_out in _VISTA_WORDS:
        if re.search(pattern, words):
            return VistaRefused(where, words, way_out)
    return None


def _temporary(where: str, said: _Said) -> VistaUnavailable | None:
    """Before a lost connection: SQLAlchemy takes every time-out of the driver for one, too."""
    for number, pattern, found, way_out in _TEMPORARY:
        if said.means(number, pattern):
            return VistaUnavailable(
                f"{where}: expected to have Vista's rows within the waiting time, found {found}: {said.words}.", way_out
            )
    return None


def _lost(failure: DBAPIError, where: str, said: _Said) -> VistaUnavailable | None:
    if not failure.connection_invalidated and not said.means(None, _LOST):
        return None
    return VistaUnavailable(f"{where}: expected an answer, found the connection to Vista lost: {said.words}.")


def _not_vista(where: str, said: _Said) -> VistaNotUnderstood | None:
    if not said.means(None, _MISSING_VIEW):
        return None
    return VistaNotUnderstood(
        f"{where}: expected Vista's views, found: {said.words}. Check that this is a Vista database."
    )


def _refused_by_engine(where: str, said: _Said) -> VistaRefused:
    for number, pattern, way_out in _ENGINE_WORDS:
        if said.means(number, pattern):
            return VistaRefused(where, said.words, way_out)
    return VistaRefused(where, said.words, _DEFAULT_WAY_OUT)
