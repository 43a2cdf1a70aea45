"""Which rows of Vista are meant: one job of one company; and how any read of them is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable, Row
from sqlalchemy.exc import SQLAlchemyError

from connectors.vista.refusals import error_from

Key = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobScope:
    """Which rows are meant: one job of one company, in the company's phase group."""

    jcco: int
    job: str
    phase_group: int

    @property
    def parameters(self) -> dict[str, Any]:
        """The bound values of every statement about this job."""
        return {"jcco": self.jcco, "job": self.job, "phase_group": self.phase_group}

    @property
    def job_parameters(self) -> dict[str, Any]:
        """The bound values of a statement about the job whatever the phase group."""
        return {"jcco": self.jcco, "job": self.job}


def key_of(phase: str, cost_type: int) -> Key:
    """Make the key as Vista compares it: trailing blanks of the phase do not count, all others do."""
    return (phase.rstrip(" "), cost_type)


def rows(connection: Connection, statement: Executable, parameters: dict[str, Any], where: str) -> Sequence[Row[Any]]:
    """Fetch all rows of a read.

    Raises:
        VistaError: what the database said, translated.
    """
    try:
        return connection.execute(statement, parameters).all()
    except SQLAlchemyError as failure:
        raise error_from(failure, where) from failure
