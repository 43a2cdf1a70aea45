"""The first half of the model: what an approver is asked, if an export is planned now. Deliberately simple.

It knows nothing of how the product plans. Where the two disagree, one of them is wrong.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from tests.model.values import NOTHING, WRITTEN, Amounts, Budget, Change, Export, Job, Key, Order, Question

_S = ExportState
ORDERS, FOLD, OFF = "change_orders", "fold_into_original", "off"


@dataclass(frozen=True)
class Exported:
    """A change order that was exported, or may have been."""

    # Procore's id of the change; None for one that takes another back.
    source: int | None
    amounts: Amounts
    is_undone: bool


@dataclass
class Asking:
    """One project and its job, and the questions about them."""

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
        coming = self._coming(export, budget)
        orders = None if coming is None else self._dated(export, {aco: one.amounts for aco, one in coming.items()})
        if coming is None or orders is None:
            return None
        wanted = {key: line.original + (line.moved if self.policy == FOLD else 0) for key, line in budget.lines.items()}
        originals = self.job.originals
        asked = Question(
            lines={key: (budget.lines[key], originals.get(key), after) for key, after in wanted.items()},
            new_phases=frozenset(phase for phase, _ in wanted if phase not in self.job.phases),
            orders=orders,
            sources={aco: change.id for aco, change in coming.items()},
            deleted=self._deleted(budget) if export.kind is Kind.UPDATE else {},
            untouched={key: amount for key, amount in originals.items() if key not in wanted},
            changes_before=self.job.changes,
            start_month=self.job.start_month,
        )
        is_refused = any(self.job.phases.get(phase) is False for phase in asked.written_phases)
        return None if is_refused else asked

    def _coming(self, export: Export, budget: Budget) -> dict[str, Change] | None:
        """The changes that become change orders with this export, by number; None if changes forbid it."""
        if self.policy == OFF or (self.policy == ORDERS and export.kind is Kind.SETUP):
            return {}
        known = {order.source for order in self.exported_orders().values()}
        approved = [one for one in budget.changes if one.status == "approved" and one.id not in known]
        coming = {f"BC-{one.number}": one for one in approved}
        taken = coming.keys() & (self.job.orders.keys() | self.exported_orders().keys())
        if any(key not in budget.lines for aco in coming.keys() - taken for key in coming[aco].amounts):
            return None
        if self.policy == FOLD:
            return {}
        return None if taken or not self._is_put_right(budget) else coming

    def exported_orders(self) -> dict[str, Exported]:
        """Every change order that an export wrote, or may have."""
        written = [one for one in self.exports if one.state in WRITTEN]
        undone, found = taken_back(written), dict[str, Exported]()
        for one in written:
            for aco, order in one.answered.orders.items():
                exported = Exported(one.answered.sources.get(aco), order.amounts, one.run in undone)
                found.setdefault(aco, exported)
        return found

    def _is_put_right(self, budget: Budget) -> bool:
        """Where an exported change is different in Procore now, change orders of others make up for exactly that."""
        exported, changes = self.exported_orders(), {one.id: one for one in budget.changes}
        off: list[Amounts] = []
        for aco, was in sorted(exported.items(), key=lambda one: (len(one[0]), one[0])):
            if was.source is None or was.is_undone or aco not in self.job.orders:
                continue
            change = changes.get(was.source)
            amounts = change.amounts if change is not None else {}
            now = amounts if change is not None and change.status == "approved" else {}
            inside = {key: amount for key, amount in now.items() if key in budget.lines}
            lacking = less(inside, self.job.orders[aco].amounts)
            is_outside = any(key not in budget.lines for key in amounts)
            if is_outside or (inside != was.amounts and lacking):
                off.append(lacking)
        free = {aco: order.amounts for aco, order in sorted(self.job.orders.items()) if aco not in exported}
        left: list[Amounts] = []
        for lacking in off:
            correction = next((aco for aco, amounts in free.items() if lacking and amounts == lacking), None)
            if correction is None:
                left.append(lacking)
            else:
                del free[correction]
        together: Amounts = {}
        for lacking in left:
            together = less(together, {key: -amount for key, amount in lacking.items()})
        return not left or (bool(together) and together in free.values())

    def _dated(self, export: Export, amounts: dict[str, Amounts]) -> dict[str, Order] | None:
        day = export.sent_at.date()
        month = f"{day:%Y-%m}"
        if amounts and month < self.job.start_month:
            return None
        return {aco: Order(day, month, added) for aco, added in amounts.items()}

    def _deleted(self, budget: Budget) -> Amounts:
        """Lines of standing exports that Procore no longer has, as an export left them, on active phases."""
        settled = self.settled()[::-1]
        undone, ours, left = taken_back(settled), set[Key](), dict[Key, Decimal | None]()
        for one in settled:
            if one.kind is not Kind.UNDO and one.run not in undone:
                ours |= one.answered.lines.keys() | one.answered.deleted.keys()
            is_known = one.state is _S.VERIFIED
            left |= {key: after if is_known else None for key, (_, _, after) in one.answered.lines.items()}
        gone = {key: self.job.originals.get(key, NOTHING) for key in ours - budget.lines.keys()}
        return {
            key: amount
            for key, amount in gone.items()
            if amount and self.job.phases[key[0]] and left.get(key) in {None, amount}
        }

    def last_standing(self) -> Export | None:
        """The last export that nobody took back, and that takes nothing back."""
        undone = taken_back(self.settled()[::-1])
        return next((one for one in self.settled() if one.kind is not Kind.UNDO and one.run not in undone), None)

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
        touched = {key[0] for key, (_, now, after) in turned.items() if now != after}
        touched |= {phase for order in was.answered.orders.values() for phase, _ in order.amounts}
        reversing = {
            f"{aco}R": {key: -amount for key, amount in order.amounts.items()}
            for aco, order in was.answered.orders.items()
        }
        is_taken = any(aco in self.job.orders or aco in self.exported_orders() for aco in reversing)
        orders = self._dated(export, reversing)
        if is_taken or orders is None or not all(self.job.phases[phase] for phase in touched):
            return None
        return Question(
            lines=dict(turned),
            new_phases=frozenset(),
            orders=orders,
            sources={},
            deleted={},
            untouched={key: amount for key, amount in self.job.originals.items() if key not in turned},
            changes_before=self.job.changes,
            start_month="",
        )

    def _stands_as_left(self, written: Question) -> bool:
        """Everything that was written, and the change orders on its lines, are as that export left them."""
        left, now = changes_after(written), self.job.changes
        touched = written.writes.keys() | {key for order in written.orders.values() for key in order.amounts}
        return (
            all(self.job.originals.get(key) == after for key, after in written.writes.items())
            and all(left.get(key, NOTHING) == now.get(key, NOTHING) for key in touched)
            and all(self.job.orders.get(aco) == order for aco, order in written.orders.items())
        )


def taken_back(exports: list[Export]) -> set[str]:
    """Of exports, the oldest first, those that an undo took back which was not taken back itself, by their runs."""
    gone: set[str] = set()
    for one in reversed(exports):
        if one.undoes and one.run not in gone:
            gone.add(one.undoes)
    return gone


def less(amounts: Amounts, taken: Amounts) -> Amounts:
    """What is left of amounts; lines of zero are left out."""
    left = {key: amounts.get(key, NOTHING) - taken.get(key, NOTHING) for key in amounts.keys() | taken.keys()}
    return {key: amount for key, amount in left.items() if amount}


def changes_after(asked: Question) -> Amounts:
    added = dict(asked.changes_before)
    for order in asked.orders.values():
        for key, amount in order.amounts.items():
            added[key] = added.get(key, NOTHING) + amount
    return {key: amount for key, amount in added.items() if amount}
