"""The Vista that the contract suites of `VistaGateway` run on."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from connectors.vista.gateway import VistaGateway
from connectors.vista.sql import SqlVista
from jobcost.estimate import Estimate
from sandbox.vista.build import NotASandbox, build_vista
from tests.contract.vista_place import NOT_SET, Place
from tests.vista_plans import JCCO, JOB, sandbox_vista


@pytest.fixture(scope="module")
def sql_server_url() -> str:
    """Build the sandbox anew in an empty database or one of its own; a copy of a Vista is taken as it is."""
    url = os.environ.get("VISTA_TEST_URL")
    if not url:
        pytest.skip(NOT_SET)
    with suppress(NotASandbox):
        build_vista(url)
    return url


@pytest.fixture(params=["sqlite", pytest.param("sqlserver", marks=pytest.mark.sqlserver)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        return Place(sandbox_vista(tmp_path), JCCO, JOB)
    return Place(
        request.getfixturevalue("sql_server_url"),
        int(os.environ.get("VISTA_TEST_JCCO", JCCO)),
        os.environ.get("VISTA_TEST_JOB", JOB),
    )


@pytest.fixture
def vista(place: Place) -> Iterator[VistaGateway]:
    with SqlVista(place.url, place.jcco) as vista:
        yield vista


@pytest.fixture
def estimate(vista: VistaGateway, place: Place) -> Estimate:
    return vista.read_estimate(place.job)
