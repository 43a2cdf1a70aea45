"""Open the three systems an export works with, as the settings say. The only place where tasks meet settings."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.config_file import load_config
from connectors.journal.journal import Journal, open_journal
from connectors.mail import Mailer, SmtpMailer
from connectors.procore.access import ProcoreAccess
from connectors.procore.gateway import ProcoreGateway
from connectors.procore.http import HttpProcore
from connectors.reports import Reports
from connectors.settings import Settings, load_settings
from connectors.vista.gateway import VistaGateway
from connectors.vista.sql import SqlVista
from jobcost.config import ExportConfig

# A budget, an estimate and a plan are hundreds of thousands of small values that all stay, none of them in a cycle.
# Looking for cycles after every 700 of them, as Python does, took a fifth of an export's time (docs/benchmarks.md).
_VALUES_BETWEEN_COLLECTIONS = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Systems:
    """Procore, Vista and the journal, with the company's configuration."""

    procore: ProcoreGateway
    vista: VistaGateway
    journal: Journal
    config: ExportConfig
    # None where no folder for downloads is set.
    reports: Reports | None
    procore_company_id: int
    jcco: int
    # None where no mail server is set.
    mailer: Mailer | None = None


@contextmanager
def open_systems(settings: Settings | None = None) -> Iterator[Systems]:
    """Open everything for one step of an export and close it afterwards. Connections are made when first needed."""
    settings = settings or load_settings()
    config = load_config(settings.export_config)
    with (
        _collecting_rarely(),
        HttpProcore(procore_access(settings, config)) as procore,
        SqlVista(settings.vista_url.get_secret_value(), settings.vista_company) as vista,
        open_journal(settings.journal_url.get_secret_value(), settings.journal_key.get_secret_value()) as journal,
        _mailer(settings) as mailer,
    ):
        yield Systems(
            procore=procore,
            vista=vista,
            journal=journal,
            config=config,
            reports=Reports(settings.reports_dir, settings.reports_url) if settings.reports_dir else None,
            procore_company_id=settings.procore_company_id,
            jcco=settings.vista_company,
            mailer=mailer,
        )


@contextmanager
def _mailer(settings: Settings) -> Iterator[Mailer | None]:
    """Open the mail server, where one is set. It is connected to when the first mail is sent."""
    if settings.mail_server is None or settings.mail_from is None:
        yield None
        return
    with SmtpMailer(settings.mail_server, settings.mail_from, ca_file=settings.mail_ca_file) as mailer:
        yield mailer


@contextmanager
def _collecting_rarely() -> Iterator[None]:
    usual = gc.get_threshold()
    gc.set_threshold(_VALUES_BETWEEN_COLLECTIONS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def procore_access(settings: Settings, config: ExportConfig) -> ProcoreAccess:
    """Pick what the Procore connector needs."""
    view = config.budget_view
    return ProcoreAccess(
        login_url=settings.procore_login_url,
        api_url=settings.procore_api_url,
        client_id=settings.procore_client_id,
        client_secret=settings.procore_client_secret,
        company_id=settings.procore_company_id,
        budget_view=settings.procore_budget_view,
        quantity_column=view.quantity_column,
        uom_column=view.unit_of_measure_column,
        hours_column=view.hours_column,
    )


def now() -> datetime:
    """The present moment, in UTC. Steps take it as an argument."""
    return datetime.now(UTC)
