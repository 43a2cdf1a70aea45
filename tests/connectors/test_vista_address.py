"""The address of Vista's database: which drivers, logins and wires are offered, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from connectors.settings import SettingsProblem, load_settings
from connectors.vista.address import read_address, wire_of
from connectors.vista.errors import DriverNotSupported
from connectors.vista.sql import SqlVista
from tests.odbc_on_sqlite import OdbcOnSqlite, plugged_in
from tests.vista_plans import sandbox_vista

LOGIN = "me:s3cret@vista.example.com:1433/Viewpoint"
INTEGRATED = "vista.example.com/Viewpoint?Trusted_Connection=yes"
DRIVERS = ("mssqlpython", "pyodbc")


def _connection_string(address: str) -> dict[str, str]:
    """What the driver itself is handed, by the dialect's own code."""
    url = read_address(address)
    kind: Any = url.get_dialect()
    (text,), options = kind().create_connect_args(url)
    assert options == {}
    pairs = [part.split("=", 1) for part in text.split(";")]
    assert len({name.lower() for name, _ in pairs}) == len(pairs), "an option stands there twice"
    return dict(pairs)


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_plain_address_is_encrypted_and_its_certificate_checked(driver: str) -> None:
    told = _connection_string(f"mssql+{driver}://{LOGIN}")

    told.pop("DRIVER", None)
    assert told == {
        "Server": "vista.example.com,1433",
        "Database": "Viewpoint",
        "UID": "me",
        "PWD": "s3cret",
        "Encrypt": "yes",
        "TrustServerCertificate": "no",
        "ConnectRetryCount": "0",
    }


def test_pyodbc_gets_microsofts_newest_driver_unless_the_older_one_is_named() -> None:
    assert _connection_string(f"mssql+pyodbc://{LOGIN}")["DRIVER"] == "{ODBC Driver 18 for SQL Server}"
    older = f"mssql+pyodbc://{LOGIN}?driver=ODBC+Driver+17+for+SQL+Server"
    assert _connection_string(older)["DRIVER"] == "{ODBC Driver 17 for SQL Server}"
    # That one does not encrypt by itself.
    assert _connection_string(older)["Encrypt"] == "yes"


@pytest.mark.parametrize("driver", DRIVERS)
def test_kerberos_needs_no_login_in_the_address(driver: str) -> None:
    told = _connection_string(f"mssql+{driver}://{INTEGRATED}&ServerSPN=MSSQLSvc/vista.example.com:1433")

    assert told["Trusted_Connection"].lower() == "yes"
    assert told["ServerSPN"] == "MSSQLSvc/vista.example.com:1433"
    assert set(told) & {"UID", "PWD"} == set()
    assert wire_of(read_address(f"mssql+{driver}://{INTEGRATED}")).is_integrated


@pytest.mark.parametrize("driver", DRIVERS)
def test_one_certificate_alone_can_be_trusted(driver: str, tmp_path: Path) -> None:
    (tmp_path / "vista.pem").touch()
    address = f"mssql+{driver}://{LOGIN}?Encrypt=strict&ServerCertificate={tmp_path / 'vista.pem'}"

    told = _connection_string(address)

    assert (told["Encrypt"], told["ServerCertificate"]) == ("strict", str(tmp_path / "vista.pem"))
    assert wire_of(read_address(address)).certificate == str(tmp_path / "vista.pem")


