"""Every message that Vista, its procedures or SQL Server may answer with: recognised, with its line and a way out.

The list is that of facts/vista.md 9, in its order, with what 2.1 to 2.8 add. Each message comes as both drivers hand it
on: pyodbc with native numbers, mssql-python with the text alone.
"""

import re
import sqlite3

import pytest
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from connectors.vista import errors
from connectors.vista.refusals import _DEFAULT_WAY_OUT, error_from, refused

PYODBC = "[42000] [Microsoft][ODBC Driver 18 for SQL Server][SQL Server]{words} ({number}) (SQLExecDirectW)"
ENDED = "The transaction ended in the trigger. The batch has been aborted."
LINE = "Phase 2100-0000 cost type 3"

# (what Vista says, a part of the way out). Every one is number 50000.
VISTA_SAYS = (
    # company and group
    ("Phase Group for HQ Company 1 not found!", "data security"),
    ("Phase Group 2 for HQ Company 1 does not match Phase Group 1", "send the budget again"),
    ("Invalid Job Cost Company!", "job cost company of the configuration"),
    ("Not a valid HQ Company!", "job cost company of the configuration"),
    # job
    ("Invalid Job - cannot insert Cost Header!", "login may see it"),
    ("Job 9 not found!", "login may see it"),
    ("Cannot Post to a Soft-Closed Job - cannot insert Cost Header!", "soft-closed"),
    ("Cannot Post to a Hard-Closed Job - cannot insert Cost Header!", "closed jobs"),
    ("Missing contract for job: 9 - cannot insert Cost Header!", "JC Jobs"),
    ("9 contract does not match the contract for the job. - cannot insert Job Phase!", "send the budget again"),
    ("9 is an invalid Contract. - cannot insert Job Phase!", "JC Contracts"),
    ("Contract 9 not setup!", "JC Contracts"),
    # phase
    ("Phase 1 not on file! - Could not add phase 1 - cannot insert Cost Header!", "JC Phases"),
    ("Phase 1 for JC Co 1, Job9 is inactive! - Could not add phase 1", "phase active"),
    ("Phase     SW-  1-    is inactive! - Could not add phase     SW-  1-    ".strip(), "phase active"),
    ("Phase 2100 (1000) is inactive!", "phase active"),
    ("Locked Phase 1 is not on job9  - Job Phase Locked!", "Unlock"),
    ("something new - Could not add phase 1", "JC Job Phases"),
    ("2.0000 is not a valid percentage. - cannot insert Job Phase!", "minimum percentage"),
    ("ActiveYN must be (Y) or (N) - cannot insert Job Phase!", "maintainers"),
    # item
    ("Missing contract item  - cannot insert Job Phase!", "contract item"),
    ("9 is an invalid Contract Item. - cannot insert Job Phase!", "JC Contract Items"),
    ("Contract Item 9 not set up!", "JC Contract Items"),
    ("Cannot add Contract Item 9", "JC Contract Items"),
    ("Contract Item Start Month must be supplied for the Contract Item: 9", "start month"),
    # cost type
    ("Invalid CostType - cannot insert Cost Header!", "JC Cost Types"),
    ("Inactive Cost Type 3 - cannot insert Cost Detail Trans # 1 Phase 1 Cost Type 3", "active"),
    ("JC Cost Type 9 not setup in Cost Type Master!", "JC Cost Types"),
    ("Phase/cost type combination has not been set up in either Phase Master or Job Phases.", "JC Phases"),
    ("Phase: 1 Cost Type:3 not setup on Job: 9", "Unlock"),
    ("CostType must be between 0 and 255.", "1 to 255"),
    # unit of measure
    ("Invalid UM - cannot insert Cost Header!", "HQ Units of Measure"),
    ("Cannot change UM for Phase: 1 CostType: 2", "unit of measure"),
    # keys
    ("The following fields may not be changed: JCCo, Job, Phase, Costtype - cannot update JCCH!", "maintainers"),
    ("Update to Phase not allowed - cannot update Job Phases!", "maintainers"),
    # delete
    ("Actual costs do not net zero. - cannot delete JC Cost Header!", "site's own triggers"),
    ("Approved Change Order Detail exists. - cannot delete JC Cost Header!", "site's own triggers"),
    ("PM Change Order Detail exists. - cannot delete JC Cost Header!", "site's own triggers"),
    ("PM Subcontract Detail exists and has been assigned. - cannot delete JC Cost Header!", "site's own triggers"),
    ("PM Material Detail exists and has been assigned. - cannot delete JC Cost Header!", "site's own triggers"),
    # counter, cost detail
    ("Unable to get next available trans# - cannot insert Cost Header!", "HQTC"),
    ("Invalid Trans Type. - cannot insert Cost Detail Trans # 1", "site's own triggers"),
    ("Invalid Source. - cannot insert Cost Detail Trans # 1", "site's own triggers"),
    ("ACO Item is invalid - cannot insert Cost Detail Trans # 1", "JC Change Orders"),
    # change orders
    ("Invalid Job - cannot insert Change Order Header!", "login may see it"),
    ("Invalid Change Order - cannot insert Change Order Item!", "JC Change Orders"),
    ("Invalid Contract Item - cannot insert Change Order Item!", "JC Contract Items"),
)  # fmt: skip

