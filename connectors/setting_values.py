"""What each kind of setting may look like: checked when it is read, told without its value.

Rule: a message says what was expected, and never repeats what was found where that may hold a secret.
"""

from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from connectors.database_url import read_database_url
from connectors.journal.vault import JournalKeyWrong, Vault
from connectors.mail_server import read_mail_server
from connectors.server_name import is_server_name
from connectors.vista.address import SQL_SERVER_DRIVERS, SQLITE_DRIVERS, read_address
from connectors.vista.errors import DriverNotSupported

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_VISTA_DRIVERS = frozenset({*SQL_SERVER_DRIVERS, *SQLITE_DRIVERS})
JOURNAL_DRIVERS = frozenset({"postgresql+psycopg", "postgresql", "postgres", "sqlite", "sqlite+pysqlite"})


def _plain_address(text: str) -> str:
    parts = _parts(text.strip())
    # The client secret would travel in clear text over http; on this machine nobody listens in.
    is_safe = parts is not None and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )
    # An @ stands after a login, which does not belong here, wherever a stray sign of its password has moved it; and
    # ;PWD=... is how other tools write one.
    is_plain = parts is not None and not parts.query and not parts.fragment and not set("@;=") & set(unquote(text))
    if parts is None or not is_safe or not is_plain or not is_server_name(parts.hostname):
        raise ValueError("expected a plain https address (http only on this machine)")
    return text.strip().rstrip("/")


def _parts(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        # Reading the port is what checks it.
        port = parts.port
    except ValueError:
        # The library's own messages quote the address.
        return None
    return None if port == 0 else parts


def _database(url: SecretStr, drivers: frozenset[str]) -> SecretStr:
    text = url.get_secret_value().strip()
    try:
        parsed = read_database_url(text)
    except ValueError as problem:
        raise ValueError(f"{problem}, for one of {_listed(drivers)}") from None
    if parsed.drivername not in drivers:
        raise ValueError(f"expected a URL for one of {_listed(drivers)}, found another driver")
    if not parsed.database:
        raise ValueError("expected the name of a database, or a file, after the last slash")
    return SecretStr(text)


def _listed(drivers: frozenset[str]) -> str:
    return ", ".join(sorted(drivers))


def _vista_database(url: SecretStr) -> SecretStr:
    try:
        read_address(url.get_secret_value().strip())
    except DriverNotSupported as problem:
        raise ValueError(str(problem).rstrip(".")) from None
    return _database(url, _VISTA_DRIVERS)


def _journal_database(url: SecretStr) -> SecretStr:
    return _database(url, JOURNAL_DRIVERS)


def _journal_key(value: SecretStr) -> SecretStr:
    try:
        Vault(value.get_secret_value())
    except JournalKeyWrong as problem:
        raise ValueError(f"expected {problem.expected}") from None
    return value


def _mail_server_url(value: SecretStr) -> SecretStr:
    read_mail_server(value)
    return value


def _secret(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().strip():
        raise ValueError("expected the secret, found blanks")
    return value


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError("expected a folder that exists")
    return path


def _existing_file(path: Path) -> Path:
    if not path.is_file():
        raise ValueError("expected a file that exists")
    return path


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Address = Annotated[str, AfterValidator(_plain_address)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
ExistingFile = Annotated[Path, AfterValidator(_existing_file)]
Seconds = Annotated[int, Field(ge=1, le=3600)]
VistaUrl = Annotated[SecretStr, AfterValidator(_vista_database)]
MailServerUrl = Annotated[SecretStr, AfterValidator(_mail_server_url)]
JournalUrl = Annotated[
    SecretStr,
    AfterValidator(_journal_database),
    Field(
        description="the journal's own database",
        examples=["postgresql+psycopg://<user>:<password>@<server>/budget_export"],
    ),
]
JournalKey = Annotated[
    SecretStr,
    AfterValidator(_journal_key),
    Field(
        description="the key that encrypts the authenticators' secrets and seals the journal (budget-export new-key)",
        examples=["<44 characters>"],
    ),
]
ProfilesDir = Annotated[
    Path | None,
    AfterValidator(lambda path: path if path is None else _folder(path)),
    Field(description="folder with the profiles of an installation that has several companies", examples=["profiles"]),
]
