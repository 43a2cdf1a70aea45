"""What an audit of the journal comes to, as frozen values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainProblem:
    """One thing in the journal that is not as the program recorded it."""

    # The link's number in the chain; None where there is no link.
    number: int | None
    # The table the row is in ("transition", "decision", "export" ...), or "chain" for a link itself.
    kind: str
    # The export, or the person's address; "" for the chain as a whole.
    subject: str
    # The row's position there; None for an export's own row and for what is about no single row.
    position: int | None
    # A sentence for an auditor.
    what: str

    def __str__(self) -> str:
        """Name the place and say what is wrong there."""
        row = " ".join(str(part) for part in (self.kind, self.position) if part is not None)
        place = f"{row} of {self.subject}" if self.subject else row
        return f"{place} (link {self.number}): {self.what}" if self.number is not None else f"{place}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What an audit found. No problems: everything recorded is there, unchanged, in its order."""

    # The number of links in the chain.
    links: int
    # The last link's seal; "" while nothing is recorded. With its number it is an anchor for a later audit.
    head: str
    problems: tuple[ChainProblem, ...]

    @property
    def is_unbroken(self) -> bool:
        """Nothing was found."""
        return not self.problems
