"""Whatever somebody changes in the journal by hand, the audit names it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, insert, select, update

from connectors.journal import Journal
from connectors.journal.models import (
    chain,
    decision,
    enrolment,
    evidence,
    finding,
    line_result,
    transition,
)
from connectors.journal.vault import new_key
from tests.connectors.exports import ANA, BEN, MONDAY
from tests.connectors.story import CAY, LATER, copy_row, links, place_again, places, problems

EX = "EX-1204"
NUMBERED: list[tuple[Table, str, int]] = [
    (transition, EX, 6),
    (decision, EX, 3),
    (evidence, EX, 3),
    (enrolment, CAY, 3),
]
by_table = pytest.mark.parametrize(
    ("table", "subject", "count"), NUMBERED, ids=lambda value: getattr(value, "name", "")
)


def test_an_untouched_journal_has_no_problem(told: Journal) -> None:
    report = told.audit()
    assert (report.problems, report.is_unbroken) == ((), True)
    assert (report.links, report.head) == told.head()
    assert report.links == 48


def _row(table: Table, subject: str, position: int) -> Any:
    of = table.c.email if table is enrolment else table.c.export_id
    return (of == subject) & (table.c.position == position)


EDITS: list[tuple[Table, str, dict[str, Any]]] = [
    (transition, EX, {"actor": "somebody@example.com"}),
    (transition, EX, {"reason": "another one"}),
    (transition, EX, {"at": LATER + timedelta(microseconds=1)}),
    (decision, EX, {"verdict": "accept"}),
    (decision, EX, {"approver": BEN}),
    (decision, EX, {"digest": None}),
    (decision, EX, {"refusal": ""}),
    (decision, EX, {"code_step": 1}),
    (decision, EX, {"deputy_for": CAY}),
    (decision, EX, {"given_at": MONDAY}),
    (evidence, EX, {"kind": "something else"}),
    (evidence, EX, {"json_text": "{}"}),
    (enrolment, ANA, {"amount_limit": Decimal("1000000.00")}),
    (enrolment, ANA, {"companies": "[1]"}),
    (enrolment, ANA, {"role": "operator"}),
    (enrolment, ANA, {"deputy": CAY}),
    (enrolment, ANA, {"deputy_last_day": "2026-12-31"}),
    (enrolment, ANA, {"new_authenticator": False}),
    (enrolment, ANA, {"os_account": "another@desk"}),
]


@pytest.mark.parametrize(("table", "subject", "changed"), EDITS, ids=str)
def test_an_edited_row_is_named(hand: Connection, table: Table, subject: str, changed: dict[str, Any]) -> None:
    hand.execute(update(table).where(_row(table, subject, 1)).values(changed))
    assert (table.name, subject, 1) in places(hand)


@by_table
def test_a_removed_row_is_named(hand: Connection, table: Table, subject: str, count: int) -> None:
    for position in range(1, count + 1):
        with hand.begin_nested() as only_this:
            hand.execute(delete(table).where(_row(table, subject, position)))
            gone = {(one.kind, one.position): one.what for one in problems(hand)}
            assert gone[table.name, position] == "It was recorded and is gone."
            only_this.rollback()


@by_table
def test_an_added_row_is_named(hand: Connection, table: Table, subject: str, count: int) -> None:
    copy_row(hand, table, subject, count, count + 1)
    assert (table.name, subject, count + 1) in places(hand)


@by_table
def test_two_rows_that_changed_places_are_named(hand: Connection, table: Table, subject: str, count: int) -> None:
    for old, new in ((count - 1, 900), (count, count - 1), (900, count)):
        place_again(hand, table, subject, old, new)
    assert {(table.name, subject, count - 1), (table.name, subject, count)} <= places(hand)


@by_table
def test_a_row_with_a_new_number_is_named(hand: Connection, table: Table, subject: str, count: int) -> None:
    place_again(hand, table, subject, count, count + 7)
    assert {(table.name, subject, count), (table.name, subject, count + 7)} <= places(hand)


@by_table
def test_a_row_given_to_another_is_named(hand: Connection, table: Table, subject: str, count: int) -> None:
    of, other = (enrolment.c.email, ANA) if table is enrolment else (table.c.export_id, "EX-66")
    hand.execute(update(table).where(_row(table, subject, count)).values({of.key: other, "position": 40}))
    assert {(table.name, subject, count), (table.name, other, 40)} <= places(hand)


def _swap_lines(hand: Connection) -> None:
    for old, new in (("03-310-", "x"), ("03-320-", "03-310-"), ("x", "03-320-")):
        hand.execute(
            update(line_result).where(line_result.c.export_id == EX, line_result.c.phase == old).values(phase=new)
        )
    hand.execute(update(line_result).where(line_result.c.phase == "03-310-").values(found_units=Decimal("0.0000")))


def _swap_findings(hand: Connection) -> None:
    for old, new in ((1, 900), (2, 1), (900, 2)):
        place_again(hand, finding, EX, old, new)


def _add_line(hand: Connection) -> None:
    row = hand.execute(select(line_result).where(line_result.c.export_id == EX).limit(1)).mappings().one()
    hand.execute(insert(line_result).values({**row, "cost_type": 9}))


SET_CHANGES: dict[str, tuple[str, Callable[[Connection], object]]] = {
    "a finding edited": ("finding", lambda hand: hand.execute(update(finding).values(what="All is well."))),
    "a finding removed": ("finding", lambda hand: hand.execute(delete(finding).where(finding.c.position == 2))),
    "all findings removed": ("finding", lambda hand: hand.execute(delete(finding).where(finding.c.export_id == EX))),
    "a finding added": ("finding", lambda hand: copy_row(hand, finding, EX, 2, 3)),
    "findings swapped": ("finding", _swap_findings),
    "a finding renumbered": ("finding", lambda hand: place_again(hand, finding, EX, 2, 8)),
    "a line edited": ("line_result", lambda hand: hand.execute(update(line_result).values(found_cost=Decimal("0.01")))),
    "a line's place after the point": (
        "line_result",
        lambda hand: hand.execute(update(line_result).values(found_cost=Decimal("41200.100"))),
    ),
    "a line called right": ("line_result", lambda hand: hand.execute(update(line_result).values(ok=~line_result.c.ok))),
    "a line removed": (
        "line_result",
        lambda hand: hand.execute(delete(line_result).where(line_result.c.phase == "03-320-")),
    ),
    "all lines removed": ("line_result", lambda hand: hand.execute(delete(line_result))),
    "a line added": ("line_result", _add_line),
    "lines swapped": ("line_result", _swap_lines),
    "a line renumbered": ("line_result", lambda hand: hand.execute(update(line_result).values(cost_type=3))),
}


@pytest.mark.parametrize("name", SET_CHANGES)
def test_findings_and_lines_read_back_are_proved_as_a_whole(hand: Connection, name: str) -> None:
    kind, change = SET_CHANGES[name]
    change(hand)
    assert (kind, EX, 1) in places(hand)


LINK_EDITS = [
    {"digest": "0" * 64},
    {"seal": "0" * 64},
    {"kind": "notice"},
    {"subject": "EX-66"},
    {"position": 70},
]


@pytest.mark.parametrize("changed", LINK_EDITS, ids=str)
def test_an_edited_link_is_named(hand: Connection, changed: dict[str, Any]) -> None:
    number = next(number for number, *place in links(hand) if place == ["transition", EX, 3])
    hand.execute(update(chain).where(chain.c.number == number).values(changed))
    assert number in {one.number for one in problems(hand)}


@pytest.mark.parametrize("place", [1, 20, -1])
def test_a_removed_link_is_named(hand: Connection, place: int) -> None:
    number, *row = links(hand)[place]
    hand.execute(delete(chain).where(chain.c.number == number))
    assert tuple(row) in places(hand)


def test_a_link_missing_in_the_middle_is_told_by_its_number(hand: Connection) -> None:
    hand.execute(delete(chain).where(chain.c.number.in_([7, 8])))
    assert str(problems(hand)[0]) == "chain (link 7): The links 7 to 8 were taken away."


def test_an_added_link_is_named(hand: Connection) -> None:
    end = links(hand)[-1][0]
    row = {"number": end + 1, "kind": "decision", "subject": EX, "position": 4, "digest": "0" * 64, "seal": "0" * 64}
    copy_row(hand, decision, EX, 3, 4)
    hand.execute(insert(chain).values(row))
    assert {one.number for one in problems(hand) if one.position == 4} == {end + 1}


@pytest.mark.parametrize("number", [0, -1])
def test_a_link_put_before_the_first_is_named(hand: Connection, number: int) -> None:
    row = {"number": number, "kind": "decision", "subject": EX, "position": 4, "digest": "0" * 64, "seal": "0" * 64}
    hand.execute(insert(chain).values(row))
    assert number in {one.number for one in problems(hand)}


def test_links_that_changed_places_are_named(hand: Connection) -> None:
    for old, new in ((5, 900), (6, 5), (900, 6)):
        hand.execute(update(chain).where(chain.c.number == old).values(number=new))
    assert {5, 6} <= {one.number for one in problems(hand)}


def test_links_that_were_renumbered_are_named(hand: Connection) -> None:
    end = links(hand)[-1][0]
    hand.execute(update(chain).where(chain.c.number == end).values(number=end + 2**40))
    (problem,) = problems(hand)
    assert str(problem) == f"chain (link {end}): The links {end} to {end + 2**40 - 1} were taken away."


def test_a_table_emptied_together_with_its_links_is_found(hand: Connection) -> None:
    hand.execute(delete(chain).where(chain.c.kind == "decision"))
    hand.execute(delete(decision))
    assert {"decision", "chain", "export"} & {one.kind for one in problems(hand)}


def test_a_journal_without_its_chain_has_only_unproved_rows(hand: Connection) -> None:
    rows = links(hand)
    hand.execute(delete(chain))
    assert {row[1:] for row in rows} <= places(hand)


def test_another_key_is_said_as_such(told: Journal) -> None:
    with Journal(told._engine.url.render_as_string(hide_password=False), new_key()) as other:
        (problem,) = other.audit().problems
    assert str(problem) == (
        "chain: No seal in the chain was made with this JOURNAL_KEY: it is another key than the journal was written"
        " with, or the whole chain was put there by somebody else."
    )