# (number, what the engine says, a part of the way out)
ENGINE_SAYS = (
    (515, "Cannot insert the value NULL into column 'udRegion', table 'Viewpoint.dbo.bJCCH'", "default"),
    (547, 'The INSERT statement conflicted with the CHECK constraint "CK_bJCCH_ActiveYN"', "column allows"),
    (2601, "Cannot insert duplicate key row in object 'dbo.bJCCH' with unique index 'biJCCH'.", "again"),
    (2627, "Violation of UNIQUE KEY constraint 'biJCCH'. Cannot insert duplicate key in object 'dbo.bJCCH'.", "again"),
    (8115, "Arithmetic overflow error converting numeric to data type numeric.", "split"),
    (2628, "String or binary data would be truncated in table 'dbo.bJCJP', column 'Description'.", "shorten"),
    (8152, "String or binary data would be truncated.", "shorten"),
    (334, "The target table 'JCCH' of the DML statement cannot have any enabled triggers if", "maintainers"),
    (3609, ENDED, "site's own triggers"),
    (229, "The INSERT permission was denied on the object 'JCCH', database 'Viewpoint', schema 'dbo'.", "names"),
    (229, "The EXECUTE permission was denied on the object 'bspJCADDPHASE', database 'V', schema 'dbo'.", "names"),
    (3906, 'Failed to update database "Viewpoint" because the database is read-only.', "takes no writes"),
    (50000, "something nobody has seen before", "Look the message up"),
)  # fmt: skip
# What SQLite, the sandbox, says of the same.
SANDBOX_SAYS = (
    ("NOT NULL constraint failed: bJCCH.udRegion", "default"),
    ("UNIQUE constraint failed: JCCH.JCCo", "again"),
    ("CHECK constraint failed: ActiveYN", "column allows"),
    ("CHECK constraint failed: Arithmetic overflow error (8115, OrigCost)", "split"),
    ("attempt to write a readonly database", "takes no writes"),
)
# What other triggers say, of Vista or of the site, of things that an export does not write.
OTHERS_SAY = (
    "Vendor 9 not found!",
    "Tax Code TX not set up!",
    "Department 5 not on file!",
    "Material 1 is inactive!",
    "Customer 7 not setup!",
    "Invalid Job Status",
    "Invalid UM Conversion",
    "Invalid Source Type",
    "Invalid CostType Group",
    "Retainage is not a valid percentage. - cannot update Contract Item!",
    "Update to Vendor not allowed - cannot update AP Vendor!",
    "9 is an invalid Contract Type.",
)
# (SQLSTATE's name in mssql-python, the class that it must become, a part of what we say).
STATES = (
    ("Serialization failure", errors.VistaUnavailable, "deadlocked"),
    ("Timeout expired", errors.VistaUnavailable, "took too long"),
    ("Communication link failure", errors.VistaUnavailable, "connection to Vista lost"),
    ("Connection failure during transaction", errors.VistaUnavailable, "connection to Vista lost"),
    ("Base table or view not found", errors.VistaNotUnderstood, "Check that this is a Vista database"),
    ("Column not found", errors.VistaNotUnderstood, "Check that this is a Vista database"),
    ("Numeric value out of range", errors.VistaRefused, "split the line"),
    ("String data, right-truncated", errors.VistaRefused, "shorten"),
    ("Syntax error or access violation", errors.VistaRefused, "Look the message up"),
)
# (number, what the engine says, a part of what we say): all of them safe to run again.
PASSES = (
    (1205, "Transaction (Process ID 52) was deadlocked on lock resources with another process", "deadlocked"),
    (1222, "Lock request time out period exceeded.", "held by others"),
)
DRIVER_PASSES = (
    ("HYT00", "[Microsoft][ODBC Driver 18 for SQL Server]Query timeout expired", "took too long"),
    ("08S01", "[Microsoft][ODBC Driver 18 for SQL Server]Communication link failure", "connection to Vista lost"),
    ("08S01", "[Microsoft][ODBC Driver 18 for SQL Server]TCP Provider: Error code 0x68", "connection to Vista lost"),
)