@pytest.mark.parametrize(
    ("options", "encrypt", "trusts"),
    [
        ("", "yes", False),
        ("Encrypt=Mandatory", "yes", False),
        ("encrypt=TRUE", "yes", False),
        ("Encrypt=strict", "strict", False),
        ("Encrypt=Optional", "no", False),
        ("Encrypt=no", "no", False),
        ("TrustServerCertificate=yes", "yes", True),
        ("trustservercertificate=1", "yes", True),
        ("HostNameInCertificate=sql.example.com", "yes", False),
    ],
)
@pytest.mark.parametrize("driver", DRIVERS)
def test_each_way_to_secure_the_wire_is_understood(driver: str, options: str, encrypt: str, trusts: bool) -> None:
    wire = wire_of(read_address(f"mssql+{driver}://{LOGIN}?{options}"))

    assert (wire.encrypt, wire.trusts_any_certificate, wire.is_integrated) == (encrypt, trusts, False)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (f"mssql+pymssql://{LOGIN}", "hide why a Vista trigger refused"),
        (f"mssql://{LOGIN}", "hide why a Vista trigger refused"),
        (f"mssql+pytds://{LOGIN}", "hide why a Vista trigger refused"),
        (f"mssql+aioodbc://{LOGIN}", "hide why a Vista trigger refused"),
        (f"mssql+pyodbc://{LOGIN}?driver=FreeTDS", "another ODBC driver"),
        (f"mssql+pyodbc://{LOGIN}?driver=/usr/lib/libtdsodbc.so", "another ODBC driver"),
        ("mssql+pyodbc://me:s3cret@vista", "data source name"),
        (f"mssql+mssqlpython://{LOGIN}?driver=ODBC+Driver+18+for+SQL+Server", "found another. Take it out"),
        (f"mssql+mssqlpython://{LOGIN}?PWD=s3cret", "before the @"),
        (f"mssql+mssqlpython://{LOGIN}?autocommit=true", "found another. Take it out"),
        (f"mssql+mssqlpython://{LOGIN}?ApplicationIntent=ReadOnly", "found another. Take it out"),
        (f"mssql+mssqlpython://{LOGIN}?MARS_Connection=yes", "found another. Take it out"),
        (f"mssql+mssqlpython://{LOGIN}?Encrypt=s3cret", "Encrypt to be yes, strict or no"),
        (f"mssql+mssqlpython://{LOGIN}?Encrypt=yes&encrypt=no", "found Encrypt twice"),
        (f"mssql+mssqlpython://{LOGIN}?TrustServerCertificate=s3cret", "TrustServerCertificate to be yes or no"),
        (f"mssql+mssqlpython://{LOGIN}?Encrypt=strict&TrustServerCertificate=yes", "Take one of them out"),
        (f"mssql+mssqlpython://{LOGIN}?ServerCertificate=/s3cret.pem", "Encrypt=strict with ServerCertificate"),
        (f"mssql+mssqlpython://{LOGIN}?Encrypt=strict&ServerCertificate=/s3cret.pem", "a file that exists"),
        (f"mssql+mssqlpython://{LOGIN}?Trusted_Connection=yes", "found both"),
        ("mssql+mssqlpython://vista.example.com/Viewpoint", "found neither"),
        ("mssql+pyodbc://vista.example.com/Viewpoint", "found neither"),
        ("mssql+mssqlpython://me:s3@cret@vista.example.com/Viewpoint", "percent-encoded"),
        ("mssql+mssqlpython://me:Top@s3:cret-99@vista.example.com/Viewpoint", "percent-encoded"),
        ("mssql+mssqlpython://me:Top@s3/cret@vista.example.com/Viewpoint", "percent-encoded"),
        ("mssql+mssqlpython://me:Top@s3/cret?more=1@vista.example.com/Viewpoint", "percent-encoded"),
        ("mssql+mssqlpython://domain/me:s3cret@vista.example.com/Viewpoint", "percent-encoded"),
        ("mssql+mssqlpython://me:s3cret/Viewpoint", "percent-encoded"),
        ("mssql+mssqlpython://me:s3cret", "percent-encoded"),
        ("postgresql://me:s3cret@server/Viewpoint", "expected one of mssql+mssqlpython, mssql+pyodbc"),
        ("no address s3cret", "cannot be read"),
    ],
)
def test_everything_else_is_refused_with_a_way_out_and_without_the_password(address: str, words: str) -> None:
    with pytest.raises(DriverNotSupported) as refused:
        SqlVista(address, 1)

    told = str(refused.value)
    assert words in told
    assert "cret" not in told
    assert refused.value.__context__ is None or refused.value.__suppress_context__


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize(
    "connection_string",
    [
        "Driver=%7BODBC+Driver+17+for+SQL+Server%7D;Server=vista;UID=me;PWD=s3cret",
        "Driver=%7BODBC+Driver+18+for+SQL+Server%7D;Server=vista;UID=me;PWD=s3cret;Encrypt=yes",
        "DSN=vista;PWD=s3cret",
    ],
)
def test_a_connection_string_in_one_piece_is_refused_because_nothing_in_it_would_be_checked(
    driver: str, connection_string: str
) -> None:
    """Driver 17 does not encrypt by itself: doctor would have called such a wire encrypted."""
    address = f"mssql+{driver}:///?odbc_connect=" + connection_string.replace("=", "%3D").replace(";", "%3B")

    with pytest.raises(DriverNotSupported, match=r"found odbc_connect.*docs/sql-server\.md") as refused:
        read_address(address)

    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("option", ["PacketSize", "KeepAlive", "KeepAliveInterval"])
@pytest.mark.parametrize("value", ["abc", "-1", "0", "1.5", "1e3", "123456", "+8", "%D9%A3"])
def test_an_option_that_is_a_number_is_checked(option: str, value: str) -> None:
    """The driver takes PacketSize=abc without a word, and says nothing useful of the others."""
    with pytest.raises(DriverNotSupported, match=f"expected {option} to be a whole number"):
        read_address(f"mssql+mssqlpython://{LOGIN}?{option}={value}")


@pytest.mark.parametrize("driver", DRIVERS)
def test_every_option_that_is_handed_on_reaches_the_driver_as_it_spells_it(driver: str) -> None:
    told = _connection_string(f"mssql+{driver}://{LOGIN}?packetsize=8000&KeepAlive=30&keepaliveinterval=1")

    assert (told["PacketSize"], told["KeepAlive"], told["KeepAliveInterval"]) == ("8000", "30", "1")


