"""One local stack for all tests that need Prefect: started when the first of them asks, and in one process only."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.stack import LocalStack

REHEARSAL = Path(__file__).parent / "browser" / "rehearsal"


# First, so that the markers are there when pytest selects by marker and pytest-xdist reads the groups.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the users of the stack together: under pytest-xdist each process would start its own otherwise."""
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.prefect)
            item.add_marker(pytest.mark.xdist_group("stack"))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """Everything the export needs, and the flow that the browser equipment is tested with is importable there."""
    _claim_for_this_process(tmp_path_factory)
    extra = {"PYTHONPATH": str(REHEARSAL)}
    with LocalStack(tmp_path_factory.mktemp("stack"), extra_environment=extra, tell=_say) as stack:
        yield stack


def _claim_for_this_process(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Fail rather than start a second stack beside another process's: it would be slow, and it means a broken group."""
    process = os.environ.get("PYTEST_XDIST_WORKER")
    if process is None:
        return
    claim = tmp_path_factory.getbasetemp().parent / "stack-of"
    try:
        claim.touch(exist_ok=False)
    except FileExistsError:
        pytest.fail(
            f"{process} wants a second stack: pytest must be called with --dist loadgroup (tests/xdist_groups.py)"
        )


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
