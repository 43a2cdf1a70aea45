"""How a workbench is laid out: the sandboxes are started or copied, the people enrolled. Fixtures for the tests."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.config_file import load_config
from connectors.journal import migrate, open_journal
from connectors.procore.access import ProcoreAccess
from connectors.procore.http import HttpProcore
from connectors.vista.sql import SqlVista
from sandbox.procore.limits import UNLIMITED
from sandbox.procore.running import RunningProcore, running_procore
from sandbox.vista.build import build_vista
from tasks.systems import Systems
from tests.flows.workbench import ALEX, BLAKE, MONDAY, REAL, SMALL, Workbench
from tests.keys import JOURNAL_KEY
from tests.people import enrolled_approver

CONFIG_FILE = Path(__file__).parents[2] / "demo" / "export.toml"


class Templates:
    """Databases that are built once and copied for each test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def vista(self, seed: str, variants: tuple[str, ...], target: Path) -> None:
        """Copy a sandbox Vista."""
        template = self._folder / f"vista-{'-'.join((seed, *variants)).replace(':', '_')}.db"
        if not template.exists():
            build_vista(f"sqlite:///{template}", seed, variants)
        shutil.copyfile(template, target)

    def journal(self, target: Path) -> None:
        """Copy an empty journal."""
        template = self._folder / "journal.db"
        if not template.exists():
            migrate(f"sqlite:///{template}", JOURNAL_KEY)
        shutil.copyfile(template, target)


@contextmanager
def set_up(
    server: RunningProcore, templates: Templates, folder: Path, seed: str, variants: tuple[str, ...]
) -> Iterator[Workbench]:
    """Lay everything out: a fresh Procore, a fresh Vista, an empty journal with Alex and Blake enrolled."""
    server.sandbox.reset(seed)
    folder.mkdir(parents=True, exist_ok=True)
    templates.vista(seed, variants, folder / "vista.db")
    templates.journal(folder / "journal.db")
    config = load_config(CONFIG_FILE)
    with (
        HttpProcore(access_to(server), sleep=server.clock.advance, now=server.clock.now) as procore,
        SqlVista(f"sqlite:///{folder / 'vista.db'}", 1, lock_timeout_seconds=1) as vista,
        open_journal(f"sqlite:///{folder / 'journal.db'}", JOURNAL_KEY) as journal,
    ):
        phones = {
            email: enrolled_approver(journal, email, name=name, at=MONDAY)
            for email, name in ((ALEX, "Alex Accountant"), (BLAKE, "Blake Controller"))
        }
        systems = Systems(
            procore=procore, vista=vista, journal=journal, config=config, reports=None, procore_company_id=8089, jcco=1
        )
        yield Workbench(procore=server, systems=systems, folder=folder, seed=seed, phones=phones)


def access_to(server: RunningProcore, **changes: Any) -> ProcoreAccess:
    """What the connector needs to know of the sandbox Procore."""
    values: dict[str, Any] = {
        "login_url": server.login_url,
        "api_url": server.api_url,
        "client_id": server.state.client.id,
        "client_secret": SecretStr(server.state.client.secret),
        "company_id": 8089,
        "budget_view": "Vista Export",
        "quantity_column": "Budgeted Quantity",
        "uom_column": "Unit of Measure",
        "hours_column": "Budgeted Hours",
    }
    return ProcoreAccess(**(values | changes))


OpenBench = Callable[..., Workbench]


@pytest.fixture(scope="session")
def procore_server() -> Iterator[RunningProcore]:
    """One sandbox Procore for all tests of a process; each workbench starts it afresh."""
    with running_procore(SMALL, UNLIMITED) as server:
        yield server


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return Templates(tmp_path_factory.mktemp("templates"))


@pytest.fixture
def open_bench(procore_server: RunningProcore, templates: Templates, tmp_path: Path) -> Iterator[OpenBench]:
    """Open a workbench with a seed and with variants of the sandbox Vista; one at a time."""
    with ExitStack() as stack:

        def opened(*variants: str, seed: str = SMALL) -> Workbench:
            return stack.enter_context(set_up(procore_server, templates, tmp_path / "bench", seed, variants))

        yield opened


@pytest.fixture
def bench(open_bench: OpenBench) -> Workbench:
    """A workbench where everything is in order: six budget lines, an empty job."""
    return open_bench()


@pytest.fixture
def real_bench(open_bench: OpenBench) -> Workbench:
    """A workbench with the 69 lines of a published contract."""
    return open_bench(seed=REAL)