def from_pyodbc(number: int, words: str) -> DBAPIError:
    """An error with its number, and with 3609 after it where a trigger raised it."""
    text = PYODBC.format(words=words, number=number)
    if number == 50000:
        text += "; " + PYODBC.format(words=ENDED, number=3609)
    return ProgrammingError("INSERT INTO JCCH", {}, sqlite3.ProgrammingError("42000", text))


def from_mssql_python(words: str, kind: str = "Syntax error or access violation") -> DBAPIError:
    """The same with no number at all."""
    text = f"Driver Error: {kind}; DDBC Error: [Microsoft][SQL Server]{words}"
    return ProgrammingError("INSERT INTO JCCH", {}, Exception(text))


def _is_line_named(error: errors.VistaError, words: str, way_out: str) -> None:
    assert isinstance(error, errors.VistaRefused)
    assert (error.where, error.vista_words) == (LINE, words)
    assert way_out in error.way_out
    assert str(error).startswith(f"{LINE}: expected Vista to take it, found that it answered: ")


@pytest.mark.parametrize(("words", "way_out"), VISTA_SAYS)
def test_every_message_of_vistas_names_the_line_and_its_own_way_out(words: str, way_out: str) -> None:
    for failure in (from_pyodbc(50000, words), from_mssql_python(words)):
        error = error_from(failure, LINE)
        _is_line_named(error, words, way_out)
        assert isinstance(error, errors.VistaRefused)
        assert error.way_out != _DEFAULT_WAY_OUT


@pytest.mark.parametrize(("words", "way_out"), VISTA_SAYS)
def test_a_procedures_message_is_recognised_in_the_same_way(words: str, way_out: str) -> None:
    _is_line_named(refused(LINE, words), words, way_out)


@pytest.mark.parametrize(("words", "way_out"), VISTA_SAYS)
def test_a_message_that_vista_cut_is_still_recognised(words: str, way_out: str) -> None:
    """Vista cuts its texts at 255 characters; what tells them apart stands before that."""
    cut = (words + " ").ljust(300, "x")[:255]

    error = error_from(from_mssql_python(cut), LINE)

    assert isinstance(error, errors.VistaRefused)
    assert way_out in error.way_out


@pytest.mark.parametrize(("number", "words", "way_out"), ENGINE_SAYS)
def test_every_error_of_the_engine_names_the_line_by_number_or_by_text(number: int, words: str, way_out: str) -> None:
    _is_line_named(error_from(from_pyodbc(number, words), LINE), words, way_out)
    _is_line_named(error_from(from_mssql_python(words), LINE), words, way_out)


@pytest.mark.parametrize(("number", "way_out"), [(515, "default"), (8115, "split"), (229, "Grant"), (547, "allows")])
def test_in_another_language_the_number_tells(number: int, way_out: str) -> None:
    error = error_from(from_pyodbc(number, "Eine Meldung in einer anderen Sprache"), LINE)

    assert isinstance(error, errors.VistaRefused)
    assert way_out in error.way_out


@pytest.mark.parametrize(("words", "way_out"), SANDBOX_SAYS)
def test_the_sandbox_is_understood_too(words: str, way_out: str) -> None:
    failure = ProgrammingError("INSERT INTO JCCH", {}, Exception(words))

    _is_line_named(error_from(failure, LINE), words, way_out)


