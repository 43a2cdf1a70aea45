"""What a connection that fails tells: its own words, never the password, and the way out that belongs to the cause.

The words are those of Microsoft's driver 18 and of SQL Server, in the shape in which each Python driver hands them on.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from connectors.vista.engine import connected, make_engine
from connectors.vista.errors import LoginRefused, VistaUnavailable
from tests.odbc_on_sqlite import OdbcOnSqlite, plugged_in
from tests.odbc_script import server_error
from tests.vista_plans import sandbox_vista

LOGIN = "me:s3cret@vista.example.com:1433/Viewpoint"
PROVIDER = "MSSQL_PYTHON_NATIVE_PROVIDER"
ODBC = "[Microsoft][ODBC Driver 18 for SQL Server]"
NO_SUCH_DATABASE = 'Cannot open database "Viewpoint" requested by the login. The login failed.'
UNTRUSTED_DOMAIN = (
    "Login failed. The login is from an untrusted domain and cannot be used with Integrated authentication."
)
NETWORK = (
    "A network-related or instance-specific error has occurred while establishing a connection to SQL Server. Server "
    "is not found or not accessible."
)

# (number, SQLSTATE, what SQL Server says, a part of the way out)
SERVER_SAYS = (
    (18456, "28000", "Login failed for user 'me'.", "Check login and password"),
    (4060, "42000", NO_SUCH_DATABASE, "Check the database's name"),
    (18452, "28000", UNTRUSTED_DOMAIN, "Kerberos ticket"),
    (18470, "28000", "Login failed for user 'me'. Reason: The account is disabled.", "enable it"),
    (18487, "28000", "Login failed for user 'me'. Reason: The password of the account has expired.", "enable it"),
    (18488, "28000", "Login failed for user 'me'. Reason: The password of the account must be changed.", "enable it"),
)
_FAILED = "Login failed for user 'me'."
# The same, of a login that is right: asking again is allowed.
SERVER_IS_NOT_READY = (
    (4060, "28000", f"{_FAILED} (18456) (SQLDriverConnect); [28000] {ODBC}{NO_SUCH_DATABASE}", "restored"),
    (17187, "28000", "SQL Server is not ready to accept new client connections.", "wait until it is done"),
    (18401, "28000", f"{_FAILED} Reason: Server is in script upgrade mode.", "wait until it is done"),
    (18451, "28000", f"{_FAILED} Only administrators may connect at this time.", "wait until it is done"),
    (18461, "28000", f"{_FAILED} Reason: Server is in single user mode.", "wait until it is done"),
    (916, "28000", "The principal is not able to access the database under the current context.", "a user of the"),
    (17892, "28000", "Logon failed for login 'me' due to trigger execution.", "A logon trigger"),
)
# (SQLSTATE's name in mssql-python, what Microsoft's driver says, a part of the way out)
DRIVER_SAYS = (
    (
        "Client unable to establish connection",
        "SSL Provider: [error:0A000086:SSL routines::certificate verify failed:self-signed certificate]",
        "trust the authority",
    ),
    (
        "Client unable to establish connection",
        "SSL Provider: [error:0A000086:SSL routines::certificate verify failed:unable to get local issuer certificate]",
        "trust the authority",
    ),
    (
        "Client unable to establish connection",
        "SSL Provider: [error:0A000086:SSL routines::certificate verify failed:subject name does not match host name]",
        "HostNameInCertificate",
    ),
    (
        "Client unable to establish connection",
        "SSL Provider: [error:0A000086:SSL routines::certificate verify failed:certificate has expired]",
        "renew",
    ),
    (
        "Client unable to establish connection",
        "SSL Provider: Provided certificate doesn't match with server/peer certificate",
        "the certificate that the server shows now",
    ),
    (
        "Client unable to establish connection",
        "SSL Provider: [error:0A000102:SSL routines::unsupported protocol]",
        "TLS 1.2",
    ),
    (
        "Client unable to establish connection",
        "SSL Provider: [OpenSSL library could not be loaded, make sure OpenSSL 1.0, 1.1, or 3.0 is installed]",
        "Install OpenSSL",
    ),
    ("Client unable to establish connection", "SSL Provider: [error:0A000126:SSL routines::unexpected eof]", "1.2"),
    ("Client unable to establish connection", "Encryption not supported on SQL Server.", "certificate to encrypt with"),
    (
        "General error",
        "SSPI Provider: No credentials were supplied. No Kerberos credentials available (default cache: FILE:x)",
        "Get a Kerberos ticket",
    ),
    ("Client unable to establish connection", "TCP Provider: Error code 0x2AF9", "Check the server's name"),
    ("Client unable to establish connection", "TCP Provider: Error code 0x2749", "Check the server's port"),
    ("Client unable to establish connection", "TCP Provider: Error code 0x274D", "Check the server's port"),
    ("Client unable to establish connection", "TCP Provider: Error code 0x2746", "Encrypt=strict"),
    ("Client unable to establish connection", "TCP Provider: Timeout error [258].", "VISTA_LOGIN_SECONDS"),
    ("Timeout expired", "Login timeout expired", "VISTA_LOGIN_SECONDS"),
    (
        "Client unable to establish connection",
        "SQL Server Network Interfaces: Error Locating Server/Instance Specified [xFFFFFFFF].",
        "instead of the instance",
    ),
    (
        "Client unable to establish connection",
        "Invalid value specified for connection string attribute 'ServerSPN'",
        "Correct the option",
    ),
    ("General error", "something else", "Check the server, the login and the network"),
)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OdbcOnSqlite:
    return plugged_in(sandbox_vista(tmp_path), monkeypatch)


@pytest.fixture
def engine(server: OdbcOnSqlite) -> Iterator[Engine]:
    """An engine whose server is the stand-in."""
    assert server.told == []
    made = _engine("pyodbc")
    yield made
    made.dispose()


def _engine(driver: str) -> Engine:
    return make_engine(f"mssql+{driver}://{LOGIN}", login_timeout_seconds=1, lock_timeout_seconds=1, timeout_seconds=2)


def _refusal(engine: Engine) -> str:
    with pytest.raises(VistaUnavailable) as failed:
        connected(engine)
    told = str(failed.value)
    # It is no attempt to write yet, and perhaps the reading after one.
    assert "othing was written" not in told
    assert "s3cret" not in told
    assert failed.value.__context__ is None
    return told


def _from_mssql_python(state: str, words: str) -> sqlite3.Error:
    """No number, and no driver's name in the second brackets; the password should not be there, but might."""
    return sqlite3.OperationalError(f"Driver Error: {state}; DDBC Error: [Microsoft]{words} PWD=s3cret")


