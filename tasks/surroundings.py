"""Examine everything an export depends on, without changing anything: what `budget-export doctor` shows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
from prefect.client.orchestration import get_client

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
from tasks.prefect_set_up import DEAD_RUNS
from tasks.profile_checks import ExaminedProfile, examine_profiles
from tasks.runs import SETUP_DEPLOYMENT
from tasks.systems import now, opened_vista, procore_access

_DEPLOY = "Deploy: budget-export deploy"
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
            watches = client.read_automations_by_name(DEAD_RUNS)
            said = client.request("GET", "/health").headers.get("date")
    except (httpx.HTTPError, RuntimeError, ValueError) as problem:
        way_out = "Start the server (prefect server start) and set PREFECT_API_URL."
        return (Check(name="Prefect", ok=False, found=f"not reachable: {problem}", way_out=way_out),)
    name = SETUP_DEPLOYMENT.partition("/")[2]
    if not any(deployment.name == name for deployment in deployments):
        server = Check(name="Prefect", ok=False, found=f"server {version}, no deployment {name!r}", way_out=_DEPLOY)
    else:
        server = Check(name="Prefect", ok=True, found=f"server {version}, deployment {name!r} is there")
    is_watched = any(watch.enabled for watch in watches)
    return (server, _watch(is_watched=is_watched), *(_clock(parsedate_to_datetime(said), now()) if said else ()))


def _watch(*, is_watched: bool) -> Check:
    if is_watched:
        return Check(name="Dead runs", ok=True, found="reported by an automation of the server")
    return Check(name="Dead runs", ok=None, found="nobody reports a run whose process is gone", way_out=_DEPLOY)


def _clock(server_now: datetime, here: datetime) -> tuple[Check, ...]:
    """Hold this machine's clock against the Prefect server's: one-time codes are judged by both."""
    apart = abs(server_now - here)
    found = f"{apart.total_seconds():.0f} seconds apart from the Prefect server's"
    if apart <= _CLOCKS_APART_MAX:
        return (Check(name="Clock", ok=True, found=found),)
    way_out = "Let both machines take their time from a time server (NTP): one-time codes fail otherwise."
    return (Check(name="Clock", ok=False, found=found, way_out=way_out),)
