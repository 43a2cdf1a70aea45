"""What may be written, proved from what is stored: the plan by its digest, the permit by the decisions."""

import hashlib

from pydantic import ValidationError
from sqlalchemy import Connection, select

from connectors.journal import models
from connectors.journal.accepted import acceptable_digests
from connectors.journal.auditing import require_unbroken
from connectors.journal.errors import JournalDamaged, NoPlan, NotAccepted
from connectors.journal.records import ExportRecord, Verdict
from connectors.journal.standing import hold
from connectors.journal.statements import decisions_of, hold_export, rows_of
from jobcost.findings import Finding
from jobcost.lifecycle import ExportState
from jobcost.permit import ApplyPermit
from jobcost.plan import Digest, Plan, plan_from_canonical_text


def findings_of(connection: Connection, export_id: str) -> tuple[Finding, ...]:
    """Read an export's findings in the order in which they were recorded."""
    rows = rows_of(connection, models.finding, export_id, "position")
    return tuple(Finding(**{name: value for name, value in row.items() if name != "position"}) for row in rows)


def plan_of(connection: Connection, existing: ExportRecord) -> Plan:
    """Read an export's plan as it was accepted; as it was proposed while, or if, it was not.

    Raises:
        NoPlan: if none was recorded.
        JournalDamaged: if it is not the one that was recorded, or what was accepted is none of its forms.
    """
    plan = proposed_plan_of(connection, existing)
    digest = _accepted_digest(connection, existing) if plan.deleted else None
    if digest in {None, plan.digest}:
        return plan
    zeroed = plan.with_zeroing()
    if zeroed.digest != digest:
        raise _damaged(existing, f"an acceptance of digest {digest}")
    return zeroed


def proposed_plan_of(connection: Connection, existing: ExportRecord) -> Plan:
    """Read an export's plan as it was proposed, and prove that it is the one that was recorded.

    Raises:
        NoPlan: if none was recorded.
        JournalDamaged: if the text, or what this program reads from it, has another digest than the one recorded.
    """
    text = _text_of(connection, existing)
    try:
        plan = plan_from_canonical_text(text)
    except ValidationError:
        # The error itself would repeat the whole text.
        plan = None
    if plan is None or plan.digest != existing.plan_digest:
        raise _damaged(existing, "a text that this program reads otherwise" if plan else "a text that is no plan")
    return plan


def permit_for(connection: Connection, existing: ExportRecord) -> ApplyPermit:
    """Issue the permit to write exactly the accepted plan.

    Raises:
        NotAccepted: if the export is not accepted, or no accepted decision names exactly its plan, or they differ in
            what they consent to.
        NoPlan: if no plan is stored.
        JournalDamaged: if anything recorded about the export, or about who accepted it, is not what was recorded.
    """
    if existing.state not in {ExportState.ACCEPTED, ExportState.APPLYING}:
        raise _not_accepted(existing, f"an export that is {existing.state}")
    acceptable = acceptable_digests(connection, existing)
    accepting = [
        decision
        for decision in decisions_of(connection, existing.id)
        if decision.verdict is Verdict.ACCEPT and decision.digest in acceptable
    ]
    digests = {decision.digest for decision in accepting if decision.digest is not None}
    if not digests:
        raise _not_accepted(existing, "no such decision")
    _text_of(connection, existing)
    require_unbroken(connection, existing.id)
    if len(digests) > 1:
        raise _not_accepted(existing, "acceptances that differ in whether deleted lines are set to zero")
    accepted_by = tuple(decision.approver for decision in accepting)
    return ApplyPermit(export_id=existing.id, digest=digests.pop(), accepted_by=accepted_by)


def hold_for_proof(connection: Connection, export_id: str) -> None:
    """Let nobody record anything about the export, or about who accepted it, until the transaction ends.

    A transaction that writes sees what others record meanwhile; a proof needs rows and links of one moment. People
    before the export, as whoever records a decision holds them: so no two wait for each other.
    """
    decisions = decisions_of(connection, export_id)
    accepting = [one for one in decisions if one.verdict is Verdict.ACCEPT]
    hold(connection, *(email for one in accepting for email in (one.approver, one.deputy_for) if email))
    hold_export(connection, export_id)


def _accepted_digest(connection: Connection, existing: ExportRecord) -> Digest | None:
    """Find what the export was accepted with; None if it was not, also when only the first of two accepted."""
    moves = rows_of(connection, models.transition, existing.id, "position")
    if not any(move["to_state"] is ExportState.ACCEPTED for move in moves):
        return None
    accepting = [one for one in decisions_of(connection, existing.id) if one.verdict is Verdict.ACCEPT]
    return accepting[-1].digest if accepting else None


def _text_of(connection: Connection, existing: ExportRecord) -> str:
    row = connection.execute(select(models.plan).where(models.plan.c.export_id == existing.id)).one_or_none()
    if row is None:
        raise NoPlan(
            "This export has no plan.",
            where=f"Export {existing.id}",
            expected="an export that was planned",
            found=f"an export that is {existing.state}, without a plan",
            way_out="Look at its findings: they say why it could not be planned.",
        )
    text: str = row.canonical_text
    found = hashlib.sha256(text.encode()).hexdigest()
    if not found == row.digest == existing.plan_digest:
        raise _damaged(existing, f"digest {found} of the text, {row.digest} beside it")
    return text


def _damaged(existing: ExportRecord, found: str) -> JournalDamaged:
    return JournalDamaged(
        "The stored plan is not the one that was recorded; nothing may be written from it.",
        where=f"Export {existing.id}",
        expected=f"digest {existing.plan_digest}",
        found=found,
        way_out="Find out who changed the journal's database, then send the budget again.",
    )


def _not_accepted(existing: ExportRecord, found: str) -> NotAccepted:
    return NotAccepted(
        "Nothing may be written to Vista.",
        where=f"Export {existing.id}",
        expected=f"an accepted decision for exactly plan {existing.plan_code}",
        found=found,
        way_out="Have the plan decided by an approver.",
    )
