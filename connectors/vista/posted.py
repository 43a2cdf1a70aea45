"""Reads what a job held on an earlier day: the sums of the estimate detail that was posted by then (Vista JCCD).

Vista never edits posted detail: each change of an estimate posts the difference with the day of posting, so the sum of
what was posted by a day is what the job held at its end. Source: facts/vista.md 2.3, 2.7.
"""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from connectors.vista import statements
from connectors.vista.job_scope import JobScope, Key, key_of, rows
from connectors.vista.reader import read_company
from jobcost.money import ZERO_DOLLARS

_ORIGINAL = "OE"


def read_posted(connection: Connection, jcco: int, job: str, until: date) -> dict[Key, tuple[Decimal, Decimal]]:
    """Add up the Original Estimates and the change orders posted by the end of a day, per phase and cost type.

    Raises:
        VistaError: what the database said, translated.
    """
    scope = JobScope(jcco=jcco, job=job, phase_group=read_company(connection, jcco).phase_group)
    # The day after, so that a posting with a time of day counts on its day.
    parameters = scope.parameters | {"before": until + timedelta(days=1)}
    sums: dict[Key, tuple[Decimal, Decimal]] = {}
    for row in rows(connection, statements.POSTED_BEFORE, parameters, f"Estimates of job {job} posted by {until}"):
        key = key_of(row.Phase, row.CostType)
        original, changes = sums.get(key, (ZERO_DOLLARS, ZERO_DOLLARS))
        is_original = row.JCTransType.rstrip() == _ORIGINAL
        sums[key] = (original + row.cost, changes) if is_original else (original, changes + row.cost)
    return sums
