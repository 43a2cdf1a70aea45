"""The sandbox Procore does what Procore is documented to do, row by row of the fidelity table."""

from collections.abc import Iterator

import pytest

from sandbox.procore.limits import UNLIMITED
from sandbox.procore.running import RunningProcore, running_procore
from tests.contract.fidelity_procore import FIDELITY, Fidelity
from tests.contract.procore_caller import Caller


@pytest.fixture(scope="module")
def served() -> Iterator[RunningProcore]:
    with running_procore("public_works", UNLIMITED) as running:
        yield running


@pytest.mark.parametrize("row", FIDELITY, ids=lambda row: row.id)
def test_the_sandbox_does_what_procore_documents(served: RunningProcore, row: Fidelity) -> None:
    served.sandbox.reset()
    with Caller.logged_in(served) as caller:
        assert row.act(caller) == row.expected, f"{row.source}: {row.done}"


def test_no_two_rows_of_the_table_have_one_name() -> None:
    names = [row.id for row in FIDELITY]
    assert sorted(set(names)) == sorted(names)
