"""Settings: all problems at once, no secret anywhere."""

import traceback
from pathlib import Path

import pytest

from connectors.journal.errors import JournalUrlWrong
from connectors.journal.ledger import POSTGRESQL_DRIVERS, SQLITE_DRIVERS, journal_engine
from connectors.journal.vault import new_key
from connectors.setting_values import JOURNAL_DRIVERS
from connectors.settings import Settings, SettingsProblem, load_settings
from tests.keys import JOURNAL_KEY

ROOT = Path(__file__).parents[2]
SECRET = "s3cr3t-word"
MAIL_SERVER = f"smtp://exporter:{SECRET}@mail.example.com:587"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "export.toml").touch()
    return {
        "PROCORE_LOGIN_URL": "https://login.procore.com/",
        "PROCORE_API_URL": "https://api.procore.com",
        "PROCORE_CLIENT_ID": "client",
        "PROCORE_CLIENT_SECRET": SECRET,
        "PROCORE_COMPANY_ID": "8089",
        "PROCORE_BUDGET_VIEW": " ERP Export ",
        "VISTA_URL": f"mssql+mssqlpython://exporter:{SECRET}@vista/Viewpoint",
        "VISTA_COMPANY": "1",
        "JOURNAL_URL": f"postgresql+psycopg://journal:{SECRET}@db/journal",
        "JOURNAL_KEY": JOURNAL_KEY,
        "EXPORT_CONFIG": str(tmp_path / "export.toml"),
    }


def _problem(environ: dict[str, str]) -> SettingsProblem:
    with pytest.raises(SettingsProblem) as raised:
        load_settings(environ=environ, env_file=None)
    told = "".join(traceback.format_exception(raised.value))
    assert SECRET not in told + repr(raised.value) + repr(raised.value.problems)
    assert raised.value.__context__ is None
    return raised.value


def test_settings_are_read_from_the_environment(environ: dict[str, str]) -> None:
    settings = load_settings(environ=environ, env_file=None)
    assert settings.procore_login_url == "https://login.procore.com"
    assert settings.procore_budget_view == "ERP Export"
    assert (settings.procore_company_id, settings.vista_company) == (8089, 1)
    assert settings.procore_client_secret.get_secret_value() == SECRET
    assert settings.vista_url.get_secret_value() == f"mssql+mssqlpython://exporter:{SECRET}@vista/Viewpoint"
    assert settings.export_config == Path(environ["EXPORT_CONFIG"])


def test_no_secret_is_shown(environ: dict[str, str]) -> None:
    settings = load_settings(
        environ=environ | {"MAIL_SERVER": MAIL_SERVER, "MAIL_FROM": "x@example.com"}, env_file=None
    )
    shown = repr(settings) + str(settings) + settings.model_dump_json()
    assert SECRET not in shown
    assert JOURNAL_KEY not in shown


