"""Deliberate bugs of what follows an export: taking it back, and the sync."""

from dataclasses import replace
from typing import Any

from connectors.journal.exported import Exported
from jobcost import sync, undo
from jobcost.change_orders import OrderCase
from jobcost.deletions import NOTHING
from tests.model.bugs import Mutant, Patch, into

BUGS: dict[str, Mutant] = {}
_mutant = into(BUGS)


@_mutant
def an_undo_sets_lines_to_zero(patch: Patch) -> None:
    turned = undo._returned
    patch.setattr("jobcost.undo._returned", lambda line, headers: replace(turned(line, headers), after=NOTHING))


@_mutant
def an_undo_repeats_change_orders(patch: Patch) -> None:
    patch.setattr("jobcost.undo._negated", lambda item: item)


@_mutant
def an_earlier_export_may_be_undone(patch: Patch) -> None:
    patch.setattr("jobcost.undo.UNDO_RULES", ())


@_mutant
def what_was_taken_back_is_exported_again(patch: Patch) -> None:
    all_orders = Exported.exported_change_orders

    def standing(journal: Any, jcco: int, job: str) -> dict[str, Any]:
        return {aco: one for aco, one in all_orders(journal, jcco, job).items() if not one.undone_by}

    fate = OrderCase.fate.func  # type: ignore[attr-defined] # a cached property
    patch.setattr("connectors.journal.exported.Exported.exported_change_orders", standing)
    patch.setattr(OrderCase, "fate", property(lambda case: fate(replace(case, in_vista=None))))


@_mutant
def the_sync_starts_beside_an_open_export(patch: Patch) -> None:
    patch.setattr("jobcost.sync._obstacle", lambda _facts: None)


@_mutant
def the_sync_does_not_ask_for_the_lock(patch: Patch) -> None:
    patch.setattr("jobcost.sync._by_lock", lambda _facts: None)


@_mutant
def the_sync_sees_nothing_move(patch: Patch) -> None:
    patch.setattr("jobcost.sync._judged", lambda _facts, _base: sync.Unchanged())


@_mutant
def the_sync_puts_a_refused_budget_up_again(patch: Patch) -> None:
    judged = sync._judged

    def anew(facts: Any, base: Any) -> Any:
        found = judged(facts, base)
        return None if isinstance(found, sync.Skip) else found

    patch.setattr("jobcost.sync._judged", anew)
