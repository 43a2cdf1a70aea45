"""What Vista says, in our words: which line, Vista's own text, the way out; never the password."""

import pickle

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from connectors.vista import errors
from connectors.vista.address import shown
from connectors.vista.engine import _without_password, make_engine
from connectors.vista.errors import Difference
from connectors.vista.lock import require_granted
from connectors.vista.refusals import error_from
from connectors.vista.sql import SqlVista

PYODBC_TRIGGER = (
    "('42000', \"[42000] [Microsoft][ODBC Driver 18 for SQL Server][SQL Server]"
    "Phase     SW-  1-    is inactive! - Could not add phase     SW-  1-    - cannot insert Cost Header! "
    "(50000) (SQLExecDirectW); [42000] [Microsoft][ODBC Driver 18 for SQL Server][SQL Server]"
    'The transaction ended in the trigger. The batch has been aborted. (3609)")'
)
MSSQL_PYTHON_TRIGGER = (
    "Driver Error: Syntax error or access violation; DDBC Error: [Microsoft][SQL Server]"
    "Invalid UM - cannot insert Cost Header!"
)


def _failure(words: str, kind: type[DBAPIError] = ProgrammingError) -> DBAPIError:
    return kind("INSERT INTO JCCH", {}, Exception(words))


def test_a_triggers_refusal_names_the_line_and_keeps_vistas_own_words() -> None:
    error = error_from(_failure(PYODBC_TRIGGER), "Phase SW-1 cost type 3")

    assert isinstance(error, errors.VistaRefused)
    assert error.where == "Phase SW-1 cost type 3"
    assert error.vista_words == (
        "Phase     SW-  1-    is inactive! - Could not add phase     SW-  1-    - cannot insert Cost Header!"
    )
    assert error.way_out == "Make the phase active in JC Job Phases, or map the line to another phase."


def test_a_driver_without_numbers_is_understood_by_the_text() -> None:
    error = error_from(_failure(MSSQL_PYTHON_TRIGGER), "line")

    assert isinstance(error, errors.VistaRefused)
    assert error.vista_words == "Invalid UM - cannot insert Cost Header!"
    assert error.way_out == "Add the unit of measure in HQ Units of Measure, or map it to one Vista has."


@pytest.mark.parametrize(
    "words",
    [
        "Transaction (Process ID 52) was deadlocked on lock resources with another process (1205)",
        "Lock request time out period exceeded. (1222)",
        "database is locked",
        "Timeout expired",
    ],
)
def test_waiting_in_vain_is_safe_to_run_again(words: str) -> None:
    assert isinstance(error_from(_failure(words, OperationalError), "line"), errors.VistaUnavailable)


def test_a_lost_connection_is_safe_to_run_again() -> None:
    failure = OperationalError("INSERT", {}, Exception("Communication link failure"), connection_invalidated=True)

    assert isinstance(error_from(failure, "line"), errors.VistaUnavailable)


def test_a_database_without_vistas_views_is_named_as_such() -> None:
    assert isinstance(error_from(_failure("no such table: HQCO"), "Companies"), errors.VistaNotUnderstood)


DIFFERENCE = Difference(where="Phase SW-1 cost type 3", expected="cost 40,000.00", found="cost 41,200.00")


