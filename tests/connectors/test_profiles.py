"""Profiles: each names its two companies, wins over the environment, and never touches what all share."""

import traceback
from pathlib import Path

import pytest

from connectors.profile_files import ProfileProblem, UnknownProfile
from connectors.settings import SettingsProblem, known_profiles, load_installation, load_settings
from tests.keys import JOURNAL_KEY

SECRET = "s3cr3t-word"
COMPANIES = "PROCORE_COMPANY_ID=9090\nVISTA_COMPANY=2\n"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The environment of company 8089 with Vista company 1, and a folder for profiles."""
    (tmp_path / "export.toml").touch()
    (tmp_path / "profiles").mkdir()
    return {
        "PROCORE_LOGIN_URL": "https://login.procore.com",
        "PROCORE_API_URL": "https://api.procore.com",
        "PROCORE_CLIENT_ID": "client",
        "PROCORE_CLIENT_SECRET": SECRET,
        "PROCORE_COMPANY_ID": "8089",
        "PROCORE_BUDGET_VIEW": "ERP Export",
        "VISTA_URL": f"mssql+mssqlpython://exporter:{SECRET}@vista/Viewpoint",
        "VISTA_COMPANY": "1",
        "JOURNAL_URL": f"postgresql+psycopg://journal:{SECRET}@db/journal",
        "JOURNAL_KEY": JOURNAL_KEY,
        "EXPORT_CONFIG": str(tmp_path / "export.toml"),
        "PROFILES_DIR": str(tmp_path / "profiles"),
    }


def write(environ: dict[str, str], text: str, name: str = "south") -> None:
    Path(environ["PROFILES_DIR"], f"{name}.env").write_text(text, encoding="utf-8")


def problem_of(environ: dict[str, str], profile: str = "south") -> str:
    with pytest.raises(ProfileProblem) as raised:
        load_settings(profile, environ=environ, env_file=None)
    told = "".join(traceback.format_exception(raised.value))
    assert SECRET not in told + repr(raised.value)
    return str(raised.value)


def test_a_profile_wins_over_the_environment_and_shares_the_rest(environ: dict[str, str]) -> None:
    write(environ, f"# South\n\nexport {COMPANIES}procore_client_id = 'of the south' # theirs\n")
    settings = load_settings("south", environ=environ, env_file=None)
    assert (settings.procore_company_id, settings.vista_company) == (9090, 2)
    assert (settings.procore_client_id, settings.procore_budget_view) == ("of the south", "ERP Export")
    assert settings.journal_url.get_secret_value() == environ["JOURNAL_URL"]
    assert load_settings(environ=environ, env_file=None).procore_company_id == 8089


def test_a_profile_wins_over_the_process_s_own_environment(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(environ, COMPANIES)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert load_settings("south", env_file=None).procore_company_id == 9090
    assert known_profiles(env_file=None) == ("", "south")
    assert load_installation(env_file=None).journal_key.get_secret_value() == JOURNAL_KEY


def test_a_value_is_taken_as_it_stands(environ: dict[str, str]) -> None:
    write(environ, COMPANIES + "PROCORE_CLIENT_SECRET=pa$$${HOME}#1\n")
    secret = load_settings("south", environ=environ, env_file=None).procore_client_secret
    assert secret.get_secret_value() == "pa$$${HOME}#1"


def test_an_empty_value_is_a_missing_one(environ: dict[str, str]) -> None:
    write(environ, COMPANIES + "PROCORE_CLIENT_ID=\n")
    assert load_settings("south", environ=environ, env_file=None).procore_client_id == "client"


@pytest.mark.parametrize("name", ["JOURNAL_URL", "JOURNAL_KEY", "PROFILES_DIR", "journal_key"])
def test_a_profile_may_not_set_what_all_companies_share(environ: dict[str, str], name: str) -> None:
    write(environ, f"{COMPANIES}{name}={SECRET}\n")
    assert f"line 3: {name.upper()} cannot be set by a profile" in problem_of(environ)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("VISTA_COMPANY=2", "PROCORE_COMPANY_ID"),
        ("PROCORE_COMPANY_ID=9090", "VISTA_COMPANY"),
        ("PROCORE_COMPANY_ID=9090\nVISTA_COMPANY=", "VISTA_COMPANY"),
        ("", "PROCORE_COMPANY_ID and no VISTA_COMPANY"),
    ],
)
def test_a_profile_never_has_one_company_of_its_own_and_one_of_the_environment(
    environ: dict[str, str], text: str, missing: str
) -> None:
    write(environ, text)
    assert f"found no {missing}. Set both" in problem_of(environ)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"PROCORE_CLEINT_SECRET={SECRET}", "There is no such setting."),
        (f"{SECRET}", "This is no setting."),
        (f"VISTA_URL='{SECRET}", "This is no setting."),
        (f"== {SECRET}", "This is no setting."),
        ("VISTA_COMPANY=3", "VISTA_COMPANY is set twice."),
    ],
)
def test_what_is_wrong_with_a_line_is_told_with_its_number_and_without_it(
    environ: dict[str, str], line: str, said: str
) -> None:
    write(environ, f"{COMPANIES}\n\n{line}\n")
    told = problem_of(environ)
    assert f"line 5: {said}" in told


def test_a_file_that_is_no_text_is_told(environ: dict[str, str]) -> None:
    Path(environ["PROFILES_DIR"], "south.env").write_bytes(b"\xff\xfe" + SECRET.encode())
    assert "found other bytes" in problem_of(environ)


@pytest.mark.parametrize("name", ["sooth", "../south", "SOUTH", "south.env", "."])
def test_an_unknown_profile_is_told_with_those_there_are(environ: dict[str, str], name: str) -> None:
    write(environ, COMPANIES)
    write(environ, COMPANIES, "north")
    told = problem_of(environ, name)
    assert told.startswith(f"Profile {name!r}: expected one of north, south; found another name.")


def test_without_a_folder_there_are_no_profiles(environ: dict[str, str]) -> None:
    del environ["PROFILES_DIR"]
    assert "PROFILES_DIR is not set" in problem_of(environ)
    assert known_profiles(environ=environ, env_file=None) == ("",)


def test_a_folder_that_does_not_exist_is_a_wrong_setting(environ: dict[str, str]) -> None:
    environ |= {"PROFILES_DIR": "/nowhere", "VISTA_COMPANY": "256"}
    with pytest.raises(SettingsProblem) as raised:
        load_settings(environ=environ, env_file=None)
    assert {one.name for one in raised.value.problems} == {"PROFILES_DIR", "VISTA_COMPANY"}
    with pytest.raises(SettingsProblem):
        known_profiles(environ=environ, env_file=None)


def test_an_environment_that_names_neither_company_is_no_profile_where_there_are_others(
    environ: dict[str, str],
) -> None:
    write(environ, COMPANIES)
    del environ["PROCORE_COMPANY_ID"]
    assert known_profiles(environ=environ, env_file=None) == ("", "south")
    del environ["VISTA_COMPANY"]
    assert known_profiles(environ=environ, env_file=None) == ("south",)
    with pytest.raises(UnknownProfile, match="expected one of south; found none"):
        load_settings(environ=environ, env_file=None)
    assert load_settings("south", environ=environ, env_file=None).vista_company == 2


def test_only_files_with_a_profiles_name_are_profiles(environ: dict[str, str]) -> None:
    for name in ("north", "South", "", "north west", "a" * 41, "b" * 40):
        write(environ, COMPANIES, name)
    Path(environ["PROFILES_DIR"], "folder.env").mkdir()
    assert known_profiles(environ=environ, env_file=None) == ("", "b" * 40, "north")


def test_a_wrong_setting_of_a_profile_is_told_with_the_profile(environ: dict[str, str]) -> None:
    write(environ, f"{COMPANIES}VISTA_URL={SECRET}\n")
    with pytest.raises(SettingsProblem) as raised:
        load_settings("south", environ=environ, env_file=None)
    assert str(raised.value).startswith("1 of 20 settings of profile south are missing or wrong:\n  VISTA_URL: ")
    assert SECRET not in "".join(traceback.format_exception(raised.value))
