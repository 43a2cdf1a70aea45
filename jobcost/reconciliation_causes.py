"""Why a line of a comparison does not hold the same: each side is compared with what was last verified. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from jobcost.money import ZERO_DOLLARS, money_text
from jobcost.order_numbers import number_key
from jobcost.planned import ChangePolicy
from jobcost.reconciliation_values import (
    NOTHING,
    Amounts,
    Comparison,
    Key,
    LineClass,
    OurChangeOrder,
)


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that happened."""

    stands: LineClass
    words: str
    # The line differs by this alone, also where the amounts are the same by chance.
    is_certain: bool = False


def expected_in_vista(in_procore: Amounts, policy: ChangePolicy) -> Amounts:
    """Return what Vista should hold for a budget line under a policy."""
    match policy:
        case ChangePolicy.FOLD_INTO_ORIGINAL:
            return Amounts(original=in_procore.current)
        case ChangePolicy.CHANGE_ORDERS | ChangePolicy.OFF:
            return in_procore


class LineCauses:
    """What one line holds, should hold and held, and why these differ."""

    def __init__(self, of: Comparison, key: Key) -> None:
        """Find the line on all three sides."""
        self._of = of
        self._key = key
        self.procore = of.procore.lines.get(key)
        self.vista = of.vista.lines.get(key)
        self.verified = of.verified.lines.get(key)
        self.found = self.vista or NOTHING
        self._base = self.verified or NOTHING
        in_cents = self.procore.in_cents if self.procore else NOTHING
        self.expected = expected_in_vista(in_cents, of.policy)
        if of.policy is ChangePolicy.OFF:
            # The company does not export changes: whatever change orders Vista has are its own business.
            self.expected = Amounts(original=in_cents.original, changes=self.found.changes)

    def all(self) -> tuple[Cause, ...]:
        """Name everything that happened to the line."""
        return (*self._of_original(), *self._of_quantities(), *self._of_changes())

    def _of_original(self) -> Iterator[Cause]:
        expected, found, base = self.expected.original, self.found.original, self._base.original
        if expected == found:
            return
        is_ours = self._key in self._of.verified.ours
        if self.procore is None and not is_ours:
            yield Cause(LineClass.ONLY_IN_VISTA, f"Vista holds {money_text(found)}; no export of ours wrote it")
            return
        if self.procore is None:
            words = f"No budget line falls on it any more, still in Vista with {money_text(found)}"
            yield Cause(LineClass.DELETED_IN_PROCORE, words)
        elif not is_ours:
            words = f"Procore holds {money_text(expected)}, which no export has written yet"
            yield Cause(LineClass.NEVER_EXPORTED, words)
        elif expected != base:
            words = f"Original in Procore: {money_text(base)} verified, now {money_text(expected)}"
            yield Cause(LineClass.MOVED_IN_PROCORE, words)
        if found != base:
            words = f"Original Estimate in Vista: {money_text(base)} verified, now {money_text(found)}"
            yield Cause(LineClass.MOVED_IN_VISTA, words)

    def _of_quantities(self) -> Iterator[Cause]:
        """Units and hours; those that the budget does not carry should be what was verified."""
        found, base = self._of.vista.quantities.get(self._key), self._of.verified.quantities.get(self._key)
        if self.procore is None or found is None or base is None or self._key not in self._of.verified.ours:
            return
        carried = self._of.procore.quantities.get(self._key)
        for name in ("units", "hours"):
            was, held = getattr(base, name), getattr(found, name)
            told = getattr(carried, name) if carried else None
            expected = was if told is None else told
            if expected == held:
                continue
            if expected != was:
                words = f"{name.capitalize()} in Procore: {was:,f} verified, now {expected:,f}"
                yield Cause(LineClass.MOVED_IN_PROCORE, words, is_certain=True)
            if held != was:
                words = f"{name.capitalize()} of the Original Estimate in Vista: {was:,f} verified, now {held:,f}"
                yield Cause(LineClass.MOVED_IN_VISTA, words, is_certain=True)

    def _of_changes(self) -> Iterator[Cause]:
        if self._of.policy is not ChangePolicy.OFF:
            yield from self._changes_in_procore()
        yield from self._orders_in_vista()
        if self._of.policy is not ChangePolicy.OFF:
            yield from self._other_orders_in_vista()

    def _changes_in_procore(self) -> Iterator[Cause]:
        is_folded = self._of.policy is ChangePolicy.FOLD_INTO_ORIGINAL
        unexported = () if is_folded else self._of.procore.unexported.get(self._key, ())
        if unexported:
            named = "; ".join(map(str, unexported))
            yield Cause(LineClass.CHANGE_NOT_EXPORTED, f"Approved, without a change order in Vista: {named}")
        waiting = sum((one.amount for one in unexported), ZERO_DOLLARS)
        exported_now, exported_then = self.expected.changes - waiting, self._ours_standing()
        for order, now in () if is_folded else self._orders_moved_in_procore():
            was = order.amounts.get(self._key, ZERO_DOLLARS)
            found = "not approved any more, or gone" if now is None else f"now {money_text(now)}"
            words = f"Change {order.aco}: {money_text(was)} exported, in Procore {found}"
            yield Cause(LineClass.MOVED_IN_PROCORE, words, is_certain=True)
            exported_then += (now or ZERO_DOLLARS) - was
        if exported_now != exported_then:
            words = f"Changes of Procore: {money_text(exported_then)} exported, now {money_text(exported_now)}"
            yield Cause(LineClass.MOVED_IN_PROCORE, words)

    def _orders_moved_in_procore(self) -> Iterator[tuple[OurChangeOrder, Decimal | None]]:
        """Give our standing change orders that differ from Procore's approved changes; None: not approved any more."""
        approved = self._of.procore.approved
        if approved is None:
            return
        for order in self._standing():
            change = approved.get(order.source)
            now = None if change is None else change.get(self._key, ZERO_DOLLARS)
            if (now or ZERO_DOLLARS) != order.amounts.get(self._key, ZERO_DOLLARS):
                yield order, now

    def _orders_in_vista(self) -> Iterator[Cause]:
        for order, amount in self.our_orders_in_vista():
            written = order.amounts[self._key]
            if amount is None:
                words = f"Change order {order.aco} of export {order.export_id} is gone: {money_text(written)}"
                yield Cause(LineClass.CHANGE_ORDER_MOVED, words, is_certain=True)
            elif amount != written:
                words = f"Change order {order.aco}: {money_text(written)} exported, now {money_text(amount)}"
                yield Cause(LineClass.CHANGE_ORDER_MOVED, words, is_certain=True)
            if outward := self._of.vista.outward_orders.get(number_key(order.aco), ""):
                words = f"Change order {order.aco}: internal and without revenue when exported, now {outward}"
                yield Cause(LineClass.CHANGE_ORDER_MOVED, words, is_certain=True)

    def _other_orders_in_vista(self) -> Iterator[Cause]:
        ours = self._ours_standing()
        moved = ((amount or ZERO_DOLLARS) - order.amounts[self._key] for order, amount in self.our_orders_in_vista())
        foreign = self.found.changes - sum(moved, ours)
        foreign_then = self._base.changes - ours if self._of.verified.knows_changes else foreign
        if foreign != foreign_then:
            words = f"Other change orders in Vista: {money_text(foreign_then)} verified, now {money_text(foreign)}"
            yield Cause(LineClass.MOVED_IN_VISTA, words)
        elif foreign:
            words = f"Vista has change orders of {money_text(foreign)} that no export of ours wrote"
            yield Cause(LineClass.ONLY_IN_VISTA, words)

    def _standing(self) -> Iterator[OurChangeOrder]:
        """Give our change orders that were not taken back; one that takes another back stands for nothing itself."""
        return (one for one in self._of.verified.change_orders if not one.is_undone)

    def _ours_standing(self) -> Decimal:
        """What our change orders add to the line; one that was taken back and the one that did so add nothing."""
        return sum((order.amounts.get(self._key, ZERO_DOLLARS) for order in self._standing()), ZERO_DOLLARS)

    def our_orders_in_vista(self) -> Iterator[tuple[OurChangeOrder, Decimal | None]]:
        """Give every change order of ours about the line with what it adds in Vista; None: it is gone there."""
        in_vista = self._of.vista.change_orders
        if in_vista is None:
            return
        for order in self._of.verified.change_orders:
            if self._key in order.amounts:
                yield order, in_vista.get(number_key(order.aco), {}).get(self._key)