@pytest.mark.parametrize("words", OTHERS_SAY)
def test_a_message_about_something_else_gets_no_way_out_that_leads_astray(words: str) -> None:
    for failure in (from_pyodbc(50000, words), from_mssql_python(words)):
        _is_line_named(error_from(failure, LINE), words, _DEFAULT_WAY_OUT)


@pytest.mark.parametrize(
    "words",
    [
        "9 (2100) is an invalid Contract. - cannot insert Job Phase!",
        "Phase 2100 (1000) is inactive! - Could not add phase 2100 (1000)",
        "Something of the site's own about 2100 (1205)",
        'Something "quoted" of the site\'s own; [and] more (50000)',
    ],
)
def test_brackets_with_a_number_in_them_are_vistas_own_words(words: str) -> None:
    for failure in (from_pyodbc(50000, words), from_mssql_python(words)):
        error = error_from(failure, LINE)
        assert isinstance(error, errors.VistaRefused)
        assert error.vista_words == words


@pytest.mark.parametrize(("state", "kind", "told"), STATES)
def test_in_another_language_the_drivers_own_words_for_the_state_tell(
    state: str, kind: type[errors.VistaError], told: str
) -> None:
    """mssql-python has no numbers, but names each SQLSTATE in English, whatever language the server speaks."""
    words = "Eine Meldung in einer anderen Sprache (Prozess-ID 52)"

    error = error_from(from_mssql_python(words, state), LINE)

    assert type(error) is kind
    assert told in str(error)
    assert words in str(error)


@pytest.mark.parametrize(("number", "words", "found"), PASSES)
def test_what_passes_by_itself_is_safe_to_run_again(number: int, words: str, found: str) -> None:
    for failure in (from_pyodbc(number, words), from_mssql_python(words, "Serialization failure")):
        error = error_from(failure, LINE)

        assert isinstance(error, errors.VistaUnavailable)
        assert str(error).startswith(f"{LINE}: ")
        assert found in str(error)


@pytest.mark.parametrize("is_invalidated", [True, False])
@pytest.mark.parametrize(("state", "words", "found"), DRIVER_PASSES)
def test_a_time_out_is_no_lost_connection_whatever_sqlalchemy_takes_it_for(
    state: str, words: str, found: str, is_invalidated: bool
) -> None:
    failure = OperationalError(
        "UPDATE JCCH",
        {},
        sqlite3.OperationalError(state, f"[{state}] {words} (0)"),
        connection_invalidated=is_invalidated,
    )

    error = error_from(failure, LINE)

    assert isinstance(error, errors.VistaUnavailable)
    assert found in str(error)


def test_the_table_has_every_text_of_the_facts() -> None:
    """Each text of facts/vista.md 9 is a part of a message above; written out, because the facts are not shipped."""
    texts = """Phase Group for HQ Company|not found!|does not match Phase Group|Invalid Job Cost Company!|
    Not a valid HQ Company!|Invalid Job|Cannot Post to a Soft-Closed Job|Cannot Post to a Hard-Closed Job|
    Missing contract for job:|contract does not match the contract for the job.|is an invalid Contract.|not on file!|
    is inactive!|Job Phase Locked!|Could not add phase|is not a valid percentage.|ActiveYN must be (Y) or (N)|
    Missing contract item|is an invalid Contract Item.|not set up!|Cannot add Contract Item|
    Contract Item Start Month must be supplied|Invalid CostType|Inactive Cost Type|not setup in Cost Type Master!|
    has not been set up in either Phase Master or Job Phases.|Invalid UM|Cannot change UM for|
    The following fields may not be changed|Update to Phase not allowed|do not net zero.|
    Approved Change Order Detail exists.|PM Change Order Detail exists.|
    PM Subcontract Detail exists and has been assigned.|PM Material Detail exists and has been assigned.|
    Unable to get next available trans#"""
    said = "\n".join(words for words, _ in VISTA_SAYS)

    assert [text for text in re.split(r"\|\s*", texts) if text not in said] == []
    assert {number for number, *_ in (*ENGINE_SAYS, *PASSES)} >= {
        515, 547, 2601, 8115, 2628, 8152, 334, 3609, 1205, 1222, 229,
    }  # fmt: skip
