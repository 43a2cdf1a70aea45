"""Reads the address of Vista's database: which drivers and options are offered, who logs in, how the wire is secured.

An address is mssql+mssqlpython://login:password@server/database?Option=value. What is wrong is told before anything is
connected, and without any value: it may be a secret. Source: facts/sqlserver.md (drivers).
"""

import re
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from connectors.database_url import read_database_url
from connectors.vista.errors import DriverNotSupported

SQL_SERVER_DRIVERS = ("mssql+mssqlpython", "mssql+pyodbc")
SQLITE_DRIVERS = ("sqlite", "sqlite+pysqlite")

_EXAMPLE = "Write the address as mssql+mssqlpython://login:password@server/database (docs/sql-server.md)."
# What both drivers hand on to Microsoft's ODBC driver, by its own name.
_OPTIONS = {
    name.lower(): name
    for name in (
        "Encrypt",
        "TrustServerCertificate",
        "HostNameInCertificate",
        "ServerCertificate",
        "Trusted_Connection",
        "ServerSPN",
        "MultiSubnetFailover",
        "KeepAlive",
        "KeepAliveInterval",
        "PacketSize",
    )
}
_MICROSOFT_DRIVER = re.compile(r"ODBC Driver 1[78] for SQL Server")
_NEWEST_DRIVER = "ODBC Driver 18 for SQL Server"
# Seconds or bytes; the driver takes other things without a word, or says nothing that leads to them.
_NUMBERS = ("PacketSize", "KeepAlive", "KeepAliveInterval")
_NUMBER = re.compile(r"[1-9][0-9]{0,4}")
_YES = frozenset({"yes", "true", "1"})
_NO = frozenset({"no", "false", "0"})
# How Encrypt is spelt, and what it means.
_ENCRYPT = dict.fromkeys(_YES | {"mandatory"}, "yes") | dict.fromkeys(_NO | {"optional"}, "no") | {"strict": "strict"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How what travels between us and SQL Server is secured."""

    # "yes", "strict" (TLS before anything else, SQL Server 2022 and later) or "no".
    encrypt: str
    # True: whatever certificate the server shows is taken; somebody in between would not be noticed.
    trusts_any_certificate: bool
    # The one certificate that is taken; "" where the machine's authorities decide.
    certificate: str
    # Kerberos instead of a SQL login.
    is_integrated: bool


def read_address(text: str) -> URL:
    """Read and check an address; that of a SQL Server comes back complete, with every safe default filled in.

    Raises:
        DriverNotSupported: the address cannot be read, or is for another database, driver or option.
    """
    try:
        url = read_database_url(text)
    except ValueError as problem:
        raise DriverNotSupported(f"The Vista address cannot be read: {problem}. {_EXAMPLE}") from None
    if url.drivername in SQLITE_DRIVERS:
        return url
    if url.drivername not in SQL_SERVER_DRIVERS:
        # It is not named: what stands for a driver that nobody knows may be anything.
        raise DriverNotSupported(
            f"Vista address: expected one of {', '.join(SQL_SERVER_DRIVERS)} (Microsoft's ODBC driver) or sqlite for "
            f"the sandbox, found another driver. Other drivers hide why a Vista trigger refused. {_EXAMPLE}"
        )
    if "odbc_connect" in url.query:
        raise _refused(
            url,
            "expected server, database, login and options each in their place, where they are checked, found "
            f"odbc_connect, a whole connection string. {_EXAMPLE}",
        )
    if not url.host or not url.database:
        raise _refused(url, f"expected a server and a database, found no {_missing(url)}. {_EXAMPLE}")
    _require_a_login_that_stays_whole(url)
    options = _options(url)
    if url.drivername == "mssql+pyodbc":
        driver = str(url.query.get("driver", _NEWEST_DRIVER))
        _require_microsofts_driver(url, driver)
        options["driver"] = driver
    return url.set(query=_completed(url, options))


def wire_of(url: URL) -> Wire:
    """Tell how a checked address secures the wire."""
    options = {name.lower(): str(value) for name, value in url.query.items()}
    return Wire(
        encrypt=_ENCRYPT[options["encrypt"]],
        trusts_any_certificate=options.get("trustservercertificate", "no").lower() in _YES,
        certificate=options.get("servercertificate", ""),
        is_integrated=options.get("trusted_connection", "no").lower() in _YES or not url.username,
    )


def shown(url: URL) -> str:
    """Name a database that was read and checked for people: neither login nor options, which may hold a password."""
    place = f"{url.host}/{url.database or ''}" if url.host else str(url.database or "")
    return f"{url.drivername} {place}".strip()


def _refused(url: URL, what: str) -> DriverNotSupported:
    return DriverNotSupported(f"Vista address {shown(url)}: {what}")


def _missing(url: URL) -> str:
    return "server" if not url.host else "database (a data source name alone hides which driver it stands for)"


def _require_a_login_that_stays_whole(url: URL) -> None:
    """Refuse what mssql-python cuts off the ends of login and password; the server would say `Login failed` alone."""
    parts = (url.username or "", str(url.password or ""))
    if url.drivername == "mssql+mssqlpython" and any(part != part.strip() for part in parts):
        raise _refused(
            url,
            "expected login and password without blanks at their ends, which this driver cuts off, found some. Give "
            "the login another password, or take mssql+pyodbc.",
        )


def _require_microsofts_driver(url: URL, driver: str) -> None:
    if not _MICROSOFT_DRIVER.fullmatch(driver):
        raise _refused(
            url,
            f"expected driver={_NEWEST_DRIVER.replace(' ', '+')} (Microsoft's), found another ODBC driver or a data "
            f"source name. Other drivers hide why a Vista trigger refused. {_EXAMPLE}",
        )


def _options(url: URL) -> dict[str, str]:
    """Take the options under their own names, each once."""
    found: dict[str, str] = {}
    for name, value in url.query.items():
        if name.lower() == "driver" and url.drivername == "mssql+pyodbc":
            continue
        if name.lower() not in _OPTIONS:
            raise _refused(
                url,
                f"expected options among {', '.join(_OPTIONS.values())}, found another. Take it out; login and "
                "password stand before the @ of the address.",
            )
        if _OPTIONS[name.lower()] in found or not isinstance(value, str):
            raise _refused(url, f"expected each option once, found {_OPTIONS[name.lower()]} twice. Take one out.")
        found[_OPTIONS[name.lower()]] = value
    return found


def _completed(url: URL, options: dict[str, str]) -> dict[str, str]:
    encrypt = _ENCRYPT.get(options.get("Encrypt", "yes").lower())
    if encrypt is None:
        raise _refused(url, "expected Encrypt to be yes, strict or no, found something else. Leave it out for yes.")
    for name in _NUMBERS:
        if not _NUMBER.fullmatch(options.get(name, "1")):
            raise _refused(url, f"expected {name} to be a whole number from 1 to 99999, found something else.")
    trusts = _flag(url, options, "TrustServerCertificate")
    is_integrated = _flag(url, options, "Trusted_Connection")
    _require_one_login(url, is_integrated=is_integrated)
    _require_useful_certificate(url, options.get("ServerCertificate"), encrypt, trusts=trusts)
    completed = options | {
        "Encrypt": encrypt,
        "TrustServerCertificate": "yes" if trusts else "no",
        # A connection that is lost is an error at once; the driver shall not make a new one behind our back.
        "ConnectRetryCount": "0",
    }
    if "MultiSubnetFailover" in options:
        # The driver takes these two words and no others.
        completed["MultiSubnetFailover"] = "Yes" if _flag(url, options, "MultiSubnetFailover") else "No"
    completed.pop("Trusted_Connection", None)
    # SQLAlchemy says it for pyodbc itself, where there is no login's name.
    if is_integrated and url.drivername == "mssql+mssqlpython":
        completed["Trusted_Connection"] = "yes"
    return completed


def _flag(url: URL, options: dict[str, str], name: str) -> bool:
    value = options.get(name, "no").lower()
    if value not in _YES | _NO:
        raise _refused(url, f"expected {name} to be yes or no, found something else.")
    return value in _YES


def _require_one_login(url: URL, *, is_integrated: bool) -> None:
    if is_integrated and url.username:
        raise _refused(
            url, "expected either a login or Trusted_Connection=yes (Kerberos), found both. Take one of them out."
        )
    if not is_integrated and not url.username:
        raise _refused(url, f"expected a login, or Trusted_Connection=yes for Kerberos, found neither. {_EXAMPLE}")


def _require_useful_certificate(url: URL, certificate: str | None, encrypt: str, *, trusts: bool) -> None:
    """Refuse what the driver would silently pass over: it would look safer than it is."""
    if trusts and (certificate or encrypt == "strict"):
        raise _refused(
            url,
            "expected the server's certificate to be checked, because of Encrypt=strict or ServerCertificate, found "
            "TrustServerCertificate=yes as well. Take one of them out.",
        )
    if certificate is None:
        return
    if encrypt != "strict":
        raise _refused(
            url,
            "expected Encrypt=strict with ServerCertificate, because the driver looks at the file only then, found "
            "another Encrypt. Add Encrypt=strict (SQL Server 2022 and later), or put the authority's certificate among "
            "those that this machine trusts.",
        )
    if not Path(certificate).is_file():
        raise _refused(url, "expected ServerCertificate to name a file that exists, found none. Correct its path.")
