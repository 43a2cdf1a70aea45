"""The model: what each export must come to, and what Vista must hold then. Deliberately simple, and all of its own.

It knows nothing of how the product plans, writes or records. Where the two disagree, one of them is wrong.
"""

from datetime import datetime, timedelta

from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from tests.model.asking import FOLD, OFF, ORDERS, Asking, changes_after
from tests.model.values import Budget, Export, Question

__all__ = ["DEADLINE", "FOLD", "OFF", "ORDERS", "Model"]

_S = ExportState
# Five working days. Every story happens on Mondays.
DEADLINE = timedelta(days=7)


class Model(Asking):
    """One project and its job, and the way of its exports."""

    def advance(self, export: Export, budget: Budget, now: datetime) -> bool:
        """Take an export one step on, as far as no person has a say in it; False where it rests."""
        before = export.state
        match export.state:
            case _S.PROPOSED:
                export.question, export.rows = self.asked(export, budget), budget.rows
                export.deadline = now + DEADLINE
                export.state = _S.BLOCKED
                if export.question is not None:
                    export.state = _S.UNCHANGED if self._is_unchanged(export.question) else _S.AWAITING_ACCEPTANCE
            case _S.AWAITING_ACCEPTANCE if now >= export.deadline:
                export.state = _S.EXPIRED
            case _S.ACCEPTED:
                is_same = self.asked(export, budget) == export.question
                export.state = _S.APPLYING if is_same else _S.STALE
            case _S.APPLYING:
                export.state = self._written(export)
            case _S.APPLIED:
                export.state = _S.VERIFIED if self._is_as_planned(export.answered) else _S.VERIFICATION_FAILED
        return export.state is not before

    def _written(self, export: Export) -> ExportState:
        asked = export.answered
        if self.holds(asked):
            return _S.APPLIED
        if not self._holds_before(export.kind, asked):
            # Once a write was begun, nobody can tell any more.
            return _S.VERIFICATION_FAILED if export.is_begun else _S.STALE
        if any(self.job.phases.get(phase) is False for phase in asked.written_phases):
            return _S.FAILED
        self.write(asked)
        return _S.APPLIED

    def write(self, asked: Question) -> None:
        """Bring what was accepted to Vista: changed lines and change orders, and nothing else."""
        for key, after in asked.writes.items():
            self.job.post_original(key, after)
        self.job.orders |= asked.orders

    def holds(self, asked: Question) -> bool:
        """Vista holds exactly what was accepted."""
        return (
            self.job.originals == asked.originals_after
            and asked.new_phases <= self.job.phases.keys()
            and all(self.job.orders.get(aco) == order for aco, order in asked.orders.items())
        )

    def _holds_before(self, kind: Kind, asked: Question) -> bool:
        speaks_of_changes = kind is not Kind.SETUP or self.policy != ORDERS or bool(asked.changes_before)
        return (
            self.job.is_open
            and self.job.originals == asked.originals_before
            and not asked.new_phases & self.job.phases.keys()
            and not asked.orders.keys() & self.job.orders.keys()
            and (not speaks_of_changes or self.job.changes == asked.changes_before)
        )

    def _is_as_planned(self, asked: Question) -> bool:
        return (
            self.holds(asked)
            and self.job.changes == changes_after(asked)
            and all(self.job.phases[phase] for phase in asked.new_phases)
        )

    # What the schedule does ------------------------------------------------------------------------------------------

    def sync_starts(self, budget: Budget) -> bool | None:
        """Whether a sync starts an update; None where either is right."""
        if self.open_export() or self.failure() or not self.settled() or not budget.is_locked:
            return False
        last = self.exports[-1]
        is_same = last.rows == budget.rows
        if any(one.kind is Kind.UNDO for one in self.exports):
            return None
        if last.is_settled and is_same and last.kind is Kind.SETUP and self.policy == ORDERS:
            # Changes of before the first export wait for an update.
            return None if any(one.status == "approved" for one in budget.changes) else False
        if last.is_settled:
            return not is_same
        is_judged = last.state in {_S.UNCHANGED, _S.REJECTED, _S.RETRIEVED}
        return False if is_judged and is_same else None

    def _is_unchanged(self, asked: Question) -> bool:
        """There is nothing to write, and nothing to ask that was not answered with the last export."""
        kept = self.settled()[0].answered.deleted.keys() if self.settled() else set()
        return not (asked.writes or asked.orders) and asked.deleted.keys() <= kept
