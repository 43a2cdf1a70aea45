"""Serialises the writers of one job: an application lock on SQL Server, the file's write lock on SQLite.

Correctness does not rest on it alone: changed estimates are compared again by each statement's WHERE.
Source: facts/vista.md 8 step 7, facts/sqlserver.md rules 5 and 10.
"""

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from connectors.vista import statements
from connectors.vista.errors import VistaRefused, VistaUnavailable
from connectors.vista.job_scope import rows
from connectors.vista.refusals import error_from

# Return codes of sp_getapplock that mean "not now": time-out, cancelled, deadlock victim.
_NOT_NOW = {-1: "timed out", -2: "was cancelled", -3: "was the victim of a deadlock"}
_GRANTED = (0, 1)


def take_lock(connection: Connection, jcco: int, job: str, wait_seconds: int) -> None:
    """Start the write transaction and take the job's lock, which ends with the transaction.

    Raises:
        VistaUnavailable: another writer holds it for longer than the waiting time.
        VistaRefused: the server does not give locks like this.
    """
    if connection.dialect.name == "sqlite":
        _begin_immediately(connection, job)
        return
    values = {"jcco": jcco, "resource": lock_name(jcco, job), "wait_ms": wait_seconds * 1000}
    answer = rows(connection, statements.APPLICATION_LOCK, values, f"Lock of job {job}")[0]
    require_granted(job, answer.return_code, answer.open_transactions)


def lock_name(jcco: int, job: str) -> str:
    """Name the lock of a job; SQL Server compares it byte by byte.

    >>> lock_name(1, "1164I-001")
    'procore-vista:JCOE:1:1164I-001'
    """
    return f"procore-vista:JCOE:{jcco}:{job}"


def require_granted(job: str, return_code: int, open_transactions: int) -> None:
    """Check what sp_getapplock returned: a failure is a return code, not an error."""
    if return_code in _NOT_NOW:
        raise VistaUnavailable(
            f"Job {job}: expected the export's lock, found that waiting for it {_NOT_NOW[return_code]}: another export "
            "writes this job."
        )
    if return_code not in _GRANTED or open_transactions != 1:
        raise VistaRefused(
            f"Lock of job {job}",
            f"sp_getapplock returned {return_code} with {open_transactions} open transactions",
            "Allow the login to run sp_getapplock, and use one of the supported drivers.",
        )


def _begin_immediately(connection: Connection, job: str) -> None:
    try:
        connection.begin()
    except SQLAlchemyError as failure:
        raise error_from(failure, f"Lock of job {job}") from failure
