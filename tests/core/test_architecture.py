"""The arrows of the design, and the purity of the core, hold in the source itself."""

import ast
import importlib.metadata
import re
import subprocess
import sys

import pytest

from tests.core.sources import PACKAGES, ROOT, sources

# Each layer may use those after it, and nothing else of ours.
LAYERS = ("budget_export", "flows", "tasks", "connectors", "jobcost")
MAY_IMPORT = {layer: frozenset(LAYERS[index:]) for index, layer in enumerate(LAYERS)} | {
    "sandbox": frozenset({"sandbox", "jobcost"}),
    "demo": frozenset(PACKAGES),
}

FOREIGN_TO_THE_CORE = frozenset({"prefect", "sqlalchemy", "httpx", "pyodbc", "mssql_python", "alembic", "typer"})
# Files, network, processes, clocks and chance: what would make a plan differ from one run to the next.
OUTSIDE_WORLD = frozenset(
    {"os", "pathlib", "socket", "subprocess", "threading", "asyncio", "time", "random", "secrets", "uuid"}
    | {"tempfile", "shutil", "logging", "urllib.request", "http", "sqlite3", "locale", "getpass"}
)
OUTSIDE_CALLS = frozenset({"open", "input", "print", "exec", "eval", "__import__"})
CLOCK_READINGS = frozenset({"now", "utcnow", "today", "fromtimestamp"})


def top(module: str) -> str:
    return module.partition(".")[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_import_follows_the_arrows(package: str) -> None:
    against = [
        f"{source.name} imports {name}"
        for source in sources(package)
        for name in sorted(source.imported)
        if top(name) in {*PACKAGES, "tests", "benchmarks"} and top(name) not in MAY_IMPORT[package]
    ]
    assert against == []


def test_only_tests_benchmarks_and_the_demo_know_the_sandbox() -> None:
    knowing = {
        top(source.module)
        for source in sources(*PACKAGES, "tests", "benchmarks")
        if any(top(name) == "sandbox" for name in source.imported)
    }
    assert knowing <= {"sandbox", "demo", "tests", "benchmarks"}


def test_the_core_imports_nothing_that_could_reach_outside() -> None:
    reaching = [
        f"{source.name} imports {name}"
        for source in sources("jobcost")
        for name in sorted(source.imported)
        if {name, top(name)} & (OUTSIDE_WORLD | FOREIGN_TO_THE_CORE)
    ]
    assert reaching == []


def test_the_core_calls_neither_files_nor_clocks() -> None:
    calls = [
        (source.name, call.func)
        for source in sources("jobcost")
        for call in ast.walk(source.tree)
        if isinstance(call, ast.Call)
    ]
    reaching = [name for name, func in calls if isinstance(func, ast.Name) and func.id in OUTSIDE_CALLS]
    reading_clocks = [name for name, func in calls if isinstance(func, ast.Attribute) and func.attr in CLOCK_READINGS]
    # The catalogue prints docs/rules.md when it is run as a command.
    assert reaching == ["jobcost/rules/catalogue.py"]
    assert reading_clocks == []


def test_the_core_runs_without_prefect_databases_and_http() -> None:
    modules = [source.module for source in sources("jobcost")]
    program = (
        f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\n"
        f"print(sorted(set(sys.modules) & {set(FOREIGN_TO_THE_CORE)!r}))"
    )
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "[]", "")


def test_no_flow_is_named_like_a_package_or_a_module_of_python() -> None:
    # Prefect imports a flow by its file's name; a file called `httpx.py` would hide the library.
    taken = sys.stdlib_module_names | importlib.metadata.packages_distributions().keys() | set(PACKAGES)
    stems = {source.path.stem for source in sources("flows")} - {"__init__"}
    assert stems
    assert stems & taken == set()


def test_flows_are_told_without_classes() -> None:
    classes = [
        f"{source.name}: {node.name}"
        for source in sources("flows")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef)
    ]
    assert classes == []


def test_flows_reach_systems_through_tasks_only() -> None:
    direct = [
        f"{source.name} imports {name}"
        for source in sources("flows")
        for name in sorted(source.imported)
        if top(name) in {"sqlalchemy", "httpx", "alembic"}
    ]
    assert direct == []


def test_deployments_name_flows_by_module_and_each_of_them_exists() -> None:
    entrypoints = re.findall(r"^\s*entrypoint: *(\S+)", (ROOT / "prefect.yaml").read_text("utf-8"), flags=re.MULTILINE)
    defined = {
        f"{source.module}.{node.name}"
        for source in sources("flows")
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert entrypoints
    assert [name for name in entrypoints if name not in defined] == []
