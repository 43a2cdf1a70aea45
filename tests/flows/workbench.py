"""A workbench for the steps of an export: both sandboxes, a journal and the people, all in a test's own folder.

No Prefect, no clock, no waiting: each step gets the time it happens at, and a wait for Procore moves its clock on.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from connectors.journal import Journal
from connectors.journal.records import ExportRecord
from connectors.vista.sql import SqlVista
from jobcost.acceptance import ACCEPT, REJECT, Answer
from jobcost.budget import ProcoreUser
from jobcost.config import ExportConfig
from jobcost.findings import Severity
from jobcost.people import email_key
from jobcost.plan import Kind
from jobcost.rendering.review import ReviewContext, review_markdown
from jobcost.verification import Verification
from sandbox.procore.running import RunningProcore
from sandbox.procore.seed import add_code
from sandbox.procore.world import BudgetLine, BudgetModification, Project, UnbudgetedRow
from tasks import publishing
from tasks.steps import apply, decide, give_back, propose, undoing, verify
from tasks.systems import Systems
from tests.flows.interference import Meanwhile, ProcoreWith
from tests.flows.vista_looks import VistaLooks
from tests.people import OLGA, Authenticator, enrolled_approver

PRIYA = "priya.pm@example.com"
ALEX = "alex.approver@example.com"
BLAKE = "blake.controller@example.com"
OPERATOR = "op@example.com"
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
# Six lines, one of each cost type and a second one of labour: 2,877.21 in all.
SMALL = "generated:6"
SMALL_TOTAL = Decimal("2877.21")
REAL = "public_works"
_PROJECTS = {SMALL: 7000, REAL: 1164}
_JOBS = {SMALL: "GEN-0001", REAL: "1164I-001"}


@dataclass
class Workbench(VistaLooks):
    """Both systems and the journal, and what people do in them, a word for each."""

    procore: RunningProcore
    systems: Systems
    folder: Path
    seed: str
    # Everybody's authenticator apps, by e-mail address.
    phones: dict[str, Authenticator] = field(default_factory=dict)
    at: datetime = MONDAY
    _runs: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _answers: Iterator[int] = field(default_factory=itertools.count)
    _sendings: Iterator[int] = field(default_factory=itertools.count)

    @property
    def project(self) -> Project:
        """The project in the sandbox Procore, to look at and to change."""
        return self.procore.state.projects[_PROJECTS[self.seed]]

    @property
    def journal(self) -> Journal:
        return self.systems.journal

    @property
    def job(self) -> str:
        return _JOBS[self.seed]

    @property
    def vista_url(self) -> str:
        return f"sqlite:///{self.folder / 'vista.db'}"

    @property
    def journal_url(self) -> str:
        return f"sqlite:///{self.folder / 'journal.db'}"

    def configure(self, **sections: dict[str, Any]) -> None:
        """Change settings of the configuration: limits={"two_approvers_above": Decimal(1000)}."""
        merged = self.systems.config.model_dump()
        for name, changes in sections.items():
            merged[name] |= changes
        self.systems = replace(self.systems, config=ExportConfig.model_validate(merged))

    def send(
        self,
        *,
        kind: Kind = Kind.SETUP,
        project: str = "",
        sender: str = PRIYA,
        lock: bool = False,
        run: str | None = "",
        continue_export: str = "",
        at: datetime | None = None,
    ) -> ExportRecord:
        """Send the budget; each time by another flow run, unless one is named, and a little later."""
        sending = propose.Sending(
            kind=kind,
            project=project or str(self.project.id),
            submitted_by=sender,
            lock_budget=lock,
            flow_run_id=f"run-{next(self._runs)}" if run == "" else run,
            continue_export=continue_export,
        )
        return propose.propose(self.systems, sending, at or self._later())

    def update(self, **how: Any) -> ExportRecord:
        """Send what changed since the first export."""
        return self.send(kind=Kind.UPDATE, **how)

    def undo(self, export: ExportRecord, *, sender: str = PRIYA, run: str = "") -> ExportRecord:
        """Send the taking back of an export."""
        sending = undoing.undo_of(self.systems, export.id, sender, flow_run_id=run or f"run-{next(self._runs)}")
        return propose.propose(self.systems, sending, self._later())

    def _later(self) -> datetime:
        # Of two exports of one moment nobody could say which was first.
        return MONDAY + timedelta(milliseconds=next(self._sendings))

    def carried(self, export: ExportRecord, **how: Any) -> ExportRecord:
        """Have Alex accept an export that was sent, and take it the rest of the way."""
        return self.verify(self.apply(self.answer(export, **how)))[0]

    def answer(
        self,
        export: ExportRecord,
        decision: str = ACCEPT,
        *,
        approver: str = ALEX,
        code: str | None = None,
        one_time_code: str | None = None,
        reason: str = "",
        at: datetime | None = None,
        given_at: datetime | None = None,
    ) -> ExportRecord:
        """Answer the export's present question; with the right codes, unless others are given.

        Without a moment each answer comes a minute after the one before: a one-time code counts once.
        """
        at = at or MONDAY + timedelta(minutes=next(self._answers))
        answer = Answer(
            decision=decision,
            approver=approver,
            plan_code=(export.plan_code or "") if code is None else code,
            code=SecretStr(self.code_of(approver, given_at or at) if one_time_code is None else one_time_code),
            reason=reason,
        )
        given = decide.Given(answer=answer, at=given_at)
        return decide.take_answer(self.systems, export.id, export.ask, given, at)

    def accept_zeroing(self, export: ExportRecord, *, approver: str = ALEX) -> ExportRecord:
        """Accept, with the consent to set deleted lines to zero."""
        at = MONDAY + timedelta(minutes=next(self._answers))
        answer = Answer(
            decision=ACCEPT,
            approver=approver,
            plan_code=export.plan_code or "",
            code=SecretStr(self.code_of(approver, at)),
            reason="",
            zero_deleted=True,
        )
        return decide.take_answer(self.systems, export.id, export.ask, decide.Given(answer=answer), at)

    def exchanged(self, export: ExportRecord, trouble: str) -> ExportRecord:
        """Let an acceptance of Alex's be found that did not come as Resume sends it."""
        code = SecretStr(self.code_of(ALEX, MONDAY))
        answer = Answer(decision=ACCEPT, approver=ALEX, plan_code=str(export.plan_code), code=code, reason="")
        given = decide.Given(answer=answer, at=MONDAY, trouble=trouble)
        return decide.take_answer(self.systems, export.id, export.ask, given, MONDAY)

    def code_of(self, email: str, at: datetime) -> str:
        """What the person's authenticator app shows; somebody without one types anything."""
        phone = self.phones.get(email_key(email))
        return phone.code(at) if phone else "000000"

    def enrol(self, email: str, **facts: Any) -> None:
        """Enrol one more approver, or one anew, with a new authenticator app."""
        self.phones[email_key(email)] = enrolled_approver(self.journal, email, at=MONDAY, **facts)

    def revoke(self, email: str) -> None:
        """Take an approver's authority away."""
        self.journal.revoke(email, by=OLGA, reason="left the company", at=MONDAY)

    def reject(self, export: ExportRecord, reason: str, *, approver: str = ALEX) -> ExportRecord:
        return self.answer(export, REJECT, approver=approver, reason=reason)

    def give_back(self, export: ExportRecord) -> ExportRecord:
        return give_back.give_budget_back(self.systems, export.id, MONDAY)

    def apply(self, export: ExportRecord) -> ExportRecord:
        return apply.apply_plan(self.systems, export.id, MONDAY)

    def verify(self, export: ExportRecord) -> tuple[ExportRecord, Verification | None]:
        return verify.verify_export(self.systems, export.id, MONDAY)

    def accepted(self) -> ExportRecord:
        """Send the budget and have Alex accept it."""
        return self.answer(self.send())

    def exported(self) -> ExportRecord:
        """Take the budget the whole way."""
        return self.verify(self.apply(self.accepted()))[0]

    def now(self, export: ExportRecord) -> ExportRecord:
        return self.journal.export(export.id)

    def reason(self, export: ExportRecord) -> str:
        """Why the export is where it is."""
        return self.journal.transitions(export.id)[-1].reason

    def moves(self, export: ExportRecord) -> str:
        """Everything that moved under a stale export, one a line."""
        kept = [row.json_text for row in self.journal.evidence(export.id) if row.kind == "moved"]
        return "\n".join(json.loads(kept[-1]))

    def refusal(self, export: ExportRecord) -> str:
        """Why the last answer did not count; "" if it did."""
        return self.journal.decisions(export.id)[-1].refusal

    def rules(self, export: ExportRecord, severity: Severity = Severity.BLOCK) -> set[str]:
        """The rules that spoke, of one severity."""
        return {finding.rule for finding in self.journal.findings(export.id) if finding.severity is severity}

    def review(self, export: ExportRecord) -> str:
        """The page that the approver reads."""
        plan, findings = self.journal.plan(export.id), self.journal.findings(export.id)
        earlier = publishing._earlier(self.systems, export)
        context = ReviewContext(export_id=export.id, submitted_by=export.submitted_by, earlier=earlier)
        return review_markdown(plan, findings, context)

    def add_line(self, code: str, kind: str, amount: str) -> BudgetLine:
        """Put a line of a new budget code into the budget."""
        world = self.procore.state
        wbs_code = add_code(world, self.project, code, f"Item {code}", kind)
        line = BudgetLine(id=world.new_id(), wbs_code_id=wbs_code.id, original_budget_amount=Decimal(amount))
        self.project.lines[line.id] = line
        return line

    def add_partial_line(self, code: str, kind: str) -> None:
        """Let a cost appear on a code that nobody budgeted."""
        wbs_code = add_code(self.procore.state, self.project, code, f"Item {code}", kind)
        self.project.unbudgeted.append(UnbudgetedRow(wbs_code_id=wbs_code.id, reason="direct cost"))

    def add_modification(self, from_code: str, to_code: str, amount: str) -> None:
        """Move money between two lines by a budget modification."""
        change = BudgetModification(
            id=self.procore.state.new_id(),
            from_budget_line_item_id=self.project.line(from_code).id,
            to_budget_line_item_id=self.project.line(to_code).id,
            transfer_amount=Decimal(amount),
        )
        self.project.modifications[change.id] = change

    def while_users_are_read(self, happens: Callable[[], object]) -> None:
        """Let something happen once, just after the next reading of Procore's directory."""
        procore, meant = self.systems.procore, [happens]

        def read_users() -> tuple[ProcoreUser, ...]:
            users = procore.read_users()
            if meant:
                meant.pop()()
            return users

        self.systems = replace(self.systems, procore=ProcoreWith(procore, read_users))

    def while_vista_is_read(self, happens: Callable[[], object]) -> None:
        """Let something happen once, just after the next reading of the job."""
        self.systems = replace(self.systems, vista=Meanwhile(self.systems.vista, after_reading=happens))

    def while_vista_is_written(self, happens: Callable[[], object]) -> None:
        """Let something happen once, just after the next commit."""
        self.systems = replace(self.systems, vista=Meanwhile(self.systems.vista, after_writing=happens))

    @contextmanager
    def breaking_at(self, point: str, error: BaseException) -> Iterator[None]:
        """Let the write to Vista break at a checkpoint of its transaction, and be whole again afterwards."""
        whole = self.systems

        def checkpoint(name: str) -> None:
            if name == point:
                raise error

        with SqlVista(self.vista_url, 1, lock_timeout_seconds=1, checkpoint=checkpoint) as vista:
            self.systems = replace(whole, vista=vista)
            yield
        self.systems = whole
