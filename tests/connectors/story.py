"""A journal with a story in it, for tests that change it by hand: every table that is linked has several rows."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, Table, insert, select, update

from connectors.journal import Journal
from connectors.journal.audit_records import ChainProblem
from connectors.journal.auditing import audited
from connectors.journal.models import chain
from connectors.journal.records import Evidence
from jobcost.lifecycle import ExportState
from tests.connectors.exports import (
    ANA,
    BEN,
    BLOCK,
    DEADLINE,
    MONDAY,
    PROOF,
    SENDER,
    WARNING,
    accepted,
    answer_to,
    awaiting,
    enrolled,
    line_result,
    plan_of,
    sent,
    verified,
)
from tests.people import OLGA

CAY = "cay.lind@example.com"
LATER = MONDAY + timedelta(hours=2)
# A row of the story: its table, its export or person, its position.
Place = tuple[str, str, int | None]


def tell(journal: Journal) -> None:
    """Let a budget be refused once, accepted by two, verified; others fail, be rejected, be blocked, and wait."""
    enrolled(journal, ANA, BEN, CAY)
    _verified_by_two(journal)
    failed = verified(journal, 77, found="41200.11")
    journal.clear(failed.id, by=ANA, reason="corrected in Vista \N{EM DASH} by hand", at=LATER)
    rejected = awaiting(journal, 88)
    journal.record_rejection(rejected.id, answer_to(rejected, BEN, reason="wrong phase"), at=LATER)
    blocked = sent(journal, 99)
    journal.record_plan(
        blocked.id,
        None,
        (BLOCK, WARNING),
        to_state=ExportState.BLOCKED,
        deadline_at=None,
        actor=SENDER,
        at=LATER,
    )
    accepted(journal, 55, at=LATER)
    awaiting(journal, 66)
    journal.revoke(CAY, by=OLGA, reason="left the company", at=LATER)


def _verified_by_two(journal: Journal) -> None:
    record = sent(journal, 1204)
    plan = plan_of(1204)
    journal.assign_job(record.id, plan.job, plan.project_name, at=MONDAY)
    record = journal.record_plan(
        record.id,
        plan,
        (WARNING, replace(WARNING, rule="large-change")),
        to_state=ExportState.AWAITING_ACCEPTANCE,
        deadline_at=DEADLINE,
        actor=SENDER,
        at=MONDAY,
    )
    journal.adopt(record.id, "second-run", at=LATER)
    record = journal.record_refused_answer(record.id, answer_to(record), refusal="the plan code is wrong", at=LATER)
    record = journal.record_acceptance(record.id, answer_to(record, ANA), complete=False, at=LATER)
    journal.record_acceptance(record.id, answer_to(record, BEN), complete=True, at=LATER)
    journal.move(record.id, ExportState.APPLYING, actor="budget-export", reason="nothing moved", at=LATER)
    journal.move(record.id, ExportState.APPLIED, actor="budget-export", reason="written", at=LATER)
    journal.record_verification(
        record.id,
        results=(line_result(), replace(line_result(), phase="03-320-")),
        evidence=(PROOF, Evidence(kind="revenue", json_text='{"item 1":"0.00"}')),
        to_state=ExportState.VERIFIED,
        reason="read back",
        at=LATER,
    )


def problems(connection: Connection) -> tuple[ChainProblem, ...]:
    """Audit what this transaction sees."""
    return audited(connection).problems


def places(connection: Connection) -> set[Place]:
    """The rows that an audit names."""
    return {(one.kind, one.subject, one.position) for one in problems(connection)}


def links(connection: Connection) -> list[tuple[int, str, str, int]]:
    """The chain's links: number, table, subject, position."""
    columns = (chain.c.number, chain.c.kind, chain.c.subject, chain.c.position)
    return [tuple(row) for row in connection.execute(select(*columns).order_by(chain.c.number))]


def place_again(connection: Connection, table: Table, subject: str, old: int, new: int) -> None:
    """Give a row another position."""
    of = table.c.email if table.name == "enrolment" else table.c.export_id
    connection.execute(update(table).where(of == subject, table.c.position == old).values(position=new))


def copy_row(connection: Connection, table: Table, subject: str, old: int, new: int) -> None:
    """Add a row that looks like another one."""
    of = table.c.email if table.name == "enrolment" else table.c.export_id
    row = connection.execute(select(table).where(of == subject, table.c.position == old)).one()
    looks = dict(zip(table.c.keys(), row, strict=True))
    connection.execute(insert(table).values({**looks, "position": new}))
