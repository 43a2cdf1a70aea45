"""What the documents promise exists: commands, pages, words."""

import ast
import re
from pathlib import Path

import pytest

from tests.core.sources import ROOT, sources

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = frozenset(re.findall(r"^([a-z]+):", MAKEFILE, flags=re.MULTILINE))
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "deployments").rglob("*.md")))


@pytest.mark.parametrize("target", ["install", "check", "test", "demo", "bench", "format", "clean"])
def test_the_makefile_keeps_its_targets(target: str) -> None:
    assert target in TARGETS


def test_no_page_tells_of_a_make_target_that_is_not_there() -> None:
    told = {
        (page.name, target)
        for page in PAGES
        for target in re.findall(r"^make ([a-z]+)|`make ([a-z]+)", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    }
    assert [(page, name) for page, names in sorted(told) for name in names if name and name not in TARGETS] == []


def test_the_readme_tells_how_to_try_and_to_test() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in readme
    assert "make test" in readme


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_page_that_the_code_points_to_exists() -> None:
    pointed = {
        (source.name, page)
        for source in sources("jobcost", "connectors", "tasks", "flows", "budget_export")
        for page in re.findall(r"\bdocs/[\w/-]+\.md\b", source.text)
    }
    assert [entry for entry in sorted(pointed) if not (ROOT / entry[1]).exists()] == []


def test_every_decision_that_the_code_cites_is_written_down() -> None:
    cited = {
        number
        for source in sources("jobcost", "connectors", "tasks", "flows", "budget_export")
        for number in re.findall(r"docs/adr/(\d{4})", source.text)
    }
    written = {page.name[:4] for page in (ROOT / "docs" / "adr").glob("*.md")}
    assert cited - written == set()


def test_the_glossary_names_what_the_core_defines() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    ours = text.partition("## Our words")[2]
    named = {name.partition(".")[0] for name in re.findall(r"`([A-Za-z_]+(?:\.[A-Za-z_]+)?)`", ours)}
    defined = {
        node.name
        for source in sources("jobcost")
        for node in source.tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    }
    assert len(named) > 15
    assert named - defined == set()