@pytest.mark.parametrize(("value", "handed_on"), [("true", "Yes"), ("1", "Yes"), ("YES", "Yes"), ("false", "No")])
def test_failover_takes_the_words_for_yes_and_no_that_other_options_take(value: str, handed_on: str) -> None:
    told = _connection_string(f"mssql+mssqlpython://{LOGIN}?multisubnetfailover={value}")

    assert told["MultiSubnetFailover"] == handed_on


def test_any_other_word_for_failover_is_refused() -> None:
    with pytest.raises(DriverNotSupported, match="expected MultiSubnetFailover to be yes or no"):
        read_address(f"mssql+mssqlpython://{LOGIN}?MultiSubnetFailover=maybe")


@pytest.mark.parametrize("login", ["me:%20", "me:%20s3cret", "me:s3cret%20", "me:s3cret%09", "me%20:s3cret"])
def test_a_login_that_the_driver_would_cut_is_refused_before_connecting(login: str) -> None:
    """mssql-python drops blanks at the ends of login and password, and the server says no more than `Login failed`."""
    with pytest.raises(DriverNotSupported, match="without blanks at their ends") as refused:
        read_address(f"mssql+mssqlpython://{login}@vista.example.com/Viewpoint")

    assert "s3cret" not in str(refused.value)
    assert read_address(f"mssql+pyodbc://{login}@vista.example.com/Viewpoint").username is not None


def test_special_characters_of_a_password_reach_the_driver_once_they_are_percent_encoded() -> None:
    told = _connection_string("mssql+mssqlpython://me:T%40p%3As%2Fec%3Fr%25t@vista.example.com/Viewpoint")

    assert told["PWD"] == "T@p:s/ec?r%t"


def test_the_sandboxs_file_needs_no_options() -> None:
    assert read_address("sqlite:////tmp/vista.db") == make_url("sqlite:////tmp/vista.db")


def test_a_wrong_address_is_a_wrong_setting_that_says_what_is_wrong() -> None:
    environ = {"VISTA_URL": f"mssql+mssqlpython://{LOGIN}?Trusted_Connection=yes"}

    with pytest.raises(SettingsProblem) as raised:
        load_settings(environ=environ, env_file=None)

    (problem,) = [one for one in raised.value.problems if one.name == "VISTA_URL"]
    assert "expected either a login or Trusted_Connection=yes (Kerberos), found both" in problem.what
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("VISTA_LOGIN_SECONDS", "0", "greater than or equal to 1"),
        ("VISTA_LOCK_SECONDS", "4000", "less than or equal to 3600"),
        ("VISTA_STATEMENT_SECONDS", "10", "expected more seconds than VISTA_LOCK_SECONDS"),
        ("VISTA_LOCK_SECONDS", "120", "expected more seconds than VISTA_LOCK_SECONDS"),
        ("VISTA_LOCK_SECONDS", "soon", "valid integer"),
    ],
)
def test_waiting_times_that_make_no_sense_are_refused(name: str, value: str, words: str) -> None:
    with pytest.raises(SettingsProblem) as raised:
        load_settings(environ={name: value}, env_file=None)

    assert any(words in problem.what for problem in raised.value.problems)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OdbcOnSqlite:
    return plugged_in(sandbox_vista(tmp_path), monkeypatch)


def test_every_limit_of_waiting_reaches_the_server(server: OdbcOnSqlite) -> None:
    with SqlVista(
        f"mssql+pyodbc://{LOGIN}",
        1,
        login_timeout_seconds=7,
        lock_timeout_seconds=11,
        statement_timeout_seconds=33,
    ) as vista:
        vista.probe()

    assert server.told[0] == "connect timeout=7"
    assert "SET LOCK_TIMEOUT 11000" in server.told
    assert "SET XACT_ABORT ON" in server.told
    assert server.statement_limits == [33]


def test_each_call_has_its_own_connection_so_that_none_can_have_died_since(server: OdbcOnSqlite) -> None:
    with SqlVista(f"mssql+pyodbc://{LOGIN}", 1) as vista:
        vista.read_estimate("1164I-001")
        vista.read_estimate("1164I-001")

    assert sum(told.startswith("connect") for told in server.told) == 2
    assert all("Encrypt=yes;TrustServerCertificate=no" in address for address in server.addresses)


def test_no_connection_comes_out_of_the_odbc_managers_pool(server: OdbcOnSqlite) -> None:
    """pyodbc lets the manager keep what we throw away, unless it is told before the first connection."""
    assert server.pooling

    with SqlVista(f"mssql+pyodbc://{LOGIN}", 1) as vista:
        vista.read_estimate("1164I-001")

    assert server.told[0] == "connect timeout=15"
    assert not server.pooling
