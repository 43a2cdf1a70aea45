"""What the seeds, the variants and the people of the local Vista ask of a database, whichever it is."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol


class NotASandbox(ValueError):
    """The place holds something else than a local Vista; building would have destroyed it."""


class Found(Protocol):
    """The answer to one statement."""

    @property
    def rowcount(self) -> int:
        """Rows the statement itself changed."""

    def fetchone(self) -> Any:
        """The next row, or None."""


class VistaDatabase(Protocol):
    """One connection to a local Vista, in a transaction. Statements name the views and mark values with `?`.

    Days are given as `datetime.datetime`; each database spells them its own way.
    """

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> Found:
        """Do one statement."""

    def insert(self, table: str, columns: str, rows: Iterable[Sequence[object]]) -> None:
        """Add rows to a table that has no triggers yet."""

    def run(self, name: str) -> None:
        """Do the statements of the file of that name in this database's own SQL."""
