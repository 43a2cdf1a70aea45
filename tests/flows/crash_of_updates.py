"""A crash site whose budget was exported once: what an update and its undo are killed at, and what must hold then."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from connectors.journal.journal import open_journal
from connectors.journal.records import Verdict
from jobcost.acceptance import ACCEPT
from jobcost.plan import Kind
from sandbox.procore import people
from sandbox.procore.limits import UNLIMITED
from sandbox.procore.running import running_procore
from tests.flows.crash_site import (
    APPROVER,
    EXPORTED,
    JOURNAL_FILE,
    LINES,
    PHONE,
    PROJECT,
    CrashSite,
    assert_life,
    crash_site,
)
from tests.flows.mortals import Mortals
from tests.keys import JOURNAL_KEY
from tests.people import Authenticator, enrolled_approver

# Accepted the first export: whoever answers the update has all codes of their app left.
BLAKE = "blake.controller@example.com"
# Answers the undo, for the same reason.
CASEY = "casey.site@example.com"
# One corrected original and four new lines of zero, which the change orders of the contract add to the budget.
LINES_AFTER = LINES + 5
ORDERS = {"BC-2": Decimal("6068.00"), "BC-3": Decimal("-44023.89")}
REVERSED = {"BC-2R": Decimal("-6068.00"), "BC-3R": Decimal("44023.89")}
_VISTA_FILE = "vista.sqlite3"


@dataclass(frozen=True)
class Exported:
    """A journal and a Vista after the first export, to be copied for each test."""

    folder: Path
    phone: Authenticator


def export_once(folder: Path, mortals: Mortals) -> Exported:
    """Take the public works budget to Vista, in a folder."""
    with crash_site(folder) as site:
        with open_journal(f"sqlite:///{site.journal_file}", JOURNAL_KEY) as journal:
            blake = enrolled_approver(journal, BLAKE, at=datetime(2026, 3, 2, 9, tzinfo=UTC))
        environment = site.environment | {PHONE: blake.secret.get_secret_value()}
        assert mortals.live(environment, decision=ACCEPT, approver=BLAKE) == 0
        assert site.posted_lines() == LINES
        return Exported(folder, site.phone)


@contextmanager
def update_site(exported: Exported, folder: Path) -> Iterator[CrashSite]:
    """Copy what was exported; in Procore an original was corrected since, and the contract's change orders came."""
    for name in (JOURNAL_FILE, _VISTA_FILE):
        with (
            closing(sqlite3.connect(exported.folder / name)) as source,
            closing(sqlite3.connect(folder / name)) as copy,
        ):
            source.backup(copy)
    shutil.copystat(exported.folder, folder)
    with running_procore(limits=UNLIMITED) as procore:
        people.correct_original(procore.state, "R-9", "1234.00")
        people.make_later_changes(procore.state)
        procore.state.projects[int(PROJECT)].locked = True
        yield CrashSite(folder, procore, exported.phone)


def with_casey(site: CrashSite) -> dict[str, str]:
    """Let Casey be an approver; return the environment of a process that plays them."""
    for user in site.procore.state.users:
        user.erp_integrated_accountant = user.erp_integrated_accountant or user.email_address == CASEY
    with site.journal() as journal:
        phone = enrolled_approver(journal, CASEY)
    return site.environment | {PHONE: phone.secret.get_secret_value()}


def change_orders(site: CrashSite) -> dict[str, Decimal]:
    """Number -> what was posted for the change order (Vista bJCCD, type CO); posted twice shows as twice as much."""
    with closing(sqlite3.connect(site.vista_file)) as connection:
        rows = connection.execute("SELECT ltrim(ACO), EstCost FROM bJCCD WHERE JCTransType = 'CO'").fetchall()
    found: dict[str, Decimal] = {}
    for aco, cost in rows:
        found[aco.strip()] = found.get(aco.strip(), Decimal(0)) + Decimal(cost)
    return found


def is_updated(site: CrashSite) -> bool:
    """All of the update is in Vista, or nothing of it; anything else fails."""
    found = (site.posted_lines(), change_orders(site))
    assert found in [(LINES, {}), (LINES_AFTER, ORDERS)]
    return found[1] == ORDERS


def assert_updated_once(site: CrashSite) -> None:
    """One update, accepted once, applied once, verified."""
    _assert_one(site, Kind.UPDATE, APPROVER)
    assert is_updated(site)
    assert site.is_locked()


def assert_undone_once(site: CrashSite) -> None:
    """One undo, accepted once, applied once, verified; nothing was deleted."""
    _assert_one(site, Kind.UNDO, CASEY)
    assert change_orders(site) == ORDERS | REVERSED
    # The corrected original is corrected back; the new lines are zero as they were.
    assert site.posted_lines() == LINES_AFTER + 1


def _assert_one(site: CrashSite, kind: Kind, approver: str) -> None:
    export = site.export(kind)
    with site.journal() as journal:
        decisions, results = journal.decisions(export.id), journal.line_results(export.id)
        assert_life(journal, export, EXPORTED)
        assert journal.audit().problems == ()
    assert [one.approver for one in decisions if one.verdict is Verdict.ACCEPT] == [approver]
    assert all(result.ok for result in results)
