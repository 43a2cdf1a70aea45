"""The Vista that the contract suites of `VistaGateway` run on."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.vista.gateway import VistaGateway
from connectors.vista.sql import SqlVista
from jobcost.estimate import Estimate
from tests.contract.vista_place import Place, place_on_sql_server
from tests.vista_plans import JCCO, JOB, sandbox_vista


@pytest.fixture(scope="module")
def sql_server_place(sql_server_url: str) -> Place:
    """A sandbox's Vista, built anew; or the named job of a copy of a Vista that somebody marked as a copy."""
    return place_on_sql_server(sql_server_url, os.environ)


@pytest.fixture(params=["sqlite", pytest.param("sqlserver", marks=pytest.mark.sqlserver)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        return Place(sandbox_vista(tmp_path), JCCO, JOB)
    on_sql_server: Place = request.getfixturevalue("sql_server_place")
    return on_sql_server


@pytest.fixture
def vista(place: Place) -> Iterator[VistaGateway]:
    with SqlVista(place.url, place.jcco) as vista:
        yield vista


@pytest.fixture
def estimate(vista: VistaGateway, place: Place) -> Estimate:
    return vista.read_estimate(place.job)
