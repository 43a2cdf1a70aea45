"""Which driver is loaded for Vista: Microsoft's, and a SQLAlchemy that knows it; told before anything is connected."""

import os

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import NoSuchModuleError

from connectors.vista.engine import make_engine
from connectors.vista.errors import DriverNotSupported

PROVIDER = "MSSQL_PYTHON_NATIVE_PROVIDER"


def _engine(driver: str) -> Engine:
    return make_engine(
        f"mssql+{driver}://me:s3cret@vista.example.com:1433/Viewpoint",
        login_timeout_seconds=1,
        lock_timeout_seconds=1,
        timeout_seconds=2,
    )


@pytest.fixture
def provider_at_import(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """What the driver would have read from the environment when it was imported."""
    seen: list[str | None] = []

    def importing(*_arguments: object, **_options: object) -> None:
        seen.append(os.environ.get(PROVIDER))
        raise ModuleNotFoundError("No module named 'mssql_python'")

    monkeypatch.setattr("connectors.vista.engine.create_engine", importing)
    return seen


@pytest.mark.parametrize("before", ["", "  ", "msodbcsql18", " MSODBCSQL18 "])
def test_mssql_python_is_told_to_take_microsofts_odbc_driver_before_it_is_imported(
    before: str, provider_at_import: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PROVIDER, before)

    with pytest.raises(DriverNotSupported, match="not installed"):
        _engine("mssqlpython")

    (seen,) = provider_at_import
    assert seen is not None
    assert seen.strip().lower() == "msodbcsql18"


def test_another_provider_of_mssql_python_is_refused_before_anything_is_connected(
    provider_at_import: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PROVIDER, "mssql-odbc")

    with pytest.raises(DriverNotSupported, match=f"expected {PROVIDER} to be msodbcsql18 or unset, found another"):
        _engine("mssqlpython")

    assert provider_at_import == []


def test_pyodbc_has_nothing_to_do_with_that_choice(
    provider_at_import: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PROVIDER, "mssql-odbc")

    with pytest.raises(DriverNotSupported, match="not installed"):
        _engine("pyodbc")

    assert provider_at_import == ["mssql-odbc"]


def test_a_sqlalchemy_that_does_not_know_the_driver_yet_is_named_as_the_cause(
    provider_at_import: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(name: str) -> None:
        raise NoSuchModuleError(f"Can't load plugin: sqlalchemy.dialects:{name}")

    monkeypatch.setattr("sqlalchemy.dialects.registry.load", unknown)
    monkeypatch.setattr("sqlalchemy.__version__", "2.0.40")

    with pytest.raises(DriverNotSupported) as refused:
        _engine("mssqlpython")

    told = str(refused.value)
    assert "expected SQLAlchemy 2.1 or later, which speaks mssql+mssqlpython, found SQLAlchemy 2.0.40" in told
    assert "pip install --upgrade 'sqlalchemy>=2.1,<2.2'" in told
    assert "[sqlserver]" not in told
    assert provider_at_import == []
