"""One story told twice, by the product and by the model; after each step they must agree.

A step in which something went wrong may have come less far. Then the model goes as far as the journal says that it
came, on its own way; no other state will do, and Vista is as before the write or as after it, never in between.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from connectors.journal.errors import JournalError, OpenExportExists
from connectors.procore.errors import ProcoreError
from connectors.vista.errors import VistaError
from jobcost.acceptance import ACCEPT, REJECT
from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from jobcost.sync import Start
from tasks.steps import apply, give_back, propose, undoing, verify
from tasks.steps.retrieve import NotRetrieved, retrieve_budget
from tasks.steps.sync import SyncOrder, sync
from tasks.steps.watch import watch
from tests.model.agreement import disagreement_of_plans, problems_of_acceptance
from tests.model.model import DEADLINE, Model
from tests.model.office import ALEX, BLAKE, OPAL, PROJECT, Office
from tests.model.seam import Died, Mishap
from tests.model.values import Export

_S = ExportState
_TROUBLE = (ProcoreError, VistaError, JournalError)
_BAD_ANSWERS = {
    "another plan's code": {"plan_code": "2222-2222"},
    "no plan code": {"plan_code": ""},
    "a stranger": {"approver": "mallory@example.com"},
}
BAD_ANSWERS = (*_BAD_ANSWERS, "a used one-time code", "the sender")


@dataclass
class Story:
    """What happens."""

    office: Office
    model: Model
    runs: int = 0
    # The key under which a sync started an update -> its run.
    _keys: dict[str, str] = field(default_factory=dict)

    # What people and the schedule do with exports ---------------------------------------------------------------------

    def send(
        self, kind: Kind, sender: str, *, lock: bool = False, undoes: str = "", mishap: Mishap | None = None
    ) -> Export:
        """Send the budget, or the taking back of an export."""
        return self._sent(self._new_run(), kind, sender, lock=lock, undoes=undoes, mishap=mishap)

    def go_on(self, export: Export, mishap: Mishap | None = None) -> None:
        """Let an export's run go on from the top, as after a restart: everything that needs no person."""
        was_locked = self.office.project.locked
        is_given_back = export.state is _S.REJECTED and export.kind is not Kind.UNDO and not export.is_returned
        is_excused = self._tried(lambda: self._flow(export), mishap)
        self._follow(export, is_excused=is_excused)
        if export.state is _S.REJECTED:
            export.is_returned = self.office.is_returned(export.id)
            assert export.is_returned or is_excused
        is_given_back = is_given_back and not self.model.is_sent_again(export)
        is_locked = was_locked and not is_given_back
        assert self.office.project.locked is is_locked or (is_excused and is_given_back)

    def answer(self, export: Export, decision: str, *, zero: bool = False, mishap: Mishap | None = None) -> None:
        """Have an approver answer as it should be."""
        approver = BLAKE if export.sender == ALEX else ALEX
        reason = "Not this month." if decision == REJECT else ""
        typed = {"approver": approver, "reason": reason, "zero_deleted": zero}
        is_excused = self._tried(lambda: self.office.answer(export.id, decision, **typed), mishap)
        if self.office.at < export.deadline:
            now = self.office.state_of(export)
            assert now is (_S.ACCEPTED if decision == ACCEPT else _S.REJECTED) or (is_excused and now is export.state)
            export.accepted_by = approver if now is _S.ACCEPTED else ""
            export.is_zeroed = zero and now is _S.ACCEPTED
            export.state = now
        self._follow(export, is_excused=is_excused, rests=False)

    def carry(self, export: Export, *, zero: bool = False, mishap: Mishap | None = None) -> None:
        """Have an export accepted, if somebody is asked, and let it go on."""
        if export.state is _S.AWAITING_ACCEPTANCE:
            self.office.later()
            self.answer(export, ACCEPT, zero=zero)
        if export.state in {_S.ACCEPTED, _S.APPLYING, _S.APPLIED}:
            self.office.later()
            self.go_on(export, mishap)

    def answer_badly(self, export: Export, how: str) -> None:
        """Have somebody answer Accept in a way that must not count."""
        typed = {"approver": BLAKE if export.sender == ALEX else ALEX, **_BAD_ANSWERS.get(how, {})}
        if how == "the sender":
            typed["approver"] = export.sender
        if how == "a used one-time code":
            # Used up by an answer that was refused for another reason, a moment ago.
            typed["one_time_code"] = self.office.phones[typed["approver"]].code(self.office.at)
            self._tried(lambda: self.office.answer(export.id, ACCEPT, plan_code="", **typed))
        is_excused = self._tried(lambda: self.office.answer(export.id, ACCEPT, **typed))
        self._follow(export, is_excused=is_excused, rests=False)

    def retrieve(self, export: Export) -> None:
        """Have the sender take it back before anybody decides."""
        systems, at = self.office.systems, self.office.at
        try:
            retrieve_budget(systems, export.id, by=export.sender, reason="A slip.", at=at)
        except NotRetrieved:
            assert at >= export.deadline or export.state is not _S.AWAITING_ACCEPTANCE
        if export.state is _S.AWAITING_ACCEPTANCE and at < export.deadline:
            export.state = _S.RETRIEVED
        self._follow(export, is_excused=False, rests=False)

    def clear(self, export: Export) -> None:
        """Have an operator look into a failed verification."""
        self.office.journal.clear(export.id, by=OPAL, reason="Looked at.", at=self.office.at)
        export.is_cleared = True

    def watch(self) -> None:
        """Let the watch look: what nobody answered in time expires."""
        is_excused = self._tried(lambda: watch(self.office.systems, self.office.at, _NoRuns()))
        for export in self.model.exports:
            self._follow(export, is_excused=is_excused, rests=export.state is _S.AWAITING_ACCEPTANCE)

    def sync(self, mishap: Mishap | None = None) -> None:
        """Let the schedule look, and the runs go on that it starts."""
        wanted = self.model.sync_starts(self.office.budget())
        started: list[tuple[str, str]] = []

        def start(_project: int, step: Start, key: str) -> str | None:
            if key not in self._keys:
                self._keys[key] = self._new_run()
                started.append((self._keys[key], step.submitted_by))
            return self._keys[key] if self._is_running(self._keys[key], started) else None

        order = SyncOrder(sync_id=f"sync-{self.office.at:%j-%H-%M}", start=start)
        is_excused = self._tried(lambda: sync(self.office.systems, order, self.office.at), mishap)
        assert wanted is not False or not started, "the sync started an update that nobody may be asked about"
        assert wanted is not True or started or is_excused, "the budget moved, and the sync started nothing"
        for run, sender in started:
            self._sent(run, Kind.UPDATE, sender)

    def _is_running(self, run: str, started: list[tuple[str, str]]) -> bool:
        is_new = any(run == one for one, _ in started)
        return is_new or any(one.run == run and one.is_open for one in self.model.exports)

    # How a step is taken, and followed --------------------------------------------------------------------------------

    def agree(self) -> None:
        """Hold everything that can be looked at against the model."""
        held, wanted = self.office.held(), self.model.job
        assert held == wanted, f"Vista must hold\n  {wanted}\nand holds\n  {held}"
        states = {run: state for run, (_, state) in self.office.journal_rows().items()}
        assert states == {one.run: one.state.value for one in self.model.exports}

    def end(self) -> None:
        """Hold the journal's proofs against what was done."""
        assert self.office.journal.audit().problems == ()
        for export in self.model.exports:
            assert problems_of_acceptance(self.office.journal, export) == []

    def _new_run(self) -> str:
        self.runs += 1
        return f"run-{self.runs}"

    def _sent(
        self,
        run: str,
        kind: Kind,
        sender: str,
        *,
        lock: bool = False,
        undoes: str = "",
        mishap: Mishap | None = None,
    ) -> Export:
        at, was_locked = self.office.at, self.office.project.locked
        export = Export(run=run, kind=kind, sender=sender, sent_at=at, deadline=at + DEADLINE, undoes=undoes)
        in_the_way = self.model.open_export()
        self.model.exports.append(export)
        try:
            is_excused = self._tried(lambda: self._propose(export, lock=lock), mishap)
        except OpenExportExists:
            assert in_the_way is not None
            assert in_the_way.state is not _S.AWAITING_ACCEPTANCE or at < in_the_way.deadline
            is_excused = True
        self._follow(export, is_excused=is_excused)
        assert self.office.project.locked is (was_locked or lock) or is_excused
        return export

    def _propose(self, export: Export, *, lock: bool = False) -> None:
        systems = self.office.systems
        sending = propose.Sending(
            kind=export.kind,
            project=str(PROJECT),
            submitted_by=export.sender,
            lock_budget=lock,
            flow_run_id=export.run,
        )
        if export.undoes:
            taken_back = self.model.of_run(export.undoes)
            sending = undoing.undo_of(systems, taken_back.id, export.sender, flow_run_id=export.run)
        propose.propose(systems, sending, self.office.at)

    def _flow(self, export: Export) -> None:
        """Do what the flow does from the top, but for the question."""
        self._propose(export)
        systems, at = self.office.systems, self.office.at
        record = systems.journal.export(export.id)
        if record.state in {_S.ACCEPTED, _S.APPLYING}:
            record = apply.apply_plan(systems, record.id, at)
        if record.state is _S.APPLIED:
            record, _ = verify.verify_export(systems, record.id, at)
        if record.state is _S.REJECTED:
            give_back.give_budget_back(systems, record.id, at)

    def _tried(self, step: Callable[[], object], mishap: Mishap | None = None) -> bool:
        """Take a step; return whether something went wrong, or may have, that excuses it from coming to its end.

        Nothing excuses it from leaving Procore's lines and changes as they are.
        """
        office = self.office
        written_in_procore = office.what_is_written_in_procore()
        is_excused = bool(office.sandbox.faults.waiting())
        office.seam.set(mishap)
        try:
            step()
        except Died:
            office.open_anew()
        except OpenExportExists:
            raise
        except _TROUBLE:
            if not (is_excused or office.seam.has_struck):
                raise
        finally:
            is_excused = is_excused or office.seam.has_struck
            office.seam.set(None)
        assert office.what_is_written_in_procore() == written_in_procore, "something was written in Procore"
        return is_excused

    def _follow(self, taken: Export, *, is_excused: bool, rests: bool = True) -> None:
        """Let the model go where the journal says that exports went; the one of the step to where it rests."""
        rows, budget, now = self.office.journal_rows(), self.office.budget(), self.office.at
        for export in tuple(self.model.exports):
            if export.run not in rows:
                assert is_excused
                assert export is taken
                self.model.exports.remove(export)
                continue
            export.id, found = rows[export.run][0], _S(rows[export.run][1])
            is_overdue = export.state is _S.AWAITING_ACCEPTANCE and now >= export.deadline
            if export is taken and rests and not is_excused:
                while self.model.advance(export, budget, now):
                    pass
            elif export is taken or is_overdue:
                self._lead(export, found, is_excused=is_excused)
            assert export.state is found, f"{export.run} must be {export.state}, and is {found}"
            if export is taken and found is _S.AWAITING_ACCEPTANCE:
                assert disagreement_of_plans(self.office.journal.proposed_plan(export.id), export.question) == []

    def _lead(self, export: Export, found: ExportState, *, is_excused: bool) -> None:
        """Take the model on until it is where the journal is."""
        while export.state is not found:
            is_ended_by_trouble = found is _S.FAILED and export.state in {_S.PROPOSED, _S.APPLYING}
            # Vista refused a later attempt, and the job is not as before the first one: a person must look.
            is_ended_by_trouble |= found is _S.VERIFICATION_FAILED and export.state is _S.APPLYING and export.is_begun
            if is_excused and is_ended_by_trouble:
                export.state = found
            elif not self.model.advance(export, self.office.budget(), self.office.at):
                return
        if found is _S.APPLYING:
            export.is_begun = True
            written = self.model.job.copied()
            Model(self.model.policy, written).write(export.answered)
            if self.office.held() == written:
                self.model.job = written


class _NoRuns:
    """Prefect's runs, as far as the watch needs them: all are tidy, and none has died."""

    def tidy_run(self, _run: str, _export: str, _ask: int | None, _why: str) -> bool:
        return True

    def is_dead(self, _run: str) -> bool:
        return False

    def revive_run(self, _run: str) -> None:
        raise AssertionError("no run is dead")