def test_the_process_s_own_environment_is_read_when_none_is_given(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert load_settings(env_file=None).model_dump() == load_settings(environ=environ, env_file=None).model_dump()


def test_a_given_environment_is_the_only_one(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCORE_CLIENT_ID", "of the process")
    del environ["PROCORE_CLIENT_ID"]
    assert [problem.name for problem in _problem(environ).problems] == ["PROCORE_CLIENT_ID"]


def test_the_environment_wins_over_the_file(environ: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / ".env"
    lines = [f"{name}={value}" for name, value in environ.items()]
    file.write_text("\n".join([*lines, "PREFECT_API_URL=http://elsewhere"]), encoding="utf-8")
    assert load_settings(environ={}, env_file=file).procore_client_id == "client"
    assert load_settings(environ={"PROCORE_CLIENT_ID": "winner"}, env_file=file).procore_client_id == "winner"


def test_a_missing_file_is_no_problem_by_itself(environ: dict[str, str], tmp_path: Path) -> None:
    assert load_settings(environ=environ, env_file=tmp_path / "none.env").vista_company == 1


def test_the_journal_is_a_file_unless_said_otherwise(environ: dict[str, str]) -> None:
    del environ["JOURNAL_URL"]
    assert load_settings(environ=environ, env_file=None).journal_url.get_secret_value() == (
        "sqlite:///budget-export-journal.sqlite3"
    )


def test_everything_missing_is_named_at_once_with_meaning_and_example() -> None:
    problem = _problem({})
    assert [one.name for one in problem.problems] == [
        "PROCORE_LOGIN_URL",
        "PROCORE_API_URL",
        "PROCORE_CLIENT_ID",
        "PROCORE_CLIENT_SECRET",
        "PROCORE_COMPANY_ID",
        "PROCORE_BUDGET_VIEW",
        "VISTA_URL",
        "VISTA_COMPANY",
        "JOURNAL_KEY",
        "EXPORT_CONFIG",
    ]
    told = str(problem)
    assert told.startswith("10 of 20 settings are missing or wrong:\n")
    assert (
        "  VISTA_COMPANY: missing. It is Vista's job cost company (JCCo), 1 to 255; for example VISTA_COMPANY=1" in told
    )


def test_missing_and_wrong_ones_are_named_together(environ: dict[str, str]) -> None:
    del environ["PROCORE_CLIENT_ID"]
    environ |= {"VISTA_COMPANY": "256", "PROCORE_COMPANY_ID": "many", "PROCORE_CLIENT_SECRET": ""}
    assert {one.name: one.what for one in _problem(environ).problems} == {
        "PROCORE_CLIENT_ID": "missing",
        "PROCORE_CLIENT_SECRET": "missing",
        "PROCORE_COMPANY_ID": "Input should be a valid integer, unable to parse string as an integer",
        "VISTA_COMPANY": "Input should be less than or equal to 255",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROCORE_LOGIN_URL", f"http://login.procore.com?secret={SECRET}"),
        ("PROCORE_API_URL", "http://api.procore.com"),
        ("PROCORE_API_URL", f"https://user:{SECRET}@api.procore.com"),
        ("PROCORE_API_URL", "api.procore.com"),
        ("PROCORE_BUDGET_VIEW", "   "),
        ("PROCORE_CLIENT_SECRET", "  "),
        ("PROCORE_COMPANY_ID", "0"),
        ("VISTA_COMPANY", "0"),
        ("VISTA_URL", f"mssql+pymssql://exporter:{SECRET}@vista/Viewpoint"),
        ("VISTA_URL", f"mssql+mssqlpython://exporter:{SECRET}@vista"),
        ("VISTA_URL", SECRET),
        ("JOURNAL_URL", f"mysql://journal:{SECRET}@db/journal"),
        ("JOURNAL_URL", "sqlite://"),
        ("JOURNAL_KEY", SECRET),
        ("JOURNAL_KEY", " , "),
        ("JOURNAL_KEY", f"{JOURNAL_KEY},{SECRET}"),
        ("EXPORT_CONFIG", "/nowhere/export.toml"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_repeated(environ: dict[str, str], name: str, value: str) -> None:
    assert [problem.name for problem in _problem(environ | {name: value}).problems] == [name]


@pytest.mark.parametrize("name", ["VISTA_URL", "JOURNAL_URL", "PROCORE_API_URL", "PROCORE_LOGIN_URL", "MAIL_SERVER"])
@pytest.mark.parametrize(
    "rest",
    [
        f"me:Top@x:{SECRET}@server.example.com/data",
        f"me:Top@{SECRET}@server.example.com/data",
        f"me:Top@x/{SECRET}@server.example.com/data",
        f"me:Top@x/{SECRET}?y=1@server.example.com/data",
        f"domain/me:{SECRET}@server.example.com/data",
        f"me:{SECRET}/data",
        f"me:{SECRET}",
    ],
)
def test_a_password_that_is_not_percent_encoded_is_shown_in_no_part(
    environ: dict[str, str], name: str, rest: str
) -> None:
    drivers = {"VISTA_URL": "mssql+mssqlpython", "JOURNAL_URL": "postgresql+psycopg", "MAIL_SERVER": "smtp"}
    environ |= {"MAIL_SERVER": MAIL_SERVER, "MAIL_FROM": "budget-export@example.com"}

    problem = _problem(environ | {name: f"{drivers.get(name, 'https')}://{rest}"})

    assert [one.name for one in problem.problems] == [name]
    assert "server.example.com" not in str(problem)
    assert "Top" not in str(problem)


@pytest.mark.parametrize("name", ["PROCORE_API_URL", "PROCORE_LOGIN_URL", "MAIL_SERVER"])
@pytest.mark.parametrize("rest", [f"me:{SECRET}℀@server.example.com", f"me:[{SECRET}@server.example.com"])
def test_what_the_reader_of_addresses_itself_complains_of_is_not_repeated(
    environ: dict[str, str], name: str, rest: str
) -> None:
    environ |= {"MAIL_SERVER": MAIL_SERVER, "MAIL_FROM": "budget-export@example.com"}
    kind = "smtp" if name == "MAIL_SERVER" else "https"

    assert [one.name for one in _problem(environ | {name: f"{kind}://{rest}"}).problems] == [name]


@pytest.mark.parametrize("rest", [f"me:{SECRET}@x:{SECRET}@h/data", f"me:{SECRET}/data", f"do/me:{SECRET}@h/data"])
def test_the_journal_itself_shows_no_part_of_such_an_address_either(rest: str) -> None:
    with pytest.raises(JournalUrlWrong, match="percent-encoded") as refused:
        journal_engine(f"postgresql+psycopg://{rest}")

    assert SECRET not in "".join(traceback.format_exception(refused.value))


def test_a_file_of_the_journal_may_have_any_sign_in_its_path(environ: dict[str, str]) -> None:
    url = "sqlite:////data/me@example.com/a@b:c/journal.sqlite3"
    assert load_settings(environ=environ | {"JOURNAL_URL": url}, env_file=None).journal_url.get_secret_value() == url


def test_a_new_key_of_the_journal_stands_before_the_old_one(environ: dict[str, str]) -> None:
    keys = f"{new_key()},{JOURNAL_KEY}"
    assert load_settings(environ=environ | {"JOURNAL_KEY": keys}, env_file=None).journal_key.get_secret_value() == keys


def test_without_a_mail_server_there_are_no_mails(environ: dict[str, str]) -> None:
    settings = load_settings(environ=environ, env_file=None)
    assert (settings.mail_server, settings.mail_from, settings.mail_ca_file) == (None, None, None)


def test_mails_have_a_server_and_a_sender(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "company.pem").touch()
    environ |= {"MAIL_SERVER": MAIL_SERVER, "MAIL_FROM": " budget-export@example.com "}
    settings = load_settings(environ=environ | {"MAIL_CA_FILE": str(tmp_path / "company.pem")}, env_file=None)
    assert settings.mail_server is not None
    assert settings.mail_server.get_secret_value() == MAIL_SERVER
    assert settings.mail_from == "budget-export@example.com"
    assert settings.mail_ca_file == tmp_path / "company.pem"


@pytest.mark.parametrize("one", [{"MAIL_SERVER": MAIL_SERVER}, {"MAIL_FROM": "budget-export@example.com"}])
def test_a_mail_server_without_a_sender_is_half_a_setting(environ: dict[str, str], one: dict[str, str]) -> None:
    (problem,) = _problem(environ | one).problems
    assert (problem.name, problem.what) == ("MAIL_FROM", "expected both MAIL_SERVER and MAIL_FROM, or neither of them")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL_SERVER", f"smtp://exporter:{SECRET}"),
        ("MAIL_SERVER", f"http://exporter:{SECRET}@mail.example.com"),
        ("MAIL_SERVER", f"smtp://exporter:{SECRET}/@mail.example.com"),
        ("MAIL_SERVER", SECRET),
        ("MAIL_FROM", f"{SECRET} <budget-export@example.com>"),
        ("MAIL_FROM", "budget-export"),
        ("MAIL_FROM", "büro@example.com"),
        ("MAIL_CA_FILE", "/nowhere/company.pem"),
    ],
)
def test_a_wrong_setting_of_mails_is_named_alone(environ: dict[str, str], name: str, value: str) -> None:
    environ |= {"MAIL_SERVER": MAIL_SERVER, "MAIL_FROM": "budget-export@example.com"}
    assert [problem.name for problem in _problem(environ | {name: value}).problems] == [name]


@pytest.mark.parametrize("host", ["127.0.0.1:8123", "localhost", "[::1]:99"])
def test_procore_is_reached_without_encryption_only_on_this_machine(environ: dict[str, str], host: str) -> None:
    settings = load_settings(environ=environ | {"PROCORE_API_URL": f"http://{host}"}, env_file=None)
    assert settings.procore_api_url == f"http://{host}"


def test_the_settings_and_the_journal_know_the_same_databases() -> None:
    assert JOURNAL_DRIVERS == POSTGRESQL_DRIVERS | SQLITE_DRIVERS


def test_the_example_file_names_exactly_the_settings() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    names = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]
    assert names == [name.upper() for name in Settings.model_fields]


def test_the_example_file_is_refused_until_it_is_filled_in(tmp_path: Path) -> None:
    (tmp_path / "export.toml").touch()
    with pytest.raises(SettingsProblem) as raised:
        load_settings(environ={"EXPORT_CONFIG": str(tmp_path / "export.toml")}, env_file=ROOT / ".env.example")
    assert {problem.name for problem in raised.value.problems} >= {
        "PROCORE_CLIENT_ID",
        "PROCORE_CLIENT_SECRET",
        "PROCORE_COMPANY_ID",
    }
