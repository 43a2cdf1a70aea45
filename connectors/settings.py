"""Where the three systems are and with which credentials: from the environment, a `.env` file, or a profile.

Rule: no secret in a repr, a message or a chain of exceptions. What is wrong is told all at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from connectors.mail_server import read_sender
from connectors.profile_files import profile_names, read_profile, unknown_profile
from connectors.setting_values import (
    Address,
    ExistingFile,
    JournalKey,
    JournalUrl,
    MailServerUrl,
    ProfilesDir,
    Seconds,
    Secret,
    Text,
    VistaUrl,
)

JOURNAL_FILE = "budget-export-journal.sqlite3"

_CONFIG = SettingsConfigDict(
    env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
)


class Settings(BaseSettings):
    """Everything the product must be told about its surroundings. Each name is an environment variable."""

    model_config = _CONFIG

    procore_login_url: Address = Field(
        description="where Procore gives out tokens", examples=["https://login.procore.com"]
    )
    procore_api_url: Address = Field(description="where Procore's API answers", examples=["https://api.procore.com"])
    procore_client_id: Text = Field(
        description="client id of the Procore service account (client credentials)", examples=["<client id>"]
    )
    procore_client_secret: Secret = Field(
        description="client secret of the Procore service account", examples=["<client secret>"]
    )
    procore_company_id: int = Field(ge=1, description="number of the company in Procore", examples=["8089"])
    procore_budget_view: Text = Field(
        description="name of the Procore budget view whose rows are exported", examples=["ERP Export"]
    )
    vista_url: VistaUrl = Field(
        description="Vista's database", examples=["mssql+mssqlpython://<user>:<password>@<server>/Viewpoint"]
    )
    vista_company: int = Field(ge=1, le=255, description="Vista's job cost company (JCCo), 1 to 255", examples=["1"])
    vista_login_seconds: Seconds = Field(15, description="how long SQL Server may take to let us in", examples=["15"])
    vista_lock_seconds: Seconds = Field(
        15, description="how long rows or a job that others hold are waited for", examples=["15"]
    )
    vista_statement_seconds: Seconds = Field(
        120, validate_default=True, description="how long one statement may take, waiting included", examples=["120"]
    )
    journal_url: JournalUrl = SecretStr(f"sqlite:///{JOURNAL_FILE}")
    journal_key: JournalKey
    export_config: ExistingFile = Field(
        description="TOML file with the mapping, the rules and the limits", examples=["export.toml"]
    )
    mail_server: MailServerUrl | None = Field(
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
    mail_ca_file: ExistingFile | None = Field(
        default=None,
        description="the certificate (PEM) of the company's own authority, where the mail server's comes from it",
        examples=["/etc/ssl/certs/company.pem"],
    )
    reports_dir: Path | None = Field(
        default=None, description="folder for the CSV files of reviews and verifications", examples=["reports"]
    )
    reports_url: Address | None = Field(
        default=None,
        description="web address under which people see that folder",
        examples=["https://files.example.com/budget-export"],
    )
    profiles_dir: ProfilesDir = None

    @field_validator("mail_from")
    @classmethod
    def _belongs_to_a_server(cls, sender: str | None, known: ValidationInfo) -> str | None:
        # A server that is itself wrong is not known here, and has its own problem.
        if "mail_server" in known.data and (known.data["mail_server"] is None) is not (sender is None):
            raise ValueError("expected both MAIL_SERVER and MAIL_FROM, or neither of them")
        return sender

    @field_validator("vista_statement_seconds")
    @classmethod
    def _outlasts_a_lock(cls, seconds: int, known: ValidationInfo) -> int:
        # Otherwise the driver would give up first, and nobody would learn that it was a lock.
        if seconds <= known.data.get("vista_lock_seconds", 0):
            raise ValueError("expected more seconds than VISTA_LOCK_SECONDS")
        return seconds


class Installation(BaseSettings):
    """What all companies of an installation share: the journal and the folder with the profiles."""

    model_config = _CONFIG

    journal_url: JournalUrl = SecretStr(f"sqlite:///{JOURNAL_FILE}")
    journal_key: JournalKey
    profiles_dir: ProfilesDir = None


class _Companies(BaseSettings):
    """Where the profiles are, and whether the environment names companies of its own."""

    model_config = _CONFIG

    profiles_dir: ProfilesDir = None
    procore_company_id: str = ""
    vista_company: str = ""


class _OnlyGiven(BaseSettings):
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


class _GivenSettings(_OnlyGiven, Settings):
    pass


class _GivenInstallation(_OnlyGiven, Installation):
    pass


class _GivenCompanies(_OnlyGiven, _Companies):
    pass


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

    def __init__(self, problems: tuple[SettingProblem, ...], profile: str = "") -> None:
        """Keep the problems one by one; of a profile, if one is named."""
        super().__init__(problems, profile)
        self.problems = problems
        self.profile = profile

    def __str__(self) -> str:
        """List all problems, one a line, and the way out."""
        whose = f" of profile {self.profile}" if self.profile else ""
        place = f"in {self.profile}.env, in the environment" if self.profile else "in the environment"
        lines = [
            f"{len(self.problems)} of {len(Settings.model_fields)} settings{whose} are missing or wrong:",
            *(f"  {problem}" for problem in self.problems),
            f"Set them {place} or in a .env file; .env.example describes each one.",
        ]
        return "\n".join(lines)


ENV_FILE = Path(".env")


def load_settings(
    profile: str = "", *, environ: Mapping[str, str] | None = None, env_file: Path | None = ENV_FILE
) -> Settings:
    """Read and check the settings of a pair of companies: the profile wins over the environment, that over the file.

    Args:
        profile: name of a profile; "" for the companies that the environment itself names.
        environ: the environment; the process's own if not given. Names in any case, an empty value is a missing one.
        env_file: a file of NAME=value lines, which need not exist; None reads none.

    Raises:
        SettingsProblem: naming everything that is missing or wrong.
        UnknownProfile: if there is none of this name, or none is named where there are only profiles.
        ProfileProblem: if the profile's file cannot be used.
    """
    own: dict[str, str] = {}
    if profile:
        folder = _read(_Companies, _GivenCompanies, environ, env_file).profiles_dir
        own = read_profile(folder, profile, _NAMES)
    try:
        return _read(Settings, _GivenSettings, environ, env_file, own, profile)
    except SettingsProblem as problem:
        # Where there are only profiles, the environment need not be complete.
        is_about_folder = any(one.name == "PROFILES_DIR" for one in problem.problems)
        if profile or is_about_folder or "" in known_profiles(environ=environ, env_file=env_file):
            raise
    raise unknown_profile(profile, _read(_Companies, _GivenCompanies, environ, env_file).profiles_dir)


def load_installation(*, environ: Mapping[str, str] | None = None, env_file: Path | None = ENV_FILE) -> Installation:
    """Read what all companies share.

    Raises:
        SettingsProblem: naming everything that is missing or wrong.
    """
    return _read(Installation, _GivenInstallation, environ, env_file)


def known_profiles(*, environ: Mapping[str, str] | None = None, env_file: Path | None = ENV_FILE) -> tuple[str, ...]:
    """List all profiles; "" stands for the companies that the environment names, and comes first.

    The environment counts unless there are profiles and it names neither company.

    Raises:
        SettingsProblem: if PROFILES_DIR is no folder.
    """
    companies = _read(_Companies, _GivenCompanies, environ, env_file)
    names = profile_names(companies.profiles_dir)
    return names if names and not _names_companies(companies) else ("", *names)


def _names_companies(companies: _Companies) -> bool:
    return bool(companies.procore_company_id.strip() or companies.vista_company.strip())


_NAMES = frozenset(name.upper() for name in Settings.model_fields)
_Kind = TypeVar("_Kind", bound=BaseSettings)


def _read(
    kind: type[_Kind],
    given_kind: type[_Kind],
    environ: Mapping[str, str] | None,
    env_file: Path | None,
    own: Mapping[str, str] | None = None,
    profile: str = "",
) -> _Kind:
    values: dict[str, Any] = {name.lower(): value for name, value in (own or {}).items()}
    # The problem is raised outside the handler: pydantic's own error, which knows the values, must not be chained.
    try:
        if environ is None:
            return kind(_env_file=env_file, **values)
        names = kind.model_fields
        given = {name.lower(): value for name, value in environ.items() if name.lower() in names and value}
        return given_kind(_env_file=env_file, **(given | values))
    except ValidationError as error:
        problems = tuple(_problem(detail["loc"], detail["type"], detail["msg"]) for detail in error.errors())
    raise SettingsProblem(problems, profile)


def _problem(location: tuple[int | str, ...], kind: str, message: str) -> SettingProblem:
    name = str(location[0])
    setting = Settings.model_fields[name]
    return SettingProblem(
        name=name.upper(),
        what="missing" if kind == "missing" else message.removeprefix("Value error, "),
        meaning=setting.description or "",
        example=str((setting.examples or [""])[0]),
    )
