"""A company with many projects: each is linked in the sandbox Procore, and has its job in the sandbox Vista."""

import copy
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

from pydantic import SecretStr

from connectors.config_file import load_config
from connectors.journal.journal import open_journal
from connectors.procore.access import ProcoreAccess
from connectors.procore.gateway import ProcoreGateway
from connectors.vista.sql import SqlVista
from demo.local_prefect import CHECKOUT
from jobcost.formats import formatted
from sandbox.procore.running import RunningProcore
from sandbox.procore.world import Project, World
from sandbox.vista.build import build_vista, database_file
from tasks.systems import Systems

COMPANY_ID = 8089
VIEW = "Vista Export"
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_CONFIG = CHECKOUT / "demo" / "export.toml"
_SEEDED = 7000
_JOB_MASK = "5L-4RN"


def fill_procore(world: World, projects: int) -> None:
    """Put so many projects in the place of the generated one; each has lines of its own, and the same codes."""
    like = world.projects.pop(_SEEDED)
    for number in range(1, projects + 1):
        world.projects[number] = _project(world, like, number)


def fill_vista(url: str, lines: int, jobs: int) -> None:
    """Build a Vista that has the phases, and a job for each project, all under one contract."""
    build_vista(url, f"generated:{lines}")
    with closing(sqlite3.connect(database_file(url))) as connection, connection:
        connection.executemany(
            "INSERT INTO bJCJM (JCCo, Job, Description, Contract, JobStatus, LiabTemplate, PRStateCode)"
            " SELECT JCCo, ?, ?, Contract, JobStatus, LiabTemplate, PRStateCode FROM bJCJM WHERE Job LIKE '%-0001'",
            [(stored_job(number), f"Job {number}") for number in range(2, jobs + 1)],
        )


def job_code(number: int) -> str:
    """Spell the job of a project as people write it."""
    return f"GEN-{number:04d}"


def stored_job(number: int) -> str:
    """Spell the job of a project as Vista stores it."""
    return formatted(_JOB_MASK, job_code(number))


@contextmanager
def systems_of(procore: ProcoreGateway, vista_url: str, journal_url: str, key: str) -> Iterator[Systems]:
    """Open the systems of the company around a way to Procore."""
    with SqlVista(vista_url, 1) as vista, open_journal(journal_url, key) as journal:
        yield Systems(
            procore=procore,
            vista=vista,
            journal=journal,
            config=load_config(_CONFIG),
            reports=None,
            procore_company_id=COMPANY_ID,
            jcco=1,
        )


def access_to(server: RunningProcore) -> ProcoreAccess:
    """Say what the connector needs to know of a sandbox Procore."""
    return ProcoreAccess(
        login_url=server.login_url,
        api_url=server.api_url,
        client_id=server.state.client.id,
        client_secret=SecretStr(server.state.client.secret),
        company_id=COMPANY_ID,
        budget_view=VIEW,
        quantity_column="Budgeted Quantity",
        uom_column="Unit of Measure",
        hours_column="Budgeted Hours",
    )


def _project(world: World, like: Project, number: int) -> Project:
    made = copy.copy(like)
    made.id, made.name = number, f"Project {number}"
    made.project_number = made.origin_id = made.origin_code = job_code(number)
    made.lines, made.changes, made.modifications = {}, {}, {}
    for line in like.lines.values():
        own = copy.copy(line)
        own.id = world.new_id()
        made.lines[own.id] = own
    return made
