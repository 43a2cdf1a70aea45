"""An address written in the habit of another tool holds its password where ours has a name: nothing of it is shown."""

import traceback
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from connectors.journal.errors import JournalUrlWrong
from connectors.journal.ledger import journal_engine, place_of
from connectors.mail_server import read_mail_server
from connectors.settings import SettingsProblem, load_settings
from connectors.vista.address import read_address, shown
from connectors.vista.errors import DriverNotSupported
from connectors.vista.sql import SqlVista
from tests.keys import JOURNAL_KEY
from tests.property.laws import CHEAP_LAW

MARK = "S3cretPw"
DRIVERS = {
    "VISTA_URL": ("mssql+mssqlpython", "mssql+pyodbc", "mssql+pymssql", "postgresql"),
    "JOURNAL_URL": ("postgresql+psycopg", "postgresql", "mssql+mssqlpython", "mysql"),
    "MAIL_SERVER": ("smtp", "smtps", "mail"),
    "PROCORE_LOGIN_URL": ("https", "http"),
    "PROCORE_API_URL": ("https",),
    "REPORTS_URL": ("https",),
}
# What stands after the :// of an address whose writer thought of JDBC, ODBC, libpq or a data source name.
HABITS = (
    "vista.example.com;database=Viewpoint;user=me;password=S3cretPw",
    "vista.example.com:1433;databaseName=Viewpoint;user=me;password=S3cretPw;encrypt=true",
    "vista.example.com;password=S3cretPw/Viewpoint",
    "vista.example.com/Viewpoint;user=me;password={S3cretPw}",
    "vista.example.com/Viewpoint?user=me&password=S3cretPw",
    "vista.example.com/Viewpoint?user=me;password=S3cretPw",
    "vista.example.com/Viewpoint?S3cretPw=yes",
    "vista.example.com/Viewpoint?Encrypt=yes&PWD=Top&S3cretPw=1",
    "vista.example.com/Viewpoint;UID=me;PWD=S3cretPw",
    "me@vista.example.com/Viewpoint;PWD=S3cretPw",
    "me@vista.example.com/Viewpoint%3BPWD%3DS3cretPw",
    "me:Top@vista.example.com/Viewpoint;PWD=S3cretPw",
    "vista.example.com/Viewpoint%3BPWD%3DS3cretPw",
    "Server=vista.example.com;Database=Viewpoint;UID=me;PWD=S3cretPw;",
    "Server=vista.example.com,1433;PWD=S3cretPw;",
    "Driver={ODBC Driver 18 for SQL Server};Server=vista;UID=me;PWD={S3cretPw}",
    "DSN=vista;UID=me;PWD=S3cretPw",
    "DSN=vista/UID=me/PWD=S3cretPw",
    "/?odbc_connect=Server%3Dvista%3BPWD%3DS3cretPw",
    "host=db user=me password=S3cretPw dbname=journal",
    "db.example.com/dbname=journal user=me password=S3cretPw",
    "me%3AS3cretPw%40vista.example.com/Viewpoint",
    "me:S3cretPw%40vista.example.com/Viewpoint",
    "me:S3cretPw/Viewpoint",
    "me/S3cretPw@vista.example.com/Viewpoint",
    "me:Top@x:S3cretPw@vista.example.com/Viewpoint",
    "me:Top@x;S3cretPw/Viewpoint",
    "me S3cretPw vista.example.com/Viewpoint",
    "[me:S3cretPw]/Viewpoint",
)
# In a web address these are a page like any other.
HABITS_OF_DATABASES = (
    "vista.example.com/Viewpoint/me/S3cretPw",
    "vista.example.com/Viewpoint:S3cretPw",
    "vista.example.com/Viewpoint,me,S3cretPw",
    "vista.example.com/Viewpoint&S3cretPw",
    "vista.example.com/Viewpoint -U me -P S3cretPw",
)
WITH_A_PASSWORD_FOR_A_DRIVER = (
    "S3cretPw://vista.example.com/Viewpoint",
    "sqlite+S3cretPw://x",
    "sqlite+S3cretPw:///x",
    "mssql+S3cretPw://me:Top@vista.example.com/Viewpoint",
    "sqlite://S3cretPw/x",
    "sqlite://me:Top@S3cretPw/x",
    "sqlite://S3cretPw@vista/x",
    "sqlite://S3cretPw@/x",
)


