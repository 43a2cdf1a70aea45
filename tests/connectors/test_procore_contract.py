"""The HTTP connector in front of the sandbox keeps the contract of a ProcoreGateway."""

from collections.abc import Iterator

import pytest

from sandbox.procore.running import RunningProcore, running_procore
from tests.connectors.procore_sandbox import SandboxStage, staged
from tests.contract.procore_gateway import ProcoreGatewayContract


@pytest.fixture(scope="module")
def server() -> Iterator[RunningProcore]:
    with running_procore() as running:
        yield running


class TestHttpProcoreInFrontOfTheSandbox(ProcoreGatewayContract):
    @pytest.fixture
    def stage(self, server: RunningProcore) -> Iterator[SandboxStage]:
        server.sandbox.reset()
        with staged(server) as stage:
            yield stage
