"""Do the two systems agree? One exported job, line by line: Procore, Vista, and what we last verified.

Pure: the sides are made by `jobcost.reconciliation_sides`. A line agrees if Vista holds what Procore's budget comes to
under the company's policy for changes, in the change orders that we wrote. If not, the causes are found by comparing
each side with what was verified (`jobcost.reconciliation_causes`).
"""

from collections.abc import Sequence

from jobcost.money import DOLLAR_STEP
from jobcost.planned import ChangePolicy
from jobcost.reconciliation_audit import who_moved
from jobcost.reconciliation_causes import Cause, LineCauses, expected_in_vista
from jobcost.reconciliation_results import ReconciledLine, Reconciliation
from jobcost.reconciliation_values import NOTHING, Comparison, InFlight, Key, LineClass, Trace

__all__ = ["Comparison", "expected_in_vista", "reconcile"]

# Of several causes on one side the first of these names the class.
_IN_PROCORE = (
    LineClass.NEVER_EXPORTED,
    LineClass.DELETED_IN_PROCORE,
    LineClass.MOVED_IN_PROCORE,
    LineClass.CHANGE_NOT_EXPORTED,
)
_IN_VISTA = (LineClass.CHANGE_ORDER_MOVED, LineClass.MOVED_IN_VISTA)


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


class _Line:
    """One line of the comparison."""

    def __init__(self, of: Comparison, key: Key) -> None:
        self._of = of
        self._key = key
        self._holds = LineCauses(of, key)
        self._causes = self._holds.all()

    def reconciled(self) -> ReconciledLine:
        stands, procore = self._class(self._causes), self._holds.procore
        words = [cause.words for cause in self._causes]
        if stands is LineClass.IN_FLIGHT:
            words = [*(one.words for one in self._flights()), *words]
        elif stands is LineClass.ROUNDING:
            words = [f"Procore holds fractions of a cent: {self._exact_text()}"]
        elif stands is LineClass.AGREES and words:
            words = ["The amounts are the same, although:", *words]
        moved_in_vista = stands is not LineClass.AGREES and any(cause.stands in _IN_VISTA for cause in self._causes)
        return ReconciledLine(
            phase=self._key[0],
            cost_type=self._key[1],
            name=procore.name if procore else self._of.vista.names.get(self._key, ""),
            procore=procore.exact if procore else None,
            vista=self._holds.vista,
            verified=self._holds.verified,
            expected=self._holds.expected,
            stands=stands,
            causes=tuple(words),
            certain="; ".join(cause.words for cause in self._causes if cause.is_certain),
            who=self._who() if moved_in_vista else "",
        )

    def _class(self, causes: Sequence[Cause]) -> LineClass:
        is_same = not any(cause.is_certain for cause in causes)
        procore = self._holds.procore
        if is_same and self._holds.expected == self._holds.found:
            exact = procore is None or procore.exact == procore.in_cents
            return LineClass.AGREES if exact or self._of.policy is ChangePolicy.OFF else LineClass.ROUNDING
        if is_same and self._is_within_a_cent():
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
        procore = self._holds.procore
        if procore is None or procore.exact == procore.in_cents:
            return False
        off = self._holds.found.minus(expected_in_vista(procore.exact, self._of.policy))
        is_off = self._of.policy is ChangePolicy.OFF
        return abs(off.original) < DOLLAR_STEP and (is_off or abs(off.changes) < DOLLAR_STEP)

    def _flights(self) -> tuple[InFlight, ...]:
        return tuple(one for one in self._of.in_flight if one.keys is None or self._key in one.keys)

    def _who(self) -> str:
        numbers = tuple(one.aco for one in self._of.verified.change_orders if self._key in one.amounts)
        # What added the line, or brought it to what was verified, was our export.
        traces = (one for one in self._of.traces if not self._is_of_export(one))
        return who_moved(traces, self._key, numbers)

    def _is_of_export(self, trace: Trace) -> bool:
        if self._holds.verified is None or trace.table != "bJCCH":
            return False
        is_same = trace.field == "OrigCost" and trace.new_value.strip() == f"{self._holds.verified.original:f}"
        return trace.kind == "A" or is_same

    def _exact_text(self) -> str:
        exact = self._holds.procore.exact if self._holds.procore else NOTHING
        return f"{exact.original:f} and changes of {exact.changes:f}"
