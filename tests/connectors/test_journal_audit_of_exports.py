"""What an export's own row, its plan and its end say must fit what was recorded about it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from connectors.journal import Journal
from connectors.journal.audit_records import ChainProblem
from connectors.journal.auditing import audited
from connectors.journal.models import (
    chain,
    export,
    metadata,
    person,
    plan,
)
from tests.connectors.exports import BEN
from tests.connectors.story import CAY, LATER, links, places, problems

EX = "EX-1204"

EXPORT_EDITS: list[tuple[str, dict[str, Any], str]] = [
    ("EX-66", {"state": "accepted"}, "It is accepted, but its last recorded move made it awaiting_acceptance."),
    (EX, {"ended_at": None}, "Its end is not at the time of its last move."),
    (EX, {"created_at": LATER}, "It was not opened at the time of its first move."),
    (EX, {"ask": 2}, "Its question is number 2, but the recorded answers led to number 3."),
    ("EX-77", {"cleared_by": BEN}, "What it says of its clearing (by whom, why, when) is not what was recorded."),
    ("EX-77", {"cleared_at": None}, "What it says of its clearing (by whom, why, when) is not what was recorded."),
    (EX, {"cleared_at": LATER}, "What it says of its clearing (by whom, why, when) is not what was recorded."),
    (EX, {"flow_run_id": "x"}, "It names another flow run than the one that is recorded to have adopted it."),
]


@pytest.mark.parametrize(("export_id", "changed", "what"), EXPORT_EDITS, ids=str)
def test_an_export_that_contradicts_its_own_story_is_named(
    hand: Connection, export_id: str, changed: dict[str, Any], what: str
) -> None:
    hand.execute(update(export).where(export.c.id == export_id).values(changed))
    assert problems(hand) == (ChainProblem(number=None, kind="export", subject=export_id, position=None, what=what),)


FACT_EDITS: list[dict[str, Any]] = [
    {"kind": "update"},
    {"procore_company_id": 1},
    {"project_id": 1},
    {"jcco": 9},
    {"job": " 9999-"},
    {"submitted_by": "somebody@example.com"},
    {"plan_code": "AAAA-AAAA"},
    {"deadline_at": LATER + timedelta(days=300)},
]


@pytest.mark.parametrize("changed", FACT_EDITS, ids=str)
def test_an_export_s_own_facts_are_proved_by_its_moves(hand: Connection, changed: dict[str, Any]) -> None:
    hand.execute(update(export).where(export.c.id == EX).values(changed))
    assert ("transition", EX, 6) in places(hand)


PLAN_CHANGES: dict[str, Any] = {
    "its text": update(plan).where(plan.c.export_id == EX).values(canonical_text="{}"),
    "its digest": update(plan).where(plan.c.export_id == EX).values(digest="0" * 64),
    "its time": update(plan).where(plan.c.export_id == EX).values(created_at=LATER),
    "taken away": delete(plan).where(plan.c.export_id == EX),
    "given to another": update(plan).where(plan.c.export_id == EX).values(export_id="EX-99"),
    "digest of the export": update(export).where(export.c.id == EX).values(plan_digest="0" * 64),
}


@pytest.mark.parametrize("name", PLAN_CHANGES)
def test_a_plan_is_proved_with_its_export(hand: Connection, name: str) -> None:
    hand.execute(PLAN_CHANGES[name])
    assert ("export", EX, None) in places(hand)


def test_an_export_that_nobody_sent_is_named(hand: Connection) -> None:
    row = hand.execute(select(export).where(export.c.id == EX)).mappings().one()
    hand.execute(insert(export).values({**row, "id": "EX-NEW"}))
    assert ("export", "EX-NEW", None) in places(hand)


def _cut(hand: Connection, count: int) -> None:
    """Take the last rows away together with their links, as somebody would who knows how the chain works."""
    for number, kind, subject, position in reversed(links(hand)[-count:]):
        table = metadata.tables[kind]
        of = table.c.email if kind == "enrolment" else table.c.export_id
        these = [of == subject] if kind in {"finding", "line_result"} else [of == subject, table.c.position == position]
        hand.execute(delete(table).where(*these))
        hand.execute(delete(chain).where(chain.c.number == number))


def test_a_revocation_cut_off_the_end_is_found_by_what_is_left(hand: Connection) -> None:
    _cut(hand, 1)
    (problem,) = problems(hand)
    assert str(problem) == (
        "person of cay.lind@example.com: There is no authenticator for the recorded enrolment: a revocation may have"
        " been taken away."
    )


def test_moves_and_findings_cut_off_the_end_are_found_by_what_is_left(hand: Connection) -> None:
    # The revocation, the findings and the move of the export that waits.
    _cut(hand, 3)
    assert ("export", "EX-66", None) in places(hand)


def test_an_authenticator_without_an_enrolment_is_named(hand: Connection) -> None:
    hand.execute(update(person).where(person.c.email == CAY).values(encrypted_secret="x"))
    assert ("person", CAY, None) in places(hand)


def test_an_anchor_finds_whatever_was_cut_off(hand: Connection, told: Journal) -> None:
    anchor = told.head()
    assert audited(hand, anchor).problems == ()
    _cut(hand, 1)
    assert f"link {anchor[0]}" in str(audited(hand, anchor).problems[0])


def test_an_anchor_finds_a_chain_that_was_sealed_anew(hand: Connection, told: Journal) -> None:
    (problem,) = audited(hand, (3, "0" * 64)).problems
    assert str(problem) == "chain (link 3): It has another seal than the one that was noted: the chain was replaced."
    assert told.audit((0, "")).problems == ()
