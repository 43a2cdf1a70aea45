"""The model: what each export must come to, and what Vista must hold then. Deliberately simple, and all of its own.

It knows nothing of how the product plans, writes or records. Where the two disagree, one of them is wrong.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from tests.model.values import NOTHING, WRITTEN, Amounts, Budget, Change, Export, Job, Key, Order, Question

_S = ExportState
ORDERS, FOLD, OFF = "change_orders", "fold_into_original", "off"
_ACO_LENGTH_MAX = 10
# Five working days. Every story happens on Mondays.
DEADLINE = timedelta(days=7)


@dataclass
class Model:
    """One project and its job."""

    # What becomes of budget changes.
    policy: str
    job: Job = field(default_factory=Job)
    # The oldest first.
    exports: list[Export] = field(default_factory=list)

    def open_export(self) -> Export | None:
        return next((one for one in self.exports if one.is_open), None)

    def of_run(self, run: str) -> Export:
        return next(one for one in self.exports if one.run == run)

    def settled(self) -> list[Export]:
        """The exports that brought something to Vista, or took it back, the latest first."""
        return [one for one in reversed(self.exports) if one.is_settled]

    def failure(self) -> Export | None:
        """A failed verification that nobody has looked into."""
        return next((one for one in self.exports if one.state is _S.VERIFICATION_FAILED and not one.is_cleared), None)

    def is_sent_again(self, export: Export) -> bool:
        return self.exports[-1] is not export

    # What is asked ---------------------------------------------------------------------------------------------------

    def asked(self, export: Export, budget: Budget) -> Question | None:
        """What the approver is asked if the export is planned now; None if something forbids it."""
        if self.failure() is not None or not self.job.is_open:
            return None
        return self._asked_back(export) if export.kind is Kind.UNDO else self._asked_of_budget(export, budget)

    def _asked_of_budget(self, export: Export, budget: Budget) -> Question | None:
        is_first = not self.settled()
        if not budget.is_locked or not budget.lines or (export.kind is Kind.SETUP) is not is_first:
            return None
        if is_first and any(self.job.originals.values()):
            return None
        if any(self.job.phases.get(phase) is False for phase, _ in budget.lines):
            return None
        orders = self._orders(export, budget)
        if orders is None:
            return None
        wanted = {key: line.original + (line.moved if self.policy == FOLD else 0) for key, line in budget.lines.items()}
        originals = self.job.originals
        return Question(
            lines={key: (budget.lines[key], originals.get(key), after) for key, after in wanted.items()},
            new_phases=frozenset(phase for phase, _ in wanted if phase not in self.job.phases),
            orders=orders,
            deleted=self._deleted(budget) if export.kind is Kind.UPDATE else {},
            untouched={key: amount for key, amount in originals.items() if key not in wanted},
            changes_before=self.job.changes,
            start_month=self.job.start_month,
        )

    def _orders(self, export: Export, budget: Budget) -> dict[str, Order] | None:
        """The change orders still to come; None if one of them cannot be written."""
        if self.policy == OFF or (self.policy == ORDERS and export.kind is Kind.SETUP):
            return {}
        exported = self.exported_orders()
        coming: dict[str, Change] = {
            f"BC-{change.number}": change
            for change in budget.changes
            if change.status == "approved" and f"BC-{change.number}" not in exported
        }
        taken = coming.keys() & self.job.orders.keys()
        is_without_line = any(key not in budget.lines for aco in coming.keys() - taken for key in coming[aco].amounts)
        if is_without_line or (taken and self.policy == ORDERS):
            return None
        amounts = {aco: change.amounts for aco, change in coming.items()}
        return self._dated(export, amounts) if self.policy == ORDERS else {}

    def _dated(self, export: Export, amounts: dict[str, Amounts]) -> dict[str, Order] | None:
        day = export.sent_at.date()
        month = f"{day:%Y-%m}"
        if amounts and month < self.job.start_month:
            return None
        return {aco: Order(day, month, added) for aco, added in amounts.items()}

    def exported_orders(self) -> dict[str, Order]:
        """Every change order that an export wrote, or may have."""
        return {
            aco: order for one in self.exports if one.state in WRITTEN for aco, order in one.answered.orders.items()
        }

    def _deleted(self, budget: Budget) -> Amounts:
        """Lines of the last export that stands, with a value, on active phases, that Procore no longer has."""
        known: set[Key] = set()
        taken_back: set[str] = set()
        for one in self.settled():
            known |= one.answered.lines.keys() | one.answered.deleted.keys()
            if one.kind is Kind.UNDO:
                taken_back.add(one.undoes)
            elif one.run not in taken_back:
                break
        gone = {key: self.job.originals.get(key, NOTHING) for key in known - budget.lines.keys()}
        return {key: amount for key, amount in gone.items() if amount and self.job.phases[key[0]]}

    def last_standing(self) -> Export | None:
        """The last export that nobody took back, and that takes nothing back."""
        taken_back: set[str] = set()
        for one in self.settled():
            if one.run in taken_back:
                continue
            if one.kind is not Kind.UNDO:
                return one
            taken_back.add(one.undoes)
        return None

    def _asked_back(self, export: Export) -> Question | None:
        was = self.of_run(export.undoes)
        last = self.settled()[0] if was.kind is Kind.UNDO else self.last_standing()
        if last is not was or not self._stands_as_left(was.answered):
            return None
        turned = {
            key: (None, after, before if before is not None else NOTHING)
            for key, (_, before, after) in was.answered.lines.items()
            if key in was.answered.writes
        }
        if any(not self.job.phases[key[0]] for key, (_, now, after) in turned.items() if now != after):
            return None
        reversed_ = {
            f"{aco}R": {key: -amount for key, amount in order.amounts.items()}
            for aco, order in was.answered.orders.items()
        }
        is_taken = any(aco in self.job.orders or aco in self.exported_orders() for aco in reversed_)
        orders = self._dated(export, reversed_)
        if is_taken or orders is None or any(len(aco) > _ACO_LENGTH_MAX for aco in reversed_):
            return None
        return Question(
            lines=dict(turned),
            new_phases=frozenset(),
            orders=orders,
            deleted={},
            untouched={key: amount for key, amount in self.job.originals.items() if key not in turned},
            changes_before=self.job.changes,
            start_month="",
        )

    def _stands_as_left(self, written: Question) -> bool:
        """Everything that was written, and the change orders on its lines, are as that export left them."""
        left, now = _changes_after(written), self.job.changes
        touched = written.writes.keys() | {key for order in written.orders.values() for key in order.amounts}
        return (
            all(self.job.originals.get(key) == after for key, after in written.writes.items())
            and all(left.get(key, NOTHING) == now.get(key, NOTHING) for key in touched)
            and all(self.job.orders.get(aco) == order for aco, order in written.orders.items())
        )

    # What comes of it ------------------------------------------------------------------------------------------------

    def advance(self, export: Export, budget: Budget, now: datetime) -> bool:
        """Take an export one step on, as far as no person has a say in it; False where it rests."""
        before = export.state
        match export.state:
            case _S.PROPOSED:
                export.question, export.rows = self.asked(export, budget), budget.rows
                export.state = _S.BLOCKED
                if export.question is not None:
                    export.state = _S.UNCHANGED if export.question.is_empty else _S.AWAITING_ACCEPTANCE
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
            and self.job.changes == _changes_after(asked)
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
        if last.is_settled:
            return not is_same
        is_judged = last.state in {_S.UNCHANGED, _S.REJECTED, _S.RETRIEVED}
        return False if is_judged and is_same else None


def _changes_after(asked: Question) -> Amounts:
    added = dict(asked.changes_before)
    for order in asked.orders.values():
        for key, amount in order.amounts.items():
            added[key] = added.get(key, NOTHING) + amount
    return {key: amount for key, amount in added.items() if amount}
