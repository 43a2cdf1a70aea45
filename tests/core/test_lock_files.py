"""What is installed is pinned, and production runs the versions that were tested."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    found = (re.match(r"([a-z0-9][a-z0-9._-]*)==(\S+)", line) for line in lines)
    return {match[1]: match[2] for match in found if match}


def test_production_runs_the_versions_that_were_tested() -> None:
    tested = pins("requirements-dev.lock")
    assert {name: version for name, version in pins("requirements.lock").items() if tested.get(name) != version} == {}


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = {re.split(r"[\[<>=]", line)[0] for line in (*project["dependencies"], *extras["postgresql"])}
    assert wanted - pins("requirements.lock").keys() == set()
    for_development = {re.split(r"[\[<>=]", line)[0] for line in extras["dev"]} - {project["name"]}
    assert for_development - pins("requirements-dev.lock").keys() == set()


def test_no_lock_file_names_a_registry() -> None:
    text = (ROOT / "requirements.lock").read_text("utf-8") + (ROOT / "requirements-dev.lock").read_text("utf-8")
    assert re.findall(r"https?://\S+|--index-url|--find-links", text) == []
