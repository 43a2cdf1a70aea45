"""Messages to people: which exist, which were delivered. A message never holds up an export.

Rule: each is told once. Its key says what it is about; whoever sends it claims it first, and only one can.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, update

from connectors.journal.insert_once import insert_once
from connectors.journal.ledger import Ledger
from connectors.journal.models import export, notice
from connectors.journal.records import NewNotice, NoticeRecord
from connectors.journal.statements import is_of_companies

# What the column holds; an address may be longer.
_KEY_LENGTH_MAX = 250
_KEPT = 180

_IS_WAITING = and_(notice.c.delivered_at.is_(None), notice.c.given_up_at.is_(None))


class Noticing(Ledger):
    """Keeps which messages are to be sent, and what became of each."""

    def add_notices(self, notices: Sequence[NewNotice], *, at: datetime) -> int:
        """Add the messages that are not known yet; return how many were new."""
        if not notices:
            return 0
        # In one order, so that no two workers wait for each other.
        rows = sorted((_row(one, at) for one in notices), key=lambda row: str(row["key"]))
        with self._writing() as connection:
            return sum(insert_once(connection, notice, row) for row in rows)

    def notices_due(self, at: datetime, *, companies: tuple[int, int] | None = None) -> tuple[NoticeRecord, ...]:
        """List the messages to be tried now: not delivered, not given up, the oldest first.

        Args:
            at: now.
            companies: of those about exports, only those of this Procore company and this Vista company (JCCo).
        """
        statement = select(notice).where(_IS_WAITING, notice.c.next_try_at <= at)
        if companies is not None:
            statement = statement.outerjoin(export, export.c.id == notice.c.export_id)
            statement = statement.where(or_(notice.c.export_id.is_(None), is_of_companies(*companies)))
        with self._reading() as connection:
            rows = connection.execute(statement.order_by(notice.c.created_at, notice.c.key)).mappings()
            return tuple(NoticeRecord(**row) for row in rows)

    def claim_notice(self, key: str, *, at: datetime, next_try_at: datetime) -> bool:
        """Take a message for sending, before it is sent; False if another worker was faster, or nothing is to do.

        Args:
            key: which message.
            at: now.
            next_try_at: when it is tried again if nobody says what became of it.
        """
        is_due = and_(notice.c.key == _stored(key), _IS_WAITING, notice.c.next_try_at <= at)
        values = {"attempts": notice.c.attempts + 1, "next_try_at": next_try_at}
        with self._writing() as connection:
            return connection.execute(update(notice).where(is_due).values(values)).rowcount == 1

    def record_delivery(self, key: str, *, at: datetime) -> None:
        """Record that a message was delivered; it is not sent again."""
        self._note(key, {"delivered_at": at, "given_up_at": None, "last_problem": ""})

    def record_failure(self, key: str, *, problem: str, at: datetime, give_up: bool) -> None:
        """Record why a message could not be delivered; it is tried again unless it is given up."""
        values: dict[str, Any] = {"last_problem": problem or "unknown"}
        self._note(key, values | ({"given_up_at": at} if give_up else {}))

    def notices(self, export_id: str | None = None) -> tuple[NoticeRecord, ...]:
        """List all messages, or those about one export, in the order in which they came to be."""
        statement = select(notice).order_by(notice.c.created_at, notice.c.key)
        if export_id is not None:
            statement = statement.where(notice.c.export_id == export_id)
        with self._reading() as connection:
            return tuple(NoticeRecord(**row) for row in connection.execute(statement).mappings())

    def undelivered(self) -> int:
        """Count the messages that were given up, or failed and are still tried."""
        is_in_trouble = or_(notice.c.given_up_at.is_not(None), notice.c.last_problem != "")
        statement = select(func.count()).select_from(notice).where(notice.c.delivered_at.is_(None), is_in_trouble)
        with self._reading() as connection:
            return int(connection.execute(statement).scalar_one())

    def _note(self, key: str, values: dict[str, Any]) -> None:
        """Write down what became of a message, unless it was delivered already."""
        is_open = and_(notice.c.key == _stored(key), notice.c.delivered_at.is_(None))
        with self._writing() as connection:
            connection.execute(update(notice).where(is_open).values(values))


def _row(new: NewNotice, at: datetime) -> dict[str, Any]:
    row = asdict(new) | {"key": _stored(new.key)}
    return row | {"created_at": at, "attempts": 0, "next_try_at": at, "last_problem": ""}


def _stored(key: str) -> str:
    """Shorten a key that no column would hold; the same key always to the same."""
    if len(key) <= _KEY_LENGTH_MAX:
        return key
    return f"{key[:_KEPT]}:{hashlib.sha256(key.encode(errors='replace')).hexdigest()}"
