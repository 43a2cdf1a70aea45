"""Where the driver for SQL Server is not installed, whoever wants one is told what to install."""

import sys

import pytest

from sandbox.vista.cli import main
from tests.sql_server import require_driver

ADDRESS = "mssql+{}://me:s3cret@server/Viewpoint"
MODULES = [("mssqlpython", "mssql_python", "mssql-python"), ("pyodbc", "pyodbc", "pyodbc, and Microsoft's package")]


@pytest.fixture(params=MODULES, ids=[name for name, _, _ in MODULES])
def missing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """An address whose driver is not there, and what should be installed."""
    name, module, package = request.param
    monkeypatch.setitem(sys.modules, module, None)
    return ADDRESS.format(name), package


def test_the_sandbox_command_says_which_driver_to_install(missing: tuple[str, str]) -> None:
    address, package = missing

    with pytest.raises(SystemExit) as ended:
        main(["--url", address])

    assert str(ended.value).startswith("python -m sandbox vista: expected the driver of mssql+")
    assert f"pip install {package}" in str(ended.value)
    assert "s3cret" not in str(ended.value)


def test_the_tests_on_a_server_fail_and_say_which_driver_to_install(missing: tuple[str, str]) -> None:
    address, package = missing

    with pytest.raises(pytest.fail.Exception) as failed:
        require_driver(address)

    assert package.split(",", 1)[0] in str(failed.value)
    assert ".venv/bin/pip install mssql-python" in str(failed.value)
    assert "s3cret" not in str(failed.value)
