"""Examine everything an export depends on, without changing anything: what `budget-export doctor` shows."""

from collections.abc import Callable

import httpx
from prefect.client.orchestration import get_client

from connectors.checks import Check
from connectors.config_file import ConfigProblem, load_config
from connectors.journal.errors import JournalError, JournalNotMigrated
from connectors.journal.journal import Journal
from connectors.procore.errors import ProcoreError
from connectors.procore.http import HttpProcore
from connectors.settings import Settings, SettingsProblem, load_settings
from connectors.vista.errors import VistaError
from connectors.vista.sql import SqlVista
from jobcost.config import ExportConfig
from tasks.runs import SETUP_DEPLOYMENT
from tasks.systems import procore_access

_ENROL = "Enrol an approver: budget-export approvers enrol MAIL --name NAME --by MAIL"


def examine() -> tuple[Check, ...]:
    """Look at settings, configuration, Procore, Vista, journal and Prefect; a failure is a check, not an exception."""
    try:
        settings = load_settings()
        config = load_config(settings.export_config)
    except (SettingsProblem, ConfigProblem) as problem:
        return (Check(name="Settings", ok=False, found=str(problem), way_out="See .env.example."), _prefect())
    return (
        Check(name="Settings", ok=True, found=f"complete; configuration {settings.export_config.name}"),
        *_probed("Procore", lambda: _procore(settings, config)),
        *_probed("Vista", lambda: _vista(settings)),
        *_probed("Journal", lambda: _journal(settings)),
        _prefect(),
    )


def _probed(name: str, probe: Callable[[], tuple[Check, ...]]) -> tuple[Check, ...]:
    try:
        return probe()
    except (ProcoreError, VistaError, JournalError) as problem:
        return (Check(name=name, ok=False, found=str(problem), way_out="Correct it, then run doctor again."),)


def _procore(settings: Settings, config: ExportConfig) -> tuple[Check, ...]:
    with HttpProcore(procore_access(settings, config)) as procore:
        return procore.probe()


def _vista(settings: Settings) -> tuple[Check, ...]:
    with SqlVista(settings.vista_url.get_secret_value(), settings.vista_company) as vista:
        return vista.probe()


def _journal(settings: Settings) -> tuple[Check, ...]:
    try:
        with Journal(settings.journal_url.get_secret_value()) as journal:
            approvers = [person for person in journal.approvers() if person.active]
            waiting = len(journal.inbox())
            locked = journal.budgets_to_return()
    except JournalNotMigrated:
        return (Check(name="Journal", ok=None, found="not set up yet", way_out=f"The next step does it. {_ENROL}"),)
    found = f"reachable, {len(approvers)} approvers enrolled, {waiting} exports waiting"
    checks = [Check(name="Journal", ok=True if approvers else None, found=found, way_out="" if approvers else _ENROL)]
    if locked:
        names = ", ".join(export.id for export in locked)
        way_out = "Press Retry on the run, or unlock the budget in Procore."
        checks.append(
            Check(name="Rejected budgets", ok=None, found=f"still locked in Procore: {names}", way_out=way_out)
        )
    return tuple(checks)


def _prefect() -> Check:
    try:
        with get_client(sync_client=True) as client:
            deployments = client.read_deployments()
            version = client.api_version()
    except (httpx.HTTPError, RuntimeError, ValueError) as problem:
        way_out = "Start the server (prefect server start) and set PREFECT_API_URL."
        return Check(name="Prefect", ok=False, found=f"not reachable: {problem}", way_out=way_out)
    name = SETUP_DEPLOYMENT.partition("/")[2]
    if not any(deployment.name == name for deployment in deployments):
        way_out = "Deploy: prefect --no-prompt deploy --all"
        return Check(name="Prefect", ok=False, found=f"server {version}, no deployment {name!r}", way_out=way_out)
    return Check(name="Prefect", ok=True, found=f"server {version}, deployment {name!r} is there")
