"""The product's own source, parsed once, for tests that guard its shape."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("jobcost", "connectors", "tasks", "flows", "budget_export", "sandbox", "demo")
# Written once and never edited again: alembic's migrations.
HISTORY = ROOT / "connectors" / "journal" / "migrations" / "versions"


@dataclass(frozen=True, slots=True)
class Source:
    """One file of Python."""

    path: Path
    text: str
    tree: ast.Module
    # The dotted names of all imports, those inside functions included.
    imported: frozenset[str]

    @property
    def name(self) -> str:
        """The file as people name it, from the checkout's root."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def module(self) -> str:
        """The module's dotted name."""
        return self.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def sources(*folders: str) -> tuple[Source, ...]:
    """Return the sources of some folders of the checkout."""
    paths = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return tuple(_source(path) for path in paths if HISTORY not in path.parents)


@cache
def _source(path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    return Source(path, text, tree, frozenset(name for node in ast.walk(tree) for name in _names(node)))


def _names(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=str(module), level=0):
            yield module
