"""Do the two systems agree? One exported job, line by line: Procore, Vista, and what we last verified.

Pure: the sides are made by `jobcost.reconciliation_sides`. A line agrees if Vista holds what Procore's budget comes to
under the company's policy for changes. If not, the causes are found by comparing each side with what was verified.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from jobcost.money import DOLLAR_STEP, ZERO_DOLLARS, money_text
from jobcost.planned import ChangePolicy
from jobcost.reconciliation_audit import who_moved
from jobcost.reconciliation_results import ReconciledLine, Reconciliation
from jobcost.reconciliation_values import (
    NOTHING,
    Amounts,
    InFlight,
    Key,
    LineClass,
    OurChangeOrder,
    ProcoreLine,
    ProcoreSide,
    Trace,
    VerifiedSide,
    VistaSide,
)

# Of several causes on one side the first of these names the class.
_IN_PROCORE = (
    LineClass.NEVER_EXPORTED,
    LineClass.DELETED_IN_PROCORE,
    LineClass.MOVED_IN_PROCORE,
    LineClass.CHANGE_NOT_EXPORTED,
)
_IN_VISTA = (LineClass.CHANGE_ORDER_MOVED, LineClass.MOVED_IN_VISTA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What is compared."""

    jcco: int
    job: str
    project_id: int
    project_name: str
    policy: ChangePolicy
    procore: ProcoreSide
    vista: VistaSide
    verified: VerifiedSide
    in_flight: tuple[InFlight, ...] = ()
    # What Vista's audit recorded since the last settled export, oldest first.
    traces: tuple[Trace, ...] = ()
    # None: as both systems are now.
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class _Cause:
    stands: LineClass
    words: str


def reconcile(of: Comparison) -> Reconciliation:
    """Compare a job line by line; every line of either system, or of the last verified state, is in the result once."""
    keys = {*of.procore.lines, *of.vista.lines, *of.verified.lines}
    return Reconciliation(
        jcco=of.jcco,
        job=of.job,
        project_id=of.project_id,
        project_name=of.project_name,
        export_id=of.verified.export_id,
        verified_at=of.verified.at,
        policy=of.policy,
        as_of=of.as_of,
        lines=tuple(_Line(of, key).reconciled() for key in sorted(keys)),
        unmapped=of.procore.unmapped,
        notes=(*of.procore.notes, *of.vista.notes),
    )


def expected_in_vista(in_procore: Amounts, policy: ChangePolicy) -> Amounts:
    """Return what Vista should hold for a budget line under a policy."""
    match policy:
        case ChangePolicy.FOLD_INTO_ORIGINAL:
            return Amounts(original=in_procore.current)
        case ChangePolicy.CHANGE_ORDERS | ChangePolicy.OFF:
            return in_procore


