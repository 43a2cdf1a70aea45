"""Small enough to read, exact with money, and honest about exceptions: what a reviewer should not have to count."""

import ast
import re

from tests.core.sources import PACKAGES, Source, sources

EVERYTHING = (*PACKAGES, "tests", "benchmarks")

MODULE_LINES_MAX = 300
FUNCTION_LINES_MAX = 60

# Raising one of these is a decision for a review. Each escape says why on its own line.
ESCAPES_IN_THE_PRODUCT_MAX = 15
ESCAPES_IN_TESTS_MAX = 40
_ESCAPE = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no cover)[^#\n]*(#.*)?$", re.MULTILINE)
_BARE_ESCAPE = re.compile(r"#\s*(noqa(?!:)|type:\s*ignore(?!\[))")

# Seconds to wait are floats; these two modules read them from headers and settings.
SECONDS_ARE_READ_IN = frozenset({"connectors/vista/engine.py", "connectors/procore/limits.py"})
# JSON in which amounts arrive; everywhere else the text is our own, and its amounts are text.
JSON_WITH_AMOUNTS = "connectors/procore/answers.py"


def escapes(among: tuple[Source, ...]) -> list[str]:
    # The guard itself speaks of escapes without using one.
    return [
        f"{source.name}: {found.group(0)}"
        for source in among
        if source.path.name != "test_house_rules.py"
        for found in _ESCAPE.finditer(source.text)
    ]


def test_every_module_can_be_read_in_one_go() -> None:
    long = {
        source.name: lines for source in sources(*EVERYTHING) if (lines := source.text.count("\n")) > MODULE_LINES_MAX
    }
    assert long == {}


def test_every_function_fits_on_a_screen() -> None:
    long = {
        f"{source.name}:{node.name}": lines
        for source in sources(*EVERYTHING)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    }
    assert long == {}


def test_escapes_from_the_checkers_are_few() -> None:
    assert len(escapes(sources(*PACKAGES))) <= ESCAPES_IN_THE_PRODUCT_MAX
    assert len(escapes(sources("tests", "benchmarks"))) <= ESCAPES_IN_TESTS_MAX


def test_no_escape_silences_everything_at_once() -> None:
    assert [escape for escape in escapes(sources(*EVERYTHING)) if _BARE_ESCAPE.search(escape)] == []


def test_the_core_knows_no_float_but_to_refuse_it() -> None:
    named = [
        source.name
        for source in sources("jobcost")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Name) and node.id == "float"
    ]
    written = [
        f"{source.name}:{node.lineno}"
        for source in sources("jobcost")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]
    # money.decimal_from names it in order to refuse it.
    assert named == ["jobcost/money.py"]
    assert written == []


def test_nothing_that_could_be_money_is_made_a_float() -> None:
    making = {
        source.name
        for source in sources("connectors", "tasks", "flows", "budget_export")
        for call in ast.walk(source.tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "float"
    }
    assert making <= SECONDS_ARE_READ_IN


def test_amounts_in_json_and_toml_are_read_as_decimals() -> None:
    unsafe = [
        f"{source.name}:{call.lineno}"
        for source in sources("connectors")
        if "import tomllib" in source.text or source.name == JSON_WITH_AMOUNTS
        for call in ast.walk(source.tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "loads"
        if "parse_float" not in {keyword.arg for keyword in call.keywords}
    ]
    assert unsafe == []


def test_the_words_that_say_nothing_name_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "manager", "misc", "common"}
    assert [source.name for source in sources(*EVERYTHING) if source.path.stem in empty] == []
