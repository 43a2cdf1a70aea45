"""Who may accept. Enrolling gives the authority; one-time codes and their secrets live elsewhere, never here."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from connectors.journal.errors import ApproverNotEnrolled
from connectors.journal.ledger import Ledger
from connectors.journal.models import approver
from connectors.journal.records import ApproverRecord
from connectors.journal.statements import approver_of
from jobcost.people import email_key


class Enrolling(Ledger):
    """Enrols approvers and revokes them."""

    def enrol(
        self, *, email: str, name: str, amount_limit: Decimal | None, enrolled_by: str, at: datetime
    ) -> ApproverRecord:
        """Enrol an approver. Enrolling again replaces name and limit, and takes a revocation back.

        Args:
            email: the person's address, in any case.
            name: as approvers and accountants know the person.
            amount_limit: US dollars of change the person may accept alone, not negative; None is no limit.
            enrolled_by: who does it.
            at: when.
        """
        key = email_key(email)
        if "@" not in key:
            raise ValueError(f"expected an e-mail address such as ana.ruiz@example.com, found {email!r}")
        if amount_limit is not None and amount_limit < 0:
            raise ValueError(f"expected a limit of 0 or more US dollars, or none, found {amount_limit}")
        facts = {
            "name": name,
            "amount_limit": amount_limit,
            "active": True,
            "enrolled_by": enrolled_by,
            "enrolled_at": at,
            "revoked_by": None,
            "revoked_at": None,
        }
        try:
            return self._store(key, facts)
        except IntegrityError:
            # Someone enrolled the same person at the same moment: theirs stands now, ours replaces it.
            return self._store(key, facts)

    def revoke(self, email: str, *, by: str, at: datetime) -> ApproverRecord:
        """End an approver's authority; decisions given before stay.

        Raises:
            ApproverNotEnrolled: if the person was never enrolled, or is revoked already.
        """
        key = email_key(email)
        statement = (
            update(approver)
            .where(approver.c.email == key, approver.c.active.is_(True))
            .values(active=False, revoked_by=by, revoked_at=at)
        )
        with self._writing() as connection:
            revoked = connection.execute(statement).rowcount == 1
            existing = approver_of(connection, key)
        if revoked and existing is not None:
            return existing
        raise ApproverNotEnrolled(
            "There is no enrolment to revoke.",
            where=f"Approver {key}",
            expected="an enrolled approver",
            found="nobody of that address" if existing is None else f"revoked by {existing.revoked_by} before",
            way_out="Look at the list of approvers.",
        )

    def approver(self, email: str) -> ApproverRecord | None:
        """Find an approver, active or revoked, ignoring case."""
        with self._reading() as connection:
            return approver_of(connection, email_key(email))

    def approvers(self) -> tuple[ApproverRecord, ...]:
        """List all approvers ever enrolled, by address."""
        with self._reading() as connection:
            rows = connection.execute(select(approver).order_by(approver.c.email)).mappings()
            return tuple(ApproverRecord(**row) for row in rows)

    def _store(self, key: str, facts: Mapping[str, object]) -> ApproverRecord:
        with self._writing() as connection:
            if connection.execute(update(approver).where(approver.c.email == key).values(facts)).rowcount == 0:
                connection.execute(insert(approver).values(email=key, **facts))
            stored = approver_of(connection, key)
        if stored is None:
            raise AssertionError("an approver just stored is there")
        return stored
