"""Examine everything an export depends on, without changing anything: what `budget-export doctor` shows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import WorkPoolStatus
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound

from connectors.checks import Check
from connectors.config_file import ConfigProblem, load_config
from connectors.journal.errors import JournalError, JournalNotMigrated
from connectors.journal.journal import Journal
from connectors.mail import SmtpMailer
from connectors.procore.errors import ProcoreError
from connectors.procore.http import HttpProcore
from connectors.profile_files import ProfileProblem
from connectors.settings import Settings, SettingsProblem, known_profiles, load_installation, load_settings
from connectors.vista.errors import VistaError
from jobcost.config import ExportConfig
from tasks.journal_checks import ENROL, examine_journal
from tasks.prefect_set_up import WORK_POOL
from tasks.profile_checks import ExaminedProfile, examine_profiles
from tasks.runs import SETUP_DEPLOYMENT, WATCH_DEPLOYMENT
from tasks.systems import now, opened_vista, procore_access

_DEPLOY = "Deploy: budget-export deploy"
_START_A_WORKER = "Start one: prefect worker start --type process --install-policy never --pool"
_NOT_WATCHED = "no budget expires, nobody is reminded, and a run whose process is gone stays Running"
# One-time codes are taken one step of 30 seconds early or late, and people need some of that to type them.
_CLOCKS_APART_MAX = timedelta(seconds=60)


def examine() -> tuple[Check, ...]:
    """Look at everything an export depends on; a failure is a check, not an exception."""
    try:
        names = known_profiles()
    except SettingsProblem as problem:
        return (_wrong_settings(problem), *_prefect())
    companies = tuple(map(_company, names))
    known = tuple(one for one in companies if one.settings is not None and one.config is not None)
    return (
        *(check for one in companies for check in one.checks),
        *examine_profiles(known),
        *_probed("Journal", lambda: _journal(known)),
        *_prefect(),
    )


def _company(profile: str) -> ExaminedProfile:
    """Look at the systems of one pair of companies."""
    try:
        settings = load_settings(profile)
        config = load_config(settings.export_config)
    except (SettingsProblem, ProfileProblem, ConfigProblem) as problem:
        return ExaminedProfile(
            profile=profile, settings=None, config=None, checks=_told(profile, _wrong_settings(problem))
        )
    checks = (
        Check(name="Settings", ok=True, found=f"complete; configuration {settings.export_config.name}"),
        *_probed("Procore", lambda: _procore(settings, config)),
        *_probed("Vista", lambda: _vista(settings, config)),
        *_mail(settings),
    )
    return ExaminedProfile(profile=profile, settings=settings, config=config, checks=_told(profile, *checks))


def _told(profile: str, *checks: Check) -> tuple[Check, ...]:
    return tuple(replace(check, name=f"{profile}: {check.name}") if profile else check for check in checks)


def _wrong_settings(problem: Exception) -> Check:
    return Check(name="Settings", ok=False, found=str(problem), way_out="See .env.example.")


def _probed(name: str, probe: Callable[[], tuple[Check, ...]]) -> tuple[Check, ...]:
    try:
        return probe()
    except (ProcoreError, VistaError, JournalError) as problem:
        return (Check(name=name, ok=False, found=str(problem), way_out="Correct it, then run doctor again."),)


def _procore(settings: Settings, config: ExportConfig) -> tuple[Check, ...]:
    with HttpProcore(procore_access(settings, config)) as procore:
        return procore.probe()


def _vista(settings: Settings, config: ExportConfig) -> tuple[Check, ...]:
    with opened_vista(settings, config.vista.known_triggers) as vista:
        return vista.probe()


def _journal(known: tuple[ExaminedProfile, ...]) -> tuple[Check, ...]:
    """Look at the one journal of all companies; with no settings at all there is nothing to look at."""
    if not known:
        return ()
    shared, config = load_installation(), known[0].config
    try:
        with Journal(shared.journal_url.get_secret_value(), shared.journal_key.get_secret_value()) as journal:
            return examine_journal(journal, config.people.owner if config else "", now())
    except JournalNotMigrated:
        return (Check(name="Journal", ok=None, found="not set up yet", way_out=f"The next step does it. {ENROL}"),)


def _mail(settings: Settings) -> tuple[Check, ...]:
    if settings.mail_server is None or settings.mail_from is None:
        way_out = "Set MAIL_SERVER and MAIL_FROM, or let people look into the inbox themselves."
        return (Check(name="Mail", ok=None, found="no mail server is set: nobody gets a mail", way_out=way_out),)
    with SmtpMailer(settings.mail_server, settings.mail_from, ca_file=settings.mail_ca_file) as mailer:
        return mailer.probe()


def _prefect() -> tuple[Check, ...]:
    try:
        with get_client(sync_client=True) as client:
            deployments = client.read_deployments()
            version = client.api_version()
            worker = _worker(client)
            said = client.request("GET", "/health").headers.get("date")
    except (httpx.HTTPError, RuntimeError, ValueError) as problem:
        way_out = "Start the server (prefect server start) and set PREFECT_API_URL."
        return (Check(name="Prefect", ok=False, found=f"not reachable: {problem}", way_out=way_out),)
    by_name = {deployment.name: deployment for deployment in deployments}
    name = SETUP_DEPLOYMENT.partition("/")[2]
    if name not in by_name:
        server = Check(name="Prefect", ok=False, found=f"server {version}, no deployment {name!r}", way_out=_DEPLOY)
    else:
        server = Check(name="Prefect", ok=True, found=f"server {version}, deployment {name!r} is there")
    watch = _watch(by_name.get(WATCH_DEPLOYMENT.partition("/")[2]))
    return (server, worker, watch, *(_clock(parsedate_to_datetime(said), now()) if said else ()))


def _worker(client: SyncPrefectClient, work_pool: str = WORK_POOL) -> Check:
    """Look whether the work pool has a worker that the server heard of lately."""
    try:
        pool = client.read_work_pool(work_pool)
    except ObjectNotFound:
        return Check(name="Worker", ok=None, found=f"no work pool {work_pool!r}", way_out=_DEPLOY)
    if pool.status is WorkPoolStatus.READY:
        return Check(name="Worker", ok=True, found=f"fetches the runs of work pool {work_pool!r}")
    found = f"none fetches the runs of work pool {work_pool!r}: they stay Scheduled or Late"
    return Check(name="Worker", ok=None, found=found, way_out=f"{_START_A_WORKER} {work_pool}")


def _watch(deployment: DeploymentResponse | None) -> Check:
    name = "Watch"
    if deployment is None:
        return Check(name=name, ok=None, found=f"no deployment; {_NOT_WATCHED}", way_out=_DEPLOY)
    if deployment.paused or not any(entry.active for entry in deployment.schedules):
        way_out = f"Switch the schedule of {WATCH_DEPLOYMENT} on, on its page in the Prefect UI."
        return Check(name=name, ok=None, found=f"its schedule is switched off; {_NOT_WATCHED}", way_out=way_out)
    return Check(name=name, ok=True, found="runs by its schedule: deadlines, mails, runs whose process is gone")


def _clock(server_now: datetime, here: datetime) -> tuple[Check, ...]:
    """Hold this machine's clock against the Prefect server's: one-time codes are judged by both."""
    apart = abs(server_now - here)
    found = f"{apart.total_seconds():.0f} seconds apart from the Prefect server's"
    if apart <= _CLOCKS_APART_MAX:
        return (Check(name="Clock", ok=True, found=found),)
    way_out = "Let both machines take their time from a time server (NTP): one-time codes fail otherwise."
    return (Check(name="Clock", ok=False, found=found, way_out=way_out),)
