"""The page of the invariants names guards and tests that exist."""

import ast
import importlib
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "invariants.md").read_text(encoding="utf-8")
SECTIONS = {
    int(number): body
    for number, body in re.findall(r"^## (\d+)\. (.*?)(?=^## |\Z)", PAGE, flags=re.MULTILINE | re.DOTALL)
}
ROWS = tuple(
    (number, guard, tuple(re.findall(r"`(tests/[^`]+)`", tests)))
    for number, body in SECTIONS.items()
    for guard, tests in re.findall(r"^\| `([\w.]+)` \| (.+) \|$", body, flags=re.MULTILINE)
)
TESTS = tuple(sorted({test for _, _, tests in ROWS for test in tests}))


@cache
def functions_in(file: str) -> frozenset[str]:
    """Name the test functions of a file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def named(dotted: str) -> Any:
    """Find what a dotted name names: a module, then what it holds."""
    parts = dotted.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            found = getattr(found, part)
        return found
    raise ModuleNotFoundError(dotted)


def test_all_thirteen_invariants_have_guards_and_tests() -> None:
    assert sorted(SECTIONS) == list(range(1, 14))
    assert sorted({number for number, _, tests in ROWS if tests}) == list(range(1, 14))


def test_every_line_of_the_page_is_understood() -> None:
    assert len(ROWS) == sum(line.startswith("| `") for line in PAGE.splitlines())


@pytest.mark.parametrize("guard", sorted({guard for _, guard, _ in ROWS}))
def test_every_guard_exists(guard: str) -> None:
    assert named(guard) is not None


@pytest.mark.parametrize("test", TESTS)
def test_every_test_exists(test: str) -> None:
    file, _, name = test.partition("::")
    assert name in functions_in(file)


@pytest.mark.parametrize("number", range(1, 14))
def test_each_invariant_has_a_test_that_takes_a_guard_away(number: int) -> None:
    proofs = [test for row, _, tests in ROWS if row == number for test in tests if "::test_without_" in test]
    assert len(proofs) >= 1
