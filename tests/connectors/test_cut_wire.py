"""The wire that the live tests cut: an address through it must still reach a genuine server."""

import pytest
from sqlalchemy import make_url

from connectors.vista.address import read_address
from tests.cut_wire import through, wired
from tests.live_vista import at

SERVER = "mssql+mssqlpython://me:s3%40cret@vista.example.com:1433/Viewpoint"


def options_of(address: str) -> dict[str, str]:
    parsed = read_address(through(make_url(address), 4711).render_as_string(hide_password=False))
    assert (parsed.host, parsed.port, parsed.password) == ("127.0.0.1", 4711, "s3@cret")
    return {name: str(value) for name, value in parsed.query.items()}


@pytest.mark.parametrize("address", [SERVER, f"{SERVER}?Encrypt=strict", f"{SERVER}?KeepAlive=5"])
def test_the_servers_certificate_is_still_compared_with_the_servers_own_name(address: str) -> None:
    assert options_of(address)["HostNameInCertificate"] == "vista.example.com"


def test_a_name_for_the_certificate_that_was_given_stays() -> None:
    assert options_of(f"{SERVER}?hostnameincertificate=sql.example.com")["HostNameInCertificate"] == "sql.example.com"


@pytest.mark.parametrize("options", ["Encrypt=no", "TrustServerCertificate=yes"])
def test_no_name_is_told_where_no_certificate_is_compared(options: str) -> None:
    assert "HostNameInCertificate" not in options_of(f"{SERVER}?{options}")


def test_an_address_without_a_server_gets_no_wire_that_nobody_would_use() -> None:
    with (
        pytest.raises(ValueError, match="names the server"),
        wired("mssql+pyodbc://?odbc_connect=DRIVER={ODBC Driver 18 for SQL Server};SERVER=vista"),
    ):
        pass


def test_a_point_that_the_export_never_reached_fails_the_test() -> None:
    told = r"come to after_lock, found that it passed \['before_lock'\]"
    with pytest.raises(AssertionError, match=told), at("after_lock", lambda: None) as checkpoint:
        checkpoint("before_lock")
