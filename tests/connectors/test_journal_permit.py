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
from connectors.journal.ledger import vault_of
from connectors.journal.models import (
    chain,
    decision,
    enrolment,
    evidence,
    export,
    finding,
    person,
    plan,
    transition,
)
from connectors.journal.proof import permit_for
from connectors.journal.records import Actor, EnrolmentFacts, Role
from connectors.journal.statements import export_of
from connectors.journal.vault import new_key
from jobcost.lifecycle import ExportState
from jobcost.plan import canonical_text, plan_from_canonical_text
from tests.connectors.exports import ANA, BEN, DEADLINE, MONDAY, accepted, answer_to, awaiting, enrolled, plan_of
from tests.connectors.story import LATER, copy_row
from tests.people import OLGA, enrolled_approver, enrolled_operator

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


def _old_telephone(hand: Connection, email: str) -> None:
    """Put another secret of the same person in the place of the one that was drawn last."""
    encrypted = vault_of(hand).encrypt(email, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    hand.execute(update(person).where(person.c.email == email).values(encrypted_secret=encrypted))


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
    "a link of something else": lambda hand: hand.execute(
        update(chain).where(chain.c.subject == "EX-99").values(seal="0" * 64)
    ),
    "a link taken away anywhere": lambda hand: hand.execute(delete(chain).where(chain.c.number == 1)),
    "an authenticator of before": lambda hand: _old_telephone(hand, ANA),
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


def _take_away_last_entry(journal: Journal, email: str) -> None:
    """Take the last entry about a person away, together with its link."""
    last = len(journal.enrolment_story(email))
    with journal._writing() as connection:
        connection.execute(delete(enrolment).where(enrolment.c.email == email, enrolment.c.position == last))
        of_it = (chain.c.kind == "enrolment", chain.c.subject == email, chain.c.position == last)
        connection.execute(delete(chain).where(*of_it))


def test_a_lowered_limit_taken_away_with_its_links_is_missed_by_the_links_after_it(journal: Journal) -> None:
    enrolled(journal, ANA)
    enrolled_approver(journal, ANA, limit=Decimal(10))
    enrolled(journal, BEN)
    for _ in range(2):
        _take_away_last_entry(journal, ANA)
    record = accepted(journal)
    with pytest.raises(JournalDamaged, match=r"The links 3 to 4 were taken away"):
        journal.permit(record.id)


def test_a_revocation_taken_away_with_its_link_is_missed_by_the_links_after_it(journal: Journal) -> None:
    record = accepted(journal)
    journal.revoke(ANA, by=OLGA, reason="left", at=LATER)
    number, _ = journal.head()
    awaiting(journal, 77)
    _take_away_last_entry(journal, ANA)
    with pytest.raises(JournalDamaged, match=f"link {number}.*: The link was taken away"):
        journal.permit(record.id)


def test_a_revocation_taken_off_the_end_is_missed_by_the_forgotten_authenticator(journal: Journal) -> None:
    record = accepted(journal)
    journal.revoke(ANA, by=OLGA, reason="left", at=LATER)
    _take_away_last_entry(journal, ANA)
    with pytest.raises(JournalDamaged, match="a revocation may have been taken away"):
        journal.permit(record.id)


def test_a_person_taken_away_is_missed(journal: Journal) -> None:
    record = accepted(journal)
    with journal._writing() as connection:
        connection.execute(delete(person).where(person.c.email == ANA))
    with pytest.raises(JournalDamaged, match="There is no authenticator for the recorded enrolment"):
        journal.permit(record.id)
    assert [one.subject for one in journal.audit().problems] == [ANA]


def test_one_code_that_accepted_twice_permits_nothing(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither can be told from the other: one was recorded by something else than this program."""
    enrolled(journal)
    records = [awaiting(journal), awaiting(journal, 77)]
    monkeypatch.setattr("connectors.journal.deciding.require_unused", lambda *_args, **_names: None)
    for record in records:
        journal.record_acceptance(record.id, answer_to(record, code_step=58_000_000), complete=True, at=LATER)
    for record in records:
        with pytest.raises(JournalDamaged, match="Its one-time code counted for something else too"):
            journal.permit(record.id)
    assert [(one.kind, one.subject) for one in journal.audit().problems] == [("decision", "EX-77")]


def test_the_owners_one_code_for_asking_and_confirming_is_no_problem(journal: Journal) -> None:
    uma = Actor(email="uma@example.com", code_step=58_000_000)
    enrolled_operator(journal, uma.email)
    journal.enrol_alone(EnrolmentFacts(email=ANA, role=Role.APPROVER, name="Ana"), by=uma, reason="", at=LATER)
    assert journal.audit().problems == ()


def test_one_code_that_changed_two_enrolments_is_named(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    uma = Actor(email="uma@example.com", code_step=58_000_000)
    enrolled_operator(journal, uma.email)
    monkeypatch.setattr("connectors.journal.codes.require_unused", lambda *_args, **_names: None)
    for email in (ANA, BEN):
        journal.enrol_alone(EnrolmentFacts(email=email, role=Role.APPROVER, name="x"), by=uma, reason="", at=LATER)
    assert {(one.kind, one.subject) for one in journal.audit().problems} == {("enrolment", BEN)}
