"""Where the three systems are and with which credentials: from the environment, or from a `.env` file.

Rule: no secret in a repr, a message or a chain of exceptions. What is wrong is told all at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from connectors.journal.vault import JournalKeyWrong, Vault
from connectors.mail_server import read_mail_server, read_sender

JOURNAL_FILE = "budget-export-journal.sqlite3"

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_VISTA_DRIVERS = frozenset({"mssql+mssqlpython", "mssql+pyodbc", "sqlite", "sqlite+pysqlite"})
_JOURNAL_DRIVERS = frozenset({"postgresql+psycopg", "postgresql", "postgres", "sqlite", "sqlite+pysqlite"})


def _plain_address(text: str) -> str:
    parts = urlsplit(text.strip())
    # The client secret would travel in clear text over http; on this machine nobody listens in.
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not is_safe or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("expected a plain https address (http only on this machine)")
    return text.strip().rstrip("/")


def _database(url: SecretStr, drivers: frozenset[str]) -> SecretStr:
    text = url.get_secret_value().strip()
    try:
        parsed = make_url(text)
    except ArgumentError:
        raise ValueError(f"expected a database URL that starts with one of {_listed(drivers)}") from None
    if parsed.drivername not in drivers:
        raise ValueError(f"expected a URL for one of {_listed(drivers)}, found {parsed.drivername!r}")
    if not parsed.database and "odbc_connect" not in parsed.query:
        raise ValueError("expected the name of a database, or a file, after the last slash")
    return SecretStr(text)


def _listed(drivers: frozenset[str]) -> str:
    return ", ".join(sorted(drivers))


def _vista_database(url: SecretStr) -> SecretStr:
    return _database(url, _VISTA_DRIVERS)


def _journal_database(url: SecretStr) -> SecretStr:
    return _database(url, _JOURNAL_DRIVERS)


def _journal_key(value: SecretStr) -> SecretStr:
    try:
        Vault(value.get_secret_value())
    except JournalKeyWrong as problem:
        raise ValueError(f"expected {problem.expected}") from None
    return value


def _mail_server(value: SecretStr) -> SecretStr:
    read_mail_server(value)
    return value


def _secret(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().strip():
        raise ValueError("expected the secret, found blanks")
    return value


def _file(path: Path) -> Path:
    if not path.is_file():
        raise ValueError("expected a file that exists")
    return path


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Address = Annotated[str, AfterValidator(_plain_address)]


class Settings(BaseSettings):
    """Everything the product must be told about its surroundings. Each name is an environment variable."""

    model_config = SettingsConfigDict(
        env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    procore_login_url: _Address = Field(
        description="where Procore gives out tokens", examples=["https://login.procore.com"]
    )
    procore_api_url: _Address = Field(description="where Procore's API answers", examples=["https://api.procore.com"])
    procore_client_id: _Text = Field(
        description="client id of the Procore service account (client credentials)", examples=["<client id>"]
    )
    procore_client_secret: Annotated[SecretStr, AfterValidator(_secret)] = Field(
        description="client secret of the Procore service account", examples=["<client secret>"]
    )
    procore_company_id: int = Field(ge=1, description="number of the company in Procore", examples=["8089"])
    procore_budget_view: _Text = Field(
        description="name of the Procore budget view whose rows are exported", examples=["ERP Export"]
    )
    vista_url: Annotated[SecretStr, AfterValidator(_vista_database)] = Field(
        description="Vista's database", examples=["mssql+mssqlpython://<user>:<password>@<server>/Viewpoint"]
    )
    vista_company: int = Field(ge=1, le=255, description="Vista's job cost company (JCCo), 1 to 255", examples=["1"])
    journal_url: Annotated[SecretStr, AfterValidator(_journal_database)] = Field(
        default=SecretStr(f"sqlite:///{JOURNAL_FILE}"),
        description="the journal's own database",
        examples=["postgresql+psycopg://<user>:<password>@<server>/budget_export"],
    )
    journal_key: Annotated[SecretStr, AfterValidator(_journal_key)] = Field(
        description="the key that encrypts the authenticators' secrets and seals the journal (budget-export new-key)",
        examples=["<44 characters>"],
    )
    export_config: Annotated[Path, AfterValidator(_file)] = Field(
        description="TOML file with the mapping, the rules and the limits", examples=["export.toml"]
    )
    mail_server: Annotated[SecretStr, AfterValidator(_mail_server)] | None = Field(
        default=None,
        description="the mail server: smtp:// demands STARTTLS (except on this machine), smtps:// is TLS at once",
        examples=["smtp://<user>:<password>@mail.example.com:587"],
    )
    mail_from: Annotated[str, AfterValidator(read_sender)] | None = Field(
        default=None,
        validate_default=True,
        description="the sender's address of all mails; it belongs to MAIL_SERVER",
        examples=["budget-export@example.com"],
    )
    mail_ca_file: Annotated[Path, AfterValidator(_file)] | None = Field(
        default=None,
        description="the certificate (PEM) of the company's own authority, where the mail server's comes from it",
        examples=["/etc/ssl/certs/company.pem"],
    )
    reports_dir: Path | None = Field(
        default=None, description="folder for the CSV files of reviews and verifications", examples=["reports"]
    )
    reports_url: _Address | None = Field(
        default=None,
        description="web address under which people see that folder",
        examples=["https://files.example.com/budget-export"],
    )

    @field_validator("mail_from")
    @classmethod
    def _belongs_to_a_server(cls, sender: str | None, known: ValidationInfo) -> str | None:
        # A server that is itself wrong is not known here, and has its own problem.
        if "mail_server" in known.data and (known.data["mail_server"] is None) is not (sender is None):
            raise ValueError("expected both MAIL_SERVER and MAIL_FROM, or neither of them")
        return sender


class _GivenSettings(Settings):
    """Settings that look at nothing but what they are given and the `.env` file."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Leave the process's own environment out."""
        del settings_cls, env_settings, file_secret_settings
        return (init_settings, dotenv_settings)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingProblem:
    """One setting that is missing or wrong. It never repeats the value: it may be a secret."""

    name: str
    what: str
    meaning: str
    example: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.name}: {self.what}. It is {self.meaning}; for example {self.name}={self.example}"


