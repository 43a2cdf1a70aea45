"""Nothing is ever written from a journal that somebody changed: the permit is proved by the chain."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from connectors.journal import Journal, proof
from connectors.journal.errors import JournalDamaged
from connectors.journal.models import chain, decision, enrolment, evidence, export, finding, plan, transition
from connectors.journal.proof import permit_for
from connectors.journal.statements import export_of
from connectors.journal.vault import new_key
from jobcost.lifecycle import ExportState
from jobcost.plan import canonical_text, plan_from_canonical_text
from tests.connectors.exports import ANA, BEN, DEADLINE, MONDAY, accepted, plan_of
from tests.connectors.story import LATER, copy_row

EX = "EX-55"


def _of(table: Any, **values: object) -> Callable[[Connection], object]:
    return lambda hand: hand.execute(update(table).where(table.c.export_id == EX).values(values))


def _export(**values: object) -> Callable[[Connection], object]:
    return lambda hand: hand.execute(update(export).where(export.c.id == EX).values(values))


def _enrolment(**values: object) -> Callable[[Connection], object]:
    return lambda hand: hand.execute(update(enrolment).where(enrolment.c.email == ANA).values(values))


def _another_plan(hand: Connection) -> None:
    """Put another plan in the place of the accepted one, with every digest beside it."""
    text = canonical_text(plan_of(55)).replace("41200.10", "91200.10")
    digest = hashlib.sha256(text.encode()).hexdigest()
    hand.execute(update(plan).where(plan.c.export_id == EX).values(canonical_text=text, digest=digest))
    code = plan_from_canonical_text(text).code
    hand.execute(update(export).where(export.c.id == EX).values(plan_digest=digest, plan_code=code))
    hand.execute(update(decision).where(decision.c.export_id == EX).values(digest=digest, plan_code_given=code))


def _as_if_accepted(hand: Connection) -> None:
    """Bring an export that waits to the state it would have, with the rows it would have, but without an approver."""
    for table, position in ((transition, 3), (decision, 1)):
        row = hand.execute(select(table).where(table.c.export_id == EX, table.c.position == position)).one()
        looks = dict(zip(table.c.keys(), row, strict=True))
        hand.execute(insert(table).values({**looks, "export_id": "EX-66"}))
    digest = select(export.c.plan_digest).where(export.c.id == "EX-66").scalar_subquery()
    hand.execute(update(decision).where(decision.c.export_id == "EX-66").values(digest=digest))
    hand.execute(update(export).where(export.c.id == "EX-66").values(state="accepted"))


FORGERIES: dict[str, Callable[[Connection], object]] = {
    "the sender": _export(submitted_by="somebody@example.com"),
    "the deadline": _export(deadline_at=DEADLINE + timedelta(days=30)),
    "the company": _export(jcco=2),
    "the state, back to accepted": _export(state=ExportState.ACCEPTED, ended_at=LATER),
    "another plan with all its digests": _another_plan,
    "who decided": _of(decision, approver=BEN),
    "when it was decided": _of(decision, at=MONDAY - timedelta(days=1)),
    "by which code": _of(decision, code_step=None),
    "in whose place": _of(decision, deputy_for=BEN),
    "a decision added": lambda hand: copy_row(hand, decision, EX, 1, 2),
    "who moved it": _of(transition, actor=BEN),
    "a warning taken away": lambda hand: hand.execute(delete(finding).where(finding.c.export_id == EX)),
    "a warning softened": _of(finding, what="All is well."),
    "an evidence added": lambda hand: hand.execute(
        insert(evidence).values(export_id=EX, position=1, kind="note", json_text="{}", at=LATER)
    ),
    "the approver's limit": _enrolment(amount_limit=Decimal("5000000.00")),
    "the approver's companies": _enrolment(companies="[55]"),
    "the approver's enrolment taken away": lambda hand: hand.execute(delete(enrolment).where(enrolment.c.email == ANA)),
    "its links taken away": lambda hand: hand.execute(delete(chain).where(chain.c.subject == EX)),
    "a link": lambda hand: hand.execute(update(chain).where(chain.c.subject == EX).values(seal="0" * 64)),
}


def test_an_accepted_export_of_an_untouched_journal_is_permitted(hand: Connection) -> None:
    assert permit_for(hand, export_of(hand, EX)).accepted_by == (ANA,)


@pytest.mark.parametrize("name", FORGERIES)
def test_no_permit_is_issued_after(hand: Connection, name: str) -> None:
    FORGERIES[name](hand)
    with pytest.raises(JournalDamaged) as damaged:
        permit_for(hand, export_of(hand, EX))
    assert damaged.value.expected == "what was recorded, unchanged"
    assert damaged.value.where == f"Export {EX}"


@pytest.mark.parametrize("name", FORGERIES)
def test_it_is_the_chain_that_refuses(hand: Connection, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "require_unbroken", lambda *_: None)
    FORGERIES[name](hand)
    assert permit_for(hand, export_of(hand, EX)).export_id == EX


def test_an_acceptance_made_up_by_hand_permits_nothing(hand: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    _as_if_accepted(hand)
    with pytest.raises(JournalDamaged):
        permit_for(hand, export_of(hand, "EX-66"))
    monkeypatch.setattr(proof, "require_unbroken", lambda *_: None)
    assert permit_for(hand, export_of(hand, "EX-66")).accepted_by == (ANA,)


def test_what_was_changed_elsewhere_holds_up_no_other_export(hand: Connection) -> None:
    hand.execute(update(export).where(export.c.id == "EX-1204").values(submitted_by="somebody@example.com"))
    hand.execute(update(evidence).where(evidence.c.export_id == "EX-1204").values(json_text="{}"))
    assert permit_for(hand, export_of(hand, EX)).export_id == EX


def test_with_another_key_nothing_is_permitted(told: Journal) -> None:
    url = told._engine.url.render_as_string(hide_password=False)
    with Journal(url, new_key()) as other, pytest.raises(JournalDamaged, match="or is read with another key"):
        other.permit(EX)


def test_the_write_does_not_start_from_a_changed_journal(journal: Journal) -> None:
    record = accepted(journal)
    with journal._writing() as connection:
        connection.execute(update(decision).values(approver=BEN))
    with pytest.raises(JournalDamaged, match=r"decision 1 of EX-1204 \(link 9\): It is not as it was recorded\."):
        journal.move(record.id, ExportState.APPLYING, actor="budget-export", reason="go", at=LATER)
    assert journal.export(record.id) == record