@pytest.mark.parametrize(
    "error",
    [
        errors.DriverNotSupported("a"),
        errors.VistaUnavailable("b"),
        errors.CompanyNotVisible("c"),
        errors.VistaNotUnderstood("d"),
        errors.JobCodeDoesNotFit("e"),
        errors.PermitMismatch("1164I-001", "aa", "bb"),
        errors.StaleEstimate("1164I-001", (DIFFERENCE,)),
        errors.VistaRefused("line", "Invalid UM", "Add it."),
        errors.PostingDisagrees("1164I-001", (DIFFERENCE,)),
        errors.OutcomeUnknown("1164I-001", "nothing"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_survives_pickling(error: errors.VistaError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_a_stale_estimate_names_what_moved() -> None:
    assert "Phase SW-1 cost type 3: expected cost 40,000.00, found cost 41,200.00." in str(
        errors.StaleEstimate("1164I-001", (DIFFERENCE,))
    )


def test_many_differences_are_counted_after_the_first_ten() -> None:
    assert errors.listed((DIFFERENCE,) * 12).endswith("found cost 41,200.00. And 2 more.")


@pytest.mark.parametrize(
    "url",
    [
        "mssql+pymssql://me:s3cret@server/Viewpoint",
        "mssql+pyodbc://me:s3cret@server/Viewpoint?driver=FreeTDS",
        "mssql://me:s3cret@server/Viewpoint",
        "postgresql://me:s3cret@server/Viewpoint",
        "no address s3cret",
        "sqlite://",
    ],
)
def test_other_databases_and_drivers_are_refused_without_repeating_the_password(url: str) -> None:
    with pytest.raises(errors.DriverNotSupported) as refused:
        SqlVista(url, 1)

    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("driver", ["mssqlpython", "pyodbc"])
def test_a_missing_driver_tells_which_extra_to_install(driver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_installed(*_arguments: object, **_options: object) -> None:
        raise ModuleNotFoundError("No module named 'mssql_python'")

    monkeypatch.setattr("connectors.vista.engine.create_engine", not_installed)

    with pytest.raises(errors.DriverNotSupported, match=r"pip install '\.\[sqlserver\]' in the checkout"):
        make_engine(
            f"mssql+{driver}://me@server/Viewpoint",
            login_timeout_seconds=1,
            lock_timeout_seconds=1,
            timeout_seconds=1,
        )


def test_a_database_is_named_without_password_and_options() -> None:
    url = make_url("mssql+pyodbc://me:s3cret@server/Viewpoint?odbc_connect=PWD%3Ds3cret")

    assert shown(url) == "mssql+pyodbc server/Viewpoint"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("mssql+pyodbc://me:s3cret@server/Viewpoint", "cannot open Server=server;PWD=s3cret"),
        ("mssql+pyodbc://me:s3cret@server/Viewpoint", "cannot open Server=server;PWD={s3cret}"),
        ("mssql+pyodbc:///?odbc_connect=UID%3Dme%3BPWD%3Ds3cret", "cannot open Server=server;pwd = s3cret"),
        ("mssql+pyodbc:///?odbc_connect=UID%3Dme%3BPWD%3D%7Bs3%3Bcret%7D", "cannot open Server=server;PWD={s3;cret}"),
        ("mssql+pyodbc://me@server/Viewpoint?Password=s3cret", "cannot open ('Server=server;Password=s3cret',)"),
    ],
)
def test_a_password_in_a_drivers_message_is_blotted_out(address: str, told: str) -> None:
    words = _without_password(told, make_url(address))

    assert words.startswith("cannot open ")
    assert "***" in words
    assert "cret" not in words


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("s3cret", "Login with 's3cret' failed"),
        ("S3%3Acr%40t+x", "Login with 'S3%3Acr%40t+x' failed"),
        ("S3%3Acr%40t+x", "Login with 'S3%3acr%40t%2bx' failed"),
        ("S3%3Acr%40t%20x!", "Login with 'S3%3Acr%40t+x%21' failed"),
        ("S%C3%BC%C3%9F!", "Login with 'Süß!' failed"),
        ("S%C3%BC%C3%9F!", "Login with 'S%C3%BC%C3%9F!' failed"),
    ],
)
def test_the_addresss_own_password_is_blotted_out_wherever_and_however_a_driver_repeats_it(
    password: str, told: str
) -> None:
    words = _without_password(told, make_url(f"mssql+pyodbc://me:{password}@server/Viewpoint"))

    assert words == "Login with '***' failed"


@pytest.mark.parametrize("told", ["Server=server;PWD=0ther;", "Server=server;PWD={0t;h}}er};", "password = 0ther;"])
def test_a_password_in_a_connection_string_is_blotted_out_though_it_is_not_the_addresss(told: str) -> None:
    """A data source or the driver's own settings may hold another one."""
    words = _without_password(told, make_url("mssql+pyodbc://me:s3cret@server/Viewpoint"))

    assert words.endswith("=***;")
    assert "0t" not in words
    assert "er}" not in words


@pytest.mark.parametrize("return_code", [-1, -2, -3])
def test_a_lock_that_is_not_had_in_time_is_safe_to_run_again(return_code: int) -> None:
    with pytest.raises(errors.VistaUnavailable, match="another export writes this job"):
        require_granted("1164I-001", return_code, 1)


@pytest.mark.parametrize(("return_code", "open_transactions"), [(-999, 1), (0, 0), (0, 2)])
def test_a_lock_outside_one_open_transaction_is_no_lock(return_code: int, open_transactions: int) -> None:
    with pytest.raises(errors.VistaRefused, match="sp_getapplock"):
        require_granted("1164I-001", return_code, open_transactions)


def test_a_granted_lock_lets_the_export_go_on() -> None:
    require_granted("1164I-001", 0, 1)
    require_granted("1164I-001", 1, 1)