class SettingsProblem(Exception):
    """Settings are missing or wrong; all of them are named, none of their values."""

    def __init__(self, problems: tuple[SettingProblem, ...]) -> None:
        """Keep the problems one by one."""
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        """List all problems, one a line, and the way out."""
        lines = [
            f"{len(self.problems)} of {len(Settings.model_fields)} settings are missing or wrong:",
            *(f"  {problem}" for problem in self.problems),
            "Set them in the environment or in a .env file; .env.example describes each one.",
        ]
        return "\n".join(lines)


def load_settings(environ: Mapping[str, str] | None = None, *, env_file: Path | None = Path(".env")) -> Settings:
    """Read and check the settings; the environment wins over the file.

    Args:
        environ: the environment; the process's own if not given. Names in any case, an empty value is a missing one.
        env_file: a file of NAME=value lines, which need not exist; None reads none.

    Raises:
        SettingsProblem: naming everything that is missing or wrong.
    """
    # The problem is raised outside the handler: pydantic's own error, which knows the values, must not be chained.
    try:
        if environ is None:
            return Settings(_env_file=env_file)
        return _GivenSettings(_env_file=env_file, **_given(environ))
    except ValidationError as error:
        problems = tuple(_problem(detail["loc"], detail["type"], detail["msg"]) for detail in error.errors())
    raise SettingsProblem(problems)


def _given(environ: Mapping[str, str]) -> dict[str, Any]:
    names = Settings.model_fields
    return {name.lower(): value for name, value in environ.items() if name.lower() in names and value}


def _problem(location: tuple[int | str, ...], kind: str, message: str) -> SettingProblem:
    name = str(location[0])
    setting = Settings.model_fields[name]
    return SettingProblem(
        name=name.upper(),
        what="missing" if kind == "missing" else message.removeprefix("Value error, "),
        meaning=setting.description or "",
        example=str((setting.examples or [""])[0]),
    )