# Complete, so that a setting that is accepted is shown as well.
ENVIRON = {
    "PROCORE_LOGIN_URL": "https://login.procore.com",
    "PROCORE_API_URL": "https://api.procore.com",
    "PROCORE_CLIENT_ID": "client",
    "PROCORE_CLIENT_SECRET": "secret",
    "PROCORE_COMPANY_ID": "8089",
    "PROCORE_BUDGET_VIEW": "ERP Export",
    "VISTA_URL": "sqlite:///vista.db",
    "VISTA_COMPANY": "1",
    "JOURNAL_KEY": JOURNAL_KEY,
    "EXPORT_CONFIG": __file__,
    "MAIL_SERVER": "smtp://mail.example.com",
    "MAIL_FROM": "budget-export@example.com",
}


def _said(name: str, address: str) -> str:
    """All that the product says of a setting: the problem and its traceback, or the names it has for the place."""
    try:
        settings = load_settings(environ=ENVIRON | {name: address}, env_file=None)
    except SettingsProblem as problem:
        said = [*traceback.format_exception(problem), repr(problem), repr(problem.problems)]
    else:
        said = [repr(settings), str(settings)]
    return "".join([*said, *_said_by_its_reader(name, address)])


def _said_by_its_reader(name: str, address: str) -> Iterator[str]:
    """What whoever uses the address says, also where it did not come through the settings."""
    try:
        if name == "VISTA_URL":
            yield shown(read_address(address))
            SqlVista(address, 1).close()
        elif name == "JOURNAL_URL":
            engine = journal_engine(address)
            engine.dispose()
            yield place_of(engine.url)
        elif name == "MAIL_SERVER":
            server = read_mail_server(SecretStr(address))
            yield server.place + repr(server)
    except (DriverNotSupported, JournalUrlWrong, ValueError) as problem:
        yield "".join([*traceback.format_exception(problem), repr(problem)])


def _shows_it(name: str, address: str) -> bool:
    # The name of a web server comes back in small letters.
    return MARK.lower() in _said(name, address).lower()


@pytest.mark.parametrize("name", DRIVERS)
@pytest.mark.parametrize("rest", HABITS)
def test_a_password_in_another_tools_habit_is_in_no_message(name: str, rest: str) -> None:
    assert [driver for driver in DRIVERS[name] if _shows_it(name, f"{driver}://{rest}")] == []


@pytest.mark.parametrize("name", ["VISTA_URL", "JOURNAL_URL"])
@pytest.mark.parametrize("rest", HABITS_OF_DATABASES)
def test_a_password_behind_the_databases_name_is_in_no_message(name: str, rest: str) -> None:
    assert [driver for driver in DRIVERS[name] if _shows_it(name, f"{driver}://{rest}")] == []


@pytest.mark.parametrize("name", DRIVERS)
@pytest.mark.parametrize("address", WITH_A_PASSWORD_FOR_A_DRIVER)
def test_what_stands_for_a_driver_is_named_only_if_it_is_one(name: str, address: str) -> None:
    assert not _shows_it(name, address)


_PIECES = (
    "vista.example.com",
    "/Viewpoint",
    "me",
    ";UID=me",
    ";",
    "&",
    "?",
    "?Encrypt=yes",
    "@",
    ":1433",
    "{",
    "}",
    "%3B",
    " ",
)
_KEYS = (
    "PWD=",
    "PWD={",
    "password=",
    "password%3D",
    "password:",
    "me:",
    ":",
    "=",
    ";",
    "%3A",
    "%3D",
    "%7B",
    "{",
    "}",
    "&",
    ",",
)
_SOME = st.lists(st.sampled_from(_PIECES), max_size=5).map("".join)


@pytest.mark.parametrize("name", ["VISTA_URL", "JOURNAL_URL"])
@CHEAP_LAW
@given(which=st.integers(0, 3), before=_SOME, key=st.sampled_from(_KEYS), after=_SOME)
def test_wherever_a_password_stands_in_an_address_it_is_in_no_message(
    name: str, which: int, before: str, key: str, after: str
) -> None:
    assert not _shows_it(name, f"{DRIVERS[name][which]}://{before}{key}{MARK}{after}")


@pytest.mark.parametrize(
    "rest",
    [
        "vista.example.com:1433/Viewpoint",
        "vista.example.com\\JOBCOST/Viewpoint",
        "VISTA_1/Viewpoint.Test",
        "[2001:db8::7]:1433/Viewpoint-2026_copy",
        "10.1.2.3/Viewpoint Test",
        "bücher.example.com/Zürich",
    ],
)
def test_a_server_and_a_database_with_ordinary_names_are_read_and_named(rest: str) -> None:
    url = read_address(f"mssql+mssqlpython://me:{MARK}@{rest}")

    assert shown(url) == f"mssql+mssqlpython {url.host}/{url.database}"
    assert f"/{url.database}" in rest
    assert not _shows_it("VISTA_URL", f"mssql+mssqlpython://me:{MARK}@{rest}")