class _Line:
    """One line of the comparison."""

    def __init__(self, of: Comparison, key: Key) -> None:
        self._of = of
        self._key = key
        self._procore: ProcoreLine | None = of.procore.lines.get(key)
        self._vista = of.vista.lines.get(key)
        self._verified = of.verified.lines.get(key)
        self._found = self._vista or NOTHING
        self._base = self._verified or NOTHING
        in_cents = self._procore.in_cents if self._procore else NOTHING
        self._expected = expected_in_vista(in_cents, of.policy)
        if of.policy is ChangePolicy.OFF:
            # The company does not export changes: whatever change orders Vista has are its own business.
            self._expected = Amounts(original=in_cents.original, changes=self._found.changes)

    def reconciled(self) -> ReconciledLine:
        causes = [*self._causes_of_original(), *self._causes_of_changes()]
        stands = self._class(causes)
        words = [cause.words for cause in causes]
        if stands is LineClass.IN_FLIGHT:
            words = [*(one.words for one in self._flights()), *words]
        elif stands is LineClass.ROUNDING:
            words = [f"Procore holds fractions of a cent: {self._exact_text()}"]
        elif stands is LineClass.AGREES and words:
            words = ["The amounts are the same, although:", *words]
        moved_in_vista = stands is not LineClass.AGREES and any(cause.stands in _IN_VISTA for cause in causes)
        return ReconciledLine(
            phase=self._key[0],
            cost_type=self._key[1],
            name=self._procore.name if self._procore else self._of.vista.names.get(self._key, ""),
            procore=self._procore.exact if self._procore else None,
            vista=self._vista,
            verified=self._verified,
            expected=self._expected,
            stands=stands,
            causes=tuple(words),
            who=self._who() if moved_in_vista else "",
        )

    def _class(self, causes: list[_Cause]) -> LineClass:
        if self._expected == self._found:
            exact = self._procore is None or self._procore.exact == self._procore.in_cents
            return LineClass.AGREES if exact or self._of.policy is ChangePolicy.OFF else LineClass.ROUNDING
        if self._is_within_a_cent():
            return LineClass.ROUNDING
        if self._flights():
            return LineClass.IN_FLIGHT
        found = {cause.stands for cause in causes}
        in_procore = next((one for one in _IN_PROCORE if one in found), None)
        in_vista = next((one for one in _IN_VISTA if one in found), None)
        if in_procore and in_vista:
            return LineClass.MOVED_IN_BOTH
        return in_procore or in_vista or LineClass.ONLY_IN_VISTA

    def _is_within_a_cent(self) -> bool:
        if self._procore is None or self._procore.exact == self._procore.in_cents:
            return False
        off = self._found.minus(expected_in_vista(self._procore.exact, self._of.policy))
        is_off = self._of.policy is ChangePolicy.OFF
        return abs(off.original) < DOLLAR_STEP and (is_off or abs(off.changes) < DOLLAR_STEP)

    def _flights(self) -> tuple[InFlight, ...]:
        return tuple(one for one in self._of.in_flight if one.keys is None or self._key in one.keys)

    def _causes_of_original(self) -> Iterator[_Cause]:
        expected, found, base = self._expected.original, self._found.original, self._base.original
        if expected == found:
            return
        is_ours = self._key in self._of.verified.ours
        if self._procore is None and not is_ours:
            yield _Cause(LineClass.ONLY_IN_VISTA, f"Vista holds {money_text(found)}; no export of ours wrote it")
            return
        if self._procore is None:
            words = f"No budget line falls on it any more, still in Vista with {money_text(found)}"
            yield _Cause(LineClass.DELETED_IN_PROCORE, words)
        elif not is_ours:
            words = f"Procore holds {money_text(expected)}, which no export has written yet"
            yield _Cause(LineClass.NEVER_EXPORTED, words)
        elif expected != base:
            words = f"Original in Procore: {money_text(base)} verified, now {money_text(expected)}"
            yield _Cause(LineClass.MOVED_IN_PROCORE, words)
        if found != base:
            words = f"Original Estimate in Vista: {money_text(base)} verified, now {money_text(found)}"
            yield _Cause(LineClass.MOVED_IN_VISTA, words)

    def _causes_of_changes(self) -> Iterator[_Cause]:
        if self._of.policy is not ChangePolicy.OFF:
            yield from self._causes_in_procore()
        yield from self._causes_in_vista()

    def _causes_in_procore(self) -> Iterator[_Cause]:
        is_folded = self._of.policy is ChangePolicy.FOLD_INTO_ORIGINAL
        unexported = () if is_folded else self._of.procore.unexported.get(self._key, ())
        waiting = sum((one.amount for one in unexported), ZERO_DOLLARS)
        if waiting:
            named = "; ".join(map(str, unexported))
            yield _Cause(LineClass.CHANGE_NOT_EXPORTED, f"Approved, without a change order in Vista: {named}")
        exported_now, exported_then = self._expected.changes - waiting, self._ours_standing()
        if exported_now != exported_then:
            words = f"Changes of Procore: {money_text(exported_then)} exported, now {money_text(exported_now)}"
            yield _Cause(LineClass.MOVED_IN_PROCORE, words)

    def _causes_in_vista(self) -> Iterator[_Cause]:
        ours = self._ours_standing()
        in_vista = ours
        for order, amount in self._our_orders_in_vista():
            written = order.amounts[self._key]
            if amount is None:
                words = f"Change order {order.aco} of export {order.export_id} is gone: {money_text(written)}"
                yield _Cause(LineClass.CHANGE_ORDER_MOVED, words)
            elif amount != written:
                words = f"Change order {order.aco}: {money_text(written)} exported, now {money_text(amount)}"
                yield _Cause(LineClass.CHANGE_ORDER_MOVED, words)
            in_vista += (amount or ZERO_DOLLARS) - written
        if self._of.policy is ChangePolicy.OFF:
            return
        foreign, foreign_then = self._found.changes - in_vista, self._base.changes - ours
        if foreign != foreign_then:
            words = f"Other change orders in Vista: {money_text(foreign_then)} verified, now {money_text(foreign)}"
            yield _Cause(LineClass.MOVED_IN_VISTA, words)
        elif foreign:
            words = f"Vista has change orders of {money_text(foreign)} that no export of ours wrote"
            yield _Cause(LineClass.ONLY_IN_VISTA, words)

    def _ours_standing(self) -> Decimal:
        """What our change orders add to the line; one that was taken back and the one that did so add nothing."""
        orders = (one for one in self._of.verified.change_orders if not one.is_undone)
        return sum((order.amounts.get(self._key, ZERO_DOLLARS) for order in orders), ZERO_DOLLARS)

    def _our_orders_in_vista(self) -> Iterator[tuple[OurChangeOrder, Decimal | None]]:
        in_vista = self._of.vista.change_orders
        if in_vista is None:
            return
        for order in self._of.verified.change_orders:
            if self._key in order.amounts:
                yield order, in_vista.get(order.aco, {}).get(self._key)

    def _who(self) -> str:
        numbers = tuple(one.aco for one in self._of.verified.change_orders if self._key in one.amounts)
        # What added the line, or brought it to what was verified, was our export.
        traces = (one for one in self._of.traces if not self._is_of_export(one))
        return who_moved(traces, self._key, numbers)

    def _is_of_export(self, trace: Trace) -> bool:
        if self._verified is None or trace.table != "bJCCH":
            return False
        is_same = trace.field == "OrigCost" and trace.new_value.strip() == f"{self._verified.original:f}"
        return trace.kind == "A" or is_same

    def _exact_text(self) -> str:
        exact = self._procore.exact if self._procore else NOTHING
        return f"{exact.original:f} and changes of {exact.changes:f}"
