"""Where exports are killed: a Procore, a Vista and a journal of one test's own, and what must hold there at the end."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from connectors.journal.journal import Journal, open_journal
from connectors.journal.records import ExportRecord, Verdict
from connectors.vista.sql import SqlVista
from demo.local_prefect import CHECKOUT
from jobcost.acceptance import ACCEPT, REJECT, Answer
from jobcost.lifecycle import TRANSITIONS, ExportState
from jobcost.plan import Kind
from jobcost.plan_lines import values_of
from sandbox.procore.limits import UNLIMITED
from sandbox.procore.running import RunningProcore, running_procore
from sandbox.vista.build import build_vista
from tests.keys import JOURNAL_KEY
from tests.people import Authenticator, enrolled_approver

PROJECT = "1164"
JOB = "1164I-001"
LINES = 69
SENDER = "priya.pm@example.com"
APPROVER = "alex.approver@example.com"
REASON = "The casting allowance is missing."
JOURNAL_FILE = "journal.sqlite3"
# Names the environment variable with the secret of the approver's authenticator app.
PHONE = "APPROVERS_PHONE"

_S = ExportState
_TO_ACCEPTANCE = (_S.PROPOSED, _S.AWAITING_ACCEPTANCE)
EXPORTED = (*_TO_ACCEPTANCE, _S.ACCEPTED, _S.APPLYING, _S.APPLIED, _S.VERIFIED)
REJECTED = (*_TO_ACCEPTANCE, _S.REJECTED)


@dataclass(frozen=True)
class CrashSite:
    """The public works budget of 69 lines, unlocked and sent with its locking; one approver is enrolled."""

    folder: Path
    procore: RunningProcore
    phone: Authenticator

    @property
    def vista_file(self) -> Path:
        return self.folder / "vista.sqlite3"

    @property
    def journal_file(self) -> Path:
        return self.folder / JOURNAL_FILE

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PROCORE_LOGIN_URL": self.procore.login_url,
            "PROCORE_API_URL": self.procore.api_url,
            "PROCORE_CLIENT_ID": "sandbox-client",
            "PROCORE_CLIENT_SECRET": "sandbox-secret",
            "PROCORE_COMPANY_ID": "8089",
            "PROCORE_BUDGET_VIEW": "Vista Export",
            "VISTA_URL": f"sqlite:///{self.vista_file}",
            "VISTA_COMPANY": "1",
            "JOURNAL_URL": f"sqlite:///{self.journal_file}",
            "JOURNAL_KEY": JOURNAL_KEY,
            "EXPORT_CONFIG": str(CHECKOUT / "demo" / "export.toml"),
            # For a process that plays the approver, too.
            PHONE: self.phone.secret.get_secret_value(),
        }

    def journal(self) -> Journal:
        return Journal(f"sqlite:///{self.journal_file}", JOURNAL_KEY)

    def export(self, kind: Kind = Kind.SETUP) -> ExportRecord:
        """The one export of a kind that was ever opened."""
        with closing(sqlite3.connect(self.journal_file)) as connection:
            ((export_id,),) = connection.execute("SELECT id FROM export WHERE kind = ?", (str(kind),)).fetchall()
        with self.journal() as journal:
            return journal.export(export_id)

    def posted_lines(self) -> int:
        """How many Original Estimate details Vista holds (bJCCD); reading lets SQLite undo what a death left open."""
        with closing(sqlite3.connect(self.vista_file)) as connection:
            ((count,),) = connection.execute("SELECT count(*) FROM bJCCD WHERE JCTransType = 'OE'").fetchall()
        return int(count)

    def is_locked(self) -> bool:
        return self.procore.state.projects[int(PROJECT)].locked


@contextmanager
def crash_site(folder: Path) -> Iterator[CrashSite]:
    """Build everything in a folder; Procore answers until the block ends."""
    with running_procore(limits=UNLIMITED) as procore:
        procore.state.projects[int(PROJECT)].locked = False
        with open_journal(f"sqlite:///{folder / JOURNAL_FILE}", JOURNAL_KEY) as journal:
            phone = enrolled_approver(journal, APPROVER, at=datetime(2026, 3, 2, 9, tzinfo=UTC))
        site = CrashSite(folder, procore, phone)
        build_vista(f"sqlite:///{site.vista_file}")
        yield site


def answer_to(export: ExportRecord, decision: str, phone: Authenticator, approver: str = APPROVER) -> Answer:
    """What the approver types, with a fresh code of their authenticator app."""
    return Answer(
        decision=decision,
        approver=approver,
        plan_code=str(export.plan_code),
        code=SecretStr(phone.code()),
        reason=REASON if decision == REJECT else "",
    )


def assert_exported_once(site: CrashSite) -> None:
    """One export, accepted once, applied once, verified; Vista holds its plan and nothing else, posted once."""
    export = site.export()
    with site.journal() as journal:
        plan, decisions = journal.plan(export.id), journal.decisions(export.id)
        results = journal.line_results(export.id)
        assert_life(journal, export, EXPORTED)
    assert [one.approver for one in decisions if one.verdict is Verdict.ACCEPT] == [APPROVER]
    assert len(results) == LINES
    assert all(result.ok for result in results)
    with SqlVista(f"sqlite:///{site.vista_file}", 1) as vista:
        estimate = vista.read_estimate(JOB)
    held = {(header.phase, header.cost_type): values_of(header) for header in estimate.cost_headers}
    assert held == {line.key: line.after for line in plan.lines}
    assert [header.detail_count for header in estimate.cost_headers] == [1] * LINES
    assert {phase.phase for phase in estimate.job_phases} == {phase.phase for phase in plan.add_phases}
    assert site.posted_lines() == LINES
    assert site.is_locked()


def assert_rejected_once(site: CrashSite) -> None:
    """One export, rejected once with its reason; Vista is untouched, the Procore budget editable again."""
    export = site.export()
    with site.journal() as journal:
        decisions = journal.decisions(export.id)
        assert_life(journal, export, REJECTED)
    assert [(one.verdict, one.reason) for one in decisions] == [(Verdict.REJECT, REASON)]
    assert export.budget_returned_at is not None
    assert site.posted_lines() == 0
    assert not site.is_locked()


def assert_life(journal: Journal, export: ExportRecord, states: tuple[ExportState, ...]) -> None:
    moves = journal.transitions(export.id)
    assert tuple(move.to_state for move in moves) == states
    assert [move.from_state for move in moves] == [None, *states[:-1]]
    assert all(move.to_state in TRANSITIONS[move.from_state] for move in moves if move.from_state is not None)
    assert export.state is states[-1]


END_OF = {ACCEPT: assert_exported_once, REJECT: assert_rejected_once}
