"""A Prefect server that no worker asks for work: the flow's processes are those that tests start, and kill.

One for all tests that want such a server: each looks at its own runs. Under pytest-xdist they share the group here.
"""

from collections.abc import Iterator

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from demo.stack import LocalStack, Part
from tests.flows.mortals import Mortals

LONE_SERVER = (pytest.mark.xdist_group("stack-lone"), pytest.mark.usefixtures("server"))


@pytest.fixture(scope="session")
def lone_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with LocalStack(tmp_path_factory.mktemp("lone"), parts={Part.SERVER, Part.DEPLOYMENTS}) as stack:
        yield stack


@pytest.fixture(scope="module")
def server(lone_server: LocalStack) -> Iterator[LocalStack]:
    """The same, with our deployments, where this process and those it starts find it."""
    with temporary_settings({PREFECT_API_URL: lone_server.prefect_api_url}):
        yield lone_server


@pytest.fixture(scope="session")
def mortals(lone_server: LocalStack) -> Iterator[Mortals]:
    with Mortals("tests.flows.dying_flow", lone_server.environment, lone_server.folder / "lives.log") as mortals:
        yield mortals