def _from_pyodbc(state: str, words: str) -> sqlite3.Error:
    """Several messages in one, the cause first."""
    after = f"[{state}] {ODBC}Client unable to establish connection (0); [{state}] {ODBC}{NETWORK} (0)"
    return sqlite3.OperationalError(state, f"[{state}] {ODBC}{words} PWD=s3cret (-1) (SQLDriverConnect); {after}")


@pytest.mark.parametrize(("number", "state", "words", "way_out"), SERVER_SAYS)
def test_each_login_that_the_server_refuses_has_its_own_way_out(
    server: OdbcOnSqlite, engine: Engine, number: int, state: str, words: str, way_out: str
) -> None:
    server.script.fail("connect", server_error(number, f"{words} PWD=s3cret", state))
    assert way_out in _refusal(engine)

    server.script.fail("connect", _from_mssql_python("Invalid authorization specification", f"[SQL Server]{words}"))
    assert way_out in _refusal(engine)


@pytest.mark.parametrize(
    "error",
    [
        server_error(18456, "Login failed for user 'me'.", "28000"),
        server_error(18456, "Login failed for user 'svc-kerberos'.", "28000"),
        server_error(18456, "Fehler bei der Anmeldung für den Benutzer 'me'.", "28000"),
        _from_mssql_python("Invalid authorization specification", "[SQL Server]Connexion échouée pour 'me'."),
    ],
)
def test_a_refused_login_is_told_apart_from_a_server_out_of_reach(
    server: OdbcOnSqlite, engine: Engine, error: sqlite3.Error
) -> None:
    server.script.fail("connect", error)
    with pytest.raises(LoginRefused):
        connected(engine)

    server.script.fail("connect", _from_pyodbc("08001", "TCP Provider: Error code 0x2749"))
    with pytest.raises(VistaUnavailable) as unreached:
        connected(engine)
    assert not isinstance(unreached.value, LoginRefused)


