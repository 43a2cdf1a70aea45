"""Reads from Vista's audit who changed a job's cost headers and change orders (Vista HQMA). Reads only.

UNVERIFIED: how Vista spells a key in HQMA.KeyString. It is therefore searched as text: a row is the job's if the job's
code stands in it, and is not a part of a longer code. Source: facts/vista.md 1.3, 2.1, 2.3.
"""

import re
from datetime import datetime

from sqlalchemy import Connection

from connectors.vista import change_statements
from connectors.vista.gateway import AuditEntry
from connectors.vista.job_scope import rows

# What goes on after one of these is a longer code: 1164I-001 says nothing of job 1164I.
_INSIDE_A_CODE = "[A-Za-z0-9]|[-._](?=[A-Za-z0-9])"
_PATTERN_LETTERS = re.compile(r"[!%_\[\]]")


def read_audit(connection: Connection, jcco: int, job: str, since: datetime) -> tuple[AuditEntry, ...]:
    """Read the job's audit rows since a moment of Vista's own clock, oldest first.

    Args:
        connection: to Vista.
        jcco: job cost company (HQMA.Co).
        job: the job as Vista stores it.
        since: by the clock of Vista's server, without a time zone.

    Raises:
        ValueError: the moment carries a time zone, which Vista's audit has none of.
    """
    if since.tzinfo is not None:
        raise ValueError(
            f"Audit of job {job}: expected a moment of Vista's own clock without a time zone, found {since}. "
            "Convert it to the server's time first."
        )
    code = job.strip(" ")
    if not code:
        return ()
    pattern = _PATTERN_LETTERS.sub(r"!\g<0>", code)
    values = {"jcco": jcco, "since": since, "job_text": f"%{pattern}%"}
    found = rows(connection, change_statements.AUDIT, values, f"Audit of job {job}")
    alone = re.compile(f"(?<![A-Za-z0-9]){re.escape(code)}(?!{_INSIDE_A_CODE})")
    return tuple(
        AuditEntry(
            table=row.TableName.rstrip(" "),
            key_text=row.KeyString,
            kind=row.RecType,
            field=(row.FieldName or "").rstrip(" "),
            old_value=row.OldValue or "",
            new_value=row.NewValue or "",
            user=row.UserName or "",
            at=row.DateTime,
        )
        for row in found
        if alone.search(row.KeyString or "")
    )
