"""The sealed chain: one link for each recorded row, in the order of recording.

Rule 1: a link holds the digest of its row, and a seal over itself and the seal before, made with the journal's key. Who
changes, removes, adds or reorders rows or links by hand cannot make the seals fit.
Rule 2: links are added one at a time. On SQLite the writing transaction sees to it; on PostgreSQL a lock, taken with
the first link and held to the transaction's end. So a transaction changes its other rows before its first link.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import IntegrityError

from connectors.journal.column_types import storable
from connectors.journal.errors import JournalDamaged
from connectors.journal.ledger import vault_of
from connectors.journal.models import chain
from connectors.journal.vault import JournalKeyWrong, Vault

# Any number, the same for every process, and another than the one under which tables change.
_ADVISORY_LOCK = 7_420_118_533


class Link(NamedTuple):
    """One link of the chain. Its fields are the columns of the table."""

    number: int
    # The table of the row, its export or person, and its position there.
    kind: str
    subject: str
    position: int
    # SHA-256 of the row's canonical form.
    digest: str
    seal: str


def link(connection: Connection, kind: str, subject: str, position: int, facts: Mapping[str, Any]) -> None:
    """Add the link of a row that this transaction has recorded.

    Raises:
        JournalKeyWrong: if the last link was not sealed with this journal's key.
        JournalDamaged: if the chain has a link of this row already.
    """
    link_all(connection, [(kind, subject, position, digest_of(facts))])


def link_all(connection: Connection, rows: Iterable[tuple[str, str, int, str]]) -> None:
    """Add links to rows, each given by its kind, subject, position and digest, in this order.

    Raises:
        JournalKeyWrong: if the last link was not sealed with this journal's key.
        JournalDamaged: if the chain has a link of one of these rows already.
    """
    vault = vault_of(connection)
    _hold(connection)
    number, seal_before = _proven_end(connection, vault)
    links = []
    for kind, subject, position, digest in rows:
        number += 1
        sealed = sealed_text(Link(number, kind, subject, position, digest, ""), seal_before)
        seal_before = vault.seal(sealed)
        links.append(Link(number, kind, subject, position, digest, seal_before))
    if not links:
        return
    try:
        connection.execute(insert(chain), [one._asdict() for one in links])
    except IntegrityError:
        raise _linked_before(links) from None


def digest_of(facts: Mapping[str, Any]) -> str:
    """Make the SHA-256 of the canonical form of a row."""
    return hashlib.sha256(canonical_text(facts).encode()).hexdigest()


def canonical_text(facts: Mapping[str, Any]) -> str:
    """Spell a row the same way whichever database gave it: JSON, keys sorted, times in UTC, decimals as text.

    >>> canonical_text({"cost": Decimal("1.50"), "at": datetime(2026, 11, 23, 9, 0, tzinfo=UTC)})
    '{"at":"2026-11-23T09:00:00.000000+00:00","cost":"1.50"}'
    """
    return json.dumps(_plain(facts), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sealed_text(one: Link, seal_before: str) -> str:
    """Return what a link's seal is made over. Only the subject is free text, so that no two links share a text."""
    return f"{one.number}|{one.kind}|{one.subject}|{one.position}|{one.digest}|{seal_before}"


def is_sealed(vault: Vault, one: Link, seal_before: str) -> bool:
    """Tell whether the journal's key sealed this link, after the link with the seal before; whatever lies there."""
    return isinstance(one.seal, str) and vault.is_seal_of(one.seal, sealed_text(one, seal_before))


def end_of(connection: Connection) -> tuple[int, str]:
    """Read the last link's number and seal; 0 and "" while nothing is linked."""
    row = connection.execute(_ENDING_LINKS.limit(1)).one_or_none()
    return (row.number, row.seal) if row else (0, "")


_ENDING_LINKS = select(*(chain.c[name] for name in Link._fields)).order_by(chain.c.number.desc())


def _proven_end(connection: Connection, vault: Vault) -> tuple[int, str]:
    """Read the chain's end, and prove it: a link sealed with another key could be told from a forgery by nobody."""
    found = [Link(*row) for row in connection.execute(_ENDING_LINKS.limit(2))]
    if not found:
        return 0, ""
    seal_before = found[1].seal if len(found) > 1 else ""
    if not is_sealed(vault, found[0], seal_before):
        raise JournalKeyWrong(
            "Nothing can be recorded: the last link of the journal's chain is not sealed with this key.",
            where=f"Link {found[0].number} of the chain",
            expected="a seal made with JOURNAL_KEY",
            found="another seal",
            way_out="Set JOURNAL_KEY to the key the journal was written with. If it is, somebody changed the journal:"
            " verify it with budget-export audit, and restore it from a copy.",
        )
    return found[0].number, found[0].seal


def _hold(connection: Connection) -> None:
    """Let nobody else add a link until this transaction ends. Taken again, the lock costs a round trip and no more."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})


def _plain(value: Any) -> Any:
    if value is None or (isinstance(value, bool | int) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return _spelled(value)


def _spelled(value: Any) -> str:
    match value:
        case Enum():
            return str(value.value)
        case str():
            # As the column stores it.
            return storable(value)
        case Decimal():
            # PostgreSQL knows no negative zero.
            return f"{value or abs(value):f}"
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case date():
            return value.isoformat()
    raise TypeError(f"expected a value that the journal stores, found {type(value).__name__}")


def _linked_before(links: list[Link]) -> JournalDamaged:
    first, last = links[0], links[-1]
    return JournalDamaged(
        "Nothing was recorded: the chain already has a link of what was to be recorded, so a row was taken away.",
        where=f"Links {first.number} to {last.number} of the chain",
        expected=f"no link of {last.kind} {last.position} of {last.subject}",
        found="one, or another writer's link of this number",
        way_out="Verify the journal with budget-export audit, find out who changed its database, and restore it.",
    )