@pytest.mark.parametrize(("number", "state", "words", "way_out"), SERVER_IS_NOT_READY)
def test_a_server_that_lets_nobody_in_for_now_has_not_refused_the_login(
    server: OdbcOnSqlite, engine: Engine, number: int, state: str, words: str, way_out: str
) -> None:
    by_number = server_error(number, "Eine Meldung in einer anderen Sprache.", state)
    by_words = _from_mssql_python("Invalid authorization specification", f"[SQL Server]{words}")
    for said in (server_error(number, words, state), by_number, by_words):
        server.script.fail("connect", said)
        with pytest.raises(VistaUnavailable, match=way_out) as unavailable:
            connected(engine)
        assert not isinstance(unavailable.value, LoginRefused)


@pytest.mark.parametrize(
    ("number", "way_out"),
    [
        (18456, "Check login and password"),
        (4060, "Check the database's name"),
        (18452, "Kerberos ticket"),
        (18486, "enable it"),
    ],
)
def test_in_another_language_the_number_tells_why_the_login_was_refused(
    server: OdbcOnSqlite, engine: Engine, number: int, way_out: str
) -> None:
    server.script.fail("connect", server_error(number, "Eine Meldung in einer anderen Sprache.", "28000"))

    assert way_out in _refusal(engine)


@pytest.mark.parametrize(("state", "words", "way_out"), DRIVER_SAYS)
def test_each_cause_that_the_driver_tells_has_its_own_way_out(
    server: OdbcOnSqlite, engine: Engine, state: str, words: str, way_out: str
) -> None:
    server.script.fail("connect", _from_mssql_python(state, words))
    assert way_out in _refusal(engine)


@pytest.mark.parametrize(("words", "way_out"), [(words, way_out) for _, words, way_out in DRIVER_SAYS[:-1]])
def test_what_pyodbc_says_after_the_cause_does_not_hide_it(
    server: OdbcOnSqlite, engine: Engine, words: str, way_out: str
) -> None:
    server.script.fail("connect", _from_pyodbc("08001", words))
    assert way_out in _refusal(engine)


@pytest.mark.parametrize(
    "words",
    [
        "libltdl.so.7: cannot open shared object file: No such file or directory",
        "[unixODBC][Driver Manager]Can't open lib 'ODBC Driver 18 for SQL Server' : file not found (0)",
        "[unixODBC][Driver Manager]Data source name not found and no default driver specified (0)",
    ],
)
def test_a_driver_whose_library_is_missing_says_what_to_install(
    server: OdbcOnSqlite, engine: Engine, words: str
) -> None:
    server.script.fail("connect", sqlite3.OperationalError("01000", words))

    assert "Install what the driver needs: libltdl7" in _refusal(engine)


class ConnectionStringParseError(Exception):
    """Like mssql-python's: an error of the driver, and yet none of DB-API."""


@pytest.mark.parametrize(
    ("failure", "found"),
    [
        (ConnectionStringParseError("Unknown keyword 's3cret'"), "found: ConnectionStringParseError. "),
        (ValueError("s3cret"), "found: ValueError. "),
        (RuntimeError("libmsodbcsql: cannot open shared object file"), "cannot open shared object file"),
    ],
)
def test_any_exception_of_a_driver_is_a_connection_that_failed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, failure: Exception, found: str
) -> None:
    def refuses(*_arguments: Any, **_options: Any) -> None:
        raise failure

    monkeypatch.setattr(engine.dialect, "connect", refuses)

    assert found in _refusal(engine)
