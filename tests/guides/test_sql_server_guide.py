"""What Vista's driver needs, and what docs/sql-server.md says of SQL Server, agrees with the product and its image."""

import re
import tomllib
from pathlib import Path

import pytest

from connectors.vista import probe_statements
from connectors.vista.address import read_address
from connectors.vista.connect_words import way_in
from tests.core.sources import PACKAGES, sources
from tests.guides.test_guides import PAGES

ROOT = Path(__file__).parents[2]
# What Microsoft's ODBC driver, as mssql-python brings it, loads from the system: libltdl.so.7, libkrb5.so.3 and
# libgssapi_krb5.so.2, by the names of Debian's packages. The one list: image, guide and message are held to it.
DRIVER_NEEDS = ("libltdl7", "libkrb5-3", "libgssapi-krb5-2")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture
def guide() -> str:
    return (ROOT / "docs" / "sql-server.md").read_text("utf-8")


@pytest.fixture
def image() -> str:
    """The Dockerfile with each of its instructions on one line."""
    return (ROOT / "deployments" / "Dockerfile").read_text("utf-8").replace("\\\n", " ")


def _section(guide: str, number: int) -> str:
    return guide.partition(f"\n## {number}. ")[2].partition("\n## ")[0]


def _wanted(requirements: list[str]) -> dict[str, frozenset[str]]:
    """Read each requirement as name and bounds; their order says nothing."""
    found = (re.match(r"([A-Za-z0-9_-]+)(.*)", line.replace(" ", "")) for line in requirements)
    return {match[1]: frozenset(match[2].split(",")) for match in found if match}


def test_the_image_installs_every_library_that_the_driver_loads(image: str) -> None:
    (installed,) = re.findall(r"^RUN .*apt-get install (.*)$", image, re.MULTILINE)

    words = installed.partition("&&")[0].split()
    assert tuple(word for word in words if not word.startswith("-")) == DRIVER_NEEDS


def test_the_guide_and_the_message_name_every_library_that_the_driver_loads(guide: str) -> None:
    message = way_in("libmsodbcsql-18.6.so.2.1: cannot open shared object file: No such file or directory")

    assert [name for name in DRIVER_NEEDS if name not in _section(guide, 3)] == []
    assert [name for name in DRIVER_NEEDS if name not in message] == []


def test_the_image_installs_the_driver_within_the_bounds_of_the_extra(image: str) -> None:
    (driver,) = re.findall(r'"(mssql-python[^"]*)"', image)

    assert _wanted([driver]).items() <= _wanted(PROJECT["optional-dependencies"]["sqlserver"]).items()


def test_the_extra_takes_no_later_driver_and_no_earlier_sqlalchemy_than_were_tried() -> None:
    """mssql-python 2 may choose another native driver; SQLAlchemy before 2.1 has no dialect for mssql-python."""
    extras = PROJECT["optional-dependencies"]

    assert _wanted(extras["sqlserver"]) == {
        "mssql-python": frozenset({">=1.16", "<2"}),
        "sqlalchemy": frozenset({">=2.1"}),
    }


def test_nobody_is_told_to_fetch_this_private_package_from_a_registry(guide: str) -> None:
    """It is not there: whoever registered the name would be installed instead."""
    assert "Private :: Do Not Upload" in PROJECT["classifiers"]
    told = {page.relative_to(ROOT).as_posix(): page.read_text("utf-8") for page in PAGES}
    told |= {source.name: source.text for source in sources(*PACKAGES)}
    told["Dockerfile"] = (ROOT / "deployments" / "Dockerfile").read_text("utf-8")

    by_name = re.compile(rf"pip install [^\n]*{re.escape(PROJECT['name'])}")
    assert [name for name, text in told.items() if by_name.search(text)] == []

    assert "    pip install '.[sqlserver]'\n" in _section(guide, 3)
    assert "pip install '.[sqlserver]'" in told["README.md"]
    assert "pip install '.[sqlserver]'" in told["connectors/vista/engine.py"]
    named = {extra for text in told.values() for extra in re.findall(r"pip install '\.\[([a-z-]+)\]'", text)}
    assert named <= set(PROJECT["optional-dependencies"])


def test_every_address_that_the_guide_shows_is_one_that_the_product_reads(guide: str) -> None:
    shown = re.findall(r"^    VISTA_URL='?(mssql\S+?)'?$", guide, re.MULTILINE)

    hosts = [read_address(address.replace("<password>", "s3cret")).host for address in shown]
    assert hosts == ["vista.example.com", "vista.example.com\\JOBCOST"]


def test_the_guide_asks_for_exactly_the_rights_that_doctor_looks_for(guide: str) -> None:
    rows = re.findall(r"^\| ([A-Z, ]+) \| (.+?) \|", _section(guide, 1), re.MULTILINE)
    asked = {
        (name, right)
        for rights, names in rows
        for right in rights.split(", ")
        for name in re.findall(r"`([A-Za-z.]+)`", names)
        if right != "VIEW DEFINITION"
    }

    assert asked == {
        *probe_statements.READS,
        *probe_statements.WRITES_OF_ESTIMATES,
        *probe_statements.WRITES_OF_CHANGES,
        probe_statements.PROCEDURE,
    }


def test_the_guide_lets_doctor_see_the_triggers_of_every_table_that_an_export_fills(guide: str) -> None:
    (names,) = re.findall(r"^\| VIEW DEFINITION \| (.+?) \|", _section(guide, 1), re.MULTILINE)

    assert set(re.findall(r"`(b[A-Z]+)`", names)) == set(probe_statements.FILLED)


def test_the_guide_names_every_role_that_doctor_warns_of(guide: str) -> None:
    (not_asked,) = re.findall(r"\*\*Not\*\* asked for:(.+?)\n\n", _section(guide, 1), re.DOTALL)
    roles = {name for name, permission in probe_statements.NOT_ASKED if permission == "member"}

    assert roles == {"sysadmin", "db_owner", "db_datawriter", "db_datareader", "db_ddladmin", "db_securityadmin"}
    assert [name for name in sorted(roles) if f"`{name}`" not in not_asked] == []


def test_what_the_guide_lets_deny_takes_nothing_that_it_grants(guide: str) -> None:
    denied = set(re.findall(r"^    DENY (\w+) (?:\((.+?)\) )?ON dbo\.(\w+)", _section(guide, 1), re.MULTILINE))

    assert denied == {
        ("DELETE", "", "JCCH"),
        ("UPDATE", "", "JCJP"),
        ("UPDATE", "UM, BillFlag, ActiveYN, SourceStatus", "JCCH"),
    }
    doctor_warns_of = {(right, name.partition(" ")[0]) for name, right in probe_statements.NOT_ASKED}
    assert {(right, view) for right, _, view in denied} <= doctor_warns_of


def test_taking_the_access_away_ends_sessions_that_are_connected_before_user_and_login_go(guide: str) -> None:
    """Disabling a login leaves its sessions alone; a revoked right stays where public has it."""
    statements = re.findall(r"^    ((?:ALTER|KILL|DROP|SELECT|REVOKE) ?[A-Z]*)", _section(guide, 8), re.MULTILINE)

    assert [statement.strip() for statement in statements] == [
        "ALTER LOGIN",
        "SELECT",
        "KILL",
        "DROP USER",
        "DROP LOGIN",
    ]
