"""Tests of a night: more of what `make test` does less of. `make night` runs them; otherwise pytest counts them out."""

import pytest

OPTION = "--nightly"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(OPTION, action="store_true", help="also run the tests that are marked nightly")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the nightly tests: pytest's last line then says how many there are."""
    if config.getoption(OPTION):
        return
    nightly = [item for item in items if item.get_closest_marker("nightly")]
    items[:] = [item for item in items if not item.get_closest_marker("nightly")]
    config.hook.pytest_deselected(items=nightly)


def at_night(*values: object) -> list[object]:
    """Parameters of `pytest.mark.parametrize` that only the night tries."""
    return [pytest.param(value, marks=pytest.mark.nightly) for value in values]
