"""Which projects a sync starts, and which it leaves alone: one business sentence each."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from jobcost.lifecycle import OPEN_STATES, ExportState
from jobcost.plan import Kind
from jobcost.sync import (
    Ask,
    Outlook,
    ProjectFacts,
    SentBudget,
    Skip,
    Start,
    Unchanged,
    Why,
    next_step,
    since_standing,
)

OLD, NEW = "a" * 64, "b" * 64
PRIYA = "priya.pm@example.com"


def sent(state: ExportState = ExportState.VERIFIED, **changes: Any) -> SentBudget:
    """An export of the budget as it was; settled if it was verified."""
    values: dict[str, Any] = {
        "export_id": "EX-FIRST",
        "kind": Kind.SETUP,
        "state": state,
        "is_settled": state is ExportState.VERIFIED,
        "submitted_by": PRIYA,
        "job": "GEN-0001",
        "fingerprint": OLD,
        "view_id": 31,
    }
    return SentBudget(**(values | changes))


def later(state: ExportState, fingerprint: str = NEW, **changes: Any) -> SentBudget:
    values: dict[str, Any] = {"export_id": "EX-LATER", "kind": Kind.UPDATE, "fingerprint": fingerprint}
    return sent(state, **(values | changes))


def facts(*exports: SentBudget, **changes: Any) -> ProjectFacts:
    """A linked, active project with a locked budget that moved since its verified first export."""
    values: dict[str, Any] = {
        "company_id": 8089,
        "project_id": 7000,
        "name": "Generated project",
        "is_stopped": False,
        "is_listed": True,
        "is_active": True,
        "exports": (*exports, sent()),
        "fingerprint": NEW,
        "is_locked": True,
    }
    return ProjectFacts(**(values | changes))


def test_a_budget_that_moved_is_started_in_the_name_of_who_sent_it_last() -> None:
    step = next_step(facts())
    assert isinstance(step, Start)
    assert (step.submitted_by, step.since) == (PRIYA, "EX-FIRST")


def test_a_budget_that_is_as_it_was_exported_is_left_alone() -> None:
    assert next_step(facts(fingerprint=OLD)) == Unchanged()


def test_the_rows_are_asked_for_first_and_the_lock_only_of_a_budget_that_moved() -> None:
    nothing_known = facts(fingerprint=None, is_locked=None)
    assert next_step(nothing_known) is Ask.ROWS
    assert next_step(replace(nothing_known, fingerprint=OLD)) == Unchanged()
    assert next_step(replace(nothing_known, fingerprint=NEW)) is Ask.LOCK


def test_a_budget_that_is_being_edited_waits_until_it_is_locked() -> None:
    assert next_step(facts(is_locked=False)) == Skip(Why.UNLOCKED)


@pytest.mark.parametrize(
    ("changes", "skip"),
    [
        ({"is_stopped": True}, Skip(Why.STOPPED)),
        ({"uncleared_failure": "EX-BAD"}, Skip(Why.VERIFICATION_FAILED, "EX-BAD")),
        ({"is_listed": False, "is_active": False}, Skip(Why.NOT_LISTED)),
        ({"is_active": False}, Skip(Why.INACTIVE)),
        ({"exports": ()}, Skip(Why.NEVER_EXPORTED)),
        ({"exports": (sent(ExportState.REJECTED),)}, Skip(Why.NEVER_EXPORTED)),
    ],
)
def test_what_stands_in_the_way_is_known_without_asking_procore(changes: dict[str, Any], skip: Skip) -> None:
    assert next_step(facts(**{"fingerprint": None, "is_locked": None} | changes)) == skip


@pytest.mark.parametrize("state", sorted(OPEN_STATES))
def test_an_open_export_is_named_and_nothing_is_started_beside_it(state: ExportState) -> None:
    assert next_step(facts(later(state), fingerprint=None)) == Skip(Why.OPEN, "EX-LATER")


@pytest.mark.parametrize("state", [ExportState.REJECTED, ExportState.RETRIEVED])
def test_a_person_who_said_no_to_exactly_this_is_not_asked_again(state: ExportState) -> None:
    assert next_step(facts(later(state))) == Skip(Why.REFUSED, "EX-LATER")


def test_a_no_to_another_budget_is_no_no_to_this_one() -> None:
    assert isinstance(next_step(facts(later(ExportState.REJECTED, "c" * 64))), Start)


def test_a_no_before_the_last_export_does_not_count_any_more() -> None:
    # Rejected, corrected and exported, then changed back to what had been rejected: circumstances are others now.
    exports = since_standing((sent(), later(ExportState.REJECTED), sent(export_id="EX-OLDEST")))
    assert isinstance(next_step(facts(exports=exports)), Start)


@pytest.mark.parametrize("state", [ExportState.EXPIRED, ExportState.STALE, ExportState.FAILED])
def test_what_nobody_said_no_to_is_put_before_an_approver_again_with_a_key_of_its_own(state: ExportState) -> None:
    first, again = next_step(facts()), next_step(facts(later(state)))
    assert isinstance(first, Start)
    assert isinstance(again, Start)
    assert first.key != again.key


def test_what_an_update_found_to_be_in_vista_already_is_unchanged() -> None:
    assert next_step(facts(later(ExportState.UNCHANGED))) == Unchanged()


def test_the_same_start_has_the_same_key_and_every_other_one_another() -> None:
    starts = [
        next_step(one)
        for one in (
            facts(),
            facts(),
            facts(fingerprint="c" * 64),
            facts(exports=(sent(export_id="EX-OTHER"),)),
            facts(project_id=7001),
            facts(company_id=8090),
        )
    ]
    keys = [one.key for one in starts if isinstance(one, Start)]
    assert len(keys) == 6
    assert len(set(keys)) == 5


BLOCKED, NOTHING, SOMETHING = (
    Outlook(is_blocked=True, is_empty=False),
    Outlook(is_blocked=False, is_empty=True),
    Outlook(is_blocked=False, is_empty=False),
)


def test_what_findings_forbade_is_planned_again_before_anybody_is_bothered() -> None:
    blocked = facts(later(ExportState.BLOCKED))
    assert next_step(blocked) is Ask.OUTLOOK
    assert next_step(replace(blocked, outlook=BLOCKED)) == Skip(Why.BLOCKED, "EX-LATER")
    assert next_step(replace(blocked, outlook=NOTHING)) == Unchanged()
    assert isinstance(next_step(replace(blocked, outlook=SOMETHING)), Start)


def test_a_budget_that_is_blocked_because_it_is_being_edited_is_told_as_being_edited() -> None:
    blocked = facts(later(ExportState.BLOCKED), outlook=BLOCKED, is_locked=False)
    assert next_step(blocked) == Skip(Why.UNLOCKED)


def test_an_export_that_kept_no_fingerprint_is_compared_by_planning() -> None:
    old = facts(exports=(sent(fingerprint="", view_id=0),), fingerprint=None, is_locked=None)
    assert next_step(old) is Ask.OUTLOOK
    planned = replace(old, fingerprint=NEW, is_locked=True)
    assert next_step(replace(planned, outlook=NOTHING)) == Unchanged()
    assert next_step(replace(planned, outlook=BLOCKED)) == Skip(Why.BLOCKED)
    assert isinstance(next_step(replace(planned, outlook=SOMETHING)), Start)


def undo(export_id: str, undoes: str) -> SentBudget:
    return later(ExportState.VERIFIED, "", kind=Kind.UNDO, export_id=export_id, undoes=undoes)


def test_what_was_taken_back_is_not_proposed_again_until_the_budget_changes() -> None:
    taken_back = facts(undo("EX-UNDO", "EX-FIRST"))
    assert next_step(replace(taken_back, fingerprint=OLD)) == Skip(Why.UNDONE, "EX-UNDO")
    assert isinstance(next_step(taken_back), Start)


def test_an_undo_that_was_itself_taken_back_counts_no_more() -> None:
    undos = (undo("EX-REDO", "EX-UNDO"), undo("EX-UNDO", "EX-FIRST"))
    assert next_step(facts(*undos, fingerprint=OLD)) == Unchanged()


def test_a_budget_changed_back_to_the_export_before_the_one_taken_back_is_unchanged() -> None:
    exports = since_standing(
        (undo("EX-UNDO", "EX-LATER"), later(ExportState.VERIFIED), sent(), sent(export_id="EX-OLDEST"))
    )
    assert [one.export_id for one in exports] == ["EX-UNDO", "EX-LATER", "EX-FIRST"]
    assert next_step(facts(exports=exports, fingerprint=OLD)) == Unchanged()
    assert next_step(facts(exports=exports, fingerprint=NEW)) == Skip(Why.UNDONE, "EX-UNDO")


def test_a_failed_verification_that_a_person_cleared_is_an_export_like_any_other() -> None:
    cleared = sent(ExportState.VERIFICATION_FAILED, is_settled=True)
    assert next_step(facts(exports=(cleared,), fingerprint=OLD)) == Unchanged()


def test_with_every_fact_known_a_decision_is_always_reached() -> None:
    exports = [sent(), *(later(state, print_) for state in ExportState for print_ in (OLD, NEW, ""))]
    outlooks = (BLOCKED, NOTHING, SOMETHING)
    for one, print_, locked, outlook in product(exports, (OLD, NEW), (True, False), outlooks):
        step = next_step(facts(one, fingerprint=print_, is_locked=locked, outlook=outlook))
        assert isinstance(step, Start | Unchanged | Skip)


def test_changes_that_were_left_for_later_are_looked_at_though_no_row_moved() -> None:
    first = facts(exports=(sent(left_waiting=True),), fingerprint=OLD)
    assert next_step(first) is Ask.OUTLOOK
    assert next_step(replace(first, outlook=NOTHING)) == Unchanged()
    assert isinstance(next_step(replace(first, outlook=SOMETHING)), Start)


def test_an_approver_who_refused_the_changes_left_for_later_is_not_asked_again() -> None:
    refused = facts(exports=(later(ExportState.REJECTED, OLD), sent(left_waiting=True)), fingerprint=OLD)
    assert next_step(refused) == Skip(Why.REFUSED, "EX-LATER")


def test_another_policy_for_changes_is_looked_at_though_no_row_moved() -> None:
    before = sent(policy="off")
    switched = facts(exports=(before,), fingerprint=OLD, policy="change_orders")
    assert next_step(switched) is Ask.OUTLOOK
    assert isinstance(next_step(replace(switched, outlook=SOMETHING)), Start)
    unchanged_then = later(ExportState.UNCHANGED, OLD, policy="off")
    assert next_step(replace(switched, exports=(unchanged_then, before))) is Ask.OUTLOOK


def test_a_no_under_another_policy_is_no_no_to_this_one() -> None:
    refused = later(ExportState.REJECTED, NEW, policy="off")
    assert next_step(facts(exports=(refused, sent(policy="off")), policy="change_orders")) is Ask.OUTLOOK


def test_a_project_that_was_linked_to_another_job_is_told_as_such() -> None:
    relinked = facts(exports=(sent(linked_to="1204"),), fingerprint=OLD, linked_to="1305")
    assert next_step(relinked) is Ask.OUTLOOK
    assert next_step(replace(relinked, outlook=BLOCKED)) == Skip(Why.RELINKED, "1305")
