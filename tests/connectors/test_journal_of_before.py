"""A journal of the time before the chain is upgraded with all its rows, and proved from then on."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Boolean, Column, Connection, MetaData, String, Table, Text, insert, text, update

from connectors.journal import Journal, migrate, rows_of_before
from connectors.journal.column_types import ExactDecimal, UtcTime
from connectors.journal.errors import JournalDamaged
from connectors.journal.ledger import journal_engine
from connectors.journal.migrate import _config
from connectors.journal.models import decision, evidence, export, finding, line_result, plan, transition
from connectors.journal.records import Verdict
from jobcost.findings import Severity
from jobcost.lifecycle import ExportState
from jobcost.plan import Kind
from tests.connectors.exports import ANA, BEN, DEADLINE, MONDAY, SENDER, plan_of
from tests.connectors.story import links
from tests.keys import JOURNAL_KEY

_S = ExportState
HOUR = timedelta(hours=1)
approver = Table(
    "approver",
    MetaData(),
    Column("email", String(254), primary_key=True),
    Column("name", Text),
    Column("amount_limit", ExactDecimal),
    Column("active", Boolean),
    Column("enrolled_by", Text),
    Column("enrolled_at", UtcTime),
    Column("revoked_by", Text),
    Column("revoked_at", UtcTime),
)
WAY = (_S.PROPOSED, _S.AWAITING_ACCEPTANCE, _S.ACCEPTED, _S.APPLYING, _S.APPLIED)


@pytest.fixture
def old_url(journal_url: str) -> str:
    """A journal as the first version left it."""
    engine = journal_engine(journal_url)
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        _fill(connection)
    engine.dispose()
    return journal_url


@pytest.fixture
def upgraded(old_url: str) -> Iterator[Journal]:
    migrate(old_url, JOURNAL_KEY)
    with Journal(old_url, JOURNAL_KEY) as journal:
        yield journal


def _fill(connection: Connection) -> None:
    _add_export(connection, 1, (*WAY, _S.VERIFIED))
    _add_decision(connection, 1, position=1, verdict=Verdict.REFUSED, ask=1)
    _add_decision(connection, 1, position=2, verdict=Verdict.ACCEPT, ask=2)
    _add_line(connection, 1)
    _add_export(connection, 2, (*WAY, _S.VERIFICATION_FAILED), cleared_by=ANA, clear_reason="corrected by hand")
    _add_decision(connection, 2, position=1, verdict=Verdict.ACCEPT, ask=1)
    _add_line(connection, 2)
    note = {"export_id": "EX-2", "position": 1, "kind": "read back", "json_text": "{}", "at": MONDAY + 6 * HOUR}
    connection.execute(insert(evidence).values(note))
    _add_export(connection, 3, (*WAY[:2], _S.REJECTED))
    _add_decision(connection, 3, position=1, verdict=Verdict.REJECT, ask=1)
    _add_export(connection, 4, WAY[:2])
    _add_export(connection, 5, WAY[:3])
    _add_decision(connection, 5, position=1, verdict=Verdict.ACCEPT, ask=1)
    _add_export(connection, 6, WAY[:1])
    # Enrolled again after the decisions: of the first enrolment nothing is kept.
    again = {"amount_limit": Decimal("0.100"), "enrolled_at": MONDAY + 9 * HOUR}
    approvers: list[dict[str, Any]] = [
        {"email": ANA, "name": "Ana", "active": True, **again},
        {"email": BEN, "name": "Ben", "active": False, "revoked_by": "olga", "revoked_at": MONDAY + 2 * HOUR},
    ]
    for one in approvers:
        connection.execute(insert(approver).values({"enrolled_by": "olga", "enrolled_at": MONDAY, **one}))


def _add_export(connection: Connection, number: int, states: tuple[ExportState, ...], **more: object) -> None:
    planned = plan_of(number)
    is_planned = len(states) > 1
    ended = len(states) > len(WAY) or states[-1] is _S.REJECTED
    facts: dict[str, Any] = {
        "id": f"EX-{number}",
        "kind": Kind.SETUP,
        "procore_company_id": 8089,
        "project_id": number,
        "project_name": "Riverside Tower",
        "jcco": 1,
        "job": planned.job,
        "state": states[-1],
        "submitted_by": SENDER,
        "flow_run_id": f"run-{number}",
        "plan_digest": planned.digest if is_planned else None,
        "plan_code": planned.code if is_planned else None,
        "ask": 2 if number == 1 else 1,
        "deadline_at": DEADLINE if is_planned else None,
        "created_at": MONDAY,
        "updated_at": MONDAY,
        "ended_at": MONDAY + (len(states) - 1) * HOUR if ended else None,
        "cleared_at": MONDAY + 8 * HOUR if more else None,
    }
    connection.execute(insert(export).values({**facts, **more}))
    before = None
    for position, state in enumerate(states, start=1):
        at = MONDAY + (position - 1) * HOUR
        row = {"position": position, "from_state": before, "to_state": state, "actor": "x", "reason": "\N{EURO SIGN}"}
        connection.execute(insert(transition).values({"export_id": f"EX-{number}", "at": at, **row}))
        before = state
    if is_planned:
        text_of_it = {"digest": planned.digest, "canonical_text": planned.text, "created_at": MONDAY + HOUR}
        connection.execute(insert(plan).values({"export_id": f"EX-{number}", **text_of_it}))
        told = dict.fromkeys(("rule", "where", "what", "expected", "found", "way_out"), "zero")
        place = {"export_id": f"EX-{number}", "position": 1, "severity": Severity.NOTE}
        connection.execute(insert(finding).values({**place, **told}))


def _add_decision(connection: Connection, number: int, *, position: int, verdict: Verdict, ask: int) -> None:
    row = {
        "export_id": f"EX-{number}",
        "position": position,
        "verdict": verdict,
        "ask": ask,
        "approver": ANA,
        "reason": "",
        "plan_code_given": "",
        "digest": plan_of(number).digest,
        "refusal": "",
        # Somebody set the clock back between the first answer and the second.
        "at": MONDAY + 2 * HOUR - position * timedelta(minutes=1),
    }
    connection.execute(insert(decision).values(row))


def _add_line(connection: Connection, number: int) -> None:
    names = [f"{side}_{name}" for side in ("expected", "found") for name in ("hours", "units", "cost")]
    amounts = dict.fromkeys(names, Decimal("41200.10"))
    row = {"export_id": f"EX-{number}", "phase": "03-310-", "cost_type": 2, "ok": True}
    connection.execute(insert(line_result).values({**row, **amounts}))


def test_every_row_of_before_is_linked_in_the_order_of_time(upgraded: Journal) -> None:
    assert upgraded.audit().problems == ()
    with upgraded._reading() as connection:
        found = links(connection)
    assert len(found) == 38
    assert found[:2] == [(1, "enrolment", BEN, 1), (2, "transition", "EX-1", 1)]
    of_the_first = [(kind, position) for _, kind, subject, position in found if subject == "EX-1"]
    assert of_the_first == [
        ("transition", 1),
        ("transition", 2),
        ("finding", 1),
        ("decision", 1),
        ("decision", 2),
        ("transition", 3),
        ("transition", 4),
        ("transition", 5),
        ("transition", 6),
        ("line_result", 1),
    ]
    assert found[-1][1:] == ("enrolment", ANA, 1)


def test_a_clearing_of_before_gets_its_proof(upgraded: Journal) -> None:
    assert [(note.position, note.kind, note.json_text) for note in upgraded.evidence("EX-2")] == [
        (1, "read back", "{}"),
        (2, "cleared", '{"by": "ana.ruiz@example.com", "reason": "corrected by hand"}'),
    ]


def test_an_export_accepted_before_may_still_be_written(upgraded: Journal) -> None:
    assert upgraded.permit("EX-5").accepted_by == (ANA,)
    assert upgraded.move("EX-5", _S.APPLYING, actor="budget-export", reason="go", at=MONDAY).state is _S.APPLYING
    assert upgraded.audit().problems == ()


def test_what_is_changed_after_the_upgrade_is_found(upgraded: Journal) -> None:
    with upgraded._writing() as connection:
        connection.execute(update(decision).where(decision.c.export_id == "EX-5").values(approver=BEN))
    assert [(one.kind, one.subject) for one in upgraded.audit().problems] == [("decision", "EX-5")]
    with pytest.raises(JournalDamaged):
        upgraded.permit("EX-5")


def test_upgrading_again_links_nothing_twice(upgraded: Journal, old_url: str) -> None:
    head = upgraded.head()
    migrate(old_url, JOURNAL_KEY)
    assert upgraded.head() == head


def test_an_upgrade_that_breaks_off_leaves_the_journal_as_it_was(old_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr(rows_of_before, "link_all", broken)
        with pytest.raises(KeyError):
            migrate(old_url, JOURNAL_KEY)
    engine = journal_engine(old_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0001"
        assert connection.scalar(text("SELECT count(*) FROM approver")) == 2
    engine.dispose()
    migrate(old_url, JOURNAL_KEY)
    with Journal(old_url, JOURNAL_KEY) as journal:
        assert journal.audit().problems == ()
