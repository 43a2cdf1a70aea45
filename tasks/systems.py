"""Open the three systems an export works with, as the settings of its companies say.

Rule: an export is of one Procore company and one Vista company. Every step on an existing export reads it by
`Systems.export`, which refuses one of other companies before anything is read or written for it.
"""

import gc
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.config_file import load_config
from connectors.journal.errors import WrongCompany
from connectors.journal.journal import Journal, open_journal
from connectors.journal.records import ExportRecord
from connectors.mail import Mailer, SmtpMailer
from connectors.procore.access import ProcoreAccess
from connectors.procore.gateway import ProcoreGateway
from connectors.procore.http import HttpProcore
from connectors.reports import Reports
from connectors.settings import Settings, load_installation, load_settings
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
    # The profile that names the companies; "" for those that the environment names.
    profile: str = ""

    @property
    def companies(self) -> tuple[int, int]:
        """The opened pair: Procore's company, and Vista's (JCCo)."""
        return (self.procore_company_id, self.jcco)

    def export(self, export_id: str) -> ExportRecord:
        """Read an export of the opened companies.

        Raises:
            UnknownExport: if there is none with this id.
            WrongCompany: if it is another company's.
        """
        return self.require_own(self.journal.export(export_id))

    def require_own(self, record: ExportRecord) -> ExportRecord:
        """Return the export if it belongs to the opened companies.

        Raises:
            WrongCompany: if it does not.
        """
        if companies_of(record) != self.companies:
            raise wrong_company(record, found=_named(self.companies, self.profile))
        return record

    def own(self, records: Iterable[ExportRecord]) -> tuple[ExportRecord, ...]:
        """Keep the exports of the opened companies: the journal knows those of all."""
        return tuple(record for record in records if companies_of(record) == self.companies)

    def key(self, name: str) -> str:
        """Name something that each profile has of its own."""
        return f"{name}-{self.profile}" if self.profile else name


def companies_of(record: ExportRecord) -> tuple[int, int]:
    """The pair that an export belongs to: Procore's company, and Vista's (JCCo)."""
    return (record.procore_company_id, record.jcco)


def wrong_company(record: ExportRecord, *, found: str) -> WrongCompany:
    """Say that an export is of other companies than what is opened, or could be."""
    return WrongCompany(
        "The export belongs to other companies; nothing was read or written for it.",
        where=f"Export {record.id}",
        expected=_named(companies_of(record)),
        found=found,
        way_out="Name the profile of its companies, or leave the profile empty: it is then found from the export."
        " If the settings were changed since the export was sent, set them back, or send the budget again.",
    )


def _named(companies: tuple[int, int], profile: str = "") -> str:
    words = f"Procore company {companies[0]} with Vista company {companies[1]}"
    return f"{words} (profile {profile})" if profile else words


@contextmanager
def open_systems(profile: str = "", *, settings: Settings | None = None) -> Iterator[Systems]:
    """Open everything for one step of an export and close it afterwards. Connections are made when first needed.

    Args:
        profile: whose companies; "" for those that the environment names.
        settings: instead of those that the environment and the profile give.
    """
    settings = settings or load_settings(profile)
    config = load_config(settings.export_config)
    with (
        _collecting_rarely(),
        HttpProcore(procore_access(settings, config)) as procore,
        opened_vista(settings) as vista,
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
            profile=profile,
        )


@contextmanager
def open_records() -> Iterator[Journal]:
    """Open the journal alone, which belongs to all companies of the installation."""
    shared = load_installation()
    with open_journal(shared.journal_url.get_secret_value(), shared.journal_key.get_secret_value()) as journal:
        yield journal


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


def opened_vista(settings: Settings, known_triggers: Collection[str] = ()) -> SqlVista:
    """Make the Vista of the settings; `with` closes it. The known triggers are what `doctor` compares with."""
    return SqlVista(
        settings.vista_url.get_secret_value(),
        settings.vista_company,
        login_timeout_seconds=settings.vista_login_seconds,
        lock_timeout_seconds=settings.vista_lock_seconds,
        statement_timeout_seconds=settings.vista_statement_seconds,
        known_triggers=known_triggers,
    )


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
