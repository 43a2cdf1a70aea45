"""Find in Vista's audit who moved a line, and when.

UNVERIFIED: how Vista spells keys in HQMA.KeyString. They are taken for text in which the phase stands as stored, or
without its blanks, and after it the cost type as a number of its own; a change order's entry names its number.
"""

import re
from collections.abc import Iterable

from jobcost.reconciliation_values import Key, Trace

NO_TRACE = "not told: Vista's audit is off for this, or was passed by"
# Fields that carry an estimate; an added or deleted row has no field.
_ESTIMATE_FIELDS = frozenset({"", "OrigCost", "OrigUnits", "OrigHours", "EstCost"})
_CHANGE_ORDER_TABLES = frozenset({"bJCOH", "bJCOI", "bJCOD"})


def who_moved(traces: Iterable[Trace], key: Key, change_orders: tuple[str, ...] = ()) -> str:
    """Name who touched a line last, when, and what they did; say so where the audit tells nothing.

    Args:
        traces: the audit's entries, oldest first.
        key: the line.
        change_orders: numbers of the change orders that are about the line.
    """
    about = [one for one in traces if one.field in _ESTIMATE_FIELDS and _is_about(one, key, change_orders)]
    if not about:
        return NO_TRACE
    last = about[-1]
    # By its latest entry about money, if one tells: it shows what it was before.
    last = next((one for one in reversed(about) if one.user == last.user and one.field.endswith("Cost")), last)
    return f"{last.user} on {last.at:%Y-%m-%d %H:%M} (Vista's clock){_moved(last)}"


def _moved(trace: Trace) -> str:
    if trace.field:
        return f", {trace.field} {trace.old_value} to {trace.new_value}"
    return {"A": ", added", "D": ", deleted"}.get(trace.kind, "")


def _is_about(trace: Trace, key: Key, change_orders: tuple[str, ...]) -> bool:
    phase, cost_type = key
    text = trace.key_text
    if trace.table in _CHANGE_ORDER_TABLES and any(_has_word(text, aco) for aco in change_orders):
        return True
    # Company, job and phase group come before; only what follows the phase is looked at for the cost type.
    for spelled in (phase.strip(" "), "".join(phase.split())):
        found = re.search(rf"(?<!\w){re.escape(spelled)}(?!\w)", text)
        if found and _has_word(text[found.end() :], str(cost_type)):
            return True
    return False


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word.strip())}(?![\w-])", text) is not None
